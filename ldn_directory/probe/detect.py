"""Which family a page is, what list it holds, and what to report about it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ldn_directory.crawl.page_worker import PageParser, parse
from ldn_directory.crawl.topic import TopicSearch
from ldn_directory.errors import count_of
from ldn_directory.extract import detail_pages, relevance, sitemap
from ldn_directory.extract.candidates import FAULTS, RankedCandidate, candidate_of, rank_candidates
from ldn_directory.extract.choosing import COUNTED, rank
from ldn_directory.extract.completeness import shortfalls
from ldn_directory.extract.dead_ends import describe_dead_ends, frame_addresses
from ldn_directory.extract.html import structured_data
from ldn_directory.extract.json.presets import use_of
from ldn_directory.extract.notices import terms_link, visible_text, warnings
from ldn_directory.extract.onward import embedded_lists
from ldn_directory.extract.page import Page
from ldn_directory.extract.readings import Fields, chosen_fields, pinned, read_as, reading_named
from ldn_directory.extract.topic import find_mention
from ldn_directory.model import Listing, Mention, Problem, Record

from .spider_file import paging_of, spider_file

CLASSES = {
    "html_table": "AnyHtml",
    "html_cards": "AnyHtml",
    "text_blocks": "AnyHtml",
    "detail": "AnyHtml",
    "json_api": "JsonApi",
    "embedded_json": "EmbeddedJson",
    "tabular_file": "TabularFile",
    "structured_data": "StructuredData",
    "kml": "Kml",
    "pdf_list": "PdfList",
    "own_page": "OwnPage",
}
"""The base spider (in `families.py`) of each family: a line a family."""
_BY_HAND = {"html_table": "HtmlTable", "html_cards": "HtmlCards"}
"""The base spider of a family whose rows a person has chosen, where it is another."""
_WITH_FIELDS = frozenset(
    ("html_table", "html_cards", "text_blocks", "json_api", "embedded_json", "tabular_file", "kml")
)
"""Families whose base spiders can pin their columns."""
_ROWS_ATTRIBUTE = {"tabular_file": "sheet"}
_WORD = re.compile(r"\w+")
NEAR = 0.1
"""The runner-up is named if its confidence is less than this below the winner's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a person wants a page to be read, see `extract/readings.py:read_as`."""

    reading: str
    rows: str | None = None
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """The second-best reading, where it is near."""

    family: str
    listings: int
    same_names: int
    """How many of the winner's entries it has found too, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a page was found to be. `family` is None if it holds no list."""

    family: str | None
    confidence: float
    """The share of the entries and values that should be right, 0 to 1."""
    listings: tuple[Listing, ...] = ()
    texts: tuple[str, ...] = ()
    """For each listing, the text of the page that it came from."""
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    total: int | None = None
    spider: str | None = None
    follow: tuple[str, ...] = ()
    """Addresses of lists embedded in the page."""
    fill: Mapping[str, float] = field(default_factory=dict)
    """Share of the listings, 0 to 1, that have each field."""
    runner_up: RunnerUp | None = None
    terms: str | None = None
    mention: Mention | None = None
    """Where the page, or the one that embeds it, speaks of low-dose naltrexone."""
    tried: tuple[RankedCandidate, ...] = ()
    """All readings, best first."""
    choice: Choice | None = None
    """How a person wanted it to be read."""


def probe(
    page: Page, headers: Mapping[str, str] | None = None, home: Page | None = None, choice: Choice | None = None
) -> Findings:
    """The best reading of the page, or none; never raises for what stands in the page.

    `headers` are those it came with, names in lower case; `home` is the page that embeds it, if one does. With a
    `choice` only that is tried, and CannotRead raised if it is not possible.
    """
    tried = tuple(rank_candidates(page) if choice is None else _read_by_hand(page, choice))
    onward = [address for one in tried if one.family == "kml" and not one.listings for address in one.next_pages]
    follow = tuple(dict.fromkeys((*embedded_lists(page), *onward, *frame_addresses(page))))
    warned = [Problem(page=page.url, what=what) for what in warnings(page, headers or {})]
    best = tried[0] if tried and (tried[0].is_list or (choice and tried[0].listings)) else None
    if best is None:
        problems = tuple(dict.fromkeys([*warned, *_no_list(page, tried, follow)]))
        return Findings(
            family=None,
            confidence=0.0,
            problems=problems,
            follow=follow,
            terms=terms_link(page),
            tried=tried,
            choice=choice,
        )
    mention = _mention(page, best.records, home)
    shown = set(_WORD.findall(visible_text(page).casefold())) if page.kind in ("html", "text") else None
    blocks = [_own_text(record, shown) for record in best.records]
    return Findings(
        family=best.family,
        confidence=best.confidence,
        listings=best.listings,
        texts=tuple(blocks[at] for at in best.of_record),
        problems=tuple(dict.fromkeys([*warned, *_doubts(page, best)])),
        unplaced=best.unplaced,
        total=best.total,
        spider=_spider(page, best, home, choice, is_about_ldn=mention is not None),
        follow=follow,
        fill=_fill(best.listings),
        runner_up=_runner_up(best, tried[1:]),
        terms=terms_link(home or page),
        mention=mention,
        tried=tried,
        choice=choice,
    )


def _own_text(record: Record, shown: Collection[str] | None) -> str:
    """An entry's text, a line a value, with the labels that stand on the page; `shown` are its words in lower case."""
    return "\n".join(
        f"{one.label}: {one.text}"
        if one.label and (shown is None or all(word in shown for word in _WORD.findall(one.label.casefold())))
        else one.text
        for one in record.texts
    )


def _read_by_hand(page: Page, choice: Choice) -> list[RankedCandidate]:
    extraction = read_as(page, choice.reading, rows=choice.rows, fields=choice.fields or None)
    return rank(page, [candidate_of(page, reading_named(choice.reading, page).family, extraction)])


def _doubts(page: Page, best: RankedCandidate) -> list[Problem]:
    """What a person must know of the reading, before and after what it says itself."""
    medical = relevance.is_medical_list(page, best.records, best.listings)
    short = shortfalls(page, len(best.records), best.total, best.next_pages) if best.family != "detail" else ()
    doubts = [*([] if medical else [relevance.UNCONFIRMED]), *short]
    unknown = [f"column {label!r} not understood" for label in best.unplaced]
    return [
        *(Problem(page=page.url, what=what) for what in doubts),
        *best.problems,
        *(Problem(page=page.url, what=what) for what in unknown),
    ]


def _mention(page: Page, records: Sequence[Record], home: Page | None) -> Mention | None:
    """Where the page, or the one that embeds it, speaks of low-dose naltrexone."""
    topic = TopicSearch()
    for one, entries in ((page, records), (home, ())):
        with suppress(*FAULTS):
            topic.add(find_mention(one, entries) if one else None)
    return topic.found(len(records))


def read_as_spider(spider: type[PageParser], page: Page, headers: Mapping[str, str]) -> Findings:
    """What an existing spider reads in the page, as a crawl would; never raises for what stands in the page."""
    result = parse(spider, page, headers, {})
    listings = tuple(Listing.from_json(json.loads(line) | {"id": None}) for line in result.lines)
    notes = [f"the spider would go on to {count_of(len(result.next_pages), 'next page')}"] if result.next_pages else []
    if result.follow:
        notes.append(f"the spider would also read {count_of(len(result.follow), 'page')} of single entries")
    unknown = [f"column {label!r} not understood" for label in result.unplaced]
    said = [*filter(None, [result.error]), *notes, *unknown, *warnings(page, headers)]
    return Findings(
        family=spider.name,
        confidence=0.0,
        listings=listings,
        texts=tuple(listing.text or "" for listing in listings),
        problems=tuple(dict.fromkeys([*(Problem(page=page.url, what=what) for what in said), *result.problems])),
        unplaced=result.unplaced,
        total=result.total,
        follow=result.next_pages,
        fill=_fill(listings) if listings else {},
        terms=terms_link(page),
        mention=result.mention,
    )


def _fill(listings: tuple[Listing, ...]) -> dict[str, float]:
    names = (*COUNTED, "practice", "specialty", "telehealth")
    return {
        name: round(sum(getattr(one, name) not in (None, ()) for one in listings) / len(listings), 3) for name in names
    }


def _runner_up(best: RankedCandidate, others: Sequence[RankedCandidate]) -> RunnerUp | None:
    second = next((one for one in others if one.is_list and one.family != best.family), None)
    if second is None or second.confidence < best.confidence - NEAR:
        return None
    same = sum((listing.name or "").casefold() in second.names for listing in best.listings)
    return RunnerUp(family=second.family, listings=len(second.listings), same_names=same)


def _no_list(page: Page, tried: Sequence[RankedCandidate], follow: tuple[str, ...]) -> list[Problem]:
    """Why there is no list, and where there may be one."""
    loaded = [
        f"the list is loaded from {address}: probe that" for address in follow if address not in frame_addresses(page)
    ]
    rejected = [
        f"{one.family} finds {count_of(len(one.listings), 'entry', 'entries')}: {one.veto}" for one in tried if one.veto
    ]
    reasons = ["no list of people or practices was found", *rejected[:1], *loaded]
    leads = [*reasons, *describe_dead_ends(page), *_leads(page)]
    said = [] if rejected else [one for way in tried for one in way.problems][:5]
    return [*(Problem(page=page.url, what=what) for what in leads), *said]


def _leads(page: Page) -> list[str]:
    """What a page without a list leads to: the pages of a sitemap, or those that stand for a list's items."""
    try:
        named = sitemap.read(page) if page.kind in ("xml", "text", "zip") else None
    except FAULTS as error:
        return [str(error)[:300]]
    leads = []
    if named and (named.pages or named.sitemaps):
        count = f"{len(named.pages)} pages and {len(named.sitemaps)} further sitemaps"
        leads.append(f"a sitemap of {count}: probe one page; a StructuredData spider with `sitemap_rule` starts here")
    if items := structured_data.item_addresses(page) if page.kind == "html" else ():
        alone = f"a list of {len(items)} pages by their addresses alone, such as {items[0]}"
        leads.append(f"{alone}: probe one; a StructuredData spider with `details = True` reads them all")
    return leads


def _columns_to_pin(page: Page, best: RankedCandidate) -> Fields:
    """The columns of the reading as `fields`; none if the page is read otherwise with them (joined columns)."""
    fields = chosen_fields(best.extraction.columns) if best.family in _WITH_FIELDS else {}
    if not fields:
        return {}
    again = candidate_of(page, best.family, pinned(page, best.family, best.extraction, fields))
    return fields if list(map(_told, again.listings)) == list(map(_told, best.listings)) else {}


def _told(listing: Listing) -> tuple[object, ...]:
    return tuple(getattr(listing, name) for name in (*COUNTED, "practice", "specialty", "accepts_new", "telehealth"))


def _spider(page: Page, best: RankedCandidate, home: Page | None, choice: Choice | None, *, is_about_ldn: bool) -> str:
    """The spider's file, with the reading, rows and columns pinned that were chosen here."""
    rows = choice.rows if choice else None
    is_chosen = rows is not None or (choice is not None and best.family == "html_table")
    base = _BY_HAND.get(best.family, CLASSES[best.family]) if is_chosen else CLASSES[best.family]
    attributes: dict[str, object] = {"reading": best.family} if base == "AnyHtml" else {}
    if rows is not None:
        attributes[_ROWS_ATTRIBUTE.get(best.family, "rows")] = rows
    if fields := dict(choice.fields) if choice and choice.fields else _columns_to_pin(page, best):
        attributes["fields"] = fields
    if base == "AnyHtml" and 2 * len(detail_pages.incomplete_entries(page, best.records)) > len(best.records) > 1:
        attributes["details"] = True
    if best.family == "json_api":
        use = use_of(page.url)
        back_end = {"preset": use.preset.name, "site": use.site, "key": use.key} if use else {}
        attributes |= {name: value for name, value in back_end.items() if value} or paging_of(page, len(best.records))
    return spider_file(page, base, best.listings, best.records, attributes, home, is_about_ldn=is_about_ldn)
