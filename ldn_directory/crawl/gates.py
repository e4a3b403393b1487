"""The gates: conditions that a harvest must meet before the ledger takes it. No I/O: facts in, reasons out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ldn_directory.errors import count_of
from ldn_directory.ledger import LastHarvest
from ldn_directory.model import ROUND_CAPS, Evidence, Source

LEAST_SHARE = 0.8
MOST_SHARE = 2.0
FILL_DROP = 0.10
MOST_DUPLICATES = 0.05

GATED_FIELDS = ("name", "phone", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the gates look at in a finished harvest."""

    listings: int
    duplicates: int
    fill: Mapping[str, float]
    """Share of listings, 0 to 1, that have a name, a phone, a region."""
    pages: int
    even_pages: bool = False
    """Whether every page held as many entries as the others, the last too."""
    capped_pages: int = 0
    """How many pages that stand alone (answers to a filter) held exactly as many entries as servers cut off at."""
    finished: bool = True
    failures: tuple[str, ...] = ()
    blocked: str | None = None
    unreachable: str | None = None
    total: int | None = None
    """The count that the server itself states, if it does."""
    off_topic: bool = False
    """Whether neither the list nor the pages around it speak of low-dose naltrexone."""


def reasons_to_hold(facts: Facts, last: LastHarvest | None, source: Source) -> tuple[str, ...]:
    """Why this harvest is held, in words for a maintainer; empty if it passes."""
    if facts.blocked:
        return (f"blocked: {facts.blocked}. Ask the publisher, or import a file that they give you",)
    if facts.unreachable:
        return (f"unreachable: {facts.unreachable}",)
    return tuple(reason for gate in _gates().values() for reason in gate(facts, last, source))


def closed_gates(facts: Facts, last: LastHarvest | None, source: Source) -> tuple[str, ...]:
    """The names of the gates that this harvest does not pass. They may be public; a reason may quote a page."""
    if facts.blocked or facts.unreachable:
        return ()
    return tuple(name for name, gate in _gates().items() if any(gate(facts, last, source)))


Gate = Callable[[Facts, LastHarvest | None, Source], Iterable[str]]


def _gates() -> dict[str, Gate]:
    return {
        "unfinished": _unfinished,
        "unread pages": _failed,
        "cut off": _cut_off,
        "too few": _too_few,
        "too many": _too_many,
        "emptier": _emptier,
        "repeating": _repeating,
        "off topic": _off_topic,
        "first": _first_time,
    }


def _unfinished(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if not facts.finished:
        yield "the crawl did not finish"


def _failed(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.failures:
        more = f" (and {len(facts.failures) - 1} more)" if len(facts.failures) > 1 else ""
        yield f"a page could not be read: {facts.failures[0]}{more}"


def _cut_off(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.total is not None and facts.listings < facts.total * LEAST_SHARE:
        yield f"the server says that there are {facts.total} entries, but {facts.listings} were found"
    caps = ROUND_CAPS | set(source.expect.caps)
    known = last is not None and last.listings == facts.listings
    if facts.total is not None or known:
        return
    if facts.listings in caps and (facts.pages == 1 or facts.even_pages):
        where = "one page" if facts.pages == 1 else f"{facts.pages} full pages"
        yield f"exactly {_entries(facts)} on {where}: the server may cut the list off there"
    elif facts.capped_pages:
        yield f"{facts.capped_pages} of the pages hold exactly as many entries as servers cut lists off at"


def _entries(facts: Facts) -> str:
    return count_of(facts.listings, "entry", "entries")


def _too_few(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    accepted = last.accepted if last else None
    floor = source.expect.at_least if accepted is None else min(source.expect.at_least, accepted * LEAST_SHARE)
    if facts.listings < floor:
        yield f"{_entries(facts)}, where the source expects at least {floor:g}"
    if last and facts.listings < last.listings * LEAST_SHARE:
        yield f"{_entries(facts)}, fewer than {LEAST_SHARE:.0%} of the {last.listings} last time"


def _too_many(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if last and last.listings and facts.listings > last.listings * MOST_SHARE:
        yield f"{_entries(facts)}, more than twice the {last.listings} last time"


def _emptier(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if not last or not facts.listings:
        return
    for field in GATED_FIELDS:
        before, now = last.fill.get(field, 0.0), facts.fill.get(field, 0.0)
        if abs(before - now) > FILL_DROP + 1e-9:
            yield f"{now:.0%} of the entries have a {field}, {before:.0%} had one last time"


def _repeating(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.duplicates > MOST_DUPLICATES * max(1, facts.listings + facts.duplicates):
        yield f"{facts.duplicates} entries repeat others: {MOST_DUPLICATES:.0%} may"


def must_speak_of_ldn(source: Source, last: LastHarvest | None) -> bool:
    """Whether a list says of its entries, for the first time, that they are on a list of LDN prescribers.

    Then it must speak of low-dose naltrexone, or a person must give the words that make it such a list.
    """
    is_known = last is not None and last.evidence in (None, Evidence.LISTED)
    return source.evidence is Evidence.LISTED and source.needs_acceptance and not is_known


def _off_topic(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.off_topic and must_speak_of_ldn(source, last):
        yield (
            "neither the list nor the pages around it speak of low-dose naltrexone (“LDN” alone does not count):"
            " so its entries may only be Evidence.PROXY, unless you accept it with the publisher's own words (--why)"
        )


def _first_time(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if last is None and source.needs_acceptance:
        terms = f" and its terms at {source.terms}" if source.terms else ""
        yield f"first harvest: a person looks at the sample{terms}, then accepts it"
