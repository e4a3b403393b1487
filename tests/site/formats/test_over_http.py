"""The formats at their addresses, and JSON-LD inside of the pages."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from ldn_directory.site.formats import FORMATS, MOST_ENTRIES
from ldn_directory.site.i18n.locale import ENGLISH, Reader

from ..conftest import days_ago, people, publish, visitor
from .conftest import everything
from .test_hostile import HOSTILE, READERS, plant
from .test_json_ld import expanded
from .test_vcard import values_of

EXTENSIONS = [form.extension for form in FORMATS]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def more(db: sqlite3.Connection) -> None:
        everything(db)
        db.execute(
            "INSERT INTO redirects VALUES (900, 1, 'merged', ?), (901, NULL, 'gone', ?), (902, NULL, 'forgotten', ?)",
            [days_ago(1)] * 3,
        )

    return publish(tmp_path_factory.mktemp("http") / "ldn.db", people(), more)


@pytest.fixture
def get(path: Path) -> Callable[..., httpx.Response]:
    visit = visitor(path)
    return lambda address, **options: asyncio.run(visit(address, **options))


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_entry_and_a_search_are_given_in_every_format(get, extension):
    media_type = next(form.media_type for form in FORMATS if form.extension == extension)
    for address in (f"/provider/1.{extension}", f"/search.{extension}?kind=prescriber"):
        answer = get(address)
        assert answer.status_code == 200 and answer.headers["content-type"] == media_type
        assert "Ada Example" in READERS[extension](answer.text)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_page_s_own_address_gives_the_format_that_is_accepted(get, extension):
    media_type = next(form.media_type.partition(";")[0] for form in FORMATS if form.extension == extension)
    assert get("/provider/1", headers={"accept": media_type}).text == get(f"/provider/1.{extension}").text
    assert get("/?kind=pharmacy", headers={"accept": media_type}).text == get(f"/search.{extension}?kind=pharmacy").text


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_merged_gone_unknown_and_wrong_are_told_apart(get, extension):
    moved = get(f"/provider/900.{extension}")
    assert moved.status_code == 301 and moved.headers["location"] == f"/provider/1.{extension}"
    for address, status in (
        (f"/provider/901.{extension}", 410),
        (f"/provider/902.{extension}", 410),
        (f"/provider/77.{extension}", 404),
        (f"/search.{extension}?kind=dentist", 400),
    ):
        answer = get(address)
        assert answer.status_code == status
        assert answer.json()["error"].endswith(".") and answer.json()["status"] == status


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_while_there_is_no_directory_every_format_says_so(tmp_path, extension):
    visit = visitor(tmp_path / "nothing.db")
    for address in (f"/provider/1.{extension}", f"/search.{extension}"):
        answer = asyncio.run(visit(address))
        assert answer.status_code == 503 and "We are preparing the directory" in answer.json()["error"]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_following_the_links_gives_everybody_once(get, extension):
    names: list[str] = []
    address: str | None = f"/search.{extension}?size=2"
    while address:
        answer = get(address)
        names += READERS[extension](answer.text)
        address = answer.links.get("next", {}).get("url")
    assert len(names) == len(set(names)) == 9


def test_a_card_is_a_file_to_save_and_the_others_are_shown(get):
    assert get("/provider/1.vcf").headers["content-disposition"] == 'attachment; filename="ldn-entry-1.vcf"'
    assert get("/search.vcf").headers["content-disposition"] == 'attachment; filename="ldn-search.vcf"'
    assert not [
        one for one in EXTENSIONS if one != "vcf" and "content-disposition" in get(f"/provider/1.{one}").headers
    ]


def test_the_note_of_a_card_is_in_the_reader_s_language(get):
    (note,) = values_of(get("/de/provider/1.vcf").text, "NOTE")
    assert Reader("de").day(days_ago(3)) in note and ENGLISH.day(days_ago(3)) not in note
    assert get("/de/provider/1.fhir").text == get("/en/provider/1.fhir").text


def test_what_says_everything_of_each_entry_comes_in_smaller_pages(tmp_path):
    many = [
        person | {"id": number, "phone": "+15125550142"}
        for number, person in enumerate(people()[:1] * (MOST_ENTRIES + 5), start=1)
    ]
    visit = visitor(publish(tmp_path / "many.db", many))
    answers = {
        extension: asyncio.run(visit(f"/search.{extension}?size=500"))
        for extension in ("json", "jsonld", "fhir", "vcf")
    }
    counts = {extension: len(READERS[extension](answer.text)) for extension, answer in answers.items()}
    assert counts == {"json": MOST_ENTRIES + 5, "jsonld": MOST_ENTRIES, "fhir": MOST_ENTRIES, "vcf": MOST_ENTRIES}
    assert "next" in answers["fhir"].links and "next" not in answers["json"].links


class Scripts(HTMLParser):
    """The contents of the scripts of a page, as a browser's parser divides them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self._open: dict[str, str | None] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self._open = dict(attrs)
            self.found.append((self._open, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            attributes, text = self.found[-1]
            self.found[-1] = attributes, text + data


def linked_in(page: str) -> str:
    (text,) = (text for attributes, text in Scripts(page).found if attributes.get("type") == "application/ld+json")
    return text


def test_the_pages_carry_what_they_say_as_linked_data(get):
    entry, results = linked_in(get("/provider/1").text), linked_in(get("/?kind=prescriber").text)
    expanded(entry), expanded(results)
    assert json.loads(entry) == json.loads(get("/provider/1.jsonld").text)
    urls = [item["url"] for item in json.loads(results)["itemListElement"]]
    assert (
        all(re.fullmatch(r"http://directory\.example/provider/\d+", url) for url in urls)
        and len(urls) == json.loads(results)["numberOfItems"]
    )
    assert "application/ld+json" not in get("/?q=qqqqqqq").text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_that_a_list_says_leaves_the_linked_data(tmp_path, path, text):
    hostile = tmp_path / "ldn.db"
    with closing(sqlite3.connect(path)) as published, closing(sqlite3.connect(hostile)) as db:
        published.backup(db)
        plant(db, text[:5_000])
        db.commit()
    visit = visitor(hostile)
    for address in ("/provider/1", "/"):
        page = asyncio.run(visit(address)).text
        expanded(linked_in(page))
        assert {attributes.get("type") for attributes, _ in Scripts(page).found} <= {
            "application/ld+json",
            None,
            "module",
        }
        assert not [
            text
            for attributes, text in Scripts(page).found
            if text.strip() and attributes.get("type") != "application/ld+json"
        ]


def test_the_list_inside_of_a_result_page_is_small(tmp_path):
    many = [person | {"id": number} for number, person in enumerate(people() * 3, start=1)]
    page = asyncio.run(visitor(publish(tmp_path / "many.db", many))("/")).text
    assert len(gzip.compress(page.encode())) - len(gzip.compress(page.replace(linked_in(page), "").encode())) < 1_000


def test_the_publisher_s_base_stands_in_every_absolute_address(path):
    visit = visitor(path, url="https://ldn.example")
    for extension in ("jsonld", "fhir", "vcf"):
        text = asyncio.run(visit(f"/provider/1.{extension}", headers={"host": "evil.example"})).text
        assert "https://ldn.example/provider/1" in text and "evil.example" not in text
