"""Errors that several rooms raise and the commands report."""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger cannot be read or written; the message says what to do."""


class BuildError(Exception):
    """Nothing was published; the message says why and what to do."""


class BuildRefused(BuildError):
    """What was built is not fit to replace what is published."""
