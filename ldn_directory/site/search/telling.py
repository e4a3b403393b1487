"""How a question was understood, and what to ask instead, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .asking import Query
from .reaching import AREAS
from .recognising import Reading

Spelling = Sequence[tuple[str, tuple[str, ...]]]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What to ask instead where nothing, or nobody near, was found."""

    kind: str
    """`farther`, `neighbour`, `by_video`, `not_stated`, `spelling`, `old` or `everything`."""
    words: str
    ask: Mapping[str, str]
    """Request parameters."""
    count: int | None = None


def said_of(
    reading: Reading, query: Query, within_km: float | None, spelling: Spelling, *, total: int
) -> tuple[str, ...]:
    """The sentences that stand above the results."""
    return tuple(_said(reading, query, within_km, spelling, total))


def _said(
    reading: Reading, query: Query, within_km: float | None, spelling: Spelling, total: int
) -> Iterator[str]:
    if reading.place:
        yield f"{'In' if reading.place.located_by in AREAS else 'Near'} {reading.place.name}{_distance(within_km)}."
    if reading.place and reading.place.located_by in AREAS and query.within:
        yield "A distance has no meaning beside a whole region or country, and is left aside."
    if reading.unknown_place:
        yield f"No place called “{reading.unknown_place}” is known here, so nothing is left out by distance."
    if reading.no_gazetteer:
        yield "Places are not known here yet, so they are looked for as words, without distances."
    if query.sort == "nearest" and not reading.place:
        yield "To sort by distance, say near which place."
    if reading.by_video:
        yield "By telehealth."
    for word, likely in spelling:
        alike = f"; what is spelt nearly so is shown: {', '.join(likely)}" if likely and total else ""
        yield f"Nothing is written “{word}”{alike}."


def _distance(within_km: float | None) -> str:
    return f", within {within_km:g} km" if within_km else ""


def offers_of(
    query: Query, reading: Reading, *, total: int, groups: Mapping[str, int], nearest: Sequence[Row], spelling: Spelling
) -> tuple[Offer, ...]:
    """What to ask instead: farther away, the neighbouring region, by telehealth, spelt otherwise, with less."""
    return (
        *_places(query, reading, nearest), *_from_afar(query, reading, groups), *_spelt(query, spelling),
        *(_wider(query) if not total else ()),
    )  # fmt: skip


def _places(query: Query, reading: Reading, nearest: Sequence[Row]) -> Iterator[Offer]:
    if not nearest or not reading.place:
        return
    first = nearest[0]
    kilometres = -(-int(first["distance_km"] + 1) // 10) * 10
    where = ", ".join(part for part in (first["city"], first["region"]) if part)
    if reading.place.located_by not in AREAS:
        words = f"The nearest is {first['distance_km']:.0f} km away{', in ' * bool(where)}{where}"
        yield Offer(kind="farther", words=words, ask=_asking(query) | {"within": str(kilometres)})
    for row in nearest:
        if row["region_code"] and row["region_code"] != reading.place.region_code and row["region"]:
            ask = _without_place(query, reading) | {"near": row["region"]}
            yield Offer(kind="neighbour", words=f"The nearest region with an entry is {row['region']}", ask=ask)
            return


def _from_afar(query: Query, reading: Reading, groups: Mapping[str, int]) -> Iterator[Offer]:
    if not reading.place:
        return
    where = reading.place.name
    if groups.get("by_video") and query.reach != "by_video":
        yield Offer(kind="by_video", words=f"State that they serve it by telehealth or delivery: {where}",
                    ask=_asking(query) | {"reach": "by_video"}, count=groups["by_video"])  # fmt: skip
    if groups.get("not_stated") and query.reach != "not_stated":
        yield Offer(kind="not_stated", words=f"Offer telehealth without stating where, or are somewhere in the region or country: {where}",
                    ask=_asking(query) | {"reach": "not_stated"}, count=groups["not_stated"])  # fmt: skip


def _spelt(query: Query, spelling: Spelling) -> Iterator[Offer]:
    for word, likely in spelling:
        for other in likely[:2]:
            ask = _asking(query) | {"q": " ".join(other if one.casefold() == word else one for one in query.q.split())}
            yield Offer(kind="spelling", words=f"“{other}” instead of “{word}”", ask=ask)


def _wider(query: Query) -> Iterator[Offer]:
    if len(query.q.split()) > 1 and not query.any_word:
        yield Offer(kind="any_word", words="Any one of these words", ask=_asking(query) | {"words": "any"})
    if query.chosen or query.serves:
        ask = {name: value for name, value in _asking(query).items() if name in ("q", "near", "within")}
        yield Offer(kind="unfiltered", words="The same without anything chosen beside the results", ask=ask)
    if not query.old and "confirmed" not in query.chosen:
        yield Offer(kind="old", words="With entries that no list has confirmed for half a year", ask=_asking(query) | {"old": "yes"})
    yield Offer(kind="telehealth", words="Everybody who offers telehealth", ask={"telehealth": "yes"})
    yield Offer(kind="everything", words="All entries", ask={})


def _asking(query: Query) -> dict[str, str]:
    return {name: value for name, value in query.parameters().items() if name != "reach"}


def _without_place(query: Query, reading: Reading) -> dict[str, str]:
    ask = {name: value for name, value in _asking(query).items() if name not in ("near", "within", "q")}
    return ask | ({"q": " ".join(reading.words)} if reading.words else {})
