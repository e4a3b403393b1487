"""How a question was understood, and what to ask instead, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ldn_directory.places import Place
from ldn_directory.site.i18n.lazy_text import Km, Phrase, phrase

from .parameters import Query
from .query_parser import Reading
from .reachability import AREAS

Spelling = Sequence[tuple[str, tuple[str, ...]]]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What to ask instead where nothing, or nobody near, was found."""

    kind: str
    """`farther`, `neighbour`, `by_video`, `not_stated`, `spelling`, `old` or `everything`."""
    words: Phrase
    ask: Mapping[str, str]
    """Request parameters."""
    count: int | None = None


def said_of(
    reading: Reading, query: Query, within_km: float | None, spelling: Spelling, *, total: int
) -> tuple[Phrase, ...]:
    """The sentences that stand above the results."""
    return tuple(_said(reading, query, within_km, spelling, total))


def _said(reading: Reading, query: Query, within_km: float | None, spelling: Spelling, total: int) -> Iterator[Phrase]:
    if reading.place:
        yield _where(reading.place, within_km)
    if reading.place and reading.place.located_by in AREAS and query.within:
        yield phrase("A distance has no meaning beside a whole region or country, and is left aside.")
    if reading.unknown_place:
        yield phrase(
            "No place called “%(place)s” is known here, so nothing is left out by distance.",
            place=reading.unknown_place,
        )
    if reading.no_gazetteer:
        yield phrase("Places are not known here yet, so they are looked for as words, without distances.")
    if query.sort == "nearest" and not reading.place:
        yield phrase("To sort by distance, say near which place.")
    if reading.by_video:
        yield phrase("By telehealth.")
    for word, likely in spelling:
        if likely and total:
            shown = ", ".join(likely)
            yield phrase(
                "Nothing is written “%(word)s”; what is spelt nearly so is shown: %(likely)s.", word=word, likely=shown
            )
        else:
            yield phrase("Nothing is written “%(word)s”.", word=word)


def _where(place: Place, within_km: float | None) -> Phrase:
    if within_km:
        return phrase(
            "Near %(place)s, within %(distance)s.", place=place.name, distance=Km(within_km, place.country_code)
        )
    if place.located_by in AREAS:
        return phrase("In %(place)s.", place=place.name)
    return phrase("Near %(place)s.", place=place.name)


def offers_of(
    query: Query, reading: Reading, *, total: int, groups: Mapping[str, int], nearest: Sequence[Row], spelling: Spelling
) -> tuple[Offer, ...]:
    """What to ask instead: farther away, the neighbouring region, by telehealth, spelt otherwise, with less."""
    return (
        *_places(query, reading, nearest),
        *_from_afar(query, reading, groups),
        *_spelt(query, spelling),
        *(_wider(query) if not total else ()),
    )


def _places(query: Query, reading: Reading, nearest: Sequence[Row]) -> Iterator[Offer]:
    if not nearest or not reading.place:
        return
    first = nearest[0]
    kilometres = -(-int(first["distance_km"] + 1) // 10) * 10
    where = ", ".join(part for part in (first["city"], first["region"]) if part)
    if reading.place.located_by not in AREAS:
        away = Km(first["distance_km"], reading.place.country_code)
        words = (
            phrase("The nearest is %(distance)s away, in %(place)s", distance=away, place=where)
            if where
            else phrase("The nearest is %(distance)s away", distance=away)
        )
        yield Offer(kind="farther", words=words, ask=_asking(query) | {"within": str(kilometres)})
    for row in nearest:
        if row["region_code"] and row["region_code"] != reading.place.region_code and row["region"]:
            ask = _without_place(query, reading) | {"near": row["region"]}
            yield Offer(
                kind="neighbour",
                words=phrase("The nearest region with an entry is %(region)s", region=row["region"]),
                ask=ask,
            )
            return


def _from_afar(query: Query, reading: Reading, groups: Mapping[str, int]) -> Iterator[Offer]:
    if not reading.place:
        return
    where = reading.place.name
    if groups.get("by_video") and query.reach != "by_video":
        yield Offer(
            kind="by_video",
            words=phrase("State that they serve it by telehealth or delivery: %(place)s", place=where),
            ask=_asking(query) | {"reach": "by_video"},
            count=groups["by_video"],
        )
    if groups.get("not_stated") and query.reach != "not_stated":
        words = phrase(
            "Offer telehealth without stating where, or are somewhere in the region or country: %(place)s", place=where
        )
        yield Offer(
            kind="not_stated", words=words, ask=_asking(query) | {"reach": "not_stated"}, count=groups["not_stated"]
        )


def _spelt(query: Query, spelling: Spelling) -> Iterator[Offer]:
    for word, likely in spelling:
        for other in likely[:2]:
            ask = _asking(query) | {"q": " ".join(other if one.casefold() == word else one for one in query.q.split())}
            yield Offer(
                kind="spelling", words=phrase("“%(other)s” instead of “%(word)s”", other=other, word=word), ask=ask
            )


def _wider(query: Query) -> Iterator[Offer]:
    if len(query.q.split()) > 1 and not query.any_word:
        yield Offer(kind="any_word", words=phrase("Any one of these words"), ask=_asking(query) | {"words": "any"})
    if query.chosen or query.serves:
        ask = {name: value for name, value in _asking(query).items() if name in ("q", "near", "within")}
        yield Offer(kind="unfiltered", words=phrase("The same without anything chosen beside the results"), ask=ask)
    if not query.old and "confirmed" not in query.chosen:
        words = phrase("With entries that no list has confirmed for half a year")
        yield Offer(kind="old", words=words, ask=_asking(query) | {"old": "yes"})
    yield Offer(kind="telehealth", words=phrase("Everybody who offers telehealth"), ask={"telehealth": "yes"})
    yield Offer(kind="everything", words=phrase("All entries"), ask={})


def _asking(query: Query) -> dict[str, str]:
    return {name: value for name, value in query.parameters().items() if name != "reach"}


def _without_place(query: Query, reading: Reading) -> dict[str, str]:
    ask = {name: value for name, value in _asking(query).items() if name not in ("near", "within", "q")}
    return ask | ({"q": " ".join(reading.words)} if reading.words else {})
