"""Telephone numbers: E.164 where a country is known, and always as written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

from ldn_directory.model import Phone

from .labels import field_of
from .regions import region
from .words import any_of

UNLISTED = re.compile(any_of("unlisted"), re.IGNORECASE)
"""Labels whose numbers are not published."""
TOLL_FREE = re.compile(r"toll[\s-]*free|freephone|kostenlos|gratis", re.IGNORECASE)
_ZIP_BEFORE_PHONE = r"\d{5}(?:-\d{4})?[ .,]+\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d)"
_CANDIDATE = re.compile(
    rf"(?<![\w@/.〒])(?<!〒 )(?!{_ZIP_BEFORE_PHONE})"
    r"(?:\+|00|[(（])?\d(?:(?!\. )[\d\s()（）.\-–/·]){5,22}\d"
    r"(?:\s*(?:x|ext\.?|extension|Durchwahl)\s*\d{1,6})?(?![\w@])",
    re.IGNORECASE,
)
_VANITY = re.compile(r"\b1?[-. (]*8(?:00|33|44|55|66|77|88)[-. )]*(?:[A-Z0-9][-. ]?){7}(?![\w])")
_RUN = re.compile(r"[+(（]?\d[\d\s()（）.\-–/·]{5,}\d")
_SOME_DIGITS = re.compile(r"\d\D{0,4}\d\D{0,4}\d")
_BLANK = re.compile(r"\s+|(?<=[\d)])(?=\()")
_REGISTRATION = re.compile(r"(?=.*\.)(?=.*/)(?=.*-).*|\d+-\d{7,}-\d", re.DOTALL)
"""How tax and register numbers are written and telephone numbers are not: three kinds of signs, or one check digit."""
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_NO_PHONE = re.compile(any_of("no_phone"))
LABEL_AFTER = re.compile(
    rf"\s*(?:[-–,]\s*)?(?:[(\[]?({any_of('unlisted_after')})\b[)\]]?|[(\[]([cfhm])[)\]])(?![\s:.]*[+(]?\d)",
    re.IGNORECASE,
)
_UNLISTED_ANYWHERE = re.compile(any_of("unlisted_anywhere"), re.IGNORECASE)
"""A quick test: texts with unlisted numbers match this."""
_ABBREVIATED = re.compile(r"(?:^|[\s:])(?:[A-Z.]{2,6}|(?i:no|nr|number))\.?$")
"""An abbreviation before digits that are no valid number: "VAT", "P.IVA", "Company no."."""
_COUNTED = re.compile(r"\s*(?:no|nr|num|#)\.?\s*\d$", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s()]*(?:or|oder|ou|and|und|&|/|;|\+)[\s()]*", re.IGNORECASE)
_NO_DIGIT = re.compile(r"\D")
_THREE_LETTERS = re.compile("[A-Z]{3}")
_WORD_BEFORE = re.compile(r"([^\W\d_][^\d\n|;,]{0,30})$")
_COMPANYS = frozenset(
    {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.UAN,
    }
)
_NANP = frozenset(("US", "CA"))
_TEN_DIGITS = re.compile(r"\(?1?[\s.-]?\(?([2-9]\d\d)\)?[\s.-]{0,2}([2-9]\d\d)[\s.-]?(\d{4})", re.A)
"""A number of the North American Numbering Plan as it is usually written: area code and exchange start with 2 to 9."""


@lru_cache(maxsize=4096)
def is_unlisted(label: str) -> bool:
    """Whether a label says that its number is not for the public: fax, home, mobile."""
    return field_of(label) == "phone_unlisted" or bool(UNLISTED.search(label))


@lru_cache(maxsize=100_000)
def _parse(text: str, country_code: str | None) -> str | None:
    """One number as E.164; None if it is not valid in its country."""
    if country_code in _NANP and (plain := _TEN_DIGITS.fullmatch(text)):
        return f"+1{plain[1]}{plain[2]}{plain[3]}" if _is_area_code(plain[1]) else None
    bare = re.sub(r"^00(?=[1-9])", "+", text.replace("(0)", "")).replace("–", "-").replace("·", " ")
    try:
        number = phonenumbers.parse(bare, country_code)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def phone_country(e164: str | None) -> str | None:
    """The country of a number in E.164, or the main one of its numbering plan; None if it has none."""
    number = _read_e164(e164 or "")
    return phonenumbers.region_code_for_country_code(number.country_code or 0) if number else None


@lru_cache(maxsize=1_000)
def _is_area_code(code: str) -> bool:
    """Whether the North American Numbering Plan has given out an area code, for which any further digits are valid."""
    return is_valid(f"+1{code}5550142")


@lru_cache(maxsize=100_000)
def is_valid(number: str) -> bool:
    """Whether a number is E.164 and valid in its country, so that it may be called as it is."""
    digits = number[1:]
    if number[:1] != "+" or not (digits.isascii() and digits.isdigit()):
        return False
    found = _read_e164(number)
    return found is not None and phonenumbers.is_valid_number(found)


@lru_cache(maxsize=50_000)
def is_companys(number: str) -> bool:
    """Whether a number in E.164 is of a kind that is a company's rather than an office's: free of charge, or not of a
    place at one price.
    """
    found = _read_e164(number)
    return found is not None and phonenumbers.number_type(found) in _COMPANYS


def _read_e164(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None


def phones(text: str, country_code: str | None = None) -> tuple[Phone, ...]:
    """The numbers in a text, without those that it says are fax, home or mobile numbers."""
    source = text[4:] if text.lower().startswith("tel:") else text
    found: dict[str, Phone] = {}
    for raw, label in _candidates(source[:2_000]):
        unlisted = label and UNLISTED.search(label)
        if not unlisted and (phone := _phone(raw, country_code, label)):
            found.setdefault(phone.e164 or _digits(raw), phone)
    return tuple(found.values())


def remove_unlisted(text: str) -> str:
    """The text without the numbers that it says are fax, home or mobile numbers."""
    if not _UNLISTED_ANYWHERE.search(text):
        return text
    for raw, label in _candidates(text):
        if label and UNLISTED.search(label):
            text = text.replace(raw, "")
    return text


@lru_cache(maxsize=5_000)
def _candidates(text: str) -> Sequence[tuple[str, str | None]]:
    """(number as written, the word that says what it is) of each number; "Cell: A or B" says it of both."""
    if not _SOME_DIGITS.search(text):
        return ()
    text = _RUN.sub(lambda run: " ; ".join(_numbers_in(run[0])), text)
    vanity = [match for match in _VANITY.finditer(text) if re.search("[A-Z]", match.group())]
    covered = [range(*match.span()) for match in vanity]
    plain = [one for one in _CANDIDATE.finditer(text) if not any(_overlap(range(*one.span()), two) for two in covered)]
    found: list[tuple[str, str | None]] = []
    end = 0
    for match in sorted([*vanity, *plain], key=lambda match: match.start()):
        before = _WORD_BEFORE.search(_COUNTED.sub("", text[: match.start()].rstrip(" .:#(+\n")))
        after = LABEL_AFTER.match(text, match.end())
        label = (after[1] or after[2]) if after else before[1].strip() if before else None
        previous = found[-1][1] if found and not after else None
        if previous and UNLISTED.search(previous) and _BETWEEN.fullmatch(text, end, match.start()):
            label = previous
        found.append((match.group().strip(" -–./"), label))
        end = match.end()
    return found


def _numbers_in(run: str) -> list[str]:
    """The numbers that stand side by side, parted by slashes or blanks; the few last digits of a further one go."""
    parts = re.split(r"\s*/\s*", run)
    if len(parts) > 1 and len(_digits(parts[0])) >= 7:
        complete = [part for part in parts if len(_digits(part)) >= 7]
        if len(complete) == len(parts) or all(len(_digits(part)) <= 4 for part in parts if part not in complete):
            return [number for part in complete for number in _numbers_in(part)]
    tokens = _BLANK.split(run)
    if len(tokens) > 1 and all(len(_digits(token)) >= 7 for token in tokens):
        return tokens
    total = len(_digits(run))
    for count in (2, 3):
        if total >= 7 * count + (run[0] == "+") and total % count == 0 and (equal := _equal(tokens, total // count)):
            return equal
    return [run]


def _equal(tokens: list[str], size: int) -> list[str]:
    """The tokens joined to numbers of as many digits each; [] if they can not be."""
    numbers: list[str] = []
    held: list[str] = []
    for token in tokens:
        held.append(token)
        digits = len(_digits("".join(held)))
        if digits > size:
            return []
        if digits == size:
            numbers.append(" ".join(held))
            held = []
    return numbers


def _digits(text: str) -> str:
    return _NO_DIGIT.sub("", text)


def _is_number(raw: str) -> bool:
    """Whether something with digits may be a telephone number: long enough, and no date, code or register number."""
    digits = _digits(raw)
    return (
        7 <= len(digits) <= 20 and len(set(digits)) > 1 and not (_NO_PHONE.match(raw) or _REGISTRATION.fullmatch(raw))
    )


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _phone(raw: str, country_code: str | None, label: str | None) -> Phone | None:
    lettered = bool(_THREE_LETTERS.search(raw))
    if (not lettered and not _is_number(raw)) or (label and _is_of_register(raw, label)):
        return None
    kind = "toll-free" if label and TOLL_FREE.search(label) else None
    if parsed := _parse(raw.translate(_LETTERS) if lettered else raw, country_code):
        return Phone(raw=raw, e164=parsed, label=kind)
    digits, national = _digits(raw), country_code if not raw.startswith("+") else None
    is_other = label and _ABBREVIATED.search(label) and field_of(label) != "phone" and not region(label[-2:])
    is_short = national and (len(digits) < 7 or (national in _NANP and len(digits) in (8, 9)))
    return None if is_other or is_short else Phone(raw=raw, label=kind)


def _is_of_register(raw: str, label: str) -> bool:
    """Whether the word before a number says that it is a register's, or is an abbreviation with points ("P.IVA")."""
    return field_of(label) == "register_number" or (raw.isdigit() and "." in label.split()[-1])


def has_phone(text: str) -> bool:
    """Whether a text holds something written like a telephone number."""
    return any(_is_number(raw) for raw, _ in _candidates(text[:2_000]))
