"""The page of sources: who publishes each list, when it was read, how long it was; and its changes."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest


@pytest.fixture
def ask(tmp_path, publish, people, visitor):
    def asked(address: str, more=None) -> Any:
        return asyncio.run(visitor(publish(tmp_path / "ldn.db", people, more))(address))

    return asked


def section(page: str, source: str) -> str:
    """What is read of one source, on one line."""
    start = page.index(f'<section id="{source}"')
    return " ".join(re.sub(r"<[^>]*>", " ", page[start : page.index("</section>", start)]).split())


def readings(days_ago, *counts: int, source: str = "harbour"):
    """Weekly readings with so many entries, the last of them a day ago."""

    def write(db):
        for number, count in enumerate(reversed(counts)):
            at = days_ago(1 + 7 * number)
            db.execute("INSERT OR IGNORE INTO runs VALUES (?, ?, ?)", (f"run {number}", at, at))
            db.execute("INSERT INTO readings VALUES (?, ?, ?, ?)", (source, f"run {number}", at, count))

    return write


def test_a_source_is_told_by_publisher_terms_readings_and_what_its_entries_are(ask):
    told = section(ask("/sources").text, "harbour")
    for said in (
        "Published by Harbour Society",
        "Terms https://ldn.example/terms",
        "Licence Not stated",
        "On a list of LDN prescribers",
        "Entries 10",
        "(yesterday)",
        "We read it every 7 days",
    ):
        assert said in told


def test_the_next_reading_is_due_as_many_days_after_the_last_as_stated(ask):
    def dated(db):
        db.execute("UPDATE sources SET last_read = '2026-11-24T02:17:00Z', every_days = 1 WHERE id = 'harbour'")

    assert "Next due 25 November 2026. We read it every day" in section(ask("/sources", dated).text, "harbour")


def test_how_long_it_was_is_a_chart_with_its_numbers_in_words_and_a_table(ask, days_ago):
    page = ask("/sources", readings(days_ago, 200, 180, 240)).text
    (chart,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert 'role="img" aria-labelledby="chart-title-harbour chart-told-harbour"' in chart and "style" not in chart
    told = section(page, "harbour")
    assert "200 on" in told and "240 on" in told and "In between: 180 to 240" in told
    assert re.findall(r"</time></td><td>(\d+)</td>", page) == ["240", "180", "200"]


def test_a_list_that_was_read_once_has_a_dot_and_says_so(ask, days_ago):
    page = ask("/sources", readings(days_ago, 12)).text
    assert 'class="course"' not in page and 'class="now"' in page
    assert "We have read it once" in section(page, "harbour")


def test_of_hundreds_of_readings_the_page_shows_the_last_and_links_to_all(ask, days_ago):
    page = ask("/sources", readings(days_ago, *range(1000, 1400)))
    assert page.text.count("<tr>") == 13 and "All 400 counts" in page.text
    assert 'href="/ldn/readings?source=harbour&amp;_sort_desc=at"' in page.text
    assert len(page.content) < 15_000


def test_a_directory_that_was_published_before_readings_were_has_no_chart(ask):
    page = ask("/sources", lambda db: db.execute("DROP TABLE readings"))
    assert page.status_code == 200 and "<svg" not in page.text


def test_a_source_that_was_never_read_and_states_nothing_says_so(ask, insert):
    def add(db):
        insert(
            db,
            "sources",
            id="new",
            title="New <b>list</b>",
            homepage="javascript:alert(1)",
            evidence="proxy",
            record_key="id",
            every_days=7,
        )

    page = ask("/sources", add).text
    told = section(page, "new")
    assert (
        "Published by Not stated" in told
        and "Last read Not yet" in told
        and "Entries None yet" in told
        and "Next due" not in told
    )
    assert "<b>" not in page and 'href="javascript:' not in page


def test_its_changes_are_a_link_away(ask):
    def change(db):
        for number, source in ((10, "harbour"), (20, "own")):
            db.execute(
                "INSERT INTO changes (id, at, source, provider, what) VALUES (?, '2026-11-02T00:00:00Z', ?, ?, 'added')",
                (number, source, number // 10),
            )

    assert 'href="/changes?source=harbour"' in ask("/sources", change).text
    page = ask("/changes?source=harbour", change).text
    assert "Ada Example" in page and "Ben Sample" not in page
    assert '<option value="harbour" selected>' in page
    assert ask("/changes?source=%3Cb%3E", change).status_code == 400


def test_changes_stand_under_their_day(ask):
    def change(db):
        for number, day in ((10, "2026-11-01"), (20, "2026-11-02"), (30, "2026-11-02")):
            db.execute(
                "INSERT INTO changes (id, at, source, provider, what) VALUES (?, ?, 'harbour', 1, 'added')",
                (number, f"{day}T00:00:00Z"),
            )

    page = ask("/changes", change).text
    assert re.findall(r'<h2 id="day-([0-9-]+)">', page) == ["2026-11-02", "2026-11-01"]
    assert page.count('<span class="badge plain">First listed</span>') == 3
