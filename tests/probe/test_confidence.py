"""The number that a probe calls its confidence is about the share of entries that are right."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import lxml.html
import pytest

from ldn_directory.extract.confidence import MAX_CONFIDENCE, RIGHT_ALONE, RIGHT_IF_ONE, confidence
from ldn_directory.extract.page import Page
from ldn_directory.probe.detect import Findings, probe

PAGES = Path(__file__).parent.parent / "pages"
CASES = [
    case
    for case in sorted(PAGES.glob("*/*"))
    if (case / "page.html").exists() and case.parent.name in ("html_cards", "html_table", "text_blocks", "nothing")
]


def torn(case: Path, share: float) -> Page:
    """The page with that share of its tags torn out, their text left where it was."""
    page = Page("https://lists.example.com/a", (case / "page.html").read_bytes(), "text/html")
    chance = Random(f"{case.parent.name}/{case.name}/{share}")
    body = page.root.find("body")
    for element in list(body.iterdescendants()):
        if chance.random() < share:
            element.drop_tag()
    return Page(page.url, lxml.html.tostring(page.root), "text/html")


def right(case: Path, found: Findings) -> int:
    """How many of the listings the page's answers name."""
    named = [row["name"].casefold() for row in json.loads((case / "expected.json").read_text("utf-8"))["records"]]
    return sum(
        any(name in (listing.name or "").casefold() or (listing.name or "-").casefold() in name for name in named)
        for listing in found.listings
    )


def test_on_damaged_pages_confidence_is_about_the_share_of_right_entries():
    said = counted = entries = 0.0
    for ordinal, case in enumerate(CASES):
        found = probe(torn(case, (0.1, 0.3, 0.6)[ordinal % 3]))
        entries += len(found.listings)
        said += found.confidence * len(found.listings)
        counted += right(case, found)
    assert entries > 300
    assert abs(said - counted) / entries < 0.1


def test_readings_that_agree_have_higher_confidence():
    names = [f"name {number}" for number in range(10)]
    shares = [confidence("html_cards", names, names[:agreed], 10) for agreed in (0, 3, 7, 9, 10)]
    assert shares == sorted(shares)
    assert shares[-1] == MAX_CONFIDENCE


@pytest.mark.parametrize(
    ("family", "names", "others", "read", "expected"),
    [
        ("html_cards", [], None, 0, 0.0),
        ("html_cards", ["a", "b"], None, 2, RIGHT_ALONE),
        ("detail", ["a"], ["a"], 1, RIGHT_IF_ONE),
        ("json_api", ["a", "b", "c"], None, 4, 0.75),
        ("tabular_file", ["a"], None, 1, MAX_CONFIDENCE),
    ],
)
def test_unconfirmed_readings_have_low_confidence(family, names, others, read, expected):
    assert confidence(family, names, others, read) == expected
