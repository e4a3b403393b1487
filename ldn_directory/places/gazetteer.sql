-- The gazetteer, data/gazetteer.db: where postal codes, towns, regions and countries are. It ships packed, as
-- places.db.xz, which tools/pack_places.py makes.
-- Latitudes and longitudes are in ten-thousandths of a degree, because whole numbers are short.

CREATE TABLE countries (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  latitude_e4 INTEGER,
  longitude_e4 INTEGER,
  precision_km REAL,
  code_length INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE regions (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  country_code TEXT NOT NULL,
  latitude_e4 INTEGER NOT NULL,
  longitude_e4 INTEGER NOT NULL,
  precision_km REAL NOT NULL
) STRICT;

-- Which regions have a settlement in a cell of a quarter of a degree; region 0 is a country's settlements without one.
CREATE TABLE cells (
  cell INTEGER NOT NULL,
  country_code TEXT NOT NULL,
  region INTEGER NOT NULL,
  PRIMARY KEY (cell, country_code, region)
) STRICT, WITHOUT ROWID;

CREATE TABLE postcodes (
  code TEXT NOT NULL,
  country_code TEXT NOT NULL,
  region INTEGER NOT NULL,
  latitude_e4 INTEGER NOT NULL,
  longitude_e4 INTEGER NOT NULL,
  precision_dkm INTEGER NOT NULL,  -- tenths of a kilometre
  PRIMARY KEY (code, country_code)
) STRICT, WITHOUT ROWID;

CREATE TABLE towns (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country_code TEXT NOT NULL,
  region INTEGER NOT NULL,
  latitude_e4 INTEGER NOT NULL,
  longitude_e4 INTEGER NOT NULL,
  population INTEGER NOT NULL,
  precision_dkm INTEGER NOT NULL
) STRICT;

CREATE TABLE names (
  key TEXT NOT NULL,
  town INTEGER NOT NULL,
  PRIMARY KEY (key, town)
) STRICT, WITHOUT ROWID;

CREATE TABLE attributions (
  package TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  used_for TEXT NOT NULL,
  licence TEXT NOT NULL,
  statement TEXT NOT NULL,
  url TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How many rows each table has, how many countries have postal codes, and how many points were dropped as wrong.
CREATE TABLE counts (
  name TEXT PRIMARY KEY,
  number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
