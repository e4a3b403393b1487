"""Changes as a page, an Atom feed and JSON."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from xml.etree import ElementTree

import pytest

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def asked(tmp_path, people, publish, insert, visitor):
    """Asks a directory with 130 changes of its first ten providers, one every hour, then one gone and one forgotten."""

    def more(db):
        for number in range(1, 131):
            day, hour = divmod(number, 24)
            provider = people[number % 10]
            insert(
                db,
                "changes",
                id=number * 100,
                at=f"2026-11-{day + 1:02}T{hour:02}:00:00Z",
                source="harbour",
                listing=f"{number % 10 + 1:016x}",
                provider=provider["id"],
                what="changed" if number % 2 else "confirmed again",
                field="remark" if number % 2 else None,
                after="a <b>\x07 & c" if number % 2 else None,
                country_code=provider["country_code"],
                region_code=provider["region_code"],
            )
        insert(
            db,
            "changes",
            id=13_001,
            at="2026-11-20T00:00:00Z",
            source="harbour",
            listing="f" * 16,
            provider=2,
            what="gone",
        )
        insert(db, "changes", id=13_002, at="2026-11-21T00:00:00Z", provider=77, what="forgotten")

    path = publish(tmp_path / "ldn.db", people, more)
    get = visitor(path)

    def ask(address, **options):
        return asyncio.run(get(address, **options))

    ask.path = path
    return ask


def followed(asked, address):
    """All rows of JSON from an address on, and the last cursor."""
    rows, cursor = [], None
    while address:
        found = asked(address).json()
        rows += found["changes"]
        address, cursor = found["next"], found["cursor"]
    return rows, cursor


@pytest.mark.parametrize("size", [1, 7, 130, 132, 500])
def test_following_next_gives_each_change_once_in_order(asked, size):
    rows, _ = followed(asked, f"/changes.json?size={size}")
    assert [row["id"] for row in rows] == [*(n * 100 for n in range(1, 131)), 13_001, 13_002]


def test_asking_from_the_last_cursor_gives_only_what_has_come_since(asked):
    _, cursor = followed(asked, "/changes.json?what=changed")
    assert asked(f"/changes.json?since={cursor}").json()["changes"] == []
    with closing(sqlite3.connect(asked.path)) as db, db:
        db.execute("INSERT INTO changes (id, at, provider, what) VALUES (14000, '2026-11-22T00:00:00Z', 1, 'back')")
    assert [row["id"] for row in followed(asked, f"/changes.json?since={cursor}")[0]] == [14_000]


@pytest.mark.parametrize(
    ("since", "first"),
    [
        ("2026-11-03", 4_800),
        ("2026-11-03T01:00:00Z", 4_900),
        ("2026-11-03T01:30Z", 5_000),
        ("c4800", 4_900),
        ("2026-11-20", 13_001),
        ("0999-12-31", 100),
    ],
)
def test_since_takes_a_day_a_moment_or_a_cursor(asked, since, first):
    assert asked(f"/changes.json?since={since}").json()["changes"][0]["id"] == first


def test_since_a_moment_that_is_to_come_there_is_nothing_and_a_cursor_to_go_on_from(asked):
    assert asked("/changes.json?since=2027-01-01").json() == {"changes": [], "next": None, "cursor": "c13002"}


@pytest.mark.parametrize(
    "wrong",
    [
        "changes.json?since=yesterday",
        "changes.json?since=2026-13-01",
        "changes.json?since=2026-02-30",
        "changes.json?since=2026-11-31T06:00:00Z",
        "changes.json?since=2026-11-01T06:00:00%2B02:00",
        "changes.json?since=2026",
        "changes.json?size=0",
        "changes.json?size=501",
        "changes.json?what=nothing",
        "changes.json?country=USA",
        "changes.atom?before=x",
        "changes?provider=-1",
        "changes?region=Ohio",
        "changes.json?since=c99999999999999999",
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(asked, wrong):
    answer = asked("/" + wrong)
    assert answer.status_code == 400
    assert "must" in answer.text or "asked for by" in answer.text or "no such" in answer.text


@pytest.mark.parametrize(
    ("query", "count"),
    [("what=gone", 1), ("provider=3", 13), ("country=DE", 13), ("region=US-OH", 26), ("country=US&what=changed", 39)],
)
def test_changes_are_narrowed_by_kind_place_and_provider(asked, query, count):
    assert len(followed(asked, f"/changes.json?{query}&size=9")[0]) == count


def test_the_feed_has_what_rfc_4287_demands(asked):
    answer = asked("/changes.atom?size=20")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for name in ("id", "title", "updated", "author/a:name"):
        assert feed.findtext(f"a:{name}", namespaces=ATOM)
    entries = feed.findall("a:entry", ATOM)
    assert len(entries) == 20
    ids = [entry.findtext("a:id", namespaces=ATOM) for entry in entries]
    assert len(set(ids)) == 20 and all(one.startswith("urn:uuid:") for one in ids)
    for entry in entries:
        assert entry.findtext("a:title", namespaces=ATOM) and entry.findtext("a:updated", namespaces=ATOM).endswith("Z")
        assert entry.find("a:link[@rel='alternate']", ATOM) is not None
    dates = [entry.findtext("a:updated", namespaces=ATOM) for entry in entries]
    assert dates == sorted(dates, reverse=True)
    assert feed.findtext("a:updated", namespaces=ATOM) == dates[0]
    assert feed.find("a:link[@rel='self']", ATOM).get("href") == "http://directory.example/changes.atom?size=20"


def test_the_feed_s_next_links_lead_to_every_change_once(asked):
    address, ids = "/changes.atom?size=30", []
    while address:
        feed = ElementTree.fromstring(asked(address).content)
        ids += [one.text for one in feed.findall("a:entry/a:id", ATOM)]
        following = feed.find("a:link[@rel='next']", ATOM)
        address = None if following is None else following.get("href")
    assert len(ids) == len(set(ids)) == 132


def test_of_gone_and_forgotten_the_feed_has_a_number_and_no_name(asked):
    titles = [
        one.text
        for one in ElementTree.fromstring(asked("/changes.atom?size=2").content).findall("a:entry/a:title", ATOM)
    ]
    assert titles == ["Entry 77: removed on request", "Entry 2: removed from its list"]


def test_a_feed_without_entries_is_still_a_feed(asked):
    feed = ElementTree.fromstring(asked("/changes.atom?what=split").content)
    assert feed.findall("a:entry", ATOM) == [] and feed.findtext("a:updated", namespaces=ATOM)


def test_a_feed_that_the_reader_has_is_not_sent_again(asked):
    tag = asked("/changes.atom").headers["etag"]
    assert asked("/changes.atom", headers={"If-None-Match": f"W/{tag}"}).status_code == 304


def test_the_page_is_linked_pages_on_and_escapes_what_lists_say(asked):
    page = asked("/changes")
    assert 'href="/changes" aria-current="page">Changes</a>' in page.text and "<b>" not in page.text
    assert page.text.count('<span class="badge plain">') == 50
    older = asked("/changes?before=8300")
    assert older.text.count('<span class="badge plain">') == 50 and "Newest" in older.text


def test_parameters_are_described_as_they_are_read(asked):
    paths = asked("/openapi.json").json()["paths"]
    assert [one["name"] for one in paths["/changes.json"]["get"]["parameters"]] == [
        "what",
        "country",
        "region",
        "source",
        "provider",
        "size",
        "since",
    ]
    assert [one["name"] for one in paths["/changes.atom"]["get"]["parameters"]][-1] == "before"


def test_a_directory_of_an_earlier_version_is_being_prepared(asked):
    with closing(sqlite3.connect(asked.path)) as db, db:
        for index in ("changes_country", "changes_country_code", "changes_region_code"):
            db.execute(f"DROP INDEX {index}")
        db.execute("ALTER TABLE changes DROP COLUMN country_code")
    assert asked("/changes?country=US").status_code == 503
