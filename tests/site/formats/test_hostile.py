"""Whatever stands in a field, every format can still be read, and gives it back as text."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any

import geojson
import pytest
import vobject
from fhir.resources.R4B.bundle import Bundle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ldn_directory.site.formats import BY_EXTENSION, FORMATS, EntryView, SearchPage
from ldn_directory.site.queries.provider import get_entries
from ldn_directory.site.search import Columns, Query, search

from .test_fhir import check
from .test_json_ld import SCHEMA, expanded, nodes
from .test_vcard import unescaped, unfolded, values_of

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "end of a script": "</script><!--<script>-->]]>",
    "entities": "&lt;b&gt; &#x3c; &amp;",
    "javascript address": "javascript:alert(document.cookie)",
    "data address": "data:text/html;base64,PHNjcmlwdD4=",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "formula behind a control character": "\x01=1+1",
    "at": "@SUM(A1:A9)",
    "quotes": "\"'`\"\"''",
    "line breaks": "one\ntwo\r\nthree\rfour",
    "a card in a card": "x\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:Mallory",
    "a folded line": "x\r\n TEL:+1",
    "separators of cards": "a;b,c\\d\\,e\\n:f",
    "header": "x\r\nSet-Cookie: a=b",
    "control characters": "a\x00b\x07c\x1b[31md\x7fe\x85f",
    "bidi": "\u202egro.elpmaxe\u202c \u2066x\u2069",
    "line separators": "a\u2028b\u2029c",
    "gaps of all kinds": "a\u00a0b\u3000c\u2003d\ufeffe",
    "noncharacters": "a\ufffeb\uffffc\U0010ffff",
    "emoji": "👩🏽‍⚕️ Ada",
    "combining": "Z̷̡͔a̶l̸g̵o̵" * 9,
    "template": "{{ 7*7 }} {% raw %} ${7*7} #{7*7}",
    "json": '","admin":true,"x":"',
    "sql": "'; DROP TABLE providers; --",
    "caret": "^n ^' ^^",
    "percent": "%0d%0aX: y %s %n",
    "very long": "x" * 100_000,
    "very long without a blank, in three octets": "漢" * 30_000,
}
TEXTS = {
    "providers": (
        "credentials",
        "practice",
        "specialty",
        "phone",
        "phone_written",
        "email",
        "website",
        "address",
        "street",
        "city",
        "region",
        "region_code",
        "postcode",
        "country",
        "country_code",
        "located_by",
        "languages",
        "remark",
        "page_says",
    ),
    "locations": (
        "practice",
        "address",
        "street",
        "city",
        "region",
        "region_code",
        "postcode",
        "country",
        "country_code",
        "located_by",
    ),
    "serves": ("region",),
    "listings": ("page", "name", "text", "unconfirmed_because"),
    "claims": ("value", "written", "page"),
    "sources": ("title", "publisher", "homepage", "terms", "licence", "justification", "retired_because"),
    "verifications": ("number", "link"),
}
"""Every column that may hold what somebody else has written, besides the provider's name."""


def plant(db: sqlite3.Connection, text: str) -> None:
    """The text in every field of everybody."""
    for table, columns in TEXTS.items():
        db.execute(f"UPDATE {table} SET " + ", ".join(f"{column} = ?" for column in columns), [text] * len(columns))
    db.execute("UPDATE providers SET name = ?", (text,))


def normal(text: str) -> str:
    """The text as a person reads it: without what only controls a machine, all gaps alike, no apostrophe before it as in tables."""
    return " ".join(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]", "", text).split()).lstrip("' ")


def search_page(db: sqlite3.Connection) -> SearchPage:
    query = Query.parse({})
    results = search(db, query, date.today(), columns=Columns.of(db))
    entries = get_entries(db, [row["id"] for row in results.rows])
    return SearchPage(
        base="https://directory.example",
        query=query,
        results=results,
        shown=tuple(EntryView(entry=entry, base="https://directory.example", distance_km=1.0) for entry in entries),
    )


def names_in_json(text: str) -> list[str]:
    found = json.loads(text)
    return [row["name"] for row in found["providers"]] if "providers" in found else [found["provider"]["name"]]


def names_in_csv(text: str) -> list[str]:
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert all(None not in row for row in rows)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text)
    for value in (value for row in rows for value in row.values() if value):
        assert not re.match(r"[=@\t\r]|[-+](?![\d ().-]*$)", value), "a spreadsheet would run this"
    return [row["name"] for row in rows]


def names_in_geojson(text: str) -> list[str]:
    found = geojson.loads(text)
    assert found.is_valid, found.errors()
    return [feature["properties"]["name"] for feature in found["features"]]


def names_in_jsonld(text: str) -> list[str]:
    for node in nodes(expanded(text)):
        links = [
            one["@value"]
            for name in ("url", "sameAs", "mainEntityOfPage", "relatedLink")
            for one in node.get(f"{SCHEMA}{name}", ())
        ]
        assert all(re.match("https?://", link) for link in links)
    main = json.loads(text)["mainEntity"]
    return [
        one.get("employee", one)["name"]
        for one in ([item["item"] for item in main["itemListElement"]] if "itemListElement" in main else [main])
    ]


def names_in_fhir(text: str) -> list[str]:
    Bundle.model_validate_json(text)
    bundle = json.loads(text)
    check(bundle)
    entries = [entry["resource"] for entry in bundle["entry"] if entry.get("search", {}).get("mode") == "match"] or [
        bundle["entry"][0]["resource"]
    ]
    assert not any(
        one["system"] == "url" and not one["value"].startswith("http")
        for entry in entries
        for one in entry.get("telecom", ())
    )
    return [one["name"][0]["text"] if one["resourceType"] == "Practitioner" else one.get("name", "") for one in entries]


def names_in_vcf(text: str) -> list[str]:
    cards = list(vobject.readComponents(text))
    lines = unfolded(text)
    assert lines.count("BEGIN:VCARD") == lines.count("END:VCARD") == len(cards)
    assert all(re.match("https?://", address) for name in ("URL", "SOURCE") for address in values_of(text, name))
    return [unescaped(name) for name in values_of(text, "FN")]


READERS: dict[str, Callable[[str], list[str]]] = {
    "json": names_in_json,
    "csv": names_in_csv,
    "geojson": names_in_geojson,
    "jsonld": names_in_jsonld,
    "fhir": names_in_fhir,
    "vcf": names_in_vcf,
}


def test_every_format_has_a_reader_here():
    assert [form.extension for form in FORMATS] == list(READERS)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("extension", READERS)
def test_an_entry_of_nothing_else_is_read_and_gives_the_text_back(db, extension, text):
    plant(db, text)
    for entry in get_entries(db, [1, 5]):
        names = READERS[extension](
            BY_EXTENSION[extension].format_entry(EntryView(entry=entry, base="https://directory.example"))
        )
        assert {normal(name) for name in names} == {normal(text)}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("extension", READERS)
def test_results_of_nothing_else_are_read_and_give_the_text_back(db, extension, text):
    plant(db, text[:9_000])
    names = READERS[extension](BY_EXTENSION[extension].format_search(search_page(db)))
    assert len(names) == 9 and {normal(name) for name in names} == {normal(text[:9_000])}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_any_text_is_given_back_in_every_format(db, text):
    plant(db, text)
    (entry,) = get_entries(db, [1])
    for extension, reader in READERS.items():
        names = reader(BY_EXTENSION[extension].format_entry(EntryView(entry=entry, base="https://directory.example")))
        assert {normal(name) for name in names} == {normal(text)}, extension


def test_every_text_column_is_planted(db):
    closed = {
        "kind",
        "evidence",
        "source",
        "sources",
        "status",
        "register_state",
        "telehealth",
        "accepts_new",
        "id",
        "field",
        "listing",
        "record_key",
        "state",
        "register",
        "unconfirmed",
        "name",
        "region_code",
        "country_code",
        "score",
        "run",
        "first_run",
        "grade",
        "kept_here",
    }
    dates = {"first_seen", "last_confirmed", "register_checked", "checked", "first_read", "last_read"}
    dates |= {"noted_on", "current_as_of", "last_checked", "retired_since"}
    for table, planted in TEXTS.items():
        columns: list[Any] = db.execute(f"PRAGMA table_info({table})").fetchall()
        texts = {column[1] for column in columns if column[2] == "TEXT"}
        assert texts - closed - dates <= set(planted), table
