"""Sitemaps: every address that a search engine should know (https://www.sitemaps.org/protocol.html).

Providers are in parts by number, so that a part stays the same when others are added. Other pages are listed with
their translations; providers' pages state theirs themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from datasette.utils.asgi import Response

from ldn_directory.site.i18n.locale import LANGUAGES

from .render import NOTHING_HERE, AnyResponse, Routes, base_of, error_page, needs_directory, query_directory

PART = 10_000
"""Provider numbers per part; the protocol allows 50,000 addresses."""
XML = "application/xml; charset=utf-8"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
FIXED = (
    "/",
    "/regions",
    "/pharmacies",
    "/map",
    "/questions",
    "/sources",
    "/changes",
    "/about",
    "/privacy",
    "/removal",
    "/api",
    "/download",
)
REGIONS = """
SELECT code FROM regions WHERE providers > 0 OR telehealth_providers > 0 ORDER BY code
"""
PHARMACIES = """
SELECT DISTINCT country_code, region_code FROM providers WHERE kind = 'pharmacy'
"""
PARTS = """
SELECT (id - 1) / ? AS part, max(first_seen) FROM providers GROUP BY part ORDER BY part
"""
CHANGED_PARTS = """
SELECT (provider - 1) / ? AS part, max(at) FROM changes WHERE provider IS NOT NULL GROUP BY part
"""
PROVIDERS = """
SELECT p.id, max(p.first_seen, coalesce((SELECT max(c.at) FROM changes AS c WHERE c.provider = p.id), p.first_seen))
FROM providers AS p WHERE p.id BETWEEN ? AND ? ORDER BY p.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The providers numbered from `number` * PART + 1, and when their pages last changed, UTC."""

    number: int
    changed: str


def format_index(base: str, parts: Iterable[Part], read: str | None) -> str:
    """`/sitemap.xml`. `base` is the site's address without a slash at its end; `read` is when lists were last read."""
    named = [("/sitemap-pages.xml", read), *((f"/sitemap-{part.number + 1}.xml", part.changed) for part in parts)]
    lines = (f"<sitemap><loc>{escape(base + address)}</loc>{_lastmod(when)}</sitemap>\n" for address, when in named)
    return f'{HEAD}<sitemapindex xmlns="{NAMESPACE}">\n{"".join(lines)}</sitemapindex>\n'


def format_pages(base: str, addresses: Iterable[str], languages: Sequence[str]) -> str:
    """`/sitemap-pages.xml`: pages in every language, each with its alternates."""
    lines = (line for address in addresses for line in _page(base, address, languages))
    return f'{HEAD}<urlset xmlns="{NAMESPACE}" xmlns:xhtml="{XHTML}">\n{"".join(lines)}</urlset>\n'


def _page(base: str, address: str, languages: Sequence[str]) -> Iterator[str]:
    versions = {"x-default": base + address} | {language: f"{base}/{language}{address}" for language in languages}
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(version)}/>'
        for language, version in versions.items()
    )
    return (f"<url><loc>{escape(version)}</loc>{links}</url>\n" for version in versions.values())


def format_providers(base: str, rows: Iterable[tuple[int, str]]) -> str:
    """`/sitemap-<n>.xml`: pages of providers, and when their content last changed."""
    lines = (f"<url><loc>{escape(base)}/provider/{number}</loc>{_lastmod(when)}</url>\n" for number, when in rows)
    return f'{HEAD}<urlset xmlns="{NAMESPACE}">\n{"".join(lines)}</urlset>\n'


def _lastmod(when: str | None) -> str:
    return f"<lastmod>{escape(when)}</lastmod>" if when else ""


def parts_of(db: sqlite3.Connection) -> list[Part]:
    """The parts that have providers."""
    changed = dict(db.execute(CHANGED_PARTS, (PART,)))
    return [
        Part(number=number, changed=max(seen, changed.get(number, seen))) for number, seen in db.execute(PARTS, (PART,))
    ]


def providers_of(db: sqlite3.Connection, number: int) -> list[tuple[int, str]]:
    """The providers of a part; none if there is no such part."""
    first = number * PART + 1
    return list(db.execute(PROVIDERS, (first, first + PART - 1)))


def addresses_of(db: sqlite3.Connection) -> list[str]:
    """All other pages: fixed ones, regions, and regions with pharmacies."""
    regions = [f"/regions/{code}" for (code,) in db.execute(REGIONS)]
    codes = sorted({code for row in db.execute(PHARMACIES) for code in row if code})
    return [*FIXED, *regions, *(f"/pharmacies/{code}" for code in codes)]


def last_read_of(db: sqlite3.Connection) -> str | None:
    """When lists were last read, UTC."""
    (read,) = db.execute("SELECT max(finished) FROM runs").fetchone()
    return None if read is None else str(read)


@needs_directory
async def sitemap(datasette: Any, request: Any) -> AnyResponse:
    """`/sitemap.xml`: the parts."""
    parts, read = await query_directory(datasette, lambda db: (parts_of(db), last_read_of(db)))
    return _xml(format_index(base_of(request), parts, read))


@needs_directory
async def sitemap_pages(datasette: Any, request: Any) -> AnyResponse:
    """`/sitemap-pages.xml`: all pages but those of providers."""
    addresses = await query_directory(datasette, addresses_of)
    return _xml(format_pages(base_of(request), addresses, tuple(LANGUAGES)))


@needs_directory
async def sitemap_part(datasette: Any, request: Any) -> AnyResponse:
    """`/sitemap-<n>.xml`: the providers of a part."""
    number = int(request.url_vars["part"]) - 1
    rows = await query_directory(datasette, lambda db: providers_of(db, number))
    return _xml(format_providers(base_of(request), rows)) if rows else error_page(request, 404, NOTHING_HERE)


def _xml(text: str) -> Response:
    return Response(text, content_type=XML, headers={"Cache-Control": "no-cache"})


ROUTES: Routes = (
    (r"/sitemap\.xml", sitemap),
    (r"/sitemap-pages\.xml", sitemap_pages),
    (r"/sitemap-(?P<part>[1-9][0-9]{0,5})\.xml", sitemap_part),
)
