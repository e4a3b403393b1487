CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  source TEXT NOT NULL REFERENCES sources (id),
  started TEXT NOT NULL,
  finished TEXT NOT NULL,
  listings INTEGER NOT NULL,
  fill TEXT NOT NULL,
  changes TEXT NOT NULL,
  UNIQUE (source, run)
) STRICT;

CREATE TABLE sources (
  id TEXT PRIMARY KEY,
  stated TEXT NOT NULL
) STRICT;

-- `confirmed_run` is kept for listings that are not live; a live one is confirmed by its source's last run.
CREATE TABLE listings (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL REFERENCES sources (id),
  digest BLOB NOT NULL,
  line TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('live', 'unconfirmed', 'gone')),
  first_run INTEGER NOT NULL REFERENCES runs (id),
  confirmed_run INTEGER REFERENCES runs (id),
  provider INTEGER
) STRICT;

-- A claim holds from its first run until its last; last_run is NULL while the listing still says it, and has not gone.
CREATE TABLE claims (
  listing INTEGER NOT NULL REFERENCES listings (pk),
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  written TEXT,
  page TEXT NOT NULL,
  first_run INTEGER NOT NULL REFERENCES runs (id),
  last_run INTEGER REFERENCES runs (id)
) STRICT;

CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  listing INTEGER NOT NULL REFERENCES listings (pk),
  what TEXT NOT NULL,
  field TEXT,
  before TEXT,
  after TEXT
) STRICT;

CREATE TABLE provider_ids (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  first_listing INTEGER NOT NULL REFERENCES listings (pk),
  redirect INTEGER REFERENCES provider_ids (id)
) STRICT;

CREATE INDEX listings_source ON listings (source, state);
CREATE INDEX claims_listing ON claims (listing);
CREATE INDEX changes_run ON changes (run);
