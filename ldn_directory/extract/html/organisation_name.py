"""What an organisation calls itself on its own site, and what kind it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_directory.extract.evidence import mentions_ldn
from ldn_directory.extract.facts import facts, phrase_pattern
from ldn_directory.extract.page import Page, host_of
from ldn_directory.normalize.names import looks_like_organisation, looks_like_person
from ldn_directory.normalize.regions import fold

from .linked_data import read_graph
from .schema_org import BUSINESSES, ORGANISATIONS, PRACTICES, name_of, types_of
from .structured_data import site_name
from .subject import TITLE_PARTS

_MAX_NAME = 70
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright)\s*(?:\d{4}(?:\s*[-–]\s*\d{4})?)?\s*(?:by\s+)?([^.|©\n]{3,70})", re.I)
_LOGO = re.compile(r"\s*\b(?:logo|logotype|homepage|home)\b\s*", re.I)
_LETTERS = re.compile(r"[^a-z0-9]+")
_PHARMACY = re.compile(r"pharmac|apothe|apotek|farmaci|chemist|drugstore|compounding|\brx\b|rx\b")
_REMOTE = re.compile(
    r"telehealth|telemed|tele ?doc|online (?:clinic|doctor|pharmacy)|virtual (?:clinic|care)|online ?praxis"
)


def organisation_name(page: Page) -> str | None:
    """The name that the page gives its site: that which its address is made of comes first. None if there is none."""
    names = host_of(page.url).split(".")
    host = _LETTERS.sub("", max(names[:-1] or names, key=len))
    said = ((" ".join(text.split()).strip(" |-–—·:,"), weight) for text, weight in _said(page))
    scored = [(_score(name, weight, host), -at, name) for at, (name, weight) in enumerate(said) if _is_name(name)]
    best = max(scored, default=None)
    return best[2] if best and best[0] > 1 else None


def is_persons(name: str) -> bool:
    """Whether a name is a person's, and no practice's."""
    is_practice = looks_like_organisation(name) or phrase_pattern("own_page", "practices").search(fold(name))
    return looks_like_person(name) and not is_practice


def kind_of(name: str, page: Page) -> str:
    """`pharmacy`, `telehealth` or `prescriber`, by the name, the address and the title of the site's page."""
    graph = read_graph(page)
    types = {kind for placed in graph.placed for kind in types_of(placed.item)}
    called = f"{fold(name)} {host_of(page.url)}"
    titled = fold(" ".join(page.root.xpath("//title/text()")[:1]))
    if "pharmacy" in types or _PHARMACY.search(called):
        return "pharmacy"
    if _REMOTE.search(called):
        return "telehealth"
    return "pharmacy" if _PHARMACY.search(titled) else "telehealth" if _REMOTE.search(titled) else "prescriber"


def _said(page: Page) -> Iterator[tuple[str, int]]:
    """(a text that may be the name, how much it is worth)."""
    graph = read_graph(page)
    for placed in graph.placed:
        if len(placed.path) <= 2 and types_of(placed.item) & (PRACTICES | BUSINESSES | ORGANISATIONS):
            yield name_of(placed.item) or "", 4
    yield site_name(page, graph) or "", 4
    for alt in page.root.xpath("(//header//img | //a//img)[@alt]/@alt")[:3]:
        if _LOGO.search(alt):
            yield _LOGO.sub(" ", str(alt)), 2
    title = " ".join(page.root.xpath("//title/text()")[:1])
    parts = [part for part in TITLE_PARTS.split(title) if part]
    yield from ((part, 2) for part in (*reversed(parts), *(part for one in parts for part in one.split(" - "))))
    for found in _RIGHTS.findall(page.root.text_content()[-3_000:]):
        yield re.split(r"\s*(?:,? all rights|,? alle rechte|\d{4})", found, maxsplit=1, flags=re.I)[0], 3
    yield from ((heading.text_content(), 1) for heading in page.root.xpath("//h1")[:1])


def _is_name(name: str) -> bool:
    words = set(re.findall(r"[^\W\d_]+", fold(name)))
    return 3 <= len(name) <= _MAX_NAME and bool(words - set(facts("own_page")["generic"])) and not mentions_ldn(name)


def _score(name: str, weight: int, host: str) -> int:
    letters = _LETTERS.sub("", fold(name))
    initials = "".join(word[0] for word in fold(name).split())
    of_host = len(letters) > 3 and (letters in host or host in letters)
    ending = name.rstrip().endswith(("?", "!", "."))
    is_practice = bool(phrase_pattern("own_page", "practices").search(fold(name)))
    shares = len(host) > 3 and any(len(word) > 3 and word in host for word in fold(name).split())
    return weight + 4 * of_host + 2 * (shares or initials == host) + 2 * is_practice - 3 * ending
