"""Joins what a page says twice: records of several sources, or copies in one, that are about the same people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from operator import ne

from ldn_directory.model import Evidence, Extraction, Labelled, Listing, Record, Source
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.mapping import map_record
from ldn_directory.normalize.names import people
from ldn_directory.normalize.regions import fold

_NEUTRAL = Source(title="", homepage="", evidence=Evidence.LISTED, record_key="")
_PLACE = ("city", "region_code", "postcode")
_FILLED = (
    "credentials",
    "practice",
    "specialty",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "email",
    "website",
)
_NAMES = frozenset(("name", "practice", "last_name"))
SAME_LIST = 0.5
"""Share of the records that another source must name too, so that it is the same list."""
_WORDS = re.compile(r"[^\W\d_]{2,}")


def fill_from(found: Extraction, others: Sequence[Extraction]) -> Extraction:
    """The records, with what other sources of the page state of the same people where a record lacks it."""
    reasons = list(found.reasons)
    records = list(found.records)
    for other in others:
        named = _by_name(other.records)
        shared = [named.get(name_of(record), []) for record in records] if named else []
        if sum(map(bool, shared)) < max(2, SAME_LIST * len(records)):
            continue
        joined = [
            filled(record, same[0]) if len(same) == 1 else record for record, same in zip(records, shared, strict=True)
        ]
        if more := sum(map(ne, joined, records)):
            reasons.append(f"{more} entries were completed from another place of the page that lists the same people")
        records = joined
    return replace(found, records=tuple(records), reasons=tuple(reasons))


def without_copies(records: Sequence[Record]) -> list[Record]:
    """The records; where most names stand there twice, each person once, with what either record says."""
    groups = _by_name(records)
    if sum(len(same) == 2 for same in groups.values()) * 10 < 7 * len(groups):
        return list(records)
    kept: list[Record] = []
    for same in groups.values():
        fullest = max(same, key=lambda record: len(record.block))
        merged = [filled(fullest, other) for other in same if other is not fullest]
        agreed = len(same) == 2 and merged[0] is not None
        kept += merged if agreed else same
    return kept


def name_of(record: Record) -> str:
    """The words of the name that a record begins with, without letters, titles and initials."""
    named = (text for text in record.texts if (text.field or field_of(text.label or "")) in _NAMES)
    text = next(named, record.texts[0] if record.texts else None)
    if text is None:
        return ""
    found = people(text.text.split("\n")[0])
    return " ".join(_WORDS.findall(fold(found[0].name if found else text.text)))


def filled(record: Record, more: Record) -> Record:
    """The record with what `more` says and it does not; unchanged if they are about different places."""
    ours, theirs = _listing(record), _listing(more)
    if ours is None or theirs is None or not _agree(ours, theirs):
        return record
    missing = [name for name in _FILLED if not getattr(ours, name) and getattr(theirs, name)]
    texts = [Labelled(label=None, text=getattr(theirs, name), field=name) for name in missing]
    if not ours.phones:
        texts += [Labelled(label=phone.label, text=phone.raw, field="phone") for phone in theirs.phones]
    links = dict.fromkeys((*record.links, *more.links))
    if not texts and len(links) == len(record.links) and (record.point or not more.point):
        return record
    return replace(
        record,
        texts=(*record.texts, *texts),
        key=record.key or more.key,
        links=tuple(links),
        point=record.point or more.point,
    )


def _by_name(records: Sequence[Record]) -> dict[str, list[Record]]:
    named: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        named[name_of(record)].append(record)
    return named


def _listing(record: Record) -> Listing | None:
    found = map_record(record, _NEUTRAL, "joining").listings
    return found[0] if len(found) == 1 else None


def _agree(ours: Listing, theirs: Listing) -> bool:
    """Whether no place contradicts another, and something besides the name is the same or stands on one side only."""
    values = [(getattr(ours, name), getattr(theirs, name)) for name in _PLACE]
    both = [(fold(one), fold(other)) for one, other in values if one and other]
    if any(one != other for one, other in both):
        return False
    numbers, others = ({phone.e164 or phone.raw for phone in one.phones} for one in (ours, theirs))
    return bool(both) or not numbers or not others or bool(numbers & others)
