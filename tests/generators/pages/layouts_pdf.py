"""Layouts of PDF files: a ruled table, two columns of text, blocks below headings. Western letters only."""

from __future__ import annotations

from .pdf_file import HEIGHT, LEADING, MARGIN, WIDTH, Canvas, wrapped
from .people import Entry
from .plan import Plan, layout

PDF_TYPE = "application/pdf"
WESTERN = ("en-US", "en-GB", "de", "fr", "es", "it", "nl", "pt", "sv")
PDF = ("list", "lines", "marks", "pdf")
BLOCKS = ("credentials", "practice", "address", "phone", "email", "specialty", "notes")
BOTTOM = HEIGHT - 70


def block_lines(plan: Plan, block: str, entry: Entry) -> list[str]:
    """A block of the entry as lines of plain text."""
    match block:
        case "address":
            return entry.address_lines if entry.city else []
        case "phone":
            shown = " / ".join(entry.phones)
            fax = f"  {plan.labels['fax']}: {entry.fax}" if plan.has("fax_beside") and shown else ""
            return [shown + fax] if shown else []
        case "notes":
            return entry.notes
        case _:
            value = str(getattr(entry, block))
            return [value] if value else []


def entry_lines(plan: Plan, entry: Entry) -> list[str]:
    """The whole entry below its name."""
    found = []
    for block in plan.blocks:
        for place, line in enumerate(block_lines(plan, block, entry)):
            label = plan.labels[block] if block in ("phone", "email") and place == 0 and plan.keys else ""
            found.append(f"{label}: {line}" if label else line)
    found += entry.extras
    if plan.has("publisher_in_each_entry"):
        found.append(f"{plan.publisher.practice}: {plan.publisher.phones[0]}")
    return found


@layout("pdf", *PDF, "cells", media_type=PDF_TYPE, shows=BLOCKS, languages=WESTERN)
def pdf_ruled_table(plan: Plan) -> bytes:
    """A table with lines around its cells, over several pages."""
    canvas, heads = Canvas(HEIGHT, WIDTH), ["name", *plan.blocks]
    width = (canvas.width - 2 * MARGIN) / len(heads)
    rows = [[[plan.labels.get(head, "")] if head != "notes" else [""] for head in heads]]
    for entry in plan.entries:
        cells = [[entry.whole_name], *(block_lines(plan, block, entry) for block in plan.blocks)]
        cells[-1] = cells[-1] + entry.extras
        rows.append(cells)
    canvas.text(MARGIN, 40, plan.head, size=14, bold=True)
    y = 60.0
    for place, cells in enumerate(rows):
        lines = [[part for line in cell for part in wrapped(line, width - 6)] for cell in cells]
        height = max(map(len, lines)) * LEADING + 6
        if y + height > canvas.height - 70:
            canvas.new_page()
            y = 60.0
        canvas.line(MARGIN, y, canvas.width - MARGIN, y)
        for column, texts in enumerate(lines):
            for row, text in enumerate(texts):
                canvas.text(MARGIN + column * width + 3, y + 11 + row * LEADING, text, bold=place == 0)
        for edge in range(len(heads) + 1):
            canvas.line(MARGIN + edge * width, y, MARGIN + edge * width, y + height)
        y += height
        canvas.line(MARGIN, y, canvas.width - MARGIN, y)
    canvas.text(MARGIN, canvas.height - 30, f"{plan.publisher.practice}, {plan.publisher.phones[0]}", size=8)
    return canvas.save()


@layout("pdf", *PDF, media_type=PDF_TYPE, shows=BLOCKS, languages=WESTERN)
def pdf_two_columns(plan: Plan) -> bytes:
    """A leaflet: two columns of entries, the name bold, an empty line between them."""
    canvas, half = Canvas(), (WIDTH - 2 * MARGIN) / 2
    canvas.text(MARGIN, 45, plan.head, size=16, bold=True)
    column, y = 0, 80.0
    for entry in plan.entries:
        lines = [part for line in entry_lines(plan, entry) for part in wrapped(line, half - 15)]
        height = (len(lines) + 1) * LEADING
        if y + height > BOTTOM:
            column, y = column + 1, 80.0
            if column == 2:
                canvas.new_page()
                column = 0
        x = MARGIN + column * half
        canvas.text(x, y, entry.whole_name, bold=True)
        for place, line in enumerate(lines, 1):
            canvas.text(x, y + place * LEADING, line)
        y += height + LEADING
    return canvas.save()


@layout("pdf", *PDF, media_type=PDF_TYPE, shows=BLOCKS, languages=("en-US", "pt"), always=("address",))
def pdf_blocks_below_regions(plan: Plan) -> bytes:
    """Blocks of lines below bold headings that name the region; page numbers at the bottom."""
    plan.entries.sort(key=lambda entry: entry.region)
    canvas, y, last, number = Canvas(), 60.0, None, 1
    canvas.text(MARGIN, 40, plan.head, size=14, bold=True)
    for entry in plan.entries:
        lines = [entry.whole_name, *entry_lines(plan, entry)]
        if y + (len(lines) + 3) * LEADING > BOTTOM:
            canvas.text(WIDTH / 2, HEIGHT - 30, str(number), size=8)
            canvas.new_page()
            y, number = 60.0, number + 1
        if entry.region != last:
            last = entry.region
            y += LEADING
            canvas.text(MARGIN, y, last.upper(), size=12, bold=True)
            y += 1.5 * LEADING
        for line in lines:
            canvas.text(MARGIN, y, line)
            y += LEADING
        y += LEADING
    canvas.text(WIDTH / 2, HEIGHT - 30, str(number), size=8)
    return canvas.save()
