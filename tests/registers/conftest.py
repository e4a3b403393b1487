"""A ledger with listings, and what the registers say of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.publish.build import build
from tests.generators.register_files import Entry
from tests.generators.registers import Register

AS_OF = date(2026, 11, 8)
HERS = Entry(
    given="HARRIET",
    middle="B",
    surname="QUILLMERE",
    credential="M.D.",
    street="1200 ELM ST",
    city="AUSTIN",
    state="TX",
    postcode="787011234",
    phone="5125550142",
    taxonomy="207Q00000X",
    enumerated="05/23/2006",
)
NUMBER = "1234567893"


def harriet(**changed: Any) -> Listing:
    """A listing of a practitioner in Austin."""
    given: dict[str, Any] = {
        "source": "list",
        "key": "harriet",
        "page": "https://list.example.org/",
        "kind": Kind.PRESCRIBER,
        "evidence": Evidence.LISTED,
        "name": "Harriet Quillmere",
        "credentials": "MD",
        "phones": (Phone(raw="512-555-0142", e164="+15125550142"),),
        "address": "1200 Elm Street, Austin, TX 78701",
        "street": "1200 Elm Street",
        "city": "Austin",
        "region": "Texas",
        "region_code": "US-TX",
        "postcode": "78701",
        "country": "United States",
        "country_code": "US",
    }
    return Listing(**(given | changed))


def take(data: Path, *listings: Listing, day: int = 1) -> None:
    """A harvest of one list."""
    source = Source(title="A list", homepage="https://list.example.org/", evidence=Evidence.LISTED, record_key="name")
    at = f"2026-11-{day:02}T00:00:00Z"
    lines = tuple(listing.as_line() for listing in listings)
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run=f"202611{day:02}T000000Z-0000",
                source_id="list",
                source=source,
                started=at,
                finished=at,
                lines=lines,
            )
        )


def month(folder: Path, *rows: tuple[str, Entry], as_of: date = AS_OF) -> Path:
    """A monthly file with some invented entries and these."""

    class With(Register):
        def entries(self):
            yield from sorted([*super().entries(), *rows])

    register = With(200, as_of=as_of)
    return register.write_month(folder / f"month-{as_of}.zip")


@pytest.fixture
def published(tmp_path: Path) -> Callable[[], sqlite3.Connection]:
    """Builds, and gives the directory."""

    def build_and_open() -> sqlite3.Connection:
        build(tmp_path / "ledger.db", tmp_path / "ldn.db", allow_shrink=True)
        db = sqlite3.connect(tmp_path / "ldn.db")
        db.row_factory = sqlite3.Row
        return db

    return build_and_open


def reported(data: Path) -> dict[str, Any]:
    """The maintainer's report of the last build."""
    return dict(json.loads((data / "register_report.json").read_text()))
