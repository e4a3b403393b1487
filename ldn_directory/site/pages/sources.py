"""`/sources`: each list with its publisher, when it was read, and its length over time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.maps.outlines import outlines
from ldn_directory.site.queries.provider import Row, fetch_rows, fetch_rows_if_any

from .chart import Chart, chart_of
from .render import Routes, needs_directory, query_directory, render_page

_SOURCES = "SELECT * FROM sources ORDER BY title COLLATE NOCASE, id"
_READINGS = "SELECT source, at, listings FROM readings ORDER BY source, at, run"
_ATTRIBUTIONS = "SELECT * FROM attributions ORDER BY package"
OWN_SITES = "organisation_sites"
"""The source that reads the own sites of the organisations that are kept here."""


@needs_directory
async def sources(datasette: Any, request: Any) -> Response:
    """`/sources`: all lists, and the attributions of maps and tables of places."""
    rows = await query_directory(datasette, _sources)
    attributions = await query_directory(datasette, lambda db: fetch_rows_if_any(db, _ATTRIBUTIONS))
    return render_page(
        request,
        "sources.html",
        sources=rows,
        attributions=[*attributions, *outlines().attributions],
        sites_unread=are_sites_unread(rows),
    )


def are_sites_unread(sources: Iterable[Row]) -> bool:
    """Whether nobody has read the own sites of the organisations that are kept here, where towns and phones are."""
    rows = list(sources)
    kept_here = any(row.get("kept_here") and row["listings"] for row in rows)
    return kept_here and not any(row["id"] == OWN_SITES and row["last_read"] for row in rows)


def _sources(db: sqlite3.Connection) -> list[Row]:
    """The lists, each with the date it is `due` and its `chart`; None if it has not been read or counted."""
    charts: dict[str, Chart | None] = {
        source: chart_of([(row["at"], row["listings"]) for row in found])
        for source, found in groupby(fetch_rows_if_any(db, _READINGS), key=lambda row: row["source"])
    }
    return [row | {"chart": charts.get(row["id"]), "due": _due_date(row)} for row in fetch_rows(db, _SOURCES)]


def _due_date(source: Row) -> str | None:
    if not source["last_read"] or source.get("retired_since"):
        return None
    return (datetime.fromisoformat(source["last_read"]) + timedelta(days=source["every_days"])).isoformat()


ROUTES: Routes = ((r"/sources", sources),)
