"""Elements of FHIR R4 resources (https://hl7.org/fhir/R4/datatypes.html) that several resources have."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from ldn_directory.site.i18n.labels import word

from .content import EntryView, Row, address_text, plain, terms

_LANGUAGE = "urn:ietf:bcp:47"
_CODES = "http://terminology.hl7.org/CodeSystem/"
_GAP = re.compile(r"[^\S \t\r\n]")


def identifiers(shown: EntryView) -> list[Row]:
    """The number of the entry here, and those of official registers."""
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


def telecom(shown: EntryView) -> list[Row]:
    """Phone, e-mail and website."""
    values = (("phone", shown.phone or shown.phone_text), ("email", shown.email), ("url", shown.website))
    return [{"system": system, "value": value, "use": "work"} for system, value in values if value]


def address(place: Row) -> Row | None:
    """The address of a place; None if nothing of it is known."""
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


def languages(shown: EntryView) -> list[Row]:
    """The languages spoken, with their BCP 47 tags where known."""
    return [
        {"coding": [{"system": _LANGUAGE, "code": one.tag}] if one.tag else None, "text": one.name}
        for one in shown.languages
    ]


def resource(kind: str, identity: UUID, **elements: Any) -> Row:
    """A resource without empty elements."""
    return {"resourceType": kind, "id": str(identity), **_prune(elements)}


def _prune(value: Any) -> Any:
    """A value without empty parts; its strings without control characters and blanks around them, as FHIR asks."""
    if isinstance(value, str):
        return (value if value.isprintable() else _GAP.sub(" ", plain(value))).strip()
    if isinstance(value, list):
        return [one for one in map(_prune, value) if one not in (None, "", [], {})]
    if isinstance(value, dict):
        return {name: one for name, item in value.items() if (one := _prune(item)) not in (None, "", [], {})}
    return value


def reference(identity: UUID, display: str | None = None) -> Row:
    """A reference to an entry of the same bundle."""
    return {"reference": f"urn:uuid:{identity}", "display": display}


def concept(system: str, code: str) -> Row:
    """A concept of one of HL7's code systems."""
    return {"coding": [{"system": _CODES + system, "code": code}]}
