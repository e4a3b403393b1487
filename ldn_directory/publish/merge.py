"""Merges listings into one provider: the value with the best evidence is shown, then the one confirmed last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ldn_directory.model import ADDRESS_FIELDS, EVIDENCE_RANK
from ldn_directory.normalize.phones import is_valid
from ldn_directory.normalize.streets import same_place
from ldn_directory.places import Gazetteer

from .locations import point_of

SHOWN = (
    "name",
    "credentials",
    "practice",
    "specialty",
    "email",
    "website",
    "register_number",
    "accepts_new",
    "remark",
    "telehealth",
)
PLACE = (*ADDRESS_FIELDS, "latitude", "longitude")
STATUSES = ("confirmed", "unchecked", "unconfirmed")
"""The statuses of listings, best first. `unchecked`: its evidence page was never checked."""
_COMPLETENESS = ("phones", "street", "postcode", "email", "website", "credentials")


def rank_listings(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The listings, best first: by status, then evidence, latest confirmation, completeness and id.

    Those that complete an entry come after it: what a person noted is shown, and they fill what it lacks.
    """
    return sorted(
        rows,
        key=lambda row: (
            _place_in_order(row),
            STATUSES.index(row["status"]),
            EVIDENCE_RANK[row["evidence"]],
            _descending(row["last_confirmed"] or ""),
            -sum(bool(row.get(field)) for field in _COMPLETENESS),
            row["id"],
        ),
    )


def _place_in_order(row: Mapping[str, Any]) -> int:
    """0 for an entry, 1 for what completes it, 2 for its further places."""
    return 0 if not row.get("completes") else 1 + (row["key"] != row["organisation"])


def _descending(date: str) -> tuple[int, ...]:
    # Every letter of a date sorts before 1, which ends it: no date comes last.
    return (*(-ord(letter) for letter in date), 1)


def _latest(rows: Sequence[dict[str, Any]], field: str) -> str | None:
    return max((row[field] for row in rows if row[field]), default=None)


def _grade(best: Sequence[dict[str, Any]], evidence: str) -> str | None:
    """The best grade of the listings that are why the provider is here. None if one of them needs no grade."""
    grades = {row["grade"] for row in best if row["status"] == best[0]["status"] and row["evidence"] == evidence}
    return None if None in grades else min(grades)


def merge_provider(
    number: int, rows: Sequence[dict[str, Any]], gazetteer: Gazetteer | None = None
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """(the provider's row, field -> listing whose value is shown)."""
    best = rank_listings(rows)
    # Only these say that somebody is here at all, and since when.
    entries = [row for row in best if not row.get("completes")] or best
    shown_by: dict[str, dict[str, Any]] = {}
    provider: dict[str, Any] = {"id": number}
    for field in SHOWN:
        holder = next((row for row in best if row.get(field) is not None), None)
        provider[field] = holder[field] if holder else None
        if holder:
            shown_by[field] = holder
    place = next((row for row in best if row.get("city") or row.get("postcode")), None) or next(
        (row for row in best if row.get("region_code") or row.get("country_code")), best[0]
    )
    place = next((row for row in best if row.get("completes") and _covers(row, place)), place)
    for field in PLACE:
        provider[field] = place.get(field)
        shown_by[field] = place
    phone = next((row for row in best if row.get("phones")), None)
    if phone:
        shown_by["phone"] = phone
    first = phone["phones"][0] if phone else {}
    evidence = min(
        (row["evidence"] for row in entries if row["status"] == best[0]["status"]), key=EVIDENCE_RANK.__getitem__
    )
    provider |= {
        "kind": best[0]["kind"],
        "name": provider["name"] or provider["practice"] or "(name not stated)",
        "phone": e164 if (e164 := first.get("e164")) and is_valid(e164) else first.get("raw"),
        "phone_written": first.get("raw"),
        "telehealth": _yes_no(provider["telehealth"]),
        "accepts_new": _yes_no(provider["accepts_new"]),
        "languages": ", ".join(dict.fromkeys(name for row in best for name in row.get("languages", ()))) or None,
        **point_of(place, gazetteer),
        "evidence": evidence,
        "source": best[0]["source"],
        "sources": json.dumps(sorted({row["source"] for row in entries})),
        "listings": len(best),
        "first_seen": min(row["first_seen"] for row in entries),
        "last_confirmed": _latest(entries, "last_confirmed"),
        "status": best[0]["status"],
        "noted_on": _latest(best, "noted_on"),
        "grade": _grade(entries, evidence),
        "current_as_of": _latest(entries, "current_as_of"),
        "page_says": next((row["remark"] for row in entries if row["noted_on"] and row.get("remark")), None),
    }
    shown_by["kind"] = best[0]
    provider.pop("register_number")
    return provider, shown_by


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def merge_locations(
    provider: int, rows: Sequence[dict[str, Any]], gazetteer: Gazetteer | None = None
) -> list[dict[str, Any]]:
    """The provider's places, each once however it is written, the shown one first.

    A town alone is dropped if a street in that town is known.
    """
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rank_listings(rows):
        if not (row.get("city") or row.get("postcode") or row.get("street")):
            continue
        key = tuple(str(row.get(field) or "").casefold() for field in ("street", "city", "postcode", "region_code"))
        if key in found or any(_is_same_street(other, row) for other in found.values()):
            continue
        place = {field: row.get(field) for field in PLACE} | {"provider": provider, "practice": row.get("practice")}
        found[key] = place | point_of(row, gazetteer)
    return [place for place in found.values() if not any(_covers(other, place) for other in found.values())]


def _is_same_street(other: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether both state a street and a town, and these are the same, written differently."""
    town = any(row.get(part) and other.get(part) for part in ("city", "postcode"))
    return town and bool(row.get("street") and other.get("street")) and same_place(other, row)


def _covers(other: dict[str, Any], place: dict[str, Any]) -> bool:
    """Whether `other` has a street, `place` has none, and everything that `place` states is true of `other`."""
    known = [field for field in ("city", "postcode", "region_code", "country_code") if place.get(field)]
    same = all(str(place[field]).casefold() == str(other.get(field) or "").casefold() for field in known)
    return bool(other.get("street")) and not place.get("street") and same
