"""Which addresses a crawl may ask, and which contact its own operator must have. No I/O: text in, an answer out."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urljoin, urlsplit

CONTACT = re.compile(r"[^\s@<>\"]+@[^\s@.]+(?:\.[^\s@.]+)+|https?://[^\s/@.]+(?:\.[^\s/@.]+)+(?:/\S*)?", re.IGNORECASE)
"""An e-mail address, or the address of a web page."""
NO_CONTACT = (
    "no contact address is set, so no web site is touched: set LDN_CONTACT to an e-mail or web address "
    "where a site's owner reaches you"
)

_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa")
_NUMERIC = re.compile(r"[0-9a-fx]+(?:\.[0-9a-fx]+){0,3}")
_WRAPPING_IPV4 = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are an IPv4 address."""
USUAL_PORTS = (None, 80, 443)


def is_contact(text: str) -> bool:
    """Whether a text looks like an e-mail address or an http(s) address by which somebody can be reached."""
    return bool(CONTACT.fullmatch(text.strip()))


def is_loopback(host: str) -> bool:
    """Whether a host is plainly this machine: `localhost`, `127.0.0.1`, `::1`. Other spellings of it are not."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback and "%" not in host


def is_private(host: str) -> bool:
    """Whether a host name or literal address, however it is spelt, is on this machine or on no public network."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(_PRIVATE_SUFFIXES):
        return True
    address = _address(name.strip("[]"))
    return address is not None and not _is_public(address)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a system takes a text for, also `2130706433`, `0x7f.1` and `0177.0.0.1`; None for a name."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    if not _NUMERIC.fullmatch(text):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except OSError:
        return None


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether anybody's machine may have the address. IPv6 forms that wrap an IPv4 address are judged by that one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _WRAPPING_IPV4:
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped:
            return _is_public(wrapped)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


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
    if ports[0] != ports[1] and (is_private(goal) or ports[1] not in USUAL_PORTS):
        return "is another port"
    return None
