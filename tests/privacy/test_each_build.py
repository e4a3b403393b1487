"""What a build knows of the list of the forgotten from the one before: nothing is asked twice, and everything is as if it were."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from ldn_directory.errors import BuildError
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.publish.build import BuildResult, build

from .conftest import Folder, person, said

JANE = person("jane", "Jane Thrushcross", phone="0142")
LOOKALIKE = person("j2", "Jane Thrushcros", phone="0159")
OTHERS = tuple(
    person(f"k{n}", f"{name} Doe", phone=f"02{n:02}")
    for n, name in enumerate(["Ann", "Bea", "Cyd", "Dot", "Eva", "Fay"])
)
CACHES = ("matching.duckdb", "matching.db", "filling.db")


def published(folder: Folder) -> BuildResult:
    """Publishes as the folder stands; the file that was published is the one that the build before has left."""
    return build(folder.data / "ledger.db", folder.data / "ldn.db")


@pytest.fixture
def hiding(folder: Folder) -> Folder:
    """Jane was forgotten, and one who looks like her is held back: a build knows of all this."""
    folder.crawl(JANE, *OTHERS)
    folder.build()
    said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--yes", "--json"))
    folder.crawl(LOOKALIKE, *OTHERS)
    folder.build()
    return folder


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """Which listings are looked at as to whether they only look like somebody's."""
    found: list[str] = []
    looked_at = Suppressions.is_held

    def is_held(hidden, row):
        found.append(row["id"])
        return looked_at(hidden, row)

    monkeypatch.setattr(Suppressions, "is_held", is_held)
    return found


def test_what_was_shown_and_says_the_same_is_not_asked_about_again(hiding, asked):
    assert published(hiding).held == 1
    assert set(asked) == {LOOKALIKE.id}


def test_what_is_new_or_changed_is_asked_about_when_it_is_chosen_and_again_when_it_is_published(hiding, asked):
    changed = person("k0", "Ann Doe", phone="0299")
    new = person("new", "Ida Newcome", phone="0150")
    hiding.crawl(LOOKALIKE, changed, *OTHERS[1:], new)
    published(hiding)
    assert sorted(asked) == sorted([LOOKALIKE.id, changed.id, changed.id, new.id, new.id])


def test_a_listing_that_becomes_a_lookalike_is_held_and_one_that_no_longer_is_comes_back(hiding):
    hiding.crawl(person("j2", "Ida Newcome", phone="0159"), person("k0", "Jane Trushcross", phone="0299"), *OTHERS[1:])
    assert published(hiding).held == 1
    assert "Ida Newcome" in hiding.names() and "Jane Trushcross" not in hiding.names()


def test_whenever_the_list_or_a_decision_changes_everything_is_asked_about_again(hiding, asked):
    for change in (
        lambda hidden: hidden.add_exceptions([LOOKALIKE.id], "2026-11-25"),
        lambda hidden: hidden.add([person("w", "Somebody Else").as_json()], "2026-11-25"),
    ):
        published(hiding)
        asked.clear()
        change(Suppressions.load(hiding.data / "suppressions.jsonl", hiding.data))
        published(hiding)
        assert set(asked) >= {one.id for one in OTHERS}


def test_the_directory_is_byte_for_byte_that_of_a_build_that_asks_about_everything(hiding):
    hiding.crawl(
        LOOKALIKE, person("k0", "Ann Doe", phone="0299"), *OTHERS[1:], person("jon", "J. Thrushcross", phone="0160")
    )
    kept = published(hiding)
    as_kept = (hiding.data / "ldn.db").read_bytes()
    for name in CACHES:
        (hiding.data / name).unlink()
    anew = published(hiding)
    assert (anew.held, anew.listings) == (kept.held, kept.listings) == (2, 6)
    assert (hiding.data / "ldn.db").read_bytes() == as_kept


def test_a_published_file_in_which_somebody_forgotten_stands_is_refused_although_the_build_keeps_most_of_it(
    hiding, monkeypatch
):
    published(hiding)
    hiding.crawl(LOOKALIKE, *OTHERS, person("jon", "J. Thrushcross", phone="0160"))
    # As if the choosing had a fault.
    monkeypatch.setattr("ldn_directory.publish.build.match_listings", _unchosen)
    with pytest.raises(BuildError, match="asked to be forgotten"):
        published(hiding)
    assert not [name for name in hiding.names() if "Thrush" in name]


def _unchosen(ledger, folder, shown, *versions, **decided):
    from ldn_directory.matching.match import match_listings

    return match_listings(ledger, folder, None, *versions, **decided)


def test_a_cache_of_another_list_is_of_no_account(hiding):
    published(hiding)
    with closing(sqlite3.connect(hiding.data / "filling.db")) as db:
        db.execute("UPDATE made SET without = 'another'")
        db.commit()
    before = (hiding.data / "ldn.db").read_bytes()
    assert published(hiding).held == 1
    assert (hiding.data / "ldn.db").read_bytes() == before
