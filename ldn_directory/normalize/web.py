"""E-mail and web addresses as lists publish them: protected, written out, run together, or placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

from ldn_directory.model import Link

from .words import any_of, table

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?![\w-])", re.IGNORECASE)
_AT = r"\s*(?:\(\s*(?:at|ät|@)\s*\)|\[\s*(?:at|@)\s*\]|\{\s*at\s*\}|\s(?:at|AT)\s|&#64;)\s*"
_DOT = r"\s*(?:\(\s*(?:dot|punkt|punto|\.)\s*\)|\[\s*(?:dot|\.)\s*\]|\{\s*dot\s*\}|\s(?:dot|DOT)\s|\.)\s*"
_WRITTEN_OUT = re.compile(rf"([\w.+-]{{1,64}}){_AT}((?:[\w-]{{1,63}}{_DOT}){{1,4}}[a-z]{{2,24}})\b", re.IGNORECASE)
_SURELY_WRITTEN_OUT = re.compile(r"dot|\(|\[", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"protected|^(?:noreply|no-reply|donotreply|email|name|user|you|yourname|someone)@|@(?:domain|yourdomain|email|sentry\.)|\.(?:png|jpe?g|gif|webp|svg|css|js)$",
    re.IGNORECASE,
)
_BARE_HOST = re.compile(
    r"(?<![\w@/.-])((?:www\.)?(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,4}(?:[a-z]{2,24}))(/[^\s<>\"'|,;]*)?(?![\w@])",
    re.IGNORECASE,
)
_URL = re.compile(r"https?:/{1,3}[^\s<>\"'|]+", re.IGNORECASE)
_NO_HOST = re.compile(r"\.(?:jpe?g|png|gif|pdf|docx?|md|do|np|pa|nd|phd|inc|llc|st|ave|rd)$", re.IGNORECASE)
_KNOWN_TLD = re.compile(rf"\.{any_of('top_level_domains')}$", re.IGNORECASE)
_WRAPPERS = ("url", "u", "q", "to", "target", "dest", "redirect", "link", "goto")
SOCIAL = table("social_hosts")


def cloudflare_email(hexed: str) -> str | None:
    """The address behind Cloudflare's `data-cfemail`: each byte is masked with the first; None if it is none."""
    try:
        masked = bytes.fromhex(hexed.strip())
    except ValueError:
        return None
    plain = bytes(byte ^ masked[0] for byte in masked[1:]).decode("utf-8", "replace") if masked else ""
    found = emails(plain)
    return found[0] if found else None


def emails(text: str) -> tuple[str, ...]:
    """The e-mail addresses in a text, hosts in lower case. Those written out are joined, placeholders left out."""
    source = text[:20_000]
    found = [match.group() for match in _EMAIL.finditer(source)]
    if not found:
        found = [
            f"{match[1]}@{re.sub(_DOT, '.', match[2], flags=re.IGNORECASE)}"
            for match in _WRITTEN_OUT.finditer(source)
            if "@" in match[0] or " at " not in match[0].lower() or _SURELY_WRITTEN_OUT.search(match[0])
        ]
    whole = (_lower_host(address.strip(".-")) for address in found)
    return tuple(dict.fromkeys(one for one in whole if one[0] != "@" and not _PLACEHOLDER.search(one)))


def _lower_host(address: str) -> str:
    name, _, host = address.rpartition("@")
    return f"{name}@{host.lower()}"


@lru_cache(maxsize=4096)
def is_safe_url(url: str) -> bool:
    """Whether an address is plain http(s) with a host, so that a reader may be sent there."""
    try:
        parts = urlsplit(url.strip())
        return (
            parts.scheme.lower() in ("http", "https")
            and bool(parts.hostname)
            and "." in (parts.hostname or "")
            and len(url) < 2_000
        )
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """The host of an address, in lower case and without "www."; "" if it has none."""
    try:
        return (urlsplit(url.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def site_key(url: str) -> str:
    """What an organisation is known by: host and path of its site, in lower case and without "www."."""
    path = urlsplit(url.strip()).path if host_of(url) else ""
    return f"{host_of(url)}{path.rstrip('/')}".lower()


def website(text: str | None, links: Iterable[Link] = ()) -> str | None:
    """The first usable web address of a text, else of links; social pages only if there is nothing else."""
    found = [*urls_in(text or ""), *(unwrap_redirect(link.href) for link in links if is_safe_url(link.href))]
    own = [url for url in found if not any(mark in url.lower() for mark in SOCIAL)]
    usable = own or found
    return usable[0] if usable else None


def urls_in(text: str) -> list[str]:
    """Web addresses in a text in order; bare hosts get https."""
    source = text[:20_000].strip()
    split = re.sub(r"(?<=[\w/])(?=https?://)", " ", source)
    found = [unwrap_redirect(match.group().rstrip(".,;:)]}'\"")) for match in _URL.finditer(split)]
    if not found:
        without_mail = _EMAIL.sub(" ", source)
        for match in _BARE_HOST.finditer(without_mail):
            host = match.group(1)
            if host.lower().startswith("www.") or (
                _KNOWN_TLD.search(host) and not _NO_HOST.search(host) and not host[0].isdigit()
            ):
                found.append("https://" + host.lower() + (match.group(2) or "").rstrip(".,;:)"))
    return [url for url in found if is_safe_url(url)]


def unwrap_redirect(url: str) -> str:
    """The target of a redirect such as `/out?url=https://...`; any other address as it is."""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return url
    for name in _WRAPPERS:
        for value in query.get(name, ()):
            goal = unquote(value)
            if is_safe_url(goal):
                return goal
    return url
