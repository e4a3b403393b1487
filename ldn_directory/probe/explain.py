"""Why a page was read as it was, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ldn_directory.errors import count_of
from ldn_directory.extract.choosing import LIKELY, Ground, RankedCandidate, why_it_lost
from ldn_directory.extract.readings import READINGS

from .detect import Findings

_MOST_REASONS = 20
_MOST_COLUMNS = 40
_MOST_GROUNDS = 4


def explain(found: Findings) -> list[str]:
    """Lines: what was taken for entries, what each column is, how sure that is, and which other readings there were."""
    if not found.tried:
        return ["No reading fits this kind of page."]
    winner = found.tried[0] if found.family else None
    if winner is None:
        return ["No reading is good enough to be shown:", *_others(found.tried, None)]
    sure = _sure(winner, by_hand=found.choice is not None)
    others = ["", "Other readings:", *_others(found.tried[1:], winner)] if found.tried[1:] else []
    return [*_taken(winner), "", *_columns(winner), "", *sure, *others]


def _taken(one: RankedCandidate) -> Iterator[str]:
    what = next(reading.what for reading in READINGS if reading.family == one.family)
    yield f"Taken for entries: {what} ({one.family}), {len(one.listings)} of them."
    yield from (f"  {reason}" for reason in one.extraction.reasons[:_MOST_REASONS])
    if one.implausible:
        entries = count_of(one.implausible, "more was", "more were")
        yield f"  {entries} left out: no name that can be one, or no way to find its bearer."


def _columns(one: RankedCandidate) -> Iterator[str]:
    columns = one.extraction.columns
    if not columns:
        yield "Columns: none; each text was taken by its label, or by what it looks like."
        return
    yield "Columns:"
    for column in columns[:_MOST_COLUMNS]:
        label = f"“{column.label}”" if column.label else "one without a label"
        yield f"  {label} is {column.field or 'kept as a remark'}: {column.why}"


def _sure(one: RankedCandidate, *, by_hand: bool) -> Iterator[str]:
    guess = ", so this is a guess" if one.confidence < LIKELY else ""
    chosen = " It was chosen by hand." if by_hand else ""
    yield f"About {one.confidence:.0%} of it should be right{guess}.{chosen}"
    weighed = sorted(one.grounds, key=lambda ground: ground.beside_usual)
    against = [ground for ground in weighed if ground.beside_usual < -0.05]
    speaking = [ground for ground in reversed(weighed) if ground.beside_usual > 0.05]
    for what, grounds in (("against", against), ("for", speaking)):
        if grounds:
            yield f"  What speaks {what} it, beside other lists: {_said(grounds[:_MOST_GROUNDS])}"


def _said(grounds: Sequence[Ground]) -> str:
    return "; ".join(f"{ground.says} ({ground.value:.0%})" for ground in grounds)


def _others(others: Sequence[RankedCandidate], winner: RankedCandidate | None) -> Iterator[str]:
    for one in others:
        found = (
            f"{count_of(len(one.listings), 'entry', 'entries')}, {one.confidence:.0%}" if one.listings else "nothing"
        )
        yield f"  {one.family}: {found}; {why_it_lost(one, winner)}"
        if not one.listings:
            yield from (f"    {problem.what}" for problem in one.problems[:2])
