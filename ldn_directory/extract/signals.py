"""Cheap tests for what a text contains: a phone number, an e-mail address, a postal address, a name.

They only find entries. The values themselves are parsed by `normalize`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import (
    is_credential,
    is_profession,
    looks_like_organisation,
    looks_like_person,
)
from ldn_directory.normalize.postcodes import is_town_with_postcode
from ldn_directory.normalize.regions import country, region

from .facts import any_of, facts

_PHONE = re.compile(
    # Not from a ZIP code before the number.
    r"(?<![\w/.@#-])(?!\d{5}(?:-\d{4})?[ .,]+\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d))"
    r"(?:\+|00)?[(（]?\d(?:(?!\. )[\d \t\xa0()（）.\-/–]){5,22}\d(?![\w@/])"
)
_DIGIT = re.compile(r"\d")
_FEWEST_DIGITS = 3
"""No telephone number has fewer digits, the others being letters."""
_AT = re.compile(r"@|[\s([{]at[\s)\]}]", re.I)
"""What is in every e-mail address, and in few other texts."""
_SITE_MARK = re.compile(r"://|[\w-]\.[\w-]")
"""What is in every web address."""
_SPLIT_WORDS = re.compile(r"[\s,;/]+")
_ACRONYM = re.compile(r"\(?(?:[A-Z]\.?){2,8}(?:-?[A-Z]{1,3})?[.,)®]*")
_PARTICLES = frozenset(facts("words")["name_particle"])
_VANITY = re.compile(r"\b1?[- .]?\(?8(?:00|33|44|55|66|77|88)\)?[-. ][A-Z0-9]{3}-?[A-Z0-9]{3,}\b")
_NOPHONE = re.compile(any_of("no_phone"))
_POSTCODE_LIKE = re.compile(any_of("postcode_like"))
_EMAIL = re.compile(
    r"[\w.+'-]{1,64}\s?(?:@|\(at\)|\[at\]|\{at\}|\s\(?at\)?\s)\s?[\w-]{1,63}"
    r"(?:\s?(?:\.|\(dot\)|\[dot\]|\s\(?dot\)?\s)\s?[\w-]{1,63}){1,5}",
    re.I,
)
_URL = re.compile(
    r"https?://\S{4,}|\bwww\.[\w-]+\.\S{2,}|"
    rf"(?<![@\w.-])(?:[a-z0-9][\w-]{{0,62}}\.){{1,5}}{any_of('top_level_domain')}\b(?!@)(?:/\S*)?",
    re.I,
)
_POSTCODE = re.compile(any_of("postcode"))
_POSTCODE_FIRST = re.compile(
    r"(?:^|[\s,(])(?:(?:[A-Z]{1,3}[- ])?\d{4,5}\s+[^\W\d_]*[A-ZÀ-Þ][^\W\d_]{2,}|\d{4}\s?[A-Z]{2}\b(?=[,\s]+[A-Z]))"
)  # 20457 Hamburg, 1017 AB Amsterdam
_BARE_POSTCODE = re.compile(
    r"(?:[A-Z]{1,2}-)?\d{5}(?:-\d{4})?|[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
)
_STREET_AFTER = re.compile(
    rf"\b\d{{1,6}}[A-Za-z]?(?:-\d{{1,6}})?,?\s+(?:[\w.'’-]{{1,30}}\s+){{0,5}}?{any_of('street_after')}\b", re.I
)
_STREET_BEFORE = re.compile(
    rf"{any_of('street_ending')}\s+\d{{1,4}}\s?[a-zA-Z]?\b|\b{any_of('street_before')}\s.{{2,50}}?\d", re.I
)
_BOX = re.compile(r"\b(?:p\.?\s?o\.?\s?box|postfach|postbus|apartado|postboks)\s*\d", re.I)
_SUITE = re.compile(r"^(?:suite|ste\.?|unit|floor|bldg\.?|building|apt\.?|room|level|#)\s*#?\w{1,6}\b", re.I)
_PLACE = re.compile(r"^[^\d:@]{2,40}(?:,\s*|\.\s+)([^\d:@,.]{2,30})(?:,\s*[^\d:@,]{2,30})?$")
_CODED_PLACE = re.compile(r"^[A-ZÀ-Þ][\w.'’ -]{2,30}[, ]\s*([A-Z]{2})$")
_BRACKETED_PLACE = re.compile(r"^[^\d:@(]{2,60}\(([A-Z]{2})\)?$")
_EMPTY = re.compile(rf"^{any_of('no_value')}$", re.I)
_ACTION = re.compile(rf"^(?:{any_of('click_verb')}\b[\w\s'/&-]{{0,32}}|{any_of('click_text')})[\s.…›»→>+-]*$", re.I)
_TITLED = re.compile(
    rf"^{any_of('title')}\b\.?\s(?!of\b)(?:(?:med|dent|rer|nat|habil|pharm|phil|univ|dr|prof)\b\.?\s+)*", re.I
)
_HEAD = re.compile(
    r"\s+[–—|•·]\s*|\s*[|;•·\t]\s*|\s-\s|\s+\w+:\s|:\s|\s*\(|,\s+(?=\d)|\s{2,}|"
    r"\s+(?=\+?\(?\d{3}[\s).-])|[–—]\s|\.\s+(?=[A-Z]\w+:|\+?\(?\d)"
)
_ABBREVIATED = re.compile(r"[^\W\d_]{3,} [A-Z]\.?$")  # "Dorian K.": a patient's name, not a practitioner's
_BULLETS = re.compile(r"^[^\w(\[\"“„'‘«+@#$€£/<&〒（「『【]+(?=\w)")
_PICTOGRAMS = frozenset(("So", "Sk", "Cf", "Mn"))
"""Categories of signs that are no part of a value: ticks, stars, emoji with their selectors."""
_NUMBERING = re.compile(r"^(?:[#№]\s?\d{1,4}[.):]?|\(?\d{1,3}[.)])\s+(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(rf"(?<=[^\W\d_]{{3}})[.!?]\s+[A-ZÀ-Þ\"'“]|\b{any_of('sentence')}\b")
_NOT_NAMES = re.compile(rf"\b{any_of('no_name')}\b", re.I)
_NOT_NAMES_START = re.compile(rf"^{any_of('no_name_start')}\b", re.I)
_ONE_OF_SEVERAL = re.compile(rf"^{any_of('one_of_several')}$", re.I)
_ORGANISATION = re.compile(rf"(?<!\w){any_of('organisation')}(?!\w)", re.I)


def has_phone(text: str) -> bool:
    """Whether the text probably holds a telephone number."""
    return len(_DIGIT.findall(text)) >= _FEWEST_DIGITS and _has_number(text)


@lru_cache(65536)
def _has_number(text: str) -> bool:
    for found in _PHONE.finditer(text):
        written = found[0].strip()
        digits = len(_DIGIT.findall(written))
        if 7 <= digits <= 15 and not _not_a_phone(written, digits):
            return True
    return bool(_VANITY.search(text))


def phones_in(text: str) -> list[str]:
    """The telephone numbers in a text, as written."""
    return [found[0].strip() for found in phone_matches(text)]


def _not_a_phone(written: str, digits: int) -> bool:
    if _NOPHONE.match(written):
        return True
    if written.isdigit():
        return digits < 9 or digits > 12
    return bool(_POSTCODE_LIKE.fullmatch(written))


def has_email(text: str) -> bool:
    """Whether the text holds an e-mail address, also if written as "name at example dot org"."""
    return bool(_AT.search(text) and _EMAIL.search(text))


def has_url(text: str) -> bool:
    """Whether the text holds a web address."""
    return "." in text and bool(_SITE_MARK.search(text) and _URL.search(text)) and not _EMAIL.fullmatch(text.strip())


@lru_cache(65536)
def has_address(text: str) -> bool:
    """Whether the text holds a line of a postal address: a postcode with its place, a street, a post-office box."""
    if len(text) > 250 or not _DIGIT.search(text):
        return False
    return has_postcode(text) or any(
        found.search(text) for found in (_POSTCODE_FIRST, _STREET_AFTER, _STREET_BEFORE, _BOX, _SUITE)
    )


@lru_cache(65536)
def has_postcode(text: str) -> bool:
    """Whether the text holds a postcode beside a place, as the last line of an address does."""
    if len(text) > 250:
        return False
    if _POSTCODE.search(text) or (not text.isascii() and is_town_with_postcode(text)):
        return True
    found = _POSTCODE_FIRST.search(text)
    return bool(found and not _STREET_AFTER.match(text[found.start() :].lstrip(" ,(")))  # "4336 Oak Avenue" is a street


def is_postcode(text: str) -> bool:
    """Whether the text is a postcode and nothing else."""
    return bool(_BARE_POSTCODE.fullmatch(text.strip()))


@lru_cache(65536)
def is_place(text: str) -> bool:
    """Whether the text is a place and nothing else: a country, a region, or a town with its region."""
    text = text.strip(" :.-–—•*()")
    if not 1 < len(text) <= 60:
        return False
    if country(text) or region(text):
        return True
    if (bracketed := _BRACKETED_PLACE.match(text)) and region(bracketed[1], "US"):
        return True
    coded = _CODED_PLACE.match(text)
    if coded and region(coded[1], "US") and (not is_credential(coded[1]) or len(_WORD.findall(text)) == 2):
        return True
    found = _PLACE.match(text.split("(")[0].strip())
    if found is None:
        return False
    if found[1].isupper() and is_credential(found[1].strip()) and len(_WORD.findall(text[: found.start(1)])) > 1:
        return False  # "Ada Marsh, MD" is no town in Maryland; "Baltimore, MD" is
    return bool(region(found[1].strip()) or country(found[1].strip()))


@lru_cache(65536)
def is_empty(text: str) -> bool:
    """Whether the text only says that there is no value ("N/A", "Not available", a dash)."""
    stripped = text.strip()
    return not stripped or bool(_EMPTY.match(stripped)) or not any(character.isalnum() for character in stripped)


@lru_cache(65536)
def is_action(text: str) -> bool:
    """Whether the text is a call to click ("View profile", "Read more")."""
    return len(text) <= 60 and bool(_ACTION.match(text.strip()))


@lru_cache(65536)
def is_label(text: str) -> bool:
    """Whether the text is the name of a field, such as "Phone" or "Clinic name:"."""
    stripped = text.strip().rstrip(":").strip()
    return 1 < len(stripped) <= 40 and not has_url(stripped) and label_field(stripped) is not None


@lru_cache(65536)
def label_field(label: str) -> str | None:
    """The field that a label names, also in the scripts of `marks.toml`."""
    return field_of(label) or facts("marks")["labels"].get(label.strip())


@lru_cache(65536)
def is_strong_name(text: str) -> bool:
    """Whether the text names a person with a title or credentials, or an organisation by its kind."""
    text = text.strip(" •*-–—\t")
    if not 3 < len(text) <= 120 or has_email(text) or is_place(text) or _URL.fullmatch(text):
        return False
    if is_titled(text) and len(_WORD.findall(text)) <= 12 and not _SENTENCE.search(_TITLED.sub("", text)):
        return True
    return person_and_credentials(text.split("(")[0]) is not None or is_organisation(text)


def is_titled(text: str) -> bool:
    """Whether the text begins with a title and a name: "Dr. Ada Marsh", not "Doctors in Ohio" in any language."""
    found = _TITLED.match(text)
    words = _SPLIT_WORDS.split(text[found.end() :], 1) if found else [""]
    return bool(words[0]) and (any(map(str.isupper, words[0])) or words[0] in _PARTICLES or not words[0].isascii())


@lru_cache(65536)
def person_and_credentials(text: str) -> tuple[str, str] | None:
    """("Jane Roe", "ND, FXYZ") if the text is a name with credentials, else None."""
    words = [word for word in _SPLIT_WORDS.split(text.strip(" •*-–—\t,;")) if word]
    known = (
        at for at, word in enumerate(words) if at >= 2 and is_credential(word) and sum(map(str.isupper, word)) >= 2
    )
    start = next(known, None)
    if start is None or start > 5 or len(words) > 16:
        return None
    name, after = words[:start], words[start:]
    head = " ".join(name)
    if not all(is_credential(word) or _ACRONYM.fullmatch(word) for word in after):
        return None
    if _NOT_NAMES.search(head) or any(map(str.isdigit, head)):
        return None
    if not all(any(map(str.isupper, word)) or word in _PARTICLES for word in name):
        return None
    return head.strip(" ,"), ", ".join(word.strip(",") for word in after)


@lru_cache(65536)
def names_person(text: str) -> bool:
    """Whether the text names a person, with or without title and credentials."""
    text = text.strip(" •*-–—\t")
    return is_titled(text) or (
        len(text) <= 120 and not is_organisation(text) and person_and_credentials(text) is not None
    )


@lru_cache(65536)
def is_organisation(text: str) -> bool:
    """Whether the text looks like the name of a practice or pharmacy."""
    text = text.strip(" •*-–—\t")
    if not 3 < len(text) <= 90 or _SENTENCE.search(text) or _NOT_NAMES.search(text) or text.endswith((":", "?", "!")):
        return False
    return bool(_ORGANISATION.search(text)) and (text[:1].isupper() or not text[:1].islower()) and " " in text.strip()


@lru_cache(65536)
def is_credentials(text: str) -> bool:
    """Whether the text is credentials and nothing else."""
    words = [word for word in _SPLIT_WORDS.split(text.strip()) if word]
    return 0 < len(words) <= 10 and all(is_credential(word) for word in words)


@lru_cache(65536)
def is_sentence(text: str) -> bool:
    """Whether the text is prose: several words, with a verb or a full stop."""
    return len(_WORD.findall(text)) > 5 and bool(_SENTENCE.search(text))


@lru_cache(8192)
def is_generic(heading: str) -> bool:
    """Whether a heading only announces a list ("All providers", "Our members")."""
    return bool(_NOT_NAMES_START.match(heading) and _NOT_NAMES.search(heading))


@lru_cache(65536)
def is_announcement(text: str) -> bool:
    """Whether a short line announces a list or page ("Physicians List") and names nobody."""
    return len(text) <= 60 and bool(_NOT_NAMES.search(text)) and not is_strong_name(text) and not is_label(text)


@lru_cache(65536)
def is_weak_name(text: str) -> bool:
    """Whether the text could be a name if its position agrees."""
    text = text.strip(" •*-–—\t")
    if not 2 < len(text) <= 90 or is_label(text) or is_action(text) or is_profession(text):
        return False
    if has_phone(text) or has_email(text) or has_address(text) or has_url(text):
        return False
    if _NOT_NAMES.search(text) or _NOT_NAMES_START.match(text) or is_place(text) or _SENTENCE.search(text):
        return False
    return (looks_like_person(text) and not _ABBREVIATED.search(text)) or (
        looks_like_organisation(text) and _is_capitalised(text)
    )


@lru_cache(65536)
def is_weak_person(text: str) -> bool:
    """Whether the text could be a person's name without title or credentials."""
    text = text.strip(" •*-–—\t")
    return is_weak_name(text) and looks_like_person(text) and not looks_like_organisation(text)


def _is_capitalised(text: str) -> bool:
    """Whether most of the longer words have a capital, as in a title."""
    words = [word for word in _WORD.findall(text) if len(word) > 3]
    return (
        len(words) <= 9
        and not text.endswith((".", "!", "?", ":"))
        and sum(word[0].isupper() for word in words) * 10 >= len(words) * 7
    )


@lru_cache(65536)
def could_be_title(text: str) -> bool:
    """Whether the text could be an entry's title in any script: short, and no sentence, contact, label or link text."""
    text = text.strip()
    if not 1 < len(text) <= 100 or text.endswith((":", "：", "..", "…")) or _SENTENCE.search(text):
        return False
    if _ONE_OF_SEVERAL.match(text):
        return False
    if is_label(text) or is_action(text) or is_empty(text) or (text[0].isdigit() and has_address(text)):
        return False
    return not (has_phone(text) or has_email(text) or has_postcode(text) or (has_url(text) and " " not in text))


def is_one_of_several(text: str) -> bool:
    """Whether the text only counts an entry's places ("Office 2:")."""
    return any(map(str.isdigit, text)) and bool(_ONE_OF_SEVERAL.match(text.strip().rstrip(":").rstrip()))


def without_numbering(text: str) -> str:
    """The text without a bullet or the number of an entry before it."""
    return without_bullet(_NUMBERING.sub("", text.strip())).strip()


def without_bullet(text: str) -> str:
    """The text without leading bullets, ticks and pictograms, and without pictograms at its end."""
    while text and unicodedata.category(text[-1]) in _PICTOGRAMS:
        text = text[:-1].rstrip()
    return text if text[:1].isalnum() else _BULLETS.sub("", text)


@lru_cache(65536)
def head_of(text: str) -> str:
    """The part of a line that may be a name: what is before a dash, bar, bracket, label or number."""
    text = without_numbering(text[:400].strip(" •*·▪►-–—\t"))
    found = _HEAD.search(text, 2) if len(text) > 2 else None
    head = text[: found.start()].strip(" ,;") if found else text
    for end in [at for at, character in enumerate(head) if character == ","][1:6][::-1]:
        if person_and_credentials(head[:end]) and not person_and_credentials(head):
            return head[:end]
    first, comma, rest = head.partition(",")
    if comma and is_profession(rest.split(",")[0]) and looks_like_person(first):
        return first
    titled = comma and _TITLED.match(first) and len(_WORD.findall(first)) > 2
    if titled and not is_credential(next(iter(rest.split()), "")):
        return first
    if len(head) < 3 or (head != text and len(text) < 120 and not is_strong_name(head) and is_strong_name(text)):
        return text
    return head


def urls_of(text: str) -> list[str]:
    """The web addresses in a text, as written."""
    return [found[0] for found in url_matches(text)]


def url_matches(text: str) -> list[re.Match[str]]:
    """What looks like web addresses in a text."""
    return list(_URL.finditer(text)) if _SITE_MARK.search(text) else []


def email_matches(text: str) -> list[re.Match[str]]:
    """What looks like e-mail addresses in a text."""
    return list(_EMAIL.finditer(text)) if _AT.search(text) else []


def phone_matches(text: str) -> list[re.Match[str]]:
    """What looks like telephone numbers in a text."""
    if len(_DIGIT.findall(text)) < _FEWEST_DIGITS:
        return []
    return [found for found in _PHONE.finditer(text) if has_phone(found[0])]
