"""`ldn show`: what a source says now, and what its harvests change."""

from __future__ import annotations

import json

from ldn_directory.model import Phone
from tests.cli.test_accept_command import PAGE, Spider, accept, crawl, data, ldn, person

__all__ = ["data"]


def show(folder, *words: str):
    return ldn(folder, "show", Spider.name, *words)


def test_each_listing_is_one_line_and_who_is_unconfirmed_says_since_when(data):
    accept(data, "--yes")
    crawl(data, [person(n) for n in range(58)], 2)
    told = show(data).output.splitlines()
    assert told[0].startswith("LDN Research Trust: prescribers: 60 listings, read 20")
    assert told[1] == "  Person 000 | Austin | Texas | (512) 555-0000" and len(told) == 61
    assert [line.partition(" | unconfirmed since 20")[1] != "" for line in told[-2:]] == [True, True]
    rows = json.loads(show(data, "--json").stdout)["listings"]
    assert len(rows) == 60 and rows[0]["page"] == PAGE and {row["state"] for row in rows} == {"live", "unconfirmed"}


def test_the_difference_is_that_of_the_held_harvest_if_there_is_one(data):
    accept(data, "--yes")
    crawl(data, [person(n) for n in range(20)], 2)
    told = show(data, "--diff").output
    assert "the held harvest of run 20261102T000000Z-0000" in told
    assert told.count("\n  - Person") == 40


def test_else_it_is_what_the_last_harvest_changed_with_names_and_fields(data):
    accept(data, "--yes")
    moved = person(5, phones=(Phone(raw="(512) 555-9999", e164="+15125559999"),))
    assert crawl(data, [*(person(n) for n in range(59) if n != 5), moved, person(80)], 2)["outcome"] == "passed"
    told = show(data, "--diff").output
    assert "  - Person 059 |" in told and "  + Person 080 |" in told and "  ~ Person 005 |" in told
    assert "      phone: +15125550005 → +15125559999" in told
    found = json.loads(show(data, "--diff", "--json").stdout)
    assert (len(found["missing"]), len(found["new"]), len(found["changed"])) == (1, 1, 1)


def test_without_anything_in_the_ledger_it_says_what_to_do(data, tmp_path_factory):
    waiting = show(data)
    assert waiting.exit_code == 2 and f"is held: ldn accept {Spider.name}" in waiting.stderr
    never = show(tmp_path_factory.mktemp("empty"))
    assert never.exit_code == 2 and f"ldn crawl {Spider.name}" in never.stderr
    accept(data, "--yes")
    alone = show(data, "--diff")
    assert alone.exit_code == 2 and "only one harvest" in alone.stderr
