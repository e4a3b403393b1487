"""Points on a map as records: what KML and GeoJSON have in common once their notation is read.

A map holds whatever its maker put there. An entry needs a name and something by which its bearer can be found; a layer's
name heads its entries only if it is a place.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from lxml import etree

from ldn_directory.extract.facts import facts
from ldn_directory.extract.html.entries import labelled_texts
from ldn_directory.extract.html.entry_links import entry_links
from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.html.lines import BLOCK, Bit, Layout, Line, layout_of
from ldn_directory.extract.html.practices import separate_practice
from ldn_directory.extract.html.scoring import LineFeatures, evaluate_entry
from ldn_directory.extract.html.text_blocks import layout_of_text
from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets.rows import completed_labels
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
from ldn_directory.model import Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import country, region

MOST_PLACEMARKS = 50_000
MOST_DESCRIPTION = 200_000
_SAMPLE = 60
_NAMING = frozenset(("name", "last_name", "first_name"))
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
    """A place as its map states it."""

    name: str = ""
    key: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    """(label, text) of the data that the place carries; texts may hold markup."""
    description: str = ""
    """Plain text or HTML."""
    address: str = ""
    phone: str = ""
    website: str = ""
    point: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    folders: tuple[str, ...] = ()
    """Names of the layers it lies in, outermost first."""


@dataclass(frozen=True, slots=True)
class _Layers:
    """What the names of a map's layers were found to be."""

    towns: frozenset[str]
    american: bool


@dataclass(slots=True)
class _Read:
    """A placemark taken apart."""

    placemark: Placemark
    texts: list[Labelled]
    links: tuple[Link, ...]
    naming: float
    """0 no name, 1.5 looks like one, 2 is one."""
    evidence: float
    """Ways to find or reach the one named; a point alone counts a half."""


def records_of_placemarks(page: Page, placemarks: Sequence[Placemark]) -> tuple[list[Record], list[Problem]]:
    """One record a placemark that is an entry; what most of a map's entries lack is not asked of the rest."""
    problems = []
    if len(placemarks) > MOST_PLACEMARKS:
        problems.append(Problem(page=page.url, what=f"more than {MOST_PLACEMARKS:,} placemarks: the rest is left out"))
    placemarks = [_untabled(placemark) for placemark in placemarks[:MOST_PLACEMARKS]]
    labels = _labels(placemarks)
    layers = _Layers(_towns(placemarks), _american(placemarks))
    read = [_read(page, placemark, labels) for placemark in placemarks]
    good = [one for one in read if one.naming and one.evidence >= (0.5 if one.naming >= 2 else 1)]
    if len(good) >= 3 and len(good) * 10 >= len(read) * 7:
        good = [one for one in read if one.naming and one.evidence >= 0.5]
    if left := len(read) - len(good):
        what = f"{left} of {len(read)} placemarks name nobody, or nothing by which to find them: left out"
        problems.append(Problem(page=page.url, what=what))
    keys = _lasting_keys(good)
    records = [_record(page, one, layers, keys) for one in good]
    return list({(record.texts, record.headings, record.point): record for record in records}.values()), problems


def _untabled(placemark: Placemark) -> Placemark:
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
    rest = etree.tostring(body, encoding="unicode", method="html")
    return replace(
        placemark, fields=(*placemark.fields, *((label, text) for label, text in found if text)), description=rest
    )


def _labels(placemarks: Sequence[Placemark]) -> dict[str, str]:
    """For each label of the map's data, the label to use: labels nobody knows are completed by the look of their values."""
    names = list(dict.fromkeys(label for placemark in placemarks for label, _ in placemark.fields))[:300]
    rows = []
    for placemark in placemarks[:_SAMPLE]:
        values = dict(placemark.fields)
        rows.append([plain(values.get(label, "")) for label in names])
    return dict(zip(names, completed_labels(names, rows), strict=False))


@cache
def _style_labels() -> frozenset[str]:
    return frozenset(facts("marks")["maps"]["style_labels"])


def _read(page: Page, placemark: Placemark, labels: dict[str, str]) -> _Read:
    data = _data(placemark, labels)
    flow = _described(page, placemark, data)
    title, rest = _title(page, placemark, data, flow)
    texts = separate_practice([*title, *data, *_reaching(placemark, data), *rest])
    kinds = {field_of(text.label) for text in texts if text.label} & _REACHING
    bare = [text.text for text in texts if text.label is None or field_of(text.label) in (None, "remark")]
    kinds |= {kind for kind, test in _TESTS if any(test(text) for text in bare)}
    naming = max((_naming(text) for text in texts), default=0.0)
    in_place = any(place_in(folder) for folder in placemark.folders) or any(
        field_of(text.label) in ("city", "region") for text in texts if text.label
    )
    evidence = float(len(kinds)) + 0.5 * in_place + 0.5 * (placemark.point is not None)
    evidence += 0.5 * any(field_of(text.label) == "credentials" or is_credentials(text.text) for text in texts)
    return _Read(
        placemark,
        texts,
        _links(page, placemark, flow),
        naming,
        evidence if kinds or naming >= 2 else min(evidence, 0.9),
    )


_TESTS = (("phone", has_phone), ("email", has_email), ("website", has_url), ("address", has_address))


def _naming(text: Labelled) -> float:
    field = field_of(text.label) if text.label else None
    if field in _NAMING or field == "practice":
        name = _judged_as(text.text)
        return (
            2.0
            if is_strong_name(name) or field == "last_name"
            else 1.5
            if is_weak_name(name) or _foreign(name)
            else 0.0
        )
    return 0.0


def _judged_as(name: str) -> str:
    """The name as signals judge it: written in lower case it is as good a name, and the stop of "Dr. med." ends no sentence."""
    return _FACULTY.sub("", name.title() if name.islower() else name)


def _foreign(text: str) -> bool:
    """Whether a text is written without capital letters to judge it by, and could be a name."""
    return could_be_title(text) and any(
        letter.isalpha() and not letter.isascii() and letter.lower() == letter.upper() for letter in text
    )


def _data(placemark: Placemark, labels: dict[str, str]) -> list[Labelled]:
    texts = []
    for label, value in placemark.fields:
        text = plain(value)
        if label.casefold() in _style_labels() or is_empty(text):
            continue
        shown = labels.get(label, label)
        misnamed = field_of(shown) in _NAMING and (has_phone(text) or has_email(text) or has_url(text))
        texts.append(Labelled(label=None if misnamed else shown, text=text))
    return texts


def _described(page: Page, placemark: Placemark, data: Sequence[Labelled]) -> Layout:
    """The lines of the description that its data do not state already: maps made from a sheet state everything twice."""
    text = placemark.description[:MOST_DESCRIPTION]
    flow = _flow(page, text)
    known = {_folded(item.text) for item in data}
    known |= {_folded(part) for item in data for part in item.text.split("\n")}
    labels = [_folded(label) for label, _ in placemark.fields]
    own = _folded(placemark.name)
    flow.lines = [
        line for line in flow.lines if not (known and _repeats(line.text, known, labels)) and _folded(line.text) != own
    ]
    return flow


def _repeats(text: str, known: set[str], labels: Sequence[str]) -> bool:
    folded = _folded(text)
    if not folded or folded in known or folded in labels:
        return True
    return any(folded.startswith(f"{label} ") and folded[len(label) + 1 :] in known for label in labels if label)


def _folded(text: str) -> str:
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
    known = {field_of(item.label) for item in data}
    named = known & {"name", "last_name"}
    repeated = _folded(name) in {_folded(item.text) for item in data}
    as_name = could_be_title(_judged_as(name)) and not is_place(name) and not has_address(name)
    if not name or (repeated and (named or "practice" in known)) or not (as_name or _names_somebody(name)):
        place = (
            [Labelled(label="address", text=name)] if has_address(name) and not known & {"address", "street"} else []
        )
        if named or "practice" in known:
            return place, labelled_texts(flow.lines)
        return place, _named_by_description(page, flow)
    if named:
        practice = is_organisation(name) and "practice" not in known
        return [Labelled(label="practice" if practice else "remark", text=name)], labelled_texts(flow.lines)
    return _both(name), labelled_texts(flow.lines)


def _names_somebody(name: str) -> bool:
    return is_strong_name(_judged_as(name)) and not has_address(name)


def _named_by_description(page: Page, flow: Layout) -> list[Labelled]:
    """The texts of a description that has to name the entry itself, as a map whose titles are addresses does."""
    if not flow.lines:
        return []
    entry = evaluate_entry(LineFeatures(flow, ""), 0, len(flow.lines))
    return labelled_texts(flow.lines, entry.title if entry.name_score >= 1.5 else None)


def _both(name: str) -> list[Labelled]:
    """A title as person and practice, where it names both; otherwise as the one that it names."""
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
    return [
        Labelled(label=text.label, text=text.text.strip("() ") if text.label == "remark" else text.text)
        for text in texts
    ]


def _person(name: str, parts: Sequence[str], practice: str | None) -> str | None:
    """The words of the title before (or after) the practice, if they name a person: "Jane Roe, ND" of "Jane Roe, ND, Quay Clinic"."""
    if practice is None:
        return None
    before, _, after = name.partition(practice)
    for part in (before.strip(" ,;()-–—|/:·•@\n"), after.strip(" ,;()-–—|/:·•@\n"), *parts):
        part = re.sub(r"\s+at$", "", part)
        if part and part != practice and (names_person(part) or is_weak_person(part)) and not is_organisation(part):
            return part
    return None


def _reaching(placemark: Placemark, data: Sequence[Labelled]) -> list[Labelled]:
    known = {field_of(item.label) for item in data}
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


def _towns(placemarks: Sequence[Placemark]) -> frozenset[str]:
    """Names of layers within a place's layer that addresses within them name too: towns, and not kinds of entries."""
    found: dict[str, bool] = {}
    for placemark in placemarks:
        for outer, inner in zip(placemark.folders, placemark.folders[1:], strict=False):
            folder = _COUNT.sub("", inner).strip()
            if not found.get(folder) and place_in(outer) and not place_in(folder) and not is_generic(folder):
                said = " ".join(
                    (placemark.address, plain(placemark.description), *(value for _, value in placemark.fields))
                )
                found[folder] = bool(folder) and bool(
                    re.search(rf",\s*{re.escape(folder)}\b|\n{re.escape(folder)}\b", said, re.I)
                )
    return frozenset(folder for folder, is_town in found.items() if is_town)


def _american(placemarks: Sequence[Placemark]) -> bool:
    """Whether some layer bears a name that only a state of the USA has, so that "CA" among them is California."""
    folders = {_COUNT.sub("", folder).strip() for placemark in placemarks for folder in placemark.folders}
    return any(region(folder, "US") and not country(folder) for folder in folders)


def _headings(folders: Iterable[str], layers: _Layers) -> tuple[str, ...]:
    bare = [_COUNT.sub("", folder).strip() for folder in folders]
    places = [folder if folder in layers.towns else _spelled_out(place_in(folder), layers) for folder in bare]
    return tuple(dict.fromkeys(place for place in places if place))


def _spelled_out(place: str | None, layers: _Layers) -> str | None:
    """The place; a code that is a country's and a state's only where the other layers tell which."""
    if place is None or len(place) != 2 or not (state := region(place, "US")) or not country(place):
        return place
    return state.name if layers.american else None


def _lasting_keys(read: Sequence[_Read]) -> bool:
    keys = [one.placemark.key for one in read if one.placemark.key]
    return len(keys) == len(read) and len(set(keys)) == len(keys)


def _record(page: Page, one: _Read, layers: _Layers, keys: bool) -> Record:
    return Record(
        page=page.url,
        key=one.placemark.key if keys else None,
        texts=tuple(one.texts),
        headings=_headings(one.placemark.folders, layers),
        links=one.links,
        point=one.placemark.point,
    )
