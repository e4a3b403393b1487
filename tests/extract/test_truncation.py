"""Pages that end too early, and pages that only leave out what they may."""

from __future__ import annotations

import pytest

from ldn_directory.extract.page import Page
from ldn_directory.extract.truncation import how_cut_off

ROWS = "<tr><td>Jane Roe<td>Austin" * 3
WHOLE = f"<!DOCTYPE html><html><body><div><table>{ROWS}</table></div></body></html>"
CSV = "name,city,phone\nJane Roe,Austin,555 0100\nJohn Poe,Dallas,555 0101\nAnn Loe,Houston,555 0102"
JSON = '[{"name": "Jane Roe", "city": "Austin"}, {"name": "John Poe", "city": "Dallas"}]'
KML = '<?xml version="1.0"?><kml><Document><Placemark><name>Jane</name></Placemark></Document></kml>'
PDF = "%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF\n"


def cut(text: str, kind: str, url: str = "https://example.org/list") -> str | None:
    return how_cut_off(Page(url, text.encode(), kind))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (WHOLE, "text/html"),
        (f"<!doctype html><title>List</title><ul><li>Jane Roe<li>John Poe</ul><p>{'x' * 50}", "text/html"),
        ("<div class=row>Jane Roe</div><div class=row>John Poe</div>", "text/html"),
        ("<!doctype html><script>var a = '<div>'</script><!-- <div> --><p>Jane", "text/html"),
        (f"{WHOLE}<!-- cached -->", "text/html"),
        (CSV, "text/csv"),
        (f"{CSV}\nAnn,\n", "text/csv"),
        (JSON, "application/json"),
        ('{"a": 1} {"b": 2}', "application/json"),
        (KML, "application/xml"),
        (PDF, "application/pdf"),
        ("", "text/html"),
    ],
)
def test_whole_pages_are_not_cut(text, kind):
    assert cut(text, kind) is None


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (WHOLE[:-40], "text/html", "it ends within <table>"),
        (WHOLE[: WHOLE.index("</table") + 3], "text/html", "it ends within a tag"),
        ("<div class=row>Jane Roe</div><div class=row>John", "text/html", "it ends within <div>"),
        (CSV[:-9], "text/csv", "its last row has 2 of 3 cells"),
        (CSV[:-20] + '"Ann', "text/csv", "its last row"),
        (JSON[:-20], "application/json", "its JSON ends in the middle"),
        (JSON[:-1], "application/json", "its JSON ends in the middle"),
        (KML[:-20], "application/xml", "it ends without </kml>"),
        (PDF[:-7], "application/pdf", "a PDF file without its end"),
    ],
)
def test_a_page_that_broke_off_says_how_one_sees_it(text, kind, said):
    found = cut(text, kind)
    assert found and found.startswith(said)


@pytest.mark.parametrize("share", range(45, 100, 3))
def test_a_table_is_seen_to_be_cut_wherever_that_happens(share):
    assert cut(WHOLE[: len(WHOLE) * share // 100 - 16], "text/html")
