-- A look at the page that is a listing's evidence. Only 'confirmed' and 'unconfirmed' change how the listing stands; 'unknown' (no answer)
-- confirms nothing and loses nothing. `checked` is UTC.
CREATE TABLE checks (
  listing INTEGER NOT NULL REFERENCES listings (pk) ON DELETE CASCADE,
  checked TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('confirmed', 'unconfirmed', 'unknown')),
  reason TEXT,
  page TEXT NOT NULL,
  PRIMARY KEY (listing, checked)
) STRICT, WITHOUT ROWID;
