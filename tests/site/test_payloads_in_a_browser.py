"""Sixty hostile texts in every field of a directory: in a real browser, and in every form for programs, they are text."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
import vobject

from ldn_directory.publish.schema import rebuild_full_text

from .conftest import people, publish, serving

pytestmark = pytest.mark.browser
RUN = "window.pwned=1"
PAYLOADS = [
    # tags and attributes
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    "<script src=//evil.example/x.js>",
    f'"><img src=x onerror={RUN}>',
    f"'><img src=x onerror={RUN}>",
    f"<img src=x:x onerror={RUN} //",
    f'" autofocus onfocus={RUN} x="',
    f"' onmouseover='{RUN}",
    f"` onload=`{RUN}`",
    f"<body onload={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<video><source onerror={RUN}></video>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    f"<object data=data:text/html,{RUN}>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example><button>x",
    f"<a href=javascript:{RUN}>x</a>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"<!--><script>{RUN}</script>-->",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    "<plaintext>",
    "<xmp>",
    f"<template><script>{RUN}</script>",
    # SVG and MathML
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script>",
    f"<svg><animate onbegin={RUN} attributeName=x>",
    f"<math><mtext><img src=x onerror={RUN}>",
    # links
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"vbscript:{RUN}",
    f"javascript://x.example/%0a{RUN}",
    "https://user:secret@evil.example/",
    "//evil.example/x",
    "file:///etc/passwd",
    f'https://x.example/" onclick="{RUN}',
    # templates, SQL, CSS
    "{{ 7*7 }}",
    "{% raise %}",
    "${7*7}",
    "%(name)s %s %n",
    "'; DROP TABLE providers; --",
    '" OR 1=1 --',
    "x{background:url(//evil.example)}",
    "expression(window.pwned=1)",
    # Unicode and entities
    "\u202egnp.exe\u202c",
    "a\u2066b\u2069c",
    "zero\u200bwidth",
    f"\uff1cscript\uff1e{RUN}",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;img src=x onerror={RUN}&#62;",
    # what ends a value in a form for programs
    f"</script><script>{RUN}</script>",
    "]]><x/>",
    '=HYPERLINK("https://evil.example")',
    "line\r\nX-Injected: yes\nTEL:+15125550199",
]
ENUMERATED = {
    "kind",
    "evidence",
    "status",
    "telehealth",
    "accepts_new",
    "register_state",
    "what",
    "state",
    "reason",
    "relation",
    "id",
    "source",
    "sources",
    "listing",
    "run",
    "code",
    "part",
    "region_code",
    "country_code",
    "first_seen",
    "last_confirmed",
    "current_as_of",
    "noted_on",
    "grade",
    "kept_here",
    "last_checked",
    "first_read",
    "last_read",
    "at",
    "since",
    "started",
    "finished",
    "checked",
    "register_checked",
    "located_by",
}
"""Columns that hold keys, words of a closed list, or moments: a build writes them itself."""
TABLES = (
    "sources",
    "providers",
    "locations",
    "listings",
    "claims",
    "changes",
    "serves",
    "regions",
    "verifications",
    "attributions",
)
PAGES = [
    "/",
    "/regions",
    "/regions/US",
    "/regions/US-OH",
    "/pharmacies",
    "/pharmacies/US",
    "/map",
    "/map/US",
    "/sources",
    "/changes",
    "/about",
    "/status",
    "/download",
    "/api",
    "/visit?pick=1,2,3",
    "/questions",
    "/nowhere",
    "/provider/9999",
    "/de/",
]
STOCK = ["/ldn", *(f"/ldn/{table}?_size=200" for table in TABLES), "/ldn/providers/1"]
FORMS = ("json", "csv", "geojson", "jsonld", "fhir", "vcf")


def plant(db: sqlite3.Connection) -> None:
    """Puts a payload into every free text field of every row, so that each payload is in each field somewhere."""
    db.execute(
        "INSERT INTO changes (run, at, source, provider, what, field, before, after) SELECT run_id, first_seen, 'harbour', id, 'changed', 'phone', 'x', 'y'"
        " FROM providers, (SELECT id AS run_id FROM runs)"
    )
    db.execute("INSERT INTO verifications SELECT id, 'register', 'active', 'x', 1, 'x', first_seen, 'x' FROM providers")
    db.execute("INSERT INTO serves SELECT id, 'US-OH', 'x', 'US' FROM providers")
    db.execute("INSERT INTO attributions VALUES ('package', 'x', 'x', 'x', 'x', 'x')")
    for table in TABLES:
        columns = [
            name
            for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})")
            if kind == "TEXT" and name not in ENUMERATED
        ]
        keys = [name for _, name, _, _, _, key in db.execute(f"PRAGMA table_info({table})") if key]
        rows = db.execute(f"SELECT {', '.join(keys)} FROM {table} ORDER BY 1").fetchall()
        for number, row in enumerate(rows):
            planted = [name for name in columns if name not in keys and (table, name) != ("claims", "field")]
            values = [
                PAYLOADS[(number + place * (table != "providers")) % len(PAYLOADS)] for place, _ in enumerate(planted)
            ]
            stated = ", ".join(f"{name} = ?" for name in planted)
            db.execute(
                f"UPDATE {table} SET {stated} WHERE {' AND '.join(f'{key} = ?' for key in keys)}", [*values, *row]
            )
    rebuild_full_text(db)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    hostile = [
        people()[number % 3]
        | {"id": number + 1, "latitude": 39.0 + number / 100, "longitude": -83.0, "precision_km": 1.0}
        for number in range(len(PAYLOADS))
    ]
    with serving(publish(tmp_path_factory.mktemp("hostile") / "ldn.db", hostile, plant)) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with httpx.Client(base_url=address) as client:
        yield client


def test_there_are_sixty_of_them():
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 60


class _Watched:
    """A page of a real browser, and all that happens in it."""

    def __init__(self, page, origin):
        self.page, self.origin = page, origin
        self.happened: list[str] = []
        self.asked: list[str] = []
        page.on("dialog", lambda dialog: (self.happened.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda said: "Content Security Policy" in said.text and self.happened.append(said.text))
        page.on("request", lambda request: self.asked.append(request.url))

    def look(self, path):
        self.page.goto(self.origin + path, wait_until="load")
        assert self.page.evaluate("window.pwned") is None, path
        assert self.page.url.startswith(self.origin), path
        links = self.page.evaluate(
            "[...document.querySelectorAll('[href],[src],[action],[formaction]')].map(it => it.href || it.src || it.action)"
        )
        schemes = (
            {urlsplit(str(link)).scheme for link in links if link} - {"data"}
            if path.startswith("/ldn")
            else {urlsplit(str(link)).scheme for link in links if link and link != "data:,"}
        )
        assert schemes <= {"http", "https", "tel", "mailto", "geo"}, (path, schemes)
        assert path.startswith("/ldn") or not [link for link in links if "@" in urlsplit(str(link)).netloc], path
        handlers = "[...document.querySelectorAll('main *')].some(it => [...it.attributes].some(one => one.name.startsWith('on')))"
        assert path.startswith("/ldn") or not self.page.evaluate(handlers), path


@pytest.fixture
def watched(shared_browser, address):
    return _Watched(shared_browser.new_context().new_page(), address)


def _shown(page):
    return page.evaluate("document.querySelector('main').textContent")


def _folded(text):
    return " ".join(text.split())


def test_on_our_pages_every_text_is_text_and_nothing_runs_or_leaves(watched, address):
    numbers = range(1, len(PAYLOADS) + 1)
    for number in numbers:
        watched.look(f"/provider/{number}")
        assert _folded(PAYLOADS[number - 1]) in _folded(_shown(watched.page)), number
    for path in PAGES:
        watched.look(path)
    assert watched.happened == []
    assert all(url.startswith((address + "/", "data:")) for url in watched.asked)
    assert watched.page.context.cookies() == []


def test_what_a_visitor_types_is_shown_as_text(watched, address):
    for number, payload in enumerate(PAYLOADS):
        name = ("q", "near", "region", "kind", "nothing", "page")[number % 6]
        watched.look(f"/?{name}={quote(payload)}")
    for payload in PAYLOADS[::6]:
        watched.look("/" + quote(payload, safe=""))
        watched.look("/changes?country=" + quote(payload))
    assert watched.happened == []
    assert all(url.startswith((address + "/", "data:")) for url in watched.asked)


def test_in_datasette_s_tables_nothing_runs_or_leaves(watched, address):
    for path in STOCK:
        watched.look(path)
    assert all(url.startswith((address + "/", "data:")) for url in watched.asked)


class _Scripts(HTMLParser):
    """The JSON-LD in a page, as a browser would find it."""

    def __init__(self):
        super().__init__()
        self.found, self._inside = [], False

    def handle_starttag(self, tag, attrs):
        self._inside = tag == "script" and ("type", "application/ld+json") in attrs

    def handle_data(self, data):
        if self._inside:
            self.found.append(json.loads(data))
            self._inside = False


def _strings(value):
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in _strings(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("form", ["json", "geojson", "jsonld", "fhir"])
def test_in_json_every_name_is_the_text_itself(client, form):
    for number, payload in enumerate(PAYLOADS, 1):
        answer = client.get(f"/provider/{number}.{form}")
        assert answer.status_code == 200 and "x-injected" not in answer.headers
        assert any(_folded(payload) in _folded(text) for text in _strings(answer.json())), (number, payload)


def test_json_ld_in_a_page_ends_where_it_ends(client):
    for number, payload in enumerate(PAYLOADS, 1):
        page = _Scripts()
        page.feed(client.get(f"/provider/{number}").text)
        assert any(_folded(payload) in _folded(text) for text in _strings(page.found)), number


def test_in_a_table_a_text_is_one_cell_and_no_formula(client):
    answer = client.get("/search.csv")
    head, *table = csv.reader(io.StringIO(answer.text, newline=""))
    assert table and {len(row) for row in table} == {len(head)}
    assert not [cell for row in table for cell in row if cell.startswith(("=", "@"))]


def test_a_contact_has_no_line_that_a_text_put_there(client):
    for number in range(1, len(PAYLOADS) + 1):
        card = client.get(f"/provider/{number}.vcf").text
        (contact,) = vobject.readComponents(card)
        assert not card.count("\nTEL:+15125550199") and "\nX-Injected" not in card
        assert card.count("BEGIN:VCARD") == card.count("END:VCARD") == 1
        assert contact.fn.value


@pytest.mark.parametrize("path", ["/changes.atom", "/sitemap.xml", "/sitemap-pages.xml", "/sitemap-1.xml"])
def test_feeds_and_sitemaps_are_well_formed_and_have_no_element_of_a_text(client, path):
    root = ElementTree.fromstring(client.get(path).content)
    assert not [one.tag for one in root.iter() if one.tag.rpartition("}")[2] in ("script", "img", "x", "svg", "iframe")]
    hrefs = [one.attrib["href"] for one in root.iter() if "href" in one.attrib]
    assert {urlsplit(href).scheme for href in hrefs} <= {"http", "https", "urn", "tag"}


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_search_is_answered_in_every_form(client, form):
    answer = client.get(f"/search.{form}?page=2")
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"


CONTROLS = "a\x00b\x08c\x1b[31md\ufffee\x7ff\u2028g"


def test_characters_that_xml_and_address_books_do_not_have_break_nothing(tmp_path, served):
    def plant_controls(db):
        db.execute("UPDATE providers SET name = ?, remark = ?, practice = ?, city = ?", [CONTROLS] * 4)
        db.execute(
            "INSERT INTO changes (at, source, provider, what, field, before, after) SELECT first_seen, 'harbour', id, 'changed', 'name', ?, ? FROM providers",
            [CONTROLS] * 2,
        )

    client = httpx.Client(base_url=served(publish(tmp_path / "ldn.db", people(), plant_controls)))
    for path in ("/changes.atom", "/sitemap-1.xml"):
        ElementTree.fromstring(client.get(path).content)
    for form in ("json", "geojson", "jsonld", "fhir"):
        assert client.get(f"/provider/1.{form}").json()
    assert len(list(vobject.readComponents(client.get("/provider/1.vcf").text))) == 1
    head, *table = csv.reader(io.StringIO(client.get("/search.csv").text, newline=""))
    assert {len(row) for row in table} == {len(head)}
    assert client.get("/provider/1").status_code == client.get("/ldn/providers").status_code == 200
