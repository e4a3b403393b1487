"""Pages that look unlike each other are read without being told how."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _golden() -> ModuleType:
    spec = importlib.util.spec_from_file_location("extract_golden", Path(__file__).with_name("golden.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["extract_golden"] = module
    spec.loader.exec_module(module)
    return module


golden = _golden()
CASES = golden.cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_entries_of_the_page_are_found_and_nothing_else(case: Path) -> None:
    outcome = golden.compared(case)
    assert outcome.f1 >= 0.85, f"missed {outcome.missed[:5]}, wrong {outcome.wrong[:5]}"
    assert outcome.found_fields >= 0.8 * outcome.all_fields, outcome.lost[:10]


def test_over_all_pages_nearly_every_entry_is_right_and_hardly_any_is_made_up() -> None:
    outcomes = [golden.compared(case) for case in CASES]
    right = sum(outcome.right for outcome in outcomes)
    wrong = sum(len(outcome.wrong) for outcome in outcomes)
    missed = sum(len(outcome.missed) for outcome in outcomes)
    assert len(CASES) >= 40
    assert 2 * right / (2 * right + wrong + missed) >= 0.95
    assert wrong <= 0.01 * (right + wrong)
