"""Reads values from pictures: a country from a flag, credentials from a badge, a number from its image."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ldn_directory.extract.signals import has_email, has_phone, is_credentials
from ldn_directory.normalize.regions import country

_MOST = 60
_FLAG = re.compile(r"^flag of (?:the )?|\s*\bflag$|^the ", re.I)
_NOT_NUMBER = re.compile(r"[\d\s().+-]|phone|tel|number|fax", re.I)


def image_text(image: HtmlElement) -> str | None:
    """The picture's text, if it is a value and not a mere description; else None."""
    said = (image.get("alt") or image.get("title") or "").strip()
    if not 1 < len(said) <= _MOST:
        return None
    if is_credentials(said) or (has_email(said) and " " not in said):
        return said
    if has_phone(said):
        return said if len(_NOT_NUMBER.sub("", said)) <= 3 else None
    land = country(_FLAG.sub("", said))
    return land.name if land else None
