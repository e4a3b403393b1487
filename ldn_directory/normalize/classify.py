"""The texts of a record by field: by their column, else by their label, else by what stands in them.

Bare lines are told by what they look like and by where they stand: a town is one between a street and a postal code,
letters are credentials behind a name. Nothing is changed afterwards: each pass gives new values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from ldn_directory.model import Labelled, Record

from .address_lines import join_places
from .labels import field_of
from .names import has_title, looks_like_organisation, people, split_person
from .phones import UNLISTED, has_phone, is_unlisted
from .postal_address import looks_like_place, looks_like_street
from .postcodes import is_town_with_postcode
from .regions import country, region
from .telehealth import accepts_new, served_regions, telehealth
from .text_hygiene import clean, collapse_spaces, says_nothing, visible
from .web import emails, urls_in
from .words import any_of

MOST_TEXT = 20_000
MOST_VALUE = 500
MOST_NOTE = 160
"""Characters of a remark whose number is taken for the entry's own if it has no other."""
_ANSWERS = ("telehealth", "accepts_new", "serves", "latitude", "longitude")
"""Fields for which a zero says something."""
_LABEL_LINE = re.compile(r"^\s*([^\W\d_][^:\n]{0,38}?)\s*:\s*(\S.*)$")
_PHONE_THEN_FAX = re.compile(
    r"\b(?:phone|tel|telephone|telefon|tlf)\b\.?\s*"
    r"(?:[/&,+|]|and\b|or\b|und\b|et\b|og\b|och\b|en\b|y\b)\s*(?:tele)?fax\b",
    re.IGNORECASE,
)
_AROUND_PHONES = re.compile(r"[\d\s().+–/-]|ext|tel|phone|ph|fax|toll|free", re.IGNORECASE)
_TOWN_OR_PERSON = re.compile(r"[^\W\d_][\w.'’ -]{2,30},\s*[A-Z]{2}")
_FIRST_CONTACT = re.compile(r"\s[|•·–-]\s|(?<=\s)\S+@|(?<=\s)(?:https?:|www\.)|(?<=\s)[+(]?\d", re.I)
"""Where what follows a name in its line may begin: a sign, an address or a number."""
_HAS_CONTACT = re.compile(r"[@(:\d]|www|\w\.\w")
_NOTE = re.compile(r"\(|[^\W\d_]{2,20}:")
_NO_NOTE = re.compile(r"\S+@\S+|(?:https?:|www\.)\S+|\S+\.\w{2,}\b|[\W\d_]+")
CLOSED_STATUS = re.compile(rf"^\s*(?:permanently )?{any_of('closed_status')}\b", re.IGNORECASE)
CLOSED_ANYWHERE = re.compile(any_of("closed_anywhere"), re.IGNORECASE)
"""Words by which a list says that somebody has left, retired or died."""
_YES_OR_NO = re.compile(
    r"^\W*([^\W\d_][^:?\n]{2,40}?)(?:\s*+[:?]\s*+|\s++[–—-]\s*+|\s++)"
    r"(yes|no|ja|nein|nee|nei|nej|oui|non|sí|sì|y|n)\W*$",
    re.IGNORECASE,
)
"""A question of yes or no with its answer: "Accepting new patients? No"."""


class FieldText(NamedTuple):
    """A text, or a line of one, and the field it was found to be.

    Besides the fields of labels there are `person_line`, `organisation_line` and `address_line` for bare lines,
    `unlisted` for fax, home and mobile numbers, `unlisted_next` for a line that only says so of the next,
    `phone_in_remark` for what may be another's number, `closed` for lines that say that nobody is there any more,
    `town_or_person` for lines such as "Silver Spring, MD", `unknown_label` for labels that mean no field, and
    `too_long` for what to report of texts that were dropped.
    """

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTexts:
    """What a record states, by field."""

    values: Mapping[str, Sequence[str]]
    shown: tuple[str, ...] = ()
    """Every text as cleaned, with its label, without numbers that are not published."""
    originals: Mapping[str, str]
    """By a line as cleaned, the line as written, where characters were dropped that nobody sees."""

    def as_written(self, text: str) -> str:
        """A cleaned text as it is written, or with its longest line as that is written."""
        if text in self.originals:
            return self.originals[text]
        within = max((line for line in self.originals if line in text), key=len, default="")
        return text.replace(within, self.originals[within], 1) if within else text

    def first(self, name: str) -> str | None:
        """The first text of a field."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> Sequence[str]:
        """The texts of a field in their order."""
        return self.values.get(name, ())


def classify(record: Record) -> FieldTexts:
    """The texts of the record by field."""
    found: list[FieldText] = []
    kept = [item for item in record.texts if len(item.text) <= MOST_TEXT]
    for is_labelled, items in groupby(kept, lambda item: bool(item.label or item.field)):
        if is_labelled:
            found += (one for item in items for one in _of_labelled(item))
        else:
            lines = [line for item in items for line in collapse_spaces(visible(item.text)).split("\n")]
            for line in join_places(lines):
                found += _of_line(line, found)
    long = [item for item in record.texts if len(item.text) > MOST_TEXT]
    found += (
        FieldText("too_long", f"{item.label or 'a text'} is {len(item.text):,} characters long: dropped")
        for item in long
    )
    values: dict[str, list[str]] = {}
    for name, text in found:
        values.setdefault(name, []).append(text)
    own = "address_line" if _is_named(values) and not _is_placed(values) else "person_line"
    if lines := values.pop("town_or_person", []):
        values[own] = [*values.get(own, []), *lines]
    return FieldTexts(values=values, shown=tuple(_shown(kept)), originals=_unseen(kept))


def _is_named(values: Mapping[str, Sequence[str]]) -> bool:
    return bool(values.get("person_line") or values.get("last_name") or any(map(people, values.get("name", ()))))


def _is_placed(values: Mapping[str, Sequence[str]]) -> bool:
    return bool(
        values.get("city") or values.get("address") or any(map(looks_like_place, values.get("address_line", ())))
    )


def _shown(items: Iterable[Labelled]) -> Iterator[str]:
    for item in items:
        if (text := clean(item.text)) and not (item.label and is_unlisted(item.label)):
            yield f"{clean(item.label)}: {text}" if item.label else text


def _unseen(items: Iterable[Labelled]) -> dict[str, str]:
    """By the line as cleaned, each line with characters that nobody sees, except those with unlisted numbers."""
    lines = (line for item in items if visible(item.text) != item.text for line in item.text.split("\n"))
    pairs = ((clean(line), line) for line in lines if visible(line) != line)
    return {cleaned: line.strip() for cleaned, line in pairs if cleaned and not UNLISTED.search(cleaned)}


def _of_labelled(item: Labelled) -> list[FieldText]:
    """A text by the field of its column, or the one that its label means."""
    label, text = item.label or "", clean(item.text)
    name = item.field or field_of(label)
    if not text or (says_nothing(text) and not (name in _ANSWERS and "0" in text)):
        return []
    if name is None and is_unlisted(label) and has_phone(text):
        name = "phone_unlisted"
    match name:
        case None:
            return [FieldText("unknown_label", label)]
        case "phone_unlisted" if _PHONE_THEN_FAX.search(label) and has_phone(text):
            first, *others = [part for part in re.split(r"\n|\s*[/,;|]\s*(?=[+(]?\d)", text) if part.strip()]
            return [FieldText("phone", first), *(FieldText("unlisted", other) for other in others)]
        case "phone_unlisted":
            return [FieldText("unlisted", text)]
        case "remark":
            return [one for line in text.split("\n") for one in _of_line(line, (), remark=True)]
        case "ignored":
            return []
        case "status" if not CLOSED_STATUS.match(text):
            return []
    return [FieldText(name, text)]


def _of_line(line: str, before: Sequence[FieldText], remark: bool = False) -> list[FieldText]:
    """A line without a label; from a remark, only contacts and answers are taken. `before` is what stands above."""
    if "\n" in line:
        return [FieldText("address_line", line)]
    line = line.strip(" |•·-–")
    if not line or says_nothing(line):
        return []
    if before and before[-1].field == "unlisted_next" and has_phone(line):
        return [FieldText("unlisted", line)]
    if len(line) < 25 and not re.search(r"\d", line) and is_unlisted(line.rstrip(" :.#")):
        return [FieldText("unlisted_next", line)]
    closed = [FieldText("closed", line)] if len(line) < 200 and CLOSED_ANYWHERE.search(line) else []
    found = _of_question(line)
    if found is None:
        found = (None if remark else _of_person_with_contacts(line, before)) or _of_contact(line, before, remark)
    return [*closed, *found]


def _of_question(line: str) -> list[FieldText] | None:
    """A line that begins with a label: "Tel: 555-0101", "Accepting new patients? No"; None if it does not."""
    answer = _YES_OR_NO.match(line)
    if answer and (question := field_of(answer[1])) in ("telehealth", "accepts_new"):
        return [FieldText(str(question), answer[2])]
    labelled = _LABEL_LINE.match(line)
    name = field_of(labelled[1]) if labelled else None
    if labelled and name not in (None, "ignored"):
        whole = Labelled(label=labelled[1], text=labelled[2])
        return [FieldText("remark", labelled[2])] if name == "remark" else _of_labelled(whole)
    if labelled and UNLISTED.search(labelled[1]) and has_phone(labelled[2]):
        return [FieldText("unlisted", line)]
    return None


def _of_person_with_contacts(line: str, before: Sequence[FieldText]) -> list[FieldText]:
    """A name, what reaches it and notes on it, in one line; [] for any other line."""
    if not _HAS_CONTACT.search(line) or any(one.field == "person_line" for one in before):
        return []
    person, rest = split_person(line)
    cut = _FIRST_CONTACT.search(line)
    if cut and not person and (not before or has_title(line)) and people(line[: cut.start()]):
        person, rest = line[: cut.start()], line[cut.start() :]
    found = _of_remark(rest)
    is_contact = any(one.field != "remark" for one in found)
    if not person or not (is_contact or _NOTE.match(rest)) or people(rest):
        return []
    return [FieldText("person_line", person), *found]


def _of_contact(line: str, before: Sequence[FieldText], remark: bool) -> list[FieldText]:
    """A line with an e-mail address, a number or a site, or else by what it looks like."""
    if remark:
        return _of_remark(line)
    found = [FieldText("email", line)] if emails(line) else []
    if found and len(line) < 60:
        return found
    if has_phone(line) and _is_mostly_phone(line) and not is_town_with_postcode(line):
        return [*found, *_of_phone(line)]
    if len(line) < 120 and urls_in(line) and " " not in line.replace("http", ""):
        return [*found, FieldText("website", line)]
    if telehealth(line) is not None or accepts_new(line) is not None or served_regions(line):
        return [*found, FieldText("remark", line)]
    return [*found, FieldText(_look_of(line, before), line)]


def _of_remark(line: str) -> list[FieldText]:
    """The contacts in a remark, and the remark if there is more in it. Among many words they may be another's."""
    found = [FieldText("email", line)] if emails(line) else []
    if has_phone(line) and _is_mostly_phone(line):
        found += _of_phone(line)
    elif has_phone(line) and len(line) <= MOST_NOTE:
        found.append(FieldText("phone_in_remark", line))
    rest = _NO_NOTE.sub("", line)
    if urls_in(line) and not rest:
        found.append(FieldText("website", line))
    return [*found, FieldText("remark", line)] if not found or len(rest) > 12 else found


def _is_mostly_phone(line: str) -> bool:
    return len(_AROUND_PHONES.sub("", line)) < 40


def _of_phone(line: str) -> list[FieldText]:
    """A line with numbers; those that are not published are noted."""
    return [*([FieldText("unlisted", line)] if UNLISTED.search(line) else []), FieldText("phone", line)]


def _look_of(line: str, before: Sequence[FieldText]) -> str:
    """The field of a line that has neither label nor contacts."""
    named = people(line)
    with_credentials = any(person.credentials for person in named) and not re.search(r"\d", line)
    if with_credentials and _TOWN_OR_PERSON.fullmatch(line) and region(line[-2:], "US"):
        return "town_or_person"
    first_person = not any(one.field == "person_line" for one in before)
    if with_credentials and (first_person or before[-1].field == "person_line"):
        return "person_line"
    if len(line) > 3 and (region(line) or country(line)):
        return "region" if region(line) else "country"
    if looks_like_place(line) or (looks_like_street(line) and not named):
        return "address_line"
    if named and first_person and len(line) < 160:
        return "person_line"
    return "organisation_line" if len(line) < 120 and looks_like_organisation(line) else "remark"
