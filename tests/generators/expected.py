"""What should come out of the example lists."""

from __future__ import annotations

from typing import Any

from ldn_directory.example.practitioners import Practitioner
from ldn_directory.example.truth import Entry, Truth, fields_of, missing_fields, write_street
from ldn_directory.model import Kind


def expected_listings(truth: Truth, name: str) -> list[dict[str, Any]]:
    """What should come out of a whole list, in its order: nothing of entries that say they are closed or retired."""
    return [listing for entry in truth.lists[name] if not entry.dead for listing in expected_people(truth, entry)]


def expected_people(truth: Truth, entry: Entry) -> tuple[dict[str, Any], ...]:
    """What should come out of an entry, a dictionary a person, with only the fields that the list states.

    A telephone number is under `phone`, in E.164; web addresses are to be compared without a slash at their end.
    """
    return tuple(_expected(entry, truth.practitioners[number], place) for place, number in enumerate(entry.people))


def entries_by_practitioner(truth: Truth) -> dict[int, tuple[tuple[str, str], ...]]:
    """For each practitioner the (list, key) of the entries that name them: what a perfect match would join."""
    found: dict[int, list[tuple[str, str]]] = {number: [] for number in truth.practitioners}
    for name, entries in truth.lists.items():
        for entry in entries:
            for number in entry.people:
                found[number].append((name, entry.key))
    return {number: tuple(entries) for number, entries in found.items()}


def _expected(entry: Entry, practitioner: Practitioner, place: int) -> dict[str, Any]:
    states = fields_of(entry.list) - missing_fields(entry)
    listing: dict[str, Any] = {"name": practitioner.name}
    for name in ("practice", "specialty", "credentials", "email", "website", "accepts_new"):
        if name in states and not (place and name in {"email", "specialty"}):
            listing[name] = getattr(practitioner, name)
    if "phone" in states:
        listing["phone"] = practitioner.phone
    for name in ("city", "postcode"):
        if name in states or "address" in states:
            listing[name] = getattr(practitioner, name)
    if states & {"street", "address"}:
        listing["street"] = write_street(practitioner.street, entry.variant)
    if "region" in states or ("address" in states and practitioner.country_code in {"US", "CA", "AU"}):
        listing["region_code"] = practitioner.region_code
    if states & {"country", "address", "region"}:
        listing["country_code"] = practitioner.country_code
    if "point" in states:
        listing |= {"latitude": practitioner.latitude, "longitude": practitioner.longitude}
    if "telehealth" in states:
        listing["telehealth"] = practitioner.telehealth
    if "serves" in states:
        listing["serves"] = practitioner.serves
    if practitioner.kind is not Kind.PRESCRIBER:
        # Where no person is named, the practice is the name.
        listing.pop("practice", None)
    return {field: value for field, value in listing.items() if value not in (None, ())}
