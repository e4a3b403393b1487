"""Which field each key of a set of objects holds, decided over all of them: by its name, and by how its values look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ldn_directory.extract.signals import (
    could_be_title,
    has_address,
    has_email,
    has_phone,
    has_postcode,
    has_url,
    is_credentials,
    is_organisation,
    is_place,
    is_sentence,
    is_strong_name,
    names_person,
)
from ldn_directory.extract.value_looks import guess_field, guess_labels
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import looks_like_organisation, looks_like_person, people
from ldn_directory.normalize.regions import region

from .cells import Cell, folded_key

SAMPLE = 120
ENOUGH = 0.5
WEAKEST = 0.4
"""What a web site or region alone is worth as a way to reach an entry."""
_SAYS_NOTHING = (  # noqa: SIM905  a list of words reads better as words
    "field fld cf col column custom attr attribute c f x q value val prop property element item var input question wpforms acf meta "
    "customfield answer extra option opt param key cell text string data entry info line feld campo champ veld"
).split()
_WORD = f"(?:{'|'.join(_SAYS_NOTHING)})"
_MEANINGLESS = re.compile(
    rf"{_WORD}(?: {_WORD})* ?\d*(?: \d+)*|[a-z]{{0,2}} ?\d+(?: \d+)*|[a-z]{{1,2}}|fld\w{{8,}}|[0-9a-f]{{6,}}(?: [0-9a-f]+)*"
)
_TELLING = {
    "credentials": re.compile(
        r"licen[cs]|degree|credential|certif|\bcred|suffix|letters|designation|qualif|post ?nominal|title|headline"
    ),
    "phone": re.compile(r"phone|\btel\b|\bcall\b|telef|\bnumber\b"),
    "email": re.compile(r"mail"),
    "website": re.compile(r"\bweb|\bsite|homepage|www"),
    "postcode": re.compile(r"\bzip|post ?(?:al ?)?code|\bplz"),
    "address": re.compile(r"addr|location"),
    "street": re.compile(r"street|addr|line ?1"),
    "name": re.compile(r"\bname|doctor|provider|practitioner|physician|person"),
    "practice": re.compile(r"\bname|clinic|practice|compan|organi[sz]ation|business|pharmacy|facility|office"),
}
_DEGREES = re.compile(r"-?\d{1,3}\.\d{2,}")
_UNLISTED = re.compile(r"fax|mobile|\bcell|home|private|emergency|whatsapp")
_ONE_ONLY = frozenset(
    ("name", "email", "website", "phone", "postcode", "street", "address", "region", "country", "city", "practice")
)


def columns_of(entries: Sequence[Sequence[Cell]], stated: Mapping[str, str] | None = None) -> dict[str, str | None]:
    """The field of each label of the entries; None where nothing is known of it. `stated` are those known for sure."""
    values = _values(entries)
    known = {label: (stated or {}).get(label) or _by_name(cells) for label, cells in values.items()}
    _with_looks(known, {label: [cell.text for cell in cells] for label, cells in values.items()}, len(entries[:SAMPLE]))
    _with_one_name(known, values)
    _with_popup(known, values, len(entries[:SAMPLE]))
    known.update(stated or {})
    return known


def _with_popup(known: dict[str, str | None], values: Mapping[str, Sequence[Cell]], rows: int) -> None:
    """Where no label holds names: the one whose texts begin with a name, and state a contact below it, is a whole entry."""
    if {"name", "practice", "last_name"} & set(known.values()):
        return
    for label, field in known.items():
        texts = [cell.text for cell in values[label] if "\n" in cell.text or cell.markup]
        if field in (None, "remark", "address") and len(texts) * 10 >= rows * 6 and _share(texts, _is_entry) >= 0.6:
            known[label] = "popup"
            return


def _is_entry(text: str) -> bool:
    first, *others = text.split("\n")
    return (
        could_be_title(first)
        and not is_sentence(first)
        and _has_contact("\n".join(others[:20]))
        and (_is_name(first) or names_person(first))
    )


def _values(entries: Sequence[Sequence[Cell]]) -> dict[str, list[Cell]]:
    values: dict[str, list[Cell]] = {}
    for cells in entries[:SAMPLE]:
        for cell in cells:
            values.setdefault(f"{cell.label}\x1f{cell.field or ''}", []).append(cell)
    return {label: cells for label, cells in values.items() if len(values) < 2000 or len(cells) > 1}


def column_key(cell: Cell) -> str:
    """What `columns_of` calls the column of a cell."""
    return f"{cell.label}\x1f{cell.field or ''}"


def _by_name(cells: Sequence[Cell]) -> str | None:
    """The field that the label of the cells names, unless most of its values cannot be that."""
    field = cells[0].field
    texts = [cell.text for cell in cells]
    match field:
        case "credentials":
            return (
                field
                if _share(texts, lambda text: len(text) <= 80 and "\n" not in text and not is_sentence(text)) >= ENOUGH
                else "remark"
            )
        case "email":
            return field if _share(texts, has_email) >= 0.3 else None
        case "phone" if _share(texts, lambda text: any(map(str.isdigit, text))) < 0.3:
            return None
        case "city" | "country" if _share(texts, lambda text: len(text) > 1 and not text.isdigit()) < ENOUGH:
            return "ignored"
        case "street" | "street2" | "city" if _share(texts, has_postcode) >= ENOUGH:
            return "address"
        case "city" if _share(texts, lambda text: "," in text and is_place(text)) >= ENOUGH:
            return "address"
        case "specialty" if _share(texts, lambda text: len(text) <= 200) < ENOUGH:
            return "remark"
        case "practice" if _share(texts, lambda text: len(text) <= 120 and not text.isdigit()) < ENOUGH:
            return None
        case "serves" if _share(texts, lambda text: not text.isdigit()) < ENOUGH:
            return None
    return field


def _share(texts: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(text)) for text in texts) / max(1, len(texts))


def _with_looks(known: dict[str, str | None], texts: Mapping[str, Sequence[str]], rows: int) -> None:
    """Gives those labels that no field claims the field that their values look like, where the label allows it."""
    filled = Counter[str]()
    for label, field in known.items():
        if field:
            filled[field] += len(texts[label])
    taken = {field for field, count in filled.items() if count >= 0.5 * rows}
    nameless = [label for label, field in known.items() if field is None]
    for label in nameless:
        look = _allowed_look(label, texts[label])
        if look == "practice" and not taken & {"name", "practice", "last_name"} and not _any_names(nameless, texts):
            look = "name"
        if look and not (look in taken and look in _ONE_ONLY):
            known[label] = look
            taken.add(look)
    _with_city(known, texts, taken)
    if "latitude" not in taken:
        _with_point(known, texts)


def _with_point(known: dict[str, str | None], texts: Mapping[str, Sequence[str]]) -> None:
    """Two neighbouring keys that say nothing, whose values are decimal degrees, are latitude and longitude."""
    nameless = [label for label, field in known.items() if field is None and is_meaningless(_last(label))]
    degrees = [label for label in nameless if _share(texts[label], lambda text: bool(_DEGREES.fullmatch(text))) == 1]
    if len(degrees) == 2 and all(abs(float(text)) <= 90 for text in texts[degrees[0]]):
        known[degrees[0]], known[degrees[1]] = "latitude", "longitude"


def _last(column: str) -> str:
    return folded_key(column.split("\x1f")[0].rpartition(".")[2])


def _any_names(labels: Iterable[str], texts: Mapping[str, Sequence[str]]) -> bool:
    return any(guess_field(texts[label]) == "name" for label in labels)


def _allowed_look(column: str, texts: Sequence[str]) -> str | None:
    label = _last(column)
    if _UNLISTED.search(label) or _share(texts, lambda text: text.count("\n") >= 2) >= ENOUGH:
        return None
    look = guess_field(texts)
    if look is None and is_meaningless(label) and _share(texts, lambda text: "," in text and is_place(text)) >= ENOUGH:
        return "address"
    if look is None:
        return None
    if look == "country" and _share(texts, lambda text: len(text) == 2 and bool(region(text, "US"))) >= ENOUGH:
        look = "region"
    telling = _TELLING.get(look)
    return look if is_meaningless(label) or (telling and telling.search(label)) else None


def is_meaningless(label: str) -> bool:
    """Whether a key says nothing about its values: `field_12`, `cf_5`, `col3`."""
    return bool(_MEANINGLESS.fullmatch(label.strip()))


def _with_city(known: dict[str, str | None], texts: Mapping[str, Sequence[str]], taken: set[str]) -> None:
    """The meaningless key between others whose values are plain words before a region or postcode is the city."""
    if "city" in taken:
        return
    columns = list(known)
    open_ones = [label for label in columns if known[label] is None and is_meaningless(_last(label))]
    rows = [[column for column in columns if known[column] or column in open_ones]]
    order = rows[0]
    width = min((len(texts[column]) for column in order), default=0)
    if not open_ones or not width:
        return
    cells = [[texts[column][at] for column in order] for at in range(width)]
    labels = guess_labels(cells)
    for column, label in zip(order, labels, strict=False):
        if label == "city" and column in open_ones:
            known[column] = "city"
            return


def _with_one_name(known: dict[str, str | None], values: Mapping[str, Sequence[Cell]]) -> None:
    """Of several labels that mean the name, the one whose values look most like names keeps it."""
    named = [label for label, field in known.items() if field == "name"]
    surnames = any(field == "last_name" for field in known.values())
    if len(named) < 2 and not (named and surnames):
        return
    likeness = {label: _likeness([cell.text for cell in values[label]]) for label in named}
    best = max(named, key=lambda label: likeness[label]) if not surnames else None
    for label in named:
        if label != best:
            elsewhere = "practice" in known.values()
            known[label] = _other_than_name([cell.text for cell in values[label]], surnames, elsewhere)


def _likeness(texts: Sequence[str]) -> tuple[float, float]:
    """How surely the texts name people; then how many name anybody."""
    return round(_share(texts, lambda text: bool(people(text.split("\n")[0]))), 1), _share(texts, _is_name) * len(texts)


def _is_name(text: str) -> bool:
    first = text.split("\n")[0]
    return bool(people(first)) or looks_like_organisation(first)


def _other_than_name(texts: Sequence[str], surnames: bool, has_practice: bool) -> str | None:
    if _share(texts, is_credentials) >= ENOUGH:
        return "credentials"
    if not has_practice and _share(texts, lambda text: is_organisation(text) or looks_like_organisation(text)) >= 0.4:
        return "practice"
    if _share(texts, looks_like_person) >= ENOUGH:
        return "ignored" if surnames else "name"
    if _share(texts, lambda text: len(text) < 5) >= ENOUGH:
        return "title"
    return "ignored" if _share(texts, lambda text: len(text) > 60) >= ENOUGH else "specialty"


def score(entries: Sequence[Sequence[Cell]], fields: Mapping[str, str | None], count: int) -> float:
    """How much the objects look like entries of a list of people or practices; 0 if they do not."""
    if not entries:
        return 0.0
    seen = [_fields(cells, fields) for cells in entries]
    names = [_name_worth(cells, fields) for cells in entries]
    named, sure = sum(names) / len(names), names.count(1.0) / len(names)
    reached = sum(_reach_worth(cells, fields) for cells in entries) / len(entries)
    if (
        named < 0.4
        or reached < WEAKEST
        or (reached < 0.5 and sure < 0.8)
        or (sure < 0.3 and not _is_solid(entries, fields))
    ):
        return 0.0
    fullness = sum(len(one) + 2 * ("popup" in one) for one in seen) / len(seen)
    return named * reached * (1 + count) * fullness


def _names_practitioners(entries: Sequence[Sequence[Cell]], fields: Mapping[str, str | None]) -> bool:
    """Whether entries that state hardly anything else name people with credentials, or people by region: no sponsors do."""
    strong = people_in_regions = 0
    for cells in entries:
        texts = {field: cell.text.split("\n")[0] for cell in cells if (field := fields.get(column_key(cell)))}
        name = texts.get("name", "")
        person = "last_name" in texts or bool(people(name))
        strong += person and (is_strong_name(name) or "credentials" in texts)
        people_in_regions += person and bool(texts.keys() & {"region", "country"})
    return strong >= ENOUGH * len(entries) or people_in_regions >= 0.8 * len(entries)


def _is_solid(entries: Sequence[Sequence[Cell]], fields: Mapping[str, str | None]) -> bool:
    """Whether most entries state a phone, an e-mail or a street under that label, as no menu or shop does."""
    return sum(
        any(_is_contact(cell, fields.get(column_key(cell))) for cell in cells) for cells in entries
    ) >= ENOUGH * len(entries)


def _is_contact(cell: Cell, field: str | None) -> bool:
    looks: dict[str, Callable[[str], bool]] = {
        "phone": has_phone,
        "email": has_email,
        "address": has_address,
        "street": has_address,
    }
    holds = looks.get(field or "")
    return bool(holds and holds(cell.text.replace("\n", ", ")[:250])) or (field == "popup" and _has_contact(cell.text))


def _fields(cells: Sequence[Cell], fields: Mapping[str, str | None]) -> set[str]:
    return {
        field
        for cell in cells
        if (field := fields.get(column_key(cell))) and field not in ("ignored", "key", "kind", "remark", "page")
    }


def _name_worth(cells: Sequence[Cell], fields: Mapping[str, str | None]) -> float:
    """1 for a name that is a person's or an organisation's, 0.5 for one that may be, 0 for none or for a place."""
    worth = 0.0
    for cell in cells:
        field = fields.get(column_key(cell))
        if field in ("last_name", "popup"):
            worth = 1.0
        elif field in ("name", "practice"):
            first = cell.text.split("\n")[0]
            if len(first) > 120 or not any(map(str.isalpha, first)) or is_sentence(first):
                continue
            worth = max(worth, 1.0 if _is_name(first) else 0.2 if is_place(first) else 0.6)
    return worth


def _reach_worth(cells: Sequence[Cell], fields: Mapping[str, str | None]) -> float:
    """1 for an entry that states where or how to reach it, 0.4 if that is only a web site or region.

    A contact within prose counts only where the entry is named like a person or practice: an article may state one too.
    """
    worth, surely = 0.0, _name_worth(cells, fields) == 1.0
    for cell in cells:
        field = fields.get(column_key(cell))
        if field == "popup":
            return 1.0 if _has_contact(cell.text) else 0.0
        if (field == "phone" and has_phone(cell.text)) or (field == "email" and has_email(cell.text)):
            return 1.0
        if field in ("address", "street", "city") and any(map(str.isalpha, cell.text)) and len(cell.text) < 250:
            worth = 1.0
        elif surely and (field == "remark" or (field is None and cell.markup)) and _has_contact(cell.text):
            worth = max(worth, 0.8)
        elif field in ("region", "country", "postcode") or (
            field == "website" and has_url(cell.text) and not cell.text.startswith("/")
        ):
            worth = max(worth, WEAKEST)
    return worth


def _has_contact(text: str) -> bool:
    lines = text.split("\n")[:60]
    return any(has_phone(line) or has_email(line) or has_address(line) for line in lines)


def labelled(cell: Cell, field: str | None) -> str:
    """The label that a cell gets in its record: its own, and the field after a dot where that says something else."""
    if field is None or field_of(cell.label) == field:
        return cell.label
    return f"{cell.label[:60]}.{field}"
