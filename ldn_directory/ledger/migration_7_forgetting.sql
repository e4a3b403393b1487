-- A forgetting that is under way, so that one that is interrupted can be finished: the listings to be erased and, from then on until nothing
-- of them is left elsewhere, what they said. The row without a listing is there as long as anything remains to be done.
CREATE TABLE forgetting (
  listing TEXT PRIMARY KEY,
  line TEXT,
  since TEXT NOT NULL,
  redact INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
