"""Who asked to be forgotten, as crawling and replaying need to know: what is fetched of them is not kept, nor looked at further."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_directory.archive.page_result import PageResult
from ldn_directory.errors import LdnError
from ldn_directory.model import Harvest
from ldn_directory.storage import written_by_people

if TYPE_CHECKING:
    from .suppression import Suppressions

LIST_FILE = "suppressions.jsonl"


class Unreadable(LdnError):
    """The list of the forgotten cannot be read, so nothing may enter the ledger. The message says what to do."""


def forgotten_in(data: Path) -> Suppressions | None:
    """The list of the forgotten as it is now; None if there is nobody on it. Raises Unreadable."""
    path = written_by_people(data, LIST_FILE)
    if not path.exists() or not path.stat().st_size:
        return None
    # Most crawls have no such list, and need not wait for the build's modules.
    from ldn_directory.errors import BuildError

    from .suppression import Suppressions

    try:
        return Suppressions.of(path, data)
    except BuildError as error:
        raise Unreadable(f"nothing is taken while it is not known who asked to be forgotten: {error}") from None


def suppressed_in(data: Path) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a listing, as JSON values, is of somebody who asked to be forgotten. Raises Unreadable.

    The list is read again when the first listing is asked for, which is within the ledger's transaction: whoever is forgotten
    meanwhile is either on it then, or is erased after the transaction.
    """
    forgotten_in(data)
    read: list[Suppressions | None] = []

    def suppressed(row: Mapping[str, Any]) -> bool:
        if not read:
            read.append(forgotten_in(data))
        return bool(read[0] and read[0].is_suppressed(row))

    return suppressed


def reading_without(reading: PageResult, hidden: Suppressions | None) -> tuple[PageResult, bool]:
    """(a page's reading without the pages of their own that the forgotten have, whether it may be kept as it is)."""
    if not hidden:
        return reading, True
    follow = tuple((url, context) for url, context in reading.follow if not hidden.mentioned(_words(url, context)))
    clean = len(follow) == len(reading.follow) and all(hidden.line_without(line) == line for line in reading.lines)
    return replace(reading, follow=follow), clean and not any(
        hidden.mentioned(str(problem)) for problem in reading.problems
    )


def _words(url: str, context: Mapping[str, Any]) -> str:
    return f"{url} {json.dumps(context, ensure_ascii=False)}"


def without_mentions(harvest: Harvest, hidden: Suppressions | None) -> Harvest:
    """A harvest as it may enter the ledger, which itself leaves out the listings of the forgotten, and counts them."""
    return (
        replace(harvest, lines=tuple(hidden.line_without(line) or line for line in harvest.lines))
        if hidden
        else harvest
    )


def without_forgotten(harvest: Harvest, hidden: Suppressions | None) -> Harvest:
    """A harvest as it may be kept."""
    return replace(harvest, lines=lines_without(harvest.lines, hidden))


def lines_without(lines: tuple[bytes, ...], hidden: Suppressions | None) -> tuple[bytes, ...]:
    """Listings as canonical JSON, without those of the forgotten and without mentions of them."""
    return tuple(kept for line in lines if (kept := hidden.line_without(line)) is not None) if hidden else lines
