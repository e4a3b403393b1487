"""Errors that several rooms raise and the commands report."""

from __future__ import annotations

import sqlite3


class LdnError(Exception):
    """Base of the errors that a command reports in one sentence, without a stack trace; the message says what to do."""


def error_text(error: Exception) -> str:
    """What an error says, without the `[Errno 28]` of errors of the disk: `No space left on device: data/ldn.db`."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror


def count_of(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 entry`, `2 entries`. `many` defaults to `one` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


class LedgerError(LdnError):
    """The ledger cannot be read or written; the message says what to do."""


class DamagedLedger(LedgerError, sqlite3.DatabaseError):
    """The file of the ledger is damaged. The message names it and says what to do."""


class BuildError(LdnError):
    """Nothing was published; the message says why and what to do."""


class BuildRefused(BuildError):
    """What was built is not fit to replace what is published."""
