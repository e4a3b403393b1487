"""Weights in words."""

from __future__ import annotations

import pytest

from ldn_directory.cli.review_display import describe_odds, describe_weight
from ldn_directory.cli.terminal import display_width, wrap


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        (5.3, "about 39 to 1 that they are the same"),
        (1.0, "about 2 to 1 that they are the same"),
        (0.6, "about 1.5 to 1 that they are the same"),
        (-3.0, "about 8 to 1 that they are different"),
        (10.0, "about 1,000 to 1 that they are the same"),
        (0.2, "as likely the same as different"),
        (float("inf"), "more than 1,000,000 to 1 that they are the same"),
        (-5000.0, "more than 1,000,000 to 1 that they are different"),
    ],
)
def test_a_total_weight_is_told_as_odds(bits, said):
    assert describe_odds(bits) == said


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        (7.0, "speaks strongly for it"),
        (3.0, "speaks for it"),
        (1.0, "speaks a little for it"),
        (-4.0, "speaks against it"),
        (0.1, "says little"),
    ],
)
def test_a_comparison_is_told_by_how_much_it_says(bits, said):
    assert describe_weight(bits) == said


def test_text_is_broken_between_words_or_within_one_that_is_too_long():
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("東京都千代田区", 5) == ["東京", "都千", "代田", "区"]
    assert wrap("", 5) == []
    assert all(display_width(line) <= 5 for line in wrap("a" * 12 + " 東" * 9, 5))
