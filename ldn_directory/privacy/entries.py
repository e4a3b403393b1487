"""Finds whom to forget: the listings of a provider, by its number, a name or one of its listings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ldn_directory.errors import LdnError
from ldn_directory.ledger import Ledger, final_number
from ldn_directory.ledger.deletion import stored_listings
from ldn_directory.normalize.names import split_credentials, without_title
from ldn_directory.normalize.regions import fold

from .identity_keys import Row, name_key


class NotFound(LdnError):
    """There is nobody with that number, name or listing; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One provider as the ledger has it: what is to be forgotten together."""

    number: int | None
    """None for listings that no build has numbered yet."""
    listings: tuple[tuple[int, Row], ...]
    """(key in the ledger, listing as JSON values)."""
    forgotten: str | None = None
    """Since when it has been forgotten, UTC; then it has no listings."""
    requested: int | None = None
    """The number that was requested, if it was merged into this one."""


def find_by_number(ledger: Ledger, number: int) -> Entry:
    """The provider with a number, or the one that it was merged into. Raises NotFound."""
    redirects = dict(ledger.db.execute("SELECT id, redirect FROM provider_ids"))
    if number not in redirects:
        raise NotFound(f"no entry has the number {number}, and none ever had")
    final = final_number(redirects, number)
    since = ledger.db.execute("SELECT min(since) FROM forgotten WHERE provider IN (?, ?)", (number, final)).fetchone()[
        0
    ]
    rows = ledger.db.execute("SELECT pk, line, provider FROM listings WHERE provider IS NOT NULL ORDER BY pk")
    listings = tuple(
        (pk, json.loads(line))
        for pk, line, provider in rows
        if since is None and final_number(redirects, provider) == final
    )
    if since is None and not listings:
        raise NotFound(f"entry {final} has no listing any more: nothing is kept of it but its number")
    return Entry(number=final, listings=listings, forgotten=since, requested=number if number != final else None)


def find_by_name(ledger: Ledger, name: str, region: str) -> list[Entry]:
    """The providers with a listing under a name in a region or country (its name or code). Titles do not count."""
    wanted, place = name_key(split_credentials(without_title(name))[0] or name), fold(region)
    places = ("region", "region_code", "country", "country_code")
    found = [
        pk
        for pk, row in stored_listings(ledger.db)
        if wanted in {name_key(row.get(field) or "") for field in ("name", "practice")} - {""}
        and place in {fold(str(row.get(field) or "")) for field in places}
    ]
    return _entries_of(ledger, found)


def find_by_listing(ledger: Ledger, listing: str) -> Entry:
    """The provider that a listing belongs to. Raises NotFound."""
    row = ledger.db.execute("SELECT pk FROM listings WHERE id = ?", (listing,)).fetchone()
    if row is None:
        raise NotFound(f"no listing has the id {listing}")
    return _entries_of(ledger, [row[0]])[0]


def _entries_of(ledger: Ledger, keys: Iterable[int]) -> list[Entry]:
    entries: dict[int | None, Entry] = {}
    unnumbered: list[Entry] = []
    for pk in keys:
        number, line = ledger.db.execute("SELECT provider, line FROM listings WHERE pk = ?", (pk,)).fetchone()
        if number is None:
            unnumbered.append(Entry(number=None, listings=((pk, json.loads(line)),)))
        else:
            entry = find_by_number(ledger, number)
            entries.setdefault(entry.number, entry)
    return [*entries.values(), *unnumbered]
