"""The texts of a record by field: labelled texts by their labels, bare lines by what they look like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ldn_directory.model import Record

from .labels import field_of
from .names import is_profession, looks_like_organisation, people
from .phones import UNLISTED, has_phone, is_unlisted
from .postal_address import looks_like_place, looks_like_street
from .regions import country, region
from .telehealth import accepts_new, served_regions, telehealth
from .text_hygiene import clean, collapse_spaces, visible
from .web import emails, urls_in
from .words import any_of

MOST_TEXT = 20_000
MOST_VALUE = 500
_EMPTY = re.compile(rf"^{any_of('empty_value')}$", re.IGNORECASE)
_LABEL_LINE = re.compile(r"^\s*([^\W\d_][^:\n]{0,38}?)\s*:\s*(\S.*)$")
_PHONE_THEN_FAX = re.compile(
    r"\b(?:phone|tel|telephone|telefon|tlf)\b\.?\s*"
    r"(?:[/&,+|]|and\b|or\b|und\b|et\b|og\b|och\b|en\b|y\b)\s*(?:tele)?fax\b",
    re.IGNORECASE,
)
_AROUND_PHONES = re.compile(r"[\d\s().+–/-]|ext|tel|phone|ph|fax|toll|free", re.IGNORECASE)
_TOWN_OR_PERSON = re.compile(r"[^\W\d_][\w.'’ -]{2,30},\s*[A-Z]{2}")
CLOSED_STATUS = re.compile(rf"^\s*(?:permanently )?{any_of('closed_status')}\b", re.IGNORECASE)
CLOSED_ANYWHERE = re.compile(any_of("closed_anywhere"), re.IGNORECASE)
"""Words by which a list says that somebody has left, retired or died."""
_YES_OR_NO = re.compile(
    r"^\W*([^\W\d_][^:?\n]{2,40}?)(?:\s*+[:?]\s*+|\s++[–—-]\s*+|\s++)"
    r"(yes|no|ja|nein|nee|nei|nej|oui|non|sí|sì|y|n)\W*$",
    re.IGNORECASE,
)
"""A question of yes or no with its answer: "Accepting new patients? No"."""


@dataclass(slots=True)
class FieldTexts:
    """What a record states, by field. Bare lines are under `person_line`, `organisation_line` and `address_line`."""

    values: dict[str, list[str]] = field(default_factory=dict)
    unknown_labels: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    """Fax, home and mobile numbers: not published."""
    too_long: list[str] = field(default_factory=list)
    """What to report of texts that were dropped."""
    town_or_person: list[str] = field(default_factory=list)
    """Lines such as "Silver Spring, MD"."""
    closed: list[str] = field(default_factory=list)
    """Lines that say that the entry is closed."""
    unlisted_next: bool = False
    """Whether the line before said "Fax" or "Mobile" and no more."""
    latest: str | None = None
    """The field of the text added last."""
    shown: list[str] = field(default_factory=list)
    """Every text as cleaned, with its label, without numbers that are not published."""

    originals: dict[str, str] = field(default_factory=dict)
    """By a line as cleaned, the line as written, where characters were dropped that nobody sees."""

    def note_unseen(self, written: str) -> None:
        """Keeps the lines of a text as they are written, except those with unlisted numbers."""
        for line in written.split("\n"):
            if (cleaned := clean(line)) and visible(line) != line and not UNLISTED.search(cleaned):
                self.originals[cleaned] = line.strip()

    def as_written(self, text: str) -> str:
        """A cleaned text as it is written, or with its longest line as that is written."""
        if text in self.originals:
            return self.originals[text]
        within = max((line for line in self.originals if line in text), key=len, default="")
        return text.replace(within, self.originals[within], 1) if within else text

    def add(self, name: str, text: str) -> None:
        self.values.setdefault(name, []).append(text)
        self.latest = name

    def first(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])


def classify(record: Record) -> FieldTexts:
    """The texts of the record by field."""
    texts = FieldTexts()
    for item in record.texts:
        if len(item.text) > MOST_TEXT:
            texts.too_long.append(f"{item.label or 'a text'} is {len(item.text):,} characters long: dropped")
            continue
        seen = visible(item.text)
        text = collapse_spaces(seen)
        if seen != item.text:
            texts.note_unseen(item.text)
        if text and not (item.label and is_unlisted(item.label)):
            texts.shown.append(f"{clean(item.label)}: {text}" if item.label else text)
        if not text or _EMPTY.match(text):
            continue
        if item.label or item.field:
            _add_labelled(texts, item.label or "", text, item.field)
        else:
            for line in text.split("\n"):
                _add_line(texts, line)
    for line in texts.town_or_person:
        texts.add("address_line" if _is_named(texts) and not _is_placed(texts) else "person_line", line)
    return texts


def _is_named(texts: FieldTexts) -> bool:
    return bool(texts.first("person_line") or texts.first("last_name") or any(map(people, texts.all("name"))))


def _is_placed(texts: FieldTexts) -> bool:
    return bool(texts.first("city") or texts.first("address") or any(map(looks_like_place, texts.all("address_line"))))


def _add_labelled(texts: FieldTexts, label: str, text: str, name: str | None = None) -> None:
    name = name or field_of(label)
    if name is None and is_unlisted(label) and has_phone(text):
        name = "phone_unlisted"
    match name:
        case None:
            texts.unknown_labels.append(label)
        case "phone_unlisted" if _PHONE_THEN_FAX.search(label) and has_phone(text):
            first, *others = [part for part in re.split(r"\n|\s*[/,;|]\s*(?=[+(]?\d)", text) if part.strip()]
            texts.add("phone", first)
            texts.unlisted += others
        case "phone_unlisted":
            texts.unlisted.append(text)
        case "remark":
            for line in text.split("\n"):
                _add_line(texts, line, remark=True)
        case "ignored":
            return
        case "status" if not CLOSED_STATUS.match(text):
            return
        case _:
            texts.add(name, text)


def _add_line(texts: FieldTexts, line: str, remark: bool = False) -> None:
    """Adds a line without a label under the field it looks like. From a remark, only contacts and answers are taken."""
    line = line.strip(" |•·-–")
    if not line or _EMPTY.match(line) or _is_unlisted_line(texts, line):
        return None
    if len(line) < 200 and CLOSED_ANYWHERE.search(line):
        texts.closed.append(line)
    answer = _YES_OR_NO.match(line)
    if answer and (question := field_of(answer[1])) in ("telehealth", "accepts_new"):
        return texts.add(question, answer[2])
    if (labelled := _LABEL_LINE.match(line)) and (name := field_of(labelled[1])) not in (None, "ignored"):
        return texts.add(name, labelled[2]) if name == "remark" else _add_labelled(texts, labelled[1], labelled[2])
    if labelled and UNLISTED.search(labelled[1]) and has_phone(labelled[2]):
        return texts.unlisted.append(line)
    if emails(line):
        texts.add("email", line)
        if len(line) < 60 or remark:
            return None
    if has_phone(line) and len(_AROUND_PHONES.sub("", line)) < 40:
        if UNLISTED.search(line):
            texts.unlisted.append(line)
        return texts.add("phone", line)
    if len(line) < 120 and urls_in(line) and " " not in line.replace("http", ""):
        return texts.add("website", line)
    if remark or telehealth(line) is not None or accepts_new(line) is not None or served_regions(line):
        return texts.add("remark", line)
    named = people(line)
    with_credentials = any(person.credentials for person in named) and not re.search(r"\d", line)
    if with_credentials and _TOWN_OR_PERSON.fullmatch(line) and region(line[-2:], "US"):
        return texts.town_or_person.append(line)
    return texts.add(_field_of_look(texts, line, bool(named), with_credentials), line)


def _is_unlisted_line(texts: FieldTexts, line: str) -> bool:
    """Whether the line says "Fax" or "Mobile" and no more, or is the number below such a line."""
    if texts.unlisted_next and has_phone(line):
        texts.unlisted_next = False
        texts.unlisted.append(line)
        return True
    texts.unlisted_next = len(line) < 25 and not re.search(r"\d", line) and is_unlisted(line.rstrip(" :.#"))
    return texts.unlisted_next


def _field_of_look(texts: FieldTexts, line: str, named: bool, with_credentials: bool) -> str:
    first_person = not texts.first("person_line")
    if with_credentials and (first_person or texts.latest == "person_line"):
        return "person_line"
    if len(line) > 3 and (region(line) or country(line)):
        return "region" if region(line) else "country"
    if looks_like_place(line) or (looks_like_street(line) and not named):
        return "address_line"
    if named and first_person and len(line) < 160:
        return "person_line"
    if is_profession(line):
        return "specialty"
    return "organisation_line" if len(line) < 120 and looks_like_organisation(line) else "remark"
