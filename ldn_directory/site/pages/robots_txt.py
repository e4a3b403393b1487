"""`robots.txt` (RFC 9309) and `security.txt` (RFC 9116)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

CLOSED = ("/ldn", "/search.", "/suggest.json", "/changes.", "/download/", "/visit", "/*/visit", "/*?")
"""Facets, tables and files: endless for a crawler, and nothing that the pages do not show."""
OPEN = tuple(f"{language}/{pages}/*?page=" for language in ("", "/*") for pages in ("regions", "pharmacies"))
"""Later pages of places, although they have a question mark: the longer rule holds (RFC 9309, section 2.2.2)."""
HOLDS_DAYS = 180
"""Section 2.5.5 asks for less than a year."""
_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_WEB = re.compile(r"https://\S+")


def robots(base: str | None) -> str:
    """What crawlers may read; names the sitemap if the site's address is known."""
    rules = [*(f"Disallow: {path}" for path in CLOSED), *(f"Allow: {path}" for path in OPEN)]
    lines = ["User-agent: *", *rules, *([f"\nSitemap: {base}/sitemap.xml"] if base else [])]
    return "\n".join(lines) + "\n"


def security(contact: str, base: str | None, today: date, languages: tuple[str, ...]) -> str | None:
    """Whom to tell of a weakness; None if `contact` is neither an e-mail nor an https address, which is what the rule allows."""
    if _MAIL.fullmatch(contact):
        contact = f"mailto:{contact}"
    elif not _WEB.fullmatch(contact):
        return None
    expires = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=HOLDS_DAYS)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(languages)}",
        *([f"Canonical: {base}/.well-known/security.txt"] if base and _WEB.fullmatch(base) else []),
    ]
    return "\n".join(lines) + "\n"
