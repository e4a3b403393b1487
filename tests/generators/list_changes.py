"""What happens to a list between two harvests: honest changes, which must pass, and faults, which must be held.

Each is a function of the list as it was, people who may join it, and chance. A third of both kinds, chosen by the
checksum of their names before any limit was, is held out: limits are chosen on the others alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from zlib import crc32

from ldn_directory.example.practitioners import invent_practitioners
from ldn_directory.model import Listing, Phone
from tests.conftest import listing_of

Entries = list[Listing]
Change = Callable[[Entries, Entries, Random], Entries]
SIZES = (8, 12, 20, 40, 100, 300, 800, 2_000)


def is_held_out(name: str) -> bool:
    """Whether a kind of change must not be looked at when limits are chosen."""
    return crc32(name.encode()) % 3 == 0


def invent_list(size: int, seed: int) -> tuple[Entries, Entries]:
    """(a list of so many entries, as many others who may join it)."""
    people = invent_practitioners(2 * size, seed)
    listings = [replace(listing_of(person), email=person.email, kind=person.kind) for person in people]
    return listings[:size], listings[size:]


def _some(entries: Sequence[Listing], share: float, chance: Random) -> set[str]:
    return {one.key for one in chance.sample(entries, min(len(entries), round(share * len(entries))))}


def _number(chance: Random) -> tuple[Phone, ...]:
    e164 = f"+1{chance.randrange(201, 989)}55501{chance.randrange(100):02}"
    return (Phone(raw=e164, e164=e164),)


def _turnover(gone: float, new: float, corrected: float) -> Change:
    def change(entries: Entries, others: Entries, chance: Random) -> Entries:
        left = _some(entries, gone, chance)
        kept = [one for one in entries if one.key not in left]
        changed = _some(kept, corrected, chance)
        kept = [replace(one, phones=_number(chance)) if one.key in changed and one.phones else one for one in kept]
        return kept + others[: round(new * len(entries))]

    return change


def _renewed(entries: Entries, prefix: str = "n") -> Entries:
    return [replace(one, key=f"{prefix}{number}") for number, one in enumerate(entries)]


def _renumbered(entries: Entries, others: Entries, chance: Random) -> Entries:
    return _renewed(_turnover(0.03, 0.05, 0.02)(entries, others, chance))


def _partly_renumbered(entries: Entries, others: Entries, chance: Random) -> Entries:
    some = _some(entries, 0.05, chance)
    return [replace(one, key=f"n{one.key}") if one.key in some else one for one in entries]


def _sorted_by_name(entries: Entries, others: Entries, chance: Random) -> Entries:
    return sorted(_turnover(0.03, 0.05, 0.02)(entries, others, chance), key=lambda one: str(one.name))


def _https(entries: Entries, others: Entries, chance: Random) -> Entries:
    sites = [(one, (one.website or "").replace("https://", "http://www.").rstrip("/")) for one in entries]
    return [replace(one, website=site or None) for one, site in sites]


def _abbreviated(entries: Entries, others: Entries, chance: Random) -> Entries:
    short = (("Street", "St"), ("Avenue", "Ave"), ("Road", "Rd"), ("Drive", "Dr."))
    streets = []
    for one in entries:
        street = one.street or ""
        for long, brief in short:
            street = street.replace(long, brief)
        streets.append(replace(one, street=street or None))
    return streets


def _numbers_rewritten(entries: Entries, others: Entries, chance: Random) -> Entries:
    return [replace(one, phones=tuple(replace(p, raw=f"tel {p.raw}") for p in one.phones)) for one in entries]


def _practice_moves(entries: Entries, others: Entries, chance: Random) -> Entries:
    moving, phones = {one.key for one in entries[: max(2, min(5, len(entries) // 12))]}, _number(chance)
    return [replace(one, street="1 New Quay", phones=phones) if one.key in moving else one for one in entries]


def _practice_closes(entries: Entries, others: Entries, chance: Random) -> Entries:
    return entries[max(1, min(5, len(entries) // 8)) :]


def _colleagues_share(entries: Entries, others: Entries, chance: Random) -> Entries:
    """One takes the number of the practice's other entry, as two of a practice often share one."""
    return [replace(entries[0], phones=entries[1].phones), replace(entries[1], phones=entries[0].phones), *entries[2:]]


def _names_corrected(entries: Entries, others: Entries, chance: Random) -> Entries:
    some = _some(entries, 0.03, chance)
    return [replace(one, name=f"{one.name}-Lowe") if one.key in some else one for one in entries]


def _two_leave(entries: Entries, others: Entries, chance: Random) -> Entries:
    return [*entries[2:], others[0]]


def _remarks(entries: Entries, others: Entries, chance: Random) -> Entries:
    return [replace(one, remark="Accepts referrals", accepts_new=True) for one in entries]


HONEST: dict[str, Change] = {
    "a month": _turnover(0.03, 0.05, 0.02),
    "three months": _turnover(0.09, 0.15, 0.06),
    "stale entries pruned": _turnover(0.12, 0, 0),
    "growth after a conference": _turnover(0.01, 0.18, 0.01),
    "nothing": lambda entries, others, chance: list(entries),
    "numbered anew": _renumbered,
    "a few numbered anew": _partly_renumbered,
    "sorted by name": _sorted_by_name,
    "web addresses rewritten": _https,
    "streets abbreviated": _abbreviated,
    "numbers written otherwise": _numbers_rewritten,
    "a practice moves": _practice_moves,
    "a practice closes": _practice_closes,
    "colleagues share a number": _colleagues_share,
    "names after weddings": _names_corrected,
    "two leave and one joins": _two_leave,
    "remarks added everywhere": _remarks,
    "pages moved": lambda entries, others, chance: [replace(one, page=f"{one.page}/2") for one in entries],
}


def _with_column(field: str, order: Callable[[list, Random], list], share: float = 1.0) -> Change:
    """A column whose values have come beside other entries, in the last `share` of the list."""

    def change(entries: Entries, others: Entries, chance: Random) -> Entries:
        start = round((1 - share) * len(entries))
        values = order([getattr(one, field) for one in entries[start:]], chance)
        moved = [replace(one, **{field: value}) for one, value in zip(entries[start:], values, strict=True)]
        return entries[:start] + moved

    return change


def _down(values: list, chance: Random) -> list:
    return values[-1:] + values[:-1]


def _up(values: list, chance: Random) -> list:
    return values[1:] + values[:1]


def _ordered(values: list, chance: Random) -> list:
    return sorted(values, key=str)


def _replaced(share: float) -> Change:
    def change(entries: Entries, others: Entries, chance: Random) -> Entries:
        gone = round(share * len(entries))
        return entries[gone:] + others[:gone]

    return change


def _same_keys(entries: Entries, others: Entries, chance: Random) -> Entries:
    """Another list under the numbers of this one."""
    return [replace(other, key=one.key) for one, other in zip(entries, others, strict=True)]


def _keys_shifted(entries: Entries, others: Entries, chance: Random) -> Entries:
    """Keys that are row numbers, and a row put in above."""
    rows = [others[0], *entries]
    return [replace(row, key=str(number)) for number, row in enumerate(rows)]


def _doubled(entries: Entries, others: Entries, chance: Random) -> Entries:
    return entries + _renewed(entries, "copy")


def _partly_doubled(entries: Entries, others: Entries, chance: Random) -> Entries:
    return entries + _renewed(entries[: max(3, len(entries) // 4)], "copy")


def _without(field: str, empty: object = None, share: float = 0.6) -> Change:
    def change(entries: Entries, others: Entries, chance: Random) -> Entries:
        some = _some(entries, share, chance)
        return [replace(one, **{field: empty}) if one.key in some else one for one in entries]

    return change


def _publisher_s_number(entries: Entries, others: Entries, chance: Random) -> Entries:
    phones = _number(chance)
    return [replace(one, phones=phones) for one in entries]


def _wrong_numbers(entries: Entries, others: Entries, chance: Random) -> Entries:
    some = _some(entries, 0.45, chance)
    return [replace(one, phones=_number(chance)) if one.key in some else one for one in entries]


def _practice_as_name(entries: Entries, others: Entries, chance: Random) -> Entries:
    return [replace(one, name=one.practice or one.city, practice=one.name) for one in entries]


def _one_region(entries: Entries, others: Entries, chance: Random) -> Entries:
    return [one for one in entries if one.region_code == entries[0].region_code]


FAULTS: dict[str, Change] = {
    "all replaced": _replaced(1.0),
    "half replaced": _replaced(0.5),
    "two fifths replaced": _replaced(0.4),
    "another list under the same keys": _same_keys,
    "row numbers as keys, a row put in": _keys_shifted,
    "phones shifted down": _with_column("phones", _down),
    "phones shifted up in the second half": _with_column("phones", _up, 0.5),
    "phones sorted alone": _with_column("phones", _ordered),
    "e-mails shifted": _with_column("email", _down),
    "web sites shifted": _with_column("website", _up),
    "streets shifted": _with_column("street", _down),
    "streets sorted alone": _with_column("street", _ordered),
    "names shifted": _with_column("name", _down),
    "towns shifted": _with_column("city", _down),
    "doubled": _doubled,
    "a part doubled": _partly_doubled,
    "phones lost": _without("phones", ()),
    "e-mails lost": _without("email", share=0.9),
    "streets lost": _without("street"),
    "towns lost": _without("city"),
    "the publisher's own number everywhere": _publisher_s_number,
    "wrong numbers": _wrong_numbers,
    "practice as name": _practice_as_name,
    "one region only": _one_region,
}


def _dwindling(share: float) -> Change:
    def change(entries: Entries, others: Entries, chance: Random) -> Entries:
        return entries[: round((1 - share) * len(entries))]

    return change


def _replaced_in_steps(share: float) -> Change:
    def change(entries: Entries, others: Entries, chance: Random) -> Entries:
        gone = round(share * len(entries))
        fresh = [replace(one, key=f"{one.key}-{chance.randrange(10**6)}", name=f"{one.name} {gone}") for one in others]
        return entries[gone:] + fresh[:gone]

    return change


SERIES: dict[str, Change] = {
    "a fifth fewer each time": _dwindling(0.19),
    "a tenth fewer each time": _dwindling(0.1),
    "a sixth replaced each time": _replaced_in_steps(0.16),
    "numbers lost step by step": _without("phones", (), 0.09),
}
"""Faults that come in steps, each too small to see: seven harvests one after the other."""
