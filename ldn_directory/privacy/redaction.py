"""Keeps the forgotten out of what crawls fetch: their listings, their own pages, and texts that name them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from ldn_directory.archive.page_result import PageResult
from ldn_directory.errors import BuildError, LdnError
from ldn_directory.ledger import Ledger
from ldn_directory.model import Harvest
from ldn_directory.storage import LEDGER_FILE, utc_now

from .archived_pages import redact_run
from .erasing import begin
from .identity_keys import Row
from .mentions import REPLACEMENT
from .suppression import Suppressions, list_path


class SuppressionsUnreadable(LdnError):
    """The suppression list cannot be read, so nothing may enter the ledger. The message says what to do."""


def load_suppressions(data: Path) -> Suppressions | None:
    """The suppression list as it is now; None if nobody is on it. Raises SuppressionsUnreadable."""
    path = list_path(data)
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        return Suppressions.load(path, data)
    except BuildError as error:
        raise SuppressionsUnreadable(
            f"nothing is taken while it is not known who asked to be forgotten: {error}"
        ) from None


def suppression_filter(data: Path) -> Callable[[Row], bool]:
    """Whether a listing, as JSON values, is of somebody who asked to be forgotten. Raises SuppressionsUnreadable.

    The list is read again for the first listing, which is within the ledger's transaction: anybody forgotten in the
    meantime is either on it by then, or is erased after the transaction.
    """
    load_suppressions(data)
    loaded: list[Suppressions | None] = []

    def is_suppressed(row: Row) -> bool:
        if not loaded:
            loaded.append(load_suppressions(data))
        return bool(loaded[0] and loaded[0].is_suppressed(row))

    return is_suppressed


def redact_page(result: PageResult, suppressions: Suppressions | None) -> tuple[PageResult, bool]:
    """(the result of a page without links to pages of the forgotten, whether the original may be kept as it is)."""
    if not suppressions:
        return result, True
    follow = tuple(
        (url, context)
        for url, context in result.follow
        if not suppressions.names_anyone(f"{url} {json.dumps(context, ensure_ascii=False)}")
    )
    is_clean = (
        len(follow) == len(result.follow)
        and all(suppressions.redact_line(line) == line for line in result.lines)
        and not any(suppressions.names_anyone(text) for text in (*map(str, result.problems), *result.left_out))
        and not (result.mention and suppressions.names_anyone(result.mention.words))
    )
    return replace(result, follow=follow), is_clean


def redact_texts(harvest: Harvest, suppressions: Suppressions | None) -> Harvest:
    """A harvest for the ledger, which leaves out the listings of the forgotten itself, and counts them."""
    if not suppressions:
        return harvest
    return replace(harvest, lines=tuple(suppressions.redact_line(line) or line for line in harvest.lines))


def redact_harvest(harvest: Harvest, suppressions: Suppressions | None) -> Harvest:
    """A harvest that may be kept in a file."""
    return replace(harvest, lines=redact_lines(harvest.lines, suppressions))


def redact_lines(lines: tuple[bytes, ...], suppressions: Suppressions | None) -> tuple[bytes, ...]:
    """Listings as canonical JSON, without those of the forgotten and without mentions of them."""
    if not suppressions:
        return lines
    return tuple(redacted for line in lines if (redacted := suppressions.redact_line(line)) is not None)


def redact_words(words: str, suppressions: Suppressions | None) -> str:
    """What a person gives as a reason, for the Sources page: nothing of it, if it names somebody who was forgotten."""
    return REPLACEMENT if suppressions and suppressions.names_anyone(words) else words


def redact_archived(data: Path, folder: Path, lines: Iterable[bytes] = ()) -> int:
    """Redacts what a crawl that has ended has archived of the forgotten (`redact_run`); gives how many pages.

    `lines` are the listings that it has read. If that fails, the ledger notes that it remains to be done, and the next
    command that publishes does it. Raises LedgerError.
    """
    try:
        if not (suppressions := load_suppressions(data)):
            return 0
        rows = [json.loads(line) for line in lines]
        forgotten = [row for row in rows if suppressions.is_suppressed(row)]
        others = [row for row in rows if not suppressions.is_suppressed(row)]
        return redact_run(folder, suppressions, forgotten, utc_now(), others).records
    except (OSError, sqlite3.Error, SuppressionsUnreadable):
        with Ledger.open(data / LEDGER_FILE) as ledger:
            begin(ledger.db, (), utc_now(), redact=True)
        return 0
