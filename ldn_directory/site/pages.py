"""The pages for patients, and the same search for programs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from . import words
from .entry import Elsewhere, entry_of, rows_of
from .search import ALLOWED, FACETS, LEAVES_AFTER_DAYS, PAGE_SIZE, SINKS_AFTER_DAYS, BadQuery, Query, Results, search

T = TypeVar("T")
DATABASE = "ldn"
PAGE_LIMIT_MS = 1_500
MOST_REMEMBERED = 256
SHOWN_FACET_VALUES = 7
PREPARING = "The directory is being prepared. Please come back in a little while."
_templates = Environment(
    loader=PackageLoader("ldn_directory.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
_templates.globals.update(
    word=words.word, web_link=words.web_link, phone_link=words.phone_link, mail_link=words.mail_link, host_of=words.host_of,
    facet_value=words.facet_value, day=words.day, sinks_after=SINKS_AFTER_DAYS, leaves_after=LEAVES_AFTER_DAYS,
    shown_values=SHOWN_FACET_VALUES, page_size=PAGE_SIZE,
)  # fmt: skip
_remembered: WeakKeyDictionary[Any, dict[tuple[Any, ...], Results]] = WeakKeyDictionary()


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
    """The same, as JSON where JSON was asked for."""
    if not request.path.endswith(".json"):
        return message(status, sentence)
    return Response.json({"ok": False, "error": sentence, "status": status, "title": None}, status=status)


async def _ask(datasette: Any, question: Callable[[sqlite3.Connection], T]) -> T:
    def limited(db: sqlite3.Connection) -> T:
        with sqlite_timelimit(db, PAGE_LIMIT_MS):
            return question(db)

    found: T = await datasette.databases[DATABASE].execute_fn(limited)
    return found


async def _found(datasette: Any, query: Query) -> Results:
    """The results. Those without typed words are remembered as long as this version is served; words are not."""
    key = (today(), query.page, query.old, query.serves, tuple(query.chosen.items()))
    kept = _remembered.setdefault(datasette, {})
    if not query.q and key in kept:
        return kept[key]
    results = await _ask(datasette, lambda db: search(db, query, key[0]))
    if not query.q:
        if len(kept) >= MOST_REMEMBERED:
            kept.pop(next(iter(kept)))
        kept[key] = results
    return results


async def find(datasette: Any, request: Any) -> Response:
    """`/`: the search form, facets and results."""
    if DATABASE not in datasette.databases:
        return message(503, PREPARING)
    try:
        query = Query.parsed(_parameters(request))
    except BadQuery as error:
        return message(400, str(error))
    results = await _found(datasette, query)
    titles, served = await _ask(datasette, lambda db: (_titles(db), _served(db, query.serves)))
    return rendered(
        "find.html", headers={"Cache-Control": "no-store"} if query.q else {}, query=query, results=results, titles=titles,
        served=served, address=_addresses(query),
    )  # fmt: skip


async def find_json(datasette: Any, request: Any) -> Response:
    """`/search.json`: the same for programs: total, page, pages, providers (rows of the table), facets with counts."""
    if DATABASE not in datasette.databases:
        return answer(request, 503, PREPARING)
    try:
        query = Query.parsed(_parameters(request))
    except BadQuery as error:
        return answer(request, 400, str(error))
    results = await _found(datasette, query)
    more = query.page < results.pages
    found = {
        "total": results.total,
        "page": results.page,
        "pages": results.pages,
        "next": "/search.json?" + urlencode(query.parameters() | {"page": str(results.page + 1)}) if more else None,
        "providers": results.rows,
        "facets": {name: [{"value": value, "count": count} for value, count in results.facets[name]] for name in FACETS},
    }
    return Response.json(found, headers={"Cache-Control": "no-store" if query.q else "no-cache"})


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
            return message(410, "This entry is no longer in the directory.")
        return Response.redirect(f"/provider/{entry.provider}", status=301)
    return rendered("provider.html", entry=entry)


async def sources(datasette: Any) -> Response:
    """`/sources`: each list, who publishes it, and when it was read."""
    if DATABASE not in datasette.databases:
        return message(503, PREPARING)
    rows = await _ask(datasette, lambda db: rows_of(db, "SELECT * FROM sources ORDER BY title COLLATE NOCASE"))
    return rendered("sources.html", sources=rows)


async def about() -> Response:
    """`/about`: what this is and is not."""
    return rendered("about.html", facets=FACETS, allowed=ALLOWED)


async def robots() -> Response:
    """`/robots.txt`: facet combinations and tables are not for crawlers; entries, sources and the front page may be read."""
    return Response.text("User-agent: *\nDisallow: /ldn\nDisallow: /search.json\nDisallow: /*?\n")


def _parameters(request: Any) -> dict[str, str]:
    return {name: request.args.get(name) or "" for name in request.args}


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
