-- Every event that changed what the ledger says: harvests, and what people decided about them. It keeps the numbers that `runs` had.
-- A new table that refers to a run refers to all_runs (id), because `runs` is a view from here on.
ALTER TABLE runs RENAME TO all_runs;
ALTER TABLE all_runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'harvest'
  CHECK (kind IN ('harvest', 'retirement', 'unaccept', 'drop', 'unretire'));
-- The event that took this one back. Its name in `run` then ends in that number, so that the same run can be accepted again.
ALTER TABLE all_runs ADD COLUMN undone_by INTEGER REFERENCES all_runs (id);
-- What the source stated about itself before this harvest; NULL if it was the first.
ALTER TABLE all_runs ADD COLUMN stated_before TEXT;
-- Of a retirement: why, in words that the Sources page shows.
ALTER TABLE all_runs ADD COLUMN why TEXT;

-- The harvests that count.
CREATE VIEW runs AS
SELECT id, run, source, started, finished, listings, fill, changes FROM all_runs WHERE kind = 'harvest' AND undone_by IS NULL;

-- What a listing was before a run changed it, so that the run can be taken back. Of a listing that the run added there is nothing.
-- `digest` and `line` are NULL if the run did not change them.
CREATE TABLE former_listings (
  listing INTEGER NOT NULL REFERENCES listings (pk) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES all_runs (id),
  state TEXT NOT NULL CHECK (state IN ('live', 'unconfirmed', 'gone')),
  confirmed_run INTEGER REFERENCES all_runs (id),
  digest BLOB,
  line TEXT,
  PRIMARY KEY (listing, run)
) STRICT;

-- The number of its provider that a listing had before the builds that knew this run as the newest gave it another.
CREATE TABLE former_providers (
  listing INTEGER NOT NULL REFERENCES listings (pk) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES all_runs (id),
  provider INTEGER NOT NULL,
  PRIMARY KEY (listing, run)
) STRICT, WITHOUT ROWID;

-- Sources that no spider reads any more, and since when that is known (UTC). They are retired after a while.
CREATE TABLE orphans (
  source TEXT PRIMARY KEY REFERENCES sources (id),
  since TEXT NOT NULL
) STRICT;
