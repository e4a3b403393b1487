"""Two hundred questions of the kinds that patients type, each with who should come first (several where they are as good)."""

from __future__ import annotations

import csv
from pathlib import Path

QUERIES = Path(__file__).with_name("queries.csv")
MOST_WRONG = 0.05


def test_nineteen_of_twenty_questions_have_the_right_first_answer(ask):
    with QUERIES.open(encoding="utf-8") as file:
        questions = list(csv.DictReader(file))
    wrong = []
    for question in questions:
        results = ask(q=question["q"], near=question["near"])
        first = results.rows[0]["name"] if results.rows else None
        if first not in question["first"].split("|"):
            wrong.append((question["kind"], question["q"], question["near"], first, question["first"]))
    assert len(questions) >= 200
    assert len(wrong) <= MOST_WRONG * len(questions), "\n".join(map(str, wrong))
