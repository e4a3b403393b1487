"""The figures on the page about the data are those of the README."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from bench.__main__ import parts
from ldn_directory.site.pages.accuracy import figures

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


def stated(row: str) -> float:
    """The value in the README's table row that begins so."""
    found = re.findall(rf"^\| {re.escape(row)} \| ([0-9.]+)( %)? \|", README, re.MULTILINE)
    assert len(found) == 1, row
    return round(float(found[0][0]) / (100 if found[0][1] else 1), 6)


def test_every_figure_is_the_readmes():
    assert {one.id: one.value for one in figures()} == {one.id: stated(one.readme) for one in figures()}


def test_every_figure_says_on_what_and_when_and_how_it_was_measured():
    for one in figures():
        assert str(one.what) and str(one.measured_on)
        assert date.fromisoformat(one.date) >= date(2026, 1, 1)
        assert one.command.removeprefix("python -m bench ") in parts()
