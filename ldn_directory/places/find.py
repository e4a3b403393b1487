"""What a person may mean by a few words: every place that the table knows by them, likeliest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.towns import place_key

from .geometry import distance_km, is_on_earth
from .table import NEAR_KM, Place, PlaceTable, precision_of

MOST_TEXT = 100
MOST_PLACES = 8
METROPOLIS = 1_000_000
"""A town of this size comes before the region of the same name (New York, not the land)."""
CLOSE_ENOUGH = 0.8
"""Least similarity (optimal string alignment) of a name typed with errors."""
LOOSELY, LARGE = 0.7, 100_000
"""... and of the name of a large town if none is as similar: its least similarity, and inhabitants."""
LEAST_FUZZY = 4
"""Shorter names have too many neighbours."""
FIRST_COUNTRIES = ("US", "GB", "CA", "AU", "DE", "IE", "NZ", "AT", "CH", "NL", "NO", "SE", "DK", "FR", "ES", "IT")
"""The order of countries where a postal code exists in several: those of most lists first."""
POINT = re.compile(r"\s*([-+]?\d{1,2}\.\d+)\s*[,; ]\s*([-+]?\d{1,3}\.\d+)\s*")
CODE_WITHIN = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|[A-Z]\d[\dW] ?[A-Z\d]{4}"
    r"|\d{5}-\d{3,4}|\d{3}-\d{4}|\d{4} ?[A-Z]{2}|(?:[A-Z]{1,2}-)?\d{4,6}|\d{3} \d{2})\b",
    re.IGNORECASE,
)


def find_exact(table: PlaceTable, text: str, country_code: str | None = None) -> list[Place]:
    """The places that have exactly this name, likeliest first: as `find_places`, but misspellings find nothing."""
    plain = _plain(text)
    if not plain:
        return []
    places = _postcodes(table, plain, country_code) or list(_places_named(table, plain, country_code))
    return _without_duplicates(places)[:MOST_PLACES]


def find_named(table: PlaceTable, text: str) -> list[Place]:
    """The places whose whole name is `text`: with region and country, as `Place.name` has it."""
    found: dict[Place, None] = {}
    for end in (at for at, character in enumerate(text) if character == ","):
        head = text[:end]
        towns = (town for town in table.towns_named(place_key(head)) if town.name == head)
        found |= dict.fromkeys(map(table.town_place, towns))
        if any(map(str.isdigit, head)):
            found |= dict.fromkeys(
                filter(None, (table.postcode(head, land) for land in table.postcode_countries(head)))
            )
        if land := country(text[end + 1 :].strip()):
            found |= dict.fromkeys(filter(None, [table.region(code) for code in _region_codes(head, land.code)]))
    return [place for place in found if place.name == text]


def find_places(table: PlaceTable, text: str, country_code: str | None = None) -> list[Place]:
    """The places that `text` may mean, likeliest first, at most eight; none if it means nothing."""
    plain = _plain(text)
    if not plain:
        return []
    places = _point(plain) or _postcodes(table, plain, country_code)
    places = places or list(_places_named(table, plain, country_code)) or _misspelt(table, plain, country_code)
    return _without_duplicates(places)[:MOST_PLACES]


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" ,.;")[:MOST_TEXT]


def _point(text: str) -> list[Place]:
    typed = POINT.fullmatch(text)
    if not typed:
        return []
    point = float(typed[1]), float(typed[2])
    if not is_on_earth(point):
        return []
    name = f"{typed[1]}, {typed[2]}"
    return [
        Place(latitude=point[0], longitude=point[1], precision_km=precision_of(point), located_by="point", name=name)
    ]


def _postcodes(table: PlaceTable, text: str, country_code: str | None) -> list[Place]:
    """A postal code, alone or beside a town, region or country that says which of several it is."""
    if not any(character.isdigit() for character in text):
        return []
    within = None if re.fullmatch(r"[A-Z\d -]{2,9}", text, re.IGNORECASE) else CODE_WITHIN.search(text)
    codes = [(text, "")]
    if whole := CODE_WITHIN.search(text):
        within = within or whole
    if within:
        codes.append((within[0], " ".join((text[: within.start()] + " " + text[within.end() :]).split()).strip(" ,")))
    for code, rest in codes:
        countries = [country_code] if country_code else table.postcode_countries(code)
        places = [place for found in countries if (place := table.postcode(code, found))]
        if places:
            return _filter_places(table, sorted(places, key=_country_order), rest, strictly=bool(country_code))
    return []


def _country_order(place: Place) -> tuple[int, str]:
    code = place.country_code or ""
    return (FIRST_COUNTRIES.index(code) if code in FIRST_COUNTRIES else len(FIRST_COUNTRIES), code)


def _filter_places(table: PlaceTable, places: list[Place], rest: str, *, strictly: bool) -> list[Place]:
    """The places that fit the words beside the code; all if none fits, unless `strictly`."""
    if not rest:
        return places
    named = list(_places_named(table, rest, None))
    fitting = [place for place in places if any(_agree(place, other) for other in named)]
    return fitting if named and strictly else fitting or places


def _agree(place: Place, other: Place) -> bool:
    if place.country_code != other.country_code:
        return False
    if other.located_by == "country":
        return True
    if other.located_by == "region":
        return place.region_code == other.region_code
    return distance_km(place.point, other.point) <= NEAR_KM


def _places_named(table: PlaceTable, text: str, country_code: str | None) -> Iterator[Place]:
    """Places for a text without a code: `town, region, country` first, then the whole text as one name."""
    yield from _with_tail(table, text, country_code)
    yield from _one_name(table, text, country_code)


def _with_tail(table: PlaceTable, text: str, country_code: str | None) -> Iterator[Place]:
    later: list[Place] = []
    for head, tail in _divisions(text):
        for region_code in _region_codes(tail, country_code):
            yield from _towns(table, head, region_code[:2], region_code)
        land = country(tail.upper() if len(tail) <= 3 else tail)
        if land and country_code in (None, land.code):
            if found := region(head, land.code) or region(head.upper(), land.code):
                later += filter(None, [table.region(found.code)])
            # A country after a town and region: `Portland, OR, USA`.
            yield from _with_tail(table, head, land.code)
            later += _towns(table, head, land.code, None)
    yield from later


def _divisions(text: str) -> Iterator[tuple[str, str]]:
    """The text as (what, where): at its last comma, else before its last one, two or three words."""
    if "," in text:
        head, _, tail = text.rpartition(",")
        yield head.strip(" ,"), tail.strip()
        return
    words = text.split()
    for count in range(1, min(3, len(words) - 1) + 1):
        yield " ".join(words[:-count]), " ".join(words[-count:])


def _region_codes(text: str, country_code: str | None) -> list[str]:
    name = text.upper() if len(text) <= 3 else text
    countries = (country_code,) if country_code else (None, "AU", "GB", "DE")
    found = (region(name, code) for code in countries)
    return list(dict.fromkeys(known.code for known in found if known))


def _one_name(table: PlaceTable, text: str, country_code: str | None) -> Iterator[Place]:
    """The whole text as a metropolis, a region, a country, a town, in this order."""
    towns = list(_towns(table, text, country_code, None))
    key = place_key(text)
    metropolises = {town.point for town in table.towns_named(key) if town.weight >= METROPOLIS}
    regions = [place for code in _region_codes(text, country_code) if (place := table.region(code))]
    land = country(text.upper() if len(text) <= 3 else text)
    yield from (town for town in towns if town.point in metropolises)
    yield from regions
    if land and country_code in (None, land.code):
        yield from filter(None, [table.country(land.code)])
    yield from towns


def _towns(table: PlaceTable, name: str, country_code: str | None, region_code: str | None) -> Iterator[Place]:
    if region_code and table.region(region_code) is None:
        region_code = None
    for town in table.towns_in(table.towns_named(place_key(name)), country_code, region_code)[:MOST_PLACES]:
        yield table.town_place(town)


def _misspelt(table: PlaceTable, text: str, country_code: str | None) -> list[Place]:
    """Towns and regions whose names are nearly what was typed, the most alike and then the largest first."""
    where: list[tuple[str, str | None, str | None]] = [(text, country_code, None)]
    for head, tail in _divisions(text):
        where += [(head, code[:2], code) for code in _region_codes(tail, country_code)]
        if land := country(tail.upper() if len(tail) <= 3 else tail):
            where.append((head, land.code, None))
    scored = _scored(table, where, CLOSE_ENOUGH) or [one for one in _scored(table, where, LOOSELY) if one[1] >= LARGE]
    scored.sort(key=lambda item: (-round(item[0], 2), -item[1]))
    # Only those spelt most alike are compared by size.
    return [
        place if round(score, 2) == round(scored[0][0], 2) else replace(place, people=0.0) for score, _, place in scored
    ]


def _scored(
    table: PlaceTable, where: list[tuple[str, str | None, str | None]], least: float
) -> list[tuple[float, int, Place]]:
    """(similarity, inhabitants, place) for the (name, country, region) that a text may mean."""
    scored: list[tuple[float, int, Place]] = []
    for name, land_code, region_code in where:
        key = place_key(name)
        if len(key) < LEAST_FUZZY:
            continue
        for known, score, _ in process.extract(
            key, _names_like(table, key), scorer=OSA.normalized_similarity, score_cutoff=least, limit=40
        ):
            for town in table.towns_in(table.towns_named(known), land_code, region_code):
                scored.append((score, int(town.weight), table.town_place(town)))
        if region_code is None:
            scored += _regions_like(table, name, land_code)
    return scored


def _names_like(table: PlaceTable, key: str) -> list[str]:
    """Names that begin with the same letter, or with the second one where the first two were swapped."""
    names: list[str] = []
    for letter in dict.fromkeys(key[:2]):
        rows = table.db.execute(
            "SELECT DISTINCT key FROM names WHERE key >= ? AND key < ? AND length(key) BETWEEN ? AND ?",
            (letter, chr(ord(letter) + 1), len(key) - 2, len(key) + 2),
        )
        names += [row[0] for row in rows]
    return names


def _regions_like(table: PlaceTable, name: str, country_code: str | None) -> Iterator[tuple[float, int, Place]]:
    rows = table.db.execute("SELECT code, name FROM regions WHERE country_code = ? OR ? IS NULL", (country_code,) * 2)
    key = place_key(name)
    for code, region_name in rows:
        score = OSA.normalized_similarity(key, place_key(region_name), score_cutoff=CLOSE_ENOUGH)
        place = table.region(code)
        if score and place:
            # Counted as a large town, so that it stands before villages that are spelt as nearly so.
            yield score, METROPOLIS, place


def _without_duplicates(places: list[Place]) -> list[Place]:
    """The places without those that repeat an earlier one: the same kind of place, nearby."""
    kept: list[Place] = []
    for place in places:
        if not any(
            place.located_by == other.located_by
            and place.country_code == other.country_code
            and distance_km(place.point, other.point) < NEAR_KM
            for other in kept
        ):
            kept.append(place)
    return kept
