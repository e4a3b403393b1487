"""Invented pages that were damaged are read or left: never an exception, never more than five seconds of work."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench._page_reading import MOST_SECONDS, Result, read_page
from tests.generators.pages.corpus import CorpusPage, Draw, layout_names, make_page
from tests.generators.pages.plan import LANGUAGES

SCRAPS = (
    b"<",
    b"</div>",
    b"<table><tr><td>",
    b"<!--",
    b"]]>",
    b'"',
    b"{",
    b"}]",
    b"\x00",
    b"\xff\xfe",
    b"&#0;",
    b"\r\n\r\n",
    b";;",
)
Cut = tuple[str, int, int]
CUTS = st.tuples(
    st.sampled_from(("drop", "repeat", "end", "scrap", "swap", "turn")), st.integers(0, 10**6), st.integers(1, 3_000)
)


@st.composite
def damaged_pages(draw: st.DrawFn) -> CorpusPage:
    """A page of development with up to four damages, at places that do not depend on its length."""
    layouts = layout_names("development")
    page = None
    while page is None:
        language = draw(st.sampled_from(LANGUAGES[:10]))
        page = make_page(Draw(draw(st.sampled_from(layouts)), (), language, 0, draw(st.integers(0, 99))))
    body = page.body
    for cut in draw(st.lists(CUTS, min_size=1, max_size=4)):
        body = damage(body, cut)
    return replace(page, body=body)


def damage(body: bytes, cut: Cut) -> bytes:
    """The bytes with one damage."""
    kind, place, length = cut
    start = place % max(1, len(body))
    before, part, after = body[:start], body[start : start + length], body[start + length :]
    match kind:
        case "drop":
            return before + after
        case "repeat":
            return before + part * 20 + after
        case "end":
            return before
        case "scrap":
            return before + SCRAPS[length % len(SCRAPS)] * (length % 60) + part + after
        case "swap":
            return after + part + before
        case _:
            return before + bytes(byte ^ 0x20 for byte in part) + after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(damaged_pages())
def test_a_damaged_page_is_read_or_left_within_five_seconds_of_work(page: CorpusPage) -> None:
    result = read_page(page)
    assert not result.broken, f"{page.draw}: {result.broken}"
    assert result.seconds < MOST_SECONDS


def test_what_breaks_the_reader_is_told_apart_from_a_page_without_entries() -> None:
    page = CorpusPage(
        draw=Draw("none", (), "en-US", 0, 0),
        body=b"<p>",
        media_type="text/html",
        url="https://x.example.com/",
        truth=(),
    )
    result: Result = read_page(page)
    assert not result.broken
    assert result.listings == 0
