-- Harvests that a person has let in: from then on the list's size is measured by theirs.
CREATE TABLE acceptances (
  run INTEGER PRIMARY KEY REFERENCES runs (id)
) STRICT;

-- What a listing that has gone said ended with its last confirmation.
UPDATE claims SET last_run = (SELECT confirmed_run FROM listings WHERE pk = claims.listing)
WHERE last_run IS NULL AND listing IN (SELECT pk FROM listings WHERE state = 'gone');
