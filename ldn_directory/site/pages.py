"""The pages for patients, and the same search for programs."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import urlencode

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from . import changes, feeds, formats, openapi, words
from .entry import Elsewhere, entries_of, entry_of, rows_if_any, rows_of
from .knowing import columns_of, places_beside
from .search import (
    LEAVES_AFTER_DAYS,
    PARAMETERS,
    SINKS_AFTER_DAYS,
    SORTS,
    WITHIN_KM,
    BadQuery,
    Query,
    Results,
    search,
)
from .search.asking import Parameter
from .search.suggesting import suggestions_of

T = TypeVar("T")
View = Callable[[Any, Any], Awaitable[Response]]
DATABASE = "ldn"
MOST_DIGITS = 18
PAGE_LIMIT_MS = 1_500
SHOWN_FACET_VALUES = 7
FORGOTTEN = "This entry was taken out because the person or practice asked for it, and it does not come back. Nothing of it is kept here."
PREPARING = "The directory is being prepared. Please come back in a little while."
_templates = Environment(
    loader=PackageLoader("ldn_directory.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
_templates.globals.update(
    word=words.word, what_changed=words.what_changed,
    web_link=words.web_link, phone_link=words.phone_link, mail_link=words.mail_link, host_of=words.host_of,
    facet_value=words.facet_value, day=words.day, sinks_after=SINKS_AFTER_DAYS, leaves_after=LEAVES_AFTER_DAYS,
    shown_values=SHOWN_FACET_VALUES, usual_km=WITHIN_KM, distances=(10, 25, 100, 250, 500), sorts=SORTS, away=words.away,
)  # fmt: skip


_FOR_PROGRAMS = (".atom", *(f".{form.extension}" for form in formats.FORMATS))


def today() -> date:
    """This day in UTC."""
    return datetime.now(UTC).date()


def rendered(template: str, status: int = 200, *, headers: Mapping[str, str] | None = None, **values: Any) -> Response:
    """A page of ours; no cache may give it to anybody without asking whether it is still true."""
    now = today()
    html = _templates.get_template(template).render(age=lambda when: words.age(when, now), **values)
    return Response.html(html, status=status, headers={"Cache-Control": "no-cache", **(headers or {})})


def message(status: int, sentence: str) -> Response:
    """A page that only says something."""
    headers = {"Retry-After": "60"} if status == 503 else {}
    return rendered("message.html", status, headers=headers, title=words.word("status", status), message=sentence)


def answer(request: Any, status: int, sentence: str) -> Response:
    """The same, as JSON where something for programs was asked for."""
    if not request.path.endswith(_FOR_PROGRAMS):
        return message(status, sentence)
    return Response.json({"ok": False, "error": sentence, "status": status, "title": None}, status=status)


async def _ask(datasette: Any, question: Callable[[sqlite3.Connection], T]) -> T:
    def limited(db: sqlite3.Connection) -> T:
        with sqlite_timelimit(db, PAGE_LIMIT_MS):
            return question(db)

    found: T = await datasette.databases[DATABASE].execute_fn(limited)
    return found


def _found(datasette: Any, query: Query) -> Callable[[sqlite3.Connection], Results]:
    places = places_beside(str(datasette.databases[DATABASE].path))

    def found(db: sqlite3.Connection) -> Results:
        return search(db, query, today(), columns=columns_of(datasette, db), gazetteer=places.gazetteer)

    return found


async def find(datasette: Any, request: Any) -> Response:
    """`/`: the search form, facets and results."""
    if DATABASE not in datasette.databases:
        return message(503, PREPARING)
    try:
        query = Query.parsed(_parameters(request))
    except BadQuery as error:
        return message(400, str(error))
    found = _found(datasette, query)
    results, titles, served = await _ask(datasette, lambda db: (found(db), _titles(db), _served(db, query.serves)))
    return rendered(
        "find.html", headers=_keeping(query), query=query, results=results, titles=titles, served=served,
        address=_addresses(query), link=_link, blocks=_blocks(results),
    )  # fmt: skip


async def find_for_programs(datasette: Any, request: Any) -> Response:
    """`/search.<extension>`: the same in one of the formats."""
    form = formats.BY_EXTENSION[request.path.rpartition(".")[2]]
    if DATABASE not in datasette.databases:
        return answer(request, 503, PREPARING)
    try:
        query = _in_size(form, Query.parsed(_parameters(request)))
    except BadQuery as error:
        return answer(request, 400, str(error))
    found, base = _found(datasette, query), base_of(request)
    body, following = await _ask(datasette, lambda db: _written(db, form, base, query, found(db)))
    headers = {**_keeping(query), **_saved(form, "ldn-search")}
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    return Response(body, headers=headers, content_type=form.media_type)


def _in_size(form: formats.Format, query: Query) -> Query:
    """The query with no more rows to a page than the format gives: where to go on is in the answer."""
    return replace(query, size=min(query.size, form.most_rows))


def _written(
    db: sqlite3.Connection, form: formats.Format, base: str, query: Query, results: Results
) -> tuple[str, str | None]:
    """The results in a format, and where the next page is."""
    page = formats.SearchPage(base=base, query=query, results=results, shown=() if form.from_rows else shown_of(db, base, results))
    return form.of_search(page), page.next_address(form.extension)


def shown_of(db: sqlite3.Connection, base: str, results: Results) -> tuple[formats.Shown, ...]:
    """The entries of the rows."""
    rows = {row["id"]: row for row in results.rows}
    return tuple(
        formats.Shown(
            entry=entry, base=base, distance_km=rows[entry.provider["id"]]["distance_km"], reach=rows[entry.provider["id"]]["reach"]
        )
        for entry in entries_of(db, list(rows))
    )


def _saved(form: formats.Format, name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.{form.extension}"'} if form.is_file else {}


def base_of(request: Any) -> str:
    return f"{request.scheme}://{request.host}"


async def suggest(datasette: Any, request: Any) -> Response:
    """`/suggest.json`: names and places that begin as `q`."""
    if DATABASE not in datasette.databases:
        return answer(request, 503, PREPARING)
    asked = _parameters(request)
    typed, only_places = asked.get("q", ""), asked.get("kind") == "place"
    names = places_beside(str(datasette.databases[DATABASE].path)).names
    found = await _ask(datasette, lambda db: suggestions_of(db, typed, columns_of(datasette, db), names, only_places=only_places))
    return Response(formats.of_suggestions(found), headers={"Cache-Control": "no-store"}, content_type=formats.JSON)


async def described() -> Response:
    """`/openapi.json`: what programs may ask."""
    return Response.json(openapi.description(), headers={"Cache-Control": "public, max-age=3600"})


def _keeping(query: Query) -> Mapping[str, str]:
    return {"Cache-Control": "no-store" if query.q or query.near else "no-cache"}


def _blocks(results: Results) -> list[tuple[str | None, list[dict[str, Any]]]]:
    """The rows of a page in their groups."""
    return [(reach, list(rows)) for reach, rows in groupby(results.rows, key=lambda row: row["reach"])]


def _link(ask: Mapping[str, str]) -> str:
    return "/?" + urlencode(dict(ask)) if ask else "/"


async def provider(datasette: Any, request: Any) -> Response:
    """`/provider/<id>`: one provider with the source and dates of every value; 301 if merged, 410 if taken out."""
    if DATABASE not in datasette.databases:
        return message(503, PREPARING)
    identity = int(request.url_vars["id"])
    entry = await _ask(datasette, lambda db: entry_of(db, identity))
    if entry is None:
        return message(404, "There is no entry at this address.")
    if isinstance(entry, Elsewhere):
        if entry.provider is None:
            return message(410, FORGOTTEN if entry.forgotten else "This entry is no longer in the directory.")
        return Response.redirect(f"/provider/{entry.provider}", status=301)
    return rendered("provider.html", entry=entry)


async def provider_for_programs(datasette: Any, request: Any) -> Response:
    """`/provider/<id>.<extension>`: the same in one of the formats."""
    form = formats.BY_EXTENSION[request.url_vars["form"]]
    if DATABASE not in datasette.databases:
        return answer(request, 503, PREPARING)
    identity = int(request.url_vars["id"])
    entry = await _ask(datasette, lambda db: entry_of(db, identity))
    if entry is None:
        return answer(request, 404, "There is no entry at this address.")
    if isinstance(entry, Elsewhere):
        if entry.provider is None:
            return answer(request, 410, FORGOTTEN if entry.forgotten else "This entry is no longer in the directory.")
        return Response.redirect(f"/provider/{entry.provider}.{form.extension}", status=301)
    body = form.of_provider(formats.Shown(entry=entry, base=base_of(request)))
    return tagged(request, body, form.media_type, _saved(form, f"ldn-entry-{identity}"))


def tagged(request: Any, body: str, content_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that need not be sent again to whoever has it (RFC 9110, section 13.1.2)."""
    etag = f'"{hashlib.blake2b(body.encode(), digest_size=12).hexdigest()}"'
    given = {"Cache-Control": "no-cache", "ETag": etag, **(headers or {})}
    known = [one.strip().removeprefix("W/") for one in (request.headers.get("if-none-match") or "").split(",")]
    return Response("" if etag in known else body, 304 if etag in known else 200, headers=given, content_type=content_type)


async def changes_page(datasette: Any, request: Any) -> Response:
    """`/changes`: what has changed, newest first."""
    return await _changes(datasette, request, changes.PARAMETERS, _changes_page)


async def changes_atom(datasette: Any, request: Any) -> Response:
    """`/changes.atom`: the same as a feed."""
    return await _changes(datasette, request, changes.PARAMETERS, _changes_atom)


async def changes_json(datasette: Any, request: Any) -> Response:
    """`/changes.json`: what has changed since a moment or cursor, oldest first."""
    return await _changes(datasette, request, changes.PARAMETERS_SINCE, _changes_json)


Answered = Callable[[Any, sqlite3.Connection, changes.Asked], Response]


async def _changes(datasette: Any, request: Any, parameters: tuple[Parameter, ...], answered: Answered) -> Response:
    if DATABASE not in datasette.databases:
        return answer(request, 503, PREPARING)
    try:
        asked = changes.Asked.parsed(_parameters(request), parameters)
    except BadQuery as error:
        return answer(request, 400, str(error))
    try:
        return await _ask(datasette, lambda db: answered(request, db, asked))
    except sqlite3.OperationalError as error:
        if "no such column" not in str(error):
            raise
        # Published by an earlier version.
        return answer(request, 503, PREPARING)


def _changes_page(request: Any, db: sqlite3.Connection, asked: changes.Asked) -> Response:
    region = asked.chosen.get("region", "")
    country = asked.chosen.get("country") or region[:2]
    return rendered(
        "changes.html", asked=asked, page=changes.newest(db, asked), titles=_titles(db), whats=changes.WHATS,
        countries=rows_of(db, "SELECT code, name FROM regions WHERE code = country_code ORDER BY name"),
        regions=rows_of(db, "SELECT code, name FROM regions WHERE country_code = ? AND code <> country_code ORDER BY name", country),
    )  # fmt: skip


def _changes_atom(request: Any, db: sqlite3.Connection, asked: changes.Asked) -> Response:
    (read,) = db.execute("SELECT max(finished) FROM runs").fetchone()
    return tagged(request, feeds.as_atom(asked, changes.newest(db, asked), _titles(db), read), feeds.ATOM)


def _changes_json(request: Any, db: sqlite3.Connection, asked: changes.Asked) -> Response:
    page = changes.since(db, asked)
    headers = {"Link": f'<{asked.address("/changes.json", since=page.cursor)}>; rel="next"'} if page.more else {}
    return tagged(request, feeds.as_json(asked, page), formats.JSON, headers)


async def sources(datasette: Any) -> Response:
    """`/sources`: each list, who publishes it, and when it was read."""
    if DATABASE not in datasette.databases:
        return message(503, PREPARING)
    rows = await _ask(datasette, lambda db: rows_of(db, "SELECT * FROM sources ORDER BY title COLLATE NOCASE"))
    thanks = await _ask(datasette, lambda db: rows_if_any(db, "SELECT * FROM attributions ORDER BY package"))
    return rendered("sources.html", sources=rows, attributions=thanks)


async def places(datasette: Any) -> Response:
    """`/places`: countries and their regions, with how many providers are there."""
    if DATABASE not in datasette.databases:
        return message(503, PREPARING)
    rows = await _ask(datasette, lambda db: rows_of(db, "SELECT * FROM regions ORDER BY country, code <> country_code, name"))
    countries = {row["code"]: row for row in rows if row["code"] == row["country_code"]}
    tree = [
        (countries.get(code, {"code": code, "name": within[0]["country"], "providers": 0, "telehealth_providers": 0}),
         [row for row in within if row["code"] != code])
        for code, within in ((code, list(found)) for code, found in groupby(rows, key=lambda row: row["country_code"]))
    ]  # fmt: skip
    return rendered("places.html", tree=tree)


async def about() -> Response:
    """`/about`: what this is and is not."""
    return rendered("about.html", parameters=PARAMETERS, usual_km=WITHIN_KM)


async def removal(datasette: Any, request: Any) -> Response:
    """`/removal`: how to ask to be taken out, and what happens then; `?entry=<number>` puts the number into the letter."""
    entry = request.args.get("entry") or ""
    number = entry if entry.isascii() and entry.isdigit() and len(entry) <= MOST_DIGITS else None
    contact = _contact(datasette)
    return rendered("removal.html", ask=words.contact_link(contact, number), contact=contact, entry=number)


def _contact(datasette: Any) -> str:
    """How whoever runs the site is reached: from the environment, else from metadata.yml; empty if nobody says."""
    return os.environ.get("LDN_CONTACT", "").strip() or str(datasette.metadata("contact") or "").strip()


async def robots() -> Response:
    """`/robots.txt`: facet combinations and tables are not for crawlers; entries, sources and the front page may be read."""
    return Response.text("User-agent: *\nDisallow: /ldn\nDisallow: /search.\nDisallow: /suggest.json\nDisallow: /changes.\nDisallow: /*?\n")


def _parameters(request: Any) -> dict[str, str]:
    stated = request.args
    return {name: stated.get(name) or "" for name in stated}


def _titles(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT id, title FROM sources"))


def _served(db: sqlite3.Connection, code: str | None) -> str | None:
    if code is None:
        return None
    row = db.execute("SELECT name FROM regions WHERE code = ?", (code,)).fetchone()
    return str(row[0]) if row else code


def _addresses(query: Query) -> Callable[..., str]:
    """Gives the address of the same search with some parameters changed; an empty one is taken away."""

    def address(**changed: str | int) -> str:
        kept = {name: value for name, value in (query.parameters() | changed).items() if value}
        return "/?" + urlencode(kept) if kept else "/"

    return address
