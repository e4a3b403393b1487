"""What a single value looks like: tests by which it speaks for a field, and tests by which it speaks against one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ldn_directory.normalize.names import is_credential, is_profession, looks_like_organisation, looks_like_person
from ldn_directory.normalize.npi import is_npi
from ldn_directory.normalize.postal_address import looks_like_street
from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.towns import is_town
from ldn_directory.normalize.web import is_safe_url, urls_in

from .kinds import is_kind
from .signals import has_address, has_email, has_phone, has_postcode, has_url, is_organisation, is_place, is_sentence

Test = Callable[[str], object]
_WORDS = re.compile(r"[\s,;/|]+")
_POSTCODE = re.compile(
    r"\d{5}(?:-\d{4})?|\d{4}(?:\s?[A-Z]{2})?|[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[\dW]\s?[A-Z0-9]{4}"
    r"|\d{3}-\d{4}|\d{5}-\d{3}|\d{2}-\d{3}|\d{3} \d{2}",
    re.I,
)
_DATE_AND_TIME = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?:[ T,]|$)")
_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?$", re.I)
_DEGREES = re.compile(r"-?\d{1,3}(?:[.,]\d+)?")
_FINE_DEGREES = re.compile(r"-?\d{1,3}\.\d{2,}")
_LICENCE_NUMBER = re.compile(r"[A-Za-z]{0,4}[-. ]?\d[\w.-]*")
_LETTERS = re.compile(r"(?:[A-Z][A-Za-z]{0,3}\.?){1,4}[A-Z]?\.?(?:-[A-Z]{1,4})?(?:\([A-Z]{1,3}\))?")
"""Letters after a name by their shape: `FXQM`, `Ph.D.`, `NP-C`."""
_CAPITALS = re.compile(r"[A-Z]{3,7}(?:-[A-Z]{1,4})?")
_HOUSE_NUMBER = re.compile(r"(?:n[º°o.]?\s*)?\d{1,5}(?:\.0)?(?:\s?[-/]\s?\d{1,5})?\s?[a-zA-Z]?", re.I)
_CODE = re.compile(r"[A-Za-z]{0,4}[-_]?\d[\w-]*|[0-9a-f]{8}-[0-9a-f-]{20,}")


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def is_date(text: str) -> bool:
    """Whether a value begins with a date, or is a time of day."""
    return bool(_DATE_AND_TIME.match(text) or _TIME.match(text))


def _is_email(text: str) -> bool:
    return len(text) < 120 and has_email(text)


def _is_site(text: str) -> bool:
    return "@" not in text and " " not in text and (is_safe_url(text) or bool(urls_in(text)))


def _is_phone(text: str) -> bool:
    return len(text) < 60 and has_phone(text) and not is_date(text) and "://" not in text


def is_letters(text: str) -> bool:
    """Whether a value is letters after a name by their shape, at least one group of them known."""
    words = [word for word in _WORDS.split(text) if word]
    known = sum(map(is_credential, words))
    shaped = sum(bool(_LETTERS.fullmatch(word)) and sum(map(str.isupper, word)) > 1 for word in words)
    return 0 < len(words) <= 12 and len(text) < 80 and known > 0 and max(known, shaped) * 10 >= len(words) * 7


def are_repeated_letters(values: Sequence[str]) -> bool:
    """Whether the values are groups of capitals that nobody could speak, few of them and each again and again.

    So are letters after a name that no table knows, in a column of their own; other words in capitals are not.
    """
    words = [word for value in values for word in _WORDS.split(value) if word]
    groups = [word for word in words if _CAPITALS.fullmatch(word)]
    different, letters = set(groups), "".join(groups)
    if len(groups) * 10 < len(words) * 9 or len(different) < 2 or 3 * len(different) > len(groups):
        return False
    return 3 * sum(letter in "AEIOUY" for letter in letters) <= len(letters)


def _is_town_and_region(text: str) -> bool:
    return "," in text and len(text) < 60 and is_place(text)


def _is_region(text: str) -> bool:
    return len(text) < 40 and not _is_town_and_region(text) and bool(region(text, "US") or region(text))


def _is_country(text: str) -> bool:
    return len(text) < 40 and bool(country(text)) and not (len(text) == 2 and region(text, "US"))


def _is_practice(text: str) -> bool:
    if len(text) >= 120 or has_email(text) or has_url(text) or is_sentence(text):
        return False
    return is_organisation(text) or looks_like_organisation(text)


def _is_person(text: str) -> bool:
    return len(text) < 120 and not _has_digit(text) and looks_like_person(text)


def _is_street(text: str) -> bool:
    if len(text) >= 200 or has_postcode(text) or "\n" in text or not _has_letter(text) or _POSTCODE.fullmatch(text):
        return False
    return looks_like_street(text) or ("," not in text and has_address(text))


def _is_address(text: str) -> bool:
    if _POSTCODE.fullmatch(text) or "://" in text:
        return False
    if len(text) >= 250:
        return False
    return has_postcode(text) or _is_town_and_region(text) or (("," in text or "\n" in text) and has_address(text))


def is_plain_words(text: str) -> bool:
    """Whether a value is a few words without digits, as the name of a town is."""
    plain = 1 < len(text) < 40 and not _has_digit(text) and _has_letter(text) and not set(text) & set("@:/;!?&")
    return plain and len(text.split()) <= 5 and "\n" not in text


def _is_sort(text: str) -> bool:
    return len(text) < 60 and is_profession(text)


def _short_text(most: int) -> Test:
    """Words, and no address of the web, date, number or prose."""

    def test(text: str) -> bool:
        first = text.split("\n")[0]
        return _has_letter(first) and len(first) <= most and not is_sentence(first) and not _is_contact(text)

    return test


def _is_contact(text: str) -> bool:
    return _is_email(text) or _is_site(text) or is_date(text)


def _within(most: int) -> Test:
    def test(text: str) -> bool:
        return bool(_DEGREES.fullmatch(text)) and abs(float(text.replace(",", "."))) <= most

    return test


def _could_be_place(text: str) -> bool:
    return 1 < len(text) <= 80 and _has_letter(text) and not _is_contact(text) and not is_sentence(text)


def _could_be_letters(text: str) -> bool:
    return len(text) <= 80 and "\n" not in text and not is_sentence(text) and not _LICENCE_NUMBER.fullmatch(text)


def _could_be_specialty(text: str) -> bool:
    return _has_letter(text) and len(text) <= 200 and not _CODE.fullmatch(text) and not _is_contact(text)


SPEAKS_FOR: Mapping[str, Test] = {
    "email": _is_email,
    "website": _is_site,
    "phone": _is_phone,
    "postcode": lambda text: bool(_POSTCODE.fullmatch(text)),
    "credentials": is_letters,
    "country": _is_country,
    "region": _is_region,
    "street": _is_street,
    "address": _is_address,
    "practice": _is_practice,
    "name": _is_person,
    "city": lambda text: is_plain_words(text) and is_town(text),
    "specialty": _is_sort,
    "house_number": lambda text: bool(_HOUSE_NUMBER.fullmatch(text)),
    "kind": is_kind,
    "register_number": is_npi,
    "latitude": lambda text: bool(_FINE_DEGREES.fullmatch(text)) and abs(float(text)) <= 90,
    "longitude": lambda text: bool(_FINE_DEGREES.fullmatch(text)) and abs(float(text)) <= 180,
}
"""By field, whether a value looks like one of its values."""

COULD_BE: Mapping[str, Test] = {
    "name": _short_text(120),
    "practice": _short_text(120),
    "last_name": lambda text: _short_text(80)(text) and "@" not in text,
    "first_name": lambda text: _short_text(60)(text) and not _has_digit(text),
    "middle_name": _has_letter,
    "credentials": _could_be_letters,
    "specialty": _could_be_specialty,
    "phone": _has_digit,
    "email": has_email,
    "website": lambda text: _is_site(text) or text.startswith("/") or "<" in text or "." in text,
    "city": lambda text: _could_be_place(text) and not has_postcode(text) and not _is_town_and_region(text),
    "region": _could_be_place,
    "country": _could_be_place,
    "street": lambda text: 1 < len(text) <= 250 and not _is_contact(text) and not has_postcode(text),
    "street2": lambda text: len(text) <= 250 and not _is_contact(text) and not has_postcode(text),
    "address": lambda text: 1 < len(text) <= 400 and _has_letter(text) and not _is_contact(text),
    "postcode": lambda text: len(text) <= 14 and _has_digit(text) and not is_date(text),
    "latitude": _within(180),
    "longitude": _within(180),
    "page": lambda text: _has_letter(text) and bool(set(text) & set("/.#?")),
    "serves": _has_letter,
    "languages": _has_letter,
    "register_number": _has_digit,
    "house_number": lambda text: bool(_HOUSE_NUMBER.fullmatch(text)),
}
"""By field, whether a value could be one of its values at all; a field that is not here takes any."""
