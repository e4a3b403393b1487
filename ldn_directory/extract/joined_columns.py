"""Texts of a record that belong together: a house number and its street, the lines of an address, rows of one entry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ldn_directory.model import Labelled, Record

from .signals import has_address, is_sentence

_NAMING = frozenset(("name", "practice", "last_name"))
_REACHING = frozenset(("phone", "email", "street", "address"))
_SAID_OF_NOBODY = frozenset((None, "ignored", "remark", "key", "page"))
_NUMBER_LAST = re.compile(
    r"(?:str(?:a(?:ss|ß)e|aat|\.)?|weg|platz|allee|gasse|gata|gate|vej|laan|plein|ring|damm|ufer)$", re.I
)
_NAME_THEN_ADDRESS = re.compile(r"^([^\n]{3,80}?)\s*(?:\s[-–—|]\s|\n)\s*(\S.*)$", re.DOTALL)


def join_columns(records: Sequence[Record]) -> list[Record]:
    """The records with parts of one value joined, a name taken out of the address, and repeated entries once."""
    records = _with_names_from_addresses([replace(one, texts=_join_parts(one.texts)) for one in records])
    return _once_each(records)


def _join_parts(texts: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
    """The house number in its street, the lines of an address below it."""
    known = {text.field for text in texts}
    if "house_number" in known:
        texts = _with_house_number(texts)
    if "address_line" in known:
        texts = _with_address_lines(texts)
    return texts


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
    """One address of street, lines and postcode: which of the lines is the town differs from entry to entry."""
    parts = [text for text in texts if text.field in ("street", "address_line", "postcode")]
    address = Labelled(label="address", text="\n".join(part.text for part in parts), field="address")
    return (*(text for text in texts if text not in parts), address)


def _with_names_from_addresses(records: Sequence[Record]) -> list[Record]:
    """Where no column holds names, but most addresses begin with one before a dash or on a line of their own."""
    if any(text.field in _NAMING for record in records for text in record.texts):
        return list(records)
    split = [_split_name(record) for record in records]
    found = sum(one is not None for one in split)
    if found < 2 or found * 10 < len(records) * 7:
        return list(records)
    return [new or old for new, old in zip(split, records, strict=True)]


def _split_name(record: Record) -> Record | None:
    for place, text in enumerate(record.texts):
        if text.field != "address" or not (parts := _NAME_THEN_ADDRESS.match(text.text)):
            continue
        name, address = parts[1].strip(" ,"), parts[2]
        if name[:1].isdigit() or has_address(name) or is_sentence(name) or not has_address(address.split("\n")[0]):
            continue
        apart = (replace(text, text=name, field="practice"), replace(text, text=address))
        return replace(record, texts=(*record.texts[:place], *apart, *record.texts[place + 1 :]))
    return None


def _once_each(records: Sequence[Record]) -> list[Record]:
    """Records that say the same in all that is known of them (a row a medicine of one pharmacy) are one entry."""
    distinct: dict[object, Record] = {}
    for place, record in enumerate(records):
        known = tuple((text.field, text.text) for text in record.texts if text.field not in _SAID_OF_NOBODY)
        fields = {name for name, _ in known}
        whole = fields & _NAMING and fields & _REACHING
        distinct.setdefault((known, record.headings, record.links, record.point) if whole else place, record)
    return list(distinct.values())
