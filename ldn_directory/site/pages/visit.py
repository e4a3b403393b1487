"""`/visit?pick=5,9&near=Dayton`: the visit list, to print; `/questions`: questions to bring.

The list is saved only in the address, so caches must not store it and search engines must not list it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import columns_of, places_beside, state_of
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.i18n.locale import Reader, home_of, reader_of

from .actions import directions_to
from .render import (
    Routes,
    base_of,
    map_link_of,
    needs_directory,
    parameters_of,
    query_directory,
    render_page,
    today,
)
from .selection import MOST_PICKED, Kept, kept_of, without_pick
from .visit_list import Origin, VisitList, origin_of, origin_of_search, read_list

CHANGED = "2026-12-01"
"""When the questions were last changed."""
NO_STORE = {"Cache-Control": "no-store"}


@needs_directory
async def visit(datasette: Any, request: Any) -> Response:
    """`/visit`: the picked entries on one page."""
    kept, reader, asked = kept_of(request), reader_of(request), parameters_of(request)
    places = places_beside(str(state_of(datasette).path))

    def read(db: sqlite3.Connection) -> tuple[VisitList, Origin]:
        known = columns_of(datasette, db), places.gazetteer, home_of(request)
        origin = origin_of(asked["near"], *known) if "near" in asked else origin_of_search(kept.query, *known)
        return read_list(db, kept.picked), origin

    listed, origin = await query_directory(datasette, read)
    shared = base_of(request) + reader.href(f"/visit?pick={','.join(map(str, listed.numbers))}")
    map_link = map_link_of(request)
    return render_page(
        request,
        "visit.html",
        headers=NO_STORE,
        visits=listed,
        start=origin,
        most=MOST_PICKED,
        base=base_of(request),
        address=_addresses(kept, reader, origin.typed),
        back=reader.href(kept.results("/")),
        directions=lambda place: directions_to(place, map_link),
        shared=shared,
        letter=f"mailto:?subject={quote(reader.say(phrase('Visit list')))}&body={quote(shared, safe='')}",
        without=without_pick,
        move_up=move_up,
        today=today().isoformat(),
    )


async def questions(datasette: Any, request: Any) -> Response:
    """`/questions`: questions to bring to a visit."""
    return render_page(request, "questions.html", changed=CHANGED, base=base_of(request), today=today().isoformat())


def move_up(picked: Sequence[int], number: int) -> str:
    """The parameter `pick` with an entry moved up by one place."""
    order = list(picked)
    at = order.index(number)
    order.insert(max(0, at - 1), order.pop(at))
    return ",".join(map(str, order))


def _addresses(kept: Kept, reader: Reader, near: str) -> Callable[..., str]:
    """A function that gives the address of the list with some picks and a place to measure from."""

    def address(pick: str, *, near: str = near) -> str:
        page = kept.link("/visit", pick=pick)
        return reader.href(page + f"{'&' if '?' in page else '?'}{urlencode({'near': near})}" if near else page)

    return address


ROUTES: Routes = ((r"/visit", visit), (r"/questions", questions))
