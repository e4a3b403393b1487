"""`/robots.txt` (RFC 9309) and `/.well-known/security.txt` (RFC 9116)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.i18n.locale import LANGUAGES

from .about import contact_of
from .render import NOTHING_HERE, AnyResponse, Routes, configured_base, error_page, today

CLOSED = ("/ldn", "/search.", "/suggest.json", "/changes.", "/download/", "/visit", "/*/visit", "/*?")
"""Facets, tables and files: endless for a crawler, with nothing that the pages do not show."""
OPEN = tuple(f"{language}/{pages}/*?page=" for language in ("", "/*") for pages in ("regions", "pharmacies"))
"""Later pages of places, despite their question mark: the longer rule wins (RFC 9309, section 2.2.2)."""
VALID_DAYS = 180
"""RFC 9116, section 2.5.5, asks for less than a year."""
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_WEB = re.compile(r"https://\S+")


def format_robots(base: str | None) -> str:
    """The rules for crawlers, and the sitemap if the site's address is known."""
    rules = [*(f"Disallow: {path}" for path in CLOSED), *(f"Allow: {path}" for path in OPEN)]
    lines = ["User-agent: *", *rules, *([f"\nSitemap: {base}/sitemap.xml"] if base else [])]
    return "\n".join(lines) + "\n"


def format_security(contact: str, base: str | None, today: date, languages: tuple[str, ...]) -> str | None:
    """Where to report a weakness; None if `contact` is neither an e-mail nor an https address, as the RFC requires."""
    if _MAIL.fullmatch(contact):
        contact = f"mailto:{contact}"
    elif not _WEB.fullmatch(contact):
        return None
    expires = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=VALID_DAYS)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(languages)}",
        *([f"Canonical: {base}/.well-known/security.txt"] if base and _WEB.fullmatch(base) else []),
    ]
    return "\n".join(lines) + "\n"


async def robots(datasette: Any, request: Any) -> AnyResponse:
    """`/robots.txt`."""
    return _text(format_robots(configured_base(request)))


async def security(datasette: Any, request: Any) -> AnyResponse:
    """`/.well-known/security.txt`; 404 if there is no contact."""
    text = format_security(contact_of(datasette), configured_base(request), today(), tuple(LANGUAGES))
    return _text(text) if text else error_page(request, 404, NOTHING_HERE)


def _text(text: str) -> Response:
    return Response.text(text, headers={"Cache-Control": "public, max-age=3600"})


ROUTES: Routes = ((r"/robots\.txt", robots), (r"/\.well-known/security\.txt", security))
