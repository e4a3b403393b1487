"""FHIR R4 (https://hl7.org/fhir/R4/): an entry as a Bundle of type collection, a search as one of type searchset.

A person is a Practitioner with a PractitionerRole at each practice; any other entry is an Organization. Places are
Locations, and telehealth and new patients a HealthcareService. References are to entries of the same Bundle.

Why an entry without a list of LDN prescribers is here stands in the narrative of the resource that stands for it.

Each list is an Organization too, and what it states of a resource is a VerificationResult: `attested`, as nobody has
checked it, or `req-revalid` if the list no longer confirms it. Only a registration that an official register has as
active makes a resource `validated`; one that has ended is `val-fail`.

`fhir.resources`, which the tests use, has the classes of R4B (4.3.0). These resources are the same in R4 (4.0.1).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from uuid import UUID

from ldn_directory.site.i18n.labels import web_link, word
from ldn_directory.site.queries.provenance import PLACE_FIELDS, listings_at

from .content import EntryView, Row, SearchPage, compact_json, is_exact, plain, point_of, terms
from .fhir_elements import address, concept, identifiers, languages, reference, resource, telecom

EXTENSION, MEDIA_TYPE = "fhir", "application/fhir+json"
_COUNTRY, _REGION = "urn:iso:std:iso:3166", "urn:iso:std:iso:3166:-2"
_DISTANCE = "http://hl7.org/fhir/StructureDefinition/location-distance"
_ELEMENT = re.compile(r"[A-Za-z]+\.([A-Za-z]+)")
"""The element that a FHIRPath begins with."""
_POINT = ("latitude", "longitude")
_CHARACTERISTICS = {"telehealth": "Telehealth", "accepts_new": "New patients", "grade": "What its website says"}
"""Column -> what programs find its value under, whatever the pages call it."""


def format_entry(shown: EntryView) -> str:
    """Everything about one entry."""
    bundle = {
        "resourceType": "Bundle",
        "id": str(shown.id_of("bundle")),
        "type": "collection",
        "link": _links(f"{shown.url}.fhir"),
    }
    return compact_json(bundle | {"entry": [_entry(one) for one in _unique([shown])]})


def format_search(page: SearchPage) -> str:
    """A page of results: one resource of each entry is the match, the others are included."""
    matches = {str(_main_id(shown)): shown for shown in page.shown}
    resources = _unique(page.shown)
    following = page.next_address(EXTENSION)
    links = _links(page.base + page.address(EXTENSION), page.base + following if following else None)
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": page.results.total, "link": links}
    entries = [_entry(one) | {"search": _search(matches.get(one["id"]))} for one in resources]
    return compact_json(bundle | ({"entry": entries} if entries else {}))


def _main_part(shown: EntryView) -> str:
    return "practitioner" if shown.is_person else "organization"


def _main_id(shown: EntryView) -> UUID:
    """The id of the resource that stands for the entry."""
    return shown.id_of(_main_part(shown))


def _links(own: str, following: str | None = None) -> list[Row]:
    following_link = [{"relation": "next", "url": following}] if following else []
    return [{"relation": "self", "url": own}, *following_link]


def _search(shown: EntryView | None) -> Row:
    if shown is None:
        return {"mode": "include"}
    if shown.distance_km is None:
        return {"mode": "match"}
    distance = {"value": round(shown.distance_km, 1), "unit": "km", "system": "http://unitsofmeasure.org", "code": "km"}
    return {"extension": [{"url": _DISTANCE, "valueDistance": distance}], "mode": "match"}


def _entry(found: Row) -> Row:
    return {"fullUrl": f"urn:uuid:{found['id']}", "resource": found}


def _unique(entries: Iterable[EntryView]) -> list[Row]:
    """The resources of all entries; those that several share (lists, regions served) once."""
    return list({one["id"]: one for one in chain.from_iterable(map(_resources, entries))}.values())


def _resources(shown: EntryView) -> list[Row]:
    """The resources of an entry: first the one that stands for it, last its provenance."""
    found = list(_own_resources(shown))
    return found + list(_verifications(shown, {one["id"]: one for one in found}))


def _own_resources(shown: EntryView) -> Iterator[Row]:
    yield from _person(shown) if shown.is_person else _organisation(shown)
    yield from (_location(shown, number, place) for number, place in enumerate(shown.entry.locations))
    if _has_service(shown):
        yield _service(shown)
        yield from (_region(shown, region) for region in shown.entry.serves)


def _person(shown: EntryView) -> Iterator[Row]:
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
        text=_narrative(shown),
        identifier=identifiers(shown),
        name=[name, *({"text": said.value} for said in shown.entry.other_names)],
        qualification=[{"code": {"text": text}} for text in shown.credentials],
        communication=languages(shown),
    )
    for number, (practice, places) in enumerate(_practices(shown).items()):
        yield _role(shown, number, practice, places)
        if practice:
            yield resource("Organization", shown.id_of(f"practice-{number}"), meta={"source": shown.url}, name=practice)


def _narrative(shown: EntryView) -> Row | None:
    """Who it is and why the entry is here, for those who might take it for one of a list of LDN prescribers."""
    if not shown.caution:
        return None
    said = "".join(f"<p>{html.escape(plain(text))}</p>" for text in (shown.provider["name"], shown.caution))
    return {"status": "additional", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{said}</div>'}


def _practices(shown: EntryView) -> Mapping[str | None, list[int]]:
    """The practices a person works at, the one shown first, each with the numbers of its places; None if unnamed."""
    found: dict[str | None, list[int]] = {shown.provider["practice"]: []}
    for number, place in enumerate(shown.entry.locations):
        found.setdefault(place["practice"] or shown.provider["practice"], []).append(number)
    return found


def _role(shown: EntryView, number: int, practice: str | None, places: list[int]) -> Row:
    # What is stated of the whole entry is given in its first role.
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
        telecom=telecom(shown) if is_first else None,
        healthcareService=[reference(shown.id_of("service"))] if is_first and _has_service(shown) else None,
    )


def _aliases(shown: EntryView) -> Iterator[str]:
    """Other names of an organisation: from other lists, or as a practice."""
    yield from (str(said.value) for said in shown.entry.other_names)
    if shown.provider["practice"] and shown.provider["practice"] != shown.provider["name"]:
        yield shown.provider["practice"]


def _organisation(shown: EntryView) -> Iterator[Row]:
    kind = concept("organization-type", "prov") | {"text": word("kind", shown.provider["kind"])}
    yield resource(
        "Organization",
        shown.id_of("organization"),
        meta={"source": shown.url},
        text=_narrative(shown),
        identifier=identifiers(shown),
        type=[kind],
        name=shown.provider["name"],
        alias=list(dict.fromkeys(_aliases(shown))),
        telecom=telecom(shown),
        address=[address(place) for place in shown.entry.locations],
    )


def _location(shown: EntryView, number: int, place: Row) -> Row:
    point = point_of(place)
    # The contact is the entry's: it is the place's only if there is no other place.
    is_only = len(shown.entry.locations) == 1
    return resource(
        "Location",
        shown.id_of(f"location-{number}"),
        meta={"source": shown.url},
        name=place["practice"],
        mode="instance",
        telecom=telecom(shown) if is_only else None,
        address=address(place),
        position={"longitude": point.longitude, "latitude": point.latitude} if point and is_exact(point) else None,
        managingOrganization=None if shown.is_person else reference(shown.id_of("organization")),
    )


def _has_service(shown: EntryView) -> bool:
    row = shown.provider
    says = any(row.get(field) for field in _CHARACTERISTICS) or shown.entry.serves
    return bool(says or (not shown.is_person and (row["languages"] or row["specialty"])))


def _service(shown: EntryView) -> Row:
    row, is_own = shown.provider, not shown.is_person
    states = [f"{name}: {word(field, row[field])}" for field, name in _CHARACTERISTICS.items() if row.get(field)]
    return resource(
        "HealthcareService",
        shown.id_of("service"),
        meta={"source": shown.url},
        providedBy=reference(shown.id_of("organization")) if is_own else None,
        characteristic=[{"text": text} for text in states],
        specialty=[{"text": row["specialty"]}] if is_own and row["specialty"] else None,
        communication=languages(shown) if is_own else None,
        coverageArea=[reference(_region_id(shown, region)) for region in shown.entry.serves],
    )


def _region_id(shown: EntryView, region: Row) -> UUID:
    return shown.shared_id(f"/regions/{region['region_code']}")


def _region(shown: EntryView, region: Row) -> Row:
    code = region["region_code"]
    return resource(
        "Location",
        _region_id(shown, region),
        name=region["region"],
        mode="kind",
        identifier=[{"system": _REGION if "-" in code else _COUNTRY, "value": code}],
        physicalType=concept("location-physical-type", "jdn"),
    )


def _verifications(shown: EntryView, resources: Mapping[str, Row]) -> Iterator[Row]:
    """The lists that state something of an entry's resources (by id), and what each of them states."""
    listings = {listing["id"]: listing for listing in shown.entry.listings}
    for source in {listing["source"]: shown.source_of(listing) for listing in listings.values()}.values():
        yield _list(shown, source)
    for (part, listing), claims in _claims_by_part(shown, resources).items():
        if listing in listings:
            yield _attestation(shown, part, listings[listing], claims)
    for found in shown.entry.verifications:
        if found["state"] in ("active", "inactive") and found["checked"]:
            yield _registration(shown, found)


def _claims_by_part(shown: EntryView, resources: Mapping[str, Row]) -> dict[tuple[str, str], list[tuple[str, Row]]]:
    """(part of the entry, listing) -> FHIRPath and claim, for elements that the resources have."""
    found: dict[tuple[str, str], list[tuple[str, Row]]] = {}
    for part, path, claim in chain(_claims_of_entry(shown), _claims_of_places(shown)):
        element = _ELEMENT.match(path)
        if element and element[1] in resources.get(str(shown.id_of(part)), ()):
            found.setdefault((part, claim["listing"]), []).append((path, claim))
    return found


def _claims_of_entry(shown: EntryView) -> Iterator[tuple[str, str, Row]]:
    paths = terms()["fhir"]
    where = paths["person" if shown.is_person else "organisation"] | paths["service"]
    # A contact that leads nowhere is not given.
    given = {"phone": shown.phone or shown.phone_text, "email": shown.email, "website": shown.website}
    for claim in shown.entry.claims:
        if claim["shown"] and claim["field"] in where and given.get(claim["field"], True):
            part, path = where[claim["field"]]
            if claim["field"] == "practice" and not shown.is_person and claim["value"] != shown.provider["name"]:
                path = "Organization.alias"
            yield part, path, claim


def _claims_of_places(shown: EntryView) -> Iterator[tuple[str, str, Row]]:
    for number, place in enumerate(shown.entry.locations):
        here = listings_at(place, shown.entry.claims)
        # A point that no list states was found from the address.
        fields = (*PLACE_FIELDS, *(_POINT if place["located_by"] == "source" else ()))
        for claim in shown.entry.claims:
            if claim["listing"] in here and claim["field"] in fields and place[claim["field"]] is not None:
                yield f"location-{number}", terms()["fhir"]["place"][claim["field"]], claim


def _list(shown: EntryView, source: Row) -> Row:
    """A list, named after its publisher."""
    homepage, name = web_link(source["homepage"]), source.get("publisher") or source["title"]
    telecom = [{"system": "url", "value": homepage}] if homepage else None
    return resource(
        "Organization", shown.shared_id(f"/sources#{source['id']}"), name=name, alias=[source["title"]], telecom=telecom
    )


def _attestation(shown: EntryView, part: str, listing: Row, claims: list[tuple[str, Row]]) -> Row:
    source = shown.source_of(listing)
    confirmed = max((claim["last_confirmed"] for _, claim in claims if claim["last_confirmed"]), default=None)
    noted = listing.get("noted_on")
    who = reference(shown.shared_id(f"/sources#{source['id']}"), source["title"])
    page, days = web_link(listing["page"]), source.get("every_days")
    method = concept("verificationresult-communication-method", "pull" if confirmed else "manual")
    return resource(
        "VerificationResult",
        shown.id_of(f"{part}-by-{listing['id']}"),
        # FHIR's type uri has no blanks.
        meta={"source": page.replace(" ", "%20")} if page else None,
        target=[reference(shown.id_of(part))],
        targetLocation=list(dict.fromkeys(path for path, _ in claims)),
        status="req-revalid" if listing["status"] == "unconfirmed" else "attested",
        statusDate=confirmed or noted,
        lastPerformed=confirmed,
        frequency={"repeat": {"frequency": 1, "period": days, "periodUnit": "d"}} if days else None,
        primarySource=[{"who": who, "communicationMethod": [method]}],
        attestation={"who": who, "date": (confirmed or noted or listing["first_seen"])[:10]},
    )


def _registration(shown: EntryView, found: Row) -> Row:
    is_active = found["state"] == "active"
    source = {
        "who": {"display": word("register", found["register"])},
        "validationStatus": concept("validation-status", "successful" if is_active else "failed"),
        "validationDate": found["checked"],
    }
    return resource(
        "VerificationResult",
        shown.id_of(f"{_main_part(shown)}-in-{found['register']}"),
        target=[reference(_main_id(shown))],
        status="validated" if is_active else "val-fail",
        statusDate=found["checked"],
        lastPerformed=found["checked"],
        primarySource=[source],
    )
