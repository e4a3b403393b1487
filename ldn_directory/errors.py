"""Errors that several rooms raise and the commands report."""

from __future__ import annotations


class LdnError(Exception):
    """Base of the errors that a command reports in one sentence, without a stack trace; the message says what to do."""


class BuildError(LdnError):
    """Nothing was published; the message says why and what to do."""


class BuildRefused(BuildError):
    """What was built is not fit to replace what is published."""
