-- data/registers.db (DuckDB): of each register only what matching needs. Made anew by each load; a cache of public files.

CREATE TABLE loaded (
  register VARCHAR NOT NULL, -- nppes, deactivated, leie
  as_of DATE NOT NULL,
  since DATE, -- first day of the last weekly file
  file VARCHAR NOT NULL,
  digest VARCHAR NOT NULL,
  entries BIGINT NOT NULL,
  left_out BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (register)
);

CREATE TABLE nppes (
  npi BIGINT NOT NULL,
  person BOOLEAN, -- NULL: deactivated, and never known
  given VARCHAR, middle VARCHAR, surname VARCHAR, suffix VARCHAR, other_surname VARCHAR,
  organisation VARCHAR, other_organisation VARCHAR,
  credential VARCHAR, taxonomies VARCHAR,
  street VARCHAR, city VARCHAR, region VARCHAR, postcode VARCHAR, phone VARCHAR,
  enumerated DATE, deactivated DATE, reactivated DATE,
  surname_key VARCHAR, other_key VARCHAR, organisation_key VARCHAR
);

-- What other files of the same zip say: further places of practice, further names of organisations.
CREATE TABLE more_places (npi BIGINT NOT NULL, street VARCHAR, city VARCHAR, region VARCHAR, postcode VARCHAR, phone VARCHAR);
CREATE TABLE more_names (npi BIGINT NOT NULL, organisation VARCHAR, organisation_key VARCHAR);

-- How many entries have a name or a place: what agreement in it is worth.
CREATE TABLE shares (what VARCHAR NOT NULL, value VARCHAR NOT NULL, entries BIGINT NOT NULL);

CREATE TABLE leie (
  key VARCHAR NOT NULL, -- of the entry, the same in every month
  surname VARCHAR, given VARCHAR, middle VARCHAR, organisation VARCHAR, general VARCHAR, specialty VARCHAR, npi VARCHAR,
  street VARCHAR, city VARCHAR, region VARCHAR, postcode VARCHAR, kind VARCHAR, since DATE
);
