"""Entries that a person noted: no page, format or file says that they are confirmed before a check has seen their page."""

from __future__ import annotations

import asyncio
import html
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ldn_directory.crawl.page_worker import parse
from ldn_directory.extract.page import Page
from ldn_directory.ledger import Check, Ledger, Outcome
from ldn_directory.model import Harvest
from ldn_directory.publish.build import build
from ldn_directory.site.i18n.locale import ENGLISH
from ldn_directory.spiders.curated import Curated

TODAY = datetime.now(UTC).date()
COLUMNS = "kind,organisation,city,region,country,phone,website,evidence_url,evidence,grade,facts_url,noted_on"


def day(ago: int) -> str:
    return (TODAY - timedelta(days=ago)).isoformat()


def row(name: str, grade: str = "offers", ago: int = 10, kind: str = "pharmacy", phone: str = "") -> str:
    host = f"https://{name.split()[0].lower()}.example.org"
    page = f"{host}/ldn,Its page on LDN.,{grade},{host}/contact,{day(ago)}"
    return f"{kind},{name},Austin,Texas,United States,{phone},{host},{page}"


ROWS = (
    row("Zinnia Pharmacy", phone="512-555-0142"),
    row("Alder Practice", "writes_about", kind="prescriber"),
    row("Aged Pharmacy", ago=100),
    row("Bygone Pharmacy", ago=200),
)


def publish(data: Path, rows: tuple[str, ...] = ROWS, checks: tuple[Check, ...] = (), number: int = 1) -> Path:
    body = "\n".join([COLUMNS, *rows]).encode()
    result = parse(Curated, Page("file:///curated.csv", body, "text/csv"), {}, {})
    now = (datetime.now(UTC) + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    harvest = Harvest(run=f"2026110{number}T000000Z-0000", source_id="curated", source=Curated.source, started=now,
                      finished=now, lines=result.lines, left_out=result.left_out)  # fmt: skip
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(harvest)
        ledger.add_checks(checks)
    build(data / "ledger.db", data / "ldn.db", allow_shrink=True)
    return data / "ldn.db"


def id_of(directory: Path, name: str) -> tuple[str, str]:
    with sqlite3.connect(directory) as db:
        return db.execute("SELECT id, page FROM listings WHERE name LIKE ?", (f"{name}%",)).fetchone()


@pytest.fixture
def ask(tmp_path, visitor):
    def asked(address: str):
        return asyncio.run(visitor(tmp_path / "ldn.db")(address))

    publish(tmp_path)
    return asked


def text_of(page: str) -> str:
    body = re.sub(r"<(script|style).*?</\1>", " ", page[page.index("<main") :], flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def found(ask, query: str) -> list[str]:
    return [one["name"] for one in ask(f"/search.json?{query}").json()["providers"]]


@pytest.mark.parametrize("address", ["/?q=Zinnia", "/provider/{id}", "/visit?pick={id}"])
def test_pages_of_an_entry_say_when_a_person_read_its_website_and_no_other_day(ask, address):
    number = ask("/search.json?q=Zinnia").json()["providers"][0]["id"]
    said = text_of(ask(address.format(id=number)).text)
    assert f"Its own website says so (read {ENGLISH.short_day(day(10))})" in said
    assert not re.search(r"\bchecked (?!by)\d|last saw it", said)
    if address.startswith("/provider"):
        assert f"A person read it on {ENGLISH.day(day(10))}. Our program has not checked it yet." in said


def test_what_was_noted_of_its_page_is_on_the_card_and_in_a_column_of_its_own(ask, tmp_path):
    assert "Its own page on LDN: Its page on LDN." in text_of(ask("/?q=Zinnia").text)
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        assert set(db.execute("SELECT DISTINCT page_says FROM providers")) == {("Its page on LDN.",)}


def test_a_list_of_a_region_says_noted_with_the_day_and_that_it_is_not_confirmed(ask):
    said = text_of(ask("/pharmacies/US-TX").text)
    assert f"oted {ENGLISH.day(day(10))}" in said and "not yet confirmed" in said
    assert not re.search(r"(?<!not yet )confirmed (?!within)(today|yesterday|\d|[A-Z])", said)


@pytest.mark.parametrize("extension", ["json", "jsonld", "fhir", "vcf", "csv", "geojson"])
def test_no_format_gives_another_date_than_the_day_it_was_noted(ask, extension):
    number = ask("/search.json?q=Zinnia").json()["providers"][0]["id"]
    text = ask(f"/provider/{number}.{extension}").text
    told = set(re.findall(r"20\d\d-?\d\d-?\d\d", re.sub(r'"(?:first_seen|timeline)":(?:\[.*?\]|"[^"]*")', "", text)))
    allowed = {day(10), day(10).replace("-", "")} | ({TODAY.isoformat()} if extension == "csv" else set())
    assert told <= allowed and (day(10) in text or day(10).replace("-", "") in text)


def test_json_gives_no_confirmation_but_when_each_value_was_noted_and_on_which_page(ask):
    number = ask("/search.json?q=Zinnia").json()["providers"][0]["id"]
    entry = ask(f"/provider/{number}.json").json()
    assert entry["provider"]["last_confirmed"] is None
    (phone,) = entry["fields"]["phone"]["shown"][0]["said_by"]
    assert (phone["first_confirmed"], phone["last_confirmed"], phone["noted_on"]) == (None, None, day(10))
    assert phone["page"] == "https://zinnia.example.org/contact"
    (name,) = entry["fields"]["name"]["shown"][0]["said_by"]
    assert name["page"] == "https://zinnia.example.org/ldn"


def test_who_was_noted_is_found_but_in_no_count_of_the_confirmed(ask):
    answer = ask("/search.json?old=yes").json()
    assert (answer["total"], answer["facets"]["confirmed"]) == (4, [])
    assert ask("/search.json?old=yes&confirmed=36500").json()["total"] == 0
    table = ask(f"/ldn/providers.json?last_confirmed__gte={day(400)}&_shape=array").json()
    assert table == []


def test_who_was_noted_long_ago_sinks_and_then_leaves(ask):
    assert found(ask, "kind=pharmacy") == ["Zinnia Pharmacy", "Aged Pharmacy"]
    assert "Bygone Pharmacy" in found(ask, "kind=pharmacy&old=yes")


def test_who_only_writes_about_it_comes_last_is_no_prescriber_and_is_shown_as_such(ask):
    assert found(ask, "near=Texas") == ["Zinnia Pharmacy", "Aged Pharmacy", "Alder Practice"]
    assert found(ask, "grade=writes_about") == ["Alder Practice"]
    assert found(ask, "kind=prescriber") == []
    number = ask("/search.json?q=Alder").json()["providers"][0]["id"]
    said = text_of(ask(f"/provider/{number}").text)
    assert "Its website has a page on LDN" in said and "does not say that they prescribe or make it" in said
    everything = [ask(f"/provider/{number}{extension}").text for extension in ("", ".json", ".jsonld", ".fhir", ".vcf")]
    assert not any(re.search(r"prescriber\b|says it prescribes", one, re.IGNORECASE) for one in everything)


@pytest.mark.parametrize("kind", ["jsonld", "fhir", "vcf"])
def test_formats_without_a_column_for_it_say_why_the_entry_is_here(ask, kind):
    for name, said in {
        "Alder": "Its website has a page on LDN. Its page on LDN does not say that they prescribe or make it.",
        "Zinnia": "Its website says it prescribes or makes LDN",
    }.items():
        number = ask(f"/search.json?q={name}").json()["providers"][0]["id"]
        for address in (f"/provider/{number}.{kind}", f"/search.{kind}?q={name}"):
            assert said in ask(address).text.replace("\r\n ", ""), address


def test_a_check_confirms_the_entry_and_only_the_values_it_saw(ask, tmp_path):
    listing, page = id_of(tmp_path / "ldn.db", "Zinnia")
    stated = (("name", "Zinnia Pharmacy"),)
    check = Check(listing=listing, page=page, checked=f"{day(2)}T08:00:00Z", outcome=Outcome.CONFIRMED, stated=stated)
    publish(tmp_path, checks=(check,), number=2)
    answer = ask("/search.json?q=Zinnia").json()
    assert [one["value"] for one in answer["facets"]["confirmed"]] == ["30", "90", "180", "365"]
    number = answer["providers"][0]["id"]
    entry = ask(f"/provider/{number}.json").json()
    confirmed = {name: field["shown"][0]["said_by"][0]["last_confirmed"] for name, field in entry["fields"].items()
                 if field["shown"] and field["shown"][0]["said_by"]}  # fmt: skip
    assert {name for name, when in confirmed.items() if when} == {"name"}
    said = text_of(ask(f"/provider/{number}").text)
    assert f"Its own website says so (checked {ENGLISH.short_day(day(2))})" in said
    assert (
        f"A person read it on {ENGLISH.day(day(10))}. Our program last saw it there on {ENGLISH.day(day(2))}." in said
    )
    assert f"(512) 555-0142 (noted {ENGLISH.day(day(10))})" in said.replace("512-555-0142", "(512) 555-0142")


def test_a_check_in_vain_says_what_was_noted_and_that_it_could_not_be_confirmed(ask, tmp_path):
    listing, page = id_of(tmp_path / "ldn.db", "Zinnia")
    check = Check(listing=listing, page=page, checked=f"{day(2)}T08:00:00Z", outcome=Outcome.UNCONFIRMED, reason="gone")
    publish(tmp_path, checks=(check,), number=2)
    said = text_of(ask("/?q=Zinnia").text)
    assert f"(read {ENGLISH.short_day(day(10))}, but a later check did not find it)" in said


def test_the_sources_page_counts_checked_pages_and_calls_nothing_a_reading(ask, tmp_path):
    said = text_of(ask("/sources").text)
    assert "No program has checked its 4 pages yet" in said
    assert "A person reads each organisation’s own page" in said
    assert not re.search(r"Last read|First read|Next due|Read on|We read it|read once|Website", said)
    listing, page = id_of(tmp_path / "ldn.db", "Zinnia")
    check = Check(listing=listing, page=page, checked=f"{day(2)}T08:00:00Z", outcome=Outcome.CONFIRMED)
    publish(tmp_path, checks=(check,), number=2)
    assert f"A program checked 1 of 4 pages, last on {ENGLISH.day(day(2))} (2 days ago)" in text_of(
        ask("/sources").text
    )


def test_a_directory_of_an_earlier_version_is_still_served(ask, tmp_path):
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        db.execute("UPDATE providers SET last_confirmed = first_seen, status = 'confirmed'")
        for table, columns in {
            "providers": ("noted_on", "grade", "current_as_of", "page_says"),
            "listings": ("noted_on", "grade", "current_as_of"),
            "claims": ("noted_on",),
            "sources": ("kept_here", "pages", "pages_checked", "last_checked"),
        }.items():
            for column in columns:
                db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    number = ask("/search.json?q=Zinnia").json()["providers"][0]["id"]
    for address in ("/", "/sources", "/status", f"/provider/{number}", f"/provider/{number}.json",
                    f"/provider/{number}.vcf", f"/provider/{number}.fhir", f"/visit?pick={number}"):  # fmt: skip
        assert ask(address).status_code == 200, address


def test_building_on_from_the_last_directory_gives_the_same_bytes(tmp_path):
    publish(tmp_path / "on")
    listing, page = id_of(tmp_path / "on" / "ldn.db", "Zinnia")
    stated = (("name", "Zinnia Pharmacy"),)
    check = Check(listing=listing, page=page, checked=f"{day(2)}T08:00:00Z", outcome=Outcome.CONFIRMED, stated=stated)
    with Ledger.open(tmp_path / "on" / "ledger.db") as ledger:
        ledger.add_checks([check])
    build(tmp_path / "on" / "ledger.db", tmp_path / "on" / "ldn.db")
    (tmp_path / "anew").mkdir()
    (tmp_path / "anew" / "ledger.db").write_bytes((tmp_path / "on" / "ledger.db").read_bytes())
    build(tmp_path / "anew" / "ledger.db", tmp_path / "anew" / "ldn.db")
    assert (tmp_path / "on" / "ldn.db").read_bytes() == (tmp_path / "anew" / "ldn.db").read_bytes()


def names(directory: Path) -> set[str]:
    with sqlite3.connect(directory) as db:
        return {name for (name,) in db.execute("SELECT name FROM listings")}


def test_a_row_that_was_removed_is_gone_at_once_and_one_that_is_broken_stays_as_it_was(tmp_path):
    publish(tmp_path)
    zinnia, alder, aged, _ = ROWS
    directory = publish(tmp_path, (zinnia.replace("512-555-0142", "1"), alder, aged.replace(",Its", ',"Its')), number=2)
    assert names(directory) == {"Zinnia Pharmacy", "Alder Practice", "Aged Pharmacy"}
    publish(tmp_path, (zinnia.replace("512-555-0142", "1"), alder), number=3)
    assert names(directory) == {"Zinnia Pharmacy", "Alder Practice"}


def test_a_provider_keeps_its_number_when_its_row_is_corrected(tmp_path):
    directory = publish(tmp_path)

    def number() -> list[tuple[int, str]]:
        with sqlite3.connect(directory) as db:
            return db.execute("SELECT id, phone FROM providers WHERE name = 'Zinnia Pharmacy'").fetchall()

    ((before, _),) = number()
    publish(tmp_path, (ROWS[0].replace("0142", "0143"), *ROWS[1:]), number=2)
    assert number() == [(before, "+15125550143")]
