"""What pictures state of an entry: a flag its country, a badge its credentials, a picture of a number that number."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ldn_directory.extract.signals import has_email, has_phone, is_credentials
from ldn_directory.normalize.regions import country

_MOST = 60
_FLAG = re.compile(r"^flag of (?:the )?|\s*\bflag$|^the ", re.I)
_NOT_NUMBER = re.compile(r"[\d\s().+-]|phone|tel|number|fax", re.I)


def image_text(image: HtmlElement) -> str | None:
    """The text that stands for the picture, if that is a value of an entry and no mere description; else None."""
    said = (image.get("alt") or image.get("title") or "").strip()
    if not 1 < len(said) <= _MOST:
        return None
    if is_credentials(said) or (has_email(said) and " " not in said):
        return said
    if has_phone(said):
        return said if len(_NOT_NUMBER.sub("", said)) <= 3 else None
    land = country(_FLAG.sub("", said))
    return land.name if land else None
