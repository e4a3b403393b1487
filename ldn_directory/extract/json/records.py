"""The entries of a JSON answer as records. HTML fragments are read as lines, and links are kept."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from ldn_directory.extract.column_labels import folded_key
from ldn_directory.extract.column_scores import Cells
from ldn_directory.extract.columns import fields_of
from ldn_directory.extract.joined_columns import join_columns, without_numbers
from ldn_directory.extract.kinds import kind_said
from ldn_directory.extract.page import Page
from ldn_directory.extract.signals import (
    has_email,
    has_phone,
    has_url,
    is_credentials,
    names_person,
    person_and_credentials,
)
from ldn_directory.model import Column, Labelled, Link, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import capitalise, looks_like_organisation, split_credentials
from ldn_directory.normalize.web import host_of

from .arrays import Entries
from .cells import PLACED, Cell, cells_of, is_plain, table
from .fragments import WholeList, addresses_in, block, is_titled, links_in, page_link, whole_entry
from .likeness import is_whole_entry, score
from .presets import UNKNOWN, Preset

SAMPLE = 40
MOST_COLUMNS = 2_000
_BARS = re.compile(r"\s+[|–—•·]\s+|\s+-\s+")
_LETTERS = r"(?:[A-Z][a-z]{0,2}\.?-?){2,6}(?:\(c\))?"
_LETTERED = re.compile(
    rf"((?:Dr\.? )?[A-ZÀ-Þ](?=[^\W\d_]*[a-zà-ÿ])[\w.'’-]++(?: [\w.'’()-]++){{1,4}}),"
    rf"\s*({_LETTERS}(?:[,/ ]+{_LETTERS})*)"
)


@cache
def fips_10_4() -> dict[str, str]:
    """The ISO 3166-1 code of each country by its FIPS 10-4 code."""
    return cast(dict[str, str], tomllib.loads(Path(__file__).with_name("fips_10_4.toml").read_text("utf-8")))


def likeness_to_list(entries: Entries, preset: Preset = UNKNOWN) -> float:
    """How much a set of objects looks like a list of people or practices, by its first objects; 0 if it does not."""
    sample = _without_numbers([variant for one in entries.objects[:SAMPLE] for variant in cells_of(one)[:1]])
    fields = _fields(_columns(sample, preset))
    return score([[(cell, fields.get(column_key(cell))) for cell in cells] for cells in sample], len(entries.objects))


def stands_alone(entry: Mapping[str, Any]) -> bool:
    """Whether one object by itself is an entry: a person, or a practice with a key, with an address and a contact."""
    cells = next(iter(cells_of(entry)), [])
    fields = _fields(_columns([cells], UNKNOWN))
    known = {fields.get(column_key(cell)) for cell in cells}
    named = [cell.text for cell in cells if fields.get(column_key(cell)) in ("name", "last_name", "practice")]
    person = "last_name" in known or any(map(names_person, named))
    placed_in_parts = "street" in known and bool(known & {"city", "postcode"})
    is_practice = placed_in_parts and any(kind_said(text) for text in (*named, *(cell.text for cell in cells[:3])))
    return (
        bool(score([[(cell, fields.get(column_key(cell))) for cell in cells]], 1))
        and bool(known & PLACED)
        and bool(known & {"phone", "email"})
        and (person or is_practice or (bool(named) and _key(entry, None) is not None))
    )


def column_key(cell: Cell) -> str:
    """What tells the column of a cell: its label, and what its place in the entry means."""
    return f"{cell.label}\x1f{cell.field or ''}"


def _without_numbers(flat: list[list[Cell]]) -> list[list[Cell]]:
    """The entries without the numbers before their values, in columns where nearly all have one."""
    by_label: dict[str, list[tuple[int, int]]] = {}
    for row, cells in enumerate(flat):
        for at, cell in enumerate(cells):
            if cell.text[:1] in "#(" or cell.text[:1].isdigit():
                by_label.setdefault(cell.label, []).append((row, at))
    for places in by_label.values():
        texts = [flat[row][at].text for row, at in places]
        if len(places) * 10 >= len(flat) * 8 and (plain := without_numbers(texts)) != texts:
            for (row, at), text in zip(places, plain, strict=True):
                flat[row][at] = replace(flat[row][at], text=text)
    return flat


def _columns(flat: Sequence[Sequence[Cell]], preset: Preset) -> dict[str, Column]:
    """The column of each `column_key`: its field is the preset's, or told from its words and some of its values."""
    sample = flat[:: max(1, len(flat) // 100)]
    cells_by: dict[str, Cells] = {}
    fragments = Counter[str]()
    for row, cells in enumerate(sample):
        for cell in cells:
            column = cells_by.setdefault(key := column_key(cell), Cells(cell.label, lists=cell.lists, hint=cell.field))
            column.values += [""] * (row - len(column.values))
            if len(column.values) == row:
                column.values.append(cell.text)
                fragments[key] += bool(cell.markup or "\n" in cell.text)
    if len(cells_by) > MOST_COLUMNS:
        cells_by = {key: cells for key, cells in cells_by.items() if sum(map(bool, cells.values)) > 1}
    found = dict(zip(cells_by, fields_of(list(cells_by.values())), strict=True))
    for key, one in found.items():
        if field := preset.fields.get((one.label or "").lower()):
            found[key] = replace(one, field=field, why=f"a key of {preset.title}")
    if not {"name", "practice", "last_name"} & {one.field for one in found.values()}:
        often = [key for key, count in fragments.items() if count * 10 >= len(sample) * 6]
        for key in (key for key in often if found[key].field in (None, "remark", "address")):
            texts = [value for value in cells_by[key].values if value]
            if sum(map(is_whole_entry, texts)) * 10 >= len(texts) * 6:
                found[key] = replace(found[key], field="popup", why="its texts are whole entries")
                break
    return found


def _fields(columns: Mapping[str, Column]) -> dict[str, str | None]:
    return {key: one.field for key, one in columns.items()}


def read_entries(page: Page, entries: Entries, preset: Preset) -> tuple[list[Record], tuple[Column, ...]]:
    """One record for each entry, office of an entry, or person of a practice; and the columns of the list."""
    read = [cells_of(one) for one in entries.objects]
    flat = [variant for variants in read for variant in variants]
    _without_numbers(flat)
    keys = _keys(entries.objects, entries.keys)
    counted = Counter(key for key in keys if key)
    columns = _columns(flat, preset)
    fields = _fields(columns)
    fragments = Counter(cell.label for cells in flat for cell in cells if cell.markup)
    titled = Counter(cell.label for cells in flat for cell in cells if is_titled(cell))
    whole = WholeList(
        page=page,
        size=len(flat),
        fields=fields,
        titled=frozenset(label for label, count in titled.items() if count > 1 and count * 10 >= fragments[label] * 7),
        countries=preset.countries,
        own_hosts=_own_hosts(page, flat, fields),
        repeated=frozenset(key for key, count in counted.items() if count > 1),
    )
    records = (
        _record(whole, variant, f"{key}@{ordinal}" if key and ordinal > 1 else key, headings)
        for variants, key, headings in zip(read, keys, entries.headings, strict=True)
        for ordinal, variant in enumerate(variants, 1)
    )
    distinct: dict[tuple[Any, ...], Record] = {}
    for record in records:
        if record.texts:
            distinct.setdefault((record.texts, record.headings, record.key), record)
    return join_columns(list(distinct.values())), tuple(columns.values())


def _named_once(texts: list[Labelled]) -> list[Labelled]:
    """The texts with one name. Where a practice's entry names its people under labels, its title is the practice."""
    names = [text for text in texts if text.field == "name"]
    persons = [text for text in names if names_person(text.text)]
    if len(names) < 2 or not persons or names[0] in persons:
        return texts
    others = [replace(text, field="practice") if text is names[0] else text for text in texts if text not in persons]
    return [
        *others,
        Labelled(label="name", field="name", text=" & ".join(dict.fromkeys(text.text for text in persons[:6]))),
    ]


def _keys(objects: Sequence[Mapping[str, Any]], known: Sequence[str | None]) -> list[str | None]:
    """The key of each entry. A 0 counts where the list is numbered from it, not where several entries have it."""
    keys = [_key(one, stated, zero=True) for one, stated in zip(objects, known, strict=True)]
    if keys.count("0") <= 1 < len(keys):
        return keys
    return [_key(one, stated) if key == "0" else key for one, stated, key in zip(objects, known, keys, strict=True)]


def _key(entry: Mapping[str, Any], known: str | None, *, zero: bool = False) -> str | None:
    for holder in (entry, *(value for value in entry.values() if isinstance(value, dict))):
        lowered = {folded_key(str(name)).replace(" ", ""): value for name, value in holder.items()}
        for name in table("keys"):
            value = lowered.get(name)
            stated = str(value).strip() if is_plain(value) and not isinstance(value, float) else ""
            if stated and (zero or stated != "0"):
                return stated[:200]
        if holder is not entry and any(field_of(str(name)) for name in holder):
            break
    return known


def _own_hosts(page: Page, flat: Sequence[Sequence[Cell]], fields: Mapping[str, str | None]) -> frozenset[str]:
    """The hosts of the list itself: the page's, and those that nearly all entries link to."""
    seen = Counter[str]()
    for cells in flat:
        linked = (cell.text for cell in cells if fields.get(column_key(cell)) in ("page", "website"))
        seen.update({host_of(text) for text in linked if text.startswith("http")})
    often = {host for host, count in seen.items() if host and count >= 3 and count * 10 >= len(flat) * 6}
    return frozenset({host_of(page.url), *often} - {""})


def _record(whole: WholeList, cells: Sequence[Cell], key: str | None, headings: tuple[str, ...]) -> Record:
    texts: list[Labelled] = []
    links: list[Link] = []
    known = {whole.fields.get(column_key(cell)) for cell in cells}
    for cell in cells:
        more, further = _read_cell(whole, cell, known)
        texts += more
        links += further
    return Record(
        page=whole.page.url,
        key=None if key in whole.repeated else key,
        texts=tuple(_named_once(texts)),
        headings=headings,
        links=tuple(dict.fromkeys(links)),
    )


def _read_cell(whole: WholeList, cell: Cell, known: set[str | None]) -> tuple[list[Labelled], list[Link]]:
    """The texts and links of one cell. `known` are the fields of the whole entry."""
    field = whole.fields.get(column_key(cell))
    if field == "popup":
        return whole_entry(whole, cell)
    if field in ("page", "website") and (link := page_link(whole, cell, field)):
        return [], [link]
    if field == "credentials" and (len(cell.text) > 120 or "\n" in cell.text):
        field = "remark"
    lettered = any(map(str.isalpha, cell.text))
    if field in ("ignored", "key", "title", "page") or (field == "credentials" and not lettered):
        return [], []
    if field in (None, "remark"):
        return block(whole, cell, field, known)
    links = links_in(whole, cell.markup) if cell.markup else []
    text = _value(cell, field)
    if field == "name":
        return _split_name(cell, text), links
    if field == "country" and whole.countries == "fips_10_4":
        text = fips_10_4().get(text.upper(), text)
    if field in ("first_name", "last_name") and text.isupper():
        text = capitalise(text)
    return [Labelled(label=cell.label, text=text, field=field)] if text else [], links


def _split_name(cell: Cell, text: str) -> list[Labelled]:
    """The name, its credentials, and the practice or remark that follows a bar or dash, each as a text of its own."""
    first, *others = [part for part in _BARS.split(text) if part.strip()] or [""]
    if others and names_person(first):
        rest = " – ".join(others)
        field = "practice" if looks_like_organisation(rest) else None if is_credentials(rest) else "remark"
        return [
            *_name_and_credentials(cell, first),
            Labelled(label=cell.label if field else None, text=rest, field=field),
        ]
    if others and looks_like_organisation(first) and names_person(others[0]):
        return [Labelled(label=cell.label, text=first, field="practice"), *_name_and_credentials(cell, others[0])]
    return _name_and_credentials(cell, text) if text else []


def _name_and_credentials(cell: Cell, text: str) -> list[Labelled]:
    """The name and, as a second text, any credentials that `split_credentials` would not recognise."""
    name = Labelled(label=cell.label, text=text, field="name")
    if lettered := _LETTERED.fullmatch(text):
        return [replace(name, text=lettered[1]), replace(name, text=lettered[2], field="credentials")]
    found = person_and_credentials(text) if "\n" not in text else None
    if found is None or len((split_credentials(text)[1] or "").split()) >= len(found[1].split()):
        return [name]
    return [replace(name, text=found[0]), replace(name, text=found[1], field="credentials")]


def _value(cell: Cell, field: str) -> str:
    """A value's text. For a link whose text does not show its address, the address."""
    if cell.markup and field in ("email", "website", "phone"):
        holds = {"email": has_email, "website": has_url, "phone": has_phone}[field]
        if not holds(cell.text):
            return next((re.sub(r"^(?:mailto|tel):", "", href) for href in addresses_in(cell.markup)), cell.text)
    return cell.text
