"""Data inside scripts and attributes, and the literals it is written in."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.extract.json import embedded as embedded_json
from ldn_directory.extract.json.js_literals import NoLiteral, literal_at
from ldn_directory.extract.page import Page
from ldn_directory.probe.detect import probe

CARDS = "".join(
    f"<div class=card><h3>Ada {name}, MD</h3><p>12 Quay St<br>Akron, OH 44308</p><p>512-555-01{n}0</p></div>"
    for n, name in enumerate(("Lunt", "Brandt", "Ruscoe"))
)


def page(script: str, body: str = "") -> Page:
    return Page(
        "https://list.example/map", f"<html><body>{body}<script>{script}</script></body></html>".encode(), "text/html"
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{a: 1, 'b': [1, 2,], \"c\": null,}", {"a": 1, "b": [1, 2], "c": None}),
        (r"'it\'s \u0041\x42\u{1F600}\n'", "it's AB😀\n"),
        ("{/* one */ a: 'x', // two\n b: undefined}", {"a": "x", "b": None}),
        ("{at: new google.maps.LatLng(41.1, -81.5)}", {"at": {"lat": 41.1, "lng": -81.5}}),
        ("{a: !0, b: !1, c: void 0, d: -.5e1, e: 0x1F}", {"a": True, "b": False, "c": None, "d": -5.0, "e": 31}),
        (
            "{f: function () { return '}'; }, g() { return 1 }, h: () => ({}), i: x => x + 1, j: 2}",
            {"f": None, "h": None, "i": None, "j": 2},
        ),
        ("{a: 'x' + \"y\", b: `z`, c: t('Phone'), d: other.thing}", {"a": "xy", "b": "z", "c": "Phone", "d": None}),
        ("""JSON.parse('{"a": [1, "b"]}')""", {"a": [1, "b"]}),
    ],
)
def test_a_literal_is_read_as_a_browser_would(written: str, value: Any) -> None:
    assert literal_at(written, 0)[0] == value


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="{}[]()'\"`\\/*,:;=>!+-.$ab1 \n", max_size=60))
def test_any_text_is_a_literal_or_raises_no_literal(text: str) -> None:
    try:
        literal_at(text, 0)
    except NoLiteral:
        return


@pytest.mark.parametrize(
    "piece",
    ["x=[", "x=[1,[1,", "x={a:", "=[/*", "=[`", "=['a", "f(1,", "=[function(){", "=[new a.b(", "=[!!!!", "f((", "+'a'"],
)
def test_a_broken_script_costs_no_more_than_a_bounded_time(piece: str) -> None:
    started = time.perf_counter()
    assert not embedded_json.extract(page(piece * 20_000)).records
    assert time.perf_counter() - started < 5


def test_what_the_page_shows_wins_over_the_same_entries_in_a_script() -> None:
    script = (
        "var pins = ["
        + ",".join(
            f"{{name: 'Ada {name}, MD', phone: '512-555-01{n}0'}}"
            for n, name in enumerate(("Lunt", "Brandt", "Ruscoe"))
        )
        + "];"
    )
    found = probe(page(script, f"<main>{CARDS}</main>"))
    assert found.family == "html_cards"
    assert {listing.city for listing in found.listings} == {"Akron"}


def test_the_one_address_of_the_publisher_in_a_script_is_no_list() -> None:
    script = "var contact = [{name: 'Harbor Society', phone: '512-555-0100', address: '1 Main St, Akron, OH 44308'}];"
    assert not embedded_json.extract(page(script)).records


def test_a_state_whose_objects_refer_to_each_other_in_a_circle_ends() -> None:
    circle = ",".join(
        f'"P:{n}":{{"name":"Ada Lunt","o":[{{"__ref":"P:{(n + 1) % 9}"}},{{"__ref":"P:{(n + 2) % 9}"}},{{"__ref":"P:{n}"}}]}}'
        for n in range(9)
    )
    embedded_json.extract(page(f"window.__APOLLO_STATE__={{{circle}}}"))
    embedded_json.extract(
        Page(
            "https://list.example/",
            b'<html><script type="application/json" id="__NUXT_DATA__">[{"a":1},[0,1,0,1]]</script></html>',
            "text/html",
        )
    )
