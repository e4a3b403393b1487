"""The served directory, asked over HTTP."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path

import httpx
import pytest
import yaml

from ldn_directory.publish.schema import create_tables, rebuild_full_text
from ldn_directory.site.server.serve import asgi_app

NOW = "2026-11-20T00:00:00Z"


def directory(path: Path, names: list[str], version: str = "one") -> Path:
    """A small published directory; `version` stands in every row, so that a mixed answer would show."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with sqlite3.connect(part) as db:
        create_tables(db)
        db.execute(
            "INSERT INTO sources (id, title, homepage, evidence, record_key, every_days, last_read) VALUES ('harbour', 'Harbour list', 'https://example.org/', 'listed', 'id', 7, ?)",
            (NOW,),
        )
        for number, name in enumerate(names, 1):
            db.execute(
                "INSERT INTO providers (id, kind, name, practice, phone, phone_written, website, region, country, telehealth, evidence, source, sources, listings, first_seen, last_confirmed, status)"
                " VALUES (?, ?, ?, ?, '+15125550101', '512 555 0101', ?, ?, 'United States', ?, 'listed', 'harbour', '[\"harbour\"]', 1, ?, date('now') || 'T00:00:00Z', 'confirmed')",
                (
                    number,
                    "pharmacy" if number % 2 else "prescriber",
                    name,
                    version,
                    "https://clinic.example.com/",
                    "Texas" if number % 3 else "Ohio",
                    "yes" if number % 2 else None,
                    NOW,
                ),
            )
            db.execute(
                "INSERT INTO listings (id, provider, source, page, evidence, name, text, first_seen, last_confirmed, status)"
                " VALUES (?, ?, 'harbour', 'https://example.org/list', 'listed', ?, ?, ?, ?, 'confirmed')",
                (f"l{number}", number, name, name, NOW, NOW),
            )
            db.execute(
                "INSERT INTO claims (listing, provider, source, field, value, written, page, first_seen, last_confirmed, shown) VALUES (?, ?, 'harbour', 'name', ?, ?, 'https://example.org/list', ?, ?, 1)",
                (f"l{number}", number, name, name.upper(), NOW, NOW),
            )
        db.execute("INSERT INTO redirects VALUES (900, 1, 'merged', ?), (901, NULL, 'gone', ?)", (NOW, NOW))
        rebuild_full_text(db)
    db.close()
    part.replace(path)
    return path


def client(path: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=asgi_app(path, look_every_s=0)), base_url="http://127.0.0.1"
    )


def asked(path: Path, *addresses: str, **options) -> list[httpx.Response]:
    async def ask() -> list[httpx.Response]:
        async with client(path) as site:
            return [await site.get(address, **options) for address in addresses]

    return asyncio.run(ask())


@pytest.fixture
def served(tmp_path: Path) -> Path:
    return directory(tmp_path / "ldn.db", ["Jane Roe", "John Doe", "Ann Poe"])


def test_a_name_is_found_by_the_beginning_of_its_words(served):
    (page,) = asked(served, "/?q=ja+ro")
    assert "Jane Roe" in page.text and "John Doe" not in page.text


def test_facets_narrow_and_each_is_counted_without_itself(served):
    (answer,) = asked(served, "/search.json?kind=pharmacy")
    found = answer.json()
    assert found["total"] == 2
    assert {row["value"]: row["count"] for row in found["facets"]["kind"]} == {"pharmacy": 2, "prescriber": 1}


def test_a_provider_page_shows_source_and_date_of_each_value(served):
    (page,) = asked(served, "/provider/1")
    assert "Harbour list" in page.text and "2026-11-20" in page.text and "JANE ROE" in page.text


def test_a_listing_whose_own_page_no_longer_confirms_it_says_why(publish, people, visitor, tmp_path):
    def lose(db):
        db.execute(
            "UPDATE listings SET status = 'unconfirmed', unconfirmed_because = 'its page answered 404' WHERE provider = 1"
        )

    page = asyncio.run(visitor(publish(tmp_path / "ldn.db", people, lose))("/provider/1"))
    assert "Not seen there since" in page.text and "its page answered 404" in page.text


def test_merged_gone_and_unknown_providers_answer_301_410_and_404(served):
    answers = asked(served, "/provider/900", "/provider/901", "/provider/77")
    assert [answer.status_code for answer in answers] == [301, 410, 404]
    assert answers[0].headers["location"] == "/provider/1"


def test_arbitrary_sql_is_refused(served):
    (answer,) = asked(served, "/ldn.json?sql=select+sqlite_version()")
    assert answer.status_code == 403


def test_the_api_facets_by_region(served):
    (answer,) = asked(served, "/ldn/providers.json?_facet=country&_facet=region&_facet=kind")
    facets = answer.json()["facet_results"]
    assert {row["value"]: row["count"] for row in facets["region"]["results"]} == {"Ohio": 1, "Texas": 2}


def test_inner_pages_are_closed_and_the_database_can_be_downloaded(served):
    answers = asked(served, "/-/settings", "/-/versions.json", "/-/databases", "/ldn.db")
    assert [answer.status_code for answer in answers] == [404, 404, 404, 200]


def test_every_answer_has_the_safe_headers_and_no_cookie(served):
    for answer in asked(served, "/", "/about", "/ldn/providers", "/nowhere", "/-/settings"):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "q", ['"', "NEAR(", "a AND", "*", "😀", "' OR 1=1 --", "\u202e", "%00", "x" * 150, "name:*", "{a}"]
)
def test_any_words_are_only_words(served, q):
    (answer,) = asked(served, "/", params={"q": q})
    assert answer.status_code == 200


@pytest.mark.parametrize("address", ["/?q=" + "x" * 10_000, "/?page=0", "/?page=abc", "/?page=99999999999999"])
def test_what_cannot_be_answered_says_so(served, address):
    (answer,) = asked(served, address)
    assert answer.status_code == 400
    assert "Please" in answer.text or "must" in answer.text


def test_a_missing_directory_is_announced_and_picked_up_when_it_comes(tmp_path):
    path = tmp_path / "ldn.db"

    async def ask() -> list[httpx.Response]:
        async with client(path) as site:
            before = await site.get("/")
            directory(path, ["Jane Roe"])
            return [before, await site.get("/")]

    before, after = asyncio.run(ask())
    assert before.status_code == 503 and "We are preparing the directory" in before.text
    assert after.status_code == 200 and "Jane Roe" in after.text


def test_a_new_directory_is_picked_up_between_requests_and_no_answer_mixes_two(tmp_path):
    path = directory(tmp_path / "ldn.db", [f"Person Number{n}" for n in range(15)], "v0")

    async def visit(site: httpx.AsyncClient, seen: list[set[str]]) -> None:
        for _ in range(40):
            answer = await site.get("/?q=person")
            assert answer.status_code == 200
            seen.append(set(re.findall(r'class="practice">(v\d)<', answer.text)))

    async def publish() -> None:
        for version in range(1, 6):
            await asyncio.sleep(0.02)
            await asyncio.to_thread(directory, path, [f"Person Number{n}" for n in range(15)], f"v{version}")

    async def together() -> tuple[list[set[str]], httpx.Response]:
        seen: list[set[str]] = []
        async with client(path) as site:
            await asyncio.gather(publish(), *(visit(site, seen) for _ in range(6)))
            return seen, await site.get("/?q=person")

    seen, last = asyncio.run(together())
    assert all(len(versions) == 1 for versions in seen)
    assert "v5" in last.text


def test_every_table_and_column_is_described(tmp_path):
    with sqlite3.connect(":memory:") as db:
        create_tables(db)
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_fts%'")
        ]
        columns = {table: [row[1] for row in db.execute(f"PRAGMA table_info({table})")] for table in tables}
    described = yaml.safe_load((Path(__file__).resolve().parents[2] / "metadata.yml").read_text())["databases"]["ldn"][
        "tables"
    ]
    for table, names in columns.items():
        assert described[table]["description"]
        assert set(described[table]["columns"]) == set(names), table


def test_the_canned_queries_run(served):
    names = yaml.safe_load((Path(__file__).resolve().parents[2] / "metadata.yml").read_text())["databases"]["ldn"][
        "queries"
    ]
    for answer in asked(served, *(f"/ldn/{name}.json?region_code=US-OH&since=2026-01-01&provider=1" for name in names)):
        assert answer.status_code == 200, answer.text


def test_the_search_of_tables_narrows_them(served):
    found, none = asked(
        served, "/ldn/providers.json?_search=roe&_shape=array", "/ldn/providers.json?_search=apothecary&_shape=array"
    )
    assert [row["name"] for row in found.json()] == ["Jane Roe"]
    assert none.json() == []


@pytest.mark.parametrize("how", ["_sort", "_sort_desc"])
def test_sorting_by_a_column_that_is_not_there_is_the_asker_s_mistake(served, how):
    (answer,) = asked(served, f"/ldn/providers.json?{how}=nocolumn")
    assert answer.status_code == 400
    assert "nocolumn" not in answer.text


def test_an_address_stands_on_the_line_of_its_label(served):
    with sqlite3.connect(served) as db:
        db.execute(
            "INSERT INTO locations (provider, practice, address) VALUES (1, 'Other Clinic', '1 Elm Street, Austin')"
        )
    (page,) = asked(served, "/provider/1")
    assert "<dd>Other Clinic<br>1 Elm Street, Austin</dd>" in page.text


def test_a_new_file_that_breaks_when_it_is_opened_leaves_what_is_served(tmp_path, people, publish, visitor):
    path = publish(tmp_path / "ldn.db", people)
    visit = visitor(path)
    assert asyncio.run(visit("/provider/1")).status_code == 200
    publish(path, people, lambda db: db.execute("UPDATE providers SET last_confirmed = 'soon'"))
    assert [asyncio.run(visit("/?q=ada")).status_code for _ in range(3)] == [200, 200, 200]
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    asyncio.run(visit("/?q=ada"))
    assert len(list(Path("/proc/self/fd").iterdir())) <= open_files
