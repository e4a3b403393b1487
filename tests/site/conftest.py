"""Small published directories of invented people, and the site over them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe

from ldn_directory.publish.schema import create_tables, rebuild_full_text

from .sites import KeptSite, serving, visitor

Row = dict[str, Any]
CHROMIUM = shutil.which("chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# name, credentials, practice, kind, city, region, region code, country, country code, telehealth, confirmed this many days ago
PEOPLE = [
    (
        "Ada Example",
        "MD",
        "Harbour Family Practice",
        "prescriber",
        "Dayton",
        "Ohio",
        "US-OH",
        "United States",
        "US",
        "yes",
        3,
    ),
    (
        "Ben Sample",
        "DO",
        "Hillside Integrative Care",
        "prescriber",
        "Columbus",
        "Ohio",
        "US-OH",
        "United States",
        "US",
        None,
        3,
    ),
    (
        "Carla Muster",
        "NP",
        "Riverbend Clinic",
        "prescriber",
        "Portland",
        "Oregon",
        "US-OR",
        "United States",
        "US",
        "yes",
        12,
    ),
    ("Dov Placeholder", "ND", None, "prescriber", "Salem", "Oregon", "US-OR", "United States", "US", "no", 95),
    ("Willow Compounding Pharmacy", None, None, "pharmacy", "Austin", "Texas", "US-TX", "United States", "US", None, 3),
    (
        "Élodie Specimen",
        "MBBS",
        "Thames Practice",
        "prescriber",
        "London",
        "England",
        "GB-ENG",
        "United Kingdom",
        "GB",
        None,
        30,
    ),
    ("Lakeside Clinic", None, None, "clinic", "Galway", "Galway", "IE-G", "Ireland", "IE", None, 3),
    (
        "Finn Beispiel",
        "Dr. med.",
        "Praxis am Park",
        "prescriber",
        "München",
        "Bayern",
        "DE-BY",
        "Germany",
        "DE",
        "no",
        3,
    ),
    ("Faraway Telehealth", None, None, "telehealth", None, None, None, "United States", "US", "yes", 1),
    ("Old Entry", "MD", None, "prescriber", "Boise", "Idaho", "US-ID", "United States", "US", None, 200),
]
COLUMNS = (
    "name",
    "credentials",
    "practice",
    "kind",
    "city",
    "region",
    "region_code",
    "country",
    "country_code",
    "telehealth",
)


def days_ago(days: int) -> str:
    """A moment so many days before now, as the directory writes it."""
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def people() -> list[Row]:
    """The invented providers as rows; ids from 1."""
    rows: list[Row] = []
    for number, person in enumerate(PEOPLE, start=1):
        row = dict(zip(COLUMNS, person[:-1], strict=True)) | {"id": number, "last_confirmed": days_ago(person[-1])}
        row["phone"], row["phone_written"] = f"+1415555{100 + number:04d}", f"(415) 555-{100 + number:04d}"
        row["website"] = f"https://provider-{number}.example.org/"
        row["status"] = "confirmed" if person[-1] < 90 else "unconfirmed"
        rows.append(row)
    return rows


def fill(db: sqlite3.Connection, rows: list[Row]) -> None:
    """Writes the providers, with a place, a listing and claims for each, into an empty directory."""
    db.execute("INSERT INTO runs VALUES ('20260101T000000Z-0001', ?, ?)", (days_ago(1), days_ago(1)))
    for source, title, evidence in (("harbour", "Harbour LDN Society", "listed"), ("own", "Own websites", "own_site")):
        insert(
            db,
            "sources",
            id=source,
            title=title,
            publisher="Harbour Society",
            homepage="https://ldn.example/",
            licence=None,
            terms="https://ldn.example/terms",
            evidence=evidence,
            record_key="number in the link",
            every_days=7,
            first_read=days_ago(300),
            last_read=days_ago(1),
            listings=0,
        )
    for row in rows:
        _fill_provider(db, {"source": "harbour", "evidence": "listed", "sources": '["harbour"]'} | row)
    db.execute("UPDATE sources SET listings = (SELECT count(*) FROM listings WHERE source = sources.id)")
    db.execute(
        "INSERT OR REPLACE INTO regions SELECT region_code, region, country_code, country, count(*), 0 FROM providers"
        " WHERE region_code IS NOT NULL GROUP BY region_code"
    )
    rebuild_full_text(db)


def _fill_provider(db: sqlite3.Connection, row: Row) -> None:
    since = {"first_seen": days_ago(300), "current_as_of": row["last_confirmed"]}
    row = {"listings": 1, "status": "confirmed"} | since | row
    insert(db, "providers", **row)
    place = {
        name: row.get(name)
        for name in ("practice", "city", "region", "region_code", "country", "country_code", "street")
    }
    insert(db, "locations", provider=row["id"], address=row.get("address"), **place)
    dates = {"first_seen": row["first_seen"], "last_confirmed": row["last_confirmed"]}
    said = {
        "provider": row["id"],
        "source": row["source"],
        "page": row.get("page", f"https://ldn.example/list?page={row['id']}"),
    }
    said["page"] = str(said["page"])
    insert(
        db,
        "listings",
        id=f"{row['id']:016x}",
        evidence=row["evidence"],
        name=row["name"],
        status=row["status"],
        **said,
        **dates,
    )
    for field in ("name", "credentials", "practice", "phone", "website", "city", "region", "remark"):
        if row.get(field):
            written = row["phone_written"] if field == "phone" else None
            insert(
                db,
                "claims",
                listing=f"{row['id']:016x}",
                field=field,
                value=row[field],
                written=written,
                shown=1,
                **said,
                **dates,
            )


def insert(db: sqlite3.Connection, table: str, **row: Any) -> None:
    """One row."""
    names = [name for name in row if name != "page" or table != "providers"]
    marks = ", ".join("?" * len(names))
    db.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [row[name] for name in names])


@cache
def empty_directory() -> bytes:
    """The file of a directory of nobody."""
    with closing(sqlite3.connect(":memory:")) as db:
        create_tables(db)
        return db.serialize()


def publish(path: Path, rows: list[Row], more: Callable[[sqlite3.Connection], None] | None = None) -> Path:
    """Publishes a directory as a build does: a whole file beside it, then one rename."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(empty_directory())
    with closing(sqlite3.connect(draft)) as db:
        fill(db, rows)
        if more:
            more(db)
        db.commit()
    return draft.replace(path)


@pytest.fixture(name="people")
def people_fixture() -> list[Row]:
    return people()


@pytest.fixture(name="publish")
def publish_fixture() -> Callable[..., Path]:
    return publish


@pytest.fixture(name="insert")
def insert_fixture() -> Callable[..., None]:
    return insert


@pytest.fixture(name="days_ago")
def days_ago_fixture() -> Callable[[int], str]:
    return days_ago


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return publish(tmp_path / "ldn.db", people())


@pytest.fixture
def visit(directory: Path) -> Callable[..., Awaitable[httpx.Response]]:
    """Asks the ASGI application for one page, without a network."""
    return visitor(directory)


@pytest.fixture(name="visitor")
def visitor_fixture() -> Callable[..., Callable[..., Awaitable[httpx.Response]]]:
    return visitor


@pytest.fixture(scope="module")
def kept_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptSite]:
    """A site of the invented people for a whole file of tests, none of which replaces its directory."""
    site = KeptSite(publish(tmp_path_factory.mktemp("kept") / "ldn.db", people()))
    yield site
    site.close()


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Serves directories until the test is over."""
    with ExitStack() as running:
        yield lambda path: running.enter_context(serving(path))


@contextmanager
def chromium() -> Iterator[Any]:
    """A real Chromium that asks nobody but the site."""
    if CHROMIUM is None:
        assert not os.environ.get("CI_REQUIRES_BROWSER"), "chromium is not installed"
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


# Not for the whole session: while Playwright runs, nothing else of the session could use asyncio.
@pytest.fixture(scope="module")
def shared_browser() -> Iterator[Any]:
    """One Chromium for a whole file of tests, which does not ask for `browser` beside it."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="class")
def class_browser() -> Iterator[Any]:
    """The same for a class of tests, in a file whose other tests use asyncio."""
    with chromium() as browser:
        yield browser


def axe_report(page: Any, **options: Any) -> str:
    """What axe finds wrong with the page as it is; empty if that is nothing."""
    axe = Axe()
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe.axe_script)
    found = AxeResults(page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **options}))
    return found.generate_report() if found.violations_count else ""


@pytest.fixture(scope="module")
def example_site(packaged_directory: Path) -> Iterator[str]:
    """The address of the site over three hundred invented practitioners, whose keeper has said how to be reached."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LDN_CONTACT", "keeper@example.org")
        with serving(packaged_directory) as address:
            yield address
