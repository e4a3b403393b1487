"""A listing as claims: one row for each value of each field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ldn_directory.model import ADDRESS_FIELDS, FACTS_FIELDS

PLAIN_FIELDS = (
    "kind",
    "grade",
    "name",
    "credentials",
    "practice",
    "specialty",
    "email",
    "website",
    *ADDRESS_FIELDS,
    "latitude",
    "longitude",
    "register",
    "register_number",
    "remark",
    "hours",
)
YES_NO_FIELDS = ("telehealth", "accepts_new", "ships")
LIST_FIELDS = ("serves", "languages")

Row = Mapping[str, Any]
"""A listing as JSON values."""
Claim = tuple[str, str, str | None]
"""(field, value, as written if that differs)."""


def claims_of(row: Row) -> Iterator[Claim]:
    """The claims of a listing given as JSON values, in a fixed order."""
    written = dict(row.get("written", ()))
    for field in PLAIN_FIELDS:
        value = row.get(field)
        if value is not None:
            yield field, str(value), _if_different(written.get(field), str(value))
    for phone in row.get("phones", ()):
        yield "phone", phone.get("e164") or phone["raw"], phone["raw"]
    for field in YES_NO_FIELDS:
        if row.get(field) is not None:
            yield field, "yes" if row[field] else "no", written.get(field)
    for field in LIST_FIELDS:
        for value in row.get(field, ()):
            yield field, value, _if_different(written.get(field), value)


def page_of(row: Mapping[str, Any], field: str) -> str:
    """The page that a listing, given as JSON values, has a field from."""
    pages = dict(row.get("pages") or ())
    return str(pages.get(field) or (row.get("facts_page") if field in FACTS_FIELDS else None) or row["page"])


def _if_different(written: str | None, value: str) -> str | None:
    return written if written != value else None
