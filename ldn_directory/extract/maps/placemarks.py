"""Points on a map as records, for both KML and GeoJSON.

A map holds whatever its maker put there. An entry needs a name and something by which its bearer can be found.
A layer's name heads its entries only if it is a place.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lxml import etree

from ldn_directory.extract.column_scores import Cells
from ldn_directory.extract.columns import fields_of
from ldn_directory.extract.facts import facts
from ldn_directory.extract.html.entries import labelled_texts
from ldn_directory.extract.html.entry_links import entry_links
from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.html.lines import BLOCK, Bit, Layout, Line, layout_of
from ldn_directory.extract.html.practices import separate_practice
from ldn_directory.extract.html.scoring import LineFeatures, evaluate_entry
from ldn_directory.extract.html.text_blocks import layout_of_text
from ldn_directory.extract.joined_columns import join_columns
from ldn_directory.extract.page import Page
from ldn_directory.extract.relevance import is_medical
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_url,
    is_credentials,
    is_empty,
    is_generic,
    is_organisation,
    is_place,
    is_strong_name,
    is_weak_name,
    is_weak_person,
    names_person,
)
from ldn_directory.model import Column, Extraction, Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import country, region

MOST_PLACEMARKS = 50_000
MOST_DESCRIPTION = 200_000
_SAMPLE = 60
_PERSON = frozenset(("name", "last_name", "first_name"))
_NAMING = _PERSON | {"practice"}
_REACHING = frozenset(("phone", "email", "website", "address", "street", "postcode"))
_MARKUP = re.compile(r"<\s*/?\s*[a-z!][^<>]*>", re.I)
_ESCAPED_MARKUP = re.compile(r"&lt;\s*/?\s*(?:br|p|div|b|a|table|span|li)\b", re.I)
_TITLE_PARTS = re.compile(r"\s+[-–—|/·•]\s*|\s*[|/•]\s+|\s*[:;(\n]\s*|\s+(?:at|@)\s+|\)\s*$")
_COMMAS = re.compile(r"\s*,\s*")
_WORDS = re.compile(r"\w+")
_NUMBER_AND_STREET = re.compile(r"(\d{3}[-.\s]\d{4})\.\s+(?=\d)")
_FACULTY = re.compile(r"\b(?:med|dent|phil|rer|nat|pharm|vet)\.\s+", re.I)
_COUNT = re.compile(r"\s*\(\d+\)$|\.(?:csv|xlsx?|kml|kmz|tsv|geojson)$", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placemark:
    """A point on a map with its data."""

    name: str = ""
    key: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    """(label, text) of its data; texts may hold markup."""
    description: str = ""
    """Plain text or HTML."""
    address: str = ""
    phone: str = ""
    website: str = ""
    point: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    folders: tuple[str, ...] = ()
    """Names of the layers it lies in, outermost first."""


@dataclass(slots=True)
class _ParsedPlacemark:
    """A placemark taken apart."""

    placemark: Placemark
    texts: list[Labelled]
    links: tuple[Link, ...]
    naming: float
    """0 no name, 1.5 looks like one, 2 is one."""
    evidence: float
    """Ways to find or reach the one named; a point alone counts a half."""


def records_of_placemarks(page: Page, placemarks: Sequence[Placemark]) -> Extraction:
    """One record for each placemark that is an entry. Where most are entries, less evidence suffices for the rest."""
    problems = []
    if len(placemarks) > MOST_PLACEMARKS:
        problems.append(Problem(page=page.url, what=f"more than {MOST_PLACEMARKS:,} placemarks: the rest is left out"))
    placemarks = list(map(_without_table, placemarks[:MOST_PLACEMARKS]))
    fields, columns = _fields(placemarks)
    read = [_read(page, placemark, fields) for placemark in placemarks]
    named = [one for one in read if one.naming and one.evidence >= 0.5]
    good = [one for one in named if one.naming >= 2 or one.evidence >= 1]
    if len(good) >= 3 and len(good) * 10 >= len(read) * 7:
        good = named
    elif not any(one.fields or one.description or one.address or one.phone or one.website for one in placemarks):
        # Names alone are entries in layers that say so; others could be anything.
        good = [one for one in named if one in good or is_medical(" ".join(one.placemark.folders))]
    if left := len(read) - len(good):
        what = f"{left} of {len(read)} placemarks name nobody, or nothing by which to find them: left out"
        problems.append(Problem(page=page.url, what=what))
    towns, american = _towns(placemarks), _is_american(placemarks)
    keys = {one.placemark.key for one in good} - {None, ""}
    records = [
        Record(
            page=page.url,
            key=one.placemark.key if len(keys) == len(good) else None,
            texts=tuple(one.texts),
            headings=_headings(one.placemark.folders, towns, american),
            links=one.links,
            point=one.placemark.point,
        )
        for one in good
    ]
    distinct = {(record.texts, record.headings, record.point): record for record in records}
    reason = f"{len(distinct)} of {len(read)} points with a name were taken for entries"
    return Extraction(
        records=tuple(join_columns(list(distinct.values()))),
        problems=tuple(problems),
        columns=columns,
        reasons=(reason,),
    )


def _without_table(placemark: Placemark) -> Placemark:
    """The placemark, with a table of labels and values in its description as fields: GIS programs write such popups."""
    if "<tr" not in placemark.description.lower():
        return placemark
    fragment = _fragment("about:blank", placemark.description[:MOST_DESCRIPTION])
    body = fragment.root.find("body")
    found: list[tuple[str, str]] = []
    for row in list(body.iter("tr")):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if len(cells) == 2 and next(row.iterdescendants("table"), None) is None:
            label = " ".join(cells[0].text_content().split()).rstrip(": ")
            if 0 < len(label) <= 40:
                found.append((label, layout_of(fragment, cells[1]).text()))
                row.drop_tree()
    if not any(field_of(label) for label, _ in found):
        return placemark
    fields = (*placemark.fields, *((label, text) for label, text in found if text))
    return replace(placemark, fields=fields, description=etree.tostring(body, encoding="unicode", method="html"))


def _fields(placemarks: Sequence[Placemark]) -> tuple[dict[str, str | None], tuple[Column, ...]]:
    """The field that each label of the data holds, and the same as columns."""
    names = list(dict.fromkeys(label for placemark in placemarks for label, _ in placemark.fields))[:300]
    values = [dict(placemark.fields) for placemark in placemarks[:_SAMPLE]]
    columns = fields_of([Cells(name, [plain(row.get(name, "")) for row in values]) for name in names])
    return {name: column.field for name, column in zip(names, columns, strict=True)}, columns


def _read(page: Page, placemark: Placemark, known: dict[str, str | None]) -> _ParsedPlacemark:
    data = _data(placemark, known)
    flow = _described_lines(page, placemark, data)
    title, rest = _title(page, placemark, data, flow)
    texts = separate_practice([*title, *data, *_contacts(placemark, data), *rest])
    fields = [(text.text, _field(text)) for text in texts]
    kinds = {field for _, field in fields} & _REACHING
    bare = [text for text, field in fields if field in (None, "remark")]
    kinds |= {kind for kind, test in _TESTS if any(map(test, bare))}
    naming = max((_name_worth(text, field) for text, field in fields), default=0.0)
    in_place = any(map(place_in, placemark.folders)) or any(field in ("city", "region") for _, field in fields)
    lettered = any(field == "credentials" or is_credentials(text) for text, field in fields)
    evidence = len(kinds) + 0.5 * in_place + 0.5 * (placemark.point is not None) + 0.5 * lettered
    if not kinds and naming < 2:
        evidence = min(evidence, 0.9)
    return _ParsedPlacemark(placemark, texts, _links(page, placemark, flow), naming, evidence)


_TESTS = (("phone", has_phone), ("email", has_email), ("website", has_url), ("address", has_address))


def _name_worth(text: str, field: str | None) -> float:
    name = _readable(text)
    if field == "last_name" or (field in _NAMING and is_strong_name(name)):
        return 2.0
    return 1.5 if field in _NAMING and (is_weak_name(name) or _is_foreign(name)) else 0.0


def _readable(name: str) -> str:
    """The name as it is judged: not all in lower case, and without the stops of "Dr. med.", which end no sentence."""
    return _FACULTY.sub("", name.title() if name.islower() else name)


def _is_foreign(text: str) -> bool:
    """Whether a text could be a name in a script without capital letters."""
    return could_be_title(text) and any(
        letter.isalpha() and not letter.isascii() and letter.lower() == letter.upper() for letter in text
    )


def _field(text: Labelled) -> str | None:
    return text.field or (field_of(text.label) if text.label else None)


def _data(placemark: Placemark, known: dict[str, str | None]) -> list[Labelled]:
    texts = []
    for label, value in placemark.fields:
        text = plain(value)
        if label.casefold() in facts("marks")["maps"]["style_labels"] or is_empty(text):
            continue
        field = known.get(label)
        misnamed = field in _PERSON and (has_phone(text) or has_email(text) or has_url(text))
        texts.append(Labelled(label=None, text=text) if misnamed else Labelled(label=label, text=text, field=field))
    return texts


def _described_lines(page: Page, placemark: Placemark, data: Sequence[Labelled]) -> Layout:
    """The lines of the description. Lines that repeat the data, as in maps made from a sheet, are left out."""
    flow = _flow(page, placemark.description[:MOST_DESCRIPTION])
    known = {_fold(part) for item in data for part in (item.text, *item.text.split("\n"))}
    labels = [_fold(label) for label, _ in placemark.fields]
    own = _fold(placemark.name)
    flow.lines = [
        line
        for line in flow.lines
        if (text := _fold(line.text)) != own and not (known and _repeats(text, known, labels))
    ]
    return flow


def _repeats(text: str, known: set[str], labels: Sequence[str]) -> bool:
    if not text or text in known or text in labels:
        return True
    return any(text.startswith(f"{label} ") and text[len(label) + 1 :] in known for label in labels if label)


def _fold(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold()))


def _flow(page: Page, text: str) -> Layout:
    if _ESCAPED_MARKUP.search(text) and not _MARKUP.search(text):
        text = html.unescape(text)
    text = _NUMBER_AND_STREET.sub(r"\1; ", text)
    if not _MARKUP.search(text):
        return layout_of_text(
            Page(page.url, html.unescape(text).encode("utf-8", "replace"), "text/plain; charset=utf-8")
        )
    # A maker who typed lines beside a few tags meant the breaks between them.
    if not re.search(r"<\s*(?:br|p|div|td|li|h\d)\b", text, re.I):
        text = text.replace("\n", "<br>")
    fragment = _fragment(page.url, text)
    return layout_of(fragment, fragment.root.find("body"))


def _fragment(url: str, markup: str) -> Page:
    return Page(url, f"<html><body>{markup}</body></html>".encode("utf-8", "replace"), "text/html; charset=utf-8")


def plain(text: str) -> str:
    """The text of a value that may be HTML, line breaks kept."""
    if "<" not in text and "&" not in text:
        return text.strip()
    if not _MARKUP.search(text):
        return html.unescape(text).strip()
    return _flow(Page("about:blank", b""), text[:MOST_DESCRIPTION]).text().strip()


def _title(
    page: Page, placemark: Placemark, data: Sequence[Labelled], flow: Layout
) -> tuple[list[Labelled], list[Labelled]]:
    """(texts that name the placemark, texts of its description)."""
    name = " ".join(plain(placemark.name).split("\n")).strip()
    known = set(map(_field, data))
    person_known = bool(known & {"name", "last_name"})
    practice_known = "practice" in known
    repeated = (person_known or practice_known) and _fold(name) in {_fold(item.text) for item in data}
    if not name or repeated or has_address(name) or not _could_name(name):
        is_place_name = has_address(name) and not known & {"address", "street"}
        place = [Labelled(label="address", text=name)] if is_place_name else []
        return place, labelled_texts(flow.lines, None if person_known or practice_known else _title_in(flow))
    if person_known:
        label = "practice" if is_organisation(name) and not practice_known else "remark"
        return [Labelled(label=label, text=name)], labelled_texts(flow.lines)
    return _split_title(name), labelled_texts(flow.lines)


def _could_name(name: str) -> bool:
    readable = _readable(name)
    return is_strong_name(readable) or (could_be_title(readable) and not is_place(name))


def _title_in(flow: Layout) -> int | None:
    """The line of a description that names the entry, for maps whose titles are addresses."""
    if not flow.lines:
        return None
    entry = evaluate_entry(LineFeatures(flow, ""), 0, len(flow.lines))
    return entry.title if entry.name_score >= 1.5 else None


def _split_title(name: str) -> list[Labelled]:
    """A title as a person, a practice, or both."""
    for cut in (_TITLE_PARTS, _COMMAS):
        parts = [part.strip(" ,;()") for part in cut.split(name) if part.strip(" ,;()")]
        if len(parts) < 2:
            continue
        if all(map(names_person, parts)):
            return [Labelled(label="name", text=name)]
        practice = next((part for part in parts[::-1] if is_organisation(part) and not names_person(part)), None)
        person = _person(name, parts, practice)
        if practice and person:
            return [Labelled(label="name", text=person), Labelled(label="practice", text=practice)]
        person = next((part for part in parts if names_person(part)), None)
        if cut is _TITLE_PARTS and person and not is_strong_name(parts[0]):
            return [Labelled(label="name", text=person)]
    texts = labelled_texts([Line([Bit(name)], name, 3, BLOCK, 0, 0)], 0)
    return [replace(text, text=text.text.strip("() ")) if text.label == "remark" else text for text in texts]


def _person(name: str, parts: Sequence[str], practice: str | None) -> str | None:
    """The words beside the practice, if they name a person: "Jane Roe, ND" of "Jane Roe, ND, Quay Clinic"."""
    if practice is None:
        return None
    before, _, after = name.partition(practice)
    for part in (before.strip(" ,;()-–—|/:·•@\n"), after.strip(" ,;()-–—|/:·•@\n"), *parts):
        part = re.sub(r"\s+at$", "", part)
        if part and part != practice and (names_person(part) or is_weak_person(part)) and not is_organisation(part):
            return part
    return None


def _contacts(placemark: Placemark, data: Sequence[Labelled]) -> list[Labelled]:
    known = set(map(_field, data))
    stated = (("address", placemark.address), ("phone", placemark.phone), ("website", placemark.website))
    if known & {"street", "city"}:
        known.add("address")
    return [Labelled(label=label, text=plain(text)) for label, text in stated if text.strip() and label not in known]


def _links(page: Page, placemark: Placemark, flow: Layout) -> tuple[Link, ...]:
    links = list(entry_links(flow.lines, page.url))
    for _, value in placemark.fields:
        if "<a" in value.lower():
            links += entry_links(_flow(page, value[:MOST_DESCRIPTION]).lines, page.url)
    return tuple({link.href: link for link in links}.values())


def _bare(folder: str) -> str:
    """A layer's name without the count of its entries or the ending of the file it was made from."""
    return _COUNT.sub("", folder).strip()


def _towns(placemarks: Sequence[Placemark]) -> set[str]:
    """Names of layers within a place's layer that addresses within them name too: towns, and not kinds of entries."""
    towns: set[str] = set()
    for placemark in placemarks:
        for outer, inner in pairwise(placemark.folders):
            folder = _bare(inner)
            if not folder or folder in towns or not place_in(outer) or place_in(folder) or is_generic(folder):
                continue
            texts = (placemark.address, plain(placemark.description), *(value for _, value in placemark.fields))
            if re.search(rf"(?:,\s*|\n){re.escape(folder)}\b", " ".join(texts), re.I):
                towns.add(folder)
    return towns


def _is_american(placemarks: Sequence[Placemark]) -> bool:
    """Whether some layer bears a name that only a state of the USA has, so that "CA" among them is California."""
    folders = {_bare(folder) for placemark in placemarks for folder in placemark.folders}
    return any(region(folder, "US") and not country(folder) for folder in folders)


def _headings(folders: Iterable[str], towns: set[str], american: bool) -> tuple[str, ...]:
    places = (folder if folder in towns else _spell_out(place_in(folder), american) for folder in map(_bare, folders))
    return tuple(dict.fromkeys(place for place in places if place))


def _spell_out(place: str | None, american: bool) -> str | None:
    """The place; a code that is a country's and a state's only where the other layers tell which."""
    if place is None or len(place) != 2 or not (state := region(place, "US")) or not country(place):
        return place
    return state.name if american else None
