"""Recognises the same people under new keys, as after a list has moved to another system or been numbered anew.

Entries that have gone are paired with entries that are new, one to one. A name alone is never enough where it may be
another's: a pair has the same name and, besides, a contact or a town in common, and nobody else on the list has both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from ldn_directory.normalize.names import split_credentials, without_title
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.streets import phone_key, same_city, same_street

from .claims import Row, claims_of

Keys = Callable[[Row], Iterable[Hashable]]
_CONTACTS = ("phone", "email", "website", "street", "postcode")


def find_renewed(gone: Sequence[Row], new: Sequence[Row], kept: Callable[[], Iterable[Row]]) -> dict[str, str]:
    """New id -> old id. `kept` gives the entries that stay under their keys, to see who else has a name."""
    renewed = _pair_equal(gone, new)
    gone, new = _rest(renewed, gone, new)
    names = {name_words(row.get("name")) for row in gone} & {name_words(row.get("name")) for row in new} - {()}
    gone = [row for row in gone if name_words(row.get("name")) in names]
    new = [row for row in new if name_words(row.get("name")) in names]
    if not names:
        return renewed
    words = {word for name in names for word in name}
    others = [row for row in kept() if _may_be_named(row, words) and name_words(row.get("name")) in names]
    for keys in (_all_keys, _contact_keys, _place_keys):
        pairs = _pair_by(keys, gone, new, others)
        renewed |= pairs
        gone, new = _rest(pairs, gone, new)
    return renewed


def _rest(pairs: Mapping[str, str], gone: Iterable[Row], new: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """The entries of both kinds that are in no pair."""
    olds = set(pairs.values())
    return [row for row in gone if row["id"] not in olds], [row for row in new if row["id"] not in pairs]


@lru_cache(maxsize=50_000)
def name_words(name: str | None) -> tuple[str, ...]:
    """What a name is compared by: its folded words in any order, without titles, credentials and initials."""
    if not name:
        return ()
    bare = split_credentials(without_title(name))[0] or name
    words = fold(bare).split()
    return tuple(sorted(word for word in words if len(word) > 1) or words)


def _may_be_named(row: Row, words: Container[str]) -> bool:
    """Whether a name has any of the words: quicker to see than the words that it is compared by."""
    return any(word in words for word in fold(row.get("name") or "").split())


def _pair_equal(gone: Iterable[Row], new: Iterable[Row]) -> dict[str, str]:
    """Pairs entries that say the same in every field; of equal ones any two, if there are as many as before."""
    before, after = _grouped(gone), _grouped(new)
    return {
        str(one["id"]): str(other["id"])
        for said, rows in after.items()
        if len(before.get(said, ())) == len(rows)
        for one, other in zip(rows, before[said], strict=True)
    }


def _grouped(rows: Iterable[Row]) -> dict[Hashable, list[Row]]:
    groups: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(claims_of(row))].append(row)
    return groups


def _pair_by(keys: Keys, gone: Iterable[Row], new: Iterable[Row], others: Iterable[Row]) -> dict[str, str]:
    """Pairs entries that share a key which no other entry has, before or now, and that nothing tells apart."""
    before, after = _owners(keys, gone), _owners(keys, new)
    taken = set(_owners(keys, others))
    partners: dict[str, set[str]] = defaultdict(set)
    for key in before.keys() & after.keys() - taken:
        if len(before[key]) == len(after[key]) == 1:
            old, now = before[key][0], after[key][0]
            if _compatible(old, now):
                partners[str(now["id"])].add(str(old["id"]))
    single = {new_id: next(iter(olds)) for new_id, olds in partners.items() if len(olds) == 1}
    claims = Counter(single.values())
    return {new_id: old_id for new_id, old_id in single.items() if claims[old_id] == 1}


def _owners(keys: Keys, rows: Iterable[Row]) -> dict[Hashable, list[Row]]:
    owners: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        for key in dict.fromkeys(keys(row)):
            owners[key].append(row)
    return owners


def _all_keys(row: Row) -> Iterator[Hashable]:
    """One key of name, town, street and first phone together, for those who stand on a list once an office."""
    contacts = {field: value for field, value in _contacts(row) if field in ("phone", "street")}
    if len(contacts) == 2:
        yield name_words(row.get("name")), fold(row.get("city") or ""), *sorted(contacts.items())


def _contact_keys(row: Row) -> Iterator[Hashable]:
    """Name and a contact."""
    name = name_words(row.get("name"))
    yield from ((name, contact) for contact in _contacts(row))


def _place_keys(row: Row) -> Iterator[Hashable]:
    """Name and town; without a town, name and region or country."""
    name = name_words(row.get("name"))
    place = row.get("city") or row.get("region_code") or row.get("region") or row.get("country_code") or ""
    yield name, fold(str(place))


def _contacts(row: Row) -> Iterator[tuple[str, str]]:
    for field, value, _ in claims_of(row):
        if field in _CONTACTS:
            yield field, phone_key(value) if field == "phone" else fold(value)


def _compatible(old: Row, now: Row) -> bool:
    """Whether two entries of one name may be one: in one town, or in one street if a town's name was corrected."""

    def differ(field: str, same: Callable[[str, str], bool]) -> bool:
        return bool(old.get(field) and now.get(field)) and not same(old[field], now[field])

    if differ("country_code", str.__eq__):
        return False
    if old.get("street") and now.get("street") and same_street(old["street"], now["street"]):
        return True
    return not differ("city", same_city) and not differ("region_code", str.__eq__)
