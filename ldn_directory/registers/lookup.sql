-- The entries that may be one of the providers asked for: those that share a number, a name in the region, a telephone number,
-- or a first name and a postcode, with little else than a slip between the surnames. `wanted` has a row for each thing to look for.

CREATE OR REPLACE TEMP TABLE found AS
WITH people AS MATERIALIZED (
  SELECT npi, surname_key, other_key, left(given, 1) AS initial, given, region, postcode, phone FROM registers.nppes WHERE person
), elsewhere AS MATERIALIZED (
  SELECT m.npi, n.surname_key, n.initial, m.region, m.phone FROM registers.more_places AS m JOIN people AS n USING (npi)
)
SELECT DISTINCT asker, npi FROM (
  SELECT w.asker, n.npi FROM wanted AS w JOIN registers.nppes AS n ON n.npi = TRY_CAST(w.value AS BIGINT) WHERE w.what = 'npi'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN people AS n ON n.surname_key = w.value AND n.region = w.place AND n.initial = w.initial
  WHERE w.what = 'surname'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN people AS n ON n.other_key = w.value AND n.region = w.place AND n.initial = w.initial
  WHERE w.what = 'surname'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN elsewhere AS n ON n.surname_key = w.value AND n.region = w.place AND n.initial = w.initial
  WHERE w.what = 'surname'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN elsewhere AS n ON n.phone = w.value AND n.initial = w.initial WHERE w.what = 'phone'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN people AS n ON n.phone = w.value AND n.initial = w.initial WHERE w.what = 'phone'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN people AS n ON n.postcode = w.place AND n.initial = w.initial
  WHERE w.what = 'postcode' AND damerau_levenshtein(n.surname_key, w.value) <= 1
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN registers.nppes AS n ON n.organisation_key = w.value AND n.region = w.place
  WHERE w.what = 'organisation'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN registers.more_names AS m ON m.organisation_key = w.value
  JOIN registers.nppes AS n ON n.npi = m.npi AND n.region = w.place WHERE w.what = 'organisation'
  UNION ALL
  SELECT w.asker, n.npi FROM wanted AS w JOIN registers.nppes AS n ON n.phone = w.value WHERE w.what = 'organisation phone' AND NOT n.person
);

CREATE OR REPLACE TEMP TABLE phones AS
WITH asked AS (SELECT DISTINCT value AS phone FROM wanted WHERE what LIKE '%phone')
SELECT phone, count(*) AS entries FROM (
  SELECT npi, phone FROM registers.nppes SEMI JOIN asked USING (phone)
  UNION
  SELECT npi, phone FROM registers.more_places SEMI JOIN asked USING (phone)
) GROUP BY phone;
