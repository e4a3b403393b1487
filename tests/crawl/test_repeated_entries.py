"""Entries that occur twice in one harvest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ldn_directory.crawl.unique_listings import UniqueListings
from ldn_directory.model import Evidence, Kind, Listing

ENTRY = Listing(
    source="harbour",
    key="1",
    page="https://lists.example.org/1",
    kind=Kind.PRESCRIBER,
    evidence=Evidence.LISTED,
    name="Jane Roe",
    city="Austin",
)


@pytest.mark.parametrize(
    ("changed", "is_named"),
    [({}, False), ({"page": "https://lists.example.org/2"}, False), ({"city": "Waco"}, True)],
)
def test_an_entry_that_is_repeated_is_counted_and_named_only_if_it_says_something_else(changed, is_named):
    listings = UniqueListings()
    assert listings.add(ENTRY.as_line()) is None
    remark = listings.add(replace(ENTRY, **changed).as_line())
    assert (listings.duplicates, len(listings.lines)) == (1, 1)
    assert (remark is not None and "differently; the first is kept" in remark) is is_named
