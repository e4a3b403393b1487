"""Long values of JSON entries: fragments of HTML are read as lines, and their links are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ldn_directory.extract.html.entries import labelled_texts, make_record
from ldn_directory.extract.html.lines import Layout, layout_of
from ldn_directory.extract.page import Page, absolute
from ldn_directory.extract.signals import has_address, has_email, has_phone, has_postcode, has_url, is_sentence
from ldn_directory.model import Labelled, Link
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.postal_address import looks_like_street
from ldn_directory.normalize.web import host_of, is_safe_url

from .cells import PLACED, Cell

MOST_FRAGMENT = 60_000
SHORT = 90
"""A shorter remark with a number in it could be taken for a second phone."""
_HREF = re.compile(r"""<a\b[^>]{0,1000}?\bhref\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s"'>]{1,2000}))""", re.I)
_LINE_END = re.compile(r",[ \t]*\r?\n")
_TITLED = re.compile(r"\s*(?:<(?:p|div|span)\b[^>]{0,300}>\s*){0,3}<(?:strong|b|h\d|a)\b", re.I)
Read = tuple[list[Labelled], list[Link]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeList:
    """What reading one entry needs to know about the whole list."""

    page: Page
    size: int
    fields: Mapping[str, str | None]
    """By label."""
    titled: frozenset[str]
    """Labels of fragments that begin with a line set in bold or linked, in nearly all entries."""
    countries: str | None
    own_hosts: frozenset[str]
    repeated: frozenset[str]
    """Keys that more than one entry has: they do not identify an entry."""


def is_titled(cell: Cell) -> bool:
    """Whether a fragment begins with a line in bold or a link."""
    return bool(cell.markup and _TITLED.match(cell.markup[:2000]))


def block(whole: WholeList, cell: Cell, field: str | None, known: set[str | None]) -> Read:
    """A free text or fragment as lines where the entry states no address elsewhere, else as a remark."""
    placed = bool(known & PLACED)
    remark = Labelled(label=cell.label, text=cell.text[:15_000], field="remark")
    if field is None and not cell.markup:
        return ([Labelled(label=cell.label, text=cell.text)], []) if len(cell.text) <= 2_000 else ([], [])
    if placed and known & {"phone", "email"} and field == "remark":
        text = " ".join(cell.text.split("\n"))
        numbered = "phone" in known and len(text) < SHORT and any(map(str.isdigit, text))
        return [] if numbered else [replace(remark, text=text)], []
    if (not cell.markup and ("\n" not in cell.text or placed)) or len(cell.markup or "") > MOST_FRAGMENT:
        return [remark], []
    flow, fragment = _flow(whole, cell.markup or "<br>".join(cell.text.split("\n")))
    texts = labelled_texts(flow.lines)
    if cell.label in whole.titled and known & {"name", "last_name"} and "practice" not in known:
        texts = _with_title(texts, flow.lines[0].text if flow.lines else "")
    if placed or field == "remark":
        texts = [_without_places(text) if placed else text for text in texts]
    links = _outward(whole, make_record(flow.lines, fragment).links)
    return [_with_practice(texts, at, known) for at in range(len(texts))], links


def whole_entry(whole: WholeList, cell: Cell) -> Read:
    """A popup's text as a whole entry, its first line the name."""
    flow, fragment = _flow(whole, cell.markup or "<br>".join(cell.text.split("\n")))
    title = 0 if flow.lines and ":" not in flow.lines[0].text else None
    return labelled_texts(flow.lines, title), _outward(whole, make_record(flow.lines, fragment, title=title).links)


def _flow(whole: WholeList, markup: str) -> tuple[Layout, Page]:
    fragment = page_of_fragment(whole.page.url, _LINE_END.sub("<br>", markup))
    return layout_of(fragment, everything=True), fragment


def page_of_fragment(url: str, markup: str) -> Page:
    """A fragment of HTML as a page of its own."""
    return Page(url, f"<div>{markup}</div>".encode("utf-8", "replace"), "text/html; charset=utf-8")


def _with_title(texts: list[Labelled], title: str) -> list[Labelled]:
    """A first line set apart that could be a practice is that, also where it was read as a part of an address."""
    first, _, rest = texts[0].text.partition("\n") if texts else ("", "", "")
    if first != title or not texts or texts[0].label not in (None, "address", "street") or not _could_be_title(first):
        return texts
    below = [replace(texts[0], text=rest)] if rest else []
    return [Labelled(label="practice", text=first.strip(" ,"), field="practice"), *below, *texts[1:]]


def _without_places(text: Labelled) -> Labelled:
    """Prose beside a stated address: no address, name or practice is taken from it."""
    contact = text.label is None and (has_phone(text.text) or has_email(text.text))
    harmless = text.label is not None and field_of(text.label) not in ("address", "street", "city", "name")
    return text if contact or harmless or text.field else Labelled(label="remark", text=text.text)


def _with_practice(texts: Sequence[Labelled], at: int, known: set[str | None]) -> Labelled:
    """The text; a bare line right above the address of an entry whose name is known is the practice."""
    text = texts[at]
    following = texts[at + 1] if at + 1 < len(texts) else None
    if text.label is not None or following is None or not known & {"name", "last_name"} or "practice" in known:
        return text
    if following.label in (None, "address", "street") and _is_street(following.text) and _could_be_practice(text.text):
        return Labelled(label="practice", text=text.text.strip(" ,"))
    return text


def _is_street(text: str) -> bool:
    first = text.split("\n")[0]
    return has_address(first) and (looks_like_street(first) or not has_postcode(first))


def _could_be_practice(text: str) -> bool:
    return _could_be_title(text) and not looks_like_street(text.strip(" ,"))


def _could_be_title(text: str) -> bool:
    bare = text.strip(" ,")
    if not 2 < len(bare) <= 80 or "\n" in bare or any(map(str.isdigit, bare)):
        return False
    return not (is_sentence(bare) or has_phone(bare) or has_url(bare))


def page_link(whole: WholeList, cell: Cell, field: str) -> Link | None:
    """The link to the entry's own page, if the address is within the list's own site."""
    hrefs = addresses_in(cell.markup) if cell.markup else [cell.text.strip()]
    for href in hrefs:
        if " " in href or "\n" in href or has_email(href):
            continue
        relative = href.startswith("/") and not href.startswith("//")
        if field == "page" or relative or (host_of(href) in whole.own_hosts and href.startswith("http")):
            address = absolute(whole.page.url, href)
            if address and is_safe_url(address):
                return Link(text=cell.label, href=address, rel="detail")
    return None


def links_in(whole: WholeList, markup: str) -> list[Link]:
    """The links of a fragment; those within the list's own site lead to the entry's own page."""
    found = []
    for href in addresses_in(markup):
        if href.lower().startswith(("mailto:", "tel:")):
            found.append(Link(text="", href=href))
        elif (address := absolute(whole.page.url, href)) and is_safe_url(address):
            found.append(Link(text="", href=address))
    return _outward(whole, found)


def _outward(whole: WholeList, links: Sequence[Link]) -> list[Link]:
    """The links; those within the list's own site lead to the entry's own page."""
    return [
        replace(link, rel="detail") if link.href.startswith("http") and host_of(link.href) in whole.own_hosts else link
        for link in links
    ]


def addresses_in(markup: str) -> list[str]:
    """The addresses of the links in a fragment."""
    return [
        (found[1] or found[2] or found[3]).replace("&amp;", "&").replace("&#038;", "&")
        for found in _HREF.finditer(markup[:MOST_FRAGMENT])
    ][:40]
