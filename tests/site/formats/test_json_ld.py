"""Entries and results as JSON-LD: expanded by PyLD, and every word of it one of schema.org's, said of what it may be said of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pyld import jsonld

from ldn_directory.site.formats import json_ld

SCHEMA = "https://schema.org/"
CLASSES = {
    "Thing": (),
    "CreativeWork": ("Thing",),
    "WebPage": ("CreativeWork",),
    "SearchResultsPage": ("WebPage",),
    "Intangible": ("Thing",),
    "ItemList": ("Intangible",),
    "ListItem": ("Intangible",),
    "Offer": ("Intangible",),
    "Service": ("Intangible",),
    "Language": ("Intangible",),
    "StructuredValue": ("Intangible",),
    "PropertyValue": ("StructuredValue",),
    "ContactPoint": ("StructuredValue",),
    "PostalAddress": ("ContactPoint",),
    "GeoCoordinates": ("StructuredValue",),
    "GeoShape": ("StructuredValue",),
    "GeoCircle": ("GeoShape",),
    "Person": ("Thing",),
    "Organization": ("Thing",),
    "Place": ("Thing",),
    "AdministrativeArea": ("Place",),
    "LocalBusiness": ("Organization", "Place"),
    "MedicalOrganization": ("Organization",),
    "MedicalBusiness": ("LocalBusiness",),
    "Physician": ("MedicalBusiness", "MedicalOrganization"),
    "MedicalClinic": ("MedicalBusiness", "MedicalOrganization"),
    "Pharmacy": ("MedicalBusiness", "MedicalOrganization"),
}
"""The classes that are used, and what they are kinds of (https://schema.org/docs/full.html)."""
PROPERTIES = {
    "name": ("Thing",),
    "url": ("Thing",),
    "alternateName": ("Thing",),
    "description": ("Thing",),
    "identifier": ("Thing",),
    "sameAs": ("Thing",),
    "mainEntityOfPage": ("Thing",),
    "lastReviewed": ("WebPage",),
    "relatedLink": ("WebPage",),
    "license": ("CreativeWork",),
    "mainEntity": ("CreativeWork",),
    "isBasedOn": ("CreativeWork",),
    "publisher": ("CreativeWork",),
    "telephone": ("ContactPoint", "Organization", "Person", "Place"),
    "email": ("ContactPoint", "Organization", "Person"),
    "address": ("Organization", "Person", "Place", "GeoCoordinates"),
    "geo": ("Place",),
    "location": ("Organization", "Person"),
    "employee": ("Organization",),
    "isAcceptingNewPatients": ("MedicalOrganization",),
    "medicalSpecialty": ("MedicalOrganization", "MedicalClinic", "Physician"),
    "knowsAbout": ("Organization", "Person"),
    "knowsLanguage": ("Organization", "Person"),
    "areaServed": ("Organization", "Service", "Offer", "ContactPoint"),
    "makesOffer": ("Organization", "Person"),
    "itemOffered": ("Offer",),
    "serviceType": ("Service",),
    "givenName": ("Person",),
    "additionalName": ("Person",),
    "familyName": ("Person",),
    "honorificSuffix": ("Person",),
    "streetAddress": ("PostalAddress",),
    "addressLocality": ("PostalAddress",),
    "addressRegion": ("PostalAddress",),
    "postalCode": ("PostalAddress", "GeoCoordinates", "GeoShape"),
    "addressCountry": ("PostalAddress", "GeoCoordinates", "GeoShape"),
    "latitude": ("GeoCoordinates", "Place"),
    "longitude": ("GeoCoordinates", "Place"),
    "geoMidpoint": ("GeoCircle",),
    "geoRadius": ("GeoCircle",),
    "propertyID": ("PropertyValue",),
    "value": ("PropertyValue",),
    "numberOfItems": ("ItemList",),
    "itemListOrder": ("ItemList",),
    "itemListElement": ("ItemList",),
    "position": ("ListItem", "CreativeWork"),
    "item": ("ListItem",),
}
"""The properties that are used, and of what they are said."""
SPECIALTIES = {
    "Anesthesia",
    "Cardiovascular",
    "CommunityHealth",
    "Dentistry",
    "Dermatology",
    "DietNutrition",
    "Emergency",
    "Endocrine",
    "Gastroenterologic",
    "Genetic",
    "Geriatric",
    "Gynecologic",
    "Hematologic",
    "Infectious",
    "LaboratoryScience",
    "Midwifery",
    "Musculoskeletal",
    "Neurologic",
    "Nursing",
    "Obstetric",
    "Oncologic",
    "Optometric",
    "Otolaryngologic",
    "Pathology",
    "Pediatric",
    "PharmacySpecialty",
    "Physiotherapy",
    "PlasticSurgery",
    "Podiatric",
    "PrimaryCare",
    "Psychiatric",
    "PublicHealth",
    "Pulmonary",
    "Radiography",
    "Renal",
    "RespiratoryTherapy",
    "Rheumatologic",
    "SpeechPathology",
    "Surgical",
    "Toxicologic",
    "Urologic",
}
"""The members of https://schema.org/MedicalSpecialty."""


def only_our_context(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """The context of schema.org as far as it matters here; nothing is fetched."""
    assert url == SCHEMA, f"{url} would be fetched"
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": {"@context": {"@vocab": SCHEMA}},
    }


def kinds_of(name: str) -> set[str]:
    """A class and all that it is a kind of."""
    return {name}.union(*map(kinds_of, CLASSES[name]))


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every node of an expanded document."""
    if isinstance(value, list):
        for one in value:
            yield from nodes(one)
    elif isinstance(value, dict) and "@value" not in value:
        yield value
        for inner in value.values():
            yield from nodes(inner)


def expanded(text: str) -> list[dict[str, Any]]:
    """The document expanded, all of it in schema.org's words, each said of what it may be said of."""
    found = jsonld.expand(json.loads(text), {"documentLoader": only_our_context})
    for node in nodes(found):
        kinds = set().union(*(kinds_of(name.removeprefix(SCHEMA)) for name in node["@type"]))
        for name in node.keys() - {"@id", "@type"}:
            assert kinds & set(PROPERTIES[name.removeprefix(SCHEMA)]), f"{name} is said of a {node['@type']}"
    return found


def business_of(text: str) -> dict[str, Any]:
    expanded(text)
    return json.loads(text)["mainEntity"]


def test_every_entry_is_in_the_words_of_schema_org(everybody):
    types = [business_of(json_ld.format_entry(one))["@type"] for one in everybody]
    either = ["MedicalBusiness", "MedicalOrganization"]
    assert types == [
        "Physician",
        "Physician",
        either,
        either,
        "Pharmacy",
        "Physician",
        "MedicalClinic",
        "Physician",
        "MedicalOrganization",
        "Physician",
    ]


def test_a_person_works_at_the_practice(shown):
    business = business_of(json_ld.format_entry(shown(1)))
    assert business["name"] == "Harbour Family Practice"
    assert business["employee"] == {
        "@type": "Person",
        "name": "Ada Example",
        "givenName": "Ada",
        "familyName": "Example",
        "honorificSuffix": "MD",
        "alternateName": ["Ada B. Example"],
        "knowsLanguage": [
            {"@type": "Language", "name": "Spanish", "alternateName": "es"},
            {"@type": "Language", "name": "Old Dothraki"},
        ],
    }
    assert business["isAcceptingNewPatients"] is True
    assert business["medicalSpecialty"] == ["https://schema.org/Neurologic"]
    assert [area["identifier"] for area in business["areaServed"]] == ["US-OH", "US-OR"]
    assert business["sameAs"] == ["https://registry.example/provider/1234567893"]
    assert "employee" not in business_of(json_ld.format_entry(shown(5)))


def test_a_place_that_is_not_exactly_known_is_a_circle(shown):
    business = business_of(json_ld.format_entry(shown(1)))
    assert business["geo"] == {"@type": "GeoCoordinates", "latitude": 39.76, "longitude": -84.19}
    (further,) = business["location"]
    assert further["geo"]["@type"] == "GeoCircle" and further["geo"]["geoRadius"] == "6500"


def test_a_service_without_a_place_to_visit_has_no_place(db, shown):
    db.execute(
        "UPDATE locations SET latitude = 38.9, longitude = -77.0, precision_km = 2000, located_by = 'country' WHERE provider = 9"
    )
    business = business_of(json_ld.format_entry(shown(9)))
    assert business["@type"] == "MedicalOrganization" and "geo" not in business
    assert business["address"] == {"@type": "PostalAddress", "addressCountry": "US"}


def test_the_page_says_what_it_is_based_on(shown, days_ago):
    page = json.loads(json_ld.format_entry(shown(1)))
    assert [one["url"] for one in page["isBasedOn"]] == [
        "https://ldn.example/list?page=1",
        "https://ada.example.org/about",
    ]
    assert page["isBasedOn"][0]["name"] == "Harbour LDN Society"
    assert page["lastReviewed"] == days_ago(3)[:10]


def test_what_nobody_states_is_left_out(shown):
    business = business_of(json_ld.format_entry(shown(2)))
    assert not business.keys() & {
        "isAcceptingNewPatients",
        "geo",
        "areaServed",
        "makesOffer",
        "medicalSpecialty",
        "sameAs",
        "identifier",
    }


def test_a_search_is_a_list_of_entries_with_their_positions(found):
    page = found(size="3", page="2")
    text = json_ld.format_search(page)
    (results,) = expanded(text)
    assert results["@type"] == [f"{SCHEMA}SearchResultsPage"]
    items = json.loads(text)["mainEntity"]["itemListElement"]
    assert [item["position"] for item in items] == [4, 5, 6]
    assert json.loads(text)["mainEntity"]["numberOfItems"] == page.results.total
    assert json.loads(text)["relatedLink"].startswith("https://directory.example/search.jsonld?size=3&cursor=")


def test_the_list_inside_of_a_page_names_entries_and_their_addresses(found):
    text = json_ld.format_list(found(size="2").results, "https://directory.example")
    expanded(text)
    assert [item.keys() - {"@type"} for item in json.loads(text)["itemListElement"]] == [
        {"position", "url", "name"}
    ] * 2


@pytest.mark.parametrize(
    "hostile", ["</script><script>alert(1)</script>", "<!--<script>", "a & b", "line\u2028and\u2029paragraph", "]]>"]
)
def test_nothing_inside_of_a_page_ends_the_element_it_is_in(hostile):
    text = json_ld.script_json(json.dumps({"name": hostile}, ensure_ascii=False))
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"name": hostile}


def test_every_specialty_of_the_table_is_a_member():
    assert set(json_ld.terms()["specialties"].values()) <= SPECIALTIES


def test_nothing_says_that_it_works(everybody):
    words = " ".join(json_ld.format_entry(one).casefold() for one in everybody)
    assert not any(claim in words for claim in ("treats", "effective", "therapy", "cure", "benefit"))
