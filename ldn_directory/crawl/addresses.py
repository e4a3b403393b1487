"""Which addresses a crawl may ask, and which contact its own operator must have. No I/O: text in, an answer out."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urljoin, urlsplit

CONTACT = re.compile(r"[^\s@<>\"]+@[^\s@.]+(?:\.[^\s@.]+)+|https?://[^\s/@.]+(?:\.[^\s/@.]+)+(?:/\S*)?", re.IGNORECASE)
"""An e-mail address, or the address of a web page."""
NO_CONTACT = (
    "no contact address is set, so no web site is touched: set LDN_CONTACT to an e-mail or web address "
    "where a site's owner reaches you"
)


def is_contact(text: str) -> bool:
    """Whether a text looks like an e-mail address or an http(s) address by which somebody can be reached."""
    return bool(CONTACT.fullmatch(text.strip()))


def is_private(host: str) -> bool:
    """Whether a host name or literal address is on this machine or a private network."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def leaves_site(url: str, target: str) -> str | None:
    """Why a redirect from `url` to `target`, perhaps relative, is refused; None if it stays within the site."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, target))
        host, goal = here.hostname or "", there.hostname or ""
        ports = here.port, there.port
    except ValueError:
        return "is no address"
    if there.scheme not in ("http", "https"):
        return "is not a web page"
    if goal != host and is_private(goal):
        return "is a private address"
    if goal.lower().removeprefix("www.") != host.lower().removeprefix("www."):
        return "is another site"
    if here.scheme == "https" and there.scheme == "http":
        return "is not encrypted"
    if ports[0] != ports[1] and is_private(goal):
        return "is another port of a private address"
    return None
