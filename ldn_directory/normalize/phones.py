"""Telephone numbers: E.164 where a country is known, and always as written."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

from ldn_directory.model import Phone

from .labels import field_of

UNLISTED = re.compile(
    r"\b(?:tele)?fax(?:nummer|-?nr)?\b|\bfacsimile\b|\btélécopie\b|\bhome\b|\bprivate?\b|\bprivat\b|\bmobile?\b|\bmob\b|\bcell(?:ular|phone)?\b"
    r"|\bhandy\b|\bmobil(?:nummer|nr|telefon|tfn)?\b|\bportable\b|\bmóvil\b|\bcellulare\b|\bdomicile\b|\bcasa\b|\bthuis\b|\bhjem\b|(?:^|:\s*)[cfhm]$",
    re.IGNORECASE,
)
"""Labels whose numbers are not published."""


@lru_cache(maxsize=4096)
def is_unlisted(label: str) -> bool:
    """Whether a label says that its number is not for the public: fax, home, mobile."""
    return field_of(label) == "phone_unlisted" or bool(UNLISTED.search(label))


TOLL_FREE = re.compile(r"toll[\s-]*free|freephone|kostenlos|gratis", re.IGNORECASE)
_CANDIDATE = re.compile(
    r"(?<![\w@/.〒])(?<!〒 )(?!\d{5}(?:-\d{4})?[ .,]+\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d))(?:\+|00|\()?\d(?:(?!\. )[\d\s().\-–/·]){5,22}\d(?:\s*(?:x|ext\.?|extension|Durchwahl)\s*\d{1,6})?(?![\w@])",
    re.IGNORECASE,
)
_VANITY = re.compile(r"\b1?[-. (]*8(?:00|33|44|55|66|77|88)[-. )]*(?:[A-Z0-9][-. ]?){7}(?![\w])")
_SLASHED = re.compile(r"(?<=\d{4})\s*/\s*(?=[+(]?\d[\d\s().-]{8,}\d)")
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_NO_PHONE = re.compile(
    r"^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|^\d{4}[./-]\d{1,2}[./-]\d{1,2}$|^\d{5}(?:-\d{3,4})?$|^\d{4}-\d{3}$|^-?\d{1,3}\.\d{4,}$|^(?:19|20)\d\d\s*[-–]\s*(?:19|20)\d\d$"
)
LABEL_AFTER = re.compile(
    r"\s*(?:[-–,]\s*)?(?:[(\[]?(fax|home|cell|mobile|mobil|handy|toll[ -]?free|office|private?|privat)\b[)\]]?|[(\[]([cfhm])[)\]])(?![\s:.]*[+(]?\d)",
    re.IGNORECASE,
)
_PRIVATE_WORD = re.compile(
    r"fax|facsim|télécopie|home|privat|mobil|\bmob\b|cell|handy|portable|móvil|domicile|casa|thuis|hjem|\b[cfhm]\b",
    re.IGNORECASE,
)
"""What a text with an unlisted number has in it somewhere."""
_COUNTED = re.compile(r"\s*(?:no|nr|num|#)\.?\s*\d$", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s()]*(?:or|oder|ou|and|und|&|/|;|\+)[\s()]*", re.IGNORECASE)
_NO_DIGIT = re.compile(r"\D")
_THREE_LETTERS = re.compile("[A-Z]{3}")
_WORD_BEFORE = re.compile(r"([^\W\d_][^\d\n|;,]{0,30})$")


_NANP = frozenset(("US", "CA"))
_TEN_DIGITS = re.compile(r"\(?1?[\s.-]?\(?([2-9]\d\d)\)?[\s.-]{0,2}([2-9]\d\d)[\s.-]?(\d{4})", re.A)
"""A number of the North American Numbering Plan as it is usually written: area code and exchange start with 2 to 9."""


@lru_cache(maxsize=100_000)
def _parsed(text: str, country_code: str | None) -> tuple[str, str | None] | None:
    """(E.164, extension) of one number if it is possible in the country; None if not."""
    if country_code in _NANP and (plain := _TEN_DIGITS.fullmatch(text)):
        return f"+1{plain[1]}{plain[2]}{plain[3]}", None
    bare = re.sub(r"^00(?=[1-9])", "+", text.replace("(0)", "")).replace("–", "-").replace("·", " ")
    try:
        number = phonenumbers.parse(bare, country_code)
    except phonenumbers.NumberParseException:
        return None
    # Numbers reserved for fiction are possible but not valid; local ones without an area code are neither.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), number.extension


def phones(text: str, country_code: str | None = None, label: str | None = None) -> tuple[Phone, ...]:
    """The publishable numbers in a text; those labelled fax, home or mobile, in the text or by `label`, are left out."""
    if label and UNLISTED.search(label.replace("_", " ")):
        return ()
    source = text[4:] if text.lower().startswith("tel:") else text
    found: dict[str, Phone] = {}
    for raw, own_label in _candidates(_SLASHED.sub(" ; ", source[:2_000])):
        if own_label and UNLISTED.search(own_label):
            continue
        phone = _phone(raw, country_code, own_label or label)
        if phone:
            found.setdefault(phone.e164 or re.sub(r"\D", "", raw), phone)
    return tuple(found.values())


def without_unlisted(text: str) -> str:
    """The text without the numbers that it says are fax, home or mobile numbers."""
    if not _PRIVATE_WORD.search(text):
        return text
    for raw, label in _candidates(_SLASHED.sub(" ; ", text)):
        if label and UNLISTED.search(label):
            text = text.replace(raw, "")
    return text


def _candidates(text: str) -> list[tuple[str, str | None]]:
    """(number as written, the word that says what it is) of each number; "Cell: A or B" says it of both."""
    vanity = [match for match in _VANITY.finditer(text) if re.search("[A-Z]", match.group())]
    plain = [
        match
        for match in _CANDIDATE.finditer(text)
        if not any(match.start() < other.end() and other.start() < match.end() for other in vanity)
    ]
    found: list[tuple[str, str | None]] = []
    end = 0
    for match in sorted([*vanity, *plain], key=lambda match: match.start()):
        before = _WORD_BEFORE.search(_COUNTED.sub("", text[: match.start()].rstrip(" .:#(+\n")))
        after = LABEL_AFTER.match(text, match.end())
        label = (after[1] or after[2]) if after else before[1].strip() if before else None
        if (
            found
            and not after
            and _BETWEEN.fullmatch(text, end, match.start())
            and (said := found[-1][1])
            and UNLISTED.search(said)
        ):
            label = said
        found.append((match.group().strip(" -–./"), label))
        end = match.end()
    return found


def _phone(raw: str, country_code: str | None, label: str | None) -> Phone | None:
    digits = _NO_DIGIT.sub("", raw)
    lettered = bool(_THREE_LETTERS.search(raw))
    if not lettered and (_NO_PHONE.match(raw) or not 7 <= len(digits) <= 20):
        return None
    kind = "toll-free" if label and TOLL_FREE.search(label) else None
    parsed = _parsed(raw.translate(_LETTERS) if lettered else raw, country_code)
    if parsed:
        return Phone(raw=raw, e164=parsed[0], label=kind)
    if country_code and not raw.startswith("+"):
        return Phone(raw=raw, label=kind) if len(digits) >= 7 else None
    return Phone(raw=raw, label=kind)


def has_phone(text: str) -> bool:
    """Whether a text holds something written like a telephone number."""
    return any(not _NO_PHONE.match(raw) and len(re.sub(r"\D", "", raw)) >= 7 for raw, _ in _candidates(text[:2_000]))
