"""Texts of a record that belong together: a house number and its street, the lines of an address, rows of one entry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ldn_directory.model import Labelled, Record
from ldn_directory.normalize.names import looks_like_organisation
from ldn_directory.normalize.postal_address import parse_address
from ldn_directory.normalize.towns import is_town

from .signals import has_address, is_sentence
from .value_looks import is_plain_words

_NAMING = frozenset(("name", "practice", "last_name"))
_REACHING = frozenset(("phone", "email", "street", "address"))
_SAID_OF_NOBODY = frozenset((None, "ignored", "remark", "key", "page"))
_NUMBER_LAST = re.compile(
    r"(?:str(?:a(?:ss|ß)e|aat|\.)?|weg|platz|allee|gasse|gata|gate|vej|laan|plein|ring|damm|ufer)$", re.I
)
_NUMBERING = re.compile(r"(?:#\s?\d{1,4}[.:)]?|\(?\d{1,4}[.)])\s+(?=[^\W\d_])")
_NAME_THEN_ADDRESS = re.compile(r"^([^\n]{3,80}?)\s*(?:\s[-–—|]\s|\n)\s*(\S.*)$", re.DOTALL)


def join_columns(records: Sequence[Record]) -> list[Record]:
    """The records with parts of one value joined, a name taken out of the address, and each entry once."""
    return _once_each([replace(one, texts=_join_parts(one.texts)) for one in _without_numbered_names(records)])


def without_numbers(values: Sequence[str]) -> list[str]:
    """The values of a column; without the numbers before them, where nearly all have one: "#1", "2)", "(3)"."""
    numbered = sum(bool(_NUMBERING.match(value)) for value in values)
    if numbered < 2 or numbered * 10 < len(values) * 8:
        return list(values)
    return [_NUMBERING.sub("", value) for value in values]


def _without_numbered_names(records: Sequence[Record]) -> list[Record]:
    named = [
        (row, at) for row, record in enumerate(records) for at, text in enumerate(record.texts) if text.field == "name"
    ]
    texts = without_numbers([records[row].texts[at].text for row, at in named])
    found = list(records)
    for (row, at), text in zip(named, texts, strict=True):
        if (whole := found[row].texts)[at].text != text:
            found[row] = replace(found[row], texts=(*whole[:at], replace(whole[at], text=text), *whole[at + 1 :]))
    return found


def _join_parts(texts: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
    """The house number in its street, the lines of an address below it."""
    known = {text.field for text in texts}
    if "house_number" in known:
        texts = _with_house_number(texts)
    if "address_line" in known:
        texts = _with_address_lines(texts)
    if "named_address" in known:
        texts = _split_names(texts)
    return _with_town_of_lines(texts)


def _with_house_number(texts: Sequence[Labelled]) -> tuple[Labelled, ...]:
    at = next(place for place, text in enumerate(texts) if text.field == "house_number")
    number = texts[at].text.removesuffix(".0")
    street = next((place for place, text in enumerate(texts) if text.field == "street"), None)
    if street is None:
        return tuple(text for text in texts if text.field != "house_number")
    name = texts[street].text
    last = street < at or _NUMBER_LAST.search(name.split(",")[0])
    joined = replace(texts[street], text=f"{name} {number}" if last else f"{number} {name}")
    return tuple(joined if place == street else text for place, text in enumerate(texts) if place != at)


def _with_address_lines(texts: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """Street and lines as one address; which of the lines is the town differs from entry to entry."""
    parts = [text for text in texts if text.field in ("street", "address_line")]
    address = Labelled(label="address", text="\n".join(part.text for part in parts), field="address")
    return (*(text for text in texts if text not in parts), address)


def _with_town_of_lines(texts: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
    """The texts; an address of a street and lines of plain words beside a postcode of its own, as street and town.

    The town is the last line that is one in the postcode's country, so no county; without such a line, the last.
    """
    address = next((text for text in texts if text.field == "address" and "\n" in text.text), None)
    postcode = next((text.text for text in texts if text.field == "postcode"), "")
    if address is None or not postcode or any(text.field == "city" for text in texts):
        return texts
    street, *lines = [line.strip(" ,") for line in address.text.split("\n") if line.strip(" ,")]
    if not lines or not any(map(str.isdigit, street)) or not all(map(is_plain_words, lines)):
        return texts
    land = parse_address(f"x, y, {postcode}").country_code
    town = next((line for line in reversed(lines) if is_town(line, land)), lines[-1])
    above = lines[: lines.index(town)]
    parts = [replace(address, text=street, field="street"), replace(address, text=town, field="city")]
    parts += [replace(address, text=", ".join(above), field="street2")] if len(above) > 1 else []
    return (*(text for text in texts if text is not address), *parts)


def name_before_address(text: str) -> tuple[str, str] | None:
    """(name, address) of a text that has a name before a dash or on its first line, and an address after it."""
    if parts := _NAME_THEN_ADDRESS.match(text):
        name, address = parts[1].strip(" ,"), parts[2]
    else:
        name, _, address = (part.strip() for part in text.partition(","))
        if not address[:1].isdigit() or not looks_like_organisation(name):
            return None
    if name[:1].isdigit() or has_address(name) or is_sentence(name) or not has_address(address.split("\n")[0]):
        return None
    return name, address


def _split_names(texts: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """The texts, the name that stands before an address apart from it."""
    found: list[Labelled] = []
    for text in texts:
        parts = name_before_address(text.text) if text.field == "named_address" else None
        if parts:
            found += [replace(text, text=parts[0], field="practice"), replace(text, text=parts[1], field="address")]
        else:
            found.append(replace(text, field="address") if text.field == "named_address" else text)
    return tuple(found)


def _once_each(records: Sequence[Record]) -> list[Record]:
    """Records that say the same in all that is known of them (a row a medicine of one pharmacy) are one entry.

    Where all say the same, they are no list of entries, and are left as they are.
    """
    distinct: dict[object, Record] = {}
    for place, record in enumerate(records):
        known = tuple((text.field, text.text) for text in record.texts if text.field not in _SAID_OF_NOBODY)
        fields = {name for name, _ in known}
        whole = fields & _NAMING and fields & _REACHING
        distinct.setdefault((known, record.headings, record.links, record.point) if whole else place, record)
    return list(distinct.values() if len(distinct) > 1 else records)
