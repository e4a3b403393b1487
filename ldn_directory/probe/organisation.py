"""An organisation's page looked at for `ldn add`: does it speak of low-dose naltrexone, and whose page is it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ldn_directory.crawl.fetch import OR_SAVE, CannotFetch, Fetch, FetchedPage, run_with_fetch
from ldn_directory.crawl.organisations import SiteVisits
from ldn_directory.crawl.page_worker import parse
from ldn_directory.crawl.places_check import KnownPlaces
from ldn_directory.errors import LdnError
from ldn_directory.extract import evidence
from ldn_directory.extract.candidates import FAULTS
from ldn_directory.extract.facts import phrase_pattern
from ldn_directory.extract.html.organisation_name import is_persons, kind_of, organisation_name
from ldn_directory.extract.html.site_links import SiteLink, site_links
from ldn_directory.extract.page import Page, host_of
from ldn_directory.extract.stated import stated_facts
from ldn_directory.extract.topic import find_mention
from ldn_directory.model import ADDRESS_FIELDS, Grade, Listing
from ldn_directory.normalize.regions import country, country_named, region_named
from ldn_directory.normalize.web import site_key
from ldn_directory.spiders.organisation_sites import OrganisationSites
from ldn_directory.storage import DATA

MOST_FURTHER = 5
"""Pages of the site that are read besides the one that is named."""
PLACE = ("street", "city", "region", "postcode", "country")
FACTS, REMOTE = (*PLACE, "phone", "email", "serves"), "telehealth"
"""The columns of a row that its `facts_url` is about, and the other one that pages may fill."""
_WORLDWIDE = frozenset(("ai", "cc", "co", "eu", "fm", "io", "me", "tv", "ws"))
"""Endings of hosts that sites of any country have."""
_MOST_QUOTED = 160


class SitePage(NamedTuple):
    """A page of the site, and what it is there: `front`, `evidence`, or what its link calls it."""

    page: Page
    role: str


class NoEvidence(LdnError):
    """The page is none that may be noted as evidence. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value and the page that it is from."""

    value: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found on an organisation's site."""

    page: str
    """The page that was named, where redirects led."""
    website: str
    quote: str
    """What the page says of low-dose naltrexone, shortly."""
    grade: Grade
    why: str
    """Why that grade."""
    name: Value | None
    is_person: bool
    """Whether the name seems to be a person's."""
    kind: str
    stated: Mapping[str, Mapping[str, str]]
    """Page -> column -> what it states of the main place, in the order in which the pages were read."""
    branches: tuple[str, ...]
    """The towns of its other places."""
    left_out: tuple[str, ...]
    """Values that were not believed, and why."""
    failed: tuple[str, ...]
    """Why other pages were not read."""

    def facts(self, page: str | None = None) -> dict[str, Value]:
        """Column -> value, of the given page, or else of that which states most: a row names one page for its facts.

        `telehealth` is of the page that is the evidence.
        """
        where = page or max(self.stated, key=lambda one: len(self.stated[one].keys() & set(FACTS)))
        said = {column: Value(value=text, page=where) for column, text in self.stated.get(where, {}).items()}
        said.pop(REMOTE, None)
        remote = self.stated[self.page].get(REMOTE)
        return said | ({REMOTE: Value(value=remote, page=self.page)} if remote else {})

    def further(self) -> dict[str, Value]:
        """Column -> a value that only other pages state."""
        known, found = self.facts(), dict[str, Value]()
        for page, values in self.stated.items():
            for column, text in values.items():
                if column not in known:
                    found.setdefault(column, Value(value=text, page=page))
        return found


def look_at(
    url: str, contact: str = "", data: Path = DATA, website: str = "", land: str = "", **settings: object
) -> Look:
    """What is found at an organisation's address and on its site. Raises CannotFetch, NoEvidence. Once a process.

    `website` is the organisation's own part of a site that it shares, `land` its country, if that is known; the table
    of places is that of `data`.
    """

    async def work(fetch: Fetch) -> Look:
        try:
            pages, failed = await walk(fetch, url, website)
        except CannotFetch as error:
            raise CannotFetch(str(error).removesuffix(OR_SAVE)) from error
        with closing(KnownPlaces(data)) as places:
            return read_site(pages, places, failed, website, land)

    return run_with_fetch(work, contact=contact.strip(), **settings)


async def walk(fetch: Fetch, url: str, website: str) -> tuple[dict[str, SitePage], list[str]]:
    """(address -> a page that was read, why others were not): the one named, the front page, and what these link to.

    Raises CannotFetch if the page that is named cannot be had.
    """
    named = _page(await fetch(url, is_named=True))
    front = website or front_of(named.url)
    read = {named.url: SitePage(named, "front" if named.url == front else "evidence")}
    failed: list[str] = []
    asked = {named.url}
    waiting = [SiteLink(front, "front"), *site_links(named, _below(website))]
    while waiting and len(read) + len(failed) <= MOST_FURTHER:
        address, role = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        try:
            page = _page(await fetch(address))
        except (CannotFetch, *FAULTS) as error:
            failed.append(str(error).removesuffix(OR_SAVE))
            continue
        read.setdefault(page.url, SitePage(page, role))
        if role == "front":
            # What the front page calls contact comes before what an article does.
            waiting = [*site_links(page, _below(website)), *waiting]
    return read, failed


def read_site(
    pages: Mapping[str, SitePage],
    places: KnownPlaces,
    failed: Sequence[str] = (),
    website: str = "",
    land: str = "",
) -> Look:
    """What these pages of a site say, the first being the one that a person named. Raises NoEvidence."""
    named, *others = (one.page for one in pages.values())
    _require_evidence(named, others)
    quote, grade, why = grade_of(named)
    front = next((one.page for one in pages.values() if one.role == "front"), named)
    name = next(
        (Value(value=said, page=page.url) for page in (front, named, *others) if (said := organisation_name(page))),
        None,
    )
    kind = kind_of(name.value if name else "", front)
    context = _context(named.url, name.value if name else host_of(named.url), kind, website, land)
    visits = SiteVisits(OrganisationSites.name)
    for address, (page, role) in pages.items():
        there = context | {"role": role}
        visits.take(address, there, parse(OrganisationSites, page, {}, there))
    listings = visits.listings(places)
    return Look(
        page=named.url,
        website=website or front_of(named.url).rstrip("/"),
        quote=quote,
        grade=grade,
        why=why,
        name=name,
        is_person=name is not None and is_persons(name.value),
        kind=kind,
        stated={page.page.url: dict(_stated(page.page, listings[:1])) for page in pages.values()},
        branches=tuple(filter(None, (one.city or one.address for one in listings[1:]))),
        left_out=tuple(visits.visit(context).left_out),
        failed=tuple(failed),
    )


def front_of(url: str) -> str:
    """The front page of an address's site."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _page(answer: FetchedPage) -> Page:
    return Page(answer.url, answer.body, answer.headers.get("content-type"))


def _below(website: str) -> str:
    return urlsplit(website).path.rstrip("/")


def _context(url: str, name: str, kind: str, website: str, land: str) -> dict[str, Any]:
    """The organisation as the reader of sites knows it: as a row of the curated list."""
    known = country(land) or (country(host_of(url).rpartition(".")[2].upper()) if _is_national(url) else None)
    return {
        "organisation": site_key(website or url),
        "name": name,
        "kind": kind,
        "country": known.name if known else "",
        "country_code": known.code if known else None,
        "region_code": None,
        "front": website or front_of(url),
        "below": _below(website),
    }


def _is_national(url: str) -> bool:
    """Whether the last part of a host is that of a country whose sites use it."""
    last = host_of(url).rpartition(".")[2]
    return len(last) == 2 and last not in _WORLDWIDE


def _require_evidence(page: Page, others: Sequence[Page]) -> None:
    """Raises NoEvidence if the page does not speak of low-dose naltrexone, or says that it is not offered."""
    try:
        problems = evidence.extract(page).problems
    except ValueError as error:
        raise NoEvidence(f"{page.url} {error}") from None
    if not problems:
        return
    if evidence.NOT_MENTIONED not in problems[0].what:
        raise NoEvidence(f"{page.url} {problems[0].what}")
    speaking = next((one.url for one in others if find_mention(one)), None)
    lead = f". {speaking} does: add that" if speaking else " (the letters “LDN” alone do not count)"
    raise NoEvidence(f"{page.url} does not speak of low-dose naltrexone{lead}")


def grade_of(page: Page) -> tuple[str, Grade, str]:
    """(what the page says of low-dose naltrexone, the grade of that, why it is that). The page must speak of it."""
    title, texts = evidence.texts_shown(page)
    said = [*title.split(" | "), *texts]
    sentences = [one for text in texts for one in re.split(r"(?<=[.!?])\s+", text)]
    spoken = max(filter(evidence.mentions_ldn, sentences), key=_says, default="")
    mention = None if spoken else find_mention(page)
    quote = mention.words if mention else spoken
    for text in said:
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            if not sentence.rstrip().endswith("?") and evidence.find_offer(sentence):
                return _short(sentence), Grade.OFFERS, "a sentence says that it is prescribed or made there"
    whole = evidence.fold_text(" ".join(texts))
    if evidence.mentions_ldn(title) and phrase_pattern("evidence", "shop").search(whole):
        return _short(quote or title), Grade.OFFERS, "it is a shop's page of that product"
    return _short(quote), Grade.WRITES_ABOUT, "no sentence says that it is prescribed or made there"


def _says(sentence: str) -> int:
    """How much a sentence tells: a heading less than a sentence, a long one no more than a whole one."""
    return min(len(sentence.split()), 12) + 4 * sentence.rstrip().endswith(".")


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _MOST_QUOTED else f"{words[:_MOST_QUOTED].rpartition(' ')[0]} …"


def _stated(page: Page, listings: Sequence[Listing]) -> Iterator[tuple[str, str]]:
    """(column, value) of what the site says of its main place, as far as it is from this page or stands on it."""
    for listing in listings:
        origins = dict(listing.pages)
        facts = {field: value for field in (*ADDRESS_FIELDS, "email") if (value := getattr(listing, field))}
        if number := next((phone.e164 for phone in listing.phones if phone.e164), None):
            facts["phone"] = number
        stands = {field for field, _ in stated_facts(page, facts)}
        for column, value in cells_of(listing):
            if column in stands or origins.get(column, listing.page) == page.url:
                yield column, value


def cells_of(listing: Listing) -> Iterator[tuple[str, str]]:
    """(column of the curated list, value) of what a listing states."""
    land, part = country_named(listing.country_code), region_named(listing.region_code)
    served = (region_named(code) or country_named(code) for code in listing.serves)
    stated = {
        "street": listing.street,
        "city": listing.city,
        "region": part.name if part and land else None,
        "postcode": listing.postcode,
        "country": land.name if land else None,
        "phone": next((phone.raw if land else phone.e164 for phone in listing.phones if phone.e164), None),
        "email": listing.email,
        "telehealth": None if listing.telehealth is None else "yes" if listing.telehealth else "no",
        "serves": ", ".join(one.name for one in served if one),
    }
    yield from ((column, value) for column, value in stated.items() if value)
