"""What a source and a run may bring at most, and when the next page of a list is no longer asked for."""

from __future__ import annotations

from collections import Counter

from scrapy.settings import Settings

from ldn_directory.archive.page_result import PageResult
from ldn_directory.crawl.limits import MOST_EMPTY, Limits, PageChain
from ldn_directory.model import Evidence, Expect, Source

SOURCE = Source(title="List", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")


def page(*numbers: int, details: int = 0) -> PageResult:
    lines = tuple(b'{"id":"%016x","name":"Jane \\"id\\":\\"0000000000000000\\" Roe"}' % number for number in numbers)
    return PageResult(lines=lines, follow=tuple((f"https://example.org/{number}", {}) for number in range(details)))


def asked(*pages: PageResult) -> int:
    """How many of the pages are read before their chain ends."""
    chain = PageChain()
    for number, one in enumerate(pages, 1):
        chain.add(one)
        if not chain.goes_on:
            return number
    return len(pages)


def test_a_pager_ends_after_two_pages_that_add_nothing():
    assert asked(*[page(1, 2)] * 50) == 3
    assert asked(page(1, 2), *[page()] * 50) == 3
    assert asked(page(1, 2), page(3), *[page(1, 2), page(3)] * 50) == 4


def test_a_page_that_adds_nothing_is_no_end_yet():
    assert asked(page(1), page(), page(2), page(2), page(3)) == 5


def test_pages_whose_entries_have_pages_of_their_own_add_something():
    assert asked(page(details=1), page(details=2), page(details=3)) == 3


def test_repeated_entries_count_only_if_new_ones_follow():
    chain = PageChain()
    assert [chain.add(one)[1] for one in (page(1, 2), page(1, 2), page(1), page(3), page(4))] == [0, 0, 0, 3, 0]


def test_files_that_only_name_others_are_followed_for_a_while():
    assert asked(*[page()] * 5, page(1), page(2)) == 7
    assert asked(*[page()] * 50) == MOST_EMPTY


def test_a_source_may_state_limits_of_its_own():
    settings = Settings(
        {"LDN_MOST_LISTINGS": 10, "LDN_MOST_BYTES": 100, "LDN_MOST_RUN_LISTINGS": 30, "LDN_MOST_RUN_BYTES": 300}
    )
    usual = Limits.of(settings, SOURCE)
    large = Source(
        title="List",
        homepage="https://example.org/",
        evidence=Evidence.LISTED,
        record_key="id",
        expect=Expect(most_listings=20, most_bytes=200),
    )
    assert "more than the 10 entries" in (usual.exceeded(11, 0, Counter()) or "")
    assert "beyond the 100 bytes" in (usual.exceeded(0, 101, Counter()) or "")
    assert Limits.of(settings, large).exceeded(20, 200, Counter()) is None
    assert "that a run may bring" in (usual.exceeded(0, 0, Counter(listings=31)) or "")
    assert "that a run may receive" in (usual.exceeded(0, 0, Counter(bytes=301)) or "")
    assert usual.exceeded(10, 100, Counter(listings=30, bytes=300)) is None
