"""Which place a text means, by the reader's language: a table of what people type."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from ldn_directory.site.i18n.locale import reader_for
from ldn_directory.site.search import Results

QUESTIONS = Path(__file__).with_name("places.csv")
MOST_WRONG = 0.05


@pytest.mark.parametrize("side", [0, 1], ids=["seen while it was made", "held out"])
def test_nineteen_of_twenty_places_are_the_one_that_is_meant_or_asked_for(ask, side):
    with QUESTIONS.open(encoding="utf-8") as file:
        questions = list(csv.DictReader(file))
    wrong = [
        f"{row}: {got}" for row in questions[side::2] if (got := meaning(ask, row)) not in row["expected"].split("|")
    ]
    assert len(questions) >= 150
    assert len(wrong) <= MOST_WRONG * len(questions[side::2]), "\n".join(wrong)


def meaning(ask: Callable[..., Results], row: dict[str, str]) -> str:
    stated = {name: row[name] for name in ("q", "near", "country") if row[name]}
    parsed = ask(home=reader_for(row["language"]).home, **stated).parsed
    if parsed.place is None:
        return "near me" if parsed.near_me else "none"
    if parsed.ask:
        return "ask"
    place = parsed.place
    what = place.name.partition(",")[0] if place.located_by == "city" else place.located_by
    codes = row["expected"].split()[-1]
    return f"{what} {place.region_code if '-' in codes else place.country_code}"
