"""Sentences about how a query was understood, and what to search for instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ldn_directory.places import Place
from ldn_directory.site.i18n.lazy_text import Area, Km, Phrase, phrase, phrases

from .intent import intent_sentences
from .parameters import Query
from .parsed_query import ParsedQuery
from .place_choice import called
from .reachability import AREAS

Spelling = Sequence[tuple[str, tuple[str, ...]]]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another search to try if nothing, or nobody near, was found."""

    kind: str
    """`farther`, `by_video`, `pharmacy`, `spelling`, `any_word`, `unfiltered`, `old` or `everything`."""
    text: Phrase
    parameters: Mapping[str, str]
    """Request parameters."""
    count: int | None = None


def explain(parsed: ParsedQuery, query: Query, within_km: float | None, *, total: int) -> Iterator[Phrase]:
    """The sentences above the results."""
    if parsed.place:
        yield _where(parsed.place, within_km)
    if parsed.place and parsed.place.located_by in AREAS and query.within:
        yield phrase("We searched the whole area, so the distance was not used.")
    if parsed.unknown_place:
        yield phrase(
            "We don’t know a place called “%(place)s”, so you see results from everywhere.", place=parsed.unknown_place
        )
    if parsed.no_gazetteer:
        yield phrase("Places are not known here yet, so we searched for them as words.")
    if query.sort == "nearest" and not parsed.place:
        yield phrase("To sort by distance, say near which place.")
    yield from intent_sentences(parsed, total)


def _where(place: Place, within_km: float | None) -> Phrase:
    if within_km:
        return phrase(
            "Near %(place)s, within %(distance)s.", place=called(place), distance=Km(within_km, place.country_code)
        )
    if place.located_by in AREAS:
        return phrase("In %(place)s.", place=called(place))
    return phrase("Near %(place)s.", place=called(place))


def headline(parsed: ParsedQuery, query: Query, counts: Mapping[str, int], total: int) -> Phrase:
    """What was found, in a few words. `counts` are those of the groups."""
    place = parsed.place
    if not total:
        return phrase("Nobody found")
    if place is None:
        if not query.q:
            return phrases("%(num)s entry", "%(num)s entries", total)
        return phrases("%(num)s entry for “%(words)s”", "%(num)s entries for “%(words)s”", total, words=query.q)
    near, name = counts["near"], place_called(place)
    is_area = place.located_by in AREAS
    if not near:
        if is_area:
            return phrase("Nobody known in %(place)s, %(total)s elsewhere", place=name, total=total)
        return phrase("Nobody known near %(place)s, %(total)s elsewhere", place=name, total=total)
    if near == total:
        if is_area:
            return phrase("%(near)s in %(place)s", near=near, place=name)
        return phrase("%(near)s near %(place)s", near=near, place=name)
    if is_area:
        return phrase("%(near)s in %(place)s, %(total)s in all", near=near, place=name, total=total)
    return phrase("%(near)s near %(place)s, %(total)s in all", near=near, place=name, total=total)


def guesses_heading(parsed: ParsedQuery) -> Phrase:
    """What stands above names that are only like those typed."""
    if not parsed.guessed:
        return phrase("Similar names:")
    return phrase("No exact match for “%(words)s”. Similar names:", words=" ".join(parsed.guessed))


def group_heading(
    group: str, parsed: ParsedQuery, query: Query, counts: Mapping[str, int], within_km: float | None
) -> tuple[Phrase, Phrase | None]:
    """(what a group of the list is, with its count; why it is there, where that needs saying)."""
    place, count = parsed.place, counts[group]
    assert place is not None
    is_area = place.located_by in AREAS
    area = Area(place.region_code or place.country_code or "")
    match group:
        case "near" if is_area:
            return phrase("In %(place)s: %(count)s", place=area, count=count), None
        case "near":
            away = Km(within_km or 0.0, place.country_code)
            name = place_called(place)
            return phrase("Within %(distance)s of %(place)s: %(count)s", distance=away, place=name, count=count), None
        case "in_region":
            return phrase("In %(place)s, exact place not given: %(count)s", place=area, count=count), None
        case "by_video":
            return _by_video(place, area, count, only_delivery=query.filters.get("kind") == "pharmacy")
        case "in_country":
            land = Area(place.country_code or "")
            by_video = phrase("They offer video visits. Ask if they can see you.") if _is_video_kept(parsed) else None
            if is_area or query.sort not in ("best", "nearest"):
                return phrase("Elsewhere in %(place)s: %(count)s", place=land, count=count), by_video
            return phrase("Elsewhere in %(place)s: %(count)s, nearest first", place=land, count=count), by_video
    return (
        phrase("Place not known: %(count)s", count=count),
        phrase("We don’t know where they are. Ask if they can help you."),
    )


def _is_video_kept(parsed: ParsedQuery) -> bool:
    """Whether video visits were asked for, and only those who offer them are shown."""
    return parsed.by_video and "way" not in parsed.relaxed


def _by_video(place: Place, area: Area, count: int, *, only_delivery: bool) -> tuple[Phrase, Phrase]:
    heading = (
        phrase("Delivery to %(place)s: %(count)s", place=area, count=count)
        if only_delivery
        else phrase("Video visits and delivery to %(place)s: %(count)s", place=area, count=count)
    )
    if place.located_by == "country":
        return heading, phrase("They say they serve all or part of it.")
    return heading, phrase("They say they serve %(place)s.", place=area)


def place_called(place: Place) -> Area | Phrase | str:
    """What people call a place: a region or country in their language, a town without its region."""
    if place.located_by in AREAS:
        return Area(place.region_code or place.country_code or "")
    return called(place) if place.located_by == "point" else place.town


def find_alternatives(
    query: Query,
    parsed: ParsedQuery,
    *,
    total: int,
    videos: int,
    pharmacies: int,
    nearest: Row | None,
    spelling: Spelling,
) -> tuple[Alternative, ...]:
    """Other searches: with another spelling or fewer filters, farther away, by video, for a pharmacy.

    `videos` and `pharmacies` are how many in the list of the place alone offer telehealth or are pharmacies.
    """
    return (
        *_with_other_spelling(query, spelling),
        *(_broader(query) if not total else ()),
        *_farther(query, parsed, nearest),
        *_other_ways(query, parsed, videos, pharmacies),
    )


def _other_ways(query: Query, parsed: ParsedQuery, videos: int, pharmacies: int) -> Iterator[Alternative]:
    where = {"near": query.near or parsed.place.name} if parsed.place else {}
    if query.filters.get("telehealth") != "yes" and not parsed.by_video:
        yield Alternative(
            kind="by_video",
            text=phrase("See who offers video visits"),
            parameters=(where if videos else {}) | {"telehealth": "yes"},
            count=videos or None,
        )
    if query.filters.get("kind") != "pharmacy":
        yield Alternative(
            kind="pharmacy",
            text=phrase("Ask a pharmacy that makes LDN"),
            parameters=(where if pharmacies else {}) | {"kind": "pharmacy"},
            count=pharmacies or None,
        )


def _farther(query: Query, parsed: ParsedQuery, nearest: Row | None) -> Iterator[Alternative]:
    if nearest is None or parsed.place is None:
        return
    away = Km(nearest["distance_km"], parsed.place.country_code)
    where = ", ".join(part for part in (nearest["city"], nearest["region"]) if part)
    words = (
        phrase("The nearest is %(distance)s away, in %(place)s", distance=away, place=where)
        if where
        else phrase("The nearest is %(distance)s away", distance=away)
    )
    kilometres = -(-int(nearest["distance_km"] + 1) // 10) * 10
    yield Alternative(kind="farther", text=words, parameters=_parameters_of(query) | {"within": str(kilometres)})


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
        yield Alternative(kind="unfiltered", text=phrase("Clear filters"), parameters=parameters)
    if not query.old and "confirmed" not in query.filters:
        words = phrase("Include entries not confirmed for 6 months")
        yield Alternative(kind="old", text=words, parameters=_parameters_of(query) | {"old": "yes"})
    yield Alternative(kind="everything", text=phrase("See all entries"), parameters={})


def _parameters_of(query: Query) -> dict[str, str]:
    return {name: value for name, value in query.parameters().items() if name != "reach"}
