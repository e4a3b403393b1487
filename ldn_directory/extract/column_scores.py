"""How strongly one column claims each field: what its label and its values say, with the weights of `columns.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .column_labels import AT_START, NESTED, Said, affinity, is_meaningless, said_by
from .facts import facts
from .joined_columns import without_numbers
from .signals import is_empty, names_person
from .value_looks import COULD_BE, SPEAKS_FOR, are_repeated_letters, is_plain_words

SAMPLE = 50
MANY = 3
"""With so many records, one and the same value in all says little of any."""
MOST_KINDS = 3
"""A column of kinds of entries has no more different values."""
NAMES = frozenset(("name", "practice", "last_name"))
_NAMING = frozenset((*NAMES, "first_name", "website", "key"))
_CONSTANT = frozenset(("name", "practice", "phone", "email", "website", "street", "address", "specialty"))
_STREETS = ("street", "street2", "address")
_TELLING = frozenset(("email", "website", "phone", "address"))
"""Fields that can be told from a single value of many rows."""
_EXACT = frozenset(("register_number", "latitude", "longitude"))
"""Fields that are told from values only if all are like that."""
_BESIDE_ANY = ("practice", "kind")
"""Fields that a column may hold although its whole label says another, which its values could be."""
_VAGUE = frozenset(("postcode", "house_number", "latitude", "longitude", "city"))
"""Fields whose values look like much else: not told from values against a label, even if that is wrong."""
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
class Claim:
    """How strongly a column claims a field, and why. `whole`: whether its whole label says so."""

    score: float
    field: str
    column: int
    why: str
    whole: bool


class Evidence:
    """What one column shows: its label, what that says, and some of its values."""

    def __init__(self, cells: Cells, prefix: tuple[str, ...], rows: int) -> None:
        self.label = cells.label or ""
        self.values = without_numbers(_sample(cells.values))
        self.all_values = cells.values
        self.lists = cells.lists
        self.rows = rows
        self.in_lines = 2 * sum(text.count("\n") > 1 for text in self.values) >= max(1, len(self.values))
        """Whether the values have several lines, so that none of their looks is that of the whole."""
        self._shares: dict[str, float] = {}
        self.is_meaningless = is_meaningless(cells.label)
        self.said = self._said(cells.hint, prefix)

    def _said(self, hint: str | None, prefix: tuple[str, ...]) -> tuple[Said, ...]:
        """What the label says. One that says street, over nothing but numbers, says house number."""
        said = said_by(self.label, prefix) if self.label else ()
        if hint and hint not in [one.field for one in said]:
            return (Said(hint, NESTED, self.label),)
        near = said[0].field in ("street", "address") if said else sum(self.affinity(one) for one in _STREETS) >= 0.4
        if near and self.values and self.share("house_number") == 1:
            return (Said("house_number", NESTED, said[0].words if said else self.label),)
        return said

    def affinity(self, name: str) -> float:
        """How near the label's words are to those of a field's known labels, 0 to 1."""
        return affinity(self.label, name) if self.label else 0.0

    def share(self, name: str) -> float:
        """The share of the values that look like the field's."""
        if name not in self._shares:
            test = SPEAKS_FOR.get(name)
            right = sum(bool(test(value)) for value in self.values) if test else 0
            if name == "credentials" and 2 * right < len(self.values) and are_repeated_letters(self.values):
                right = len(self.values)
            self._shares[name] = right / max(1, len(self.values))
        return self._shares[name]

    def failing(self, name: str) -> float:
        """The share of the values that cannot be the field's."""
        test = COULD_BE.get(name)
        machine = name == "specialty" and bool(self.said) and self.said[0].words == "type"
        wrong = sum((test is not None and not test(one)) or (machine and _is_machine_word(one)) for one in self.values)
        return wrong / max(1, len(self.values))

    def is_plain(self, least: float) -> bool:
        """Whether so large a share of the values is plain words, as the names of towns are."""
        return bool(self.values) and sum(map(is_plain_words, self.values)) >= least * len(self.values)

    def is_refuted(self) -> bool:
        """Whether none of the values can be what the label says."""
        return bool(self.said) and all(self.failing(one.field) > 0.9 for one in self.said)

    def claims(self, column: int) -> list[Claim]:
        """Each field that the column might hold, if its score is above 0."""
        said = {one.field: one for one in self.said}
        if not self.values and not said:
            return []
        sure = any(one.strength >= NESTED and self.failing(one.field) < 0.3 for one in self.said)
        names = [*said, *(name for name in (_BESIDE_ANY if sure else SPEAKS_FOR) if name not in said)]
        return [claim for name in names if (claim := self._claim(column, name, said.get(name))).score > 0]

    def _claim(self, column: int, name: str, said: Said | None) -> Claim:
        table = facts("columns")
        score = sum(table["weights"][key] * value for key, value in self._features(name, said).items())
        share = self._trusted_share(name, said is not None)
        score += table["looks"].get(name, 0.0) * share
        if said and said.strength <= AT_START and name in table["looks"] and not share:
            score += table["weights"]["unseen"]
        if self._says_otherwise(name, said):
            score += table["other_label"].get(name, -3.0)
        why = f"its label {said.words!r}" if said else "the looks of its values"
        if name in _PLURALS and self.values and share > 0:
            why += f"; {round(share * len(self.values))} of {len(self.values)} values look like {_PLURALS[name]}"
        return Claim(score, name, column, why, said is not None and said.strength >= NESTED)

    def _features(self, name: str, said: Said | None) -> dict[str, float]:
        """The values that `[weights]` are for."""
        constant = len(self.values) >= MANY and len(set(self.values)) == 1 and name in _CONSTANT
        unsaid = said is None and (bool(self.said) or not self.is_meaningless)
        return {
            "start": 1.0,
            "label": said.strength if said else 0.0,
            "fails": self.failing(name),
            "constant": float(constant),
            "listed_name" if name in _NAMING else "listed": float(self.lists),
            "affinity": self._nearness(name) if unsaid else 0.0,
            "lettered": self._lettered() if name == "name" else 0.0,
        }

    def _lettered(self) -> float:
        """The share of the values that name a person with a title or letters."""
        if self.share("name") < 0.5:
            return 0.0
        return sum(map(names_person, self.values)) / max(1, len(self.values))

    def _says_otherwise(self, name: str, said: Said | None) -> bool:
        """Whether the label says something, and nothing near the field."""
        if said or (not self.said and self.is_meaningless) or (name not in _VAGUE and self.is_refuted()):
            return False
        return self._nearness(name) < (0.5 if self.said else 0.1)

    def _trusted_share(self, name: str, labelled: bool) -> float:
        """The share of the values that look like the field's, 0 where looks cannot be trusted."""
        found = self.share(name)
        if labelled:
            return found
        if name == "kind" and (len(set(self.values)) > MOST_KINDS or {one.field for one in self.said} & NAMES):
            return 0.0
        filled = sum(map(bool, self.all_values))
        lonely = len(self.values) < 2 < self.rows and name not in _TELLING
        lonely = lonely or (name == "name" and 2 * filled <= self.rows)
        return 0.0 if lonely or self.in_lines or (name in _EXACT and found < 1) else found

    def _nearness(self, name: str) -> float:
        """How near the label is to a field that it does not name, 0 to 1. What is called a name may be a practice's."""
        said = {one.field for one in self.said}
        if name == "practice" and "name" in said:
            return 0.5
        return 0.0 if name == "name" and said else self.affinity(name)


def _is_machine_word(text: str) -> bool:
    """Whether a value is a word of a program, as types of records are: `listing`."""
    return text.islower() and text.isidentifier()


def _sample(values: Sequence[str]) -> list[str]:
    """Values that say something, evenly from the whole column."""
    step = max(1, len(values) // (4 * SAMPLE))
    filled = [text for value in values[::step] if (text := value.strip()) and not is_empty(text)]
    return filled[:: max(1, len(filled) // SAMPLE)]
