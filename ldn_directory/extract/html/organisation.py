"""Reads what a page of an organisation's own site says of it: places, numbers, hours, whom it serves.

The organisation is known: it is a row of a list. What belongs to others is left out: the site's maker and host,
authorities, partners, insurers, emergency services, postal boxes. In doubt nothing is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ldn_directory.extract.evidence import COOKIE_BANNER, texts_shown
from ldn_directory.extract.evidence import extract as find_ldn
from ldn_directory.extract.facts import facts, phrase_pattern
from ldn_directory.extract.notices import visible_text
from ldn_directory.extract.page import Page, host_of
from ldn_directory.extract.signals import has_address, has_phone, is_label, is_organisation, label_field, phones_in
from ldn_directory.model import Extraction, Fact, Labelled, Record
from ldn_directory.normalize.regions import fold, regions_in
from ldn_directory.normalize.telehealth import telehealth
from ldn_directory.normalize.web import emails

from .boilerplate import MAIN
from .detail import by_place, contact_texts, is_place_text, statements
from .lines import BOLD_LEVEL, Layout, Line, layout_of
from .linked_data import Graph, Item, PlacedItem, read_graph
from .opening_hours import opening_hours
from .schema_org import BUSINESSES, ORGANISATIONS, PRACTICES, item_records, name_of, types_of

MOST_PLACES = 12
"""A page that names more is that of a chain or a system: which place is the organisation's own, it does not say."""
_DEPARTMENTS = ("department", "subOrganization", "location", "hasPart", "owns")
_FREE_MAIL = re.compile(
    r"(?:gmail|outlook|hotmail|yahoo|icloud|aol|gmx|web|t-online|orange|live|proton(?:mail)?)\.[a-z.]+"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_HEAD = re.compile(r"\s*[,:;(|·•–—]|\s-\s|\s(?=\d)|\n")
_FAX = re.compile(r"^\W*f(?:ax)?\W{1,3}\+?\(?\d", re.I)
_SHORT, _MOST_OF_PARKED, _LABEL, _MOST_OF_SENTENCE, _NEAR = 60, 1_500, 50, 400, 24
_BANNER = re.compile(r"cookie|consent|gdpr|cmp-", re.I)
_LEAD_IN = re.compile(
    r"^\D{2,80}?\b(?:at|on|visit|address(?: is)?|located at|adresse|direcci[oó]n|indirizzo|endere[cç]o)\b:?\s+(?=\d)",
    re.I,
)
_SENTENCES = re.compile(r"(?<=[a-zß-ÿ)])[.!?]\s+")
_PIECES = re.compile(
    r"[,;:.()]|\b(?:and|or|to|in|throughout|across|within|und|oder|in|nach|et|ou|en|au|y|o|e|em|of|the|patients|residents)\b",
    re.I,
)
_PARTS = frozenset({"city", "region", "postcode", "country"})


def extract(page: Page, organisation: Mapping[str, Any]) -> Extraction:
    """A record for each place that the page states, and one for what it says besides.

    `organisation` has the row's `name`, `kind`, `country`, and the page's `role`. `stated` says what the page is:
    ("ldn", "yes" or why not), ("named", "yes"), ("state", "parked", "closed" or why it cannot be read). A record's key
    says where it is from, as JSON: its number, `main` (whether it is called the main place), `data` (whether from data
    for machines), `hours`, `ships`.
    """
    if page.kind != "html":
        return Extraction(stated=(("state", f"is a {page.kind} file"),))
    state = tuple(_state_of(page, organisation))
    if dict(state).get("state"):
        return Extraction(stated=state)
    words = own_words(organisation["name"], page.url)
    graph = read_graph(page)
    records = [*_from_data(page, graph, words), *_from_lines(page, organisation, words)]
    if (number := sum(map(_is_located, records))) > MOST_PLACES:
        # Which of them are its own, nothing says.
        records = [record for record in records if not _is_located(record)]
        state = (*state, ("places", str(number)))
    country = organisation.get("country")
    named = Labelled(label="practice", text=organisation["name"])
    return Extraction(
        records=tuple(
            replace(
                record,
                key=json.dumps({"number": number} | json.loads(record.key or "{}"), sort_keys=True),
                texts=(named, *record.texts),
                headings=(country,) if country else (),
            )
            for number, record in enumerate(records)
        ),
        stated=state,
    )


def own_words(name: str, url: str) -> frozenset[str]:
    """The words of its name by which the organisation is told from others; all of them if all are common ones."""
    words = frozenset(_WORD.findall(fold(name)))
    return frozenset(words - set(facts("own_page")["generic"])) or words


def _state_of(page: Page, organisation: Mapping[str, Any]) -> Iterator[Fact]:
    title, texts = texts_shown(page)
    said = fold(visible_text(page))
    if phrase_pattern("organisation", "parked").search(said[:_MOST_OF_PARKED]) and len(said) < _MOST_OF_PARKED:
        yield "state", "parked"
    elif phrase_pattern("organisation", "closed").search(fold(title)):
        yield "state", "closed"
    else:
        named = _is_named(f" {fold(' '.join([title, *texts]))} ", own_words(organisation["name"], page.url))
        try:
            problems = find_ldn(page).problems
            yield "ldn", problems[0].what if problems else "yes"
        except ValueError as error:
            if str(error) != COOKIE_BANNER or not (named or _says_more_than_banners(page)):
                yield "state", str(error)
                return
        if named:
            yield "named", "yes"


def _says_more_than_banners(page: Page) -> bool:
    """Whether there are contacts outside of a consent banner."""
    layout = layout_of(page, everything=True)
    rest = _without_banners(layout)
    return len(rest) < len(layout.lines) and any(has_phone(line.text) or has_address(line.text) for line in rest)


def _is_named(text: str, words: frozenset[str]) -> bool:
    return sum(f" {word} " in text for word in words) * 2 >= len(words)


def _from_data(page: Page, graph: Graph, words: frozenset[str]) -> Iterator[Record]:
    """From schema.org data: the organisation, and its departments."""
    seen: set[tuple[Labelled, ...]] = set()
    for placed in graph.placed:
        item = graph.resolve(placed.item)
        if not isinstance(item, Mapping) or not _is_own(page, placed, item, words):
            continue
        part = any(step in _DEPARTMENTS for step in placed.path)
        notes: dict[str, Any] = {"data": True, "main": not part}
        if hours := opening_hours(item, graph):
            notes["hours"] = hours
        for record in item_records(page, graph, item, own_page=True):
            texts = tuple(text for text in record.texts if text.label not in ("name", "practice", "website", "kind"))
            if texts and texts not in seen:
                seen.add(texts)
                yield Record(
                    page=page.url, key=json.dumps(notes), texts=_own_emails(texts, page, words), point=record.point
                )


def _is_located(record: Record) -> bool:
    return any(is_place_text(text) or text.label in ("addressLocality", "postalCode") for text in record.texts)


def _is_own(page: Page, placed: PlacedItem, item: Item, words: frozenset[str]) -> bool:
    if not types_of(item) & (PRACTICES | BUSINESSES | ORGANISATIONS) or placed.via in (
        "author",
        "creator",
        "funder",
        "sponsor",
        "brand",
    ):
        return False
    named = set(_WORD.findall(fold(name_of(item) or "")))
    return bool(named & words)


def _from_lines(page: Page, organisation: Mapping[str, Any], words: frozenset[str]) -> Iterator[Record]:
    """From what a reader sees."""
    layout = layout_of(page, everything=True)
    lines = list(own_lines(_without_banners(layout), words))
    texts = list(_own_emails(tuple(_contacts(lines)), page, words))
    if not any(map(is_place_text, texts)):
        texts += _labelled_parts(lines)
    places = [place for place in by_place(texts) if place]
    whole = [place for place in places if any(map(is_place_text, place))]
    shared = [text for place in places if place not in whole for text in place]
    if len(whole) <= 1:
        extra = [*_linked(lines, texts, page, words)]
        shared, whole = ([*shared, *extra], []) if not whole else (shared, [[*whole[0], *extra]])
    for place in whole:
        above = _heading_above(lines, place)
        main = bool(above and phrase_pattern("organisation", "main").search(fold(above)))
        notes: dict[str, Any] = {"main": main} if main else {}
        yield Record(page=page.url, key=json.dumps(notes | _frame(lines, place, words)), texts=tuple(place))
    said = [*statements(lines), *_serves(lines, organisation)]
    ships = _ships(lines, organisation)
    besides: dict[str, Any] = {} if ships is None else {"ships": ships}
    if shared or said or besides:
        yield Record(page=page.url, key=json.dumps(besides | _frame(lines, shared, words)), texts=(*shared, *said))


def own_lines(lines: Sequence[Line], words: frozenset[str]) -> Iterator[Line]:
    """The lines without those about others."""
    heads, cuts = phrase_pattern("organisation", "heads"), phrase_pattern("organisation", "cuts")
    box, emergencies = phrase_pattern("organisation", "box"), phrase_pattern("organisation", "emergencies")
    section, node = 0, -1
    for at, line in enumerate(lines):
        folded = fold(line.text)
        if section and line.level and line.level <= section:
            section = 0
        if node >= 0 and line.node != node:
            node = -1
        if section or node >= 0:
            continue
        if heads.match(folded) and (line.level or len(line.text) <= _LABEL or ":" in line.text[:_LABEL]):
            within = at + 1 < len(lines) and lines[at + 1].node == line.node
            if line.level and not within and line.level <= BOLD_LEVEL:
                section = line.level
            elif len(line.text) <= _LABEL and not any(map(str.isdigit, line.text)):
                node = line.node
            continue
        if box.search(folded) and any(map(str.isdigit, line.text)):
            node = line.node
            continue
        if emergencies.search(folded) or _FAX.match(line.text) or _of_another(line.text, words):
            continue
        if found := cuts.search(folded):
            kept = _before(line.text, folded, found.start())
            node = line.node
            if kept:
                yield replace(line, text=kept, bits=[replace(line.bits[0], text=kept)] if line.bits else [], links=())
            continue
        yield line


def _before(text: str, folded: str, start: int) -> str:
    """The part of a text before a place in its folded form, to the last full stop or separator."""
    share = len(folded[:start].split())
    kept = " ".join(text.split()[:share])
    return kept.strip(" |·-–—,")


def _of_another(text: str, words: frozenset[str]) -> bool:
    """Whether an address or number in the line stands behind the name of another organisation."""
    head = _HEAD.split(text.strip(), maxsplit=1)[0]
    if head == text.strip() or not (has_address(text) or has_phone(text)):
        return False
    return is_organisation(head) and not words & set(_WORD.findall(fold(head)))


def _without_banners(layout: Layout) -> list[Line]:
    """The lines without those of consent banners."""
    banners = {at for at, one in enumerate(layout.elements) if _BANNER.search(f"{one.get('id')} {one.get('class')}")}
    return [line for line in layout.lines if not banners & layout.boxes_around(line.node)]


def _frame(lines: Sequence[Line], texts: Sequence[Labelled], words: frozenset[str]) -> dict[str, Any]:
    """Whether contacts stand in the page's frame, or beside the organisation's name: an article may name others'."""
    said = {text.text.split("\n")[0] for text in texts if has_address(text.text) or has_phone(text.text)}
    for at, line in enumerate(lines):
        if any(one in line.text for one in said):
            near = fold(" ".join(other.text for other in lines[max(0, at - 2) : at + 1]))
            if line.zone != MAIN or _is_named(f" {near} ", words):
                return {"own": True}
    return {}


def _labelled_parts(lines: Sequence[Line]) -> Iterator[Labelled]:
    """Town, region and postal code under labels of their own."""
    for line, after in pairwise(lines):
        if is_label(line.text) and label_field(line.text.rstrip(": ")) in _PARTS and len(after.text) <= _LABEL:
            yield Labelled(label=line.text.rstrip(": "), text=after.text)


def _contacts(lines: Sequence[Line]) -> Iterator[Labelled]:
    """Addresses, numbers and e-mails. Numbers for billing and the like come last, those of faxes not at all."""
    fax = phrase_pattern("organisation", "not_to_call")
    last: list[Labelled] = []
    known = ""
    for text in contact_texts(lines):
        known += re.sub(r"\D", "", text.text) + " "
        label = fold(text.label or "")
        if text.label and fax.fullmatch(label):
            continue
        if has_phone(text.text) and not has_address(text.text) and _is_later(text.text, lines):
            last.append(text)
        elif has_address(text.text) and (has_phone(text.text) or _LEAD_IN.match(text.text)):
            yield from _parted(text)
        else:
            yield text
    for line in lines:
        for number, is_first in _in_sentence(line.text):
            if re.sub(r"\D", "", number) not in known:
                known += re.sub(r"\D", "", number) + " "
                text = Labelled(label="phone", text=number)
                if is_first:
                    yield text
                else:
                    last.append(text)
    yield from last


def _in_sentence(text: str) -> Iterator[tuple[str, bool]]:
    """(number, whether it is one to call first) of each number in a sentence that says to call."""
    if (
        len(text) > _MOST_OF_SENTENCE
        or not has_phone(text)
        or not phrase_pattern("organisation", "call").search(fold(text))
    ):
        return
    for number in phones_in(text):
        before, _, after = text.partition(number)
        if not phrase_pattern("organisation", "not_to_call").search(fold(before[-12:])):
            yield number, not _names_a_purpose(before, after)


def _is_later(number: str, lines: Sequence[Line]) -> bool:
    """Whether a number is for billing, refills or the like."""
    line = next((line for line in lines if number in line.text), None)
    if line is None or len(line.text) > _MOST_OF_SENTENCE:
        return False
    before, _, after = line.text.partition(number)
    return _names_a_purpose(before, after)


def _names_a_purpose(before: str, after: str) -> bool:
    near = fold(f"{before[-_NEAR:].rpartition(',')[2]} {after[:_NEAR].split(',')[0]}")
    return bool(phrase_pattern("organisation", "later").search(near))


def _parted(text: Labelled) -> Iterator[Labelled]:
    """An address and a number in one text, apart."""
    numbers = phones_in(text.text)
    rest = _LEAD_IN.sub("", text.text)
    for number in numbers:
        rest = rest.replace(number, " ")
    if has_address(rest):
        yield Labelled(label=text.label, text=re.sub(r"\W+$", "", rest.strip()))
        yield from (Labelled(label="phone", text=number) for number in numbers)
    else:
        yield text


def _linked(lines: Sequence[Line], texts: Sequence[Labelled], page: Page, words: frozenset[str]) -> Iterator[Labelled]:
    """Numbers and e-mails that only links have."""
    known = "".join(re.sub(r"\D", "", text.text) for text in texts)
    written = " ".join(text.text.lower() for text in texts)
    for link in dict.fromkeys(link.href for line in lines for link in line.links):
        digits = re.sub(r"\D", "", link)
        if link.lower().startswith("tel:") and len(digits) >= 7 and digits[-7:] not in known:
            known += f" {digits}"
            yield Labelled(label="phone", text=link[4:])
        elif link.lower().startswith("mailto:") and (found := emails(link[7:])) and found[0].lower() not in written:
            yield from _own_emails((Labelled(label="email", text=found[0]),), page, words)


def _own_emails(texts: Sequence[Labelled], page: Page, words: frozenset[str]) -> tuple[Labelled, ...]:
    """The texts without e-mail addresses of other domains."""
    host = host_of(page.url)

    def own(mail: str) -> bool:
        domain = mail.rpartition("@")[2].lower()
        near = domain == host or domain.endswith(f".{host}") or host.endswith(f".{domain}")
        return near or bool(_FREE_MAIL.fullmatch(domain)) or any(len(word) > 3 and word in domain for word in words)

    return tuple(text for text in texts if all(map(own, emails(text.text))))


def _heading_above(lines: Sequence[Line], place: Sequence[Labelled]) -> str:
    """The heading over a place, or the line before it."""
    first = next((text.text.split("\n")[0] for text in place if is_place_text(text)), "")
    at = next((at for at, line in enumerate(lines) if first and first in line.text), 0)
    above = next((line.text for line in reversed(lines[max(0, at - 4) : at]) if line.level), "")
    own = lines[at].text.partition(first)[0] if lines else ""
    return f"{above} {own}"


def _serves(lines: Sequence[Line], organisation: Mapping[str, Any]) -> Iterator[Labelled]:
    """The regions in short lines below a heading such as "States we serve", and in sentences about it."""
    country = organisation.get("country_code")
    for line in lines:
        for sentence in _SENTENCES.split(line.text[:_MOST_OF_SENTENCE]):
            ships = phrase_pattern("organisation", "ships_yes").search(fold(sentence))
            if (ships or telehealth(sentence)) and not phrase_pattern("organisation", "ships_no").search(
                fold(sentence)
            ):
                parts = [part for part in _PIECES.split(sentence) if len(part) > 2 and regions_in(part, country)]
                if parts:
                    yield Labelled(label="serves", text=", ".join(parts))
    heads = phrase_pattern("site_links", "serves")
    level = 0
    for line in lines:
        if line.level:
            level = line.level if heads.search(fold(line.text)) else 0 if line.level <= level else level
        elif level and len(line.text) <= _SHORT and regions_in(line.text, country):
            yield Labelled(label="serves", text=line.text)


def _ships(lines: Sequence[Line], organisation: Mapping[str, Any]) -> bool | None:
    """Whether it ships, if it is a pharmacy and says so."""
    if organisation.get("kind") not in ("pharmacy", "telehealth"):
        return None
    texts = [fold(line.text) for line in lines if len(line.text) < 400]
    if any(phrase_pattern("organisation", "ships_no").search(text) for text in texts):
        return False
    return True if any(phrase_pattern("organisation", "ships_yes").search(text) for text in texts) else None
