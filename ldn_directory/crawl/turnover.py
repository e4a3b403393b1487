"""The gates on who is on a list, and what they say: people who vanish, appear, or have other values than before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ldn_directory.ledger import ChangedEntry, FieldChange
from ldn_directory.ledger.harvest_diff import CONTACT_FIELDS
from ldn_directory.model import Source

from .comparison import Comparison

MOST_GONE = 0.20
"""The share of the entries of the last harvest that may be missing. A source states its own limits in its `expect`."""
MOST_NEW = 0.34
"""The share of the entries that may be new."""
MOST_CHANGED = {"name": 0.10, "phone": 0.20, "email": 0.20, "website": 0.25, "street": 0.20, "city": 0.15}
"""Of the kept entries that had a value, the share whose value may be another."""
MOST_MOVED = 0.02
"""Of the kept entries, the share whose value may be one that another entry had before."""
MOST_GONE_IN_A_YEAR = 0.50
LEAST_ENTRIES = 3
"""Fewer entries than these are never held for: in a list of eight two may leave."""
EXAMPLES = 3

_LABELS = {"email": "e-mail address", "city": "town"}


def field_label(field: str) -> str:
    """What people call a field."""
    return _LABELS.get(field, field)


def a_field(field: str) -> str:
    """The same with its article."""
    return f"{'an' if field == 'email' else 'a'} {field_label(field)}"


def _gone(compared: Comparison, source: Source) -> Iterable[str]:
    missing, most = compared.missing, _limit(source.expect.most_gone, MOST_GONE)
    share = len(missing) / max(1, compared.confirmed)
    if len(missing) >= LEAST_ENTRIES and share > most:
        yield (
            f"{len(missing)} of the {compared.confirmed} entries known before are missing ({share:.0%};"
            f" {most:.0%} may be): {_names(missing)}"
        )


def _new(compared: Comparison, source: Source) -> Iterable[str]:
    diff, most = compared.diff, _limit(source.expect.most_new, MOST_NEW)
    if len(diff.new) >= LEAST_ENTRIES and diff.new_share > most:
        yield (
            f"{len(diff.new)} of the {diff.seen} entries are new ({diff.new_share:.0%}; {most:.0%} may be):"
            f" {_names(diff.new)}"
        )


def _gone_in_a_year(compared: Comparison, source: Source) -> Iterable[str]:
    if compared.missing and compared.year_share > MOST_GONE_IN_A_YEAR:
        yield (
            f"{compared.year_share:.0%} of the entries that the list had on {compared.year_since[:10]} are missing"
            f" now ({MOST_GONE_IN_A_YEAR:.0%} may be within a year)"
        )


def _changed(compared: Comparison, source: Source) -> Iterable[str]:
    for field in CONTACT_FIELDS:
        changes, share = compared.diff.changes_of(field), compared.diff.changed_share(field)
        most = source.expect.most_changed.get(field, MOST_CHANGED[field])
        if len(changes) >= LEAST_ENTRIES and share > most:
            yield (
                f"{len(changes)} of {compared.diff.values_before[field]} entries have another {field_label(field)}"
                f" than before ({share:.0%}; {most:.0%} may have): {_examples(changes)}"
            )


def _moved(compared: Comparison, source: Source) -> Iterable[str]:
    for field, moved in compared.moved.items():
        if len(moved) >= LEAST_ENTRIES and len(moved) > MOST_MOVED * compared.diff.kept:
            whose = "; ".join(
                f"{_name(one.entry.after)} has what {_name(one.former)} had, {one.change.after}"
                for one in moved[:EXAMPLES]
            )
            yield (
                f"{len(moved)} entries now have the {field_label(field)} that another entry had before:"
                f" a column may have shifted. {whose}"
            )


TURNOVER_GATES: Mapping[str, Callable[[Comparison, Source], Iterable[str]]] = {
    "many gone": _gone,
    "many new": _new,
    "many gone in a year": _gone_in_a_year,
    "many changed": _changed,
    "values of others": _moved,
}
"""Name of the gate, which may be public, -> its reasons, which name people and are for the maintainer."""


def _limit(stated: float | None, usual: float) -> float:
    return usual if stated is None else stated


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or row.get("practice") or row["key"])


def _names(rows: Iterable[Mapping[str, Any]]) -> str:
    names = [_name(row) for row in rows]
    return ", ".join(names[:EXAMPLES]) + (" and others" if len(names) > EXAMPLES else "")


def _examples(changes: Iterable[tuple[ChangedEntry, FieldChange]]) -> str:
    return "; ".join(_change_texts(changes))


def _change_texts(changes: Iterable[tuple[ChangedEntry, FieldChange]]) -> Iterator[str]:
    for _, (entry, change) in zip(range(EXAMPLES), changes, strict=False):
        yield f"{_name(entry.before)}: {change.before} → {change.after}"
