"""What a visitor's links carry along: the visit list (`pick=5,9`) and the search they came from (`from=q%3DLeeds`).

Both are saved in the address and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ldn_directory.site.search import BadQuery, Query

MOST_PICKED = 30
MOST_SEARCH = 2_000
"""Characters of the longest search that links carry along."""
_PICK = re.compile(r"[0-9]{1,18}")


def picks_of(request: Any) -> tuple[int, ...]:
    """The picked numbers in the address, each once, at most thirty; anything else is ignored."""
    found = dict.fromkeys(
        int(one) for one in (request.args.get("pick") or "").split(",") if _PICK.fullmatch(one.strip())
    )
    return tuple(found)[:MOST_PICKED]


def with_pick(picked: Sequence[int], number: int) -> str:
    """The parameter's value with an entry added."""
    return ",".join(map(str, dict.fromkeys([*picked, number])))


def without_pick(picked: Sequence[int], number: int) -> str:
    """The parameter's value with an entry removed."""
    return ",".join(str(one) for one in picked if one != number)


def toggle_pick(picked: Sequence[int], number: int) -> str:
    """The parameter's value with an entry added, or removed if it is there."""
    return without_pick(picked, number) if number in picked else with_pick(picked, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The visit list, and the search whose results a visitor came from."""

    picked: tuple[int, ...] = ()
    query: Query | None = None
    """None for a visitor who did not search."""

    @property
    def search(self) -> str:
        """The search as a query string; empty without one. Made from checked parameters, so it leads nowhere else."""
        if self.query is None:
            return ""
        page = {"page": str(self.query.page)} if self.query.page > 1 else {}
        return urlencode(self.query.parameters() | page)

    @property
    def is_full(self) -> bool:
        """Whether nobody can be added."""
        return len(self.picked) >= MOST_PICKED

    def link(self, path: str, *, pick: str | None = None) -> str:
        """The address of another page of the site that keeps both; `pick` replaces the visit list."""
        carried = {"pick": ",".join(map(str, self.picked)) if pick is None else pick, "from": self.search}
        asked = urlencode({name: value for name, value in carried.items() if value}, safe=",")
        return f"{path}?{asked}" if asked else path

    def results(self, path: str, entry: int | None = None) -> str:
        """The address of the results, below the path of the search; at the card of an entry, if one is named."""
        pick = urlencode({"pick": ",".join(map(str, self.picked))}, safe=",") if self.picked else ""
        asked = "&".join(filter(None, (self.search, pick)))
        return path + (f"?{asked}" if asked else "") + (f"#name-{entry}" if entry and self.search else "")


def kept_of(request: Any) -> Kept:
    """What the address of a request carries along. A search that cannot be read is left out."""
    return Kept(picked=picks_of(request), query=_search_in(request.args.get("from") or ""))


def _search_in(text: str) -> Query | None:
    if not text or len(text) > MOST_SEARCH:
        return None
    try:
        query = Query.parse(dict(reversed(parse_qsl(text))))
    except BadQuery:
        return None
    return query if query.parameters() or query.page > 1 else None
