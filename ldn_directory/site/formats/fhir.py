"""FHIR R4 (https://hl7.org/fhir/R4/): an entry as a Bundle of type collection, a search as one of type searchset.

A person is a Practitioner with a PractitionerRole at each practice; whoever else is listed is an Organization. Their Locations,
what a HealthcareService says of telehealth and new patients, the lists as Organizations, and for what each list states a
VerificationResult (`fhir_provenance.py`). Every reference is to an entry of the same Bundle, by its `urn:uuid`.

R4B (4.3.0), whose classes `fhir.resources` has, leaves these seven resources as they are in R4 (4.0.1): it changed Evidence,
Citation, subscriptions and the definition of medications. So what is valid in one is valid in the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from uuid import UUID

from ldn_directory.site.i18n.labels import word

from .content import Row, SearchPage, Shown, address_text, is_exact, point_of, terms
from .fhir_elements import coded, reference, resource
from .fhir_provenance import verifications_of

EXTENSION, MEDIA_TYPE = "fhir", "application/fhir+json"
_LANGUAGE = "urn:ietf:bcp:47"
_COUNTRY, _REGION = "urn:iso:std:iso:3166", "urn:iso:std:iso:3166:-2"
_DISTANCE = "http://hl7.org/fhir/StructureDefinition/location-distance"


def of_provider(shown: Shown) -> str:
    """Everything about one entry."""
    bundle = {
        "resourceType": "Bundle",
        "id": str(shown.id_of("bundle")),
        "type": "collection",
        "link": _links(f"{shown.url}.fhir"),
    }
    return _written(bundle | {"entry": [_entry(one) for one in _once([shown])]})


def of_search(page: SearchPage) -> str:
    """A page of results: of each entry one resource is what matches, the others are included."""
    matches = {str(main_id(shown)): shown for shown in page.shown}
    resources = _once(page.shown)
    following = page.next_address(EXTENSION)
    links = _links(page.base + page.address(EXTENSION), page.base + following if following else None)
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": page.results.total, "link": links}
    entries = [_entry(one) | {"search": _search(matches.get(one["id"]))} for one in resources]
    return _written(bundle | ({"entry": entries} if entries else {}))


def main_id(shown: Shown) -> UUID:
    """The id of the resource that stands for the entry."""
    return shown.id_of("practitioner" if shown.is_person else "organization")


def _links(own: str, following: str | None = None) -> list[Row]:
    following_link = [{"relation": "next", "url": following}] if following else []
    return [{"relation": "self", "url": own}, *following_link]


def _search(shown: Shown | None) -> Row:
    if shown is None:
        return {"mode": "include"}
    if shown.distance_km is None:
        return {"mode": "match"}
    distance = {"value": round(shown.distance_km, 1), "unit": "km", "system": "http://unitsofmeasure.org", "code": "km"}
    return {"extension": [{"url": _DISTANCE, "valueDistance": distance}], "mode": "match"}


def _entry(found: Row) -> Row:
    return {"fullUrl": f"urn:uuid:{found['id']}", "resource": found}


def _once(entries: Iterable[Shown]) -> list[Row]:
    """The resources of all entries; what several share (lists, regions served) once."""
    return list({one["id"]: one for one in chain.from_iterable(map(resources_of, entries))}.values())


def resources_of(shown: Shown) -> list[Row]:
    """The resources of an entry: first the one that stands for it, last where everything is from."""
    found = list(_resources(shown))
    return found + list(verifications_of(shown, {one["id"]: one for one in found}))


def _resources(shown: Shown) -> Iterator[Row]:
    yield from _person(shown) if shown.is_person else _organisation(shown)
    yield from (_location(shown, number, place) for number, place in enumerate(shown.entry.locations))
    if _has_service(shown):
        yield _service(shown)
        yield from (_region(shown, region) for region in shown.entry.serves)


def _person(shown: Shown) -> Iterator[Row]:
    parts = shown.parts
    name = {
        "text": shown.provider["name"],
        "family": parts and parts.family,
        "given": list(parts.given) if parts else None,
        "suffix": [parts.suffix] if parts and parts.suffix else None,
    }
    yield resource(
        "Practitioner",
        shown.id_of("practitioner"),
        meta={"source": shown.url},
        identifier=_identifiers(shown),
        name=[name, *({"text": said.value} for said in shown.entry.other_names)],
        qualification=[{"code": {"text": text}} for text in shown.credentials],
        communication=_languages(shown),
    )
    for number, (practice, places) in enumerate(practices_of(shown).items()):
        yield _role(shown, number, practice, places)
        if practice:
            yield resource("Organization", shown.id_of(f"practice-{number}"), meta={"source": shown.url}, name=practice)


def practices_of(shown: Shown) -> Mapping[str | None, list[int]]:
    """The practices a person works at, the one shown first, each with the numbers of its places; None where it has no name."""
    found: dict[str | None, list[int]] = {shown.provider["practice"]: []}
    for number, place in enumerate(shown.entry.locations):
        found.setdefault(place["practice"] or shown.provider["practice"], []).append(number)
    return found


def _role(shown: Shown, number: int, practice: str | None, places: list[int]) -> Row:
    # What is said of the whole entry is said in its first role.
    is_first = number == 0
    specialty = shown.provider["specialty"]
    return resource(
        "PractitionerRole",
        shown.id_of(f"role-{number}"),
        meta={"source": shown.url},
        practitioner=reference(shown.id_of("practitioner")),
        organization=reference(shown.id_of(f"practice-{number}")) if practice else None,
        specialty=[{"text": specialty}] if specialty else None,
        location=[reference(shown.id_of(f"location-{place}")) for place in places],
        telecom=_telecom(shown) if is_first else None,
        healthcareService=[reference(shown.id_of("service"))] if is_first and _has_service(shown) else None,
    )


def _aliases(shown: Shown) -> Iterator[str]:
    """What else an organisation is called: by other lists, or as a practice."""
    yield from (str(said.value) for said in shown.entry.other_names)
    if shown.provider["practice"] and shown.provider["practice"] != shown.provider["name"]:
        yield shown.provider["practice"]


def _organisation(shown: Shown) -> Iterator[Row]:
    kind = coded("organization-type", "prov") | {"text": word("kind", shown.provider["kind"])}
    yield resource(
        "Organization",
        shown.id_of("organization"),
        meta={"source": shown.url},
        identifier=_identifiers(shown),
        type=[kind],
        name=shown.provider["name"],
        alias=list(dict.fromkeys(_aliases(shown))),
        telecom=_telecom(shown),
        address=[_address(place) for place in shown.entry.locations],
    )


def _location(shown: Shown, number: int, place: Row) -> Row:
    point = point_of(place)
    # The contact is the entry's: of one place only if there is no other.
    is_only = len(shown.entry.locations) == 1
    return resource(
        "Location",
        shown.id_of(f"location-{number}"),
        meta={"source": shown.url},
        name=place["practice"],
        mode="instance",
        telecom=_telecom(shown) if is_only else None,
        address=_address(place),
        position={"longitude": point.longitude, "latitude": point.latitude} if point and is_exact(point) else None,
        managingOrganization=None if shown.is_person else reference(shown.id_of("organization")),
    )


def _has_service(shown: Shown) -> bool:
    row = shown.provider
    says = row["telehealth"] or row["accepts_new"] or shown.entry.serves
    return bool(says or (not shown.is_person and (row["languages"] or row["specialty"])))


def _service(shown: Shown) -> Row:
    row, is_own = shown.provider, not shown.is_person
    states = [
        f"{word('field', field)}: {word(field, row[field])}" for field in ("telehealth", "accepts_new") if row[field]
    ]
    return resource(
        "HealthcareService",
        shown.id_of("service"),
        meta={"source": shown.url},
        providedBy=reference(shown.id_of("organization")) if is_own else None,
        characteristic=[{"text": text} for text in states],
        specialty=[{"text": row["specialty"]}] if is_own and row["specialty"] else None,
        communication=_languages(shown) if is_own else None,
        coverageArea=[reference(_region_id(shown, region)) for region in shown.entry.serves],
    )


def _region_id(shown: Shown, region: Row) -> UUID:
    return shown.shared_id(f"/regions/{region['region_code']}")


def _region(shown: Shown, region: Row) -> Row:
    code = region["region_code"]
    return resource(
        "Location",
        _region_id(shown, region),
        name=region["region"],
        mode="kind",
        identifier=[{"system": _REGION if "-" in code else _COUNTRY, "value": code}],
        physicalType=coded("location-physical-type", "jdn"),
    )


def _identifiers(shown: Shown) -> list[Row]:
    own = {"system": f"{shown.base}/provider", "value": str(shown.provider["id"])}
    registered = (
        {
            "system": terms()["registers"].get(found["register"]),
            "value": found["number"],
            "assigner": {"display": word("register", found["register"])},
        }
        for found in shown.registrations
    )
    return [own, *registered]


def _telecom(shown: Shown) -> list[Row]:
    values = (("phone", shown.phone or shown.phone_text), ("email", shown.email), ("url", shown.website))
    return [{"system": system, "value": value, "use": "work"} for system, value in values if value]


def _address(place: Row) -> Row | None:
    text = address_text(place)
    return (
        {
            "use": "work",
            "text": text,
            "line": [place["street"]],
            "city": place["city"],
            "state": place["region"],
            "postalCode": place["postcode"],
            "country": place["country_code"] or place["country"],
        }
        if text and text.strip()
        else None
    )


def _languages(shown: Shown) -> list[Row]:
    return [
        {"coding": [{"system": _LANGUAGE, "code": one.tag}] if one.tag else None, "text": one.name}
        for one in shown.languages
    ]


def _written(bundle: Row) -> str:
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":"))
