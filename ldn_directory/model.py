"""The words of the project as values: what a source states about itself, and what is read from it.

Every value here is frozen; `None` means that the source does not say, never "no".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Evidence(StrEnum):
    """Why an entry is in the directory, strongest first. Registers only verify; they are never evidence."""

    LISTED = "listed"
    OWN_SITE = "own_site"
    PROXY = "proxy"


EVIDENCE_RANK: dict[str, int] = {Evidence.LISTED: 0, Evidence.OWN_SITE: 1, Evidence.PROXY: 2}


class Grade(StrEnum):
    """What the page that is an entry's evidence states, stronger first. Only lists that people keep here say so."""

    OFFERS = "offers"
    """That low-dose naltrexone is prescribed or compounded there."""
    WRITES_ABOUT = "writes_about"
    """Something about low-dose naltrexone, not that it is offered."""


ROUND_CAPS = frozenset({25, 50, 100, 150, 200, 250, 300, 400, 500, 1000, 2000, 2500, 5000, 10_000})
"""Counts at which servers commonly cut a list off: WP Store Locator's 25, 50 and 100, REST's 100, SQL limits."""


class Kind(StrEnum):
    """What an entry is."""

    PRESCRIBER = "prescriber"
    CLINIC = "clinic"
    PHARMACY = "pharmacy"
    TELEHEALTH = "telehealth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What a harvest of a source must look like before it is believed."""

    at_least: int = 1
    caps: tuple[int, ...] = ()
    """Counts that mean a server cut the list off (a page or query limit), besides the usual round ones."""
    most_gone: float | None = None
    """The largest share of the known entries that may be missing at once, 0 to 1; None for the usual one."""
    most_new: float | None = None
    """The largest share of the entries that may be new at once."""
    most_changed: Mapping[str, float] = field(default_factory=dict)
    """name, phone, email, website, street or city -> the largest share of kept entries whose value may be another."""
    most_listings: int | None = None
    """More entries than this are not taken; None: as many as the setting LDN_MOST_LISTINGS says."""
    most_bytes: int | None = None
    """More bytes of answers than this are not read; None: as many as the setting LDN_MOST_BYTES says."""


LATE_AFTER = 2
"""A source is late when it has not been read for so many times the days that it should be read after."""


def is_late(last_read: datetime, every_days: int, now: datetime) -> bool:
    """Whether what should be read every so many days is late."""
    return now > last_read + timedelta(days=LATE_AFTER * every_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One public list that somebody publishes, as its spider states it."""

    title: str
    homepage: str
    evidence: Evidence
    record_key: str
    """In words: what identifies an entry in this source, and how stable that is."""
    publisher: str | None = None
    terms: str | None = None
    licence: str | None = None
    kind: Kind = Kind.PRESCRIBER
    country: str | None = None
    """ISO 3166-1 alpha-2 code of the entries that name no country; None if the list is worldwide."""
    language: str = "en"
    every_days: int = 7
    expect: Expect = Expect()
    about_page: str | None = None
    """A page that says what the list is, where the list is a file, a map or an endpoint that does not say it."""
    needs_acceptance: bool = True
    """Whether a person must look at the first harvest before it is published."""
    rechecked: bool = False
    """Whether the list is kept here: people note its entries, and only a check of its evidence page confirms one."""
    received_on: str | None = None
    """The day on which the list was received as a file, if somebody mailed it in; it is not fetched then."""
    completes: str | None = None
    """The source, kept here, whose entries this one completes from their own sites. It never adds an entry."""
    ignore_contacts: frozenset[str] = frozenset()
    """The publisher's own e-mails, E.164 phones and hosts, never an entry's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in a record, as published: its visible text and absolute address."""

    text: str
    href: str
    rel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One text of a record with the label it stands under; `label` is None where it stands alone."""

    label: str | None
    text: str
    field: str | None = None
    """The field that its column was found to be. It comes before the label; None leaves it to label and looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What a person noted who read an entry's pages."""

    on: str
    """The day on which they were read: `2026-01-31`."""
    grade: Grade
    facts_page: str | None = None
    """Where address, phone, e-mail and regions served were read, if not on the page that is the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry as published, before any of it is understood."""

    page: str
    """Address of the page (or name of the file) that it stands on."""
    key: str | None = None
    """The source's own key for the entry, if it has one that lasts."""
    texts: tuple[Labelled, ...] = ()
    """Labelled and bare texts in document order; line breaks inside a text are kept as newlines."""
    headings: tuple[str, ...] = ()
    """The headings the entry stands under, outermost first (country, state, city, ...)."""
    links: tuple[Link, ...] = ()
    point: tuple[float, float] | None = None
    """Latitude, longitude in degrees, as stated by the source."""
    noted: Noted | None = None
    """How a person came to know the entry, in a list that is kept here."""

    @property
    def block(self) -> str:
        """The whole entry as text, one line a text, for people to check against the page."""
        return "\n".join(f"{t.label}: {t.text}" if t.label else t.text for t in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A telephone number: as written, in E.164 if it is valid, and the label it had (tel, toll-free, ...)."""

    raw: str
    e164: str | None = None
    label: str | None = None


ADDRESS_FIELDS = ("address", "street", "city", "region", "region_code", "postcode", "country", "country_code")
"""The fields of a listing that say where it is, in words."""
FACTS_FIELDS = frozenset((*ADDRESS_FIELDS, "phone", "email", "serves"))
"""The fields that `facts_page` is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A record mapped to fields and normalised: one entry of one source."""

    source: str
    key: str
    page: str
    kind: Kind
    evidence: Evidence
    name: str | None = None
    """The person, or the organisation if no person is named."""
    credentials: str | None = None
    practice: str | None = None
    specialty: str | None = None
    phones: tuple[Phone, ...] = ()
    email: str | None = None
    website: str | None = None
    address: str | None = None
    """The address as written, on one line."""
    street: str | None = None
    city: str | None = None
    region: str | None = None
    region_code: str | None = None
    """ISO 3166-2."""
    postcode: str | None = None
    country: str | None = None
    country_code: str | None = None
    """ISO 3166-1 alpha-2."""
    latitude: float | None = None
    longitude: float | None = None
    telehealth: bool | None = None
    serves: tuple[str, ...] = ()
    """ISO 3166-2 (or 3166-1) codes of the regions served by telehealth or shipping."""
    accepts_new: bool | None = None
    ships: bool | None = None
    """Whether a pharmacy ships or delivers."""
    hours: str | None = None
    """When it is open, as schema.org's `openingHours` has it: `Mo-Fr 09:00-17:00; Sa 09:00-12:00`."""
    languages: tuple[str, ...] = ()
    register: str | None = None
    """Name of the register, such as `npi`, that `register_number` belongs to."""
    register_number: str | None = None
    remark: str | None = None
    text: str | None = None
    """The entry as published, for checking."""
    noted_on: str | None = None
    """The day on which a person read the entry's pages, if the list is kept here."""
    grade: Grade | None = None
    facts_page: str | None = None
    """The page that the fields of FACTS_FIELDS are from, if not `page`."""
    organisation: str | None = None
    """The key of the entry that this one completes (`normalize/web.py:site_key`), in a source that completes others."""
    pages: tuple[tuple[str, str], ...] = ()
    """(field, page) for each field that is from another page than `page`."""
    written: tuple[tuple[str, str], ...] = ()
    """(field, text as written) for each field whose normalised value differs from what the page says."""

    @property
    def id(self) -> str:
        """Sixteen hex digits from the source and its own key; the same in every crawl."""
        return hashlib.sha256(f"{self.source}\x1f{self.key}".encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """The listing as plain JSON values, with its id."""
        row: dict[str, Any] = {"id": self.id}
        for name in self.__slots__:
            row[name] = getattr(self, name)
        # Written out, because `dataclasses.asdict` copies every value and costs more than all the mapping.
        row["phones"] = tuple({"raw": p.raw, "e164": p.e164, "label": p.label} for p in self.phones)
        return row

    def as_line(self) -> bytes:
        """The listing as one line of canonical JSON: sorted keys, no unknown fields. Equal listings, equal bytes."""
        return line_of({key: value for key, value in self.as_json().items() if value not in (None, (), [])})

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Listing:
        """The listing that `as_json` wrote. Unknown keys are an error, so that no field is lost in silence."""
        known = {f.name for f in fields(cls)}
        if unknown := set(value) - known - {"id"}:
            raise ValueError(f"a listing has no field {', '.join(sorted(unknown))}")
        row = {name: item for name, item in value.items() if name in known}
        row["kind"] = Kind(row["kind"])
        row["evidence"] = Evidence(row["evidence"])
        row["grade"] = Grade(row["grade"]) if row.get("grade") else None
        row["phones"] = tuple(Phone(**phone) for phone in row.get("phones", ()))
        for name in ("serves", "languages"):
            row[name] = tuple(row.get(name, ()))
        for name in ("written", "pages"):
            row[name] = tuple((str(key), str(text)) for key, text in row.get(name, ()))
        return cls(**row)


Fact = tuple[str, str]
"""(field, value) of a claim."""


def line_of(row: Mapping[str, Any]) -> bytes:
    """A listing's JSON values as one line of canonical JSON."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_ID = re.compile(rb'[{,]"id":"([0-9a-f]{16})"')


def id_of(line: bytes) -> str:
    """The id in a line of canonical JSON. A quotation mark within a text is escaped there, so no text looks like it."""
    found = _ID.search(line)
    return found[1].decode() if found else str(json.loads(line)["id"])


class Where(StrEnum):
    """Where a page speaks of low-dose naltrexone, what says most of the list first."""

    TITLE = "title"
    TEXT = "text"
    ADDRESS = "address"
    ENTRIES = "entries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A mention of low-dose naltrexone: the words as the page has them, and where."""

    words: str
    where: Where
    page: str
    entries: int = 0
    """How many entries say it, if only entries do."""

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Mention:
        """The mention that `dataclasses.asdict` made JSON values of."""
        return cls(**row | {"where": Where(row["where"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that was not understood or not trusted, said so that a maintainer can act on it."""

    page: str
    what: str
    record: str | None = None
    """The entry's key or first line, if the problem is one entry's."""

    def __str__(self) -> str:
        where = f"{self.page}, entry {self.record!r}" if self.record else self.page
        return f"{where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a list (a header, a key, a place in each card) and the field it was taken for."""

    label: str | None
    """As published; None if it has none."""
    field: str | None
    """None if it was not understood."""
    why: str
    """On what grounds, in plain words: "its header", "8 of 9 values are postcodes", "chosen by hand"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedReading:
    """One way of reading a page that was tried, because none is pinned."""

    family: str
    entries: int
    confidence: float
    """The share of its entries that are likely to be right, 0 to 1."""
    with_own_page: int = 0
    """How many of its entries lack contact data, and link to a page of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What one page yielded."""

    records: tuple[Record, ...] = ()
    problems: tuple[Problem, ...] = ()
    next_pages: tuple[str, ...] = ()
    """Absolute addresses of further pages of the same list."""
    total: int | None = field(default=None)
    """The number of entries that the server says there are, if it says so."""
    left_out: tuple[str, ...] = ()
    """The text of entries that are there but cannot be used until somebody mends them."""
    stated: tuple[Fact, ...] = ()
    """Of the facts that were asked about, those that the page states."""
    columns: tuple[Column, ...] = ()
    reasons: tuple[str, ...] = ()
    """In plain words: which boxes or rows were taken for entries and why, and what was left out as the publisher's."""
    tried: tuple[TriedReading, ...] = ()
    """The readings that found entries, the one that was used first; empty if the reading is pinned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What one source yielded in one run, finished and past its gates."""

    run: str
    """Id of the run: its start as `YYYYMMDDTHHMMSSZ` and four hex digits."""
    source_id: str
    """The spider's name."""
    source: Source
    started: str
    finished: str
    """UTC, ISO 8601 with a trailing Z, to the second."""
    lines: tuple[bytes, ...]
    """The listings as canonical JSON (`Listing.as_line`), one an entry; equal bytes mean an unchanged listing."""
    left_out: tuple[str, ...] = ()
    """The text of entries that are there but could not be used: what was known of them stays."""
    not_read: frozenset[str] = frozenset()
    """The `organisation` of entries whose sites gave no answer: what was known of them stays, unconfirmed."""
    measures: Mapping[str, float] = field(default_factory=dict)
    """What about the harvest as a whole a person accepts with it: from then on it is held for it only if it changes.

    `total` is the number of entries that the list states; the others are shares of the entries, 0 to 1.
    """
    reading: Mapping[str, Any] | None = None
    """How its pages were read, for a source whose reading is found at the first crawl (`crawl/reading_trial.py`)."""
