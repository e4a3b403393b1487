"""Which of the facts that are known about an entry a page states: its name, phone, e-mail, website and place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import phonenumbers

from ldn_directory.model import Fact
from ldn_directory.normalize.regions import region_named

from .evidence import folded_words, stated_data, texts_shown
from .page import Page, host_of

_APART = r"[\s().\-\u2010-\u2015/·]{0,3}"
"""What may stand between the digits of a telephone number."""
_PLACE = ("city", "region", "region_code", "country", "country_code")


def stated_facts(page: Page, facts: Mapping[str, str]) -> Iterator[Fact]:
    """The facts (field -> value) that stand on the page.

    A town counts only beside its region, country or postal code, and region and country only with their town: alone
    they may be about anything.
    """
    title, shown = texts_shown(page)
    texts = [title, *shown, *stated_data(page), *_links(page)]
    text, words = " ".join(texts), f" {folded_words(' '.join(texts))} "
    found = {name for name, value in facts.items() if _stands_alone(name, value, page, text, words)}
    found |= _place_found(facts, words)
    parts = facts.keys() & {"street", "city", "postcode"}
    if parts and parts <= found:
        found.add("address")
    yield from ((name, value) for name, value in facts.items() if name in found)


def _stands_alone(name: str, value: str, page: Page, text: str, words: str) -> bool:
    match name:
        case "name" | "street":
            return f" {folded_words(value)} " in words
        case "website":
            return host_of(page.url).removeprefix("www.") == host_of(value).removeprefix("www.")
        case "email":
            return re.search(rf"(?<![\w.+-]){re.escape(value)}(?![\w-])", text, re.IGNORECASE) is not None
        case "phone":
            return _has_phone(value, text)
    return False


def _has_phone(value: str, text: str) -> bool:
    """Whether a number stands in the text, in international or national form."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return False
    digits = _APART.join(str(number.national_number))
    ahead = rf"(?:(?:\+|00)?{_APART.join(str(number.country_code))}{_APART}(?:\(?0\)?{_APART})?|0{_APART})?"
    return re.search(rf"(?<!\d){ahead}{digits}(?!\d)", text) is not None


def _place_found(facts: Mapping[str, str], words: str) -> set[str]:
    """The fields of the place that stand beside each other."""
    town, postcode = folded_words(facts.get("city", "")), folded_words(facts.get("postcode", ""))
    region = region_named(facts.get("region_code"))
    beside = [folded_words(facts.get("region", "")), folded_words(facts.get("country", "")) if not region else ""]
    short = region.code.partition("-")[2].lower() if region and region.country_code in ("US", "CA", "AU") else ""
    if not town:
        return set()
    with_postcode = postcode and (f" {postcode} {town} " in words or _is_followed(words, town, postcode))
    if with_postcode or any(_is_followed(words, town, one) for one in (*beside, short) if one):
        return {name for name in _PLACE if name in facts} | ({"postcode"} if with_postcode else set())
    return set()


def _is_followed(words: str, town: str, other: str) -> bool:
    """Whether the town is followed by the other, with at most two words between: a region, a district."""
    return re.search(rf" {re.escape(town)}(?: \w+){{0,2}} {re.escape(other)} ", words) is not None


def _links(page: Page) -> Iterator[str]:
    """Numbers and addresses in links to call or write to."""
    if page.kind == "html":
        yield from (
            str(href).partition(":")[2]
            for href in page.root.xpath("//a/@href[contains(., ':')]")
            if str(href).lower().startswith(("tel:", "mailto:"))
        )
