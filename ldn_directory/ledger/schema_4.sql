-- An id stays used after its listings have been forgotten, so it refers to a listing's number, not to its row.
CREATE TABLE provider_ids_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  first_listing INTEGER NOT NULL,
  redirect INTEGER REFERENCES provider_ids_4 (id)
) STRICT;
INSERT INTO provider_ids_4 SELECT id, first_listing, redirect FROM provider_ids ORDER BY redirect IS NOT NULL, id;
DROP TABLE provider_ids;
ALTER TABLE provider_ids_4 RENAME TO provider_ids;

-- What builds did to providers: 'merged' means that `other` is now part of `provider`, 'split' that `provider` was part of `other`.
-- `run` is the newest run that the build knew.
CREATE TABLE provider_changes (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  provider INTEGER NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('merged', 'split')),
  other INTEGER NOT NULL
) STRICT;

-- Providers that were forgotten: a number and a date, nothing else. `since` is UTC.
CREATE TABLE forgotten (
  provider INTEGER PRIMARY KEY,
  since TEXT NOT NULL
) STRICT;

-- For which list of the forgotten nothing of theirs is in this file any more, and how many listings only look like theirs and are held.
CREATE TABLE swept (
  list TEXT PRIMARY KEY,
  held INTEGER NOT NULL
) STRICT;
