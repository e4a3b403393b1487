"""Overlapping lists of invented practitioners with the truth of who is who: for estimating and measuring the matching.

>>> entries = list(overlapping(size=1000, seed=1))
>>> len({entry.entity for entry in entries})
1000

From some thousand practitioners on, the telephone numbers set aside for fiction do not suffice: see `places.PhoneNumbers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from ldn_directory.example.practitioners import Town
from ldn_directory.model import Listing

from .perturbations import Perturbations, listing_of, typo
from .places import BLOCKS, PhoneNumbers
from .providers import Population, Provider
from .tables import table

LISTINGS_EACH = 2.22
"""How many lists a practitioner stands on, on average; with few lists fewer."""
MOST_COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class LabelledListing:
    """One entry of one list, with who it truly is about."""

    entity: int
    """Number of the practitioner, clinic or pharmacy: entries with the same number are one."""
    listing: Listing
    works_at: int | None = None
    """Number of the clinic where the person works, if that is on the lists itself: to be linked, never merged."""
    perturbations: tuple[str, ...] = ()
    """In what the entry differs from the truth: names of rates in overlapping.toml, and `old_address`."""


def overlapping(size: int, seed: int, lists: int = 4) -> Iterator[LabelledListing]:
    """The entries of `size` practitioners on so many lists, practitioner by practitioner; equal for equal arguments.

    Raises ValueError for fewer than one list.
    """
    if lists < 1:
        raise ValueError(f"practitioners stand on at least one list, not on {lists}")
    return _labelled(Population(size, seed), PhoneNumbers(tracked=True), Random(f"entries {seed}"), _styles(lists))


def recrawl(entries: Iterable[LabelledListing], share: float, seed: int) -> Iterator[LabelledListing]:
    """The same entries one crawl later: of a `share` of them a third is gone, a third changed, and as many are new.

    An entry that stays has its old key and, unless changed, equal bytes. The new entries come last, about practitioners with
    new numbers. Another seed gives others, so a crawl can follow upon a crawl.
    """
    chance, phones = Random(f"recrawl {seed}"), PhoneNumbers(block=1 + seed % BLOCKS)
    added, greatest, styles = 0, -1, set[str]()
    for entry in entries:
        greatest = max(greatest, entry.entity)
        styles.add(entry.listing.source)
        draw = chance.random() * 3 / share if share else 3.0
        if draw < 1:
            continue
        yield replace(entry, listing=_change(entry.listing, phones, chance)) if draw < 2 else entry
        added += 2 <= draw < 3
    newcomers = Population(max(added, 1), seed, first=greatest + 1, phones=phones)
    new = _labelled(newcomers, phones, chance, _styles(max(1, len(styles))))
    yield from (entry for entry, _ in zip(new, range(added), strict=False))


def _labelled(
    providers: Iterable[Provider], tracked: PhoneNumbers, chance: Random, styles: list[dict[str, Any]]
) -> Iterator[LabelledListing]:
    twice = table("overlapping")["rates"]["twice"]
    for provider in providers:
        chosen = [style for style in styles if chance.random() < style["coverage"]] or [chance.choice(styles)]
        if chance.random() < twice:
            chosen.append(chance.choice(chosen))
        for place, style in enumerate(chosen):
            perturb = Perturbations(chance)
            if place and style in chosen[:place]:
                perturb.applied.append("twice")
            listing = listing_of(provider, style, _key(provider.number, place), tracked, perturb)
            yield LabelledListing(provider.number, listing, provider.works_at, tuple(perturb.applied))


def _key(number: int, place: int) -> str:
    """A key that tells nothing of who the entry is about. The factor is odd, so no two keys are equal (modulo 2**64)."""
    return f"{(number * 64 + place) * 0x9E3779B97F4A7C15 % 2**64:016x}"


def _styles(lists: int) -> list[dict[str, Any]]:
    """Lists in the styles of overlapping.toml, over and over, each with its own name and such coverage as the number asks."""
    known = table("overlapping")["lists"]
    styles = [known[place % len(known)] for place in range(lists)]
    factor = LISTINGS_EACH / sum(style["coverage"] for style in styles)
    return [
        {
            **style,
            "name": style["name"] if place < len(known) else f"{style['name']}_{place // len(known) + 1}",
            "coverage": min(MOST_COVERAGE, style["coverage"] * factor),
        }
        for place, style in enumerate(styles)
    ]


def _change(listing: Listing, phones: PhoneNumbers, chance: Random) -> Listing:
    """The entry with another number, other credentials or a slip corrected or made, as its list states."""
    town = Town("", "", "", "", "", "", 0.0, 0.0)
    match chance.randrange(3):
        case 0 if listing.phones:
            return replace(listing, phones=(phones.new(town),))
        case 1 if listing.street:
            number, _, rest = listing.street.partition(" ")
            other = f"{int(number) + 1} {rest}" if number.isdigit() and rest else f"{listing.street}a"
            return replace(listing, street=other)
        case _:
            return replace(listing, name=typo(listing.name or "", chance))
