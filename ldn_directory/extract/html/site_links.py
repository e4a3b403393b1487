"""Finds the pages of an organisation's site that say how to reach it: contact, places, imprint, whom it serves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from ldn_directory.extract.facts import facts, phrase_pattern
from ldn_directory.extract.page import Page, host_of
from ldn_directory.normalize.regions import fold

_MOST_TEXT, _MOST_OF_A_KIND = 40, 2
_NO_PAGE = re.compile(r"\.(?:pdf|docx?|xlsx?|jpe?g|png|gif|svg|webp|zip|mp[34]|ics|vcf|xml|json|css|js)$", re.I)
_REFRESH = re.compile(r"\d+\s*[;,]\s*url\s*=\s*['\"]?([^'\">]+)", re.I)


class SiteLink(NamedTuple):
    """A page of the same site, and what its link calls it: a key of `site_links.toml`, or `front`."""

    address: str
    kind: str


def site_links(page: Page, below: str = "") -> list[SiteLink]:
    """The pages to read, the most telling first, at most two of a kind. `below`: the path that they must be under."""
    if page.kind != "html":
        return []
    ranks = {kind: rank for rank, kind in enumerate(("front", *facts("site_links")))}
    found: dict[str, SiteLink] = {}
    for link in (*_frames(page), *_named(page)):
        path = urlsplit(link.address).path
        if below and link.kind != "front" and not path.startswith(f"{below}/"):
            continue
        found.setdefault(link.address.rstrip("/"), link)
    kinds: dict[str, int] = {}
    chosen = []
    for link in sorted(found.values(), key=lambda link: ranks[link.kind]):
        kinds[link.kind] = kinds.get(link.kind, 0) + 1
        if kinds[link.kind] <= _MOST_OF_A_KIND:
            chosen.append(link)
    return chosen


def _frames(page: Page) -> Iterator[SiteLink]:
    """The pages that this one shows in frames or leads on to by a tag."""
    sources = [frame.get("src") or "" for frame in page.root.iter("frame")]
    for content in page.root.xpath("//meta[translate(@http-equiv, 'REFSH', 'refsh')='refresh']/@content"):
        sources += _REFRESH.findall(str(content))
    yield from (SiteLink(address, "front") for source in sources if (address := _own(page, source)))


def _named(page: Page) -> Iterator[SiteLink]:
    for link in page.root.iter("a"):
        address = _own(page, link.get("href") or "")
        if not address:
            continue
        text = fold(link.text_content() or link.get("aria-label") or "")
        last = fold(re.sub(r"[-_.]|html?$|php$", " ", urlsplit(address).path.rstrip("/").rpartition("/")[2]))
        kind = next((kind for kind in facts("site_links") if _is_called(kind, text)), None)
        kind = kind or next(
            (kind for kind in facts("site_links") if phrase_pattern("site_links", kind).fullmatch(last)), None
        )
        if kind:
            yield SiteLink(address, kind)


def _is_called(kind: str, text: str) -> bool:
    found = phrase_pattern("site_links", kind).search(text) if len(text) <= _MOST_TEXT else None
    return found is not None and len(text) - (found.end() - found.start()) <= 12


def _own(page: Page, href: str) -> str | None:
    """The address of another page of the site; None for anything else."""
    address = (page.absolute(href) or "").split("#")[0] if href and not href.startswith("#") else ""
    if (
        not address.startswith("http")
        or host_of(address) != host_of(page.url)
        or _NO_PAGE.search(urlsplit(address).path)
    ):
        return None
    return None if address.rstrip("/") == page.url.split("#")[0].rstrip("/") else address
