"""Lists that are not pages: JSON with pages, a capped store locator, CSV, XLSX and KML."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html import escape
from itertools import groupby
from math import asin, cos, radians, sin, sqrt
from typing import Any

from openpyxl import Workbook

from .entry_text import EntryText
from .practitioners import facts
from .truth import Entry
from .view import Answer, View

JSON = "application/json; charset=UTF-8"
CAP = 100
"""The store locator never answers with more entries."""
EARTH_KM = 6371.0


def locations(view: View) -> Answer:
    """JSON, `per_page` (at most 100) entries of page `page`, totals in the headers; past the end is status 400."""
    per_page = min(max(view.number("per_page", facts("lists")["api/locations"]["per_page"]), 1), 100)
    page = max(view.number("page", 1), 1)
    pages = view.pages(per_page)
    if page > pages:
        error = {"code": "rest_post_invalid_page_number", "message": "No such page.", "data": {"status": 400}}
        return Answer(status=400, body=json.dumps(error).encode(), content_type=JSON)
    items = [_location(entry) for entry in view.texts(view.page(page - 1, per_page))]
    headers = {"X-WP-Total": str(len(view.entries)), "X-WP-TotalPages": str(pages)}
    return Answer(body=_json(items), content_type=JSON, headers=headers)


def _location(entry: EntryText) -> dict[str, Any]:
    return {
        "id": int(entry.key),
        "title": {"raw": entry.name, "rendered": escape(entry.name)},
        "practice_name": entry.practice,
        "street": entry.street,
        "city": entry.city,
        "region": entry.region,
        "zip": entry.postcode,
        "country": entry.country,
        "latitude": f"{entry.point[0]:.5f}",
        "longitude": f"{entry.point[1]:.5f}",
        "phone": entry.phone,
        "email": entry.email,
        "website": entry.website,
        "telehealth": "Yes" if entry.telehealth else "",
        "link": f"/locations/{entry.key}",
    }


def wpsl(view: View) -> Answer:
    """The bare list that a store locator answers with: everything or what is near, but never over 100 entries."""
    entries = view.entries
    if view.query.get("lat") and view.query.get("lng"):
        entries = _entries_nearby(view)
    most = min(max(view.number("max_results", CAP), 1), CAP)
    stores = [_store(entry) for entry in view.texts(entries[:most])]
    # This plugin answers with an empty body where it finds nothing.
    return Answer(body=_json(stores) if stores else b"", content_type=JSON)


def _entries_nearby(view: View) -> tuple[Entry, ...]:
    try:
        here = float(view.query["lat"]), float(view.query["lng"])
        radius_km = float(view.query.get("search_radius") or view.query.get("radius") or 50)
    except ValueError:
        return ()
    by_distance = []
    for entry in view.entries:
        first = view.truth.practitioners[entry.people[0]]
        away_km = _distance_km(here, (first.latitude, first.longitude))
        if away_km <= radius_km:
            by_distance.append((away_km, entry))
    return tuple(entry for _, entry in sorted(by_distance, key=lambda pair: pair[0]))


def _distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = one, other
    half = sin(radians(lat2 - lat1) / 2) ** 2
    half += cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def _store(entry: EntryText) -> dict[str, Any]:
    return {
        "id": entry.key,
        "store": escape(entry.name.replace(" and ", " & ")),
        "address": entry.street,
        "address2": "",
        "city": entry.city,
        "state": entry.state or entry.region,
        "zip": entry.postcode,
        "country": entry.country,
        "lat": str(entry.point[0]),
        "lng": str(entry.point[1]),
        "phone": entry.phone,
        "fax": "",
        "email": entry.email,
        "url": entry.website,
    }


COLUMNS = (
    "First Name",
    "Last Name",
    "Credentials",
    "Practice",
    "Street",
    "City",
    "State",
    "Zip",
    "Country",
    "Phone",
    "Email",
    "Web site",
    "Telehealth?",
    "Notes",
)


def spreadsheet(view: View) -> Answer:
    """CSV with quoted line breaks in the notes; the bytes are Windows-1252 although the header says UTF-8."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(_rename_columns(COLUMNS, view))
    for entry in view.texts(view.entries):
        rows.writerow(_csv_row(entry))
    return Answer(body=out.getvalue().encode("cp1252", errors="replace"), content_type="text/csv; charset=utf-8")


def _csv_row(entry: EntryText) -> tuple[str, ...]:
    first, last, credentials = entry.name.split("|") if "|" in entry.name else ("", "", "")
    notes = f"{entry.remark}\nTold us by a member" if entry.remark else ""
    return (
        first,
        last,
        credentials,
        entry.practice,
        entry.street,
        entry.city,
        entry.state or entry.region,
        entry.postcode,
        entry.country,
        entry.phone or "n/a",
        entry.email or "none",
        entry.website,
        "Y" if entry.telehealth else "",
        notes,
    )


WORKBOOK_COLUMNS = ("Doctor", "Practice", "Address", "Tel", "E-mail", "Comments")


def workbook(view: View) -> Answer:
    """A workbook whose header stands in the third row, below a title."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Doctors")
    sheet.append([facts("lists")["list.xlsx"]["title"]])
    sheet.append([])
    sheet.append(_rename_columns(WORKBOOK_COLUMNS, view))
    for entry in view.texts(view.entries):
        sheet.append([entry.name, entry.practice, entry.address, entry.phone, entry.email, entry.remark])
    out = io.BytesIO()
    book.save(out)
    return Answer(
        body=_without_timestamps(out.getvalue()),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def _without_timestamps(archive: bytes) -> bytes:
    """The workbook without the times at which it was written, so that equal entries give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _rename_columns(columns: tuple[str, ...], view: View) -> list[str]:
    return [f"Column {place}" for place, _ in enumerate(columns, 1)] if view.redesigned else list(columns)


def kml(view: View) -> Answer:
    """KML, a folder per region; the description is HTML whose lines are labelled; coordinates are lon,lat,alt."""
    folders = []
    for region, group in groupby(view.entries, key=lambda entry: view.truth.practitioners[entry.people[0]].region):
        placemarks = "".join(_placemark(entry) for entry in view.texts(tuple(group)))
        folders.append(f"<Folder><name>{escape(region)}</name>{placemarks}</Folder>\n")
    title = escape(facts("lists")["map.kml"]["title"])
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{title}</name>\n{''.join(folders)}</Document></kml>\n"
    )
    return Answer(body=body.encode(), content_type="application/vnd.google-earth.kml+xml")


def _placemark(entry: EntryText) -> str:
    lines = [f"Address: {entry.address}"]
    if entry.phone:
        lines.append(f"Phone: {entry.phone}")
    if entry.website:
        lines.append(f'Website: <a href="{entry.website}">{entry.website}</a>')
    latitude, longitude = entry.point
    return (
        f"<Placemark><name>{escape(entry.name)}</name><description><![CDATA[{'<br>'.join(lines)}]]></description>"
        f"<Point><coordinates>{longitude},{latitude},0</coordinates></Point></Placemark>\n"
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
