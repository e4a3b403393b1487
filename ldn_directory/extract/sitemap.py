"""Reads sitemaps, and the sitemap lines of robots.txt (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

from lxml import etree

from .page import MAX_BYTES, Page, absolute, host_of, split_url

MAX_ADDRESSES = 50_000
"""The protocol's limit for one file."""
_GZIP = b"\x1f\x8b"
_IN_ROBOTS = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.I | re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """The addresses in a sitemap that are on its own site, in order and without repeats."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    dropped: int = 0
    """Number of addresses on other sites, which the protocol forbids."""


def read(page: Page) -> Sitemap | None:
    """Reads a sitemap, a sitemap index (both perhaps gzipped), a list of addresses or a robots.txt.

    None if the page is none of them. Raises ValueError if it cannot be parsed.
    """
    plain = unzip(page)
    if split_url(page.url).path.endswith("/robots.txt"):
        return _make_sitemap(page, [], _IN_ROBOTS.findall(plain.text))
    start = plain.text[:2_000].lstrip("\ufeff \t\r\n")
    if re.search(r"<(?:\w+:)?(?:urlset|sitemapindex)\b", start):
        return _read_xml(plain)
    lines = [line.strip() for line in plain.text.split("\n", MAX_ADDRESSES + 1) if line.strip()]
    if lines and all(re.fullmatch(r"https?://\S+", line) for line in lines[:100]):
        return _make_sitemap(plain, lines, [])
    return None


def unzip(page: Page) -> Page:
    """The page without gzip. Raises ValueError if it is damaged or too large."""
    if not page.body.startswith(_GZIP):
        return page
    unpacking = zlib.decompressobj(31)
    try:
        body = unpacking.decompress(page.body, MAX_BYTES)
    except zlib.error as error:
        raise ValueError(f"{page.url}: damaged gzip file ({error})") from None
    if unpacking.unconsumed_tail:
        raise ValueError(f"{page.url}: more than the {MAX_BYTES:,} bytes that are read, once unzipped")
    return replace(page, body=body, content_type="application/xml")


def _read_xml(page: Page) -> Sitemap:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    root = etree.fromstring(page.text.lstrip("\ufeff \t\r\n").encode(), parser)
    if root is None:
        raise ValueError(f"{page.url}: no XML that can be read")
    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    for entry in root:
        name = _name(entry)
        if name in found and len(found[name]) < MAX_ADDRESSES:
            found[name] += [place.text.strip() for place in entry if _name(place) == "loc" and place.text][:1]
    return _make_sitemap(page, found["url"], found["sitemap"])


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _make_sitemap(page: Page, pages: list[str], sitemaps: list[str]) -> Sitemap:
    own = [
        [address for said in some[:MAX_ADDRESSES] if (address := _on_site(page.url, said))]
        for some in (pages, sitemaps)
    ]
    return Sitemap(
        pages=tuple(dict.fromkeys(own[0])),
        sitemaps=tuple(dict.fromkeys(own[1])),
        dropped=len(pages) + len(sitemaps) - sum(map(len, own)),
    )


def _on_site(base: str, said: str) -> str | None:
    address = absolute(base, said)
    if not address or not address.startswith(("http://", "https://")) or host_of(address) != host_of(base):
        return None
    return address.split("#")[0]
