"""An organisation's page looked at for `ldn add`: does it speak of low-dose naltrexone, and whose page is it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ldn_directory.crawl.fetch import CannotFetch, Fetch, FetchedPage, run_with_fetch
from ldn_directory.errors import LdnError
from ldn_directory.extract import evidence
from ldn_directory.extract.candidates import FAULTS
from ldn_directory.extract.facts import phrase_pattern
from ldn_directory.extract.html.detail import contact_texts, statements
from ldn_directory.extract.html.lines import layout_of
from ldn_directory.extract.html.organisation_name import is_persons, kind_of, organisation_name
from ldn_directory.extract.page import Page, host_of
from ldn_directory.extract.topic import find_mention
from ldn_directory.model import Grade, Labelled, Listing, Record
from ldn_directory.normalize.mapping import map_record
from ldn_directory.normalize.regions import country_named, fold, region_named
from ldn_directory.spiders.curated import Curated

MOST_FURTHER = 5
"""Pages of the site that are read besides the one that is named."""
PLACE = ("street", "city", "region", "postcode", "country")
FACTS, REMOTE = (*PLACE, "phone", "email", "serves"), "telehealth"
"""The columns of a row that its `facts_url` is about, and the other one that pages may fill."""
_TELLING = re.compile(
    r"\b(?:contact|kontakt|contatt|nous trouver|find us|locations?|standorte?|about|uber uns|impressum|imprint)"
)
_MOST_QUOTED = 160


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
    """Page -> column -> what it states, in the order in which the pages were read."""
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


def look_at(url: str, contact: str = "", **settings: object) -> Look:
    """What is found at an organisation's address and on its site. Raises CannotFetch, NoEvidence. Once a process."""

    async def work(fetch: Fetch) -> Look:
        named = _page(await fetch(url, is_named=True))
        pages, failed = [named], []
        front = _front(named.url)
        for address in _further(named, front):
            try:
                pages.append(_page(await fetch(address)))
            except (CannotFetch, *FAULTS) as error:
                failed.append(str(error))
                continue
            if address == front:
                break
        for address in [one for one in _further(pages[-1], front) if one not in {page.url for page in pages}]:
            if len(pages) + len(failed) > MOST_FURTHER:
                break
            try:
                pages.append(_page(await fetch(address)))
            except (CannotFetch, *FAULTS) as error:
                failed.append(str(error))
        return read_site(pages, failed)

    return run_with_fetch(work, contact=contact.strip(), **settings)


def read_site(pages: Sequence[Page], failed: Sequence[str] = ()) -> Look:
    """What these pages of a site say, the first being the one that a person named. Raises NoEvidence."""
    named = pages[0]
    _require_evidence(named, pages[1:])
    quote, grade, why = grade_of(named)
    front = next((page for page in pages if page.url == _front(named.url)), named)
    name = next(
        (Value(value=said, page=page.url) for page in (front, *pages) if (said := organisation_name(page))), None
    )
    return Look(
        page=named.url,
        website=_front(named.url).rstrip("/"),
        quote=quote,
        grade=grade,
        why=why,
        name=name,
        is_person=name is not None and is_persons(name.value),
        kind=kind_of(name.value if name else "", front),
        stated={page.url: dict(_facts(page, name.value if name else host_of(named.url))) for page in pages},
        failed=tuple(failed),
    )


def _page(answer: FetchedPage) -> Page:
    return Page(answer.url, answer.body, answer.headers.get("content-type"))


def _front(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _further(page: Page, front: str) -> list[str]:
    """The front page, then those that the page's links call contact, locations, about or imprint."""
    found = {front: None} if page.url != front else {}
    for link in page.root.iter("a") if page.kind == "html" else ():
        address = (page.absolute(link.get("href") or "") or "").partition("#")[0]
        if host_of(address) == host_of(page.url) and _TELLING.search(fold(f"{link.text_content()[:40]}")):
            found.setdefault(address)
    return [address for address in found if address.startswith("http")]


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
    mention = find_mention(page)
    quote = mention.words if mention else ""
    for text in said:
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            if not sentence.rstrip().endswith("?") and evidence.find_offer(sentence):
                return _short(sentence), Grade.OFFERS, "a sentence says that it is prescribed or made there"
    whole = evidence.fold_text(" ".join(texts))
    if evidence.mentions_ldn(title) and phrase_pattern("evidence", "shop").search(whole):
        return _short(quote or title), Grade.OFFERS, "it is a shop's page of that product"
    return _short(quote), Grade.WRITES_ABOUT, "no sentence says that it is prescribed or made there"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _MOST_QUOTED else f"{words[:_MOST_QUOTED].rpartition(' ')[0]} …"


def _facts(page: Page, name: str) -> Iterator[tuple[str, str]]:
    """(column, value) of a row, as far as the page states them."""
    if page.kind != "html":
        return
    layout = layout_of(page, everything=True)
    texts = (Labelled(label="practice", text=name), *contact_texts(layout.lines), *statements(layout.lines))
    mapped = map_record(Record(page=page.url, texts=texts), Curated.source, Curated.name)
    for listing in mapped.listings[:1]:
        yield from cells_of(listing)


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
