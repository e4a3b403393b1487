"""`/api` and `/openapi.json`: what programs may ask, for people and for programs."""

from __future__ import annotations

import sqlite3
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site import openapi
from ldn_directory.site.openapi import reading

from .render import Answering, Routes, ask, base_of, prepared, rendered


@prepared
async def page(datasette: Any, request: Any) -> Answering:
    """`/api`: every address with its parameters, answers and examples, and Datasette's own."""
    number, region = await ask(datasette, _something)

    def filled(address: str) -> str:
        return address.replace("{id}", str(number)).replace("{region}", region)

    return rendered(
        request,
        "api.html",
        families=reading.families(),
        schemas=reading.schemas(),
        datasette=reading.datasette_examples(),
        filled=filled,
        base=base_of(request),
    )


def _something(db: sqlite3.Connection) -> tuple[int, str]:
    """The number of a provider and the code of a region for examples that give something."""
    number = db.execute("SELECT min(id) FROM providers").fetchone()[0]
    region = db.execute(
        "SELECT code FROM regions WHERE code <> country_code ORDER BY telehealth_providers DESC, code LIMIT 1"
    ).fetchone()
    return number or 1, region[0] if region else "US-OH"


async def described(datasette: Any, request: Any) -> Answering:
    """`/openapi.json`."""
    return Response.json(openapi.description(), headers={"Cache-Control": "public, max-age=3600"})


ROUTES: Routes = ((r"/api", page), (r"/openapi\.json", described))
