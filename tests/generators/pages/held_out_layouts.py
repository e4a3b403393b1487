"""Layouts that no rule, weight or threshold is chosen on."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from xml.sax.saxutils import quoteattr

from .html_parts import after_entry, block_html, labelled, name_html, results, shell, shown_blocks
from .layouts_detail import MUST, ONE, OWN, _contact, _own_page, _practice_of, _stranger
from .layouts_files import heads, kml, point_of, rows_of, written
from .layouts_json import JSON_TYPE, dump, key, texts
from .layouts_pdf import BLOCKS, PDF, PDF_TYPE, WESTERN, block_lines
from .pdf_file import HEIGHT, LEADING, MARGIN, WIDTH, Canvas, wrapped
from .people import Entry
from .plan import Plan, layout


@layout("table", "html", "list", "lines", "marks")
def table_three_people_across(plan: Plan) -> str:
    """A grid: every cell is a person, three in a row, the last row filled up with empty cells."""
    cells = []
    for entry in plan.entries:
        lines = "<br>".join([f"<b>{name_html(entry)}</b>", *(text for _, text in shown_blocks(plan, entry))])
        cells.append(f'<td width="33%" valign="top">{lines}{after_entry(plan, entry)}</td>')
    cells += ["<td>&nbsp;</td>"] * (-len(cells) % 3)
    rows = "".join(f"<tr>{''.join(cells[place : place + 3])}</tr>" for place in range(0, len(cells), 3))
    return shell(plan, f'<table cellpadding="10">{rows}</table>', style="old")


@layout("cards", "html", "list", "lines", "boxes", "marks")
def cards_front_and_back(plan: Plan) -> str:
    """Cards that turn: the front has picture, name and town, the back the name again and the rest."""

    def card(entry: Entry) -> str:
        town = f'<p class="flip-town">{escape(entry.city)}</p>' if entry.city else ""
        rest = "".join(
            labelled(plan, block, text, "p") if block in ("phone", "email") else f"<p>{text}</p>"
            for block, text in shown_blocks(plan, entry)
        )
        front = (
            f'<div class="flip-front"><img src="/f.jpg" alt=""><p class="flip-name">{name_html(entry)}</p>{town}</div>'
        )
        back = (
            f'<div class="flip-back"><p class="flip-name">{name_html(entry)}</p>{rest}{after_entry(plan, entry)}</div>'
        )
        return f'<div class="flip"><div class="flip-inner">{front}{back}</div></div>'

    return shell(plan, results(plan, map(card, plan.entries), '<div class="flip-grid">'))


@layout("prose", "html", "list", "marks", "town_only", always=MUST)
def prose_semicolon_runs_below_towns(plan: Plan) -> str:
    """The town bold on its own line, below it one paragraph with its people, parted by semicolons."""
    by_town: dict[str, list[Entry]] = {}
    for entry in sorted(plan.entries, key=lambda one: one.town_line):
        by_town.setdefault(entry.town_line, []).append(entry)
    parts = []
    for town, entries in by_town.items():
        runs = []
        for entry in entries:
            rest = [block_html(plan, block, entry, ", ") for block in plan.blocks if block != "address"]
            runs.append(", ".join(filter(None, [name_html(entry), *rest, *map(escape, entry.extras)])))
        parts.append(f"<p><b>{escape(town)}</b><br>{'; '.join(runs)}.</p>")
    return shell(plan, "".join(parts))


@layout("detail", "html", "lines", "one", number=ONE, always=MUST)
def detail_icons_and_neighbours(plan: Plan) -> str:
    """A trail of links, the name as h2 beside a picture, values marked by icons alone, below it others nearby as cards."""
    entry = plan.entries[0]
    icons = {
        "phone": "fa-phone",
        "email": "fa-envelope",
        "website": "fa-globe",
        "address": "fa-map-marker",
        "practice": "fa-hospital",
    }
    items = "".join(
        f'<li><i class="fa {icons.get(block, "fa-star")}"></i> {text}</li>' for block, text in shown_blocks(plan, entry)
    )
    trail = f'<ol class="breadcrumb"><li><a href="/">{escape(plan.words["menu"][0])}</a></li><li><a href="/l">{escape(plan.head)}</a></li><li>{escape(entry.name)}</li></ol>'
    near = ""
    for place in range(3):
        other = _stranger(plan)
        lines = f"{escape(other.street)}<br>{escape(other.town_line)}<br>{escape(other.phones[0])}"
        near += f'<div class="near-card"><h5><a href="/p/{place}">{escape(other.title + other.name)}</a></h5><p>{lines}</p></div>'
    body = (
        f'{trail}<div class="cols"><div class="l"><img src="/f.jpg" alt=""></div><div class="r"><h2>{name_html(entry)}</h2>'
        f'<ul class="info">{items}</ul>{after_entry(plan, entry)}</div></div><div class="nearby"><h4>{escape(plan.labels["map"])}</h4>{near}</div>'
    )
    return shell(plan, body, title=f"{entry.title}{entry.name}, {entry.city}", heading=False)


@layout("own_site", "html", "lines", number=(1, 2), shows=OWN, always=("practice", *MUST))
def own_one_long_page(plan: Plan) -> str:
    """One long page: a greeting, the doctor with a story, what patients said, the address beside a map, the agency's line."""
    practice = _practice_of(plan)
    patient = _stranger(plan)
    doctors = "".join(
        f'<div class="about"><h2>{name_html(entry)}</h2><p>{escape(entry.name)} {escape(plan.say("story"))}</p></div>'
        for entry in plan.entries
    )
    notes, said = "".join(f"<p>{escape(note)}</p>" for note in practice.notes), dict(practice.truth)
    for entry in plan.entries:
        for name in ("accepts_new", "telehealth"):
            entry.truth.pop(name, None)
            if name in said:
                entry.implied[name] = said[name]
    body = (
        f'<section id="hero"><h1>{escape(practice.practice)}</h1><p>{escape(plan.labels["specialties"])}</p></section>{doctors}{notes}'
        f"<section id='voices'><blockquote>{escape(plan.say('thanks'))}<cite>{escape(patient.name)}</cite></blockquote></section>"
        f"<section id='where'><h2>{escape(plan.labels['map'])}</h2>{_contact(plan, practice, 'div')}<iframe src='https://maps.example.com/e'></iframe></section>"
    )
    return _own_page(plan, practice, body, "", plan.labels["specialties"])


@layout("pdf", *PDF, "cells", media_type=PDF_TYPE, shows=BLOCKS, languages=WESTERN)
def pdf_table_without_lines(plan: Plan) -> bytes:
    """A table without a line: columns by place alone, cells of several lines, the header again on each page."""
    canvas, blocks = Canvas(HEIGHT, WIDTH), ["name", *plan.blocks]
    width, y = (canvas.width - 2 * MARGIN) / len(blocks), canvas.height * 1.0
    canvas.text(MARGIN, 40, plan.head, size=13, bold=True)
    for place, entry in enumerate(plan.entries):
        cells = [[entry.whole_name], *(block_lines(plan, block, entry) for block in plan.blocks)]
        cells[-1] = cells[-1] + entry.extras
        lines = [[part for line in cell for part in wrapped(line, width - 12)] for cell in cells]
        height = max(map(len, lines)) * LEADING + 8
        if y + height > canvas.height - 70:
            if place:
                canvas.new_page()
            y = 70.0
            for column, block in enumerate(blocks):
                canvas.text(
                    MARGIN + column * width, y, plan.labels.get(block, "") if block != "notes" else "", bold=True
                )
            y += LEADING + 8
        for column, texts_of in enumerate(lines):
            for row, text in enumerate(texts_of):
                canvas.text(MARGIN + column * width, y + row * LEADING, text)
        y += height
    return canvas.save()


@layout("json", "list", "cells", "data", media_type=JSON_TYPE, number=(5, 15))
def json_label_value_pairs(plan: Plan) -> str:
    """Each entry is a list of labels with values, as form builders answer."""
    rows = []
    for place, entry in enumerate(plan.entries):
        fields = [
            {
                "label": plan.labels.get(name, name) if name != "notes" else "Info",
                "value": value,
                "type": "text",
                "order": order,
            }
            for order, (name, value) in enumerate(texts(plan, entry).items())
        ]
        rows.append({"entry_id": 3000 + place, "status": "active", "fields": fields})
    return dump({"results": rows, "count": len(rows)})


@layout(
    "kml", "list", "keys", "cells", "data", "point", media_type="application/vnd.google-earth.kml+xml", number=(4, 15)
)
def kml_schema_in_folders(plan: Plan) -> str:
    """Folders by region or country, placemarks with SimpleData of a schema, the name among them alone."""
    folders: dict[str, list[str]] = {}
    for entry in plan.entries:
        said = texts(plan, entry)
        data = "".join(
            f"<SimpleData name={quoteattr(name)}>{escape(value)}</SimpleData>"
            for name, value in zip(heads(plan, said), said.values(), strict=True)
        )
        mark = f'<Placemark><ExtendedData><SchemaData schemaUrl="#s1">{data}</SchemaData></ExtendedData>{point_of(entry)}</Placemark>'
        folders.setdefault(entry.region or entry.country_code, []).append(mark)
    return kml(
        plan, [f"<Folder><name>{escape(name)}</name>{''.join(marks)}</Folder>" for name, marks in folders.items()]
    )


@layout(
    "csv",
    "list",
    "cells",
    "data",
    "sheet",
    media_type="text/tab-separated-values; charset=utf-8",
    number=(6, 20),
    languages=("en-US", "pt"),
    always=("address",),
)
def tsv_with_section_rows(plan: Plan) -> str:
    """Separated by tabs; a row with nothing but a region stands above its entries."""
    plan.entries.sort(key=lambda entry: entry.region)
    fields, rows = rows_of(plan)
    sections, last = [heads(plan, fields)], None
    for entry, row in zip(plan.entries, rows, strict=True):
        if entry.region != last:
            last = entry.region
            sections.append([last, *[""] * (len(fields) - 1)])
        sections.append(row)
    return written(sections, "\t")


@layout("xml", "list", "keys", "cells", "data", "point", media_type="application/xml", number=(4, 15))
def xml_values_in_attributes(plan: Plan) -> str:
    """Markers of a map: every value is an attribute."""
    markers = []
    for place, entry in enumerate(plan.entries):
        said: dict[str, Any] = {
            re.sub(r"\W", "_", key(plan, name)): value for name, value in texts(plan, entry).items()
        }
        point = f'{key(plan, "latitude")}="{entry.point[0]}" {key(plan, "longitude")}="{entry.point[1]}"'
        pairs = " ".join(f"{name}={quoteattr(value)}" for name, value in said.items())
        markers.append(f'<marker id="{place}" {pairs} {point} category="2"/>')
    return f'<?xml version="1.0"?>\n<markers>{"".join(markers)}</markers>'
