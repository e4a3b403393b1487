"""An invented NPPES register in the published format, at any size, with near namesakes; and who in it is who.

Rows are written as they are made, so that nine million cost no memory. Telephone numbers have area codes that the numbering
plan keeps free (37x, 96x), so that none is anybody's.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from types import MappingProxyType

from ldn_directory.example.practitioners import Town, facts, towns
from ldn_directory.normalize.npi import check_digit
from ldn_directory.registers.layout import columns_of

from .register_files import Entry, csv_lines, header, quoted
from .tables import table

ABSENT = 0.04
"""Share of practitioners who have no entry."""
ENDED = 0.03
"""Share whose number is deactivated: of them the file says only number and date."""
ORGANISATIONS = 0.2
ZIP_LEVEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPractitioner:
    """An invented practitioner as a list states him or her, and the number that is truly theirs."""

    name: str
    credentials: str | None
    street: str | None
    city: str
    region_code: str
    postcode: str | None
    phone: str | None
    """E.164."""
    stated: str | None
    """The NPI that the list states, which may be mistyped."""
    npi: str | None
    """The truth; None for who has no entry that bears a name, unless the list states the number."""
    active: bool


@cache
def _surnames() -> tuple[str, ...]:
    words, more = facts("words"), table("registers")["surname_endings"]
    made = [f"{a}{b}{c}" for c in more for b in words["surname_ends"] for a in words["surname_starts"]]
    Random(5).shuffle(made)
    return tuple(dict.fromkeys(made))


@cache
def _given_names() -> tuple[str, ...]:
    words = table("registers")
    made = [f"{a}{b}" for b in words["given_ends"] for a in words["given_starts"]]
    Random(6).shuffle(made)
    return tuple(dict.fromkeys([*words["given_names"], *made]))


@cache
def _professions() -> tuple[tuple[tuple[str, str, str], ...], list[float]]:
    rows = table("registers")["professions"]
    return tuple((row["credential"], row["listed"], row["taxonomy"]) for row in rows), list(
        accumulate(row["share"] for row in rows)
    )


def _by_rank(names: tuple[str, ...], head: float, chance: Random) -> str:
    """A name whose share falls with its rank as 1 / (rank + head)."""
    return names[int(head * ((len(names) + head) / head) ** chance.random() - head)]


def npi_of(row: int, rows: int) -> str:
    """The NPI of a row: rising, with a right check digit."""
    nine = str(100_000_000 + row * (199_999_999 // rows))
    return nine + check_digit(nine)


class Register:
    """An invented register of `rows` rows in which `practitioners` people of the lists stand, each with near namesakes or without."""

    def __init__(self, rows: int, practitioners: int = 0, seed: int = 1, as_of: date = date(2026, 11, 8)) -> None:
        if practitioners * 6 > rows:
            raise ValueError(f"{rows} rows are too few for {practitioners} practitioners: it takes six for each")
        self.rows, self.practitioners, self.seed, self.as_of = rows, practitioners, seed, as_of
        self._towns = towns()["US"]

    @property
    def member(self) -> str:
        """Name of the main file in the zip."""
        return f"npidata_pfile_20050523-{self.as_of:%Y%m%d}.csv"

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """(NPI, entry) for each row, rising."""
        chance = Random(f"{self.seed} rows")
        step = self.rows // self.practitioners if self.practitioners else self.rows + 1
        special: list[Entry | None] = []
        for row in range(self.rows):
            place, who = row % step, row // step
            if place == 0 and who < self.practitioners:
                special = [*self._with_namesakes(who)]
            made = special[place] if self.practitioners and who < self.practitioners and place < len(special) else None
            yield npi_of(row, self.rows), made or self._entry(chance)

    def listed(self) -> Iterator[ListedPractitioner]:
        """The practitioners as lists state them."""
        step = self.rows // max(1, self.practitioners)
        for who in range(self.practitioners):
            yield self._listed(who, npi_of(who * step, self.rows))

    def _entry(self, chance: Random) -> Entry:
        town = self._town(chance)
        entry = self._organisation(town, chance) if chance.random() < ORGANISATIONS else self._person(town, chance)
        if chance.random() < 0.035:
            return Entry(deactivated=self._day(chance))
        return entry

    def _town(self, chance: Random) -> Town:
        return self._towns[int(10 * ((len(self._towns) + 10) / 10) ** chance.random() - 10)]

    def _day(self, chance: Random) -> str:
        return (date(2005, 5, 23) + timedelta(days=int(chance.random() * 7_700))).strftime("%m/%d/%Y")

    def _place(self, town: Town, chance: Random) -> dict[str, str]:
        words, draw = facts("words"), chance.random
        code = (370 if draw() < 0.5 else 960) + int(draw() * 10)
        end = facts("words")["street_abbreviations"][words["street_ends"][int(draw() * 6)]]
        street = (
            f"{int(draw() ** 2 * 9_000) + 1} {words['street_words'][int(draw() * len(words['street_words']))]} {end}"
        )
        return {
            "street": street.upper(),
            "unit": f"STE {int(draw() * 400) + 100}" if draw() < 0.3 else "",
            "city": town.city.upper(),
            "state": town.region_code[3:],
            "postcode": f"{town.postcode[:3]}{int(draw() * 40):02}{int(draw() * 9_000) + 1000}",
            "phone": f"{code}{int(draw() * 800) + 200}{int(draw() * 10_000):04}",
        }

    def _person(self, town: Town, chance: Random) -> Entry:
        kinds, shares = _professions()
        credential, _, taxonomy = chance.choices(kinds, cum_weights=shares)[0]
        draw = chance.random()
        return Entry(
            given=_by_rank(_given_names(), 15, chance).upper(),
            surname=_by_rank(_surnames(), 12, chance).upper(),
            middle=chance.choice("ABCDEFGHJKLMNPRSTW") if draw < 0.7 else "",
            suffix="JR" if draw < 0.01 else "",
            other_surname=_by_rank(_surnames(), 12, chance).upper() if draw > 0.95 else "",
            credential=credential,
            taxonomy=taxonomy,
            enumerated=self._day(chance),
            **self._place(town, chance),
        )

    def _organisation(self, town: Town, chance: Random) -> Entry:
        words = facts("words")
        ends = words["practice_ends"] if chance.random() < 0.85 else words["pharmacy_ends"]
        name = f"{chance.choice(words['practice_words'])} {chance.choice(ends)}".upper()
        taxonomy = "261QP2300X" if ends is words["practice_ends"] else "3336C0003X"
        return Entry(
            organisation=name + chance.choice(["", " LLC", " INC", ", PLLC", " PC"]),
            taxonomy=taxonomy,
            enumerated=self._day(chance),
            **self._place(town, chance),
        )

    def _with_namesakes(self, who: int) -> Iterator[Entry | None]:
        """The rows of one practitioner: his or her own, then those that come near."""
        chance = Random(f"{self.seed}/{who}")
        truth, fate = self._truth(chance), chance.random()
        yield (
            self._entry(chance)
            if fate < ABSENT
            else Entry(deactivated=truth.enumerated)
            if fate < ABSENT + ENDED
            else truth
        )
        other = self._person(self._town(chance), chance)
        places = {name: getattr(truth, name) for name in ("street", "unit", "city", "state", "postcode", "phone")}
        there = {name: getattr(other, name) for name in places}
        town = next(
            town for town in self._towns if town.city.upper() == truth.city and town.region_code.endswith(truth.state)
        )
        for share, near in (
            (0.25, replace(truth, middle=other.middle, credential=other.credential, taxonomy=other.taxonomy, **there)),
            (0.02, replace(truth, middle=other.middle, **self._place(town, chance))),  # a namesake in the same town
            (
                0.01,
                replace(truth, suffix="JR" if truth.suffix != "JR" else "", middle=other.middle),
            ),  # a son at the practice
            (0.08, replace(truth, given=other.given, middle=other.middle)),  # a spouse at the practice
            (0.3, replace(other, **places)),  # a colleague at the practice, with its phone
        ):
            yield near if chance.random() < share else None

    def _truth(self, chance: Random) -> Entry:
        entry = self._person(self._town(chance), chance)
        if chance.random() < 0.7:
            credential, _, taxonomy = chance.choice(_professions()[0][:5])
            entry = replace(entry, credential=credential, taxonomy=taxonomy)
        return entry

    def _listed(self, who: int, number: str) -> ListedPractitioner:
        chance = Random(f"{self.seed}/{who}")
        truth, fate = self._truth(chance), chance.random()
        ended, absent = ABSENT <= fate < ABSENT + ENDED, fate < ABSENT
        chance = Random(f"{self.seed}/{who} listed")
        stated = number if chance.random() < (0.5 if ended else 0.08) and not absent else None
        written = _mistyped(stated, chance) if stated and chance.random() < 0.05 else stated
        findable = not absent and (not ended or (stated is not None and written == stated))
        place = self._listed_place(truth, chance)
        phone = (
            f"+1{truth.phone}"
            if not place["renumbered"] or chance.random() < 0.4
            else f"+1{self._person(self._towns[0], chance).phone}"
        )
        listed = {kind[0]: kind[1] for kind in _professions()[0]}[truth.credential]
        return ListedPractitioner(
            name=_listed_name(truth, chance),
            credentials=listed if chance.random() < 0.85 else None,
            street=place["street"] if chance.random() < 0.8 else None,
            city=place["city"],
            region_code=f"US-{place['state']}",
            postcode=place["postcode"][:5] if chance.random() < 0.85 else None,
            phone=phone if chance.random() < 0.88 else None,
            stated=written,
            npi=number if findable else None,
            active=not ended,
        )

    def _listed_place(self, truth: Entry, chance: Random) -> dict[str, str]:
        """Where a list says that somebody is: mostly there, else in another street, town or state.

        `renumbered`: not empty if with another telephone.
        """
        draw = chance.random()
        town = next(
            town for town in self._towns if town.city.upper() == truth.city and town.region_code.endswith(truth.state)
        )
        if draw < 0.05:
            near = [other for other in self._towns if other.region_code == town.region_code]
            town = chance.choice(self._towns if draw < 0.01 else near)
        if draw < 0.14:
            moved = self._place(town, chance)
            return {**moved, "city": moved["city"].title(), "street": moved["street"].title(), "renumbered": "yes"}
        renumbered = "yes" if draw > 0.85 else ""
        return {
            "street": truth.street.title(),
            "city": truth.city.title(),
            "state": truth.state,
            "postcode": truth.postcode,
            "renumbered": renumbered,
        }

    def write_month(self, path: Path, more: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Path:
        """Writes the monthly zip at `path`, with all its files; `more`: lines of `other_names`, `other_places`, `endpoints`."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=ZIP_LEVEL) as packed:
            self._write(packed, self.member, self.entries())
            self._write_others(packed, more)
        return path

    def write_csv(self, path: Path) -> Path:
        """Writes the main file alone, as it is when unpacked."""
        with path.open("wb") as out:
            for part in csv_lines(self.entries()):
                out.write(part)
        return path

    def write_week(self, path: Path, first: date, changed: list[tuple[str, Entry]]) -> Path:
        """Writes a weekly zip whose week begins on `first`."""
        member = f"npidata_pfile_{first:%Y%m%d}-{first + timedelta(days=6):%Y%m%d}.csv"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=ZIP_LEVEL) as packed:
            self._write(packed, member, iter(changed))
        return path

    def _write(self, packed: zipfile.ZipFile, member: str, entries: Iterator[tuple[str, Entry]]) -> None:
        packed.writestr(member.replace(".csv", "_fileheader.csv"), header())
        with packed.open(member, "w", force_zip64=True) as out:
            for part in csv_lines(entries):
                out.write(part)

    def _write_others(self, packed: zipfile.ZipFile, more: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
        days = self.member.removeprefix("npidata_pfile_")
        for part, name in (("other_names", "othername"), ("other_places", "pl"), ("endpoints", "endpoint")):
            packed.writestr(f"{name}_pfile_{days}", quoted(columns_of(part)) + "".join(more.get(part, ())))


def _listed_name(truth: Entry, chance: Random) -> str:
    draw, given, surname = chance.random(), truth.given.title(), truth.surname.title()
    nicknames = table("registers")["nicknames"].get(given, ())
    middle = truth.middle
    if draw < 0.12 and nicknames:
        given = chance.choice(nicknames)
    elif draw < 0.15:
        given = given[0] + "."
    elif draw < 0.17 and middle:
        given, middle = f"{given[0]}. {middle}.", ""
    change = chance.random()
    if change < 0.02 and len(surname) > 4:
        place = chance.randrange(1, len(surname) - 2)
        surname = surname[:place] + surname[place + 1] + surname[place] + surname[place + 2 :]
    elif change < 0.03:
        surname = f"{surname}-{_by_rank(_surnames(), 12, chance)}"
    elif change < 0.04:
        surname = _by_rank(_surnames(), 12, chance)
    elif change < 0.6 and truth.other_surname:
        surname = truth.other_surname.title()
    shown = f" {middle}." if middle and chance.random() < 0.4 else ""
    suffix = ", Jr." if truth.suffix and chance.random() < 0.7 else ""
    return f"{given}{shown} {surname}{suffix}"


def _mistyped(number: str, chance: Random) -> str:
    place = chance.randrange(1, 10)
    return number[:place] + str((int(number[place]) + chance.randrange(1, 10)) % 10) + number[place + 1 :]
