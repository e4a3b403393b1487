"""What every format is made from: an entry as it is shown, and a page of search results; with what is certain of them."""

from __future__ import annotations

import re
import tomllib
import uuid
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from babel import Locale

from ldn_directory.normalize.names import looks_like_organisation
from ldn_directory.site.i18n.labels import mail_link, phone_link, web_link
from ldn_directory.site.i18n.locale import ENGLISH, Reader
from ldn_directory.site.queries.provider import Entry
from ldn_directory.site.search import Query, Results

from .name_parts import Parts, parts_of

Row = dict[str, Any]
EXACT_KM = 1.0
"""A point that is farther off than this is no place to put a pin: it is given with how far off it may be, or not at all."""
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_LANGUAGES_NAMED_IN = ("en", "de", "es", "fr", "nl", "nb", "sv", "da", "it", "pt")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Degrees, and how far off it may be; None where a list states the point itself."""

    latitude: float
    longitude: float
    precision_km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language as a list names it, with its BCP 47 tag if that is certain."""

    name: str
    tag: str | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One entry at the public address of the site; in a search with its distance and how it can be reached."""

    entry: Entry
    base: str
    """Scheme and host, such as `https://directory.example`."""
    reader: Reader = ENGLISH
    """Whoever will read what is said in sentences."""
    distance_km: float | None = None
    reach: str | None = None

    @property
    def provider(self) -> Row:
        """The row of `providers`."""
        return self.entry.provider

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.base}/provider/{self.provider['id']}"

    def id_of(self, part: str) -> uuid.UUID:
        """The lasting id of a part of it: a UUID from its address (RFC 9562, version 5)."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.url}#{part}")

    def shared_id(self, address: str) -> uuid.UUID:
        """The same of what entries share, such as a region."""
        return uuid.uuid5(uuid.NAMESPACE_URL, self.base + address)

    @cached_property
    def is_person(self) -> bool:
        """Whether a person is named: a list says so in as many words, and nothing looks like an organisation."""
        row = self.provider
        kinds = ("prescriber",) if not row["credentials"] else ("prescriber", "telehealth")
        named = any(claim["field"] == "name" and claim["shown"] for claim in self.entry.claims)
        is_one = (
            row["kind"] in kinds
            and row["name"] != row["practice"]
            and (row["credentials"] or " " in row["name"].strip())
        )
        return bool(named and is_one and not looks_like_organisation(row["name"]))

    @cached_property
    def parts(self) -> Parts | None:
        """The parts of the person's name; None of an organisation, or where they are not certain."""
        return parts_of(self.provider["name"], self.provider["country_code"]) if self.is_person else None

    @property
    def credentials(self) -> tuple[str, ...]:
        """Each credential."""
        return tuple(text for text in (self.provider["credentials"] or "").split(", ") if text.strip())

    @property
    def is_physician(self) -> bool:
        """Whether a credential says that the person is a physician."""
        return self.is_person and any(
            re.sub(r"[\s.-]", "", text).upper() in terms()["physicians"] for text in self.credentials
        )

    @property
    def languages(self) -> tuple[Language, ...]:
        """Languages spoken, as stated."""
        names = (text.strip() for text in (self.provider["languages"] or "").split(","))
        return tuple(Language(name=name, tag=language_tags().get(name.casefold())) for name in names if name)

    @property
    def phone(self) -> str | None:
        """In E.164, if it is a number that can be called."""
        return self.provider["phone"] if phone_link(self.provider["phone"]) else None

    @property
    def phone_text(self) -> str | None:
        """The number as text, where it is none that a program could call."""
        text = (self.provider["phone_written"] or self.provider["phone"] or "").strip()
        return text if text and not self.phone else None

    @property
    def email(self) -> str | None:
        """If it is an address that a letter could be sent to."""
        return self.provider["email"] if mail_link(self.provider["email"]) else None

    @property
    def website(self) -> str | None:
        """If it is plain http or https."""
        return web_link(self.provider["website"])

    @property
    def registrations(self) -> tuple[Row, ...]:
        """Entries of official registers that are certainly the provider's, with a number."""
        return tuple(
            row for row in self.entry.verifications if row["number"] and row["state"] in ("active", "inactive")
        )

    def source_of(self, claim: Row) -> Row:
        """The list that a listing or claim is of."""
        return self.entry.sources.get(
            claim["source"], {"id": claim["source"], "title": claim["source"], "homepage": None}
        )


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """One page of results at the public address of the site."""

    base: str
    query: Query
    results: Results
    shown: tuple[Shown, ...] = ()
    """The entries of the rows, in their order; only for formats that say more than the rows."""

    def address(self, extension: str) -> str:
        """Where this page is."""
        place = {"page": str(self.results.page)} if self.results.page > 1 else {}
        asked = self.query.parameters() | place
        return f"/search.{extension}" + (f"?{urlencode(asked)}" if asked else "")

    def next_address(self, extension: str) -> str | None:
        """Where the next page is; None after the last one."""
        if self.results.cursor is None:
            return None
        return f"/search.{extension}?" + urlencode(self.query.parameters() | {"cursor": self.results.cursor})


def point_of(place: Row) -> Point | None:
    """Where a place is, if it is known."""
    if place["latitude"] is None or place["longitude"] is None:
        return None
    precision = None if place["located_by"] == "source" else place["precision_km"]
    return Point(latitude=place["latitude"], longitude=place["longitude"], precision_km=precision)


def is_exact(point: Point) -> bool:
    """Whether the point may be given without saying how far off it is."""
    return point.precision_km is None or point.precision_km <= EXACT_KM


def address_text(place: Row) -> str | None:
    """The address on one line: as written, or its parts."""
    parts = (place[part] for part in ("street", "city", "region", "postcode", "country"))
    return place["address"] or ", ".join(part for part in parts if part) or None


def plain(text: str) -> str:
    """A text without characters that only control a machine; tabs and line breaks stay, "next line" is one."""
    return text if text.isprintable() else _CONTROL.sub("", text.replace("\x85", "\n"))


@cache
def terms() -> dict[str, Any]:
    """The tables of `terms.toml`."""
    return tomllib.loads(files(__package__).joinpath("terms.toml").read_text("utf-8"))


@cache
def language_tags() -> dict[str, str]:
    """Names of languages, in English, some other languages and their own, folded -> BCP 47 tags; no name that means two."""
    found: dict[str, set[str]] = {}
    for named_in in _LANGUAGES_NAMED_IN:
        for tag, name in Locale.parse(named_in).languages.items():
            if len(tag) <= 3:
                found.setdefault(name.casefold(), set()).add(tag)
    return {name: tag for name, tags in found.items() if len(tags) == 1 for tag in tags}
