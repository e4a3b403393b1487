"""`/search.<extension>` and `/provider/<id>.<extension>`: search results and entries for programs and address books."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.formats import FORMATS, EntryView, Format, SearchPage
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.i18n.locale import Reader, home_of, reader_of
from ldn_directory.site.queries.provider import Entry, get_entries
from ldn_directory.site.search import BadQuery, Query, Results

from .find import cache_headers, search_function
from .provider import entry_view
from .render import Routes, View, base_of, error_page, needs_directory, parameters_of, query_directory

NOBODY = phrase("No entry matches all of this.")


def _search(form: Format) -> View:
    """The view for searches in a format."""

    @needs_directory
    async def view(datasette: Any, request: Any) -> Response:
        try:
            query = Query.parse(parameters_of(request), home_of(request))
        except BadQuery as error:
            return error_page(request, 400, error.phrase)
        query = replace(query, size=min(query.size, form.most_rows))
        find = search_function(datasette, query)
        base, reader = base_of(request), reader_of(request)

        def export(db: sqlite3.Connection) -> tuple[str, str | None] | None:
            results = find(db)
            if form.is_file and not results.rows:
                return None
            shown = () if form.from_rows else entry_views(db, results, base, reader)
            page = SearchPage(base=base, query=query, results=results, shown=shown)
            return form.format_search(page), page.next_address(form.extension)

        if (exported := await query_directory(datasette, export)) is None:
            # A file of cards has at least one (RFC 6350, section 3.3).
            return error_page(request, 404, NOBODY)
        body, following = exported
        link = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Response(
            body,
            headers={**cache_headers(query), **link, **_disposition(form, "ldn-search")},
            content_type=form.media_type,
        )

    return view


def entry_views(db: sqlite3.Connection, results: Results, base: str, reader: Reader) -> tuple[EntryView, ...]:
    """The entries of a page of results, in the same order."""
    rows = {row["id"]: row for row in results.rows}
    entries = get_entries(db, list(rows))
    found = ((entry, rows[entry.provider["id"]]) for entry in entries)
    return tuple(
        EntryView(entry=entry, base=base, reader=reader, distance_km=row["distance_km"], reach=row["reach"])
        for entry, row in found
    )


def _provider(form: Format) -> View:
    """The view for entries in a format."""

    async def view(request: Any, entry: Entry) -> Response:
        # In a thread, because an entry with thousands of claims takes a tenth of a second.
        body = await asyncio.to_thread(
            form.format_entry, EntryView(entry=entry, base=base_of(request), reader=reader_of(request))
        )
        headers = {"Cache-Control": "no-cache", **_disposition(form, f"ldn-entry-{entry.provider['id']}")}
        return Response(body, headers=headers, content_type=form.media_type)

    return entry_view(view, f".{form.extension}")


def _disposition(form: Format, name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.{form.extension}"'} if form.is_file else {}


ROUTES: Routes = (
    *((rf"/search\.{form.extension}", _search(form)) for form in FORMATS),
    *((rf"/provider/(?P<id>[0-9]{{1,18}})\.{form.extension}", _provider(form)) for form in FORMATS),
)
