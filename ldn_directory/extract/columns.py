"""Which field each column of a list holds, decided over all its records from its label, its values and its place.

A column is what stands under one label (or key) in the records of a set or, without labels, at one place of each. What
labels and values say adds up (`column_scores.py`); values that cannot be what the label says win.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ldn_directory.model import Column
from ldn_directory.normalize.postal_address import looks_like_street

from .column_labels import shared_prefix
from .column_places import address_lines, by_place
from .column_scores import MANY, NAMES, SAMPLE, Cells, Claim, Evidence
from .joined_columns import name_before_address
from .signals import is_sentence

__all__ = ["Cells", "fields_of"]

ALONE = frozenset(("name", "last_name", "first_name", "middle_name", "latitude", "longitude", "key", "kind"))
"""Fields that one column holds and no other."""
SHARED = frozenset(
    ("credentials", "specialty", "remark", "ignored", "phone_unlisted", "serves", "languages", "address_line")
)
"""Fields that any number of columns may hold. All others: one, and more only where their whole label says so."""


def fields_of(columns: Sequence[Cells]) -> tuple[Column, ...]:
    """The columns in their order, each with its field and the grounds for it."""
    return Decision(columns).columns()


class Decision:
    """The columns of one list while their fields are decided."""

    def __init__(self, columns: Sequence[Cells]) -> None:
        prefix = shared_prefix([one.label for one in columns if one.label])
        rows = max((len(one.values) for one in columns), default=0)
        self.shown = [Evidence(one, prefix, rows) for one in columns]
        self.found: dict[int, Claim] = {}
        self.left_out: dict[int, str] = {}
        self.holders: dict[str, list[int]] = {}
        """The columns of each field."""

    def columns(self) -> tuple[Column, ...]:
        """Decides, and gives the columns in their order."""
        claims = [claim for column, shown in enumerate(self.shown) for claim in shown.claims(column)]
        if any(claim.field == "last_name" for claim in claims):
            claims = [self._beside_surname(claim) for claim in claims]
        claims = self._without_wrapped_names(self._without_names_beside_addresses(claims))
        looks = [claim for claim in claims if claim.field == "city" and not self.shown[claim.column].said]
        self._settle(claim for claim in claims if claim not in looks)
        address_lines(self)
        self._settle(looks)
        by_place(self)
        self._take_kinds_for_names()
        return tuple(map(self._column, range(len(self.shown))))

    def _take_kinds_for_names(self) -> None:
        """Where no column holds names, one whose values look like kinds of practices holds those."""
        for claim in list(self.found.values()):
            if claim.field == "kind" and not self.shown[claim.column].said and not NAMES & set(self.holders):
                self._take(replace(claim, field="practice"))

    def is_open(self, column: int) -> bool:
        """Whether the column has values and no field yet."""
        return column not in self.found and bool(self.shown[column].values)

    def give(self, column: int, name: str, why: str) -> None:
        """Gives a column without a field this one."""
        if column not in self.found:
            self._take(Claim(0.0, name, column, why, False))

    def _take(self, claim: Claim) -> None:
        self.found[claim.column] = claim
        self.holders.setdefault(claim.field, []).append(claim.column)

    def _settle(self, claims: Iterable[Claim]) -> None:
        """Gives each column its strongest claim that is free, the strongest of all first."""
        for claim in sorted(claims, key=lambda one: (-one.score, one.column)):
            if claim.column not in self.found and self._is_free(claim):
                self._take(claim)

    def _is_free(self, claim: Claim) -> bool:
        """Whether the field can still be given to the column, beside the columns that have it."""
        if (
            claim.field == "street"
            and not claim.whole
            and any(map(self._holds_streets, self.holders.get("address", ())))
        ):
            return False
        holders = self.holders.get(claim.field)
        if not holders or claim.field in SHARED:
            return True
        return claim.field not in ALONE and claim.whole and all(self.found[holder].whole for holder in holders)

    def _holds_streets(self, column: int) -> bool:
        """Whether the column's addresses begin with their street, so that no other column need hold it."""
        values = self.shown[column].values
        return 10 * sum(looks_like_street(re.split(r"[,\n]", value)[0]) for value in values) >= 7 * len(values)

    def _beside_surname(self, claim: Claim) -> Claim:
        """A "name" beside a surname is the first name if it is one word, else the whole name once more."""
        if claim.field != "name":
            return claim
        values = self.shown[claim.column].values
        first = claim.whole and sum(" " not in value for value in values) * 10 >= len(values) * 8
        return replace(claim, field="first_name" if first else "ignored", score=claim.score - 2)

    def _without_names_beside_addresses(self, claims: list[Claim]) -> list[Claim]:
        """The claims; where addresses begin with a name and no whole label says name, no other column is the name."""
        if any(claim.field in NAMES and claim.whole for claim in claims):
            return claims
        named = next((column for column, shown in enumerate(self.shown) if _begins_with_names(shown)), None)
        if named is None:
            return claims
        self.give(named, "named_address", "its values are addresses with a name before them")
        return [claim for claim in claims if claim.field not in NAMES]

    def _without_wrapped_names(self, claims: list[Claim]) -> list[Claim]:
        """The claims; none to be the name where it is another name with the same words around it in all entries."""
        named = sorted({claim.column for claim in claims if claim.field in NAMES})[:20]
        for at in named:
            other = next((one for one in named if one != at and _is_wrapped(self.shown[at], self.shown[one])), None)
            if other is not None:
                held = self.shown[other].label
                self.left_out[at] = f"holds the values of {held!r} among words that are always the same"
        return [claim for claim in claims if claim.field not in NAMES or claim.column not in self.left_out]

    def _column(self, at: int) -> Column:
        shown = self.shown[at]
        label, said = shown.label or None, shown.said
        if claim := self.found.get(at):
            return Column(label=label, field=claim.field, why=claim.why)
        if why := self.left_out.get(at):
            return Column(label=label, field="ignored", why=why)
        if not said:
            return Column(label=label, field=None, why="neither its label nor its values say what it is")
        name = said[0].field
        if sum(len(value) > 80 or is_sentence(value) for value in shown.values) * 2 > len(shown.values):
            return Column(label=label, field="remark", why=f"its label says {name}, but its values are prose")
        holder = next(iter(self.holders.get(name, ())), None)
        if holder is not None and shown.failing(name) < 0.5:
            other = self.shown[holder].label or f"column {holder + 1}"
            return Column(label=label, field="ignored", why=f"may be {name}, but {other!r} is it more surely")
        return Column(label=label, field="ignored", why=f"its label says {name}, but its values cannot be that")


def _begins_with_names(shown: Evidence) -> bool:
    """Whether the values of an address begin with a name before the street."""
    if len(shown.values) < 2 or not {"address", "street"} & {one.field for one in shown.said}:
        return False
    return 10 * sum(name_before_address(value) is not None for value in shown.values) >= 7 * len(shown.values)


def _is_wrapped(shown: Evidence, other: Evidence) -> bool:
    """Whether all values of a column are the other's with the same words around them."""
    pairs = [pair for pair in zip(shown.all_values[:SAMPLE], other.all_values, strict=False) if all(pair)]
    around = {whole.replace(name, "\0", 1) for whole, name in pairs}
    return len(pairs) >= MANY and len(around) == 1 and "\0" in (frame := around.pop()) and len(frame) > 4
