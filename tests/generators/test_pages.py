"""The corpus of invented pages: what is held out is apart, equal draws are equal pages, and the truth is on the page."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pdfplumber
import pytest
from openpyxl import load_workbook

from tests.generators.pages import faults, held_out_faults, held_out_layouts, held_out_negatives
from tests.generators.pages.compare import compare, digits
from tests.generators.pages.corpus import SIDES, CorpusPage, Draw, families, layout_names, make_page, negatives, sample
from tests.generators.pages.faults import FAULTS, can_have
from tests.generators.pages.negatives import NEGATIVES
from tests.generators.pages.plan import LANGUAGES, LAYOUTS

FOLDER = Path(faults.__file__).parent
FORMS = {"table", "cards", "prose", "detail", "own_site", "pdf", "json", "kml", "csv", "xml"}
CHANGED_FACES = frozenset(
    {"capitals", "last_name_first", "hidden_email", "mojibake", "zip_lost_zero", "swapped_point", "truncated"}
)
"""Faults by which a value does not stand on the page as it is true."""


def test_it_is_as_wide_as_it_should_be() -> None:
    development, held_out = families("development"), families("held_out")
    assert len(LAYOUTS) >= 40
    assert len(FAULTS) >= 25
    assert len(LANGUAGES) == 12
    assert len(layout_names("held_out")) == 10
    assert len(held_out["faults"]["names"]) == 5
    assert len(NEGATIVES) >= 10
    assert set(held_out["layouts"]) == set(development["layouts"]) == FORMS
    assert len(list(negatives("development", 14))) + len(list(negatives("held_out", 14))) >= 200


@pytest.mark.parametrize(
    ("kind", "drawn"),
    [("layouts", LAYOUTS), ("faults", FAULTS), ("negatives", NEGATIVES)],
    ids=["layouts", "faults", "negatives"],
)
def test_every_family_is_named_on_one_side(kind: str, drawn: dict[str, object]) -> None:
    names = {
        side: set(layout_names(side)) if kind == "layouts" else set(families(side)[kind]["names"])
        for side in ("development", "held_out")
    }
    assert not names["development"] & names["held_out"]
    assert names["development"] | names["held_out"] == set(drawn)


def test_what_is_held_out_is_drawn_in_files_of_its_own() -> None:
    for side, is_theirs in (("held_out", True), ("development", False)):
        for name in (*layout_names(side), *families(side)["negatives"]["names"]):
            drawn = LAYOUTS[name].draw if name in LAYOUTS else NEGATIVES[name]
            assert Path(drawn.__code__.co_filename).name.startswith("held_out") is is_theirs
    modules = (held_out_layouts, held_out_faults, held_out_negatives)
    others = "".join(
        path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py") if not path.name.startswith("held_out")
    )
    assert not re.findall("|".join(rf"from \.{module.__name__.rsplit('.', 1)[1]} import" for module in modules), others)


def test_equal_draws_are_equal_pages_and_a_larger_sample_begins_with_a_smaller() -> None:
    small, large = list(sample("development", 70)), list(sample("development", 90))
    assert small == large[: len(small)]
    assert make_page(large[-1].draw) == large[-1]
    assert make_page(large[-1].draw._replace(seed=1)) != large[-1]


@pytest.mark.parametrize("side", SIDES)
def test_every_page_of_a_sample_can_be_drawn(side: str) -> None:
    assert len(list(sample(side, 112))) == 112


def test_a_fault_is_asked_only_of_layouts_that_can_have_it() -> None:
    assert not can_have(LAYOUTS["pdf_two_columns"], FAULTS["inside_form"], "en-US")
    assert not can_have(LAYOUTS["json_flat"], FAULTS["card_left_open"], "en-US")
    assert not can_have(LAYOUTS["table_with_header"], FAULTS["unknown_letters"], "fr")
    assert make_page(Draw("json_flat", ("inside_form",), "en-US", 0, 0)) is None
    for fault in FAULTS.values():
        assert (
            sum(can_have(layout, fault, language) for layout in LAYOUTS.values() for language in layout.languages) >= 5
        ), fault.name


def _pages() -> Iterator[CorpusPage]:
    for side in SIDES:
        for page in islice(sample(side, 112, seed=3), 112):
            if not CHANGED_FACES & set(page.draw.faults) and "double_escaped" not in page.draw.faults:
                yield page


def test_all_that_is_true_stands_on_the_page() -> None:
    missing = []
    for page in _pages():
        shown = _shown(page)
        numbers = digits(shown)
        for entry in page.truth:
            for field in ("name", "street", "city", "postcode", "practice", "email", "credentials"):
                if field == "email" and page.media_type.endswith("pdf"):
                    continue  # In a narrow cell it is cut anywhere.
                if field in entry and not all(word in shown for word in _words(page, str(entry[field]))):
                    missing.append(f"{page.draw}: {field} {entry[field]}")
            missing += [f"{page.draw}: {number}" for number in entry.get("phones", ()) if digits(number) not in numbers]
    assert not missing, missing[:5]


def test_a_reading_that_says_the_truth_is_all_right() -> None:
    for page in _pages():
        told = [{**one, "phones": [{"raw": number} for number in one.get("phones", ())]} for one in page.truth]
        score, differences = compare(page.truth, told)
        assert not differences
        assert score.f1 == 1.0
        assert score.right == score.values == score.said


def test_what_a_reading_makes_up_is_counted() -> None:
    truth = [{"name": "Ann Pell", "city": "Kent", "phones": ["330-555-0142"], "implied": {"country_code": "US"}}]
    got = {
        "name": "Dr. Ann Pell",
        "city": "Kent",
        "phones": [{"raw": "330-555-0142"}, {"raw": "330-555-0199"}],
        "country_code": "US",
    }
    score, differences = compare(truth, [got, {"name": "Kent", "city": "Kent"}])
    assert (score.found, score.returned) == (1, 2)
    assert (score.right, score.values) == (2, 3)
    assert (score.said, score.bad) == (7, 4)
    assert len(differences) == 3


def _shown(page: CorpusPage) -> str:
    if page.media_type.endswith("pdf"):
        with pdfplumber.open(io.BytesIO(page.body)) as file:
            text = " ".join(one.extract_text() or "" for one in file.pages)
    elif "spreadsheet" in page.media_type:
        sheet = load_workbook(io.BytesIO(page.body)).active
        assert sheet is not None
        text = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)
    else:
        text = html.unescape(html.unescape(page.body.decode())).replace('\\"', '"').replace("\\n", " ")
    return _plain(re.sub("[\u00ad\u200b]", "", text))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'")


def _words(page: CorpusPage, value: str) -> list[str]:
    """The words that must be found; in a narrow cell of a PDF a long one may be cut behind a sign."""
    between = r"[\s@.-]+" if page.media_type.endswith("pdf") else r"\s+"
    return [word.strip(",") for word in re.split(between, _plain(value))]
