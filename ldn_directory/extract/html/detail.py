"""Reads the person or practice that a page is about: its name, and what its lines say, with or without labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from ldn_directory.extract.page import Page
from ldn_directory.extract.people_by_label import texts_of_people
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_postcode,
    has_url,
    head_of,
    is_action,
    is_label,
    is_organisation,
    is_place,
    is_postcode,
    is_sentence,
    is_strong_name,
    is_weak_name,
    label_field,
    names_person,
)
from ldn_directory.model import Labelled, Record
from ldn_directory.normalize.names import is_credential, is_profession
from ldn_directory.normalize.regions import country, fold
from ldn_directory.normalize.telehealth import accepts_new, served_regions, telehealth

from .cards import point_of
from .entries import labelled_texts
from .entry_links import entry_links
from .lines import BR, Layout, Line
from .scoring import ADDRESS, CONTACT, PHONE, LineFeatures
from .subject import Subject

MAX_PLACES = 30
_MAX_PROSE, _MAX_STATEMENT, _MAX_LABEL = 200, 400, 40
_MIN_KINDS = 2
_MAX_UNNAMED_PLACES = 2
_MAX_ADDRESS_LINES = 7
_MAX_TOWN, _MAX_STREET = 30, 60
_MAX_HEADING = 3
_MAX_NAME_WORDS = 8
_NAMED = frozenset({"name", "last_name", "practice"})
_CONTACT_FIELDS = frozenset({"phone", "email", "address", "street", None})
_SECTIONS = frozenset({"address", "street", "phone", "email", "website", None})
_PARTS_OF_ADDRESS = frozenset({"city", "region", "postcode", "county"})
_ANSWER = re.compile(r"\w{1,4}\b")
_MARK = re.compile(r"^([A-Z][A-Z-]{1,9})\W*$")
_RIGHTS = re.compile(r"©|\(c\)|copyright|rights reserved|alle rechte", re.I)
_CREDITS = re.compile(
    r"\b(?:design(?:ed)?|(?:web)?site|webdesign|powered|built|developed|hosted|created|made)\b[^.,]{0,20}\b(?:by|von|par|por|av|door|di|:)\b",
    re.I,
)
"""The credits of whoever made the site."""
_DIGITS = re.compile(r"\d+")


def read_detail(
    page: Page, layout: Layout, features: LineFeatures, subject: Subject, lists: Sequence[tuple[int, int]] = ()
) -> tuple[tuple[Record, ...], float]:
    """(a record for each of the subject's places, score); none if the page says too little of it.

    Lines of `lists` (teasers of other entries) are ignored.
    """
    dropped = {index for first, last in lists for index in range(first, last)}
    kept = [index for index in subject.lines if index not in dropped]
    texts = _texts(layout, features, kept, subject)
    kinds = _contact_kinds(texts, layout, features, kept)
    name = subject.name
    labelled = {label_field(text.label) for text in texts if text.label} - {"remark"}
    named = is_strong_name(head_of(name)) or is_weak_name(name) or bool(labelled & _NAMED)
    kinds |= ADDRESS if labelled & {"city", "postcode"} else 0
    if not _says_enough(subject, texts, kinds, labelled, named=named):
        return (), 0
    links = entry_links([layout.lines[index] for index in kept], page.base)
    label = "practice" if labelled & {"name", "last_name"} and subject.line is not None else "name"
    own = [] if subject.line is None and labelled & {"name", "last_name"} else [Labelled(label=label, text=name)]
    point = point_of(page.root.find("body"))
    places = by_place([*own, *texts])
    records = tuple(Record(page=page.url, texts=tuple(place), links=links, point=point) for place in places)
    return records, 0.9 * kinds.bit_count() + 0.3 * min(len(labelled), 5) + (0.5 if named else 0)


def _says_enough(
    subject: Subject, texts: Sequence[Labelled], kinds: int, labelled: set[str | None], *, named: bool
) -> bool:
    """Whether the page states enough of its subject to be an entry. The less sure its name, the more is asked for."""
    if subject.certain and is_strong_name(subject.name):
        return True
    if kinds.bit_count() < _MIN_KINDS or not (kinds & (PHONE | ADDRESS)) or not (labelled or named):
        return False
    if named:
        return True
    several = any(sum(test(text.text) for text in texts) > _MAX_UNNAMED_PLACES for test in (has_address, has_phone))
    return bool({"phone", "address", "street", "email"} & labelled) and not several


def _texts(layout: Layout, features: LineFeatures, kept: Sequence[int], subject: Subject) -> list[Labelled]:
    """Labelled texts, lines with contact data, and the statements that patients ask for. Other prose is left out."""
    lines = [line for index in kept if _is_told(line := layout.lines[index])]
    found: dict[tuple[str, str], Labelled] = {}
    person = names_person(subject.name)
    heads = {line.text for line in lines if line.level} if person else set()
    stated = [*_subtitle(layout, subject), *_read_blocks(_without_section_heads(lines), subject.name)]
    of_people = set(texts_of_people(stated))
    for text, after in zip_longest(stated, stated[1:]):
        known = text.label is not None and label_field(text.label) is not None
        if text.label is None and not person and names_person(text.text) and is_strong_name(text.text):
            found.setdefault(("name", text.text), Labelled(label="name", text=text.text))
            person = True
        elif marked := _credential_by_yes(text):
            found.setdefault(("credentials", marked.text), marked)
        elif text in of_people:
            found.setdefault((text.label or "", text.text), text)
        elif _is_number_of_licence(text):
            continue
        elif (known and text.label != "remark") or _is_contact(text.text):
            found.setdefault((text.label or "", " ".join(text.text.split())), text if known else _by_value(text))
        elif text.label is None and is_organisation(text.text) and (text.text in heads or _is_address(after)):
            found.setdefault(("practice", text.text), Labelled(label="practice", text=text.text))
    said = {" ".join(text.text.split()) for text in found.values() if text.label}
    texts = [text for text in found.values() if text.label or " ".join(text.text.split()) not in said]
    return [*_without_doubled_places(texts), *statements([layout.lines[index] for index in kept])]


def _is_told(line: Line) -> bool:
    """Whether the line states facts: it is short, and no sentence unless it begins with a known label."""
    label, colon, _ = line.text[:_MAX_LABEL].partition(":")
    return not is_sentence(line.text) or bool(colon and label_field(label.strip()))


def statements(lines: Sequence[Line]) -> Iterator[Labelled]:
    """Sentences on new patients, telehealth and the regions served."""
    said: set[str] = set()
    for line, after in zip_longest(lines, lines[1:]):
        text = line.text
        asked = line.term or (is_label(text) and after is not None and _ANSWER.match(after.text))
        if len(text) > _MAX_STATEMENT or " " not in text or asked or text in said:
            continue
        said.add(text)
        if accepts_new(text) is not None or telehealth(text) is not None or served_regions(text):
            yield Labelled(label="remark", text=text)


def _subtitle(layout: Layout, subject: Subject) -> Iterator[Labelled]:
    """The credentials in a line such as "Counselor, LMFT, MA" under the name."""
    if subject.line is None or not (names_person(subject.name) or is_weak_name(subject.name)):
        return
    for line in layout.lines[subject.line + 1 : subject.line + 3]:
        parts = [part.strip() for part in line.text.split(",")]
        letters = [part for part in parts if is_credential(part) and sum(map(str.isupper, part)) > 1]
        if letters and all(part in letters or is_profession(part) for part in parts):
            yield Labelled(label="credentials", text=", ".join(letters))
            return


def _credential_by_yes(text: Labelled) -> Labelled | None:
    """A certificate that is stated as a question: "BCHX: Yes"."""
    mark = _MARK.match(text.label or "")
    if mark and label_field(text.label or "") is None and fold(text.text) == "yes":
        return Labelled(label="credentials", text=mark[1])
    return None


def _is_number_of_licence(text: Labelled) -> bool:
    return label_field(text.label or "") == "credentials" and any(map(str.isdigit, text.text))


def _is_contact(text: str) -> bool:
    return not is_sentence(text) and (has_phone(text) or has_email(text) or has_address(text))


def _by_value(text: Labelled) -> Labelled:
    """A contact under a label that is not known ("Write to"), labelled by what it is."""
    tests = {"email": has_email, "phone": has_phone}
    field = next((field for field, test in tests.items() if test(text.text)), None)
    return Labelled(label=field, text=text.text) if text.label and field else text


def _is_address(text: Labelled | None) -> bool:
    return text is not None and has_address(text.text)


def _without_doubled_places(texts: Sequence[Labelled]) -> list[Labelled]:
    """The texts without towns and postcodes by label, such as those served, where an address states its own."""
    if not any(text.label == "address" and has_postcode(text.text) for text in texts):
        return list(texts)
    return [text for text in texts if not text.label or label_field(text.label) not in _PARTS_OF_ADDRESS]


def _without_section_heads(lines: Sequence[Line]) -> list[Line]:
    """The lines without headings that would be labels, such as "Practice details" above several lines."""
    return [line for index, line in enumerate(lines) if not _heads_a_section(lines, index)]


def _heads_a_section(lines: Sequence[Line], index: int) -> bool:
    line = lines[index]
    if not line.level or line.text.endswith(":") or not is_label(line.text):
        return False
    field, following = label_field(line.text), lines[index + 1 : index + 3]
    if field in _SECTIONS:
        return line.level == 1 or (line.level <= _MAX_HEADING and not _fits(field, following))
    return len(following) == 2 and not any(after.level or after.term or is_label(after.text) for after in following)


def _fits(field: str | None, lines: Sequence[Line]) -> bool:
    """Whether the next line is a value of the field. Those of an address need not be."""
    tests = {"phone": has_phone, "email": has_email}
    return field not in tests or (bool(lines) and tests[field](lines[0].text))


def _read_blocks(lines: Sequence[Line], name: str) -> list[Labelled]:
    """The lines as texts. The lines of an address are joined, and a line above it without a label is the practice."""
    found: list[Labelled] = []
    rest: list[Line] = []
    at = 0
    while at < len(lines):
        end = _end_of_address(lines, at) if not _is_value_of_other_label(rest) else at
        if end - at < 2:
            rest.append(lines[at])
            at += 1
            continue
        practice = rest.pop() if rest and _is_practice(rest[-1], lines[at], name) else None
        found += labelled_texts(rest)
        rest = []
        found += [Labelled(label="practice", text=practice.text)] if practice else []
        found.append(Labelled(label="address", text="\n".join(line.text.strip(" ,") for line in lines[at:end])))
        at = end
    return [*found, *labelled_texts(rest)]


def _is_value_of_other_label(rest: Sequence[Line]) -> bool:
    """Whether the last line is the label of something else than an address, so that its value follows."""
    label = rest[-1].text.rstrip(": ") if rest else ""
    return bool(rest) and is_label(label) and label_field(label) not in ("address", "street", "practice", None)


def _is_practice(line: Line, below: Line, name: str) -> bool:
    """Whether the line names the practice whose address begins below it."""
    text = line.text.strip()
    near = below.gap == BR or line.node == below.node or is_organisation(text) or _is_titled(text)
    if not near or any(map(str.isdigit, text)) or not could_be_title(text) or is_label(text) or is_action(text):
        return False
    return (
        not has_url(text) and not names_person(text) and fold(text) not in fold(name) and fold(name) not in fold(text)
    )


def _is_titled(text: str) -> bool:
    """Whether the text is written like a name, with capitals, and is no profession."""
    words = text.split()
    return (
        2 <= len(words) <= _MAX_NAME_WORDS
        and all(w[0].isupper() or len(w) < 4 for w in words)
        and not is_profession(text)
    )


def _end_of_address(lines: Sequence[Line], start: int) -> int:
    """Where the address that begins in this line ends; `start` if none does."""
    end = start
    coded = False
    while end < min(len(lines), start + _MAX_ADDRESS_LINES):
        text = lines[end].text.strip()
        apart = end > start and lines[end].gap != BR and lines[end].node != lines[end - 1].node
        if apart and not (has_postcode(text) or is_postcode(text)):
            break
        if coded and country(text) is None:
            break
        if not (_is_part_of_address(text) or _is_town(lines, end) or (end == start and _is_street(lines, end))):
            break
        coded = coded or has_postcode(text) or is_postcode(text)
        end += 1
    whole = any(has_address(line.text) or is_postcode(line.text) for line in lines[start:end])
    return end if whole else start


def _is_part_of_address(text: str) -> bool:
    if is_label(text) or has_phone(text) or has_email(text) or has_url(text) or ":" in text or len(text) > 100:
        return False
    return has_address(text) or is_place(text) or is_postcode(text)


def _is_street(lines: Sequence[Line], index: int) -> bool:
    """Whether the line is a street of a form that is not known: a short one with a number above town and postcode."""
    text = lines[index].text.strip()
    if not any(map(str.isdigit, text)) or len(text) > _MAX_STREET or ":" in text or is_label(text):
        return False
    after = lines[index + 1] if index + 1 < len(lines) else None
    near = after is not None and (after.gap == BR or after.node == lines[index].node)
    return near and after is not None and has_postcode(after.text) and not (has_phone(text) or has_email(text))


def _is_town(lines: Sequence[Line], index: int) -> bool:
    """Whether the line is a town: short, without digits, above a region or postcode of the same block."""
    text = lines[index].text.strip(" ,")
    if not 1 < len(text) <= _MAX_TOWN or any(map(str.isdigit, text)) or not text[:1].isupper() or is_label(text):
        return False
    after = lines[index + 1] if index + 1 < len(lines) else None
    below = after.text.strip() if after and after.gap == BR else ""
    return could_be_title(text) and bool(below) and (is_place(below) or has_postcode(below) or is_postcode(below))


def contact_texts(lines: Sequence[Line]) -> Iterator[Labelled]:
    """The texts in the lines that state a phone, an e-mail address or a whole address."""
    own: list[Line] = []
    credit = -1
    for line in lines:
        credit = line.node if _CREDITS.search(line.text[:_MAX_PROSE]) else credit if line.node == credit else -1
        if credit < 0 and len(line.text) <= _MAX_PROSE and not _RIGHTS.search(line.text):
            own.append(line)
    for text in _read_blocks(_without_section_heads(own), ""):
        field = label_field(text.label) if text.label else None
        addressed = field != "phone" and has_address(text.text)
        stated = addressed or has_phone(text.text) or has_email(text.text)
        if stated and field in _CONTACT_FIELDS and not is_sentence(text.text):
            yield text


def is_place_text(text: Labelled) -> bool:
    """Whether the text is a whole address."""
    if text.label is not None and label_field(text.label) not in ("address", "street"):
        return False
    return text.label == "address" or (has_postcode(text.text) and has_address(text.text))


def by_place(texts: Sequence[Labelled]) -> list[list[Labelled]]:
    """The texts of each place; all of them if there are not several.

    A phone after an address is that place's. Those above all addresses are for places without their own.
    """
    shared: list[Labelled] = []
    central: list[Labelled] = []
    places: dict[tuple[str, ...], list[Labelled]] = {}
    own = central
    for text in texts:
        if is_place_text(text):
            key = tuple(_DIGITS.findall(text.text)) or (fold(text.text),)
            known = next((place for numbers, place in places.items() if set(key) <= set(numbers)), None)
            own = known if known is not None else places.setdefault(key, [text])
        elif has_phone(text.text) or label_field(text.label or "") == "phone":
            own.append(text)
        else:
            shared.append(text)
    if len(places) < 2:
        return [[*shared, *central, *next(iter(places.values()), [])]]
    found = list(places.values())[:MAX_PLACES]
    return [[*shared, *place, *(central if len(place) < 2 else ())] for place in found]


def _contact_kinds(texts: Sequence[Labelled], layout: Layout, features: LineFeatures, kept: Sequence[int]) -> int:
    said = {part for text in texts for part in text.text.split("\n")}
    long = [part for part in said if len(part) > 6]
    found = 0
    for index in kept:
        line = layout.lines[index]
        if line.links or line.text in said or any(part in line.text for part in long):
            found |= features.stated[index] & CONTACT
    return found
