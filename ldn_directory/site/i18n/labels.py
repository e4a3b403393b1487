"""Values of the database in words, and links that are safe to follow."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

from ldn_directory.normalize.phones import is_valid

from .lazy_text import Km, Phrase, phrase
from .locale import ENGLISH, Reader
from .place_names import country_in, region_in

_WORDS: dict[str, dict[str, str]] = tomllib.loads(
    files("ldn_directory.site.i18n").joinpath("labels.toml").read_text("utf-8")
)
MOST_LINK_CHARACTERS = 2_000


def word(group: str, value: object, reader: Reader = ENGLISH) -> str:
    """The label of a database value in the reader's language, from `labels.toml`; the value itself if it has none."""
    known = _WORDS[group].get(str(value))
    return str(value) if known is None else reader.translations.pgettext(group, known)


def what_changed(change: Mapping[str, Any], reader: Reader = ENGLISH) -> str:
    """What a row of `changes` says happened, such as `Changed: phone` or `Merged with entry 7`."""
    told = word("change", change["what"], reader)
    if change["other"]:
        return f"{told} {change['other']}"
    return (
        f"{told}: {word('field', change['field'], reader)}" if change["field"] and change["what"] != "moved" else told
    )


def change_in_words(change: Mapping[str, Any], title: str | None) -> str:
    """The same in English, with the values before and after and the title of the source."""
    told = what_changed(change)
    if change["field"]:
        told += f" from {change['before']}" * bool(change["before"]) + f" to {change['after']}" * bool(change["after"])
    return told + (f" ({title or change['source']})" if change["source"] else "")


def facet_value(facet: str, value: str, sources: Mapping[str, str], reader: Reader = ENGLISH) -> str:
    """The label of a facet's value: a source's title, a country's name in the reader's language, or a word."""
    if facet == "source":
        return sources.get(value, value)
    if facet == "country":
        return country_in(reader.locale, value)
    if facet == "region":
        return region_in(reader.locale, value)
    return word(facet, value, reader) if facet in _WORDS else value


_ONLY_IN = {"DO": ("US", "CA")}
"""Credentials that mean a profession in some countries only; elsewhere a DO may be a diploma in osteopathy."""


def credentials_in_words(credentials: str | None, country_code: str | None, reader: Reader = ENGLISH) -> str:
    """What the letters behind a name mean in a country, such as `MD: physician`; empty if unknown."""
    known = _WORDS["credential"]
    found: dict[str, list[str]] = {}
    for stated in re.split(r"[,;/|]+|(?<![.])\s+", credentials or ""):
        plain = re.sub(r"[^A-Z]", "", stated.upper())
        if plain in known and country_code in _ONLY_IN.get(plain, (country_code,)):
            found.setdefault(word("credential", plain, reader), []).append(stated.strip())
    return "; ".join(f"{', '.join(letters)}: {meaning}" for meaning, letters in found.items())


def distance_away(
    distance_km: float, precision_km: float | None, country_code: str | None, city: str | None = None
) -> Phrase:
    """How far away, as exactly as the place is known: one known only by its town may be anywhere in it."""
    if precision_km and precision_km >= max(1.0, distance_km):
        if city:
            return phrase("in %(city)s (exact address not listed)", city=city)
        return phrase("nearby (exact address not listed)")
    distance = Km(distance_km, country_code)
    if not precision_km or precision_km < 1:
        return phrase("%(distance)s away", distance=distance)
    return phrase("about %(distance)s away", distance=distance)


@lru_cache(maxsize=1024)
def web_link(url: str | None) -> str | None:
    """The address if it is plain http or https (RFC 3986), else None, as it is shown as text then."""
    if not url or len(url) > MOST_LINK_CHARACTERS or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.port != 0 and not parts.username
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and named else None


def phone_link(phone: str | None) -> str | None:
    """A tel: link (RFC 3966) for a number in E.164 that is valid in its country, else None."""
    return f"tel:{phone}" if phone and is_valid(phone) else None


def mail_link(email: str | None) -> str | None:
    """A mailto: link (RFC 6068) for a plain address, else None."""
    if not email or email.count("@") != 1 or not email.isprintable() or set(email) & set(" ?&<>\"'\\,;:"):
        return None
    return f"mailto:{quote(email, safe='@')}"


def letter_link(contact: str, subject: str, body: str = "") -> str | None:
    """A mailto link with a subject and a text (RFC 6068), or a web address; None if the contact is neither."""
    letter = mail_link(contact)
    if not letter:
        return web_link(contact)
    text = "&body=" + quote(body.replace("\n", "\r\n"), safe="") if body else ""
    return f"{letter}?subject={quote(subject, safe='')}{text}"


@lru_cache(maxsize=1024)
def host_of(url: str) -> str:
    """The host of an address, for display."""
    return (urlsplit(url).hostname or url).removeprefix("www.")
