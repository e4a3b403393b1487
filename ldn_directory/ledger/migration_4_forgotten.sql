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
  id INTEGER PRIMARY KEY AUTOINCREMENT,
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

-- Whoever follows the published changes must never meet a number a second time, even when rows of a forgotten listing were deleted.
CREATE TABLE changes_4 (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES runs (id),
  listing INTEGER NOT NULL REFERENCES listings (pk),
  what TEXT NOT NULL,
  field TEXT,
  before TEXT,
  after TEXT
) STRICT;
INSERT INTO changes_4 SELECT id, run, listing, what, field, before, after FROM changes ORDER BY id;
DROP TABLE changes;
ALTER TABLE changes_4 RENAME TO changes;
CREATE INDEX changes_run ON changes (run);

-- The numbers under which rows of provider_changes ('provider', its id) and of forgotten ('forgotten', its provider) are published:
-- after all changes of listings that were known when a build first met them. `run` is the newest run of that moment.
CREATE TABLE announced (
  number INTEGER PRIMARY KEY,
  part TEXT NOT NULL CHECK (part IN ('provider', 'forgotten')),
  key INTEGER NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id),
  UNIQUE (part, key)
) STRICT;

-- For which list of the forgotten nothing of theirs is in this file any more, and how many listings only look like theirs and are held.
CREATE TABLE swept (
  list TEXT PRIMARY KEY,
  held INTEGER NOT NULL
) STRICT;
