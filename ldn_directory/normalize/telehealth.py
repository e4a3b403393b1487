"""What an entry says about remote visits, where they are offered, and new patients. Silence is None."""

from __future__ import annotations

import re

from .regions import regions_in
from .words import any_of

_MOST_TEXT = 5_000
_TELE = any_of("telehealth")
_YES = re.compile(rf"^{any_of('yes')}(?!\w)", re.IGNORECASE)
_NO = re.compile(rf"^{any_of('no')}\b", re.IGNORECASE)
_OFFERED = re.compile(rf"\b{_TELE}\b", re.IGNORECASE)
_NOT_OFFERED = re.compile(
    rf"\b(?:no|not|without|kein\w*|geen|ikke|inte|pas de|sin|non)\s+(?:\w+\s+){{0,2}}{_TELE}\b"
    rf"|\b{_TELE}\s*(?::|is|are)?\s*(?:not? (?:available|offered)|no\b|none)|in[- ]person only",
    re.IGNORECASE,
)
_SERVES = re.compile(
    rf"(?:{_TELE}(?:\s+\w+){{0,3}}?\s*(?:to|in|for|throughout|across|within|:|\()|{any_of('serves')})"
    r"\s*:?\s*(?P<where>[^.;\n)]{2,400})",
    re.IGNORECASE,
)
_ACCEPTING = re.compile(any_of("accepting"), re.IGNORECASE)
_NOT_ACCEPTING = re.compile(any_of("not_accepting"), re.IGNORECASE)


def telehealth(text: str | None, labelled: bool = False) -> bool | None:
    """Whether telehealth is offered. Under a telehealth label (`labelled`) a mere yes or no suffices."""
    return _parse_answer(text, _NOT_OFFERED, _OFFERED, labelled)


def accepts_new(text: str | None, labelled: bool = False) -> bool | None:
    """Whether new patients are taken."""
    return _parse_answer(text, _NOT_ACCEPTING, _ACCEPTING, labelled)


def _parse_answer(text: str | None, no: re.Pattern[str], yes: re.Pattern[str], labelled: bool) -> bool | None:
    if not text:
        return None
    said = text[:_MOST_TEXT]
    if no.search(said) or (labelled and _NO.match(said.strip())):
        return False
    return True if yes.search(said) or (labelled and _YES.match(said.strip())) else None


def served_regions(text: str, country_code: str | None = None) -> tuple[str, ...]:
    """ISO codes of the regions that a text ties to telehealth, a licence or shipping."""
    found = (code for match in _SERVES.finditer(text[:_MOST_TEXT]) for code in regions_in(match["where"], country_code))
    return tuple(dict.fromkeys(found))
