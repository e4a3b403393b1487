"""Where a listing is, and what a person's words mean: never finer than what is stated, and no guess between two."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from ldn_directory.normalize.towns import place_key

from .find import find_exact, find_named, find_places
from .geometry import distance_km, is_on_earth
from .table import NEAR_KM, Place, PlaceTable, precision_of


class AddressFields(Protocol):
    """What of a listing says where it is."""

    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...
    @property
    def postcode(self) -> str | None: ...
    @property
    def city(self) -> str | None: ...
    @property
    def region_code(self) -> str | None: ...
    @property
    def country_code(self) -> str | None: ...


class Gazetteer(PlaceTable):
    """A table of places that locates listings and finds what people type."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__(db)
        self._found = lru_cache(maxsize=2_000)(lambda text, code: tuple(find_places(self, text, code)))
        self._found_exactly = lru_cache(maxsize=2_000)(lambda text, code: tuple(find_exact(self, text, code)))
        self._found_named = lru_cache(maxsize=8_000)(lambda name: tuple(find_named(self, name)))

    def clear_cache(self) -> None:
        """Forgets which texts were looked up."""
        self.towns_named.cache_clear()
        for found in (self._found, self._found_exactly, self._found_named):
            found.cache_clear()

    def find(self, text: str, country_code: str | None = None) -> list[Place]:
        """The places that `text` may mean, likeliest first: a postal code, town, region, country or point."""
        return list(self._found(text, country_code))

    def find_exact(self, text: str, country_code: str | None = None) -> list[Place]:
        """The places whose name is exactly `text`, likeliest first; misspellings find nothing."""
        return list(self._found_exactly(text, country_code))

    def find_named(self, name: str) -> list[Place]:
        """The places that have this as their whole name (`Paris, Texas, United States`), the largest first."""
        return list(self._found_named(name))

    def locate(self, listing: AddressFields) -> Place | None:
        """Where the listing is: by its own point, postal code, city or region; None if these leave it open."""
        region_code = listing.region_code
        country_code = listing.country_code or (region_code[:2] if region_code else None)
        return (
            self._own_point(listing, region_code, country_code)
            or self._by_postcode(listing, region_code, country_code)
            or self._by_city(listing, region_code, country_code)
            or self.region(region_code)
        )

    def _own_point(self, listing: AddressFields, region_code: str | None, country_code: str | None) -> Place | None:
        """The list's own point, unless it contradicts what the listing states."""
        if listing.latitude is None or listing.longitude is None:
            return None
        point = listing.latitude, listing.longitude
        if not is_on_earth(point) or not self.is_inside(point, country_code, region_code):
            return None
        return Place(
            latitude=point[0],
            longitude=point[1],
            precision_km=precision_of(point),
            located_by="source",
            region_code=region_code,
            country_code=country_code,
        )

    def _by_postcode(self, listing: AddressFields, region_code: str | None, country_code: str | None) -> Place | None:
        if not listing.postcode:
            return None
        if country_code is None:
            return self._by_postcode_and_city(listing.postcode, listing.city)
        found = self.postcode(listing.postcode, country_code)
        if found is None or (self.region(region_code) and found.region_code not in (None, region_code)):
            return None
        return replace(found, region_code=region_code or found.region_code)

    def _by_postcode_and_city(self, code: str, city: str | None) -> Place | None:
        """Without a country a code means something only if one country has both it and, near it, the city."""
        if not city:
            return None
        agreeing = []
        for country_code in self.postcode_countries(code):
            found = self.postcode(code, country_code)
            towns = self.towns_in(self.towns_named(place_key(city)), country_code, None)
            if found and any(distance_km(found.point, town.point) <= NEAR_KM for town in towns):
                agreeing.append(found)
        return agreeing[0] if len(agreeing) == 1 else None

    def _by_city(self, listing: AddressFields, region_code: str | None, country_code: str | None) -> Place | None:
        if not listing.city or country_code is None:
            return None
        return self.town(listing.city, country_code, region_code)
