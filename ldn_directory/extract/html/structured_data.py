"""Extracts entries from schema.org data in JSON-LD, microdata or RDFa."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import islice

from lxml.html import HtmlElement

from ldn_directory.extract.merging import merge_records
from ldn_directory.extract.page import Page, host_of, split_url
from ldn_directory.extract.paging import next_pages
from ldn_directory.extract.relevance import is_medical, names_other_role
from ldn_directory.model import Extraction, Labelled, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.web import is_safe_url, urls_in

from .detail import read_detail
from .lines import layout_of
from .linked_data import Graph, Item, PlacedItem, read_graph
from .schema_org import (
    ASIDES,
    BUSINESSES,
    MAIN_SUBJECT,
    ORGANISATIONS,
    PATH_TO_ENTRIES,
    PERSONS,
    PRACTICES,
    REACHING,
    STAFF,
    WORKPLACES,
    WRITINGS,
    as_list,
    is_third_party_site,
    item_records,
    name_of,
    types_of,
    workplace_of,
)
from .scoring import LineFeatures
from .subject import find_subject

_MAX_SAME = 50
_WORD = re.compile(r"[^\W\d_]{2,}")
_NO_WORDS = frozenset({"the", "and", "of", "dr", "home", "page", "inc", "llc", "ltd", "gmbh", "site", "official"})
_OWN_PATHS = re.compile(
    r"^/(?:[a-z]{2}(?:-[a-z]{2})?/)?(?:index\.\w+|home|contact(?:-us)?|about(?:-us)?|locations?|offices?|kontakt|impressum)?/?$",
    re.I,
)


def extract(page: Page) -> Extraction:
    """One record for each place of each person or practice that the page is about.

    The publisher, authors, reviewers and people mentioned in articles are left out.
    """
    graph = read_graph(page)
    chosen = _choose_items(page, graph)
    holders = [chosen[0], workplace_of(chosen[0], graph)] if len(chosen) == 1 else []
    own = any(is_own_site(page, graph, holder) for holder in holders if holder)
    records: dict[tuple[object, ...], Record] = {}
    for item in chosen:
        for record in item_records(page, graph, item, own_page=own):
            records.setdefault((record.texts, record.point), record)
    found = _merge_repeats(list(records.values()))
    if len({_name(record) for record in found}) == 1 and not own:
        found = _filled_from_page(page, found)
    if len(found) == 1 and not own:
        found = [add_shown_site(page, found[0])]
    broken = f"{graph.broken} scripts of structured data are not valid JSON"
    return Extraction(
        records=tuple(_with_distinct_keys(found)),
        problems=(Problem(page=page.url, what=broken),) if graph.broken else (),
        next_pages=next_pages(page) if found else (),
    )


def _name(record: Record) -> str:
    return fold(record.texts[0].text)


def _merge_repeats(records: Sequence[Record]) -> list[Record]:
    """Merges records of one name that contradict each other in nothing: JSON-LD and microdata often say the same."""
    kept: list[Record] = []
    named: dict[str, list[int]] = {}
    for record in records:
        same = named.setdefault(_name(record), [])
        at = next((at for at in same[:_MAX_SAME] if _agree(kept[at], record)), None)
        if at is None:
            same.append(len(kept))
            kept.append(record)
        else:
            kept[at] = merge_records(kept[at], record)
    return kept


def _agree(record: Record, other: Record) -> bool:
    """Whether two records of one name have equal values wherever both have one, and share at least one."""
    stated, more = ({text.label: fold(text.text) for text in one.texts[1:]} for one in (record, other))
    shared = (stated.keys() & more.keys()) & REACHING
    return bool(shared) and all(stated[label] == more[label] for label in shared)


def _filled_from_page(page: Page, records: Sequence[Record]) -> list[Record]:
    """Adds what the page shows of its one subject and the structured data leave out."""
    layout = layout_of(page)
    features = LineFeatures(layout, host_of(page.base))
    subject = find_subject(page, layout, features)
    shown = read_detail(page, layout, features, subject)[0] if subject else ()
    if not subject or not _significant_words(subject.name) & _significant_words(records[0].texts[0].text):
        return list(records)
    return [merge_records(record, one) if (one := _same_place(record, shown)) else record for record in records]


def _same_place(record: Record, shown: Sequence[Record]) -> Record | None:
    """The shown record of the same place: the only one, or the one with the same postcode or town."""
    where = [fold(text.text) for text in record.texts if text.label in ("postalCode", "addressLocality")]
    near = (one for one in shown if any(place in fold(one.block) for place in where))
    return shown[0] if len(shown) == 1 else next(near, None)


def item_addresses(page: Page) -> tuple[str, ...]:
    """The pages of a list's items, where the list states nothing but their addresses."""
    here = page.base.split("#")[0]
    found: dict[str, None] = {}
    for placed in read_graph(page).placed:
        if placed.via == "itemListElement" and "listitem" in types_of(placed.item) and not _is_trail(placed):
            item = placed.item.get("item") or placed.item
            said = (item.get("url") or item.get("@id")) if isinstance(item, dict) else item
            address = (page.absolute(said) or "").split("#")[0] if isinstance(said, str) else ""
            if address and host_of(address) == host_of(page.base) and address != here:
                found[address] = None
    return tuple(found)


def _is_trail(placed: PlacedItem) -> bool:
    return placed.owner is None or "breadcrumblist" in types_of(placed.owner) or "breadcrumb" in placed.path


def _choose_items(page: Page, graph: Graph) -> list[Item]:
    """The items that are entries, in page order."""
    entries = [placed for placed in graph.placed if _is_entry(placed, graph)]
    workplaces = _workplaces(entries, graph)
    entries = [placed for placed in entries if not _is_workplace(placed.item, workplaces)]
    aside = {name_of(graph.resolve(placed.item)) for placed in graph.placed if placed.via in ASIDES}
    others = [placed for placed in entries if not _is_publisher(page, placed, graph, aside)]
    if others:
        return _without_neighbours([placed.item for placed in others])
    alone = {name_of(placed.item) for placed in entries}
    return [placed.item for placed in entries if types_of(placed.item) & PRACTICES] if len(alone) == 1 else []


def _without_neighbours(items: list[Item]) -> list[Item]:
    """Drops general businesses that appear beside people or practices and have no medical name."""
    sure = [item for item in items if types_of(item) & (PERSONS | PRACTICES)]
    return [item for item in items if not sure or item in sure or is_medical(name_of(item) or "")]


def _is_entry(placed: PlacedItem, graph: Graph) -> bool:
    item = placed.item
    kinds = types_of(item)
    sure = kinds & (PERSONS | PRACTICES | BUSINESSES)
    if not (sure or kinds & ORGANISATIONS) or not name_of(graph.resolve(item)):
        return False
    if not set(placed.path) <= PATH_TO_ENTRIES or (placed.owner is not None and types_of(placed.owner) & WRITINGS):
        return False
    if placed.via in STAFF:
        title = item.get("jobTitle")
        other = isinstance(title, str) and names_other_role(title)
        return not other and bool(kinds & PERSONS) and any(map(item.get, ("telephone", "email", "address")))
    return bool(sure) or placed.via in MAIN_SUBJECT


def _workplaces(entries: Sequence[PlacedItem], graph: Graph) -> set[object]:
    """`@id`s and names of the practices where the listed persons work."""
    persons = [placed.item for placed in entries if types_of(placed.item) & PERSONS]
    stated = [value for person in persons for name in WORKPLACES for value in as_list(person.get(name))]
    places = [graph.resolve(value) for value in stated if isinstance(value, dict)]
    return {said for place in places for said in (place.get("@id"), name_of(place)) if isinstance(said, str)}


def _is_workplace(item: Item, workplaces: set[object]) -> bool:
    return not types_of(item) & PERSONS and not workplaces.isdisjoint((item.get("@id"), name_of(item)))


def _is_publisher(page: Page, placed: PlacedItem, graph: Graph, aside: Set[str | None]) -> bool:
    """Whether the item published the page: it is stated, or its address is the front of the site."""
    item, identity = placed.item, placed.item.get("@id")
    if name_of(item) in aside or (isinstance(identity, str) and graph.referred.get(identity, set()) & ASIDES):
        return True
    return not types_of(item) & PERSONS and _is_front(page, item.get("url"))


def _is_front(page: Page, url: object) -> bool:
    address = page.absolute(url) if isinstance(url, str) else None
    return bool(address and host_of(address) == host_of(page.base) and _path(address) in ("", "/"))


def _path(url: str) -> str:
    try:
        return split_url(url).path
    except ValueError:
        return ""


def is_own_site(page: Page, graph: Graph, item: Item) -> bool:
    """Whether the whole site belongs to the item.

    Its address is the front of the site, and the page is the front page or the site has its name.
    """
    if not _is_front(page, item.get("url")) and not _is_front(page, item.get("@id")):
        return False
    if is_front_path(page.base):
        return True
    return bool(_significant_words(name_of(item)) & _significant_words(site_name(page, graph)))


def is_front_path(url: str) -> bool:
    """Whether the address is that of a front, contact or about page."""
    return bool(_OWN_PATHS.match(_path(url) or "/"))


def site_name(page: Page, graph: Graph) -> str | None:
    """The site's name for itself, if the page states it."""
    stated = page.root.xpath("string(//meta[@property='og:site_name']/@content)").strip()
    sites = (name_of(placed.item) for placed in graph.placed if "website" in types_of(placed.item))
    return stated or next((name for name in sites if name), None)


def add_shown_site(page: Page, record: Record) -> Record:
    """Adds the website that the page shows, if it shows exactly one."""
    if any(field_of(text.label) == "website" for text in record.texts):
        return record
    found: dict[str, str] = {}
    for link in page.root.iter("a"):
        address = page.absolute(link.get("href") or "") or ""
        away = is_safe_url(address) and host_of(address) != host_of(page.base) and not is_third_party_site(address)
        if away and _shows_site(link, address):
            found.setdefault(host_of(address), address)
    sites = tuple(Labelled(label="website", text=address) for address in found.values())
    return replace(record, texts=(*record.texts, *sites)) if len(sites) == 1 else record


def _shows_site(link: HtmlElement, address: str) -> bool:
    text = " ".join("".join(islice(link.itertext(), 50)).split())
    if len(text) > 200 or any(above.tag in ("footer", "nav", "aside") for above in islice(link.iterancestors(), 60)):
        return False
    return field_of(text) == "website" or any(host_of(shown) == host_of(address) for shown in urls_in(text))


def _significant_words(name: str | None) -> set[str]:
    return set(_WORD.findall((name or "").casefold())) - _NO_WORDS


def _with_distinct_keys(records: Sequence[Record]) -> list[Record]:
    seen: Counter[str | None] = Counter()
    found = []
    for record in records:
        seen[record.key] += 1
        repeated = record.key and seen[record.key] > 1
        found.append(replace(record, key=f"{record.key}|{seen[record.key]}") if repeated else record)
    return found
