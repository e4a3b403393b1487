-- Ids that a list gave entries later, after it had numbered them anew: `listing` keeps the id under which it was first seen. `run` is the
-- run in which the new id was first met.
CREATE TABLE listing_keys (
  id TEXT PRIMARY KEY,
  listing INTEGER NOT NULL REFERENCES listings (pk) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES runs (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_keys_listing ON listing_keys (listing);

-- What a person accepted with a harvest, as JSON: measures by which later harvests are not held again unless they become worse.
CREATE TABLE accepted_measures (
  run INTEGER PRIMARY KEY REFERENCES acceptances (run) ON DELETE CASCADE,
  measures TEXT NOT NULL
) STRICT;
