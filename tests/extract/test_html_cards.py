"""Repeated blocks named by a selector."""

from __future__ import annotations

import pytest

from ldn_directory.extract.html import cards as html_cards
from ldn_directory.extract.page import Page

PAGE = Page(
    "https://list.example/cards",
    b"""<html><body><h2>Ohio</h2>
  <div class="card" id="entry-41" data-lat="41.08" data-lng="-81.52"><h3><a href="/p/ada">Ada Marsh, MD</a></h3>
    <p><i class="fa fa-phone"></i> 330-555-0101</p><p><i class="fa fa-envelope"></i> <a href="mailto:ada@marsh.example">Email</a></p>
    <p class="where">1 Quay St<br>Akron, OH 44301</p></div>
  <div class="card" id="entry-42"><h3>Ben Ode, DO</h3><p><i class="fa fa-phone"></i> Not Available</p></div>
  <a class="next page-numbers" href="/cards/page/2/">Next</a></body></html>""",
    "text/html",
)


def test_fields_found_as_a_reader_would_find_them() -> None:
    first, second = html_cards.extract(PAGE, rows=".card").records
    assert [(text.label, text.text) for text in first.texts] == [
        ("name", "Ada Marsh, MD"),
        ("phone", "330-555-0101"),
        ("address", "1 Quay St\nAkron, OH 44301"),
    ]
    assert (first.key, first.point, first.headings) == ("41", (41.08, -81.52), ("Ohio",))
    assert [(link.href, link.rel) for link in first.links] == [
        ("https://list.example/p/ada", "detail"),
        ("mailto:ada@marsh.example", None),
    ]
    assert [text.text for text in second.texts] == ["Ben Ode, DO"]


def test_fields_by_selector_take_texts_and_attributes() -> None:
    first, _ = html_cards.extract(
        PAGE, rows=".card", fields={"Name": "h3", "Address": ".where", "Id": "::attr(id)"}
    ).records
    assert [(text.label, text.text) for text in first.texts] == [
        ("Name", "Ada Marsh, MD"),
        ("Address", "1 Quay St\nAkron, OH 44301"),
        ("Id", "entry-41"),
    ]


def test_the_next_page_is_found() -> None:
    assert html_cards.extract(PAGE, rows=".card").next_pages == ("https://list.example/cards/page/2/",)


def test_a_selector_that_finds_nothing_is_a_problem_and_a_broken_one_an_error() -> None:
    assert html_cards.extract(PAGE, rows=".tile").problems
    with pytest.raises(ValueError, match="CSS selector"):
        html_cards.extract(PAGE, rows=".card[")
