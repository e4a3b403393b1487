"""What a harvest is compared with: who and what the ledger knows of the list, now and in the last year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ldn_directory.ledger import ChangedEntry, FieldChange, HarvestDiff, Ledger, compare_harvest
from ldn_directory.ledger.harvest_diff import CONTACT_FIELDS, comparable_values

MOVING_FIELDS = tuple(name for name in CONTACT_FIELDS if name != "city")
"""Contact fields whose values belong to one entry, or a few. A town is shared by many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A value that one entry had before, has no more, and another has now."""

    entry: ChangedEntry
    change: FieldChange
    former: Mapping[str, Any]
    """Whose value it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A harvest beside what was known before."""

    diff: HarvestDiff
    missing: tuple[Mapping[str, Any], ...] = ()
    """Entries that the last harvest had. `diff.gone` also has those that were missing from it already."""
    confirmed: int = 0
    """How many entries the last harvest had."""
    moved: Mapping[str, tuple[Moved, ...]] = field(default_factory=dict)
    """Contact field -> entries that have now what was another's."""
    year_share: float = 0.0
    """Of the entries of the oldest harvest that counts (see `Ledger.people_since`), the share that is missing now."""
    year_since: str = ""
    """When that harvest ended, UTC."""


def compare_with_ledger(ledger: Ledger, source_id: str, lines: Sequence[bytes]) -> Comparison | None:
    """Compares a harvest with the ledger; None if this has nothing of the source."""
    now = ledger.with_first_ids(source_id, lines)
    diff = compare_harvest(ledger.known_lines(source_id), now)
    if not diff.known:
        return None
    since, before = ledger.people_since(source_id)
    gone = {row["id"] for row in diff.gone} | ledger.ids(source_id, "gone")
    confirmed = ledger.ids(source_id, "live")
    return Comparison(
        diff=diff,
        missing=tuple(row for row in diff.gone if row["id"] in confirmed),
        confirmed=len(confirmed),
        moved={name: tuple(_moved(diff, name)) for name in MOVING_FIELDS},
        year_share=len(before & gone) / max(1, len(before)),
        year_since=since,
    )


def _moved(diff: HarvestDiff, name: str) -> Iterator[Moved]:
    """Kept entries whose value of a field was another's before, who does not have it any more."""
    changes = diff.changes_of(name)
    former: dict[str, Mapping[str, Any]] = {}
    lost = [(entry.before, set(comparable_values(entry.after, name))) for entry, _ in changes]
    for row, still in [*lost, *((row, set[str]()) for row in diff.gone)]:
        former |= {value: row for value in comparable_values(row, name) if value not in still}
    for entry, change in changes:
        owner = _owner(former, comparable_values(entry.after, name))
        if owner and owner["id"] != entry.before["id"]:
            yield Moved(entry=entry, change=change, former=owner)


def _owner(former: Mapping[str, Mapping[str, Any]], values: Iterable[str]) -> Mapping[str, Any] | None:
    return next((former[value] for value in values if value in former), None)
