"""Which listings are one provider: the cases that lists of practitioners are full of."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from splink import SettingsCreator

from ldn_directory.ledger import Ledger
from ldn_directory.matching.match import DOUBTS_FILE, PAIRS_FILE, Matches, match_listings
from ldn_directory.matching.model import default_model
from ldn_directory.matching.pairing import PairStore
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source

OFFICE = {
    "street": "120 Main Street, Suite 4",
    "city": "Austin",
    "region_code": "US-TX",
    "postcode": "78701",
    "country_code": "US",
}
DALLAS = {"street": "9 Elm Avenue", "city": "Dallas", "region_code": "US-TX", "postcode": "75201", "country_code": "US"}
TULSA = {"street": "77 Pine Road", "city": "Tulsa", "region_code": "US-OK", "postcode": "74103", "country_code": "US"}
TOWN = {"city": "Austin", "region_code": "US-TX", "country_code": "US"}
PHONE = {"phones": (Phone(raw="512 555 0101", e164="+15125550101"),)}
OTHER_PHONE = {"phones": (Phone(raw="512 555 0102", e164="+15125550102"),)}
DALLAS_PHONE = {"phones": (Phone(raw="214 555 0103", e164="+12145550103"),)}
MD = {"credentials": "MD"}


def listing(
    name: str, *facts: dict, source: str = "north", key: str = "a", kind: Kind = Kind.PRESCRIBER, **more
) -> Listing:
    said = {field: value for fact in facts for field, value in fact.items()} | more
    return Listing(
        source=source, key=key, page="https://example.org/", evidence=Evidence.LISTED, kind=kind, name=name, **said
    )


def ledger_of(folder: Path, listings: list[Listing], run: str = "20261101T000000Z-0000") -> Path:
    at = f"{run[:4]}-{run[4:6]}-{run[6:8]}T00:00:00Z"
    with Ledger.open(folder / "ledger.db") as ledger:
        for name in sorted({one.source for one in listings}):
            source = Source(title=name, homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
            lines = tuple(one.as_line() for one in listings if one.source == name)
            ledger.ingest(Harvest(run=run, source_id=name, source=source, started=at, finished=at, lines=lines))
    return folder / "ledger.db"


def match(folder: Path, **options) -> Matches:
    with Ledger.open(folder / "ledger.db") as ledger:
        return match_listings(ledger.db, folder, **options)


def verdict(folder: Path, one: Listing, other: Listing) -> str:
    """same, different or doubtful."""
    other = dataclasses.replace(other, source="south") if other.source == one.source and other.key == one.key else other
    ledger_of(folder, [one, other])
    found = match(folder)
    return "same" if len(found.groups) == 1 else "doubtful" if found.doubts else "different"


SAME = {
    "name and phone, in two towns": (listing("Jane Roe", PHONE), listing("Dr. Jane Roe", PHONE, DALLAS)),
    "a title and credentials": (listing("Dr. Jane Roe", OFFICE), listing("Jane Roe", OFFICE, MD)),
    "a short form of the first name": (
        listing("Robert Fairweather", OFFICE, MD),
        listing("Bob Fairweather", OFFICE, PHONE, MD),
    ),
    "a first name shortened to its initial": (
        listing("J. Fairweather", OFFICE, PHONE),
        listing("Jane Fairweather", OFFICE, PHONE),
    ),
    "a middle initial": (listing("Jane Q. Fairweather", OFFICE, PHONE), listing("Jane Fairweather", OFFICE, PHONE)),
    "a slip in the surname": (listing("Jane Fairweather", OFFICE, PHONE), listing("Jane Fairwether", OFFICE, PHONE)),
    "first name and surname the other way round": (
        listing("Fairweather Jane", OFFICE, PHONE),
        listing("Jane Fairweather", OFFICE, PHONE),
    ),
    "a double-barrelled surname": (
        listing("Jane Fairweather-Stone", OFFICE, PHONE),
        listing("Jane Fairweather", OFFICE, PHONE),
    ),
    "two transliterations": (listing("Yuri Tchaikov", OFFICE, PHONE), listing("Yury Chaikov", OFFICE, PHONE)),
    "an umlaut written out": (listing("Jürgen Müllerin", OFFICE, PHONE), listing("Juergen Muellerin", OFFICE, PHONE)),
    "an accent left out": (listing("Zoë Peñalba", OFFICE), listing("Zoe Penalba", OFFICE, PHONE)),
    "a street written short": (
        listing("Jane Fairweather", OFFICE, MD),
        listing("Jane Fairweather", OFFICE, MD, street="120 Main St Ste 4"),
    ),
    "another phone at the same address": (
        listing("Jane Fairweather", OFFICE, PHONE),
        listing("Jane Fairweather", OFFICE, OTHER_PHONE),
    ),
    "a rare name in the same town": (
        listing("Jane Fairweather", TOWN, MD),
        listing("Jane Fairweather", OFFICE, MD, PHONE),
    ),
    "a moved practice that kept its phone": (
        listing("Jane Fairweather", OFFICE, PHONE),
        listing("Jane Fairweather", PHONE, TOWN, street="1 New Road"),
    ),
    "a surname changed, with an e-mail of her own": (
        listing("Jane Fairweather", OFFICE, PHONE, email="jane@roe.example.org"),
        listing("Jane Stone", OFFICE, PHONE, email="jane@roe.example.org"),
    ),
    "a former name in brackets": (
        listing("Jane Stone (née Fairweather)", OFFICE, PHONE),
        listing("Jane Fairweather", OFFICE, PHONE),
    ),
    "one pharmacy": (
        listing("Lantern Pharmacy", OFFICE, PHONE, kind=Kind.PHARMACY),
        listing("The Lantern Pharmacy, Inc.", OFFICE, kind=Kind.PHARMACY),
    ),
    "one clinic with a phone": (
        listing("Harbour Wellness Clinic", OFFICE, PHONE, kind=Kind.CLINIC),
        listing("Harbour Wellness", TOWN, PHONE, kind=Kind.CLINIC),
    ),
}
NOT_SAME = {
    "two doctors of one practice": (
        listing(
            "Jane Fairweather", OFFICE, PHONE, MD, practice="Harbour Clinic", website="https://harbour.example.org/"
        ),
        listing("Tom Stone", OFFICE, PHONE, MD, practice="Harbour Clinic", website="https://harbour.example.org/"),
    ),
    "a couple with one practice": (
        listing("Jane Fairweather", OFFICE, PHONE, MD),
        listing("Tom Fairweather", OFFICE, PHONE, MD),
    ),
    "father and son": (
        listing("John Fairweather Jr.", OFFICE, PHONE, MD),
        listing("John Fairweather III", OFFICE, PHONE, MD),
    ),
    "a clinic and its doctor": (
        listing("Fairweather Clinic", OFFICE, PHONE, kind=Kind.CLINIC),
        listing("Jane Fairweather", OFFICE, PHONE),
    ),
    "a pharmacy beside a clinic": (
        listing("Harbour Pharmacy", OFFICE, PHONE, kind=Kind.PHARMACY),
        listing("Harbour Clinic", OFFICE, PHONE, kind=Kind.CLINIC),
    ),
    "two branches of a chain": (
        listing("Lantern Pharmacy", OFFICE, PHONE, kind=Kind.PHARMACY, website="https://lantern.example.org/"),
        listing("Lantern Pharmacy", DALLAS, DALLAS_PHONE, kind=Kind.PHARMACY, website="https://lantern.example.org/"),
    ),
    "a common name in two towns": (
        listing("John Smith", OFFICE, PHONE, MD),
        listing("John Smith", DALLAS, DALLAS_PHONE, MD),
    ),
    "a rare name in two states": (
        listing("Jane Fairweather", OFFICE, PHONE, MD),
        listing("Jane Fairweather", TULSA, MD, credentials="DDS"),
    ),
    "two colleagues with names that sound alike": (
        listing("Ann Fairweather", OFFICE, PHONE, MD),
        listing("Anna Q. Fairwell", OFFICE, PHONE, MD),
    ),
    "two people with one phone": (listing("Jane Roe", PHONE), listing("John Doe", PHONE)),
    "two numbers of one register": (
        listing("Jane Roe", OFFICE, PHONE, register="npi", register_number="1111111112"),
        listing("Jane Roe", OFFICE, PHONE, register="npi", register_number="1222222228"),
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_is_one_provider_in_spite_of(case, tmp_path):
    assert verdict(tmp_path, *SAME[case]) == "same"


@pytest.mark.parametrize("case", NOT_SAME)
def test_are_two_providers(case, tmp_path):
    assert verdict(tmp_path, *NOT_SAME[case]) != "same"


def test_what_is_left_for_a_person_is_written_with_its_reasons(tmp_path):
    one, other = listing("Jane Fairweather", OFFICE, PHONE, MD), listing("Jane Fairweather", DALLAS, MD)
    ledger_of(tmp_path, [one, dataclasses.replace(other, source="south")])
    (doubt,) = match(tmp_path).doubts
    with sqlite3.connect(tmp_path / DOUBTS_FILE) as db:
        ((one, other, weight, reasons),) = db.execute("SELECT * FROM doubts").fetchall()
    assert one < other
    assert weight == doubt[2]
    told = {reason["field"]: reason["said"] for reason in json.loads(reasons)}
    assert told["name"] == "the same name, a rare one"
    assert told["place"] == "another town; the name is rare in that country"
    assert sum(reason["weight"] for reason in json.loads(reasons)) + default_model().prior == pytest.approx(
        weight, abs=0.05
    )


def test_a_person_decides_against_the_weight(tmp_path):
    one, other = SAME["name and phone, in two towns"]
    other = dataclasses.replace(other, source="south")
    ledger_of(tmp_path, [one, other])
    assert len(match(tmp_path, different=[(one.id, other.id)]).groups) == 2
    assert not match(tmp_path, different=[(one.id, other.id)]).doubts
    one, other = NOT_SAME["two people with one phone"]
    (tmp_path / "second").mkdir()
    ledger_of(tmp_path / "second", [one, dataclasses.replace(other, key="b")])
    assert len(match(tmp_path / "second", same=[(one.id, dataclasses.replace(other, key="b").id)]).groups) == 1


def test_an_initial_that_fits_two_people_joins_at_most_one_of_them(tmp_path):
    who = [("John Fairweather", "a"), ("James Fairweather", "b"), ("J. Fairweather", "c")]
    ledger_of(tmp_path, [listing(name, OFFICE, PHONE, MD, key=key, source=key) for name, key in who])
    found = match(tmp_path)
    assert not any({1, 2} <= set(group) for group in found.groups)


def test_one_register_number_joins_different_spellings_but_not_strangers(tmp_path):
    npi = {"register": "npi", "register_number": "1111111112"}
    who = [("Jane Fairweather", "a", OFFICE), ("Jayne Fairwether-Stone", "b", TULSA), ("Tom Rockford", "c", DALLAS)]
    ledger_of(tmp_path, [listing(name, place, npi, key=key, source=key) for name, key, place in who])
    assert match(tmp_path).groups == [[1, 2], [3]]


def test_a_clinic_is_linked_with_the_people_who_work_there(tmp_path):
    one, other = NOT_SAME["a clinic and its doctor"]
    ledger_of(tmp_path, [one, dataclasses.replace(other, key="b")])
    assert match(tmp_path).works_at == [(2, 1)]


def test_kept_pairs_that_cannot_be_read_are_made_anew(tmp_path):
    one, other = SAME["name and phone, in two towns"]
    ledger_of(tmp_path, [one, dataclasses.replace(other, source="south")])
    (tmp_path / PAIRS_FILE).write_bytes(b"no database" * 1000)
    assert len(match(tmp_path).groups) == 1


def test_pairs_that_other_code_has_scored_are_scored_anew(tmp_path, monkeypatch):
    ledger_of(tmp_path, [listing("Jane Roe", OFFICE, PHONE)])
    match(tmp_path)
    read: list[int] = []
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        present = ledger.db.execute("SELECT pk, digest FROM listings").fetchall()

        def taken() -> list[int]:
            read.clear()
            with PairStore.open(tmp_path / PAIRS_FILE, default_model()) as pairing:
                pairing.update(present, lambda keys: read.extend(keys) or ())
            return list(read)

        assert taken() == []
        monkeypatch.setattr("ldn_directory.matching.pairing.version_of", lambda *parts, libraries: "another")
        assert taken() == [1]


POOL = [
    listing(name, *facts)
    for name in ("Jane Fairweather", "J. Fairweather", "Janet Fairwether", "Tom Stone", "Thomas Stone-Fairweather")
    for facts in ((OFFICE, PHONE), (TOWN, PHONE), (DALLAS, OTHER_PHONE), (OFFICE,))
]
CRAWLS = st.lists(st.dictionaries(st.integers(0, 7), st.integers(0, len(POOL) - 1), max_size=8), min_size=2, max_size=3)


@settings(max_examples=10, deadline=None)
@given(CRAWLS)
def test_what_is_kept_between_builds_gives_what_everything_anew_would_give(tmp_path_factory, crawls):
    folder = tmp_path_factory.mktemp("crawls")
    for day, crawl in enumerate(crawls, 1):
        said = [dataclasses.replace(POOL[what], key=str(key)) for key, what in crawl.items()]
        said.append(listing("Ann Always", TULSA, key="always"))
        ledger_of(folder, said, run=f"202611{day:02}T000000Z-0000")
        with Ledger.open(folder / "ledger.db") as ledger:
            assert match_listings(ledger.db, folder) == match_listings(ledger.db, None)


def test_blocks_that_grow_too_large_and_shrink_again_give_what_everything_anew_would_give(tmp_path, monkeypatch):
    for crawl, size in enumerate((3, 8, 8, 2, 2, 2, 6), 1):
        said = [listing(f"Jane Fairw{letter}ther", TOWN, key=letter) for letter in "abcdefgh"[:size]]
        ledger_of(tmp_path, said, run=f"202611{crawl:02}T000000Z-0000")
        with Ledger.open(tmp_path / "ledger.db") as ledger:
            model = dataclasses.replace(default_model(), most_in_a_block=5)
            assert match_listings(ledger.db, tmp_path, model=model) == match_listings(ledger.db, None, model=model)


def test_the_model_can_be_said_in_the_sql_of_spark():
    model = SettingsCreator(**default_model().settings("spark")).get_settings("spark")
    for comparison in model.comparisons:
        spoken = f"SELECT {comparison._case_statement} FROM pairs"
        assert sqlglot.parse_one(spoken, read="spark").sql("spark")
        assert not {"list_has_any", "jaro_winkler_similarity", "overlap(", "alike(", "filled("} & set(spoken.split())
