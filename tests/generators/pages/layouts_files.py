"""Layouts of files: tables with and without header, a workbook, map files, feeds and other XML."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from html import escape as escape_html
from xml.sax.saxutils import escape, quoteattr

from openpyxl import Workbook

from .layouts_json import PARTS, key, texts
from .people import Entry
from .plan import Plan, layout

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KML_TYPE = "application/vnd.google-earth.kml+xml"
SHEET = ("list", "cells", "data", "sheet")


def written(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """The rows as a file of separated values."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def rows_of(plan: Plan) -> tuple[list[str], list[list[str]]]:
    """The fields of all entries, and the entries' values in that order."""
    said = [texts(plan, entry) for entry in plan.entries]
    fields = list(dict.fromkeys(name for one in said for name in one))
    return fields, [[one.get(name, "") for name in fields] for one in said]


def heads(plan: Plan, fields: Iterable[str]) -> list[str]:
    """Headers in the page's language, or keys as databases have them."""
    if plan.prefix or plan.keys == 1:
        return [key(plan, name) for name in fields]
    return [plan.labels.get(name, "") or {"number": "Nr.", "notes": "Info"}.get(name, name) for name in fields]


@layout("csv", *SHEET, "keys", media_type=CSV_TYPE, number=(5, 25))
def csv_with_header(plan: Plan) -> str:
    """Separated by commas, with a header."""
    fields, rows = rows_of(plan)
    return written([heads(plan, fields), *rows])


@layout("csv", *SHEET, media_type=CSV_TYPE, number=(6, 25), always=("address", "phone"))
def csv_without_header(plan: Plan) -> str:
    """Separated by commas, without a header."""
    return written(rows_of(plan)[1])


@layout("csv", *SHEET, "keys", media_type=CSV_TYPE, number=(5, 25), always=("address",))
def csv_semicolons_and_preamble(plan: Plan) -> str:
    """Separated by semicolons, below lines that say what the file is."""
    fields, rows = rows_of(plan)
    before = [[plan.head], [f"{plan.publisher.practice}, 2031-04-02"], []]
    return written([*before, heads(plan, fields), *rows], ";")


def workbook(rows: Sequence[Sequence[str]], title: str) -> bytes:
    """The rows as a workbook with one sheet; the same rows give the same bytes."""
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = title[:30]
    for one in rows:
        sheet.append(list(one))
    book.save(out)
    same = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as made, zipfile.ZipFile(same, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            if name != "docProps/core.xml":
                kept.writestr(zipfile.ZipInfo(name, (2031, 4, 2, 0, 0, 0)), made.read(name))
            else:
                kept.writestr(zipfile.ZipInfo(name, (2031, 4, 2, 0, 0, 0)), CORE)
    return same.getvalue()


CORE = '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"></cp:coreProperties>'


@layout("csv", *SHEET, media_type=XLSX_TYPE, number=(5, 25))
def xlsx_sheet(plan: Plan) -> bytes:
    """A workbook: a title row, then the header, then the rows."""
    fields, rows = rows_of(plan)
    before = [[plan.head], []] if plan.keys else []
    return workbook([*before, heads(plan, fields), *rows], "List")


def kml(plan: Plan, placemarks: Iterable[str]) -> str:
    """A map file around its placemarks."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f'<name>{escape(plan.head)}</name><Style id="s"><IconStyle/></Style>{"".join(placemarks)}</Document></kml>'
    )


def point_of(entry: Entry) -> str:
    """The entry's point, longitude first."""
    return f"<Point><coordinates>{entry.point[1]},{entry.point[0]},0</coordinates></Point>"


@layout("kml", "list", "keys", "cells", "data", "point", media_type=KML_TYPE, number=(4, 15))
def kml_extended_data(plan: Plan) -> str:
    """Placemarks with a value for each column of the sheet that they were made from."""
    marks = []
    for entry in plan.entries:
        said = texts(plan, entry)
        names = heads(plan, said)
        data = "".join(
            f"<Data name={quoteattr(name)}><value>{escape(value)}</value></Data>"
            for name, value in zip(names, said.values(), strict=True)
        )
        marks.append(
            f"<Placemark><name>{escape(said['name'])}</name><ExtendedData>{data}</ExtendedData>{point_of(entry)}</Placemark>"
        )
    return kml(plan, marks)


@layout("kml", "list", "lines", "data", "marks", "point", media_type=KML_TYPE, number=(4, 15))
def kml_markup_in_description(plan: Plan) -> str:
    """Placemarks with a name and lines of markup, typed by hand."""
    marks = []
    for entry in plan.entries:
        lines = [
            entry.practice,
            *(entry.address_lines if entry.city else []),
            *entry.phones,
            entry.email,
            entry.website,
        ]
        lines += [entry.specialty, *entry.notes, *entry.extras]
        text = "<br>".join(escape_html(line) for line in lines if line)
        marks.append(
            f"<Placemark><name>{escape(entry.whole_name)}</name><description><![CDATA[{text}]]></description>{point_of(entry)}</Placemark>"
        )
    return kml(plan, marks)


@layout("xml", "list", "keys", "cells", "data", media_type="application/xml", number=(4, 15))
def xml_elements(plan: Plan) -> str:
    """An element for each entry, and in it one for each field; the address is an element of its own."""
    items = []
    for place, entry in enumerate(plan.entries):
        said = texts(plan, entry)
        inner = {name: f"<{key(plan, name)}>{escape(value)}</{key(plan, name)}>" for name, value in said.items()}
        where = "".join(value for name, value in inner.items() if name in (*PARTS, "number"))
        rest = "".join(value for name, value in inner.items() if name not in (*PARTS, "number"))
        items.append(
            f'<member id="{place}">{rest}<location>{where}</location></member>'
            if where
            else f'<member id="{place}">{rest}</member>'
        )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<members count="{len(items)}">{"".join(items)}</members>'


def _feed_text(plan: Plan, entry: Entry) -> str:
    lines = [entry.practice, *(entry.address_lines if entry.city else [])]
    lines += [f"{plan.labels['phone']}: {number}" for number in entry.phones]
    lines += [entry.email, entry.website, entry.specialty, *entry.notes, *entry.extras]
    return "<br/>".join(escape_html(line) for line in lines if line)


@layout("xml", "list", "lines", "data", "marks", media_type="application/atom+xml", number=(4, 12))
def atom_entries(plan: Plan) -> str:
    """An Atom feed: the title is the name, the content markup."""
    items = "".join(
        f"<entry><id>urn:k:{place}</id><title>{escape(entry.whole_name)}</title><updated>2031-04-02T00:00:00Z</updated>"
        f'<content type="html">{escape(_feed_text(plan, entry))}</content></entry>'
        for place, entry in enumerate(plan.entries)
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(plan.head)}</title>{items}</feed>'


@layout("xml", "list", "lines", "data", "marks", media_type="application/rss+xml", number=(4, 12))
def rss_items(plan: Plan) -> str:
    """An RSS channel: the title is the name, the description markup in CDATA."""
    items = "".join(
        f"<item><title>{escape(entry.whole_name)}</title><link>https://lists.example.org/p/{place}</link>"
        f"<description><![CDATA[<p>{_feed_text(plan, entry)}</p>]]></description></item>"
        for place, entry in enumerate(plan.entries)
    )
    head = f"<title>{escape(plan.head)}</title><link>https://lists.example.org/</link>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>{head}{items}</channel></rss>'


__all__ = ["heads", "kml", "point_of", "rows_of", "workbook", "written"]
