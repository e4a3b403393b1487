"""`ldn probe` on a page of 500 KB against one extraction by the family that wins."""

from __future__ import annotations

from typing import Any

from bench.extract import page_of, seconds
from ldn_directory.extract.candidates import NEUTRAL
from ldn_directory.extract.html import generic
from ldn_directory.extract.page import Page
from ldn_directory.normalize.mapping import map_record
from ldn_directory.probe.detect import probe

HALF_A_MEGABYTE = 500_000
MOST_TIMES = 3.0


def _extracted(page: Page) -> list[Any]:
    return [map_record(record, NEUTRAL, "probed") for record in generic.extract(page).records]


def _table_of(page: Page) -> Page:
    """The same entries as a table."""
    rows = page.text.replace('<div class="card card--practitioner"><div class="card__body">', "<tr>")
    rows = rows.replace("</div></div>", "</tr>").replace("<p>", "<td>")
    for tag in ("h3", "p"):
        rows = rows.replace(f"<{tag} ", "<td ").replace(f"</{tag}>", "</td>")
    names = ("Name", "Practice", "Address", "Phone", "E-mail", "Website")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = rows.replace("<h1>Practitioners</h1>", f"<table><tr>{head}</tr>").replace("</main>", "</table></main>")
    return Page(page.url, rows.encode(), page.content_type)


def run() -> list[dict[str, Any]]:
    """The probe's time in times of the extraction's, on cards and on a table."""
    cards = page_of(1_000, HALF_A_MEGABYTE)
    rows = []
    for what, page in (("cards", cards), ("a table", _table_of(cards))):
        found = probe(page)
        probe_s, extract_s = seconds(probe, page, 5), seconds(_extracted, page, 5)
        times = probe_s / extract_s
        size = f"{len(page.body) // 1000} KB of {what}"
        rows.append(
            {
                "name": f"probe of {size} ({found.family}, {len(found.listings)} found)",
                "value": round(times, 2),
                "unit": "times",
                "against": f"one extraction: {extract_s * 1000:.0f} ms",
                "reach": f"< {MOST_TIMES:g}",
                "ok": times < MOST_TIMES,
            }
        )
    return rows
