"""Which field a label means, in the languages and machine spellings that lists use."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from .regions import fold

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_PATH = re.compile(r"[@:/()]")
"""What the path of a key, as "fields.phone", does not hold."""
_PREFIXES = (
    "views field ",
    "field ",
    "wpbdp field ",
    "acf ",
    "primary ",
    "office ",
    "work ",
    "business ",
    "contact ",
    "your ",
    "practice ",
    "clinic ",
    "main ",
    "geodir ",
    "the ",
    "listing ",
    "post ",
    "meta ",
    "wpsl ",
    "address ",
    "mailing ",
    "provider ",
    "location ",
    "physical ",
    "doctor ",
    "pharmacy ",
    "store ",
    "practitioner ",
    "company ",
    "org ",
    "schema ",
    "cf ",
    "custom ",
)
_SUFFIXES = (
    " value",
    " rendered",
    " raw",
    " text",
    " 1",
    " field",
    " name value",
    " target id",
    " s",
    " formatted",
    " optional",
    " required",
)
FIELDS = (
    "name",
    "first_name",
    "middle_name",
    "last_name",
    "title",
    "credentials",
    "practice",
    "kind",
    "specialty",
    "phone",
    "phone_unlisted",
    "email",
    "website",
    "address",
    "street",
    "street2",
    "city",
    "region",
    "postcode",
    "country",
    "latitude",
    "longitude",
    "telehealth",
    "serves",
    "accepts_new",
    "languages",
    "register_number",
    "remark",
    "key",
    "page",
    "status",
    "ignored",
)


@cache
def _table() -> dict[str, str]:
    text = files("ldn_directory.normalize").joinpath("labels.toml").read_text("utf-8")
    return {alias: field for field, aliases in tomllib.loads(text).items() for alias in aliases}


@lru_cache(maxsize=20_000)
def field_of(label: str | None) -> str | None:
    """The field that a label stands for, or None: an unknown label is better than a wrong one."""
    if not label or len(label) > 80:
        return None
    spaced = fold(_CAMEL.sub(" ", label).replace("_", " "))
    known = _table()
    for candidate in _shortened(spaced):
        if field := known.get(candidate):
            return field
    if "." in label and not _NO_PATH.search(label):
        return field_of(label.rsplit(".", 1)[1])
    return None


def _shortened(label: str) -> list[str]:
    """The label, then without its prefixes one by one, each also without a suffix."""
    candidates = [label]
    for candidate in candidates:
        if len(candidates) > 12:
            break
        for prefix in _PREFIXES:
            if candidate.startswith(prefix) and candidate[len(prefix) :] not in candidates:
                candidates.append(candidate[len(prefix) :])
    for candidate in list(candidates):
        for suffix in _SUFFIXES:
            if candidate.endswith(suffix):
                candidates.append(candidate[: -len(suffix)])
    return candidates
