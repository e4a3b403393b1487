-- The rows of NPPES's main file as the table `nppes` has them, with why a row is `wrong`. @LEGAL@ is an expression of names.py.

WITH raw AS (
  SELECT TRY_CAST(NPI AS BIGINT) AS npi, "Entity Type Code" AS entity,
    "Provider First Name" AS given, "Provider Middle Name" AS middle, "Provider Last Name (Legal Name)" AS surname, "Provider Name Suffix Text" AS suffix, "Provider Other Last Name" AS other_surname, "Provider Organization Name (Legal Business Name)" AS organisation, "Provider Other Organization Name" AS other_organisation,
    "Provider Credential Text" AS credential, concat_ws(' ', "Healthcare Provider Taxonomy Code_1", "Healthcare Provider Taxonomy Code_2", "Healthcare Provider Taxonomy Code_3", "Healthcare Provider Taxonomy Code_4", "Healthcare Provider Taxonomy Code_5") AS taxonomies,
    "Provider First Line Business Practice Location Address" AS street, "Provider Business Practice Location Address City Name" AS city, "Provider Business Practice Location Address State Name" AS region,
    left("Provider Business Practice Location Address Postal Code", 5) AS postcode, right(replace("Provider Business Practice Location Address Telephone Number", '-', ''), 10) AS phone,
    try_strptime("Provider Enumeration Date", '%m/%d/%Y')::DATE AS enumerated, try_strptime("NPI Deactivation Date", '%m/%d/%Y')::DATE AS deactivated, try_strptime("NPI Reactivation Date", '%m/%d/%Y')::DATE AS reactivated,
    concat("NPI Deactivation Date", "NPI Reactivation Date") AS said
  FROM read_csv($source, columns = $columns, header = $header, auto_detect = false, delim = ',', quote = '"', escape = '"',
    strict_mode = true, null_padding = false, max_line_size = 1000000)
)
SELECT npi, CASE entity WHEN '1' THEN true WHEN '2' THEN false END AS person,
  given, middle, surname, suffix, other_surname, organisation, other_organisation, credential, taxonomies,
  street, city, region, postcode, phone, enumerated, deactivated, reactivated,
  regexp_replace(upper(strip_accents(surname)), '[^A-Z0-9]', '', 'g') AS surname_key, regexp_replace(upper(strip_accents(other_surname)), '[^A-Z0-9]', '', 'g') AS other_key,
  CASE WHEN entity = '2' THEN replace(regexp_replace(regexp_replace(regexp_replace(replace(upper(strip_accents(organisation)), '&', ' AND '), '[''.]', '', 'g'), '[^A-Z0-9]+', ' ', 'g'), '@LEGAL@', ' ', 'g'), ' ', '') END AS organisation_key,
  CASE
    WHEN npi IS NULL OR npi NOT BETWEEN 1000000000 AND 2999999999 THEN 'its NPI is no number of ten digits'
    WHEN length(said) <> 10 * ((deactivated IS NOT NULL)::INT + (reactivated IS NOT NULL)::INT) THEN
      'the date of its deactivation or reactivation cannot be read: ' || said
    WHEN greatest(deactivated, reactivated) > $last THEN 'its deactivation or reactivation is dated after the file: ' || said
    WHEN coalesce(entity, '') NOT IN ('1', '2') AND deactivated IS NULL THEN 'it is neither a person nor an organisation, nor deactivated'
  END AS wrong
FROM raw
