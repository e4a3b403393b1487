"""Which number each provider has: it stays when listings join or leave, and is never given to another.

A merge keeps the older number and lets the others lead to it. A split leaves the number with the larger part, also if that is merged
at the same time; the other part gets back the number that its first listing had before an earlier merge, or else a new one.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

Groups = Sequence[Sequence[int]]
"""The keys (`pk`) of listings that are one provider, each group sorted."""


def identities_of(ledger: sqlite3.Connection, groups: Groups) -> list[int]:
    """Each group's number, in the order of the groups; written to the ledger in one transaction, with what merged and what split."""
    ledger.execute("BEGIN IMMEDIATE")
    try:
        numbers = _Numbering(ledger, groups).numbers()
        ledger.execute("COMMIT")
    except BaseException:
        ledger.execute("ROLLBACK")
        raise
    return numbers


class _Numbering:
    def __init__(self, ledger: sqlite3.Connection, groups: Groups) -> None:
        self.ledger, self.groups = ledger, groups
        self.redirects = dict(ledger.execute("SELECT id, redirect FROM provider_ids WHERE redirect IS NOT NULL"))
        # A number of somebody forgotten is nobody's any more.
        gone = {number for (number,) in ledger.execute("SELECT provider FROM forgotten")}
        had = ledger.execute("SELECT pk, provider FROM listings WHERE provider IS NOT NULL").fetchall()
        self.had = {pk: number for pk, number in had if self._final(number) not in gone}
        self.run = ledger.execute("SELECT max(id) FROM runs").fetchone()[0]
        self.merged_now: set[int] = set()

    def numbers(self) -> list[int]:
        claimed, parted = self._claimed()
        numbers: list[int] = []
        for place, group in enumerate(self.groups):
            if place in claimed:
                number, *others = sorted(claimed[place])
                for other in others:
                    self._merge(number, other)
            else:
                number = self._back(group) or self._new(group[0])
                for other in sorted(parted.get(place, ())):
                    self._note(number, "split", other)
            numbers.append(number)
        self.ledger.executemany(
            "UPDATE listings SET provider = ? WHERE pk = ?",
            (
                (number, pk)
                for number, group in zip(numbers, self.groups, strict=True)
                for pk in group
                if self.had.get(pk) != number
            ),
        )
        return numbers

    def _claimed(self) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        """(group -> the numbers it keeps, group -> the numbers whose larger part is elsewhere)."""
        shares: dict[int, Counter[int]] = {}
        for place, group in enumerate(self.groups):
            for pk in group:
                if pk in self.had:
                    shares.setdefault(self._final(self.had[pk]), Counter())[place] += 1
        claimed: dict[int, set[int]] = {}
        parted: dict[int, set[int]] = {}
        for number, places in shares.items():
            # Groups are in the order of their oldest listing, so that of equal parts the older one keeps the number.
            largest = min(places, key=lambda place: (-places[place], place))
            claimed.setdefault(largest, set()).add(number)
            for place in places:
                if place != largest:
                    parted.setdefault(place, set()).add(number)
        return claimed, parted

    def _final(self, number: int) -> int:
        return final(self.redirects, number)

    def _back(self, group: Sequence[int]) -> int | None:
        """The oldest number that began with a listing of this group and was merged into another before now."""
        marks = ",".join("?" * len(group))
        began_here = self.ledger.execute(
            f"SELECT id FROM provider_ids WHERE redirect IS NOT NULL AND first_listing IN ({marks})"
            " AND id NOT IN (SELECT provider FROM forgotten) ORDER BY id",
            list(group),
        )
        found = next((int(number) for (number,) in began_here if number not in self.merged_now), None)
        if found is not None:
            self.ledger.execute("UPDATE provider_ids SET redirect = NULL WHERE id = ?", (found,))
            self.redirects.pop(found)
        return found

    def _new(self, listing: int) -> int:
        return int(
            self.ledger.execute("INSERT INTO provider_ids (first_listing) VALUES (?)", (listing,)).lastrowid or 0
        )

    def _merge(self, number: int, other: int) -> None:
        self.ledger.execute("UPDATE provider_ids SET redirect = ? WHERE id = ?", (number, other))
        self.redirects[other] = number
        self.merged_now.add(other)
        self._note(number, "merged", other)

    def _note(self, number: int, what: str, other: int) -> None:
        self.ledger.execute(
            "INSERT INTO provider_changes (run, provider, what, other) VALUES (?, ?, ?, ?)",
            (self.run, number, what, other),
        )


def final(redirects: Mapping[int, int], number: int) -> int:
    """Where a number leads in the end."""
    seen = {number}
    while (following := redirects.get(number)) is not None and following not in seen:
        seen.add(following)
        number = following
    return number
