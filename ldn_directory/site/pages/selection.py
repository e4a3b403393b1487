"""Entries that a visitor has picked for a visit sheet. They are saved in the address (`pick=5,9`) and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

MOST_PICKED = 30
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
