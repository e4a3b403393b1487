"""What can go wrong with a register."""

from __future__ import annotations


class RegisterError(Exception):
    """A register cannot be loaded or read; nothing has changed. The message says which file, why, and what to do."""
