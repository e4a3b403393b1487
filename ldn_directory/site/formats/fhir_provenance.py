"""Where the values of a FHIR Bundle are from: the lists as Organizations, and what each states as VerificationResults.

A list attests what it states; it is not checked by anybody (`attested`), or the list no longer confirms it (`req-revalid`). Only an
official register that knows a registration as active makes a resource `validated`; one that has ended is `val-fail`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from ldn_directory.site.i18n.labels import web_link, word
from ldn_directory.site.queries.provenance import PLACE_FIELDS, listings_at

from .content import Row, Shown
from .fhir_elements import coded, reference, resource

_ELEMENT = re.compile(r"[A-Za-z]+\.([A-Za-z]+)")
"""Of a FHIRPath."""
_PULLED = coded("verificationresult-communication-method", "pull")
_SYSTEMS = {"phone": "phone", "email": "email", "website": "url"}
_OF_A_PERSON = {
    "name": ("practitioner", "Practitioner.name[0]"),
    "credentials": ("practitioner", "Practitioner.qualification"),
    "languages": ("practitioner", "Practitioner.communication"),
    "practice": ("practice-0", "Organization.name"),
    "specialty": ("role-0", "PractitionerRole.specialty"),
    **{name: ("role-0", f"PractitionerRole.telecom.where(system='{system}')") for name, system in _SYSTEMS.items()},
}
_OF_AN_ORGANISATION = {
    "name": ("organization", "Organization.name"),
    "practice": ("organization", "Organization.name"),
    "languages": ("service", "HealthcareService.communication"),
    "specialty": ("service", "HealthcareService.specialty"),
    **{name: ("organization", f"Organization.telecom.where(system='{system}')") for name, system in _SYSTEMS.items()},
}
_OF_A_SERVICE = {
    "serves": ("service", "HealthcareService.coverageArea"),
    **{
        name: ("service", f"HealthcareService.characteristic.where(text.startsWith('{word('field', name)}:'))")
        for name in ("telehealth", "accepts_new")
    },
}
_POINT = ("latitude", "longitude")
_PLACES = {"practice": "Location.name", "latitude": "Location.position", "longitude": "Location.position"}


@dataclass(slots=True)
class _Attested:
    """What a listing states of one part of an entry, as FHIRPath, and when that was last confirmed."""

    confirmed: str = ""
    paths: dict[str, None] = field(default_factory=dict)


def verifications_of(shown: Shown, resources: Mapping[str, Row]) -> Iterator[Row]:
    """The lists that state something of an entry's resources (by id), and what each states of which of them."""
    listings = {listing["id"]: listing for listing in shown.entry.listings}
    for source in {listing["source"]: shown.source_of(listing) for listing in listings.values()}.values():
        yield _list(shown, source)
    for (part, listing), attested in _attested(shown, resources).items():
        if listing in listings:
            yield _attestation(shown, part, listings[listing], attested)
    for found in shown.entry.verifications:
        if found["state"] in ("active", "inactive") and found["checked"]:
            yield _registration(shown, found)


def _attested(shown: Shown, resources: Mapping[str, Row]) -> dict[tuple[str, str], _Attested]:
    """What is stated, by the part of the entry and the listing; only of elements that the resources have."""
    found: dict[tuple[str, str], _Attested] = {}
    for part, path, claim in chain(_of_entry(shown), _of_places(shown)):
        element = _ELEMENT.match(path)
        if element and element[1] in resources.get(str(shown.id_of(part)), ()):
            attested = found.setdefault((part, claim["listing"]), _Attested())
            attested.paths[path] = None
            attested.confirmed = max(attested.confirmed, claim["last_confirmed"])
    return found


def _of_entry(shown: Shown) -> Iterator[tuple[str, str, Row]]:
    where = (_OF_A_PERSON if shown.is_person else _OF_AN_ORGANISATION) | _OF_A_SERVICE
    # What leads nowhere is not among the contacts.
    given = {"phone": shown.phone or shown.phone_text, "email": shown.email, "website": shown.website}
    for claim in shown.entry.claims:
        if claim["shown"] and claim["field"] in where and given.get(claim["field"], True):
            part, path = where[claim["field"]]
            if claim["field"] == "practice" and not shown.is_person and claim["value"] != shown.provider["name"]:
                path = "Organization.alias"
            yield part, path, claim


def _of_places(shown: Shown) -> Iterator[tuple[str, str, Row]]:
    for number, place in enumerate(shown.entry.locations):
        here = listings_at(place, shown.entry.claims)
        # A point that no list states was found from the address.
        fields = (*PLACE_FIELDS, *(_POINT if place["located_by"] == "source" else ()))
        for claim in shown.entry.claims:
            if claim["listing"] in here and claim["field"] in fields and place[claim["field"]] is not None:
                yield f"location-{number}", _PLACES.get(claim["field"], "Location.address"), claim


def _list_id(shown: Shown, source: Row) -> UUID:
    return shown.shared_id(f"/sources#{source['id']}")


def _list(shown: Shown, source: Row) -> Row:
    """A list, by who publishes it."""
    telecom = [{"system": "url", "value": homepage}] if (homepage := web_link(source["homepage"])) else None
    name = source.get("publisher") or source["title"]
    return resource("Organization", _list_id(shown, source), name=name, alias=[source["title"]], telecom=telecom)


def _attestation(shown: Shown, part: str, listing: Row, attested: _Attested) -> Row:
    source, confirmed = shown.source_of(listing), attested.confirmed
    who = reference(_list_id(shown, source), source["title"])
    page, days = web_link(listing["page"]), source.get("every_days")
    return resource(
        # FHIR's type uri has no blanks.
        "VerificationResult",
        shown.id_of(f"{part}-by-{listing['id']}"),
        meta={"source": page.replace(" ", "%20")} if page else None,
        target=[reference(shown.id_of(part))],
        targetLocation=list(attested.paths),
        status="req-revalid" if listing["status"] == "unconfirmed" else "attested",
        statusDate=confirmed,
        lastPerformed=confirmed,
        frequency={"repeat": {"frequency": 1, "period": days, "periodUnit": "d"}} if days else None,
        primarySource=[{"who": who, "communicationMethod": [_PULLED]}],
        attestation={"who": who, "date": confirmed[:10]},
    )


def _registration(shown: Shown, found: Row) -> Row:
    is_active = found["state"] == "active"
    part = "practitioner" if shown.is_person else "organization"
    outcome = coded("validation-status", "successful" if is_active else "failed")
    source = {
        "who": {"display": word("register", found["register"])},
        "validationStatus": outcome,
        "validationDate": found["checked"],
    }
    return resource(
        "VerificationResult",
        shown.id_of(f"{part}-in-{found['register']}"),
        target=[reference(shown.id_of(part))],
        status="validated" if is_active else "val-fail",
        statusDate=found["checked"],
        lastPerformed=found["checked"],
        primarySource=[source],
    )
