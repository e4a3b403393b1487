"""Turns the lines of one entry into a record: finds labels, drops empty values and links such as "Read more"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ldn_directory.extract.contact_spans import split_contacts
from ldn_directory.extract.page import Page
from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_postcode,
    has_url,
    head_of,
    is_action,
    is_credentials,
    is_empty,
    is_label,
    is_one_of_several,
    is_sentence,
    label_field,
    person_and_credentials,
    urls_of,
    without_bullet,
    without_numbering,
)
from ldn_directory.model import Labelled, Record
from ldn_directory.normalize.names import split_credentials

from .address_lines import join_address_lines
from .entry_links import entry_links
from .label_splitting import LABELLED, plain_label, split_labels
from .lines import BR, Line
from .practices import separate_practice, split_practice_address

_PARTS = re.compile(
    r"(?<=\b[A-Z]{2} \d{5})\s+(?=\(?\d{3}\)?[-. ]{1,2}\d{3}[-. ]\d{4}\b)|"
    r"(?<=\d)\s+(?=(?:tele)?fax\b\.?:?\s*[(+\d]|(?:tel|phone|ph|mobile|cell)\b\.?:?\s*[(+\d]|e-?mail\b:?\s)|"
    r"\s+[–—|•·]\s*|\s*[|;•·\t]\s*|\s+-\s+|\s{2,}",
    re.I,
)
_SEPARATORS = re.compile(r"\s*[|·•]\s*")
_SPACES = re.compile(r"\s+")
_PROSE = 90
_MAX_BEFORE_NAME = 30
_VALUED = frozenset(("name", "practice", "region", "country"))
"""Fields whose values look like labels: "ID" is Idaho."""
_MAX_TEXT = 20_000


@dataclass(slots=True)
class _Pending:
    """A label that is waiting for its value on the next line."""

    label: str
    node: int
    values: list[str]


def make_record(
    lines: Sequence[Line],
    page: Page,
    *,
    headings: Iterable[str] = (),
    title: int | None = None,
    key: str | None = None,
    point: tuple[float, float] | None = None,
) -> Record:
    """The record for the lines. `title` is the index of the line that the page's structure shows to be the name."""
    once, title = _without_repeated_name(lines, title)
    texts = separate_practice(labelled_texts(once, title))
    return Record(
        page=page.url,
        key=key,
        texts=tuple(texts),
        headings=tuple(headings),
        links=entry_links(lines, page.base, title),
        point=point,
    )


def _without_repeated_name(lines: Sequence[Line], title: int | None) -> tuple[Sequence[Line], int | None]:
    """The lines without those that only say the name again ("Photo of Ada Marsh"), and the title's index in them."""
    name = lines[title].text.strip() if title is not None else ""
    if len(name) < 5 or sum(name in line.text for line in lines) < 2:
        return lines, title
    kept = [
        index
        for index, line in enumerate(lines)
        if index == title
        or not line.text.endswith(name)
        or len(line.text) > len(name) + _MAX_BEFORE_NAME
        or any(map(str.isdigit, line.text.removesuffix(name)))
    ]
    return [lines[index] for index in kept], kept.index(title or 0)


def labelled_texts(lines: Sequence[Line], title: int | None = None) -> list[Labelled]:
    """The lines as labelled and unlabelled texts. An address on several lines becomes one text with newlines."""
    found: list[Labelled] = []
    pending: _Pending | None = None
    for index, line in enumerate(lines):
        if len(line.text) > _MAX_TEXT or is_empty(line.text):
            continue
        if index == title:
            pending = None
            found += _title_texts(line)
            continue
        if is_one_of_several(line.text):
            pending = None
            continue
        if label := _whole_line_label(line, lines, index):
            pending = _Pending(label, line.node, [])
            continue
        if line.field and not (pending and not pending.values):
            pending = None
            found.append(Labelled(label=None, text=without_numbering(line.text), field=line.field))
            continue
        pieces = _split_line(line)
        fits = pending and len(pieces) == 1 and pieces[0].label in (None, label_field(pending.label))
        if pending and fits and _accepts(pending, line, pieces[0].text):
            _add_value(found, pending, pieces[0].text)
            continue
        pending = None
        for piece in pieces:
            _append(found, piece)
    return [_relabel(part) for text in join_address_lines(found) for part in split_practice_address(text)]


def _relabel(text: Labelled) -> Labelled:
    """Labels prose as a remark, and a line of credentials as credentials."""
    text = replace(text, text=without_bullet(text.text))
    if text.field:
        return text
    if text.label is None and is_credentials(text.text):
        return Labelled(label="credentials", text=text.text)
    prose = text.label is None and (len(text.text) > _PROSE or is_sentence(text.text))
    if prose and not has_address(text.text) and not has_phone(text.text):
        return Labelled(label="remark", text=text.text)
    return text


def _title_texts(line: Line) -> list[Labelled]:
    """The name, and whatever else its line states."""
    stated = split_labels(line.text)
    hinted = line.bits[0].label if line.bits else None
    label = hinted if hinted in ("name", "practice") else "name"
    text = without_numbering(line.text)
    if (found := LABELLED.match(text)) and (field := label_field(found[1].strip())) in ("name", "practice"):
        label, text = field, found[2].strip()
    head = _marked_name(line) or head_of(text)
    named = _split_name(label, head)
    if not text.startswith(head) or head == text:
        return named if head == text else [Labelled(label=label, text=text)]
    stated = [piece for part in _split_one_liner(text[len(head) :]) for piece in split_labels(part)]
    rest = [part for piece in stated for part in _split_contacts_of(piece)]
    return [*named, *(piece for piece in rest if not is_empty(piece.text))]


def _marked_name(line: Line) -> str | None:
    """The name, if it is a link or bold at the start of the line."""
    linked = line.linked_head()
    if linked and could_be_title(linked) and not is_action(linked):
        return linked.strip(" ,:;–-")
    bits = [bit for bit in line.bits if any(map(str.isalnum, bit.text))]
    if len(bits) < 2 or not bits[0].bold or bits[1].bold:
        return None
    head = without_numbering(bits[0].text).strip(" ,:;–-")
    return head if could_be_title(head) and not bits[0].text.rstrip().endswith(":") else None


def _split_name(label: str, head: str) -> list[Labelled]:
    """The name, and the credentials separately if `normalize` would not recognise them."""
    found = person_and_credentials(head) if label == "name" else None
    if found is None or len(_SPACES.split(split_credentials(head)[1] or "")) >= len(_SPACES.split(found[1])):
        return [Labelled(label=label, text=head)]
    return [Labelled(label="name", text=found[0]), Labelled(label="credentials", text=found[1])]


def _split_one_liner(text: str) -> list[str]:
    """Splits a line that states a whole entry at dashes, bars and contacts."""
    parts = [_strip_bracket(part.strip(" ,;|–—-•·")) for part in _PARTS.split(text.strip())]
    return [part for part in parts if part]


def _strip_bracket(text: str) -> str:
    """Removes an unmatched bracket."""
    if text.count("(") == text.count(")"):
        return text
    return text.strip("() ") if text[:1] == "(" or text[-1:] == ")" else text


def _whole_line_label(line: Line, lines: Sequence[Line], index: int) -> str | None:
    """The label, if the whole line is one and a value follows."""
    text = line.text.strip()
    bare = text.rstrip(":：").strip()
    if len(bare) > 40 or index + 1 >= len(lines) or not bare or has_email(bare):
        return None
    if any(link.text == text and link.href.startswith("http") for link in line.links):
        return None
    if is_label(bare) and not any(bit.label and label_field(bit.label) in _VALUED for bit in line.bits):
        return plain_label(bare)
    if line.term or (text.endswith((":", "：")) and len(bare) <= 30 and not any(map(str.isdigit, bare))):
        return bare if could_be_title(bare) or not has_phone(bare) else None
    return None


def _accepts(pending: _Pending, line: Line, text: str) -> bool:
    """Whether the line is (more of) the value of the pending label."""
    field = label_field(pending.label)
    if not pending.values:
        if (field == "phone" and not has_phone(text)) or (field == "email" and not has_email(text)):
            return line.gap == BR and not line.level
        return not line.level or line.gap == BR
    if field == "address":
        near = line.gap == BR or line.node == pending.node
        return not has_postcode(pending.values[-1]) and (near or has_address(text))
    return False


def _add_value(found: list[Labelled], pending: _Pending, text: str) -> None:
    if pending.values:
        text = f"{found.pop().text}\n{text}"
    found.append(Labelled(label=pending.label, text=text))
    pending.values.append(text)


def _split_line(line: Line) -> list[Labelled]:
    """The line's labelled parts, from its markup if possible, otherwise from its text."""
    hinted = _split_hints(line)
    if hinted is not None:
        return [piece for piece in hinted if not is_empty(piece.text) and not is_action(piece.text)]
    if _is_link_text(line):
        return []
    text = without_numbering(_strip_link_text(line))
    if bold := _split_bold_label(line):
        return bold
    parts = _split_one_liner(text) if len(text) <= 300 else [text]
    pieces = [part for whole in parts for piece in split_labels(whole) for part in _split_contacts_of(piece)]
    return [piece for piece in pieces if not is_empty(piece.text) and (piece.label or not is_action(piece.text))]


def _split_contacts_of(piece: Labelled) -> list[Labelled]:
    """Splits a text at its contacts: an unlabelled one, one after its telephone number, a remark before its end."""
    field = label_field(piece.label) if piece.label else None
    if len(piece.text) > 300:
        return [piece]
    if field in ("phone", "phone_unlisted"):
        first, *rest = split_contacts(piece.text) if has_email(piece.text) or has_url(piece.text) else [piece.text]
        return [Labelled(label=piece.label, text=first), *(Labelled(label=None, text=part) for part in rest)]
    if piece.label is not None:
        return [piece]
    parts = split_contacts(piece.text)
    return [Labelled(label=None, text=part) for part in parts] if len(parts) > 1 else [piece]


def _strip_link_text(line: Line) -> str:
    """The line's text without a trailing link such as "(map)"."""
    text = line.text
    for link in reversed(line.links):
        said = link.text.strip("()[] ")
        if said and is_action(said) and (rest := text.rstrip(")] ").removesuffix(said)) != text.rstrip(")] "):
            text = rest.rstrip("([ |,-–")
    return text


def _is_link_text(line: Line) -> bool:
    """Whether the line is only a link or button such as "Read more"."""
    if is_action(line.text):
        return True
    return bool(line.links) and all(is_action(part) for part in _SEPARATORS.split(line.text))


def _split_hints(line: Line) -> list[Labelled] | None:
    bits = [(bit.label, bit.text.strip(" ,;|\t")) for bit in line.bits]
    hints = {label for label, text in bits if label}
    if not hints:
        return None
    if bits[0][0] == "name" and hints == {"name"}:
        return [Labelled(label="name", text=without_numbering(line.text))]
    if hints == {"website"} and (sites := [link.href for link in line.links if link.href.startswith("http")]):
        return [Labelled(label="website", text=sites[0])]
    if len(hints) == 1 and all(label or is_action(text) or is_label(text) for label, text in bits):
        only = next(iter(hints))
        whole = " ".join(text for hint, text in bits if hint)
        return _check_hint(only or "", whole)
    pieces: list[Labelled] = []
    for hint, text in bits:
        if text:
            pieces += _check_hint(hint, text) if hint else split_labels(text)
    return pieces


def _check_hint(label: str, text: str) -> list[Labelled]:
    """Labels the text with its hint, unless it is plainly something else. Drops a label that repeats the hint."""
    stated = split_labels(text)
    if len(stated) > 1 or (stated and stated[0].label):
        return stated
    if is_label(text) and label_field(label) not in ("name", "practice", "specialty", "city", "region"):
        return []
    wrong = (
        (label in ("phone", "fax", "mobile") and not any(character.isdigit() for character in text))
        or (label == "email" and not has_email(text))
        or (label == "website" and not has_url(text))
        or (label in ("name", "practice") and (len(text) > 120 or has_phone(text) or has_email(text)))
        or (label == "address" and (has_email(text) or has_url(text) or (has_phone(text) and not has_address(text))))
        or label == "hours"
    )
    if label == "website" and not wrong and (address := urls_of(text)):
        text = address[0]
    return [Labelled(label=None if wrong else label, text=text)]


def _split_bold_label(line: Line) -> list[Labelled] | None:
    """Reads `<b>Label:</b> value`, whatever the label is."""
    if len(line.bits) < 2 or not line.bits[0].bold or line.bits[-1].bold:
        return None
    head, rest = line.bits[0].text.strip(), "".join(bit.text for bit in line.bits[1:]).strip()
    if not (head.endswith((":", "：")) or rest.startswith((":", "："))) or len(head) > 60:
        return None
    label = head.rstrip(":： ").strip()
    value = rest.lstrip(":： ").strip()
    if not label or is_empty(value) or has_phone(label):
        return [] if label and is_empty(value) else None
    if label_field(label) is None and has_email(value):
        return [Labelled(label=label, text=value, field="email")]
    if label_field(label) is None and has_phone(value):
        return [Labelled(label=None, text=f"{label}: {value}")]
    inner = split_labels(value)
    return [Labelled(label=label, text=inner[0].text if inner[0].label is None else value), *inner[1:]] if inner else []


def _append(found: list[Labelled], piece: Labelled) -> None:
    """Adds a text. Joins lines of one address under the same hint."""
    if found and piece.label and found[-1].label == piece.label and piece.label in ("address", "street"):
        found[-1] = Labelled(label=piece.label, text=f"{found[-1].text}\n{piece.text}")
    elif not found or found[-1] != piece:
        found.append(piece)
