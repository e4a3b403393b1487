"""A doubtful match on a terminal: both listings side by side, what differs, and the reasons in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ldn_directory.matching.decisions import DIFFERENT, SAME, Decision
from ldn_directory.matching.model import default_model
from ldn_directory.matching.review_queue import Doubt, QueuedPair, Reason
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.streets import PLACE_PARTS, same_place

from .terminal import fit, replace_controls, wrap

MARKS = {"=": "both say it", "~": "nearly", "!=": "they differ"}
NARROWEST = 24
SIDE_BY_SIDE = 64
"""Columns from which two listings stand beside each other; with fewer, one stands below the other."""
LONGEST = 400
"""Characters of a value that are shown."""
SUREST = 20
"""Bits beyond which odds are only said to be more than a million to one."""
WOULD_DO = (
    "much agrees, but two people of one name or two branches of a chain may have all of it in common. "
    "Look at the pages; if they do not show that the two are one, choose different or later"
)
_LABEL, _MARK = 11, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of both listings; `mark` is a key of MARKS, or empty if there is nothing to compare."""

    label: str
    mark: str
    one: str
    other: str


def format_pair(waiting: QueuedPair, *, width: int, left: int) -> str:
    """The pair for a terminal of `width` columns; `left` pairs wait, with this one."""
    width = max(NARROWEST, width)
    rows = rows_of(waiting)
    lines = [*wrap(f"Are these two the same? ({left} to review)", width), ""]
    lines += _lines_in_columns(rows, width) if width >= SIDE_BY_SIDE else _lines_in_turn(rows, width)
    lines += ["", *wrap("; ".join(f"{mark} {meaning}" for mark, meaning in MARKS.items()), width)]
    return "\n".join([*lines, "", *_reasons(waiting.doubt, width)])


def rows_of(waiting: QueuedPair) -> list[Row]:
    """The fields that at least one listing states, then where each comes from."""
    ones, others = _values(waiting.one), _values(waiting.other)
    rows = [
        Row(label=label, mark=_mark(ones[label], others[label]), one=ones[label], other=others[label]) for label in ones
    ]
    rows = [_soften_address_mark(row, waiting) for row in rows if row.one or row.other]
    origins, other_origins = _origin(waiting.one), _origin(waiting.other)
    return rows + [Row(label=label, mark="", one=origins[label], other=other_origins[label]) for label in origins]


def _values(row: Mapping[str, Any]) -> dict[str, str]:
    register = " ".join(row[field] for field in ("register", "register_number") if row.get(field))
    return {
        "name": _text(row.get("name")),
        "credentials": _text(row.get("credentials")),
        "practice": _text(row.get("practice")),
        "kind": _text(row.get("kind")),
        "specialty": _text(row.get("specialty")),
        "address": _address(row),
        "phones": ", ".join(_text(phone.get("e164") or phone.get("raw")) for phone in row.get("phones", ())),
        "e-mail": _text(row.get("email")),
        "website": _text(row.get("website")),
        "register": register,
    }


def _address(row: Mapping[str, Any]) -> str:
    parts = [row.get(field) for field in ("street", "city", "region", "postcode", "country")]
    return ", ".join(_text(part) for part in parts if part) or _text(row.get("address"))


def _origin(row: Mapping[str, Any]) -> dict[str, str]:
    day = (row.get("last_confirmed") or "never yet")[:10]
    return {
        "source": _text(row.get("title") or row.get("source")),
        "page": _text(row.get("page")),
        "confirmed": day,
        "listing": row["id"],
    }


def _text(value: object) -> str:
    text = replace_controls(" ".join(str(value).split())) if value is not None else ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _mark(one: str, other: str) -> str:
    if not one or not other:
        return ""
    if one == other:
        return "="
    share_a_number = one.startswith("+") and set(one.split(", ")) & set(other.split(", "))
    return "~" if share_a_number or (fold(one) and fold(one) == fold(other)) else "!="


def _soften_address_mark(row: Row, waiting: QueuedPair) -> Row:
    """The row; of an address that only states less, or abbreviates, not that they differ."""
    parted = any(waiting.one.get(part) and waiting.other.get(part) for part in PLACE_PARTS)
    near = row.label == "address" and row.mark == "!=" and parted and same_place(waiting.one, waiting.other)
    return replace(row, mark="~") if near else row


def _lines_in_columns(rows: Sequence[Row], width: int) -> Iterator[str]:
    side = (width - _LABEL - _MARK - 4) // 2
    for row in rows:
        ones, others = wrap(row.one or "-", side), wrap(row.other or "-", side)
        for place in range(max(len(ones), len(others))):
            label, mark = (row.label, row.mark) if not place else ("", "")
            one, other = (cells[place] if place < len(cells) else "" for cells in (ones, others))
            yield f"{fit(label, _LABEL)} {fit(mark, _MARK)} {fit(one, side)}  {other}".rstrip()


def _lines_in_turn(rows: Sequence[Row], width: int) -> Iterator[str]:
    for row in rows:
        yield f"{row.label} {row.mark}".rstrip()
        for number, value in (("1", row.one), ("2", row.other)):
            for place, line in enumerate(wrap(value or "-", width - 4)):
                yield f"  {number if not place else ' '} {line}"


def _reasons(doubt: Doubt, width: int) -> Iterator[str]:
    yield from wrap("Why (bits: each doubles the odds)", width)
    for reason in sorted([*doubt.reasons, *_prior_reason(doubt)], key=lambda reason: -abs(reason.weight)):
        text = f"{reason.field}: {reason.said} ({describe_weight(reason.weight)})"
        for place, line in enumerate(wrap(text, width - 9)):
            yield f"  {reason.weight:+5.1f}  {line}" if not place else f"{'':9}{line}"
    yield from wrap(f"In all {doubt.weight:+.1f} bits: {describe_total(doubt.weight)}.", width)


def _prior_reason(doubt: Doubt) -> Iterator[Reason]:
    """What the pair weighs before anything is compared, so that the weights add up to the sum below them."""
    weight = doubt.weight - sum(reason.weight for reason in doubt.reasons)
    if math.isfinite(weight) and abs(weight) >= 0.05:
        yield Reason(
            field="beforehand", said="how many of the pairs that are compared at all are the same", weight=weight
        )


def describe_weight(weight: float) -> str:
    """A comparison's weight (bits) in words."""
    if abs(weight) < 0.5:
        return "says little"
    how = next(
        word
        for least, word in ((6, "speaks strongly "), (3, "speaks "), (0, "speaks a little "))
        if abs(weight) >= least
    )
    return how + ("for it" if weight > 0 else "against it")


def describe_total(weight: float) -> str:
    """What a total weight (bits) means. One that would do to join the two is asked about because of a rule."""
    return WOULD_DO if weight >= default_model().upper else describe_odds(weight)


def describe_odds(weight: float) -> str:
    """A total weight (bits) in words, two figures exact: `about 40 to 1 that they are the same`."""
    if abs(weight) < 0.5:
        return "as likely the same as different"
    what = "the same" if weight > 0 else "different"
    if abs(weight) >= SUREST:
        return f"more than 1,000,000 to 1 that they are {what}"
    times = 2.0 ** abs(weight)
    number = f"{times:.1f}".removesuffix(".0") if times < 10 else f"{int(float(f'{times:.2g}')):,}"
    return f"about {number} to 1 that they are {what}"


def format_refusal(verdict: str, against: Sequence[Decision], names: Mapping[str, str], width: int) -> str:
    """Why a verdict cannot be given, by the names of the listings, and what to do."""
    said = "; ".join(_decision_text(decision, names) for decision in against)
    text = (
        f"Not kept: these two cannot be {_verdict_text(verdict)}, for it was said earlier {said}. "
        "Decide otherwise here, or correct the earlier one with: "
        f"ldn review --decide {against[0].pair[0]} {against[0].pair[1]} later"
    )
    return "\n".join(wrap(text, max(NARROWEST, width)))


def _decision_text(decision: Decision, names: Mapping[str, str]) -> str:
    one, other = (_listing_name(listing, names) for listing in decision.pair)
    day = f" (on {decision.since[:10]})" if decision.since else ""
    return f"that {one} and {other} are {_verdict_text(decision.verdict)}{day}"


def _listing_name(listing: str, names: Mapping[str, str]) -> str:
    return f"{_text(names[listing])} ({listing})" if names.get(listing) else listing


def _verdict_text(verdict: str) -> str:
    return {SAME: "the same", DIFFERENT: "different"}.get(verdict, verdict)
