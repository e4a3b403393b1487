"""`/visit?pick=5,9&near=Dayton`: a sheet of the picked entries to print and take along; `/questions`: what could be asked there.

What somebody picked stands in the address and nowhere else, so the sheet is kept by no cache and listed by no search engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import columns_of, places_beside, state_of
from ldn_directory.site.i18n.locale import Reader, reader_of

from .render import Routes, ask, base_of, parameters_of, prepared, rendered, today
from .selection import MOST_PICKED, picked_of, without_pick
from .visit_sheet import measured_from, picked_in

REVIEWED = "2026-11-25"
"""When somebody last read the questions and found them fair."""
PRIVATE = {"Cache-Control": "no-store"}


@prepared
async def visit(datasette: Any, request: Any) -> Response:
    """`/visit`: the picked entries on one sheet."""
    places = places_beside(str(state_of(datasette).path))
    typed = parameters_of(request).get("near", "")
    picked, start = await ask(
        datasette,
        lambda db: (
            picked_in(db, picked_of(request)),
            measured_from(typed, columns_of(datasette, db), places.gazetteer),
        ),
    )
    return rendered(
        request,
        "visit.html",
        headers=PRIVATE,
        sheet=picked,
        start=start,
        most=MOST_PICKED,
        base=base_of(request),
        address=_addresses(reader_of(request), start.typed),
        without=without_pick,
        raised=raised,
        today=today().isoformat(),
    )


async def questions(datasette: Any, request: Any) -> Response:
    """`/questions`: questions to bring, for anybody."""
    return rendered(request, "questions.html", reviewed=REVIEWED, base=base_of(request), today=today().isoformat())


def raised(picked: Sequence[int], number: int) -> str:
    """The parameter `pick` with an entry one place further up."""
    order = list(picked)
    at = order.index(number)
    order.insert(max(0, at - 1), order.pop(at))
    return ",".join(map(str, order))


def _addresses(reader: Reader, near: str) -> Callable[..., str]:
    """Gives the address of the sheet, or of the search, with other entries picked or measured from elsewhere."""

    def address(pick: str, *, path: str = "/visit", near: str = near) -> str:
        asked = {name: value for name, value in (("pick", pick), ("near", near)) if value}
        return reader.href(path) + ("?" + urlencode(asked, safe=",") if asked else "")

    return address


ROUTES: Routes = ((r"/visit", visit), (r"/questions", questions))
