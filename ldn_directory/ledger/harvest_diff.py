"""What differs between two harvests of a list: who is gone, who is new, whose values changed, who has a new key."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.streets import phone_key, same_city, same_phone, same_street

from .claims import LIST_FIELDS, PLAIN_FIELDS, YES_NO_FIELDS, Row
from .renewed_keys import find_renewed, name_words

CONTACT_FIELDS = ("name", "phone", "email", "website", "street", "city")
"""The fields by which somebody is found; the gates look at each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of an entry before and after, several values joined by ", "; None where there was or is none."""

    field: str
    before: str | None
    after: str | None

    @property
    def is_other(self) -> bool:
        """Whether one value was replaced by another that is not the same differently written."""
        same = _SAME.get(self.field, str.__eq__)
        return self.before is not None and self.after is not None and not same(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEntry:
    """An entry that says something else than before; `fields` is never empty."""

    before: dict[str, Any]
    after: dict[str, Any]
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, kw_only=True)
class HarvestDiff:
    """What differs between the entries known before and those of a harvest, given as JSON values."""

    gone: tuple[dict[str, Any], ...]
    """Entries known before that are missing, in the order of their ids."""
    new: tuple[dict[str, Any], ...]
    changed: tuple[ChangedEntry, ...]
    """In the order of the new ids. An entry whose page or wording changed, but no value, is not among them."""
    rekeyed: Mapping[str, str]
    """New id -> old id, of entries that are the same people under new keys. They are neither gone nor new."""
    known: int
    """How many entries were known before."""
    seen: int
    """How many the harvest has."""
    values_before: Mapping[str, int]
    """Contact field -> how many of the kept entries had a value."""

    @property
    def kept(self) -> int:
        """How many entries are in both."""
        return self.known - len(self.gone)

    @property
    def new_share(self) -> float:
        """Of the entries seen, the share that is new, 0 to 1."""
        return len(self.new) / max(1, self.seen)

    def changes_of(self, field: str) -> list[tuple[ChangedEntry, FieldChange]]:
        """The kept entries whose value of a contact field is now another, with the change."""
        return self._changes.get(field, [])

    def changed_share(self, field: str) -> float:
        """Of the kept entries that had a value of a contact field, the share whose value is another, 0 to 1."""
        return len(self.changes_of(field)) / max(1, self.values_before.get(field, 0))

    @cached_property
    def _changes(self) -> dict[str, list[tuple[ChangedEntry, FieldChange]]]:
        found: dict[str, list[tuple[ChangedEntry, FieldChange]]] = {}
        for entry in self.changed:
            for change in entry.fields:
                if change.is_other:
                    found.setdefault(change.field, []).append((entry, change))
        return found


def compare_harvest(before: Iterable[bytes], now: Iterable[bytes]) -> HarvestDiff:
    """Compares two harvests of one source, given as canonical JSON (`Listing.as_line`).

    Equal lines are not parsed. Ids that people had before (`Ledger.with_first_ids`) must be back in place.
    """
    before, now = set(before), set(now)
    same = before & now
    old, new = _by_id(before - same), _by_id(now - same)
    gone = [row for id, row in old.items() if id not in new]
    added = [row for id, row in new.items() if id not in old]
    rekeyed = find_renewed(gone, added, lambda: map(json.loads, same)) if gone and added else {}
    changed = []
    values: Counter[str] = Counter()
    for id, after in new.items():
        earlier = old.get(rekeyed.get(id, id))
        if earlier is None:
            continue
        values.update(field for field in CONTACT_FIELDS if has_value(earlier, field))
        if fields := _changed_fields(earlier, after):
            changed.append(ChangedEntry(before=earlier, after=after, fields=fields))
    for field, mark in MARKS.items():
        values[field] += sum(mark in line for line in same)
    renewed = frozenset(rekeyed.values())
    return HarvestDiff(
        gone=tuple(row for row in gone if row["id"] not in renewed),
        new=tuple(row for row in added if row["id"] not in rekeyed),
        changed=tuple(changed),
        rekeyed=rekeyed,
        known=len(before),
        seen=len(now),
        values_before=values,
    )


MARKS = {"phone": b'"phones":[{'} | {field: f'"{field}":"'.encode() for field in CONTACT_FIELDS if field != "phone"}
"""What a line of canonical JSON contains if the entry has a value; quotes within a value are escaped."""


def has_value(row: Row, field: str) -> bool:
    """Whether an entry has a value of a contact field."""
    return bool(row.get("phones" if field == "phone" else field))


def _by_id(lines: Iterable[bytes]) -> dict[str, dict[str, Any]]:
    rows = sorted((json.loads(line) for line in lines), key=lambda row: str(row["id"]))
    return {row["id"]: row for row in rows}


_COMPARED = {name: name for name in (*PLAIN_FIELDS, *YES_NO_FIELDS, *LIST_FIELDS)} | {"phones": "phone"}
"""What of an entry is compared -> what the field is called."""


def _changed_fields(before: Row, after: Row) -> tuple[FieldChange, ...]:
    """The fields whose values differ; a phone that is only written in another way does not."""
    differing = (name for name in _COMPARED if before.get(name) != after.get(name))
    values = ((name, _values(before, name), _values(after, name)) for name in differing)
    return tuple(
        FieldChange(field=_COMPARED[name], before=", ".join(old) or None, after=", ".join(new) or None)
        for name, old, new in values
        if old != new
    )


def _values(row: Row, name: str) -> list[str]:
    """The values of a field as claims have them, several in a fixed order; none if it is not stated."""
    value = row.get(name)
    if name == "phones":
        return sorted(comparable_values(row, "phone"))
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, list):
        return sorted(map(str, value))
    return [] if value is None else [str(value)]


def _same_phones(before: str, after: str) -> bool:
    """Whether at least one number is still there."""
    return any(same_phone(one, other) for one in before.split(", ") for other in after.split(", "))


def _same_name(before: str, after: str) -> bool:
    return name_words(before) == name_words(after)


def _same_site(before: str, after: str) -> bool:
    return site_key(before) == site_key(after)


def site_key(address: str) -> str:
    """What a web address is compared by: without scheme, www and the slash at its end."""
    return address.casefold().partition("://")[2].removeprefix("www.").rstrip("/") or address.casefold()


def _same_text(before: str, after: str) -> bool:
    return fold(before) == fold(after)


_SAME: Mapping[str, Callable[[str, str], bool]] = {
    "name": _same_name,
    "phone": _same_phones,
    "email": _same_text,
    "website": _same_site,
    "street": same_street,
    "city": same_city,
}
"""Contact field -> whether two values are the same one, written differently."""


def comparable_values(row: Row, field: str) -> tuple[str, ...]:
    """The values of a contact field in a form in which equal ones are equal, however they are written."""
    if field == "name":
        return (" ".join(name_words(row.get("name"))),) if row.get("name") else ()
    if field == "phone":
        return tuple(phone_key(phone.get("e164") or phone["raw"]) for phone in row.get("phones", ()))
    if not row.get(field):
        return ()
    return (site_key(row[field]) if field == "website" else fold(row[field]),)
