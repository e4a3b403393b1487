"""Entries and results as FHIR R4, read by `fhir.resources` and held to what R4 binds as required."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from ldn_directory.site.formats import EntryView, fhir
from ldn_directory.site.queries.provider import get_entries

REQUIRED = {
    "Bundle": {"type": {"collection", "searchset"}},
    "search": {"mode": {"match", "include", "outcome"}},
    "telecom": {
        "system": {"phone", "fax", "email", "pager", "url", "sms", "other"},
        "use": {"home", "work", "temp", "old", "mobile"},
    },
    "address": {"use": {"home", "work", "temp", "old", "billing"}},
    "Location": {"mode": {"instance", "kind"}, "status": {"active", "suspended", "inactive"}},
    "VerificationResult": {"status": {"attested", "validated", "in-process", "req-revalid", "val-fail", "reval-fail"}},
}
"""Codes of the required bindings (https://hl7.org/fhir/R4/terminologies-valuesets.html) of the elements that are used."""


def bundle_of(text: str) -> dict[str, Any]:
    """The bundle, valid."""
    Bundle.model_validate_json(text)
    bundle = json.loads(text)
    check(bundle)
    return bundle


def check(bundle: dict[str, Any]) -> None:
    """What R4 demands of a bundle beyond the shapes of its elements."""
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    resources = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    assert len(set(urls)) == len(urls)  # bdl-7
    assert ("total" in bundle) == (bundle["type"] == "searchset")  # bdl-1
    assert all(("search" in entry) == (bundle["type"] == "searchset") for entry in bundle["entry"])  # bdl-2
    assert all(url == f"urn:uuid:{resource['id']}" for url, resource in resources.items())
    for name, element in elements(bundle):
        assert element, f"{name} is empty"
        for field, codes in REQUIRED.get(element.get("resourceType", name), {}).items():
            assert element.get(field, next(iter(codes))) in codes, (name, field)
        if "reference" in element:
            assert element["reference"] in resources, f"{element['reference']} is nowhere in the bundle"
    for text in strings(bundle):
        assert (
            re.fullmatch(r"[ \r\n\t\S]+", text)
            and text == text.strip()
            and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
        ), text
    for resource in resources.values():
        if resource["resourceType"] == "VerificationResult":
            (target,) = resource["target"]
            for path in resource.get("targetLocation", ()):
                assert selected(resources[target["reference"]], path), path


def selected(resource: dict[str, Any], path: str) -> list[Any]:
    """What a FHIRPath of the forms that are used selects (http://hl7.org/fhirpath/)."""
    form = r"(\w+)\.(\w+)(?:\[(\d+)\]|\.where\(system='(\w+)'\)|\.where\(text\.startsWith\('([^']+)'\)\))?"
    found = re.fullmatch(form, path)
    assert found, path
    kind, field, index, system, beginning = found.groups()
    values = resource.get(field, []) if resource["resourceType"] == kind else []
    values = values if isinstance(values, list) else [values]
    if index:
        return values[int(index) : int(index) + 1]
    if system:
        return [value for value in values if value["system"] == system]
    return [value for value in values if not beginning or value["text"].startswith(beginning)]


def elements(value: Any, name: str = "Bundle") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the bundle with the name of the element that holds it."""
    if isinstance(value, dict):
        yield name, value
        for key, inner in value.items():
            yield from elements(inner, key)
    elif isinstance(value, list):
        assert value, f"{name} is empty"
        for inner in value:
            yield from elements(inner, name)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def test_every_entry_is_valid(everybody):
    kinds = Counter(
        entry["resource"]["resourceType"] for one in everybody for entry in bundle_of(fhir.format_entry(one))["entry"]
    )
    assert set(kinds) == {
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Location",
        "HealthcareService",
        "VerificationResult",
    }


def test_a_person_is_a_practitioner_with_a_role_at_each_practice(shown):
    bundle = bundle_of(fhir.format_entry(shown(1)))
    (person,) = of_kind(bundle, "Practitioner")
    assert person["name"][0] == {"text": "Ada Example", "family": "Example", "given": ["Ada"]}
    assert person["qualification"] == [{"code": {"text": "MD"}}]
    assert person["communication"] == [
        {"coding": [{"system": "urn:ietf:bcp:47", "code": "es"}], "text": "Spanish"},
        {"text": "Old Dothraki"},
    ]
    first, second = of_kind(bundle, "PractitionerRole")
    assert first["specialty"] == [{"text": "Neurology"}]
    assert {"system": "phone", "value": "+15125550142", "use": "work"} in first["telecom"] and "telecom" not in second
    practices = {f"urn:uuid:{one['id']}": one["name"] for one in of_kind(bundle, "Organization")}
    assert [practices[role["organization"]["reference"]] for role in (first, second)] == [
        "Harbour Family Practice",
        "Second Practice",
    ]


def test_a_pharmacy_is_an_organization_and_no_practitioner(shown):
    bundle = bundle_of(fhir.format_entry(shown(5)))
    assert not of_kind(bundle, "Practitioner") and not of_kind(bundle, "PractitionerRole")
    assert bundle["entry"][0]["resource"]["name"] == "Willow Compounding Pharmacy"
    assert bundle["entry"][0]["resource"]["type"][0]["text"] == "Pharmacy"


def test_only_a_place_that_is_exactly_known_has_a_position(shown):
    exact, only_its_town = (
        place for place in of_kind(bundle_of(fhir.format_entry(shown(1))), "Location") if place["mode"] == "instance"
    )
    assert exact["position"] == {"longitude": -84.19, "latitude": 39.76}
    assert "position" not in only_its_town


def test_the_contact_is_said_of_a_place_only_if_there_is_no_other(shown):
    two = [
        place for place in of_kind(bundle_of(fhir.format_entry(shown(1))), "Location") if place["mode"] == "instance"
    ]
    (one,) = of_kind(bundle_of(fhir.format_entry(shown(2))), "Location")
    assert not any("telecom" in place for place in two) and one["telecom"][0]["value"] == "+14155550102"


def test_a_country_that_is_served_has_a_country_s_code(db, shown, insert):
    insert(db, "serves", provider=5, region_code="CA", region="Canada", country_code="CA")
    (canada,) = (
        place for place in of_kind(bundle_of(fhir.format_entry(shown(5))), "Location") if place["mode"] == "kind"
    )
    assert canada["identifier"] == [{"system": "urn:iso:std:iso:3166", "value": "CA"}]


def test_telehealth_is_a_service_with_the_regions_it_covers(shown):
    bundle = bundle_of(fhir.format_entry(shown(1)))
    (service,) = of_kind(bundle, "HealthcareService")
    assert [one["text"] for one in service["characteristic"]] == ["Telehealth: Offered", "New patients: Accepted"]
    regions = {f"urn:uuid:{one['id']}": one for one in of_kind(bundle, "Location")}
    covered = [regions[area["reference"]]["identifier"][0] for area in service["coverageArea"]]
    assert covered == [{"system": "urn:iso:std:iso:3166:-2", "value": code} for code in ("US-OH", "US-OR")]


@pytest.fixture
def only_writes(db, shown, insert, days_ago):
    """The pharmacy as an organisation whose website has a page on LDN."""
    page = {"source": "own", "page": "https://willow.example.org/ldn"}
    seen = {"first_seen": days_ago(9), "last_confirmed": days_ago(9)}
    db.execute("UPDATE providers SET evidence = 'own_site', grade = 'writes_about', name = 'Willow & Co' WHERE id = 5")
    listing = {"id": "e" * 16, "evidence": "own_site", "name": "Willow & Co", "status": "confirmed"}
    insert(db, "listings", provider=5, **listing, **page, **seen)
    insert(db, "claims", listing="e" * 16, provider=5, field="grade", value="writes_about", shown=1, **page, **seen)
    return shown(5)


def test_an_organisation_that_only_writes_about_it_says_so_to_people(only_writes):
    narrative = bundle_of(fhir.format_entry(only_writes))["entry"][0]["resource"]["text"]
    assert narrative == {
        "status": "additional",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Willow &amp; Co</p><p>Its website has a page on LDN. Its page on LDN'
        " does not say that they prescribe or make it. Please ask before you book or travel.</p></div>",
    }


def test_and_to_programs_with_the_page_that_is_why(only_writes):
    bundle = bundle_of(fhir.format_entry(only_writes))
    (service,) = of_kind(bundle, "HealthcareService")
    assert {"text": "What its website says: Its website has a page on LDN"} in service["characteristic"]
    (attested,) = (
        one
        for one in of_kind(bundle, "VerificationResult")
        if one["target"][0]["reference"].endswith(service["id"])
        and one["meta"]["source"] == "https://willow.example.org/ldn"
    )
    assert selected(service, attested["targetLocation"][0]) == [service["characteristic"][-1]]


def test_a_person_whom_only_a_directory_of_another_subject_names_is_said_to_be_likely(db, shown):
    db.execute("UPDATE providers SET evidence = 'proxy' WHERE id = 1")
    narrative = bundle_of(fhir.format_entry(shown(1)))["entry"][0]["resource"]["text"]
    assert "Only likely: its list is not about LDN" in narrative["div"]


def test_who_is_on_a_list_needs_no_word_of_it(shown):
    assert "text" not in bundle_of(fhir.format_entry(shown(1)))["entry"][0]["resource"]


def test_each_list_attests_what_it_states_and_when_and_on_which_page(shown, days_ago):
    bundle = bundle_of(fhir.format_entry(shown(1)))
    person = bundle["entry"][0]["fullUrl"]
    by_page = {
        one["meta"]["source"]: one
        for one in of_kind(bundle, "VerificationResult")
        if one["target"][0]["reference"] == person and "meta" in one
    }
    listed, own = by_page["https://ldn.example/list?page=1"], by_page["https://ada.example.org/about"]
    assert listed["status"] == "attested" and set(listed["targetLocation"]) == {
        "Practitioner.name[0]",
        "Practitioner.qualification",
    }
    assert own["status"] == "req-revalid" and own["targetLocation"] == ["Practitioner.communication"]
    assert listed["statusDate"][:10] == days_ago(3)[:10] and own["lastPerformed"][:10] == days_ago(5)[:10]
    assert listed["primarySource"][0]["who"]["display"] == "Harbour LDN Society"


def test_a_place_is_attested_by_the_lists_that_state_it_and_by_no_other(db, shown, insert):
    bundle = bundle_of(fhir.format_entry(shown(1)))
    dayton = next(place for place in of_kind(bundle, "Location") if place.get("address", {}).get("city") == "Dayton")
    assert not [
        one for one in of_kind(bundle, "VerificationResult") if one["target"][0]["reference"].endswith(dayton["id"])
    ]
    for field in ("street", "postcode", "region_code", "country_code"):
        value = db.execute(f"SELECT {field} FROM locations WHERE provider = 1").fetchone()[0]
        insert(
            db,
            "claims",
            listing=f"{1:016x}",
            provider=1,
            source="harbour",
            field=field,
            value=value,
            page="https://ldn.example/list?page=1",
            first_seen="2026-01-01T00:00:00Z",
            last_confirmed="2026-11-01T00:00:00Z",
            shown=1,
        )
    attested = [
        one
        for one in of_kind(bundle_of(fhir.format_entry(shown(1))), "VerificationResult")
        if one["target"][0]["reference"].endswith(dayton["id"])
    ]
    assert [one["meta"]["source"] for one in attested] == ["https://ldn.example/list?page=1"]
    assert set(attested[0]["targetLocation"]) == {"Location.name", "Location.address"}


def test_a_list_attests_only_the_contact_that_it_states(db, shown, insert):
    seen = {
        "page": "https://ada.example.org/about",
        "first_seen": "2026-01-01T00:00:00Z",
        "last_confirmed": "2026-11-01T00:00:00Z",
    }
    insert(
        db,
        "claims",
        listing="f" * 16,
        provider=1,
        source="own",
        field="website",
        value="javascript:alert(1)",
        shown=1,
        **seen,
    )
    bundle = bundle_of(fhir.format_entry(shown(1)))
    role = of_kind(bundle, "PractitionerRole")[0]["id"]
    by_page = {
        one["meta"]["source"]: one["targetLocation"]
        for one in of_kind(bundle, "VerificationResult")
        if one["target"][0]["reference"].endswith(role)
    }
    assert "PractitionerRole.telecom.where(system='email')" in by_page["https://ada.example.org/about"]
    assert "PractitionerRole.telecom.where(system='phone')" not in by_page["https://ada.example.org/about"]
    assert "PractitionerRole.telecom.where(system='email')" not in by_page["https://ldn.example/list?page=1"]


def test_the_page_of_a_list_is_a_uri_without_blanks(db, shown):
    db.execute("UPDATE listings SET page = 'https://ldn.example/the list' WHERE provider = 5")
    results = of_kind(bundle_of(fhir.format_entry(shown(5))), "VerificationResult")
    assert {one["meta"]["source"] for one in results} == {"https://ldn.example/the%20list"}


@pytest.mark.parametrize(
    ("state", "status"), [("active", "validated"), ("inactive", "val-fail"), ("several", None), ("not found", None)]
)
def test_only_a_register_that_is_sure_validates_or_fails(db, shown, state, status):
    db.execute("UPDATE verifications SET state = ? WHERE register = 'nppes'", (state,))
    statuses = {one["status"] for one in of_kind(bundle_of(fhir.format_entry(shown(1))), "VerificationResult")}
    assert statuses - {"attested", "req-revalid"} == ({status} if status else set())


def test_a_register_that_knows_the_person_validates(shown):
    bundle = bundle_of(fhir.format_entry(shown(1)))
    (validated,) = (one for one in of_kind(bundle, "VerificationResult") if one["status"] == "validated")
    assert validated["primarySource"][0]["validationStatus"]["coding"][0]["code"] == "successful"
    (person,) = of_kind(bundle, "Practitioner")
    assert {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}.items() <= person["identifier"][
        1
    ].items()


def test_a_search_says_what_matches_and_where_to_go_on(found):
    page = found(size="3")
    bundle = bundle_of(fhir.format_search(page))
    modes = Counter(entry["search"]["mode"] for entry in bundle["entry"])
    assert modes["match"] == 3 and modes["include"] > 3
    assert bundle["total"] == page.results.total
    links = {link["relation"]: link["url"] for link in bundle["link"]}
    assert links["self"] == "https://directory.example/search.fhir?size=3"
    assert links["next"].startswith("https://directory.example/search.fhir?size=3&cursor=")
    matches = [entry["search"] for entry in bundle["entry"] if entry["search"]["mode"] == "match"]
    assert matches[2]["extension"][0]["valueDistance"]["value"] == 24.7


def test_a_later_page_says_which_it_is(found):
    (own,) = (
        link["url"]
        for link in bundle_of(fhir.format_search(found(size="3", page="2")))["link"]
        if link["relation"] == "self"
    )
    assert own == "https://directory.example/search.fhir?size=3&page=2"


def test_a_search_that_finds_nobody_is_an_empty_searchset(found):
    bundle = json.loads(fhir.format_search(found(q="qqqqqqq")))
    Bundle.model_validate(bundle)
    assert bundle["total"] == 0 and "entry" not in bundle


def test_ids_stay_when_values_change(db, shown):
    before = bundle_of(fhir.format_entry(shown(1)))
    db.execute("UPDATE claims SET last_confirmed = '2030-01-01T00:00:00Z'")
    db.execute("UPDATE providers SET name = 'Ada Other' WHERE id = 1")
    after = bundle_of(fhir.format_entry(shown(1)))
    assert [entry["fullUrl"] for entry in before["entry"]] == [entry["fullUrl"] for entry in after["entry"]]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"status":"attested"', '"status":"believed"'),
        ('"reference":"urn:uuid:', '"reference":"urn:uuid:0'),
        ('"system":"phone"', '"system":"tel"'),
    ],
)
def test_the_check_refuses_what_is_wrong(shown, right, wrong):
    text = fhir.format_entry(shown(1))
    assert right in text
    with pytest.raises(AssertionError):
        check(json.loads(text.replace(right, wrong)))


def test_nobody_attests_the_name_of_an_organisation_who_states_another_practice(full, tmp_path):
    other = tmp_path / "ldn.db"
    other.write_bytes(full.read_bytes())
    with closing(sqlite3.connect(other)) as db:
        (number,) = db.execute("SELECT id FROM providers WHERE kind = 'pharmacy' LIMIT 1").fetchone()
        db.execute("UPDATE providers SET practice = 'Willow and Sons' WHERE id = ?", (number,))
        db.execute(
            "UPDATE claims SET field = 'practice', value = 'Willow and Sons' WHERE provider = ? AND field = 'name'",
            (number,),
        )
        (entry,) = get_entries(db, [number])
    bundle = bundle_of(fhir.format_entry(EntryView(entry=entry, base="https://directory.example")))
    paths = {path for one in bundle["entry"] for path in one["resource"].get("targetLocation", ())}
    named = {
        one["resource"].get("name"): one["resource"]
        for one in bundle["entry"]
        if one["resource"]["resourceType"] == "Organization"
    }
    assert named[entry.provider["name"]]["alias"] == ["Willow and Sons"]
    assert "Organization.alias" in paths and "Organization.name" not in paths
