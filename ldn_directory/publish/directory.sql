-- The published directory, data/ldn.db. Rebuilt whole from the ledger; never edited.
-- Every table and column is described in plain words in metadata.yml. The full-text table is created by schema.py.

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  started TEXT NOT NULL,
  finished TEXT
) STRICT;

CREATE TABLE sources (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  publisher TEXT,
  homepage TEXT NOT NULL,
  terms TEXT,
  licence TEXT,
  evidence TEXT NOT NULL CHECK (evidence IN ('listed', 'own_site', 'proxy')),
  record_key TEXT NOT NULL,
  every_days INTEGER NOT NULL,
  first_read TEXT,
  last_read TEXT,
  listings INTEGER NOT NULL DEFAULT 0,
  retired_since TEXT,
  retired_because TEXT,
  kept_here TEXT CHECK (kept_here = 'yes'),
  pages INTEGER,
  pages_checked INTEGER,
  last_checked TEXT,
  justification TEXT
) STRICT;

-- How long each list was whenever it was read: counts alone, also of what has been forgotten since.
CREATE TABLE readings (
  source TEXT NOT NULL REFERENCES sources (id),
  run TEXT NOT NULL REFERENCES runs (id),
  at TEXT NOT NULL,
  listings INTEGER NOT NULL,
  PRIMARY KEY (source, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE regions (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  country_code TEXT NOT NULL,
  country TEXT NOT NULL,
  providers INTEGER NOT NULL DEFAULT 0,
  telehealth_providers INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE providers (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('prescriber', 'clinic', 'pharmacy', 'telehealth')),
  name TEXT NOT NULL,
  credentials TEXT,
  practice TEXT,
  specialty TEXT,
  phone TEXT,
  phone_written TEXT,
  email TEXT,
  website TEXT,
  address TEXT,
  street TEXT,
  city TEXT,
  region TEXT,
  region_code TEXT,
  postcode TEXT,
  country TEXT,
  country_code TEXT,
  latitude REAL,
  longitude REAL,
  precision_km REAL,
  located_by TEXT,
  telehealth TEXT CHECK (telehealth IN ('yes', 'no')),
  accepts_new TEXT CHECK (accepts_new IN ('yes', 'no')),
  languages TEXT,
  remark TEXT,
  evidence TEXT NOT NULL CHECK (evidence IN ('listed', 'own_site', 'proxy')),
  source TEXT NOT NULL REFERENCES sources (id),
  sources TEXT NOT NULL,
  listings INTEGER NOT NULL,
  first_seen TEXT NOT NULL,
  last_confirmed TEXT,
  status TEXT NOT NULL CHECK (status IN ('confirmed', 'unchecked', 'unconfirmed')),
  register_state TEXT NOT NULL DEFAULT 'not checked' CHECK (register_state IN ('active', 'inactive', 'not found', 'not checked')),
  register_checked TEXT,
  noted_on TEXT,
  grade TEXT CHECK (grade IN ('offers', 'writes_about')),
  current_as_of TEXT,
  page_says TEXT
) STRICT;

CREATE TABLE redirects (
  old_id INTEGER PRIMARY KEY,
  provider INTEGER REFERENCES providers (id),
  reason TEXT NOT NULL CHECK (reason IN ('merged', 'gone', 'forgotten')),
  since TEXT NOT NULL
) STRICT;

CREATE TABLE locations (
  id INTEGER PRIMARY KEY,
  provider INTEGER NOT NULL REFERENCES providers (id),
  practice TEXT,
  address TEXT,
  street TEXT,
  city TEXT,
  region TEXT,
  region_code TEXT,
  postcode TEXT,
  country TEXT,
  country_code TEXT,
  latitude REAL,
  longitude REAL,
  precision_km REAL,
  located_by TEXT
) STRICT;

CREATE TABLE serves (
  provider INTEGER NOT NULL REFERENCES providers (id),
  region_code TEXT NOT NULL,
  region TEXT NOT NULL,
  country_code TEXT NOT NULL,
  PRIMARY KEY (provider, region_code)
) STRICT, WITHOUT ROWID;

CREATE TABLE listings (
  id TEXT PRIMARY KEY,
  provider INTEGER NOT NULL REFERENCES providers (id),
  source TEXT NOT NULL REFERENCES sources (id),
  page TEXT NOT NULL,
  evidence TEXT NOT NULL,
  name TEXT,
  text TEXT,
  first_seen TEXT NOT NULL,
  last_confirmed TEXT,
  status TEXT NOT NULL CHECK (status IN ('confirmed', 'unchecked', 'unconfirmed')),
  unconfirmed_because TEXT,
  noted_on TEXT,
  grade TEXT CHECK (grade IN ('offers', 'writes_about')),
  current_as_of TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
  id INTEGER PRIMARY KEY,
  listing TEXT NOT NULL REFERENCES listings (id),
  provider INTEGER NOT NULL REFERENCES providers (id),
  source TEXT NOT NULL REFERENCES sources (id),
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  written TEXT,
  page TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_confirmed TEXT,
  shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
  noted_on TEXT
) STRICT;

-- A change of a listing (then `source` and `listing` say which), or of a provider (`merged`, `split`: `other` is the other number;
-- `forgotten`: a number and a date, nothing else).
CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  run TEXT REFERENCES runs (id),
  at TEXT NOT NULL,
  source TEXT REFERENCES sources (id),
  listing TEXT,
  provider INTEGER,
  what TEXT NOT NULL CHECK (
    what IN ('added', 'changed', 'moved', 'unconfirmed', 'confirmed again', 'gone', 'back', 'merged', 'split', 'forgotten')
  ),
  field TEXT,
  before TEXT,
  after TEXT,
  other INTEGER,
  country_code TEXT,
  region_code TEXT
) STRICT;

-- A clinic and the people who work there are linked, not merged, and so are branches of one organisation. One row each way. The key comes first, as the integrity check of
-- SQLite 3.40 takes other columns for NULL where it does not.
CREATE TABLE related (
  provider INTEGER NOT NULL REFERENCES providers (id),
  other INTEGER NOT NULL REFERENCES providers (id),
  relation TEXT NOT NULL CHECK (relation IN ('works at', 'has', 'branch')),
  PRIMARY KEY (provider, other)
) STRICT, WITHOUT ROWID;

-- What official registers say of a provider. They verify; they are never why a provider is here.
CREATE TABLE verifications (
  provider INTEGER NOT NULL REFERENCES providers (id),
  register TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'inactive', 'not found', 'several', 'check here')),
  number TEXT,
  score REAL,
  evidence TEXT,
  checked TEXT,
  link TEXT,
  PRIMARY KEY (provider, register)
) STRICT, WITHOUT ROWID;

CREATE TABLE attributions (
  package TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  used_for TEXT NOT NULL,
  licence TEXT NOT NULL,
  statement TEXT NOT NULL,
  url TEXT NOT NULL
) STRICT;

-- What the site's search looks up instead of reading rows: arrays of little-endian whole numbers, and texts joined by newlines.
-- Its name begins as that of the full-text table does, so that every Datasette hides it as it hides the tables of FTS5.
CREATE TABLE providers_fts_words (
  part TEXT PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;

CREATE INDEX providers_country ON providers (country);
CREATE INDEX providers_region ON providers (region);
CREATE INDEX providers_region_code ON providers (region_code);
CREATE INDEX providers_kind ON providers (kind);
CREATE INDEX providers_telehealth ON providers (telehealth);
CREATE INDEX providers_evidence ON providers (evidence);
CREATE INDEX providers_source ON providers (source);
CREATE INDEX providers_last_confirmed ON providers (last_confirmed);
CREATE INDEX providers_name ON providers (name);
CREATE INDEX redirects_provider ON redirects (provider);
CREATE INDEX locations_provider ON locations (provider);
CREATE INDEX serves_region ON serves (region_code);
CREATE INDEX listings_provider ON listings (provider);
CREATE INDEX listings_source ON listings (source);
CREATE INDEX claims_provider ON claims (provider);
CREATE INDEX claims_listing ON claims (listing);
CREATE INDEX changes_at ON changes (at);
CREATE INDEX changes_provider ON changes (provider);
CREATE INDEX changes_listing ON changes (listing);
CREATE INDEX changes_what ON changes (what);
-- By place alone, changes are read in the order of their ids, which only an index without `what` gives.
CREATE INDEX changes_country ON changes (country_code, what);
CREATE INDEX changes_country_code ON changes (country_code);
CREATE INDEX changes_region ON changes (region_code, what);
CREATE INDEX changes_region_code ON changes (region_code);
CREATE INDEX changes_source ON changes (source);
CREATE INDEX related_other ON related (other);
CREATE INDEX providers_register_state ON providers (register_state);
