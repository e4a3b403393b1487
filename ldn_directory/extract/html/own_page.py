"""Extracts the practice or pharmacy whose own website a page belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ldn_directory.extract.evidence import mentions_ldn
from ldn_directory.extract.facts import facts, phrase_pattern
from ldn_directory.extract.page import Page, host_of, split_url
from ldn_directory.extract.signals import (
    has_address,
    has_phone,
    is_announcement,
    is_sentence,
    is_strong_name,
    label_field,
    names_person,
    person_and_credentials,
)
from ldn_directory.model import Extraction, Labelled, Record
from ldn_directory.normalize.names import has_title, looks_like_organisation, people
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.web import emails

from . import generic, structured_data
from .boilerplate import MAIN
from .detail import by_place, contact_texts, is_place_text, read_detail, statements
from .lines import Line, layout_of
from .linked_data import Graph, read_graph
from .schema_org import types_of
from .scoring import LineFeatures
from .subject import TITLE_PARTS, find_subject, is_article, is_person

_MAX_NAME = 80
_MAX_PROSE = 1_000
_LOGO = re.compile(r"\b(?:logo|logotype|home|homepage|image|brand|header)\b", re.I)
_RIGHTS = re.compile(r"©|\(c\)|copyright|rights reserved|alle rechte", re.I)
_NEWS = frozenset({"article", "newsarticle", "blogposting", "scholarlyarticle", "medicalscholarlyarticle", "report"})
_LONG = 60
_WORD = re.compile(r"[^\W\d_]{4,}")
_SPACES = re.compile(r"\s+")


def extract(page: Page) -> Extraction:
    """One record for each place of the practice, or for each person whom its site names.

    None for other pages, and none without both phone and address unless people are named. Articles, charities,
    directories and news pages are not practices.
    """
    if page.kind != "html":
        return Extraction()
    graph = read_graph(page)
    names = list(_names(page, graph))
    staff = _people(page)
    name = _practice_name(names) or _name_of_site(page, names, staff)
    if name is None or _is_article(page, graph):
        return Extraction()
    texts = [*statements(layout_of(page).lines), *contact_texts(layout_of(page, everything=True).lines)]
    if not _has_domain(page, name, texts):
        staff = [one for one in staff if one.is_sure or _has_rights(page, name)]
        if (staff or not page.base.startswith("http")) and _is_profile(page, name if staff else ""):
            return Extraction()
        if not staff and not _is_own_site(page, name, names, structured_data.site_name(page, graph)):
            return Extraction()
    places = [place for place in by_place(texts) if any(map(is_place_text, place)) and any(map(_is_phone, place))]
    if staff:
        return Extraction(records=tuple(_person(page, name, person, places) for person in staff))
    if len(places) > 1 and _is_list(page):
        return Extraction()
    return Extraction(records=tuple(_record(page, name, place) for place in places))


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
    return (
        front
        and sum(fold(name) in fold(text) for text in (*names, page.root.find("body").text_content()[-1_500:])) >= 2
    )


def _is_profile(page: Page, practice: str) -> bool:
    """Whether the page, of a site that is not known, is about one person, not the practice, and states contacts."""
    layout = layout_of(page)
    features = LineFeatures(layout, "")
    subject = find_subject(page, layout, features)
    if not subject or not subject.certain or fold(subject.name) == fold(practice):
        return False
    return bool(read_detail(page, layout, features, subject)[0])


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
    yield from reversed(TITLE_PARTS.split(" ".join(root.xpath("//title/text()")[:1])))
    for heading in root.xpath("//h1")[:2]:
        yield heading.text_content()


def _is_article(page: Page, graph: Graph) -> bool:
    return is_article(page) or any(types_of(placed.item) & _NEWS for placed in graph.placed if len(placed.path) <= 1)


def _name_of(record: Record) -> str:
    return next((text.text for text in record.texts if text.label in ("name", "practice")), "")


def _is_phone(text: Labelled) -> bool:
    return label_field(text.label or "phone") == "phone" and has_phone(text.text)


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody whom a heading of the page names."""

    name: str
    prose: str
    """What the page says of them in sentences."""
    is_sure: bool
    """Whether letters after the name say that they are of the profession, and no contact below is theirs alone."""


def _people(page: Page) -> list[_Person]:
    """The people whom most headings of one rank name. Those without letters only if the sentences below name them."""
    lines = [line for line in layout_of(page).lines if line.zone == MAIN]
    persons = (line for line in lines if line.level and is_person(line.text))
    level = min(
        (line.level for line in persons if _is_lettered(line.text) or not _has_rights(page, line.text)), default=0
    )
    rank = [at for at, line in enumerate(lines) if line.level == level]
    people = {
        lines[at].text: person
        for at, end in zip(rank, [*rank[1:], len(lines)], strict=False)
        if is_person(lines[at].text) and (person := _told(lines[at].text, lines[at + 1 : end]))
    }
    return list(people.values()) if 2 * len(people) >= len(rank) else []


def _told(name: str, below: Sequence[Line]) -> _Person | None:
    """The person under a heading; None if nothing shows that it is one."""
    prose = "\n".join(line.text for line in below if is_sentence(line.text) or len(line.text) > _LONG)[:_MAX_PROSE]
    lettered = _is_lettered(name)
    reached = any(_reaches(line.text) for line in below)
    if not (lettered or reached or has_title(name)) and not (
        set(_WORD.findall(fold(name))) & set(_WORD.findall(fold(prose)))
    ):
        return None
    return _Person(name, prose, lettered and not reached)


def _is_lettered(name: str) -> bool:
    return names_person(name) and person_and_credentials(name) is not None


def _has_domain(page: Page, name: str, texts: Sequence[Labelled]) -> bool:
    """Whether the practice's e-mail address is of the site, or named after the practice."""
    mails = [mail.rpartition("@")[2].lower() for text in texts for mail in emails(text.text)]
    words = [word for word in _WORD.findall(fold(name)) if word not in facts("own_page")["generic"]]
    host = host_of(page.base) if page.base.startswith("http") else None
    return any(mail == host or any(word in mail for word in words) for mail in mails)


def _reaches(text: str) -> bool:
    return not is_sentence(text) and (has_phone(text) or has_address(text))


def _has_rights(page: Page, name: str) -> bool:
    """Whether the page says that its rights are the practice's."""
    lines = layout_of(page, everything=True).lines
    return any(_RIGHTS.search(line.text) and fold(name) in fold(line.text) for line in lines)


def _name_of_site(page: Page, names: Sequence[str], staff: Sequence[_Person]) -> str | None:
    """The practice's name where no word in it says so: its people have medical letters, and the site repeats it."""
    if not staff or any(_is_other(text) for text in names[:2]):
        return None
    theirs = {word for one in staff for word in _WORD.findall(fold(one.name))}
    said = [part for text in names if (part := _SPACES.sub(" ", text).strip(" |-–—·:,"))]
    said = [part for part in said if not names_person(part) or not theirs & set(_WORD.findall(fold(part)))]
    own = (text for text in said if len(text) > 3 and _has_rights(page, text))
    organisations = (
        text for text in said if looks_like_organisation(text) and not is_announcement(text) and not names_person(text)
    )
    return next(own, None) or (next(organisations, None) if len(staff) > 1 else None)


def _person(page: Page, practice: str, person: _Person, places: Sequence[Sequence[Labelled]]) -> Record:
    """One of the practice's people. Where it has several places, nothing says which is theirs."""
    texts = [Labelled(label="name", text=person.name)]
    texts += [Labelled(label="practice", text=practice)] if fold(practice) not in fold(person.name) else []
    texts += [Labelled(label="remark", text=person.prose)] if person.prose else []
    return Record(page=page.url, texts=(*texts, *(places[0] if len(places) == 1 else ()), *_site(page)))


def _record(page: Page, name: str, place: Sequence[Labelled]) -> Record:
    label = "name" if any(person.credentials for person in people(name)) else "practice"
    return Record(page=page.url, texts=(Labelled(label=label, text=name), *place, *_site(page)))


def _site(page: Page) -> tuple[Labelled, ...]:
    parts = split_url(page.base)
    if parts.scheme not in ("http", "https"):
        return ()
    return (Labelled(label="website", text=f"{parts.scheme}://{parts.netloc}/"),)
