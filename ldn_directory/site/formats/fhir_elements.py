"""How FHIR's JSON is written: no empty elements, no characters that its strings may not have, references inside of the bundle."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from .content import Row, plain

CODES = "http://terminology.hl7.org/CodeSystem/"
_GAP = re.compile(r"[^\S \t\r\n]")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def resource(kind: str, identity: UUID, **elements: Any) -> Row:
    """A resource without what nobody states."""
    return {"resourceType": kind, "id": str(identity), **stated(elements)}


def stated(value: Any) -> Any:
    """A value without what is empty. Strings have no characters below 32, no other gaps than blanks, and none around them."""
    if isinstance(value, str):
        return (value if value.isprintable() else _GAP.sub(" ", plain(value))).strip()
    if isinstance(value, list):
        return [one for one in map(stated, value) if one not in _EMPTY]
    if isinstance(value, dict):
        return {name: one for name, item in value.items() if (one := stated(item)) not in _EMPTY}
    return value


def reference(identity: UUID, display: str | None = None) -> Row:
    """A reference to an entry of the same bundle."""
    return {"reference": f"urn:uuid:{identity}", "display": display}


def coded(system: str, code: str) -> Row:
    """A concept of one of HL7's code systems."""
    return {"coding": [{"system": CODES + system, "code": code}]}
