"""Selects the links of an entry: its contacts, its websites and its page on this site."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from ldn_directory.extract.facts import any_of
from ldn_directory.extract.page import host_of
from ldn_directory.model import Link

from .lines import Line

_SHARE = re.compile(
    r"share|pin/create|google\.[a-z.]+/maps|maps\.google|maps\.app\.goo|sharer|intent|mailto:\?|login|signin|wp-admin|/feed",
    re.I,
)
_ELSEWHERE = re.compile(rf"\b{any_of('link_elsewhere')}\b", re.I)
_DETAIL_TEXT = re.compile(rf"\b{any_of('link_to_profile')}\b", re.I)
_NO_PAGE = re.compile(r"\.(?:jpe?g|png|gif|svg|webp|pdf|zip|mp4)$", re.I)


def entry_links(lines: Sequence[Line], page: str, title: int | None = None) -> tuple[Link, ...]:
    """The entry's links in order, without repeats. Its page on this site gets `rel="detail"`."""
    if not any(line.links for line in lines):
        return ()
    host = host_of(page)
    found: dict[str, Link] = {}
    for index, line in enumerate(lines):
        for link in line.links:
            if link.href in found or not _worth_keeping(link, page):
                continue
            own = link.href.startswith("http") and host_of(link.href) == host
            shown = index == title or link.text == line.text or bool(_DETAIL_TEXT.search(link.text))
            leads_on = own and shown and not _NO_PAGE.search(urlsplit(link.href).path)
            found[link.href] = Link(text=link.text, href=link.href, rel="detail" if leads_on else link.rel)
    return tuple(found.values())


def _worth_keeping(link: Link, page: str) -> bool:
    if not link.href.startswith(("http", "mailto:", "tel:")) or _SHARE.search(link.href):
        return False
    if _ELSEWHERE.search(link.text) and len(link.text) < 60:
        return False
    return link.href.split("#")[0] != page.split("#")[0]
