"""Extracts the practice or pharmacy whose own website a page belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ldn_directory.extract.evidence import mentions_ldn
from ldn_directory.extract.facts import facts, phrase_pattern
from ldn_directory.extract.page import Page, host_of
from ldn_directory.extract.signals import has_address, has_phone, has_postcode, is_strong_name, label_field
from ldn_directory.model import Extraction, Labelled, Record
from ldn_directory.normalize.names import people
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.web import emails

from . import generic, structured_data
from .entries import labelled_texts
from .lines import Layout, layout_of
from .linked_data import Graph, read_graph
from .schema_org import types_of

MAX_PLACES = 30
_MAX_NAME = 80
_MAX_LINE = 200
_TITLE_PARTS = re.compile(r"\s+[|–—·»:•]\s+|\s+-\s+|\s*[|»]\s*")
_LOGO = re.compile(r"\b(?:logo|logotype|home|homepage|image|brand|header)\b", re.I)
_DATED = re.compile(r"/(?:19|20)\d\d/\d\d?(?:/|$)")
_RIGHTS = re.compile(r"©|\(c\)|copyright|rights reserved|alle rechte", re.I)
_NEWS = frozenset({"article", "newsarticle", "blogposting", "scholarlyarticle", "medicalscholarlyarticle", "report"})
_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class _Contacts:
    """Phones and e-mail addresses next to an address, or (without an address) valid for all places."""

    address: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)


def extract(page: Page) -> Extraction:
    """One record for each place of the practice; none for other pages, or without both phone and address.

    Articles, charities, directories and news pages are not practices.
    """
    if page.kind != "html":
        return Extraction()
    graph = read_graph(page)
    names = list(_names(page, graph))
    name = _practice_name(names)
    if name is None or _is_article(page, graph):
        return Extraction()
    if not _is_own_site(page, name, names, structured_data.site_name(page, graph)):
        return Extraction()
    stated = structured_data.extract(page).records
    if stated:
        return Extraction(records=stated if len({_name_of(record) for record in stated}) == 1 else ())
    shared, places = _contacts(layout_of(page, everything=True))
    if len(places) > 1 and _is_list(page):
        return Extraction()
    reached = [place for place in places if shared.phones or place.phones]
    return Extraction(records=tuple(_record(page, name, place, shared, len(places)) for place in reached))


def _practice_name(names: Sequence[str]) -> str | None:
    """The practice's name, if the page seems to be its own."""
    said = [part for text in names if (part := _SPACES.sub(" ", text).strip(" |-–—·:,"))]
    if said and any(_is_other(text) for text in said[:2]):
        return None
    return next((text for text in said if is_practice_name(text)), None)


def is_practice_name(text: str) -> bool:
    """Whether the text names one practice, pharmacy or practitioner."""
    if not 4 <= len(text) <= _MAX_NAME or _is_other(text) or text.endswith(("?", "!", ".")):
        return False
    folded = fold(text)
    if not set(re.findall(r"[^\W\d_]+", folded)) - set(facts("own_page")["generic"]):
        return False
    return bool(phrase_pattern("own_page", "practices").search(folded)) or any(
        person.credentials for person in people(text)
    )


def names_no_entry(text: str) -> bool:
    """Whether the text is the title of an article or the name of a society, and not of a practice."""
    return not phrase_pattern("own_page", "practices").search(fold(text)) and (_is_other(text) or mentions_ldn(text))


def _is_own_site(page: Page, name: str, names: Sequence[str], site: str | None) -> bool:
    """Whether the page is on the practice's own site.

    The host name contains its name, or the front or contact page repeats it.
    """
    own = {word for word in re.findall(r"[^\W\d_]{4,}", fold(name)) if word not in facts("own_page")["generic"]}
    host = host_of(page.base) if page.base.startswith("http") else ""
    if any(word in host for word in own):
        return True
    if site and not own & set(re.findall(r"[^\W\d_]{4,}", fold(site))):
        return False
    front = not host or structured_data.is_front_path(page.base)
    return front and sum(fold(name) in fold(text) for text in (*names, page.root.text_content()[-1_500:])) >= 2


def _is_list(page: Page) -> bool:
    """Whether the page lists several named people or practices."""
    names = {_name_of(record) for record in generic.extract(page).records}
    return sum(is_strong_name(name) for name in names) >= 3


def _is_other(text: str) -> bool:
    return bool(phrase_pattern("own_page", "not_practices").search(fold(text)))


def _names(page: Page, graph: Graph) -> Iterator[str]:
    """Possible names of the practice: site name, logo, parts of the title (last first), main headings."""
    root = page.root
    if site := structured_data.site_name(page, graph):
        yield site
    for alt in root.xpath("(//header//img | //a//img)[@alt]/@alt")[:3]:
        if _LOGO.search(alt):
            yield _LOGO.sub("", str(alt))
    yield from reversed(_TITLE_PARTS.split(" ".join(root.xpath("//title/text()")[:1])))
    for heading in root.xpath("//h1")[:2]:
        yield heading.text_content()


def _is_article(page: Page, graph: Graph) -> bool:
    path = urlsplit(page.base).path.lower()
    if _DATED.search(path) or set(path.split("/")) & set(facts("own_page")["articles"]):
        return True
    if page.root.xpath("//meta[@property='article:published_time' or @property='article:author']"):
        return True
    return any(types_of(placed.item) & _NEWS for placed in graph.placed if len(placed.path) <= 1)


def _name_of(record: Record) -> str:
    return next((text.text for text in record.texts if text.label in ("name", "practice")), "")


def _contacts(layout: Layout) -> tuple[_Contacts, list[_Contacts]]:
    """(contacts valid for all places, places in page order without repeats)."""
    shared = _Contacts()
    places: dict[str, _Contacts] = {}
    last = shared
    lines = [line for line in layout.lines if len(line.text) <= _MAX_LINE]
    for line in lines:
        for link in line.links:
            if link.href.lower().startswith("tel:") and not has_phone(line.text):
                shared.phones.append(link.href[4:])
            elif link.href.lower().startswith("mailto:"):
                shared.emails += emails(link.href[7:])
    for text in labelled_texts(lines):
        said = label_field(text.label) if text.label else None
        if said in ("phone_unlisted", "ignored"):
            continue
        if said in ("address", "street", None) and _is_address(text.text):
            last = places.setdefault(re.sub(r"\W+", "", fold(text.text)), _Contacts(text.text))
        elif said in ("phone", None) and has_phone(text.text):
            last.phones.append(text.text)
        else:
            last.emails += emails(text.text)
    return shared, _merge_places(list(places.values()))


def _is_address(text: str) -> bool:
    whole = has_postcode(text) and has_address(text) and len(_NUMBER.findall(text)) >= 2
    return whole and len(text) <= _MAX_LINE and not _RIGHTS.search(text)


def _merge_places(places: Sequence[_Contacts]) -> list[_Contacts]:
    """Merges places whose address is a shortened form of another."""
    kept: list[_Contacts] = []
    for place in sorted(places, key=lambda place: -len(place.address)):
        numbers = set(_NUMBER.findall(place.address))
        other = next((held for held in kept if numbers <= set(_NUMBER.findall(held.address))), None)
        if other is None:
            kept.append(place)
        else:
            other.phones += place.phones
            other.emails += place.emails
    return sorted(kept, key=places.index)[:MAX_PLACES]


def _record(page: Page, name: str, place: _Contacts, shared: _Contacts, many: int) -> Record:
    phones = place.phones + shared.phones if many == 1 else place.phones or shared.phones
    mails = place.emails or shared.emails
    texts = [
        Labelled(label="name" if any(person.credentials for person in people(name)) else "practice", text=name),
        Labelled(label="address", text=place.address),
        *(Labelled(label="phone", text=phone) for phone in dict.fromkeys(phones[:3])),
        *(Labelled(label="email", text=mail) for mail in mails[:1]),
    ]
    parts = urlsplit(page.base)
    if parts.scheme in ("http", "https"):
        texts.append(Labelled(label="website", text=f"{parts.scheme}://{parts.netloc}/"))
    return Record(page=page.url, texts=tuple(texts))
