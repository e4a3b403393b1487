"""Extracts lists of repeated blocks that a source selects with a CSS selector."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml.html import HtmlElement

from ldn_directory.extract.page import Page, select
from ldn_directory.extract.signals import could_be_title, is_empty
from ldn_directory.model import Extraction, Labelled, Record

from .entries import make_record
from .entry_links import entry_links
from .headings import headings_of
from .lines import Line, layout_of, lines_in
from .table import make_extraction

_ATTRIBUTE = re.compile(r"::attr\(([\w:-]+)\)\s*$")
_KEY_ATTRIBUTES = ("data-id", "data-post-id", "data-entry-id", "data-listing-id", "data-location-id", "data-key", "id")
_KEY = re.compile(r"^(?:[A-Za-z][\w-]*[-_])?(\d+|[0-9a-f]{8}-[0-9a-f-]{20,})$")
_LONGITUDES = ("lng", "lon", "longitude", "long", "lan", "map-lng", "map-lon", "geo-lng")
_LATITUDE = frozenset(f"data-{name}" for name in ("lat", "latitude", "map-lat", "geo-lat"))
_LONGITUDE = frozenset(f"data-{name}" for name in _LONGITUDES)


def extract(page: Page, *, rows: str, fields: Mapping[str, str] | None = None) -> Extraction:
    """One record for each element that the CSS selector `rows` matches.

    `fields` maps labels to selectors within the element (`::attr(name)` takes an attribute). Without it, labels are
    recognised on the page. A selector that matches nothing is reported as a problem.
    """
    layout = layout_of(page)
    elements = select(page.root, rows)
    wanted = set(elements)
    places = {element: box for box, element in enumerate(layout.elements) if element in wanted}
    headings = headings_of(layout, [(layout.first[box], layout.last[box]) for box in places.values()])
    above = dict(zip(places, headings, strict=True))
    records = [
        record
        for element in elements
        if (record := _record(page, element, lines_in(page, layout, places, element), above.get(element, ()), fields))
    ]
    return make_extraction(
        page, layout, records, None if elements else f"the selector {rows!r} of `rows` matches nothing"
    )


def _record(
    page: Page, element: HtmlElement, lines: list[Line], headings: tuple[str, ...], fields: Mapping[str, str] | None
) -> Record | None:
    key, point = key_of(element), point_of(element)
    if fields is None:
        record = make_record(lines, page, headings=headings, title=title_index(lines), key=key, point=point)
        return record if record.texts else None
    texts = tuple(
        Labelled(label=label, text=text)
        for label, selector in fields.items()
        for text in _values(page, element, selector)
    )
    if not texts:
        return None
    links = entry_links(lines, page.base, 0)
    return Record(page=page.url, key=key, texts=texts, headings=headings, links=links, point=point)


def _values(page: Page, element: HtmlElement, selector: str) -> list[str]:
    attribute = _ATTRIBUTE.search(selector)
    css = _ATTRIBUTE.sub("", selector).replace("::text", "").strip()
    matches = select(element, css) if css else [element]
    texts = [(match.get(attribute[1]) or "") if attribute else _text(page, match) for match in matches]
    return [text.strip() for text in texts if not is_empty(text)]


def _text(page: Page, element: HtmlElement) -> str:
    return "\n".join(line.text for line in layout_of(page, element).lines if line.text)


def title_index(lines: list[Line]) -> int | None:
    """The index of the line that the markup marks as the entry's name, if any."""
    for index, line in enumerate(lines[:12]):
        if any(bit.label == "name" for bit in line.bits) and could_be_title(line.text):
            return index
    for index, line in enumerate(lines[:6]):
        if line.level and could_be_title(line.text):
            return index
    return None


def key_of(element: HtmlElement) -> str | None:
    """The publisher's number for the entry, from the element's attributes."""
    for name in _KEY_ATTRIBUTES:
        if found := _KEY.match((element.get(name) or "").strip()):
            return found[1]
    return None


def point_of(element: HtmlElement) -> tuple[float, float] | None:
    """Latitude and longitude from the attributes of the element or its descendants."""
    for box in element.iter():
        if len(box.attrib) < 2:
            continue
        latitude = next((value for name, value in box.attrib.items() if name in _LATITUDE and value), None)
        longitude = next((value for name, value in box.attrib.items() if name in _LONGITUDE and value), None)
        if latitude and longitude and (point := _point(latitude, longitude)):
            return point
    return None


def _point(latitude: str, longitude: str) -> tuple[float, float] | None:
    try:
        point = (float(latitude), float(longitude))
    except ValueError:
        return None
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 and point != (0.0, 0.0) else None
