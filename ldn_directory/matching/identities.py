"""The number of each provider: it stays when listings join or leave, and is never given to another provider.

A merge keeps the older number and redirects the others to it. In a split the larger part keeps the number, also if
that part is merged at the same time; the other part gets back the number that its first listing had before an earlier
merge, or else a new one.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence

from ldn_directory.ledger import final_number, transaction

Groups = Sequence[Sequence[int]]
"""The keys (`pk`) of listings that are one provider, each group sorted."""


def assign_numbers(ledger: sqlite3.Connection, groups: Groups) -> list[int]:
    """Each group's number, in the order of the groups.

    Writes numbers, merges and splits to the ledger in one transaction.
    """
    with transaction(ledger):
        return _Assignment(ledger, groups).assign()


class _Assignment:
    def __init__(self, ledger: sqlite3.Connection, groups: Groups) -> None:
        self.ledger, self.groups = ledger, groups
        self.redirects = dict(ledger.execute("SELECT id, redirect FROM provider_ids WHERE redirect IS NOT NULL"))
        # The number of a forgotten provider is nobody's any more.
        forgotten = {number for (number,) in ledger.execute("SELECT provider FROM forgotten")}
        stored = ledger.execute("SELECT pk, provider FROM listings WHERE provider IS NOT NULL").fetchall()
        self.previous = {pk: number for pk, number in stored if final_number(self.redirects, number) not in forgotten}
        self.run = ledger.execute("SELECT max(id) FROM all_runs").fetchone()[0]
        # The numbers that were merged into others, by the listing that they began with, the oldest first.
        self.merged_before: defaultdict[int, list[int]] = defaultdict(list)
        query = "SELECT id, first_listing FROM provider_ids WHERE redirect IS NOT NULL ORDER BY id"
        for number, listing in ledger.execute(query):
            if number not in forgotten:
                self.merged_before[listing].append(number)

    def assign(self) -> list[int]:
        kept, split_off = self._kept_and_split_numbers()
        numbers: list[int] = []
        for index, group in enumerate(self.groups):
            if index in kept:
                number, *others = sorted(kept[index])
                for other in others:
                    self._merge(number, other)
            else:
                number = self._restore_number(group) or self._new_number(group[0])
                for other in sorted(split_off.get(index, ())):
                    self._add_change(number, "split", other)
            numbers.append(number)
        pairs = ((number, pk) for number, group in zip(numbers, self.groups, strict=True) for pk in group)
        self._store([(number, pk) for number, pk in pairs if self.previous.get(pk) != number])
        return numbers

    def _store(self, changed: Sequence[tuple[int, int]]) -> None:
        """Stores (number, listing), and keeps the numbers that listings had before."""
        before = [(pk, self.run, self.previous[pk]) for _, pk in changed if pk in self.previous]
        self.ledger.executemany("INSERT OR IGNORE INTO former_providers VALUES (?, ?, ?)", before)
        self.ledger.executemany("UPDATE listings SET provider = ? WHERE pk = ?", changed)

    def _kept_and_split_numbers(self) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        """(group -> the numbers that it keeps, group -> the numbers whose larger part is another group)."""
        shares: dict[int, Counter[int]] = {}
        for index, group in enumerate(self.groups):
            for pk in group:
                if pk in self.previous:
                    number = final_number(self.redirects, self.previous[pk])
                    shares.setdefault(number, Counter())[index] += 1
        kept: dict[int, set[int]] = {}
        split_off: dict[int, set[int]] = {}
        for number, sizes in shares.items():
            # Groups are in the order of their oldest listing, so that of equal parts the older one keeps the number.
            largest = min(sizes, key=lambda index: (-sizes[index], index))
            kept.setdefault(largest, set()).add(number)
            for index in sizes:
                if index != largest:
                    split_off.setdefault(index, set()).add(number)
        return kept, split_off

    def _restore_number(self, group: Sequence[int]) -> int | None:
        """The oldest number that began with a listing of this group and was merged into another before now."""
        began_here = [number for pk in group for number in self.merged_before.get(pk, ()) if number in self.redirects]
        number = min(began_here, default=None)
        if number is not None:
            self.ledger.execute("UPDATE provider_ids SET redirect = NULL WHERE id = ?", (number,))
            self.redirects.pop(number)
        return number

    def _new_number(self, listing: int) -> int:
        added = self.ledger.execute("INSERT INTO provider_ids (first_listing) VALUES (?)", (listing,))
        return int(added.lastrowid or 0)

    def _merge(self, number: int, other: int) -> None:
        self.ledger.execute("UPDATE provider_ids SET redirect = ? WHERE id = ?", (number, other))
        self.redirects[other] = number
        self._add_change(number, "merged", other)

    def _add_change(self, number: int, what: str, other: int) -> None:
        self.ledger.execute(
            "INSERT INTO provider_changes (run, provider, what, other) VALUES (?, ?, ?, ?)",
            (self.run, number, what, other),
        )
