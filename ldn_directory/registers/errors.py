"""What can go wrong with a register."""

from __future__ import annotations

from ldn_directory.errors import LdnError


class RegisterError(LdnError):
    """A register cannot be loaded or read; nothing has changed. The message says which file, why, and what to do."""


MOST_WRONG = 0.001
"""Share of a file's entries that may be unreadable, and are left out, before the file is refused."""


def refuse_if_many(wrong: int, total: int, name: str, first: str) -> None:
    """Raises RegisterError where more than a few entries of a file are unreadable, or there are none at all."""
    if total == 0:
        raise RegisterError(f"{name} has no entries: nothing was loaded")
    if wrong > max(3, total * MOST_WRONG):
        raise RegisterError(
            f"{name}: {wrong:,} of {total:,} entries cannot be read, the first: {first}: nothing was loaded"
        )
