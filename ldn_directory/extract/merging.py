"""Joins what two places say of one entry."""

from __future__ import annotations

from dataclasses import replace

from ldn_directory.model import Labelled, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import fold

NAMES = frozenset({"name", "first_name", "middle_name", "last_name", "title"})
CONTACTS = frozenset({"phone", "email", "address", "street"})
_ONCE = frozenset(
    {"name", "practice", "city", "region", "postcode", "country", "website", "specialty", "credentials", "kind"}
)


def merge_records(listed: Record, found: Record) -> Record:
    """Adds the values that the listed entry lacks. Its key, headings and own values stay."""
    stated = {field_of(text.label) for text in listed.texts if text.label}
    if any(field_of(text.label) in NAMES for text in listed.texts) or not stated & {"practice"}:
        stated |= NAMES
    said = {fold(text.text) for text in listed.texts}
    more = [text for text in found.texts if fold(text.text) not in said and not _is_stated(text, stated)]
    hrefs = {link.href for link in listed.links}
    links = [link for link in found.links if link.href not in hrefs and link.rel != "detail"]
    texts = (*listed.texts, *more)
    return replace(listed, texts=texts, links=(*listed.links, *links), point=listed.point or found.point)


def _is_stated(text: Labelled, stated: set[str | None]) -> bool:
    field = field_of(text.label)
    return (field in stated and field in _ONCE | NAMES | CONTACTS) or field in ("key", "page")
