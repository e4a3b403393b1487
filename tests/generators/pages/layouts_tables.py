"""Layouts in which the entries are rows of an HTML table."""

from __future__ import annotations

from html import escape

from .html_parts import after_entry, block_html, contact_html, name_html, results, shell, shown_blocks
from .people import Entry
from .plan import Plan, layout

TABLE = ("html", "list", "lines", "cells", "boxes", "marks")


def _heads(plan: Plan) -> list[str]:
    return [escape(plan.labels.get(block, "")) if block != "notes" else "" for block in ("name", *plan.blocks)]


def _cells(plan: Plan, entry: Entry, br: str = "<br>") -> list[str]:
    """Name and blocks; what faults add stands in the last cell."""
    cells = [name_html(entry), *(block_html(plan, block, entry, br) for block in plan.blocks)]
    cells[-1] += after_entry(plan, entry)
    return cells


def _row(cells: list[str], tag: str = "td", attributes: str = "") -> str:
    return f"<tr>{''.join(f'<{tag}{attributes}>{cell}</{tag}>' for cell in cells)}</tr>"


@layout("table", *TABLE)
def table_fonts_of_2003(plan: Plan) -> str:
    """A table of the early web: font tags in every cell, colours, a bold first row and no th."""
    font = '<font face="Verdana" size="1">'
    head = _row([f"<b>{font}{head}</font></b>" for head in _heads(plan)], attributes=' bgcolor="#CCCCFF"')
    rows = (_row([f"{font}{cell or '&nbsp;'}</font>" for cell in _cells(plan, entry)]) for entry in plan.entries)
    box = results(plan, rows, f'<table border="1" cellpadding="3" width="95%">{head}', "</table>")
    return shell(plan, box, style="old")


@layout("table", "html", "list", "lines", "boxes", "marks")
def table_nested_for_layout(plan: Plan) -> str:
    """Tables within tables that only place things: a menu at the left, one small table for each entry at the right."""
    rows = []
    for entry in plan.entries:
        lines = "".join(f"<tr><td>{text}</td></tr>" for _, text in shown_blocks(plan, entry))
        inner = f"<tr><td><b>{name_html(entry)}</b></td></tr>{lines}"
        rows.append(f'<tr><td><table width="100%">{inner}</table>{after_entry(plan, entry)}</td></tr>')
    menu = "<br>".join(f'<a href="{place}.htm">{escape(word)}</a>' for place, word in enumerate(plan.words["menu"]))
    box = results(plan, rows, '<table width="100%" cellspacing="8">', "</table>")
    return shell(
        plan, f'<table width="760"><tr><td width="140" valign="top">{menu}</td><td>{box}</td></tr></table>', style="old"
    )


@layout("table", *TABLE)
def table_with_header(plan: Plan) -> str:
    """A clean table with thead and tbody."""
    rows = (_row(_cells(plan, entry)) for entry in plan.entries)
    before = f'<table class="table table-striped"><thead>{_row(_heads(plan), "th")}</thead><tbody>'
    return shell(plan, results(plan, rows, before, "</tbody></table>"))


@layout("table", "html", "list", "lines", "cells", "marks", number=(3, 6))
def table_on_its_side(plan: Plan) -> str:
    """One row a field and one column a person."""
    columns = [_cells(plan, entry) for entry in plan.entries]
    rows = [
        f"<tr><th>{head}</th>{''.join(f'<td>{column[place]}</td>' for column in columns)}</tr>"
        for place, head in enumerate(_heads(plan))
    ]
    return shell(plan, f'<table class="compare">{"".join(rows)}</table>')


@layout("table", "html", "list", "lines", "marks", always=("address", "phone"))
def table_two_rows_an_entry(plan: Plan) -> str:
    """The first row has name and practice, the second the rest."""
    rows = []
    for entry in plan.entries:
        rest = [text for block, text in shown_blocks(plan, entry) if block != "practice"]
        below = "</td><td>".join((" &middot; ".join(rest[:2]), " &middot; ".join(rest[2:])))
        rows.append(f"<tr class=a><td><strong>{name_html(entry)}</strong></td><td>{escape(entry.practice)}</td></tr>")
        rows.append(f"<tr class=b><td>{below}{after_entry(plan, entry)}</td></tr>")
    return shell(plan, f'<table class="list">{"".join(rows)}</table>')


@layout("table", "html", "list", "lines", "boxes", "marks", always=("address",))
def table_lines_in_one_cell(plan: Plan) -> str:
    """Name and address as lines of the first cell, contacts as lines of the second, without header."""
    rows = []
    for entry in plan.entries:
        left = [
            f"<b>{name_html(entry)}</b>",
            entry.practice and escape(entry.practice),
            *map(escape, entry.address_lines),
        ]
        right = [contact_html(plan, block, entry) for block in ("phone", "email", "website") if block in plan.blocks]
        notes = [*entry.notes, *([entry.specialty] if entry.specialty else [])]
        right += [f"<i>{escape(note)}</i>" for note in notes]
        cells = ["<br>".join(filter(None, left)), "<br>".join(filter(None, right)) + after_entry(plan, entry)]
        rows.append(_row(cells, attributes=' valign="top"'))
    return shell(plan, results(plan, rows, "<table>", "</table>"))


@layout("table", *TABLE)
def table_word_export(plan: Plan) -> str:
    """A table as a word processor saves it: a paragraph of class MsoNormal with spans in every cell."""

    def cell(text: str) -> str:
        span = f"<span lang=EN-US style='font-size:10.0pt'>{text or '<o:p>&nbsp;</o:p>'}</span>"
        return f"<p class=MsoNormal style='margin-bottom:0cm'>{span}</p>"

    rows = [_row([cell(head) for head in _heads(plan)], attributes=" width=161 style='border:solid windowtext 1.0pt'")]
    rows += [
        _row([cell(text) for text in _cells(plan, entry)], attributes=" width=161 valign=top") for entry in plan.entries
    ]
    box = results(plan, rows, "<table class=MsoTableGrid border=1 style='border-collapse:collapse'>", "</table>")
    return (
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><meta charset=utf-8>"
        f"<title>{escape(plan.head)}</title></head><body><div class=WordSection1><p class=MsoTitle>{escape(plan.head)}</p>"
        f"{box}</div></body></html>"
    )


@layout("table", *TABLE, languages=("en-US", "pt"), always=("address",))
def table_region_bands(plan: Plan) -> str:
    """Rows over the whole width name the region; the rows below them belong to it."""
    plan.entries.sort(key=lambda entry: entry.region)
    rows, last = [], None
    for entry in plan.entries:
        if entry.region != last:
            last = entry.region
            rows.append(f'<tr class="band"><td colspan="{len(plan.blocks) + 1}"><b>{escape(last)}</b></td></tr>')
        rows.append(_row(_cells(plan, entry)))
    return shell(plan, results(plan, rows, f'<table class="by-state">{_row(_heads(plan), "th")}', "</table>"))


@layout("table", *TABLE, languages=("ja",))
def table_cjk(plan: Plan) -> str:
    """A Japanese table: header cells at the top, full-width signs, the postal code above the address."""
    rows = (_row(_cells(plan, entry)) for entry in plan.entries)
    before = f'<table border="1" summary="{escape(plan.head)}">{_row(_heads(plan), "th", " nowrap")}'
    return shell(plan, results(plan, rows, before, "</table>"))
