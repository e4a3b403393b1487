-- Counts anew how many entries have each name and place; of names only those of more than one.

DELETE FROM shares;
INSERT INTO shares
  SELECT 'surname', surname_key, count(*) FROM nppes WHERE surname_key IS NOT NULL GROUP BY 2 HAVING count(*) > 1
  UNION ALL SELECT 'given', given, count(*) FROM nppes WHERE given IS NOT NULL GROUP BY 2 HAVING count(*) > 1
  UNION ALL SELECT 'organisation', organisation_key, count(*) FROM nppes WHERE organisation_key IS NOT NULL GROUP BY 2 HAVING count(*) > 1
  UNION ALL SELECT 'postcode', postcode, count(*) FROM nppes WHERE postcode IS NOT NULL GROUP BY 2
  UNION ALL SELECT 'city', region || ' ' || city, count(*) FROM nppes WHERE city IS NOT NULL GROUP BY 2
  UNION ALL SELECT 'region', region, count(*) FROM nppes WHERE region IS NOT NULL GROUP BY 2
  UNION ALL SELECT 'total', '', count(*) FROM nppes;
