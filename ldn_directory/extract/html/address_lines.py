"""Joins the lines of a postal address."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_postcode,
    is_credentials,
    is_label,
    is_place,
    is_postcode,
    is_strong_name,
)
from ldn_directory.model import Labelled
from ldn_directory.normalize.names import is_profession
from ldn_directory.normalize.regions import region

_BARE_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d")
_TOWN = re.compile(r"[^\W\d_][\w.'’ -]{1,30}")


def join_address_lines(texts: Sequence[Labelled]) -> list[Labelled]:
    """The texts, with the lines of each postal address joined into one text labelled "address"."""
    found: list[Labelled] = []
    for text, after in zip(texts, [*texts[1:], None], strict=False):
        last = found[-1] if found else None
        if text.label is None and last is not None and _is_town_above(last, text.text):
            found[-1] = Labelled(label=None, text=f"{last.text}, {text.text}")
        elif (
            text.label is None
            and last is not None
            and (_continues(last, text.text) or _is_town(last, text.text, after))
        ):
            found[-1] = Labelled(label="address", text=f"{last.text}\n{text.text}")
        else:
            found.append(text)
    return found


def _is_town(last: Labelled, text: str, after: Labelled | None) -> bool:
    """Whether the line is the town between a street and a postcode, as in British addresses."""
    if after is None or after.label is not None or not _BARE_POSTCODE.fullmatch(after.text.strip()):
        return False
    return (
        last.label in (None, "address", "street")
        and has_address(last.text)
        and len(text) < 30
        and text[:1].isupper()
        and (not any(map(str.isdigit, text)) and could_be_title(text))
    )


def _is_town_above(last: Labelled, text: str) -> bool:
    """Whether the last text is the town of the region in this line."""
    if last.label is not None or not _TOWN.fullmatch(last.text) or len(text) < 4 or region(text) is None:
        return False
    return not (
        is_strong_name(last.text) or is_credentials(last.text) or is_profession(last.text) or is_label(last.text)
    )


def _continues(last: Labelled, text: str) -> bool:
    """Whether the text continues the address that the last text began."""
    begun = last.label == "street" or (last.label in (None, "address") and has_address(last.text))
    if not begun or has_postcode(last.text) or has_phone(text) or has_email(text) or len(last.text) > 200:
        return False
    return has_postcode(text) or is_place(text) or is_postcode(text) or (has_address(text) and len(text) < 40)
