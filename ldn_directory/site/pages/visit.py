"""`/visit?pick=5,9&near=Dayton`: the picked entries on one sheet to print; `/questions`: questions to bring.

Picks are saved only in the address, so caches must not store the sheet and search engines must not list it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import columns_of, places_beside, state_of
from ldn_directory.site.i18n.locale import Reader, home_of, reader_of

from .render import Routes, base_of, needs_directory, parameters_of, query_directory, render_page, today
from .selection import MOST_PICKED, picks_of, without_pick
from .visit_sheet import origin_of, read_sheet

CHANGED = "2026-12-01"
"""When the questions were last changed."""
NO_STORE = {"Cache-Control": "no-store"}


@needs_directory
async def visit(datasette: Any, request: Any) -> Response:
    """`/visit`: the picked entries on one sheet."""
    places = places_beside(str(state_of(datasette).path))
    typed = parameters_of(request).get("near", "")
    sheet, origin = await query_directory(
        datasette,
        lambda db: (
            read_sheet(db, picks_of(request)),
            origin_of(typed, columns_of(datasette, db), places.gazetteer, home_of(request)),
        ),
    )
    return render_page(
        request,
        "visit.html",
        headers=NO_STORE,
        sheet=sheet,
        start=origin,
        most=MOST_PICKED,
        base=base_of(request),
        address=_addresses(reader_of(request), origin.typed),
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


def _addresses(reader: Reader, near: str) -> Callable[..., str]:
    """A function that gives the address of the sheet or another page with some picks and a place to measure from."""

    def address(pick: str, *, path: str = "/visit", near: str = near) -> str:
        asked = {name: value for name, value in (("pick", pick), ("near", near)) if value}
        return reader.href(path) + ("?" + urlencode(asked, safe=",") if asked else "")

    return address


ROUTES: Routes = ((r"/visit", visit), (r"/questions", questions))
