"""Asking the search of the invented practitioners' directory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.places import Gazetteer
from ldn_directory.site.search import Columns, Query, Results, search


@pytest.fixture(scope="session")
def ask(example_directory: Path, world: Path) -> Callable[..., Results]:
    """Asks the search."""
    db = sqlite3.connect(example_directory)
    columns, gazetteer = Columns.of(db), Gazetteer.open(world)

    def asked(home: str | None = None, **parameters: Any) -> Results:
        query = Query.parse({name: str(value) for name, value in parameters.items()}, home)
        return search(db, query, datetime.now(UTC).date(), columns=columns, gazetteer=gazetteer)

    return asked
