"""The pages for patients, each a function of the published database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from . import words
from .search import PAGE_SIZE, BadQuery, Query, Results, search

DATABASE = "ldn"
_templates = Environment(
    loader=PackageLoader("ldn_directory.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates.globals.update(
    kinds=words.KINDS, evidence_words=words.EVIDENCE, facet_titles=words.FACET_TITLES, field_titles=words.FIELDS,
    web_link=words.web_link, phone_link=words.phone_link, mail_link=words.mail_link, host_of=words.host_of,
    facet_value=words.facet_value, day=words.day,
)  # fmt: skip


def today() -> date:
    """This day in UTC."""
    return datetime.now(UTC).date()


def rendered(template: str, status: int = 200, **values: Any) -> Response:
    """A page of ours."""
    now = today()
    return Response.html(_templates.get_template(template).render(age=lambda when: words.age(when, now), **values), status=status)


def preparing() -> Response:
    """What is shown while there is no directory yet."""
    return rendered("message.html", 503, title="Being prepared", message="The directory is being prepared. Please come back soon.")


async def _ask(datasette: Any, question: Callable[[sqlite3.Connection], Any]) -> Any:
    return await datasette.get_database(DATABASE).execute_fn(question)


def _rows(db: sqlite3.Connection, query: str, *values: Any) -> list[dict[str, Any]]:
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _titles(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT id, title FROM sources"))


async def find(datasette: Any, request: Any) -> Response:
    """`/`: the search form, facets and results."""
    if DATABASE not in datasette.databases:
        return preparing()
    try:
        query = Query.parsed(_parameters(request))
    except BadQuery as error:
        return rendered("message.html", 400, title="Please ask differently", message=str(error))
    results, sources = await _ask(datasette, lambda db: (search(db, query, today()), _titles(db)))
    return rendered("find.html", results=results, sources=sources, address=_address_of(query), page_size=PAGE_SIZE)


async def find_json(datasette: Any, request: Any) -> Response:
    """`/search.json`: the same for programs."""
    if DATABASE not in datasette.databases:
        return Response.json({"error": "the directory is being prepared"}, status=503)
    try:
        query = Query.parsed(_parameters(request))
    except BadQuery as error:
        return Response.json({"error": str(error)}, status=400)
    results: Results = await _ask(datasette, lambda db: search(db, query, today()))
    return Response.json(
        {
            "total": results.total, "page": query.page, "pages": results.pages, "providers": list(results.rows),
            "facets": {name: dict(values) for name, values in results.facets.items()},
        }
    )  # fmt: skip


async def provider(datasette: Any, request: Any) -> Response:
    """`/provider/<id>`: one provider with every value's source and date."""
    if DATABASE not in datasette.databases:
        return preparing()
    identity = int(request.url_vars["id"][:18])
    found = await _ask(datasette, lambda db: _provider(db, identity))
    if found is None:
        return rendered("message.html", 404, title="Not found", message="There is no entry at this address.")
    if "redirect" in found:
        return Response.redirect(f"/provider/{found['redirect']}", status=301)
    if "gone" in found:
        return rendered("message.html", 410, title="No longer listed", message="This entry is no longer in the directory.")
    return rendered("provider.html", **found)


def _provider(db: sqlite3.Connection, identity: int) -> dict[str, Any] | None:
    rows = _rows(db, "SELECT * FROM providers WHERE id = ?", identity)
    if not rows:
        moved = _rows(db, "SELECT provider, reason FROM redirects WHERE old_id = ?", identity)
        if not moved:
            return None
        return {"redirect": moved[0]["provider"]} if moved[0]["provider"] else {"gone": True}
    return {
        "provider": rows[0], "sources": _titles(db),
        "locations": _rows(db, "SELECT * FROM locations WHERE provider = ? ORDER BY id", identity),
        "serves": _rows(db, "SELECT * FROM serves WHERE provider = ? ORDER BY region", identity),
        "claims": _rows(db, "SELECT * FROM claims WHERE provider = ? ORDER BY id", identity),
        "changes": _rows(db, "SELECT * FROM changes WHERE provider = ? ORDER BY id DESC LIMIT 100", identity),
    }  # fmt: skip


async def sources(datasette: Any, request: Any) -> Response:
    """`/sources`: each list, who publishes it, and when it was read."""
    if DATABASE not in datasette.databases:
        return preparing()
    rows = await _ask(datasette, lambda db: _rows(db, "SELECT * FROM sources ORDER BY title"))
    return rendered("sources.html", sources=rows)


async def about(datasette: Any, request: Any) -> Response:
    """`/about`: what this is and is not."""
    return rendered("about.html")


async def robots(datasette: Any, request: Any) -> Response:
    """`/robots.txt`: facet combinations are not for crawlers."""
    return Response.text("User-agent: *\nDisallow: /ldn/\nDisallow: /*?\n")


def _parameters(request: Any) -> Mapping[str, str]:
    return {name: request.args.get(name) or "" for name in request.args}


def _address_of(query: Query) -> Callable[..., str]:
    """Gives the address of the same search with some parameters changed; None takes one away."""

    def address(**changed: str | int | None) -> str:
        values: dict[str, Any] = {"q": query.q, **query.chosen, "old": "yes" if query.old else ""}
        values |= changed
        kept = {name: value for name, value in values.items() if value not in (None, "")}
        return "/?" + urlencode(kept) if kept else "/"

    return address
