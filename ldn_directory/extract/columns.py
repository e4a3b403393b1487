"""Which field each column of a list holds, decided over all its records from its label, its values and its place.

A column is what stands under one label (or key) in the records of a set or, without labels, at one place of each. What
labels and values say adds up, with the weights of `columns.toml`; values that cannot be what the label says win.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ldn_directory.model import Column, Labelled, Record

from .column_labels import NESTED, Said, affinity, is_meaningless, said_by, shared_prefix
from .facts import facts
from .joined_columns import join_columns, name_before_address, without_numbers
from .signals import is_empty, is_sentence
from .value_looks import COULD_BE, SPEAKS_FOR, is_plain_words

SAMPLE = 80
MANY = 3
"""With so many records, one and the same value in all says little of any."""
ALONE = frozenset(("name", "last_name", "first_name", "middle_name", "latitude", "longitude", "key", "kind"))
"""Fields that one column holds and no other."""
SHARED = frozenset(
    ("credentials", "specialty", "remark", "ignored", "phone_unlisted", "serves", "languages", "address_line")
)
"""Fields that any number of columns may hold. All others: one, and more only where their whole label says so."""
_CONSTANT = frozenset(("name", "practice", "phone", "email", "website", "street", "address", "specialty"))
_STREETS = ("street", "street2", "address")
_NO_PRACTICES = ("specialty", "region", "country", "credentials", "city", "street")
_NAMES = frozenset(("name", "practice", "last_name"))
_NAMING = frozenset((*_NAMES, "first_name", "website", "key"))
_TELLING = frozenset(("email", "website", "phone", "address"))
"""Fields that can be told from a single value of many rows."""
_EXACT = frozenset(("register_number", "latitude", "longitude"))
"""Fields that are told from values only if all are like that."""
_PLURALS = {
    "email": "e-mail addresses", "website": "web addresses", "phone": "phone numbers", "postcode": "postcodes",
    "credentials": "letters after a name", "country": "countries", "region": "regions", "street": "streets",
    "address": "addresses", "practice": "names of practices", "name": "names of people", "city": "towns",
    "specialty": "professions", "register_number": "NPI numbers", "latitude": "degrees", "longitude": "degrees",
    "house_number": "house numbers", "kind": "kinds of entries",
}  # fmt: skip


@dataclass(slots=True)
class Cells:
    """One column: its label, None if it has none, and its values in the order of the records, "" for none.

    `lists` is the number of lists of objects within the entry that its values stand in, `hint` the field that its place
    in the entry means.
    """

    label: str | None
    values: list[str] = field(default_factory=list)
    lists: int = 0
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    """How strongly a column claims a field, and why."""

    score: float
    field: str
    column: int
    why: str
    whole: bool


def assign_fields(
    records: Sequence[Record], pinned: Mapping[str, str] | None = None
) -> tuple[list[Record], tuple[Column, ...]]:
    """The records with the field of each text, and their columns. Texts that belong together are joined.

    `pinned` (label -> field) means that nothing is guessed: what it does not name has no field.
    """
    keys: dict[tuple[str | None, int], Cells] = {}
    placed = [_places(record) for record in records]
    for row, places in enumerate(placed):
        for key, text in zip(places, records[row].texts, strict=True):
            cells = keys.setdefault(key, Cells(key[0]))
            cells.values += [""] * (row - len(cells.values))
            if len(cells.values) == row:
                cells.values.append(text.text)
    columns = fields_of(list(keys.values()), pinned)
    known = {key: column.field for key, column in zip(keys, columns, strict=True)}
    found = [
        replace(
            record, texts=tuple(_with_field(text, known[key]) for key, text in zip(places, record.texts, strict=True))
        )
        for record, places in zip(records, placed, strict=True)
    ]
    return (found if pinned else join_columns(found)), columns


def _places(record: Record) -> list[tuple[str | None, int]]:
    """(label, 0) of each labelled text of a record, (None, ordinal) of each bare one."""
    bare = 0
    places: list[tuple[str | None, int]] = []
    for text in record.texts:
        places.append((text.label, 0) if text.label else (None, bare))
        bare += not text.label
    return places


def _with_field(text: Labelled, known: str | None) -> Labelled:
    return text if text.field or not known else replace(text, field=known)


def fields_of(columns: Sequence[Cells], pinned: Mapping[str, str] | None = None) -> tuple[Column, ...]:
    """The columns in their order, each with its field and the grounds for it."""
    if pinned is not None:
        given = [pinned.get(one.label or "") for one in columns]
        return tuple(
            Column(label=one.label, field=known or "ignored", why="chosen by hand" if known else "not chosen")
            for one, known in zip(columns, given, strict=True)
        )
    return _Decision(columns).columns()


class _Decision:
    """The columns of one list while their fields are decided."""

    def __init__(self, columns: Sequence[Cells]) -> None:
        self.cells = columns
        self.prefix = shared_prefix([one.label for one in columns if one.label])
        self.values = [without_numbers(_sample(one.values)) for one in columns]
        self.said = [self.said_of(at) for at in range(len(columns))]
        self.rows = max((len(one.values) for one in columns), default=0)
        self.in_lines = [
            2 * sum(text.count("\n") > 1 for text in values) >= max(1, len(values)) for values in self.values
        ]
        """Whether the values have several lines, so that none of their looks is that of the whole."""
        self.found: dict[int, _Claim] = {}
        self.left_out: dict[int, str] = {}
        self.holders: dict[str, list[int]] = {}

    def columns(self) -> tuple[Column, ...]:
        """Decides, and gives the columns in their order."""
        claims = [claim for column in range(len(self.cells)) for claim in self.claims(column)]
        if any(claim.field == "last_name" for claim in claims):
            claims = [self.beside_surname(claim) for claim in claims]
        claims = self.without_wrapped_names(self.without_names_beside_addresses(claims))
        looks = [claim for claim in claims if claim.field == "city" and not self.said[claim.column]]
        self.settle(claim for claim in claims if claim not in looks)
        self.find_address_lines()
        self.settle(looks)
        self.by_place()
        return tuple(self.column(at) for at in range(len(self.cells)))

    def settle(self, claims: Iterable[_Claim]) -> None:
        """Gives each column its strongest claim that is free, the strongest of all first."""
        for claim in sorted(claims, key=lambda one: (-one.score, one.column)):
            if claim.column not in self.found and self.is_free(claim):
                self.take(claim)

    def without_names_beside_addresses(self, claims: list[_Claim]) -> list[_Claim]:
        """The claims; where addresses begin with a name and no column surely holds names, none for such columns."""
        sure = any(claim.field in _NAMES and claim.whole for claim in claims)
        named = [at for at in range(len(self.cells)) if not sure and self.begins_with_names(at)]
        for at in named[:1]:
            self.give(at, "named_address", "its values are addresses with a name before them")
        return [claim for claim in claims if not named or claim.field not in _NAMES]

    def begins_with_names(self, column: int) -> bool:
        values = self.values[column]
        if len(values) < 2 or not {"address", "street"} & {one.field for one in self.said[column]}:
            return False
        return 10 * sum(name_before_address(value) is not None for value in values) >= 7 * len(values)

    def without_wrapped_names(self, claims: list[_Claim]) -> list[_Claim]:
        """The claims; none to be the name where it is another name with the same words around it in all entries."""
        named = sorted({claim.column for claim in claims if claim.field in _NAMES and self.rows >= MANY})
        wrapped = {at: other for at in named for other in named[:20] if at != other and self.is_wrapped(at, other)}
        for at, other in wrapped.items():
            self.left_out[at] = f"holds the values of {self.cells[other].label!r} among words that are always the same"
        return [claim for claim in claims if claim.field not in _NAMES or claim.column not in wrapped]

    def is_wrapped(self, column: int, other: int) -> bool:
        pairs = [pair for pair in zip(self.cells[column].values, self.cells[other].values, strict=False) if all(pair)]
        around = {whole.replace(name, "\0", 1) for whole, name in pairs[:SAMPLE]}
        return len(pairs) >= MANY and len(around) == 1 and "\0" in (frame := around.pop()) and len(frame) > 4

    def take(self, claim: _Claim) -> None:
        self.found[claim.column] = claim
        self.holders.setdefault(claim.field, []).append(claim.column)

    def beside_surname(self, claim: _Claim) -> _Claim:
        """A "name" beside a surname is the first name if it is one word, else the whole name once more."""
        if claim.field != "name":
            return claim
        single = [" " not in value for value in self.values[claim.column]]
        first = sum(single) * 10 >= len(single) * 8 and claim.whole
        return replace(claim, field="first_name" if first else "ignored", score=claim.score - 2)

    def is_free(self, claim: _Claim) -> bool:
        """Whether the field can still be given to the column, beside the columns that have it."""
        holders = self.holders.get(claim.field)
        if not holders or claim.field in SHARED:
            return True
        if claim.field in ALONE:
            return False
        return claim.whole and all(self.found[holder].whole for holder in holders)

    def claims(self, column: int) -> list[_Claim]:
        """Each field that the column might hold, if its score is above 0."""
        said = {one.field: one for one in self.said[column]}
        if not self.values[column] and not said:
            return []
        names = [*said, *(name for name in SPEAKS_FOR if name not in said)]
        return [claim for name in names if (claim := self.claim(column, name, said.get(name), bool(said))).score > 0]

    def claim(self, column: int, name: str, said: Said | None, spoken: bool) -> _Claim:
        weights, looks = facts("columns")["weights"], facts("columns")["looks"]
        values, label = self.values[column], self.cells[column].label or ""
        share = self.share(column, name, bool(said))
        failing = _failing(values, name)
        if name == "specialty" and said and said.words == "type":
            failing = sum(value.islower() and value.isidentifier() for value in values) / max(1, len(values))
        score = weights["start"] + weights["fails"] * failing + looks.get(name, 0.0) * share
        if said:
            score += weights["label"] * said.strength
        elif spoken or not is_meaningless(label):
            near = self.nearness(column, name)
            score += weights["affinity"] * near
            if not self.is_refuted(column) and (near < 0.1 or (near < 0.5 and spoken)):
                score += facts("columns")["other_label"].get(name, -3.0)
        if len(values) >= MANY and len(set(values)) == 1 and name in _CONSTANT:
            score += weights["constant"]
        score += weights["listed_name" if name in _NAMING else "listed"] * self.cells[column].lists
        why = f"its label {said.words!r}" if said else "the looks of its values"
        if name in _PLURALS and values and share > 0:
            right = round(share * len(values))
            why += f"; {right} of {len(values)} values look like {_PLURALS[name]}"
        return _Claim(score, name, column, why, said is not None and said.strength >= NESTED)

    def share(self, column: int, name: str, labelled: bool) -> float:
        """The share of the values that look like the field's, 0 where looks cannot be trusted."""
        values = self.values[column]
        found = _share(values, name)
        if labelled:
            return found
        if name == "kind" and {one.field for one in self.said[column]} & _NAMES:
            return 0.0
        lonely = len(values) < 2 < self.rows and name not in _TELLING
        return 0.0 if lonely or self.in_lines[column] or (name in _EXACT and found < 1) else found

    def said_of(self, column: int) -> tuple[Said, ...]:
        """What the label says. One that says street, over nothing but numbers, says house number."""
        cells, values = self.cells[column], self.values[column]
        said = said_by(cells.label, self.prefix) if cells.label else ()
        if cells.hint and cells.hint not in [one.field for one in said]:
            return (Said(cells.hint, NESTED, cells.label or ""),)
        label = cells.label or ""
        near = said[0].field in ("street", "address") if said else sum(affinity(label, one) for one in _STREETS) >= 0.4
        if near and values and _share(values, "house_number") == 1:
            return (Said("house_number", NESTED, said[0].words if said else label),)
        return said

    def nearness(self, column: int, name: str) -> float:
        """How near the label is to a field that it does not name, 0 to 1. What is called a name may be a practice's."""
        said = {one.field for one in self.said[column]}
        if name == "practice" and "name" in said:
            return 0.5
        if name == "name" and said:
            return 0.0
        return affinity(self.cells[column].label or "", name)

    def is_refuted(self, column: int) -> bool:
        """Whether none of the values can be what the label says."""
        said, values = self.said[column], self.values[column]
        return bool(said) and all(_failing(values, one.field) > 0.9 for one in said)

    def by_place(self) -> None:
        """Fields that neighbours tell: a town before its region, a point of two numbers, an address in parts."""
        open_ = [at for at in range(len(self.cells)) if at not in self.found and self.values[at]]
        open_ = [at for at in open_ if is_meaningless(self.cells[at].label)]
        self.find_point(open_)
        self.find_town(open_)
        self.find_name(open_)
        self.find_practice(open_)

    def give(self, column: int, name: str, why: str) -> None:
        if column not in self.found:
            self.take(_Claim(0.0, name, column, why, False))

    def find_point(self, open_: Sequence[int]) -> None:
        if "latitude" in self.holders:
            return
        degrees = [at for at in open_ if _share(self.values[at], "longitude") >= 0.8 and len(set(self.values[at])) > 1]
        if len(degrees) != 2 or any(_failing(self.values[at], "longitude") for at in degrees):
            return
        first, second = degrees if self.cells[degrees[0]].label != "x" else degrees[::-1]
        if abs(first - second) == 1 and _share(self.values[first], "latitude") >= 0.8:
            for at, name in ((first, "latitude"), (second, "longitude")):
                self.give(at, name, "one of two columns of degrees side by side")

    def find_address_lines(self) -> None:
        """Two or more columns of plain words between the street and the postcode are lines of the address."""
        streets, ends = self.holders.get("street", []), self.holders.get("postcode", [])
        if len(streets) != 1 or len(ends) != 1 or "city" in self.holders:
            return
        between = [at for at in range(streets[0] + 1, ends[0]) if self.values[at]]
        plain = [is_meaningless(self.cells[at].label) and _plain_share(self.values[at]) >= 0.8 for at in between]
        if len(plain) > 1 and all(plain):
            for at in between:
                self.give(at, "address_line", "plain words between the street and the postcode")

    def find_town(self, open_: Sequence[int]) -> None:
        """The town: plain words before region or postcode, or else the one unknown column of them beside the street."""
        if {"city", "address", "address_line"} & set(self.holders):
            return
        filled = [at for at in range(len(self.cells)) if self.values[at]]
        plain = {at for at in filled if at not in self.found and _plain_share(self.values[at]) >= 0.9}
        ends = {at: claim.field for at, claim in self.found.items() if claim.field in ("region", "postcode")}
        before = next((one for one, at in pairwise(filled) if at in ends and one in plain and one in open_), None)
        if before is not None:
            self.give(before, "city", "plain words before the region or postcode")
            return
        streets = {at for name in ("street", "house_number") for at in self.holders.get(name, ())}
        beside = [at for at in plain if {at - 1, at + 1} & streets and not self.said[at]]
        if len(beside) == 1 and len(set(self.values[beside[0]])) > 1:
            self.give(beside[0], "city", "plain words beside the street, and no other column is a town")

    def find_name(self, open_: Sequence[int]) -> None:
        """Without a name anywhere: names whatever their label is, or the first column of short words, all different."""
        reached = {"phone", "email", "street", "address", "postcode", "website"} & set(self.holders)
        if {"name", "practice", "last_name"} & set(self.holders) or len(reached) < 2 or len(self.cells) < 3:
            return
        left = [at for at, values in enumerate(self.values) if values and at not in self.found and not self.said[at]]
        named = [at for at in left if _share(self.values[at], "practice") + _share(self.values[at], "name") >= 0.8]
        if named:
            self.give(named[0], "name", "the only column whose values look like names")
            return
        titles = [at for at in left if at in open_ and self.could_name(self.values[at])]
        if titles:
            self.give(titles[0], "name", "the first column of short texts that all differ")

    def find_practice(self, open_: Sequence[int]) -> None:
        """Where people are named: short texts right above the address, or under a word of practices."""
        if not {"name", "last_name"} & set(self.holders) or "practice" in self.holders:
            return
        filled = [at for at in range(len(self.cells)) if self.values[at]]
        places = [at for name in ("street", "address", "house_number") for at in self.holders.get(name, ())]
        above = {one for one, at in pairwise(filled) if at in places and one in open_}
        for at in filled:
            values = self.values[at]
            named = _share(values, "practice") >= 0.5 and len(set(values)) * 10 >= len(values) * 6
            called = not self.said[at] and (named or affinity(self.cells[at].label or "", "practice") >= 0.1)
            if at in self.found or not (called or at in above) or not all(map(_is_title, values)) or len(values) < 2:
                continue
            others = _NO_PRACTICES if called else ("name", *_NO_PRACTICES)
            if max(_share(values, other) for other in others) < 0.5 and _failing(values, "practice") <= 0.1:
                self.give(at, "practice", "short texts beside a name, and above the address or so called")
                return

    @staticmethod
    def could_name(values: Sequence[str]) -> bool:
        """Whether short texts, nearly all different, could be names of anything."""
        differing = len(values) >= MANY and len(set(values)) * 10 >= len(values) * 9
        return differing and _failing(values, "name") <= 0.1 and all(map(_is_title, values))

    def column(self, at: int) -> Column:
        label = self.cells[at].label
        if claim := self.found.get(at):
            return Column(label=label, field=claim.field, why=claim.why)
        said, values = self.said[at], self.values[at]
        if why := self.left_out.get(at):
            return Column(label=label, field="ignored", why=why)
        if not said:
            return Column(label=label, field=None, why="neither its label nor its values say what it is")
        name = said[0].field
        if values and sum(len(value) > 80 or is_sentence(value) for value in values) * 2 > len(values):
            return Column(label=label, field="remark", why=f"its label says {name}, but its values are prose")
        holder = next(iter(self.holders.get(name, ())), None)
        if holder is not None and _failing(values, name) < 0.5:
            other = self.cells[holder].label or f"column {holder + 1}"
            return Column(label=label, field="ignored", why=f"may be {name}, but {other!r} is it more surely")
        return Column(label=label, field="ignored", why=f"its label says {name}, but its values cannot be that")


def guess_labels(rows: Sequence[Sequence[str]], known: Sequence[str] = ()) -> list[str]:
    """The field of each column of rows without labels, "" where its values say nothing, none of those in `known`."""
    width = max((len(row) for row in rows), default=0)
    found = fields_of([Cells(None, [row[at] if at < len(row) else "" for row in rows]) for at in range(width)])
    names = ["address" if one.field == "address_line" else one.field or "" for one in found]
    return [name if name not in (*known, *names[:at], "house_number") else "" for at, name in enumerate(names)]


def _sample(values: Sequence[str]) -> list[str]:
    """Values that say something, evenly from the whole column."""
    step = max(1, len(values) // (4 * SAMPLE))
    filled = [text for value in values[::step] if (text := value.strip()) and not is_empty(text)]
    return filled[:: max(1, len(filled) // SAMPLE)]


def _share(values: Sequence[str], name: str) -> float:
    """The share of the values that look like the field's."""
    test = SPEAKS_FOR.get(name)
    return sum(bool(test(value)) for value in values) / len(values) if test and values else 0.0


def _failing(values: Sequence[str], name: str) -> float:
    """The share of the values that cannot be the field's."""
    test = COULD_BE.get(name)
    return sum(not test(value) for value in values) / len(values) if test and values else 0.0


def _plain_share(values: Sequence[str]) -> float:
    return sum(map(is_plain_words, values)) / max(1, len(values))


def _is_title(text: str) -> bool:
    """Whether a value could name an entry: a line with a word that is no code."""
    words = text.split()
    return len(text) <= 80 and "\n" not in text and any(len(word) > 1 and word.isalpha() for word in words)
