"""Guesses what a column holds from its values, for tables without a header and for unknown labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ldn_directory.normalize.names import is_credential, looks_like_organisation, looks_like_person
from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.web import is_safe_url, urls_in

from .signals import has_address, has_email, has_phone, is_organisation, is_place

_TELLING = frozenset(("email", "website", "phone", "address"))
"""Fields that can be recognised from a single value."""
ENOUGH = 0.6
"""Share of a column's values that must look alike."""
SAMPLE = 60
_WORDS = re.compile(r"[\s,;/|]+")
_POSTCODE = re.compile(
    r"\d{5}(?:-\d{4})?|\d{4}(?:\s?[A-Z]{2})?|[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[\dW]\s?[A-Z0-9]{4}",
    re.I,
)
_DATE_AND_TIME = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?:[ T,]|$)")
_DIGIT = re.compile(r"\d")


def _is_email(text: str) -> bool:
    return len(text) < 120 and has_email(text)


def _is_site(text: str) -> bool:
    return "@" not in text and " " not in text and (is_safe_url(text) or bool(urls_in(text)))


def _is_phone(text: str) -> bool:
    return len(text) < 60 and has_phone(text) and not _DATE_AND_TIME.match(text)


def _is_credentials(text: str) -> bool:
    words = [word for word in _WORDS.split(text) if word]
    return 0 < len(words) <= 12 and len(text) < 80 and sum(map(is_credential, words)) * 10 >= len(words) * 7


def _is_region(text: str) -> bool:
    return len(text) < 40 and not _is_town_and_region(text) and bool(region(text, "US") or region(text))


def _is_organisation(text: str) -> bool:
    return len(text) < 120 and (is_organisation(text) or looks_like_organisation(text))


def _is_person(text: str) -> bool:
    return len(text) < 120 and not _DIGIT.search(text) and looks_like_person(text)


def _is_street(text: str) -> bool:
    return len(text) < 200 and has_address(text) and "," not in text and "\n" not in text


def _is_town_and_region(text: str) -> bool:
    return "," in text and len(text) < 60 and is_place(text)


def _is_address(text: str) -> bool:
    return len(text) < 250 and (has_address(text) or _is_town_and_region(text))


_LOOKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("email", _is_email),
    ("website", _is_site),
    ("phone", _is_phone),
    ("postcode", lambda text: bool(_POSTCODE.fullmatch(text.strip()))),
    ("credentials", _is_credentials),
    ("country", lambda text: len(text) < 40 and bool(country(text))),
    ("region", _is_region),
    ("street", _is_street),
    ("address", _is_address),
    ("practice", _is_organisation),
    ("name", _is_person),
)


def guess_field(values: Sequence[str]) -> str | None:
    """The field that most of the values look like; None if there is none."""
    filled = [value.strip() for value in values[: SAMPLE * 4] if value and value.strip()][:SAMPLE]
    if not filled:
        return None
    shares = {field: sum(map(test, filled)) / len(filled) for field, test in _LOOKS}
    if shares["name"] + shares["practice"] >= ENOUGH and shares["name"] >= 0.3 and shares["address"] < 0.3:
        shares["name"] = max(shares["name"], ENOUGH)
    return next((field for field, _ in _LOOKS if shares[field] >= ENOUGH), None)


def guess_labels(rows: Sequence[Sequence[str]], known: Sequence[str] = ()) -> list[str]:
    """A label for each column, "" where its values say nothing. Each field is given once.

    `known` are fields that other columns already have.
    """
    width = max((len(row) for row in rows), default=0)
    columns = [[row[column] for row in rows[:SAMPLE] if column < len(row)] for column in range(width)]
    labels: list[str] = []
    for values in columns:
        found = guess_field(values)
        if found == "practice" and "name" not in (*labels, *known, *map(guess_field, columns)):
            found = "name"
        if found not in _TELLING and len(rows) > 2 and sum(map(bool, values)) < 2:
            found = None  # one word in one row is no column of practices
        labels.append(found if found and found not in labels and found not in known else "")
    return _with_city(labels, columns, known)


def _with_city(labels: list[str], columns: Sequence[Sequence[str]], known: Sequence[str]) -> list[str]:
    """Labels a column of plain words before the region or postcode as the city."""
    if "city" in (*labels, *known):
        return labels
    for index, label in enumerate(labels):
        if index and label in ("region", "postcode") and not labels[index - 1] and _plain_words(columns[index - 1]):
            return [*labels[: index - 1], "city", *labels[index:]]
    return labels


def _plain_words(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return bool(filled) and sum(len(value) < 40 and not _DIGIT.search(value) for value in filled) >= 0.9 * len(filled)
