"""The gates: conditions that a harvest must meet before the ledger takes it. No I/O: facts in, reasons out.

Gates on who is on the list and what they say are in turnover.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ldn_directory.errors import count_of
from ldn_directory.ledger import LastHarvest
from ldn_directory.model import ROUND_CAPS, Evidence, Source

from .comparison import Comparison
from .turnover import LEAST_ENTRIES, TURNOVER_GATES, a_field

LEAST_SHARE = 0.8
MOST_SHARE = 2.0
FILL_DROP = 0.10
YEAR_FILL_DROP = 0.20
"""The same against the fullest harvest of the last year."""
MOST_DUPLICATES = 0.05
MOST_IMPLAUSIBLE = 0.03
LEAST_CONFIDENCE = 0.5
_FOLDER = re.compile(r"\Afile:\S*/")
MOST_WORSE = 0.05
"""How much larger one of these shares may be than what a person accepted, so that nobody is asked each month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the gates look at in a finished harvest."""

    listings: int
    duplicates: int
    fill: Mapping[str, float]
    """Share of listings, 0 to 1, that have a region and each contact field."""
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
    cut_pages: tuple[str, ...] = ()
    """Pages that end too early, and did not the last time, with how one sees it."""
    repeated: int = 0
    """How many entries say the same as another one under another key."""
    email_owners: tuple[int, int] = (0, 0)
    """How many e-mail addresses have the entry's own name, and how many another entry's instead."""
    implausible: int = 0
    """From how many entries a town, street, country or point was taken that cannot be true."""
    implausible_examples: tuple[str, ...] = ()
    is_new_reading: bool = False
    """Whether its pages were read in a way that no person has accepted yet."""
    confidence: float | None = None
    """Of a reading that was found by trying, 0 to 1; None if it is pinned."""
    comparison: Comparison | None = None
    """None if nothing was known before."""

    @property
    def measures(self) -> dict[str, float]:
        """What a person accepts with the harvest (`model.py:Harvest.measures`)."""
        counts = {
            "repeated": self.repeated,
            "implausible": self.implausible,
            "addresses of others": self.email_owners[1],
        }
        shares = {name: round(count / max(1, self.listings), 4) for name, count in counts.items()}
        shares["duplicates"] = round(self.duplicates / max(1, self.listings + self.duplicates), 4)
        return shares if self.total is None else {"total": self.total, **shares}


def reasons_to_hold(facts: Facts, closed: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Why this harvest is held by these closed gates, in words for a maintainer; empty if it passes."""
    if facts.blocked:
        return (f"blocked: {facts.blocked}. Ask the publisher, or import a file that they give you",)
    if facts.unreachable:
        return (f"unreachable: {facts.unreachable}",)
    return tuple(reason for reasons in closed.values() for reason in reasons)


def closed_gates(facts: Facts, last: LastHarvest | None, source: Source) -> dict[str, tuple[str, ...]]:
    """The gates that this harvest does not pass, with their reasons. Names may be public; a reason may quote a page."""
    if facts.blocked or facts.unreachable:
        return {}
    found = {name: tuple(gate(facts, last, source)) for name, gate in _gates(source).items()}
    return {name: reasons for name, reasons in found.items() if reasons}


def _gates(source: Source) -> dict[str, Gate]:
    if source.completes:
        return {name: GATES[name] for name in COMPLETING_GATES}
    return {name: GATES[name] for name in KEPT_HERE_GATES} if source.rechecked else GATES


def _unfinished(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if not facts.finished:
        yield "the crawl did not finish"


def _failed(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.failures:
        more = f" (and {len(facts.failures) - 1} more)" if len(facts.failures) > 1 else ""
        # A file of this machine is called by its bare name.
        first = _FOLDER.sub("", facts.failures[0])
        yield f"{'' if source.rechecked else 'a page could not be read: '}{first}{more}"


def _broken(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.cut_pages:
        more = f" (and {len(facts.cut_pages) - 1} more)" if len(facts.cut_pages) > 1 else ""
        yield f"a page seems to have broken off: {facts.cut_pages[0]}{more}"


def _cut_off(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    is_new = last is None or last.measures.get("total") != facts.total
    if facts.total is not None and is_new and facts.listings < facts.total * LEAST_SHARE:
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
    if not last or not last.listings or facts.listings < last.listings * MOST_SHARE:
        return
    if facts.listings - last.listings < LEAST_ENTRIES:
        return
    twice = "exactly twice" if facts.listings == 2 * last.listings else "more than twice"
    yield f"{_entries(facts)}, {twice} the {last.listings} last time"


def _emptier(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if not last or not facts.listings:
        return
    for field, before in last.fill.items():
        now = facts.fill.get(field, 0.0)
        if abs(before - now) > FILL_DROP + 1e-9 and _counts(abs(before - now), facts):
            yield f"{now:.0%} of the entries have {a_field(field)}, {before:.0%} had one last time"


def _counts(share: float, facts: Facts) -> bool:
    """Whether a share of the entries is enough of them to be a reason."""
    return round(share * facts.listings) > min(LEAST_ENTRIES, facts.listings - 1)


def _less_than_in_a_year(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    """The limits of one step to the next would let a list dwindle in small steps."""
    if not last or last.most is None or not facts.listings:
        return
    if last.listings * LEAST_SHARE <= facts.listings < last.most * LEAST_SHARE:
        yield f"{_entries(facts)}, fewer than {LEAST_SHARE:.0%} of the {last.most} that it had within the last year"
    for field, most in last.most_fill.items():
        now = facts.fill.get(field, 0.0)
        if last.fill.get(field) != most and most - now > YEAR_FILL_DROP + 1e-9 and _counts(most - now, facts):
            yield f"{now:.0%} of the entries have {a_field(field)}, {most:.0%} had one within the last year"


def _repeating(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if _worse("duplicates", facts, last, MOST_DUPLICATES):
        yield f"{facts.duplicates} entries repeat others: {MOST_DUPLICATES:.0%} may"


def _doubled(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.repeated >= LEAST_ENTRIES and _worse("repeated", facts, last, MOST_DUPLICATES):
        yield (
            f"{facts.repeated} of {_entries(facts)} say the same as another one under another key"
            f" ({MOST_DUPLICATES:.0%} may): the list may be doubled"
        )


def _implausible(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.implausible > 1 and _worse("implausible", facts, last, MOST_IMPLAUSIBLE):
        yield (
            f"{facts.implausible} of {_entries(facts)} state places that cannot be right ({MOST_IMPLAUSIBLE:.0%} may)."
            f" Columns may be mixed up. For instance {'; '.join(facts.implausible_examples)}"
        )


def _emails_of_others(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    own, others = facts.email_owners
    if others > max(LEAST_ENTRIES, own) and _worse("addresses of others", facts, last, 0.0):
        yield (
            f"{others} e-mail addresses have the name of another entry in them, {own} that of their own:"
            " a column may have shifted"
        )


def _worse(measure: str, facts: Facts, last: LastHarvest | None, most: float) -> bool:
    """Whether a share is larger than it may be, beyond what a person has accepted with an earlier harvest."""
    accepted = last.measures.get(measure, 0.0) if last else 0.0
    return facts.measures[measure] > max(most, accepted + MOST_WORSE * bool(accepted))


def must_speak_of_ldn(source: Source, last: LastHarvest | None) -> bool:
    """Whether a list says of its entries, for the first time, that they are on a list of LDN prescribers.

    Then it must speak of low-dose naltrexone, or a person must give the words that make it such a list.
    """
    is_known = last is not None and last.evidence in (None, Evidence.LISTED)
    return source.evidence is Evidence.LISTED and source.needs_acceptance and not is_known


def _off_topic(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.listings and facts.off_topic and must_speak_of_ldn(source, last):
        yield (
            "neither the list nor the pages around it speak of low-dose naltrexone (“LDN” alone does not count):"
            " so its entries may only be Evidence.PROXY, unless you accept it with the publisher's own words (--why)"
        )


def _first_time(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if last is None and source.needs_acceptance:
        terms = f" and its terms at {source.terms}" if source.terms else ""
        yield f"first harvest: a person looks at the sample{terms}, then accepts it"


def _new_reading(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.is_new_reading and facts.listings:
        yield (
            "how its pages are read was found by trying: compare the sample with the list, then accept it; from then"
            " on it is read in this way only"
        )


def _doubtful(facts: Facts, last: LastHarvest | None, source: Source) -> Iterable[str]:
    if facts.confidence is not None and facts.confidence < LEAST_CONFIDENCE and facts.listings:
        yield (
            f"how its pages are read is a guess (confidence {facts.confidence:.2f}; below {LEAST_CONFIDENCE:g} nothing"
            " is taken unseen): compare the sample with the list. A spider that pins its reading is not asked about"
        )


Gate = Callable[[Facts, LastHarvest | None, Source], Iterable[str]]


def _of_comparison(gate: Callable[[Comparison, Source], Iterable[str]]) -> Gate:
    return lambda facts, last, source: gate(facts.comparison, source) if facts.comparison and facts.listings else ()


GATES: dict[str, Gate] = {
    "unfinished": _unfinished,
    "unread pages": _failed,
    "broken page": _broken,
    "cut off": _cut_off,
    "too few": _too_few,
    "too many": _too_many,
    "emptier": _emptier,
    "less than in the last year": _less_than_in_a_year,
    "repeating": _repeating,
    "doubled": _doubled,
    "implausible places": _implausible,
    "addresses of others": _emails_of_others,
    **{name: _of_comparison(gate) for name, gate in TURNOVER_GATES.items()},
    "off topic": _off_topic,
    "new reading": _new_reading,
    "doubtful reading": _doubtful,
    "first": _first_time,
}
"""All gates by their names, which may be public."""

KEPT_HERE_GATES = ("unfinished", "unread pages", "too few")
"""The gates of a list that people keep here: what they add and correct is meant so, but a file may lose its end."""

COMPLETING_GATES = (
    "unfinished",
    "doubled",
    "implausible places",
    "addresses of others",
    "many changed",
    "values of others",
)
"""The gates of a source of many sites: some of them are always down or new, which is no reason to hold the others."""
