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
    label_field,
)
from ldn_directory.model import Labelled
from ldn_directory.normalize.names import is_profession
from ldn_directory.normalize.regions import region
from ldn_directory.normalize.towns import is_town

_TOWN = re.compile(r"[^\W\d_][\w.'’ -]{1,30}")
_MAX_LENGTH = 200
_STREETS = frozenset(("street", "address"))
STREET, TOWN, REGION, LAST = range(4)
"""Parts of an address, in the order in which lines state them. The last one holds the postcode."""


def join_address_lines(texts: Sequence[Labelled]) -> list[Labelled]:
    """The texts, with the lines of each postal address joined into one text labelled "address"."""
    found: list[Labelled] = []
    parts = [_part(texts, index) for index in range(len(texts))]
    index = 0
    while index < len(texts):
        end = _end_of_address(texts, parts, index)
        said = [text.text for text in texts[index:end]]
        index = end
        if len(said) == 1:
            found.append(texts[end - 1])
        else:
            found.append(Labelled(label="address", text="\n".join(said)))
    return found


def _end_of_address(texts: Sequence[Labelled], parts: Sequence[int | None], start: int) -> int:
    """The index after the last line of the address that begins with the text; that after the text if none does."""
    now = parts[start]
    end = start + 1
    if now is None or now == LAST or (now == REGION and texts[start].label is None):
        return end
    length = len(texts[start].text)
    while end < len(texts) and now != LAST and texts[end].label is None:
        after = parts[end]
        length += len(texts[end].text)
        if after is None or after < now or (after == now != STREET) or length > _MAX_LENGTH:
            break
        now = after
        end += 1
    return end


def _part(texts: Sequence[Labelled], index: int) -> int | None:
    """Which part of an address a text is; None if it is none."""
    text = texts[index]
    said = text.text
    if text.field or has_phone(said) or has_email(said):
        return None
    stated = label_field(text.label) if text.label else None
    if text.label and stated not in _STREETS:
        return None
    if stated != "street" and (has_postcode(said) or is_postcode(said)):
        return LAST
    if stated or has_address(said):
        return STREET
    if is_place(said) or (len(said) >= 4 and region(said)):
        return REGION
    return TOWN if text.label is None and _is_town(texts, index) else None


def _is_town(texts: Sequence[Labelled], index: int) -> bool:
    """Whether a text of plain words is a town: above its region or postcode, or below a street and known as one."""
    said = texts[index].text
    if not _TOWN.fullmatch(said) or not said[:1].isupper() or not could_be_title(said):
        return False
    if is_strong_name(said) or is_credentials(said) or is_profession(said) or is_label(said):
        return False
    after = texts[index + 1].text if index + 1 < len(texts) and texts[index + 1].label is None else ""
    if is_postcode(after) or (len(after) >= 4 and region(after)):
        return True
    above = texts[index - 1] if index else None
    below_street = above and (not above.label or label_field(above.label) in _STREETS) and has_address(above.text)
    return bool(below_street) and is_town(said)
