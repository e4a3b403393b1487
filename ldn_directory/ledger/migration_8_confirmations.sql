-- When a check of its evidence page first and last saw a claim of a listing there, UTC. Only of lists that people keep here.
CREATE TABLE confirmations (
  listing INTEGER NOT NULL REFERENCES listings (pk) ON DELETE CASCADE,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  PRIMARY KEY (listing, field, value)
) STRICT, WITHOUT ROWID;
