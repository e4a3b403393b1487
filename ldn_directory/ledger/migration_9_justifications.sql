-- Why a list that does not itself speak of low-dose naltrexone counts as a list of LDN prescribers, in the words of whoever accepted it.
ALTER TABLE acceptances ADD COLUMN justification TEXT;
