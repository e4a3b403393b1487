"""The texts of a record, sorted by field: labelled ones by their label, bare lines by what they look like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ldn_directory.model import Record

from .labels import field_of
from .names import is_profession, looks_like_organisation, people
from .phones import UNLISTED, has_phone, is_unlisted
from .postal_address import looks_like_place, looks_like_street
from .regions import country, region
from .telehealth import accepts_new, serves, telehealth
from .web import emails, urls_in

MOST_TEXT = 20_000
_EMPTY = re.compile(
    r"^(?:n/?\.?a\.?|none|null|nil|not available|not provided|not applicable|unknown|tbd|tba|undefined|false|-+|–|—|\.|\?|coming soon|k\.?a\.?|keine angabe|ikke oppgitt|n\.?v\.?t\.?|nan)$",
    re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u2063]")
_LABEL_LINE = re.compile(r"^\s*([^\W\d_][^:\n]{0,38}?)\s*:\s*(\S.*)$")
_PHONE_THEN_FAX = re.compile(
    r"\b(?:phone|tel|telephone|telefon|tlf)\b\.?\s*(?:[/&,+|]|and\b|or\b|und\b|et\b|og\b|och\b|en\b|y\b)\s*(?:tele)?fax\b",
    re.IGNORECASE,
)
_TOWN_OR_PERSON = re.compile(r"[^\W\d_][\w.'’ -]{2,30},\s*[A-Z]{2}")
GONE = re.compile(
    r"^\s*(?:permanently )?(?:closed|retired|deceased|no longer (?:practicing|practising|in practice)|expired|suspended|inactive|coming soon)\b",
    re.IGNORECASE,
)


SAYS_GONE = re.compile(
    r"\bdeceased\b|\bpassed away\b|\b(?:has|have|is|are|now|recently) retired\b|[(*\[]\s*retired\b|^\W*retired\b|\bretired\W*$"
    r"|\bno longer (?:prescrib|practi[cs]|treat|at this|in practice|with (?:the|this) practice)|\bmoved out of (?:the )?(?:state|country|area|practice)\b"
    r"|\b(?:permanently|practice (?:is |has )?(?:now )?)closed\b|\bpraxis geschlossen\b|\bverstorben\b|\bim ruhestand\b",
    re.IGNORECASE,
)
"""Words by which a list says that somebody is not there any more."""
_ANSWERED = re.compile(
    r"^\W*([^\W\d_][^:?\n]{2,40}?)\s*(?:[:?]\s*|\s[–—-]\s*|\s+)(yes|no|ja|nein|nee|nei|nej|oui|non|sí|sì|y|n)\W*$",
    re.IGNORECASE,
)
"""A question of yes or no with its answer: "Accepting new patients? No"."""


@dataclass(slots=True)
class Draft:
    """What a record states, field by field."""

    values: dict[str, list[str]] = field(default_factory=dict)
    unplaced: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    """Lines such as "Silver Spring, MD", which are a town or a person."""
    gone: list[str] = field(default_factory=list)
    """Lines that say that nobody is there any more."""
    private_next: bool = False
    """Whether the line before said "Fax" or "Mobile" and no more."""
    latest: str | None = None
    """The field that the latest text was put in."""
    shown: list[str] = field(default_factory=list)
    """Every text as cleaned, with its label, without numbers that are not published."""

    def add(self, name: str, text: str) -> None:
        self.values.setdefault(name, []).append(text)
        self.latest = name

    def first(self, name: str) -> str | None:
        found = self.values.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])


def clean(text: str) -> str:
    """The text without control and direction characters, spaces collapsed, line breaks kept."""
    if text.isprintable():
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in _CONTROLS.sub("", text.replace("\xa0", " ")).split("\n"))
    return "\n".join(line for line in lines if line)


def sorted_texts(record: Record) -> Draft:
    draft = Draft()
    for item in record.texts:
        if len(item.text) > MOST_TEXT:
            draft.dropped.append(f"{item.label or 'a text'} is {len(item.text):,} characters long: dropped")
            continue
        text = clean(item.text)
        if text and not (item.label and is_unlisted(item.label)):
            draft.shown.append(f"{item.label}: {text}" if item.label else text)
        if not text or _EMPTY.match(text):
            continue
        if item.label:
            _place_labelled(draft, item.label, text)
        else:
            for line in text.split("\n"):
                _place_line(draft, line)
    _resolve(draft)
    return draft


def _resolve(draft: Draft) -> None:
    """Puts what is a town or a person where an entry has none of its own."""
    for line in draft.ambiguous:
        named = (
            draft.first("person_line") or any(people(text) for text in draft.all("name")) or draft.first("last_name")
        )
        placed = (
            draft.first("city")
            or draft.first("address")
            or any(looks_like_place(text) for text in draft.all("address_line"))
        )
        draft.add("address_line" if named and not placed else "person_line", line)


def _place_labelled(draft: Draft, label: str, text: str) -> None:
    name = field_of(label)
    if name is None and is_unlisted(label) and has_phone(text):
        name = "phone_unlisted"
    match name:
        case None:
            draft.unplaced.append(label)
        case "phone_unlisted" if _PHONE_THEN_FAX.search(label) and has_phone(text):
            _place_phone_then_fax(draft, text)
        case "phone_unlisted":
            draft.hidden.append(text)
        case "ignored":
            return
        case "remark":
            for line in text.split("\n"):
                _place_line(draft, line, remark=True)
        case "status" if not GONE.match(text):
            return
        case _:
            draft.add(name, text)


def _place_phone_then_fax(draft: Draft, text: str) -> None:
    """Puts the numbers under "Phone / Fax": the first is the telephone's, whatever follows is not published."""
    first, *others = [part for part in re.split(r"\n|\s*[/,;|]\s*(?=[+(]?\d)", text) if part.strip()]
    draft.add("phone", first)
    draft.hidden.extend(others)


def _place_line(draft: Draft, line: str, remark: bool = False) -> None:
    """Puts a bare line where its look says it belongs."""
    line = line.strip(" |•·-–")
    if not line or _EMPTY.match(line):
        return
    if draft.private_next and has_phone(line):
        draft.private_next = False
        draft.hidden.append(line)
        return
    draft.private_next = len(line) < 25 and not re.search(r"\d", line) and is_unlisted(line.rstrip(" :.#"))
    if draft.private_next:
        return
    if len(line) < 200 and SAYS_GONE.search(line):
        draft.gone.append(line)
    if (answered := _ANSWERED.match(line)) and (asked := field_of(answered[1])) in ("telehealth", "accepts_new"):
        draft.add(asked, answered[2])
        return
    labelled = _LABEL_LINE.match(line)
    if labelled and (name := field_of(labelled.group(1))) and name not in ("ignored",):
        _place_labelled(draft, labelled.group(1), labelled.group(2)) if name != "remark" else draft.add(
            "remark", labelled.group(2)
        )
        return
    if labelled and UNLISTED.search(labelled.group(1)) and has_phone(labelled.group(2)):
        draft.hidden.append(line)
        return
    if emails(line):
        draft.add("email", line)
        if len(line) < 60 or remark:
            return
    if (
        has_phone(line)
        and len(re.sub(r"[\d\s().+–/-]|ext|tel|phone|ph|fax|toll|free", "", line, flags=re.IGNORECASE)) < 40
    ):
        if UNLISTED.search(line):
            draft.hidden.append(line)
        draft.add("phone", line)
        return
    if len(line) < 120 and urls_in(line) and " " not in line.replace("http", ""):
        draft.add("website", line)
        return
    if telehealth(line) is not None or accepts_new(line) is not None or serves(line):
        draft.add("remark", line)
        return
    if not remark and not re.search(r"\d", line) and any(p.credentials for p in people(line)):
        if _TOWN_OR_PERSON.fullmatch(line) and region(line[-2:], "US"):
            draft.ambiguous.append(line)
            return
        if not draft.first("person_line") or draft.latest == "person_line":
            draft.add("person_line", line)
            return
    if not remark and len(line) > 3 and (named := "region" if region(line) else "country" if country(line) else None):
        draft.add(named, line)
        return
    if not remark and (looks_like_place(line) or (looks_like_street(line) and not people(line))):
        draft.add("address_line", line)
        return
    if not remark and not draft.first("person_line") and len(line) < 160 and people(line):
        draft.add("person_line", line)
        return
    if not remark and is_profession(line):
        draft.add("specialty", line)
        return
    if not remark and len(line) < 120 and looks_like_organisation(line):
        draft.add("organisation_line", line)
        return
    draft.bare.append(line) if not remark and len(line) < 60 else None
    draft.add("remark", line)
