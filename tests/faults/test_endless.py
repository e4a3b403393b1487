"""Lists without an end: they are left in time, with a sentence, and what the others bring is taken."""

from __future__ import annotations

import json

HTML = {"Content_Type": "text/html"}
ROWS = "<table><tr><th>Name<th>Phone{rows}</table><a rel=next href={next}>next</a>"


def table(first: int, count: int, following: str) -> str:
    people = range(first, first + count)
    rows = "".join(f"<tr><td>Jane Roe{chr(97 + one % 26)}{one}, MD<td>512-555-01{one % 100:02}" for one in people)
    return ROWS.format(rows=rows, next=following)


def test_a_pager_that_shows_the_last_page_for_ever_is_left_and_the_list_is_taken(ldn, site):
    site.says("/table", table(0, 3, "/table?page=1"), **HTML)
    site.says("/table?page=1", table(3, 2, "/table?page=2"), **HTML)
    for number in range(2, 60):
        site.says(f"/table?page={number}", table(3, 2, f"/table?page={number + 1}"), **HTML)
    report = ldn("crawl", "--json", "bad_table").sources["bad_table"]
    assert report["outcome"] == "passed" and report["listings"] == 5
    assert "adds no entry" in " ".join(report["problems"])
    assert sum(path.startswith("/table") for path in site.asked) <= 6


def test_a_pager_of_an_endpoint_that_says_there_is_more_is_left(ldn, site):
    people = [{"name": "Jane Roe, MD", "phone": "512-555-0142"}, {"name": "John Doe, MD", "phone": "512-555-0143"}]
    for number in range(60):
        site.says(
            f"/api?p={number}" if number else "/api", json.dumps({"entries": people, "next": f"/api?p={number + 1}"})
        )
    report = ldn("crawl", "--json", "bad_api").sources["bad_api"]
    assert report["outcome"] == "passed" and report["listings"] == 2
    assert sum(path.startswith("/api") for path in site.asked) <= 5


def test_a_list_of_ever_new_entries_ends_at_the_limit_and_is_held(ldn, site):
    site.says("/table", table(0, 40, "/table?page=1"), **HTML)
    for number in range(1, 30):
        site.says(f"/table?page={number}", table(40 * number, 40, f"/table?page={number + 1}"), **HTML)
    report = ldn("crawl", "--json", "bad_table", LDN_MOST_LISTINGS=100).sources["bad_table"]
    assert report["outcome"] == "held" and report["listings"] <= 101
    assert "more than the 100 entries that a source may bring" in " ".join(report["reasons"])
    assert len(site.asked) < 12


def test_a_source_that_sends_too_much_is_held_and_costs_the_others_nothing(ldn, site):
    site.says("/table", table(0, 5, "/table?page=1") + "<!--" + "x" * 300_000 + "-->", **HTML)
    site.says("/table?page=1", table(5, 5, "/table?page=2"), **HTML)
    done = ldn("crawl", "--json", "bad_table", "good", LDN_MOST_BYTES=200_000)
    assert done.sources["bad_table"]["outcome"] == "held"
    assert "200,000 bytes that a source may send" in " ".join(done.sources["bad_table"]["reasons"])
    assert done.sources["good"]["outcome"] == "passed"
