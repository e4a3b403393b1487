"""Extraction is not worse than it was on a small, fixed sample of the corpus of invented pages.

Of held-out families only counts are shown, never what is on a page: no rule is to be chosen by them. When figures have
become better, write the new ones into corpus_floor.toml; `python -m bench.extract_quality` measures on many more pages.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bench._page_reading import Result, macro_f1, read_page, total
from tests.generators.pages.corpus import negatives, sample

FLOORS = tomllib.loads(Path(__file__).with_name("corpus_floor.toml").read_text(encoding="utf-8"))
PAGES = {"development": 56, "held_out_layouts": 30, "held_out_faults": 28}
SEED = 1


@pytest.mark.parametrize("side", PAGES)
def test_a_side_is_read_no_worse_than_before(side: str) -> None:
    results = [read_page(page) for page in sample(side, PAGES[side], SEED)]
    score, floor = total(results), FLOORS[side]
    found = {
        "entries": round(macro_f1(results), 3),
        "right": round(score.right / score.values, 3),
        "bad": round(score.bad / score.said, 3),
    }
    assert found["entries"] >= floor["entries"], found
    assert found["right"] >= floor["right"], found
    assert found["bad"] <= floor["bad"], found


@pytest.mark.parametrize("side", ["development", "held_out"])
def test_pages_without_practitioners_are_no_lists(side: str) -> None:
    loud = [result for result in (read_page(page) for page in negatives(side, 2, SEED)) if not result.is_silent]
    assert len(loud) <= FLOORS[f"negatives_{side}"]["loud"], _names(side, loud)


def _names(side: str, loud: list[Result]) -> list[str]:
    return [str(one.page.draw) for one in loud] if side == "development" else [f"{len(loud)} pages"]
