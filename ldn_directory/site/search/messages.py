"""Sentences about how a query was understood, and what to search for instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ldn_directory.places import Place
from ldn_directory.site.i18n.lazy_text import Km, Phrase, phrase

from .parameters import Query
from .place_choice import called
from .query_parser import ParsedQuery
from .reachability import AREAS

Spelling = Sequence[tuple[str, tuple[str, ...]]]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another search to try if nothing, or nobody near, was found."""

    kind: str
    """`farther`, `neighbour`, `by_video`, `not_stated`, `spelling`, `old` or `everything`."""
    text: Phrase
    parameters: Mapping[str, str]
    """Request parameters."""
    count: int | None = None


def explain(
    parsed: ParsedQuery, query: Query, within_km: float | None, spelling: Spelling, *, total: int
) -> Iterator[Phrase]:
    """The sentences above the results."""
    if parsed.place:
        yield _where(parsed.place, within_km)
    if parsed.place and parsed.place.located_by in AREAS and query.within:
        yield phrase("A distance has no meaning beside a whole region or country, and is left aside.")
    if parsed.unknown_place:
        yield phrase(
            "No place called “%(place)s” is known here, so nothing is left out by distance.", place=parsed.unknown_place
        )
    if parsed.no_gazetteer:
        yield phrase("Places are not known here yet, so they are looked for as words, without distances.")
    if query.sort == "nearest" and not parsed.place:
        yield phrase("To sort by distance, say near which place.")
    if parsed.by_video:
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
            "Near %(place)s, within %(distance)s.", place=called(place), distance=Km(within_km, place.country_code)
        )
    if place.located_by in AREAS:
        return phrase("In %(place)s.", place=called(place))
    return phrase("Near %(place)s.", place=called(place))


def find_alternatives(
    query: Query,
    parsed: ParsedQuery,
    *,
    total: int,
    groups: Mapping[str, int],
    nearest: Sequence[Row],
    spelling: Spelling,
) -> tuple[Alternative, ...]:
    """Other searches: farther away, in another region, by telehealth, with another spelling, with fewer filters."""
    return (
        *_places(query, parsed, nearest),
        *_by_telehealth(query, parsed, groups),
        *_with_other_spelling(query, spelling),
        *(_broader(query) if not total else ()),
    )


def _places(query: Query, parsed: ParsedQuery, nearest: Sequence[Row]) -> Iterator[Alternative]:
    if not nearest or not parsed.place:
        return
    first = nearest[0]
    kilometres = -(-int(first["distance_km"] + 1) // 10) * 10
    where = ", ".join(part for part in (first["city"], first["region"]) if part)
    if parsed.place.located_by not in AREAS:
        away = Km(first["distance_km"], parsed.place.country_code)
        words = (
            phrase("The nearest is %(distance)s away, in %(place)s", distance=away, place=where)
            if where
            else phrase("The nearest is %(distance)s away", distance=away)
        )
        yield Alternative(kind="farther", text=words, parameters=_parameters_of(query) | {"within": str(kilometres)})
    for row in nearest:
        if row["region_code"] and row["region_code"] != parsed.place.region_code and row["region"]:
            parameters = _without_place(query, parsed) | {"near": row["region"]}
            yield Alternative(
                kind="neighbour",
                text=phrase("The nearest region with an entry is %(region)s", region=row["region"]),
                parameters=parameters,
            )
            return


def _by_telehealth(query: Query, parsed: ParsedQuery, groups: Mapping[str, int]) -> Iterator[Alternative]:
    if not parsed.place:
        return
    where = parsed.place.name
    if groups.get("by_video") and query.reach != "by_video":
        yield Alternative(
            kind="by_video",
            text=phrase("State that they serve it by telehealth or delivery: %(place)s", place=where),
            parameters=_parameters_of(query) | {"reach": "by_video"},
            count=groups["by_video"],
        )
    if groups.get("not_stated") and query.reach != "not_stated":
        words = phrase(
            "Offer telehealth without stating where, or are somewhere in the region or country: %(place)s", place=where
        )
        yield Alternative(
            kind="not_stated",
            text=words,
            parameters=_parameters_of(query) | {"reach": "not_stated"},
            count=groups["not_stated"],
        )


def _with_other_spelling(query: Query, spelling: Spelling) -> Iterator[Alternative]:
    for word, likely in spelling:
        for other in likely[:2]:
            parameters = _parameters_of(query) | {
                "q": " ".join(other if one.casefold() == word else one for one in query.q.split())
            }
            yield Alternative(
                kind="spelling",
                text=phrase("“%(other)s” instead of “%(word)s”", other=other, word=word),
                parameters=parameters,
            )


def _broader(query: Query) -> Iterator[Alternative]:
    if len(query.q.split()) > 1 and not query.any_word:
        yield Alternative(
            kind="any_word", text=phrase("Any one of these words"), parameters=_parameters_of(query) | {"words": "any"}
        )
    if query.filters or query.serves:
        parameters = {name: value for name, value in _parameters_of(query).items() if name in ("q", "near", "within")}
        yield Alternative(
            kind="unfiltered", text=phrase("The same without anything chosen beside the results"), parameters=parameters
        )
    if not query.old and "confirmed" not in query.filters:
        words = phrase("With entries that no list has confirmed for half a year")
        yield Alternative(kind="old", text=words, parameters=_parameters_of(query) | {"old": "yes"})
    yield Alternative(
        kind="telehealth", text=phrase("Everybody who offers telehealth"), parameters={"telehealth": "yes"}
    )
    yield Alternative(kind="everything", text=phrase("All entries"), parameters={})


def _parameters_of(query: Query) -> dict[str, str]:
    return {name: value for name, value in query.parameters().items() if name != "reach"}


def _without_place(query: Query, parsed: ParsedQuery) -> dict[str, str]:
    parameters = {name: value for name, value in _parameters_of(query).items() if name not in ("near", "within", "q")}
    return parameters | ({"q": " ".join(parsed.words)} if parsed.words else {})
