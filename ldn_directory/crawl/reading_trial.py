"""Finds how a list is read whose pages nobody has seen: what was tried on which pages, and what is kept of it. No I/O.

What is kept is a value of JSON, so that the ledger can hold it once a person has accepted it (a *list reading*):

    {"ways": {"": {"family": None}, "places": {"family": "html_cards", "fields": {"Town": "city"}, "details": True}}}

Its keys are ways from the addresses of the source, as `extract/onward.py:Way.kind` names them: "" is these addresses
themselves, "places > files pdf" the PDF files that pages of single places link to. `family` is the reading of such
pages (None: they only lead on), `others` are readings for pages where that one finds nothing, `fields` says which
column is which field, and `details` whether entries are completed from pages of their own.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ldn_directory.archive.page_result import PageResult
from ldn_directory.errors import count_of
from ldn_directory.model import TriedReading

ListReading = Mapping[str, Any]

LIKELY = 0.5
"""The least confidence of a reading that is taken beside others."""
AT_ONCE = 4
"""The most pages of one way that are asked for before the answers to others have come."""
MOST_REPEATING = 4
"""Pages of one way that may bring only entries that are known already."""
MOST_EMPTY = 12
"""Pages of one way that may bring no entry at all."""
MOST_EMPTY_PLACES = 60
"""The same for pages of single places, and for answers to a form: there may be nobody in most of them."""
_SHOWN_ADDRESSES = 3
_ONE_ENTRY = frozenset({"detail"})
"""Readings of a page about a single entry."""


def joined(way: str, kind: str) -> str:
    """The way that leads on from pages at the end of a way."""
    return f"{way} > {kind}" if way else kind


def levels(way: str) -> int:
    """How many steps a way has."""
    return way.count(" > ") + 1 if way else 0


@dataclass(slots=True)
class _TriedPage:
    url: str
    tried: tuple[TriedReading, ...]
    fields: tuple[tuple[str, str], ...]
    who: frozenset[str]


@dataclass(slots=True)
class _TriedWay:
    waiting: deque[tuple[str, dict[str, Any]]] = field(default_factory=deque)
    asked: int = 0
    pages: list[_TriedPage] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    repeating: int = 0
    new: int = 0

    @property
    def who(self) -> frozenset[str]:
        return frozenset[str]().union(*(page.who for page in self.pages))

    @property
    def confidence(self) -> float:
        """Of its pages, each counted by its entries."""
        first = [page.tried[0] for page in self.pages if page.tried]
        return sum(one.confidence * one.entries for one in first) / max(1, sum(one.entries for one in first))


class ReadingTrial:
    """Collects what is found on each page of a first crawl, and chooses what is kept."""

    def __init__(self) -> None:
        self._ways: dict[str, _TriedWay] = {"": _TriedWay()}
        self._known: set[str] = set()
        self._seen: set[str] = set()
        self.confidence = 0.0
        """Of the reading that was chosen."""

    def add(self, way: str, url: str, result: PageResult) -> None:
        """Takes what was found on a page at the end of a way."""
        who = frozenset(map(_who, result.lines))
        tried, one = self._way(way), _TriedPage(url, result.tried, result.fields, who)
        tried.pages.append(one)
        tried.new += len(who - self._known)
        tried.repeating += bool(who) and who <= self._known
        self._known |= who
        for address, context in result.follow:
            if address not in self._seen:
                self._seen.add(address)
                self._way(context["way"]).waiting.append((address, context))

    def fail(self, way: str, url: str, why: str) -> None:
        """Notes that a page could not be read."""
        self._way(way).failures.append(f"{url} {why}")

    def next_pages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(address, context) of the pages to ask for now."""
        for name, way in self._ways.items():
            most_empty = MOST_EMPTY_PLACES if name.rpartition(" > ")[2].startswith(("places", "form")) else MOST_EMPTY
            while way.waiting and way.asked - len(way.pages) - len(way.failures) < AT_ONCE:
                if not way.new and (way.repeating >= MOST_REPEATING or len(way.pages) >= most_empty):
                    break
                way.asked += 1
                yield way.waiting.popleft()

    def chosen(self) -> ListReading | None:
        """What is kept: the ways with entries that the others lack, each with its reading; None if there is none."""
        kept: dict[str, _TriedWay] = {}
        covered: set[str] = set()
        for name, way in sorted(self._ways.items(), key=self._rank):
            if way.who - covered and self._is_list(name, way, bool(kept)):
                kept[name] = way
                covered |= way.who
        if not kept:
            return None
        ways: dict[str, Any] = {"": {"family": None}}
        for name, way in sorted(kept.items()):
            steps = name.split(" > ") if name else []
            for number in range(1, len(steps)):
                ways.setdefault(" > ".join(steps[:number]), {"family": None})
            ways[name] = _reading_of(way)
        entries = {name: len(way.who) for name, way in kept.items()}
        said = sum(way.confidence * entries[name] for name, way in kept.items())
        self.confidence = round(said / max(1, sum(entries.values())), 3)
        return {"ways": ways}

    def _rank(self, named: tuple[str, _TriedWay]) -> tuple[bool, int, int]:
        name, way = named
        return way.confidence < LIKELY, -len(way.who), levels(name)

    def _is_list(self, name: str, way: _TriedWay, has_other: bool) -> bool:
        """Whether a way is taken: beside another one not if it is doubtful, or one page about one entry."""
        if not has_other:
            return True
        only_one = len(way.who) == 1 and len(way.pages) == 1 and way.pages[0].tried[0].family in _ONE_ENTRY
        return way.confidence >= LIKELY and not only_one

    def lines(self, reading: ListReading | None) -> list[str]:
        """What was tried and what was found where, in plain words: a line for each way."""
        taken = reading["ways"] if reading else {}
        return [_line(name, way, taken.get(name)) for name, way in self._ways.items() if way.asked or way.pages]

    def _way(self, name: str) -> _TriedWay:
        return self._ways.setdefault(name, _TriedWay())


def _reading_of(way: _TriedWay) -> dict[str, Any]:
    """The family that found most, others for pages where that found nothing, and what their columns mean."""
    weights: Counter[str] = Counter()
    for page in way.pages:
        for one in page.tried:
            weights[one.family] += one.entries * one.confidence  # type: ignore[assignment]
    first = Counter({page.tried[0].family: 0 for page in way.pages if page.tried})
    for page in way.pages:
        if page.tried:
            first[page.tried[0].family] += page.tried[0].entries
    family = max(first, key=lambda name: (first[name], weights[name]))
    rest = [page for page in way.pages if page.tried and all(one.family != family for one in page.tried)]
    others = list(dict.fromkeys(page.tried[0].family for page in rest))
    votes = Counter(pair for page in way.pages if page.tried and page.tried[0].family == family for pair in page.fields)
    fields = {label: meant for (label, meant), _ in reversed(votes.most_common())}
    best = [page.tried[0] for page in way.pages if page.tried]
    details = 2 * sum(one.with_own_page for one in best) > sum(one.entries for one in best) > 1
    found: dict[str, Any] = {"family": family}
    return found | {
        name: value for name, value in (("others", others), ("fields", fields), ("details", details)) if value
    }


def _line(name: str, way: _TriedWay, taken: Mapping[str, Any] | None) -> str:
    found: Counter[str] = Counter()
    for page in way.pages:
        for one in page.tried:
            found[one.family] += one.entries
    addresses = ", ".join(page.url for page in way.pages[:_SHOWN_ADDRESSES])
    more = f" and {count_of(len(way.pages) - _SHOWN_ADDRESSES, 'more')}" if len(way.pages) > _SHOWN_ADDRESSES else ""
    readings = ", ".join(f"{count_of(count, 'entry', 'entries')} as {family}" for family, count in found.most_common())
    pages = count_of(len(way.pages), "page") + (f" ({addresses}{more})" if way.pages else "")
    said = f"{name or 'the list itself'}: {pages}, {readings or 'no entry'}"
    if way.failures:
        said += f"; {count_of(len(way.failures), 'page')} could not be read: {way.failures[0]}"
    if way.waiting:
        said += f"; {count_of(len(way.waiting), 'page')} not asked for, as the first ones brought nothing new"
    if taken and taken["family"]:
        return f"{said}: taken, read as {taken['family']} (confidence {way.confidence:.2f})"
    return f"{said}: {'only leads on' if taken else 'left out'}"


def describe(reading: ListReading) -> list[str]:
    """A list reading in plain words: a line for each way."""
    return [_describe_way(name, way) for name, way in reading["ways"].items()]


def _describe_way(name: str, way: Mapping[str, Any]) -> str:
    where = name or "the list itself"
    if not way["family"]:
        return f"{where}: only leads on"
    said = f"{where}: read as {way['family']}"
    if others := way.get("others"):
        said += f" (where that finds nothing, as {' or '.join(others)})"
    if fields := way.get("fields"):
        said += f"; {', '.join(f'{label} = {meant}' for label, meant in fields.items())}"
    return f"{said}; entries are completed from their own pages" if way.get("details") else said


def _who(line: bytes) -> str:
    """By what an entry is recognised on another page: name and first phone, or else its town."""
    row = json.loads(line)
    phones = [phone.get("e164") or phone["raw"] for phone in row.get("phones", ())]
    return f"{row.get('name') or row.get('practice')}|{phones[0] if phones else row.get('city')}"
