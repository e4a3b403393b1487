"""Where invented practices are: towns enough for a million of them, addresses, and numbers that no two practices share.

The towns of towns.csv exist; as many more as are needed are invented around them, with the region and the area code of the
town they are invented around, and postal codes of its neighbourhood, so that small places outnumber the large as in life.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from ldn_directory.example.practitioners import GERMAN_SPEAKING, Town, facts, invent_postcode, invent_street, towns
from ldn_directory.model import Phone

ENTITIES_A_TOWN = 30
"""Practitioners for whom a town is invented, up to `MOST_TOWNS`."""
MOST_TOWNS = 12_000
TOWN_STARTS = ("", "", "", "New ", "North ", "South ", "East ", "West ", "Port ", "Mount ", "Lake ", "Fort ", "Glen ")
BLOCKS = 9_998
SPREAD = 0.8
"""Exponent of Zipf's law by which towns have practices; near 1 for real cities, less as doctors also serve small places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a practice is."""

    town: Town
    street: str
    postcode: str


class PhoneNumbers:
    """Numbers, each given out once.

    First the ranges set aside for fiction (100 an area code in North America); when a country's are used up, or where it
    has none, numbers of +999, a country code that belongs to no country: no such number can ring anywhere.
    """

    def __init__(self, block: int = 0, *, tracked: bool = False) -> None:
        """`block`: 0 to start with the fictional ranges; any other up to `BLOCKS` gives numbers of +999 that no other gives.

        `tracked`: numbers that publishers of lists rent, from the last tenth of each range, so that none is a practice's.
        """
        self._used: dict[str, int] = {}
        self._next = (BLOCKS + 1 if tracked else block) * 10**8
        self._fictional = block == 0
        self._tracked = tracked

    def new(self, town: Town) -> Phone:
        """A number that was not given out before."""
        form = facts("phones").get(town.country_code) if self._fictional else None
        if form:
            pattern: str = form["e164"][0].replace("AAA", town.area_code)
            digits = pattern.count("#")
            practices = 9 * 10 ** (digits - 1)
            start, end = (practices, 10**digits) if self._tracked else (0, practices)
            place = self._used.get(pattern, start)
            if place < end:
                self._used[pattern] = place + 1
                # 37 is prime to every power of ten: each number once, and neighbours in time not neighbours in number.
                return _phone(f"{pattern.rstrip('#')}{place * 37 % 10**digits:0{digits}d}")
        self._next += 1
        return _phone(f"+999{self._next:012d}")


class TownMap:
    """The towns that `size` practitioners live in."""

    def __init__(self, size: int, seed: int) -> None:
        chance = Random(f"towns {seed}")
        shares = facts("words")["country_shares"]
        self._countries = list(shares)
        self._country_sums = list(accumulate(shares.values()))
        self._towns: dict[str, tuple[Town, ...]] = {}
        self._sums: dict[str, list[float]] = {}
        self._in_region: dict[str, list[Town]] = {}
        wanted = min(size // ENTITIES_A_TOWN, MOST_TOWNS)
        for country, real in towns().items():
            invented = round(wanted * shares[country] / self._country_sums[-1]) - len(real)
            around = [_invent_town(chance.choice(real), chance) for _ in range(max(0, invented))]
            self._towns[country] = (*real, *around)
            self._sums[country] = list(accumulate((rank + 5) ** -SPREAD for rank in range(len(self._towns[country]))))
            for town in self._towns[country]:
                self._in_region.setdefault(town.region_code, []).append(town)

    def town(self, chance: Random) -> Town:
        """A town of any country, the large ones more often."""
        sums = self._country_sums
        country = self._countries[bisect(sums, chance.random() * sums[-1], 0, len(sums) - 1)]
        sums = self._sums[country]
        return self._towns[country][bisect(sums, chance.random() * sums[-1], 0, len(sums) - 1)]

    def neighbour(self, town: Town, chance: Random) -> Town:
        """A town of the same region; another one, if there is one."""
        found = chance.choice(self._in_region[town.region_code])
        return chance.choice(self._in_region[town.region_code]) if found is town else found


def address_in(town: Town, chance: Random) -> Address:
    """An address in the town."""
    street = invent_street(town.country_code in GERMAN_SPEAKING, chance)
    return Address(town=town, street=street, postcode=invent_postcode(town, chance))


def _invent_town(town: Town, chance: Random) -> Town:
    """A small town in the region of one that exists."""
    words = facts("words")
    if town.country_code in GERMAN_SPEAKING:
        name = f"{chance.choice(words['german_surname_starts'])}{chance.choice(words['german_surname_ends'])}"
    else:
        stem = f"{chance.choice(words['surname_starts'])}{chance.choice(words['surname_ends'])}"
        name = f"{chance.choice(TOWN_STARTS)}{stem}"
    postcode = f"{town.postcode[:-2]}{chance.randint(0, 99):02d}" if town.postcode.isdigit() else town.postcode
    return town._replace(city=name, postcode=postcode)


def _phone(e164: str) -> Phone:
    american = e164.startswith("+1")
    return Phone(raw=f"({e164[2:5]}) {e164[5:8]}-{e164[8:]}" if american else f"{e164[:4]} {e164[4:]}", e164=e164)
