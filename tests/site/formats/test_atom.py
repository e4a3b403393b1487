"""The feed of changes, held to the sections of RFC 4287 one by one."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from ..conftest import insert, people, publish, visitor
from .test_hostile import HOSTILE

ATOM = "{http://www.w3.org/2005/Atom}"
ONCE_IN_A_FEED = {"id", "title", "updated"}
AT_MOST_ONCE_IN_A_FEED = {"generator", "icon", "logo", "rights", "subtitle"}
OF_A_FEED = ONCE_IN_A_FEED | AT_MOST_ONCE_IN_A_FEED | {"author", "category", "contributor", "link", "entry"}
ONCE_IN_AN_ENTRY = {"id", "title", "updated"}
AT_MOST_ONCE_IN_AN_ENTRY = {"content", "published", "rights", "source", "summary"}
OF_AN_ENTRY = ONCE_IN_AN_ENTRY | AT_MOST_ONCE_IN_AN_ENTRY | {"author", "category", "contributor", "link"}


def check(text: bytes) -> ElementTree.Element:
    """The feed, if it is one. Raises AssertionError with the section that it breaks."""
    feed = ElementTree.fromstring(text)
    assert feed.tag == f"{ATOM}feed", "4.1.1"
    _check_children(feed, OF_A_FEED, ONCE_IN_A_FEED, AT_MOST_ONCE_IN_A_FEED, "4.1.1")
    _check_links(feed)
    assert [link for link in feed.iter(f"{ATOM}link") if link.get("rel") == "self"], (
        "4.1.1: a feed should have a link to itself"
    )
    entries = feed.findall(f"{ATOM}entry")
    assert feed.find(f"{ATOM}author") is not None or all(
        entry.find(f"{ATOM}author") is not None for entry in entries
    ), "4.1.1: author"
    for entry in entries:
        _check_children(entry, OF_AN_ENTRY, ONCE_IN_AN_ENTRY, AT_MOST_ONCE_IN_AN_ENTRY, "4.1.2")
        _check_links(entry)
        alternates = [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
        assert alternates or entry.find(f"{ATOM}content") is not None, "4.1.2: content or an alternate link"
    for person in (*feed.iter(f"{ATOM}author"), *feed.iter(f"{ATOM}contributor")):
        assert len(person.findall(f"{ATOM}name")) == 1 and person.findtext(f"{ATOM}name"), "3.2"
    for name in ("id", "title", "updated"):
        assert all((one.text or "").strip() for one in feed.iter(f"{ATOM}{name}")), f"4.2: {name} is empty"
    for one in feed.iter(f"{ATOM}id"):
        assert urlsplit(one.text or "").scheme, "4.2.6: an id is an absolute IRI"
    for one in (*feed.iter(f"{ATOM}updated"), *feed.iter(f"{ATOM}published")):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", one.text or ""), "3.3: RFC 3339"
        datetime.fromisoformat(one.text or "")
    for one in feed.iter(f"{ATOM}category"):
        assert one.get("term"), "4.2.2"
    for one in (*feed.iter(f"{ATOM}title"), *feed.iter(f"{ATOM}content"), *feed.iter(f"{ATOM}subtitle")):
        assert one.get("type", "text") == "text" and not list(one), "3.1.1.1: text has no elements inside"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids), "4.1.1: entries with one id have different dates"
    return feed


def _check_children(
    element: ElementTree.Element, known: set[str], once: set[str], at_most: set[str], section: str
) -> None:
    names = [child.tag.removeprefix(ATOM) for child in element]
    assert set(names) <= known, f"{section}: {set(names) - known}"
    assert all(names.count(name) == 1 for name in once), f"{section}: each once of {once}"
    assert all(names.count(name) <= 1 for name in at_most), f"{section}: at most once of {at_most}"


def _check_links(element: ElementTree.Element) -> None:
    links = element.findall(f"{ATOM}link")
    for link in links:
        assert link.get("href"), "4.2.7.1"
        assert urlsplit(link.get("href")).scheme in ("http", "https"), (
            "4.2.7.1; relative ones are lost where a feed is kept elsewhere"
        )
        assert re.fullmatch(r"[a-z]+/[a-z+]+", link.get("type", "text/html")), "4.2.7.3"
    alternates = [
        (link.get("type"), link.get("hreflang")) for link in links if link.get("rel", "alternate") == "alternate"
    ]
    assert len(set(alternates)) == len(alternates), "4.1.1: one alternate link a type and language"


@pytest.fixture
def feed_of(tmp_path: Path) -> Callable[..., ElementTree.Element]:
    """Gives a checked feed of fifty changes, each saying `text`."""

    def give(text: str, address: str = "/changes.atom?size=20") -> ElementTree.Element:
        def more(db: sqlite3.Connection) -> None:
            for number in range(1, 51):
                insert(
                    db,
                    "changes",
                    id=number,
                    at=f"2026-11-{number % 28 + 1:02}T00:00:00Z",
                    source="harbour",
                    listing="a" * 16,
                    provider=number % 3 + 1,
                    what="changed",
                    field="remark",
                    before=text,
                    after=text,
                )
            db.execute("UPDATE providers SET name = ?", (text,))
            db.execute("UPDATE sources SET title = ?", (text,))

        answer = asyncio.run(visitor(publish(tmp_path / "ldn.db", people(), more))(address))
        assert answer.headers["content-type"].startswith("application/atom+xml")
        return check(answer.content)

    return give


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_feed_is_one_whatever_stands_in_it(feed_of, text):
    feed = feed_of(text[:20_000])
    assert len(feed.findall(f"{ATOM}entry")) == 20
    seen = "".join(text[:50].split()).translate(dict.fromkeys((*range(32), 65534, 65535)))
    assert seen in "".join((feed.find(f"{ATOM}entry/{ATOM}title").text or "").split())


@pytest.mark.parametrize(
    "address",
    [
        "/changes.atom",
        "/changes.atom?before=20&size=5",
        "/changes.atom?what=gone",
        "/changes.atom?provider=2&country=US",
    ],
)
def test_each_page_of_the_feed_is_one(feed_of, address):
    feed_of("plain", address)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<updated>2026-11-23T00:00:00Z</updated>", ""),
        ("<name>LDN directory</name>", ""),
        ("Z</updated>", "</updated>"),
        ("<id>urn:", "<id>/"),
        ('rel="self"', 'rel="via"'),
        ("</entry></feed>", "<logo>x</logo></entry></feed>"),
    ],
)
def test_the_check_refuses_what_is_wrong(tmp_path, right, wrong):
    def more(db: sqlite3.Connection) -> None:
        insert(
            db, "changes", id=1, at="2026-11-23T00:00:00Z", source="harbour", listing="a" * 16, provider=1, what="back"
        )

    text = asyncio.run(visitor(publish(tmp_path / "ldn.db", people(), more))("/changes.atom")).text
    assert right in text
    check(text.encode())
    with pytest.raises(AssertionError):
        check(text.replace(right, wrong, 1).encode())
