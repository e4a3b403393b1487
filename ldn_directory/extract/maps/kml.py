"""Maps as KML or KMZ (Google My Maps, Google Earth, GIS exports): placemarks in folders, and links to further files.

KML 2.0 to 2.3 differ in their namespaces and in a few names; elements are read by their local names alone.
See https://docs.ogc.org/is/12-007r2/12-007r2.html (OGC KML 2.3).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from ldn_directory.extract.page import MAX_ELEMENTS, Page, PageTooBig, absolute
from ldn_directory.extract.unpacking import ArchiveRefused, open_archive, read_member
from ldn_directory.model import Extraction, Problem

from .placemarks import MOST_PLACEMARKS, Placemark, records_of_placemarks

MOST_UNPACKED = 60_000_000
MOST_LINKS = 50
MOST_FILES = 50
"""Files of one KMZ that are read."""
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENTITY = re.compile(r"<!ENTITY", re.I)
_ROOT = re.compile(r"<(?![!?])")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HTML_ENTITY = re.compile(r"&[A-Za-z]\w{1,30};")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_KML_START = re.compile(r"<(?:\w+:)?(?:kml|Document|Folder|Placemark|NetworkLink)[\s>/]")
_POINTLESS = frozenset(("LineString", "LinearRing", "Polygon", "Track", "MultiTrack", "Model"))
_XAL = (
    ("ThoroughfareName", "street"),
    ("LocalityName", "city"),
    ("AdministrativeAreaName", "region"),
    ("PostalCodeNumber", "postcode"),
    ("CountryNameCode", "country"),
)


def looks_like_kml(page: Page) -> bool:
    """Whether the page is KML or a KMZ archive that holds some."""
    if page.body.startswith(b"PK\x03\x04"):
        return bool(_members(page))
    try:
        return page.kind == "xml" and bool(_KML_START.search(page.text[:4_000]))
    except PageTooBig:
        return False


def extract(page: Page) -> Extraction:
    """One record a placemark that is an entry; files that the map links to are `next_pages`.

    Lines and polygons are no entries. Records of a KMZ name the archive as their page.
    """
    try:
        files = _unpack(page) if page.body.startswith(b"PK\x03\x04") else [("", page.text)]
    except ArchiveRefused as error:
        return Extraction(problems=(Problem(page=page.url, what=str(error)),))
    problems: list[Problem] = []
    placemarks: list[Placemark] = []
    links: dict[str, None] = {}
    for name, text in files:
        root = _parse(page, name, text, problems)
        if root is not None:
            placemarks += _placemarks(page, root, MOST_PLACEMARKS + 1 - len(placemarks), problems)
            links.update(dict.fromkeys(_network_links(page, root, [inner for inner, _ in files])))
    if len(links) > MOST_LINKS:
        problems.append(Problem(page=page.url, what=f"links to {len(links)} files: only {MOST_LINKS} are followed"))
    read = records_of_placemarks(page, placemarks)
    if not placemarks and not links and not problems:
        problems.append(Problem(page=page.url, what="holds no placemarks with a point or an address"))
    return replace(read, problems=(*problems, *read.problems), next_pages=tuple(links)[:MOST_LINKS])


def _members(page: Page) -> list[str]:
    """Names of the KML files in the archive, the one that is opened first at the front; empty if it is no archive."""
    try:
        with open_archive(page.body, MOST_UNPACKED) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".kml")]
    except ArchiveRefused:
        return []
    return sorted(names, key=lambda name: (name.count("/"), name.lower() != "doc.kml"))[:MOST_FILES]


def _unpack(page: Page) -> list[tuple[str, str]]:
    """(name, text) of the archive's KML files. Raises ArchiveRefused."""
    with open_archive(page.body, MOST_UNPACKED) as archive:
        names = _members(page)
        files = [(name, Page(page.url, read_member(archive, name), "application/xml").text) for name in names]
    if not files:
        raise ArchiveRefused("is an archive without a KML file")
    return files


def _parse(page: Page, name: str, text: str, problems: list[Problem]) -> Any:
    """The root element, read as far as possible. If it is refused or not XML, None, with the reason in `problems`."""

    def say(what: str) -> None:
        problems.append(Problem(page=page.url, record=name or None, what=what))

    text = _CONTROLS.sub("", _DECLARATION.sub("", text.lstrip("\ufeff")))
    start = _ROOT.search(text)
    if _ENTITY.search(text[: start.start() if start else 10_000]):
        return say("defines entities, as no map needs to: refused")
    if text.count("<") - text.count("</") > MAX_ELEMENTS:
        return say(f"has more than the {MAX_ELEMENTS:,} elements that are read")
    fault: Exception | None = None
    for markup, recover in ((text, False), (_with_plain_entities(text), False), (text, True)):
        try:
            root = etree.fromstring(markup.encode("utf-8", "replace"), _parser(recover=recover))
        except (etree.XMLSyntaxError, ValueError) as error:
            fault = fault or error
            continue
        if recover:
            extent = "read as far as it goes" if root is not None else "not read"
            say(f"is no well-formed XML ({str(fault)[:150]}): {extent}")
        return root
    return say(f"is no XML: {str(fault)[:150]}")


def _with_plain_entities(text: str) -> str:
    """The markup with HTML entities, which XML does not know, as characters, and bare ampersands escaped."""

    def letter(found: re.Match[str]) -> str:
        plain = html.unescape(found[0])
        return found[0] if plain in "<>&\"'" else html.escape(plain)

    return _BARE_AMPERSAND.sub("&amp;", _HTML_ENTITY.sub(letter, text))


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if _local(child) == name]


def _text(element: Any, *names: str) -> str:
    """The text of the first child element of one of the names; "" if there is none."""
    texts = (_whole_text(child) for name in names for child in _children(element, name))
    return next(filter(None, texts), "")


def _whole_text(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _placemarks(page: Page, root: Any, most: int, problems: list[Problem]) -> list[Placemark]:
    labels = {
        f"{'#' + schema.get('id') if schema.get('id') else ''}/{field.get('name')}": _text(field, "displayName")
        for schema in root.iter("{*}Schema")
        for field in _children(schema, "SimpleField")
    }
    found: list[Placemark] = []
    for element, folders in _walk(root):
        if len(found) >= most:
            break
        points = list(element.iter("{*}Point"))
        if points or not any(_local(child) in _POINTLESS for child in element.iter()):
            found.append(_placemark(element, folders, labels, _point(page, element, points, problems)))
    return found


def _walk(root: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Each placemark, with the names of the folders it is in. The document is not a folder."""
    stack: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    while stack:
        element, folders = stack.pop()
        if _local(element) == "Placemark":
            yield element, folders
            continue
        if _local(element) == "Folder" and (name := _text(element, "name")):
            folders = (*folders, name)
        stack += [(child, folders) for child in reversed(element) if isinstance(child.tag, str)]


def _point(page: Page, element: Any, points: Sequence[Any], problems: list[Problem]) -> tuple[float, float] | None:
    """Latitude and longitude; KML writes longitude first."""
    for point in points:
        written = _text(point, "coordinates")
        numbers = written.replace(",", " ").split()
        try:
            longitude, latitude = float(numbers[0]), float(numbers[1])
        except (ValueError, IndexError):
            longitude = latitude = 999.0
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return (latitude, longitude) if latitude or longitude else None
        if written:
            what = f"{written[:60]!r} is no longitude and latitude"
            problems.append(Problem(page=page.url, record=_text(element, "name")[:80] or None, what=what))
    return None


def _placemark(
    element: Any, folders: tuple[str, ...], labels: dict[str, str], point: tuple[float, float] | None
) -> Placemark:
    address, parts = _text(element, "address"), _xal(element)
    return Placemark(
        name=_text(element, "name"),
        key=element.get("id"),
        fields=(*_extended_data(element, labels), *([] if address else parts)),
        description=_text(element, "description") or _text(element, "Snippet", "snippet"),
        address=address,
        phone=_text(element, "phoneNumber").removeprefix("tel:"),
        website=next((link.get("href") for link in _children(element, "link") if link.get("href")), ""),
        point=point,
        folders=folders,
    )


def _xal(element: Any) -> list[tuple[str, str]]:
    """The parts of an xAL address (`AddressDetails`)."""
    details = next(element.iter("{*}AddressDetails"), None)
    if details is None:
        return []
    found = ((label, next(map(_whole_text, details.iter(f"{{*}}{name}")), "")) for name, label in _XAL)
    return [(label, text) for label, text in found if text]


def _extended_data(element: Any, labels: dict[str, str]) -> list[tuple[str, str]]:
    """(label, text) of the placemark's data: `Data`, `SimpleData` with a schema's labels, or elements of their own."""
    found: list[tuple[str, str]] = []
    for extended in (*_children(element, "ExtendedData"), *_children(element, "Metadata")):
        for child in extended:
            match _local(child):
                case "Data":
                    found.append((_text(child, "displayName") or child.get("name") or "", _text(child, "value")))
                case "SchemaData":
                    schema = child.get("schemaUrl") or ""
                    for simple in _children(child, "SimpleData"):
                        name = simple.get("name") or ""
                        label = labels.get(f"{schema}/{name}") or labels.get(f"/{name}") or name
                        found.append((label, _whole_text(simple)))
                case name if name and not len(child):
                    found.append((name, _whole_text(child)))
    return [(label, text) for label, text in found if label and text]


def _network_links(page: Page, root: Any, inside: Sequence[str]) -> Iterator[str]:
    """Addresses of the files that the map loads, except itself and files in its own archive."""
    for link in root.iter("{*}NetworkLink"):
        for holder in (*_children(link, "Link"), *_children(link, "Url")):
            href = _text(holder, "href")
            if not href or href in inside or href.removeprefix("./") in inside:
                continue
            address = (absolute(page.url, href) or "").split("#")[0]
            if urlsplit(address).scheme in ("http", "https") and address != page.url.split("#")[0]:
                yield address
