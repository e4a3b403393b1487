-- Each entry found, with what it states at each of its places, and how many entries have the same.

SELECT f.asker, n.npi, n.deactivated IS NOT NULL AND (n.reactivated IS NULL OR n.reactivated < n.deactivated) AS ended,
  n.deactivated AS since,
  coalesce(n.given, '') AS given, coalesce(n.middle, '') AS middle, coalesce(n.surname, '') AS surname, coalesce(n.suffix, '') AS suffix,
  coalesce(n.organisation, '') AS organisation, coalesce(n.other_organisation, '') AS other_organisation, coalesce(n.credential, '') AS credential, coalesce(n.taxonomies, '') AS taxonomies,
  coalesce(n.street, '') AS street, coalesce(n.city, '') AS city, coalesce(n.region, '') AS region, coalesce(n.postcode, '') AS postcode,
  coalesce(n.phone, '') AS phone,
  coalesce(n.other_surname, '') AS other_surname,
  {
    'surname': coalesce(s.entries, 1), 'given': coalesce(g.entries, 1), 'organisation': coalesce(o.entries, 1),
    'phone': coalesce(t.entries, 1), 'postcode': coalesce(z.entries, 1), 'city': coalesce(c.entries, 1), 'region': coalesce(r.entries, 1)
  } AS shares, p.places, m.names
FROM found AS f JOIN registers.nppes AS n USING (npi)
LEFT JOIN (
  SELECT npi, list({
    'street': coalesce(e.street, ''), 'city': coalesce(e.city, ''), 'region': coalesce(e.region, ''), 'postcode': coalesce(e.postcode, ''),
    'phone': coalesce(e.phone, ''),
    'shares': {
      'phone': coalesce(t.entries, 1), 'postcode': coalesce(z.entries, 1), 'city': coalesce(c.entries, 1), 'region': coalesce(r.entries, 1)
    }
  } ORDER BY e.street, e.city, e.postcode, e.phone) AS places
  FROM registers.more_places AS e
  LEFT JOIN phones AS t ON t.phone = e.phone
  LEFT JOIN registers.shares AS z ON z.what = 'postcode' AND z.value = e.postcode
  LEFT JOIN registers.shares AS c ON c.what = 'city' AND c.value = e.region || ' ' || e.city
  LEFT JOIN registers.shares AS r ON r.what = 'region' AND r.value = e.region
  WHERE npi IN (SELECT npi FROM found) GROUP BY npi
) AS p ON p.npi = n.npi
LEFT JOIN (
  SELECT npi, list(organisation ORDER BY organisation) AS names FROM registers.more_names WHERE npi IN (SELECT npi FROM found) GROUP BY npi
) AS m ON m.npi = n.npi
LEFT JOIN registers.shares AS s ON s.what = 'surname' AND s.value = n.surname_key
LEFT JOIN registers.shares AS g ON g.what = 'given' AND g.value = n.given
LEFT JOIN registers.shares AS o ON o.what = 'organisation' AND o.value = n.organisation_key
LEFT JOIN phones AS t ON t.phone = n.phone
LEFT JOIN registers.shares AS z ON z.what = 'postcode' AND z.value = n.postcode
LEFT JOIN registers.shares AS c ON c.what = 'city' AND c.value = n.region || ' ' || n.city
LEFT JOIN registers.shares AS r ON r.what = 'region' AND r.value = n.region
ORDER BY f.asker, n.npi
