"""`ldn forget`: gone from everything within the same command, and not to come back."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing

import pytest

from ldn_directory.archive.warc_archive import Archive, Visit

from .conftest import ANN, JANE, JOHN, TRACES, Folder, person, said


def test_nothing_of_the_person_is_left_in_any_file_but_the_archived_pages(listed):
    assert listed.files_with(*TRACES)
    done = said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    assert listed.names() == ["Ann Poe", "John Doe"]
    assert listed.files_with(*TRACES) == []
    assert done["listings"] == 1 and done["remains"] == []


def test_the_archived_pages_that_hold_the_person_are_listed_for_redaction(listed):
    done = said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    assert [(one["run"], one["source"], one["url"], one["certain"]) for one in done["records"]] == [
        ("20261101T000000Z-0000", "north", "https://north.example.org/list", True),
        ("20261102T000000Z-0000", "north", "https://north.example.org/list", True),
    ]
    for one in done["records"]:
        stored = Archive(listed.data)
        visit = next(iter(stored.visits(one["run"], one["source"])))
        assert isinstance(visit, Visit) and visit.stored.position == one["offset"] and visit.stored.warc == one["file"]
        assert b"Thrushcross" in stored.body(visit.stored)
        stored.close()


def test_the_address_answers_for_a_tombstone_of_number_and_date_only(listed):
    number = listed.number("Jane Thrushcross")
    since = said(listed.ldn("forget", str(number), "--yes", "--json"))["since"]
    assert listed.published("SELECT * FROM redirects WHERE reason = 'forgotten'") == [
        (number, None, "forgotten", since)
    ]
    tombstone = (
        "SELECT at, provider, run, source, listing, field, before, after, other FROM changes WHERE what = 'forgotten'"
    )
    assert listed.published(tombstone) == [(since, number, *[None] * 7)]
    assert listed.published(f"SELECT count(*) FROM changes WHERE provider = {number}") == [(1,)]


def test_the_next_crawls_leave_the_person_out_of_everything_that_they_keep(listed):
    said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    report = listed.crawl(JANE, JOHN, person("ann", "Ann Poe", phone="0144"))
    listed.build()
    assert report["outcome"] == "passed" and report["changes"]["suppressed"] == 1
    assert listed.names() == ["Ann Poe", "John Doe"]
    assert listed.files_with(*TRACES) == []


def test_a_number_that_was_merged_into_the_forgotten_one_is_a_tombstone_too(folder):
    folder.crawl(person("a", "Jane Thrushcross", phone="0142", page="https://one.example.org/"))
    folder.build()
    folder.crawl(person("b", "Jane Thrushcross", phone="0149", source="south", city="Austin"), source="south")
    folder.build()
    merged = person("b", "Jane Thrushcross", phone="0142", source="south", city="Austin")
    folder.crawl(merged, source="south")
    folder.build()
    first, second = folder.published("SELECT id FROM providers UNION SELECT old_id FROM redirects")
    said(folder.ldn("forget", str(second[0]), "--yes", "--json"))
    assert folder.published("SELECT old_id, provider, reason FROM redirects") == [
        (first[0], None, "forgotten"),
        (second[0], None, "forgotten"),
    ]


@pytest.mark.parametrize("name", ["Jane Thrushcross", "J. Thrushcross"])
def test_one_whose_name_is_not_theirs_alone_leaves_the_directory_and_lookalikes_wait_for_a_person(folder, name):
    # Nothing of what is kept of the one in Austin is beyond doubt: another has the whole name, or is whom the initial may stand for.
    both = (
        person("a", name, city="Austin", street="1 Elm Street"),
        person("b", "Jane Thrushcross", city="Dallas", email="jane@example.com"),
    )
    folder.crawl(*both, JOHN)
    folder.build()
    (number,) = folder.published("SELECT id FROM providers WHERE city = 'Austin'")[0]
    assert said(folder.ldn("forget", str(number), "--yes", "--json"))["published"]["held"] == 1
    assert folder.names() == ["John Doe"]
    folder.crawl(*both, JOHN)
    assert folder.build().held == 2
    assert folder.names() == ["John Doe"]
    assert said(folder.ldn("forget", "--not", both[1].id, "--json"))["held"] == 1
    assert folder.names() == ["Jane Thrushcross", "John Doe"]


def test_a_forgotten_number_is_never_given_again(listed):
    number = listed.number("Jane Thrushcross")
    said(listed.ldn("forget", str(number), "--yes", "--json"))
    listed.crawl(JANE, JOHN, person("new", "Ida Newcome", phone="0150"))
    listed.build()
    assert listed.number("Ida Newcome") > number


def test_without_yes_it_shows_whom_and_asks_and_an_empty_answer_forgets_nobody(listed):
    done = listed.ldn("forget", str(listed.number("Jane Thrushcross")))
    assert done.returncode == 2
    assert "Jane Thrushcross | Texas | 512 555 0142" in done.stdout and "cannot be undone" in done.stdout + done.stderr
    assert "Jane Thrushcross" in listed.names()


@pytest.mark.parametrize("region", ["Texas", "US-TX", "united states"])
def test_by_name_and_region_titles_case_and_middle_names_do_not_matter(listed, region):
    done = listed.ldn("forget", "--name", "Dr. JANE M. Thrushcross, MD", "--region", region, "--yes", "--json")
    assert said(done)["listings"] == 1
    assert listed.files_with(*TRACES) == []


def test_several_of_a_name_are_shown_with_their_numbers(folder):
    folder.crawl(
        person("a", "Jane Thrushcross", phone="0142", city="Austin"),
        person("b", "Jane Thrushcross", phone="0149", city="Dallas"),
    )
    folder.build()
    done = folder.ldn("forget", "--name", "Jane Thrushcross", "--region", "Texas")
    assert done.returncode == 2
    assert "Austin" in done.stdout and "Dallas" in done.stdout and "ldn forget NUMBER" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("77",), 2, "no entry has the number 77"),
        (("--name", "Nobody Here", "--region", "Texas"), 2, "--in-advance"),
        (("--listing", "0" * 16), 2, "no listing has the id"),
        (("--not", "0" * 16), 2, "not held back"),
        (("--name", "Jane Thrushcross"), 64, "belong together"),
        ((), 64, "say whom"),
        (("1", "--held"), 64, "give only one of"),
        (("18", "--name", "x"), 64, "give only one of"),
        (("0",), 64, "range"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(listed, arguments, code, sentence):
    done = listed.ldn("forget", *arguments)
    assert (done.returncode, sentence in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr


def test_without_a_ledger_it_says_so(folder):
    folder.data.mkdir()
    done = folder.ldn("forget", "1")
    assert (done.returncode, "crawl first" in done.stderr) == (2, True)


def test_who_was_forgotten_already_is_no_mistake(listed):
    number = str(listed.number("Jane Thrushcross"))
    since = said(listed.ldn("forget", number, "--yes", "--json"))["since"]
    again = listed.ldn("forget", number)
    assert (again.returncode, f"was forgotten on {since} already" in again.stdout) == (0, True), again.stderr


def test_the_list_tells_counts_and_dates_and_no_names(listed):
    number = listed.number("Jane Thrushcross")
    since = said(listed.ldn("forget", str(number), "--yes", "--json"))["since"]
    (row,) = said(listed.ldn("forget", "--list", "--json"))
    assert (row["since"], row["numbers"], row["exact"] > 2, row["near"] > 10) == (since, [number], True, True)
    assert "hrushcross" not in listed.ldn("forget", "--list").stdout


def test_the_lists_can_be_read_in_a_folder_that_cannot_be_written(disk_of):
    disk = disk_of(8)
    folder = Folder(disk / "data")
    folder.crawl(JANE, JOHN)
    folder.build()
    said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--yes", "--json"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    (row,) = said(folder.ldn("forget", "--list", "--json"))
    assert len(row["numbers"]) == 1
    assert said(folder.ldn("forget", "--held", "--json")) == []


def test_a_list_that_cannot_be_read_is_no_half_done_forgetting(listed):
    (listed.data / "ledger.db").write_bytes(b"not a ledger" * 1000)
    done = listed.ldn("forget", "--held")
    assert (done.returncode, "What was done" in done.stderr) == (2, False), done.stderr


def test_in_advance_keeps_somebody_out_whom_no_list_has_yet(listed):
    said(listed.ldn("forget", "--name", "Ida Newcome", "--region", "Texas", "--in-advance", "--yes", "--json"))
    report = listed.crawl(
        JOHN, JANE, person("ann", "Ann Poe", phone="0144"), person("new", "Ida Newcome", phone="0150")
    )
    assert report["outcome"] == "passed", report["reasons"]
    assert report["changes"]["suppressed"] == 1


def test_an_old_harvest_does_not_bring_the_person_back(listed):
    held = listed.data / "runs" / "20261101T000000Z-0000" / "north"
    lines = (held / "listings.jsonl").read_bytes()
    said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    # As if a folder of a run came back from a backup.
    (held / "listings.jsonl").write_bytes(lines)
    listed.ldn("forget", "--sweep")
    assert (
        b"Thrushcross" not in (held / "listings.jsonl").read_bytes()
        and b"John Doe" in (held / "listings.jsonl").read_bytes()
    )


def test_a_ledger_from_a_backup_is_swept_before_anything_is_built_from_it(listed):
    with closing(sqlite3.connect(listed.data / "ledger.db")) as ledger:
        ledger.execute("VACUUM INTO ?", (str(listed.data.parent / "backup.db"),))
    said(listed.ldn("forget", str(listed.number("Jane Thrushcross")), "--yes", "--json"))
    (listed.data / "ledger.db").write_bytes((listed.data.parent / "backup.db").read_bytes())
    listed.build()
    assert listed.names() == ["Ann Poe", "John Doe"]
    assert listed.files_with(*TRACES) == []


def test_many_may_go_although_a_build_would_refuse_such_a_loss(folder):
    folder.crawl(
        *(
            person(f"k{n}", f"Roe {word}", phone=f"01{n:02}")
            for n, word in enumerate(
                ["Abel", "Bode", "Cole", "Dahl", "Eden", "Frey", "Gage", "Hale", "Ince", "Joss", "Kerr", "Lang"]
            )
        )
    )
    folder.build()
    for name in folder.names()[:4]:
        said(folder.ldn("forget", str(folder.number(name)), "--yes", "--json"))
    assert len(folder.names()) == 8


def test_copies_that_show_the_person_are_deleted_and_others_stay(folder):
    folder.crawl(JOHN, ANN)
    folder.build()
    folder.crawl(JOHN, ANN)
    folder.build()
    folder.crawl(JOHN, ANN, JANE)
    folder.build()
    done = said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--yes", "--json"))
    copies = [path.name for path in folder.data.glob("ldn-*.db")]
    assert len(done["copies"]) == 1 and len(copies) == 2 and not set(done["copies"]) & set(copies)


def test_a_key_that_another_entry_has_taken_over_keeps_nothing_of_the_former_one_in_its_history(folder):
    folder.crawl(person("1", "Jane Thrushcross", phone="0142", email="jane@thrushcross.example.com"), JOHN)
    folder.crawl(
        person("1", "Ann Poe", phone="0144"),
        person("2", "Jane Thrushcross", phone="0142", email="jane@thrushcross.example.com"),
        JOHN,
    )
    folder.build()
    said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--yes", "--json"))
    assert folder.names() == ["Ann Poe", "John Doe"]
    assert folder.files_with(*TRACES) == []


def test_the_text_of_an_entry_that_named_two_people_no_longer_names_the_one(folder):
    both = "Dr. Jane Thrushcross and Dr. John Doe\nHarbour Clinic"
    listings = (
        person("x#1", "Jane Thrushcross", phone="0142", text=both),
        person("x#2", "John Doe", phone="0142", text=both),
    )
    folder.crawl(*listings)
    folder.build()
    said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--yes", "--json"))
    for _ in range(2):
        assert folder.names() == ["John Doe"]
        assert folder.published("SELECT text FROM listings") == [
            ("Dr. [name left out] and Dr. John Doe\nHarbour Clinic",)
        ]
        assert folder.files_with("thrushcross") == []
        report = folder.crawl(*listings)
        folder.build()
    assert report["changes"]["changed"] == 0


def test_a_curated_list_that_goes_on_naming_them_is_pointed_out(folder):
    done = folder.ldn_process("crawl", "curated")
    assert done.returncode == 0, done.stderr
    folder.build()
    name = folder.names()[0]
    done = folder.ldn("forget", str(folder.number(name)), "--yes", "--json")
    assert done.returncode == 1
    assert "curated.csv" in json.loads(done.stdout)["remains"][0]
    assert name not in folder.names()
