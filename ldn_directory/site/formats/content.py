"""What every format is made from: a view of an entry, and a page of search results."""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from babel import Locale

from ldn_directory.model import Evidence, Grade
from ldn_directory.normalize.names import looks_like_organisation
from ldn_directory.site.i18n.labels import mail_link, phone_link, web_link, word
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.i18n.locale import ENGLISH, Reader
from ldn_directory.site.queries.provider import Entry
from ldn_directory.site.search import Query, Results

from .name_parts import Parts, parts_of

Row = dict[str, Any]
EXACT_KM = 1.0
"""A point that is less precise than this is given with its uncertainty, or not at all."""
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
NOT_STATED = phrase(
    "Its page on LDN does not say that they prescribe or make it. Please ask before you book or travel."
)
_LANGUAGES_NAMED_IN = ("en", "de", "es", "fr", "nl", "nb", "sv", "da", "it", "pt")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Degrees, and the uncertainty; None if a list states the point itself."""

    latitude: float
    longitude: float
    precision_km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language as listed, with its BCP 47 tag if that is certain."""

    name: str
    tag: str | None


@dataclass(frozen=True, kw_only=True)
class EntryView:
    """An entry with the public address of the site; in a search also its distance and how it can be reached."""

    entry: Entry
    base: str
    """Scheme and host, such as `https://directory.example`."""
    reader: Reader = ENGLISH
    """The reader of its sentences."""
    distance_km: float | None = None
    reach: str | None = None

    @property
    def provider(self) -> Row:
        """The row of `providers`."""
        return self.entry.provider

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"{self.base}/provider/{self.provider['id']}"

    def id_of(self, part: str) -> uuid.UUID:
        """The permanent id of a part of the entry: a UUID made from its address (RFC 9562, version 5)."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.url}#{part}")

    def shared_id(self, address: str) -> uuid.UUID:
        """The permanent id of something that entries share, such as a region."""
        return uuid.uuid5(uuid.NAMESPACE_URL, self.base + address)

    @cached_property
    def is_person(self) -> bool:
        """Whether a list names a person, and nothing looks like an organisation."""
        row = self.provider
        if row.get("noted_on") and not row["credentials"]:
            # Lists that are kept here name organisations only.
            return False
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
        """The parts of the person's name; None for an organisation, or if they are not certain."""
        return parts_of(self.provider["name"], self.provider["country_code"]) if self.is_person else None

    @property
    def reviewed_on(self) -> str | None:
        """The day of the last confirmation, or on which a person noted the entry; None if there was neither."""
        row = self.provider
        return max((row["last_confirmed"] or "")[:10], row.get("noted_on") or "") or None

    @property
    def caution(self) -> str | None:
        """Why the entry is here, in words; None if it is on a list of LDN prescribers or pharmacies."""
        row = self.provider
        if row["evidence"] == Evidence.LISTED:
            return None
        if not (grade := row.get("grade")):
            return word("evidence", row["evidence"], self.reader)
        said = word("grade", grade, self.reader)
        return f"{said}. {self.reader.say(NOT_STATED)}" if grade == Grade.WRITES_ABOUT else said

    @property
    def credentials(self) -> tuple[str, ...]:
        """The credentials, one by one."""
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
        """The number in E.164, if it can be called."""
        return self.provider["phone"] if phone_link(self.provider["phone"]) else None

    @property
    def phone_text(self) -> str | None:
        """The number as text, if a program could not call it."""
        text = (self.provider["phone_written"] or self.provider["phone"] or "").strip()
        return text if text and not self.phone else None

    @property
    def email(self) -> str | None:
        """The address, if mail could be sent there."""
        return self.provider["email"] if mail_link(self.provider["email"]) else None

    @property
    def website(self) -> str | None:
        """The address, if it is plain http or https."""
        return web_link(self.provider["website"])

    @property
    def registrations(self) -> tuple[Row, ...]:
        """Entries of official registers that belong to the provider, with a number."""
        return tuple(
            row for row in self.entry.verifications if row["number"] and row["state"] in ("active", "inactive")
        )

    def source_of(self, claim: Row) -> Row:
        """The list that a listing or claim is from."""
        return self.entry.sources.get(
            claim["source"], {"id": claim["source"], "title": claim["source"], "homepage": None}
        )


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """A page of results with the public address of the site."""

    base: str
    query: Query
    results: Results
    shown: tuple[EntryView, ...] = ()
    """The entries of the rows, in their order; empty for formats made from the rows alone."""

    def address(self, extension: str) -> str:
        """The address of this page."""
        place = {"page": str(self.results.page)} if self.results.page > 1 else {}
        asked = self.query.parameters() | place
        return f"/search.{extension}" + (f"?{urlencode(asked)}" if asked else "")

    def next_address(self, extension: str) -> str | None:
        """The address of the next page; None after the last one."""
        if self.results.cursor is None:
            return None
        return f"/search.{extension}?" + urlencode(self.query.parameters() | {"cursor": self.results.cursor})


def point_of(place: Row) -> Point | None:
    """The point of a place, if it is known."""
    if place["latitude"] is None or place["longitude"] is None:
        return None
    precision = None if place["located_by"] == "source" else place["precision_km"]
    return Point(latitude=place["latitude"], longitude=place["longitude"], precision_km=precision)


def is_exact(point: Point) -> bool:
    """Whether the point may be given without its uncertainty."""
    return point.precision_km is None or point.precision_km <= EXACT_KM


def address_text(place: Row) -> str | None:
    """The address on one line: as written, or its parts."""
    parts = (place[part] for part in ("street", "city", "region", "postcode", "country"))
    return place["address"] or ", ".join(part for part in parts if part) or None


def plain(text: str) -> str:
    """A text without control characters other than tabs and line breaks."""
    return text if text.isprintable() else _CONTROL.sub("", text.replace("\x85", "\n"))


def compact_json(value: Any) -> str:
    """JSON without blanks between its parts."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def terms() -> dict[str, Any]:
    """The tables of `terms.toml`."""
    return tomllib.loads(files(__package__).joinpath("terms.toml").read_text("utf-8"))


@cache
def language_tags() -> dict[str, str]:
    """Language names in several languages, folded -> BCP 47 tags; without names that mean two languages."""
    found: dict[str, set[str]] = {}
    for named_in in _LANGUAGES_NAMED_IN:
        for tag, name in Locale.parse(named_in).languages.items():
            if len(tag) <= 3:
                found.setdefault(name.casefold(), set()).add(tag)
    return {name: tag for name, tags in found.items() if len(tags) == 1 for tag in tags}
