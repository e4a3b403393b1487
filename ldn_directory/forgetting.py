"""Forgetting a person or practice, everywhere and at once.

The order matters: hashes first, so that a kill at any later moment leaves a list by which the next command goes on; then the
ledger, then what is published, then what lies about. Each step can be repeated, and the same command repeats them all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ldn_directory.archive.warc_archive import Archive
from ldn_directory.ledger.deletion import stored_listings
from ldn_directory.normalize.names import split_credentials, without_title
from ldn_directory.normalize.regions import fold
from ldn_directory.privacy.erasing import Erased, held_rows, sweep
from ldn_directory.privacy.identity_keys import Row, identifying, name_key, resembling
from ldn_directory.privacy.published import shows_forgotten
from ldn_directory.privacy.redaction import LIST_FILE
from ldn_directory.privacy.run_files import Record, Traces, records_with, rewritten_runs
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.publish.build import Built, build
from ldn_directory.publish.packages import FOLDER, PackagingError, package, withdraw
from ldn_directory.publish.swap import only_writer, previous

from .ledger import Ledger, LedgerError, final_number
from .storage import PROJECT, gazetteer_for, written_by_people

LEDGER_FILE, DIRECTORY_FILE = "ledger.db", "ldn.db"
CACHES = (
    "matching.db*",
    "matching.duckdb*",
    "filling.db*",
    ".matching*",
    ".filling*",
    "register_answers.db*",
    "register_report.json",
    "broken-*",
    ".*.part",
    "runs/*/*/.*.part",
)
"""What may hold personal data and is made again when it is missing."""


class NotFound(Exception):
    """There is nobody to be forgotten under that number, name or listing; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One provider as the ledger has it: what is to be forgotten together."""

    number: int | None
    """None for listings that no build has numbered yet."""
    listings: tuple[tuple[int, Row], ...]
    """(key in the ledger, listing as JSON values)."""
    forgotten: str | None = None
    """Since when it has been forgotten, UTC; then it has no listings."""
    asked: int | None = None
    """The number that was asked for, if it leads to this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What a forgetting did."""

    since: str
    numbers: tuple[int, ...]
    listings: int
    hashes: int
    """How many hashes are new on the list."""
    built: Built
    copies: tuple[str, ...]
    """Earlier published files that were deleted."""
    files: int
    """Files of runs that were written anew."""
    records: tuple[Record, ...]
    """Archived pages to be redacted."""
    remains: tuple[str, ...]
    """What could not be done, and what to do."""

    def published(self) -> dict[str, Any]:
        """What was published, as JSON values."""
        return published(self.built)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "since": self.since,
            "numbers": list(self.numbers),
            "listings": self.listings,
            "hashes": self.hashes,
            "published": self.published(),
            "copies": list(self.copies),
            "files": self.files,
            "records": [record.as_json() for record in self.records],
            "remains": list(self.remains),
        }


def published(built: Built) -> dict[str, Any]:
    """What a build published, as JSON values."""
    return {"providers": built.providers, "listings": built.listings, "path": str(built.path), "held": built.held}


def now() -> str:
    """This moment in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry_numbered(ledger: Ledger, number: int) -> Entry:
    """The provider of a number, or the one that it was merged into. Raises NotFound."""
    leads = dict(ledger.db.execute("SELECT id, redirect FROM provider_ids"))
    if number not in leads:
        raise NotFound(f"no entry has the number {number}, and none ever had")
    asked, number = number, final_number(leads, number)
    since = ledger.db.execute("SELECT min(since) FROM forgotten WHERE provider IN (?, ?)", (asked, number)).fetchone()[
        0
    ]
    rows = ledger.db.execute("SELECT pk, line, provider FROM listings WHERE provider IS NOT NULL ORDER BY pk")
    listings = tuple(
        (pk, json.loads(line))
        for pk, line, provider in rows
        if since is None and final_number(leads, provider) == number
    )
    if since is None and not listings:
        raise NotFound(f"entry {number} has no listing any more: nothing is kept of it but its number")
    return Entry(number=number, listings=listings, forgotten=since, asked=asked if asked != number else None)


def entries_named(ledger: Ledger, name: str, region: str) -> list[Entry]:
    """Every provider with a listing under a name in a region or country (its name or code); titles and middle names do not count."""
    wanted, place = name_key(split_credentials(without_title(name))[0] or name), fold(region)
    places = ("region", "region_code", "country", "country_code")
    found = [
        pk
        for pk, row in stored_listings(ledger.db)
        if wanted in {name_key(row.get(field) or "") for field in ("name", "practice")} - {""}
        and place in {fold(str(row.get(field) or "")) for field in places}
    ]
    return _entries_of(ledger, found)


def entry_of_listing(ledger: Ledger, listing: str) -> Entry:
    """The provider that a listing belongs to. Raises NotFound."""
    row = ledger.db.execute("SELECT pk FROM listings WHERE id = ?", (listing,)).fetchone()
    if row is None:
        raise NotFound(f"no listing has the id {listing}")
    return _entries_of(ledger, [row[0]])[0]


def _entries_of(ledger: Ledger, keys: Iterable[int]) -> list[Entry]:
    entries: dict[int | None, Entry] = {}
    loose: list[Entry] = []
    for pk in keys:
        number, line = ledger.db.execute("SELECT provider, line FROM listings WHERE pk = ?", (pk,)).fetchone()
        if number is None:
            loose.append(Entry(number=None, listings=((pk, json.loads(line)),)))
            continue
        found = entry_numbered(ledger, number)
        entries.setdefault(found.number, found)
    return [*entries.values(), *loose]


def forget(data: Path, entries: Sequence[Entry], since: str, in_advance: Sequence[Row] = ()) -> Forgotten:
    """Forgets entries, and sees to it that whoever was forgotten before is nowhere either.

    `since` is this moment, UTC. `in_advance` are people who are in no list yet. Raises BuildError, LedgerError, OSError or
    sqlite3.Error; what had been done by then stays done, and the same command does the rest.
    """
    with only_writer(data):
        with closing(_ledger(data)) as ledger:
            hidden = Suppressions.of(list_to_write(data), data)
            keys = {pk for entry in entries for pk, _ in entry.listings}
            known = sum(_remember(ledger, hidden, entry, since, keys) for entry in entries)
            known += sum(hidden.add(row, since) for row in in_advance)
            kept = _not_withdrawn(data)
            erased = sweep(ledger, hidden, since, keys) if hidden else Erased()
            traces = Traces.of(erased.rows, [row for _, row in stored_listings(ledger.db)], hidden.mentioned)
        _drop_caches(data)
        built = _published(data, hidden)
        done = _tidied(data, hidden, erased, traces, built, since, known)
        return replace(done, remains=(*kept, *done.remains))


@contextmanager
def opened(data: Path) -> Iterator[Ledger]:
    """The ledger of a data folder, which must be there. Raises LedgerError."""
    with closing(_ledger(data)) as ledger:
        yield ledger


def _not_withdrawn(data: Path) -> tuple[str, ...]:
    """Takes the downloads away; what could not be is said, and keeps nobody in the directory."""
    try:
        withdraw(data)
    except OSError as error:
        return (
            f"the downloads could not be taken away, and show who was forgotten: delete them in {data / FOLDER} ({error})",
        )
    return ()


def _ledger(data: Path) -> Ledger:
    if not (data / LEDGER_FILE).exists():
        raise LedgerError(f"there is no ledger at {data / LEDGER_FILE}: crawl first (ldn crawl)")
    return Ledger.open(data / LEDGER_FILE)


def list_to_write(data: Path) -> Path:
    """Where the list of the forgotten is, or else is to be."""
    found = written_by_people(data, LIST_FILE)
    return found if found.exists() else (data / LIST_FILE).absolute()


def _remember(ledger: Ledger, hidden: Suppressions, entry: Entry, since: str, leaving: Collection[int]) -> int:
    """Notes what an entry is recognised by. What others `leaving` with it have in common with it is theirs, and nobody else's."""
    others = (row for pk, row in stored_listings(ledger.db) if pk not in leaving)
    rows = [version for pk, row in entry.listings for version in _versions(ledger, pk, row)]
    return hidden.add_all(rows, since, others)


def _versions(ledger: Ledger, pk: int, row: Row) -> Iterator[Row]:
    """A listing as it is and with each value that it had before, unless its key was another's then."""
    yield row
    former = [
        {**row, **change}
        for field, value in ledger.db.execute(
            "SELECT DISTINCT field, value FROM claims WHERE listing = ? AND last_run IS NOT NULL", (pk,)
        )
        if (change := _change(field, value))
    ]
    if all(_is_alike(version, row) for version in former):
        yield from former


def _change(field: str, value: str) -> dict[str, Any]:
    if field == "phone":
        return {"phones": [{"e164": value, "raw": value}]} if value.startswith("+") else {}
    return (
        {field: value}
        if field in ("name", "email", "website", "register_number", "region_code", "country_code")
        else {}
    )


def _is_alike(former: Row, row: Row) -> bool:
    asked = {*identifying(former), *resembling(former, kept=False)}
    return former.get("name") == row.get("name") or not asked.isdisjoint(
        {*identifying(row), *resembling(row, kept=True)}
    )


def _drop_caches(data: Path) -> None:
    for pattern in CACHES:
        for path in data.glob(pattern):
            if path.is_file():
                path.unlink()


def _published(data: Path, hidden: Suppressions) -> Built:
    return build(
        data / LEDGER_FILE,
        data / DIRECTORY_FILE,
        suppressions=hidden.path,
        gazetteer=gazetteer_for(data),
        matches=written_by_people(data, "matches.jsonl"),
        register_decisions=written_by_people(data, "registers.jsonl"),
        allow_shrink=True,
    )


def _tidied(
    data: Path, hidden: Suppressions, erased: Erased, traces: Traces, built: Built, since: str, known: int
) -> Forgotten:
    """The rest: earlier published files, what runs left, the archive and its index."""
    listings = frozenset(str(row["id"]) for row in erased.rows)
    copies = [
        path for path in previous(data / DIRECTORY_FILE) if shows_forgotten(path, hidden, listings, erased.numbers)
    ]
    for path in copies:
        path.unlink()
    files = rewritten_runs(data, hidden, listings, traces)
    remains = [*_still_read(data, erased, traces), *_still_listed(traces), *_not_packaged(data, hidden)]
    records = tuple(records_with(data, traces))
    return Forgotten(
        since=since,
        numbers=erased.numbers,
        listings=len(erased.rows),
        hashes=known,
        built=built,
        files=files,
        records=records,
        copies=tuple(path.name for path in copies),
        remains=tuple(remains),
    )


def _still_read(data: Path, erased: Erased, traces: Traces) -> Iterator[str]:
    again = "bytes of it stay in the file until the same command is run again"
    if not erased.whole:
        yield f"another command is reading {LEDGER_FILE}: {again}"
    if (data / "archive.db").exists():
        with closing(Archive(data)) as archive:
            if not archive.erase(traces.in_text):
                yield f"another command is reading archive.db: {again}"


def _not_packaged(data: Path, hidden: Suppressions) -> Iterator[str]:
    """Makes the downloads of what is published now; those before were taken away at the start."""
    try:
        package(data / DIRECTORY_FILE, suppressions=hidden.path)
    except PackagingError as error:
        yield str(error)


def _still_listed(traces: Traces) -> Iterator[str]:
    """Lists that people of the project write are not ours to change."""
    path = PROJECT / "data" / "curated.csv"
    if path.exists() and traces.in_text(path.read_text("utf-8", "replace")):
        yield f"{path} still lists them: take the line out, so that it is not passed on with the project"


def held(data: Path) -> list[Row]:
    """Listings that are held back as they look like somebody's who was forgotten. Raises BuildError, LedgerError."""
    hidden = Suppressions.of(list_to_write(data), data)
    with closing(_ledger(data)) as ledger:
        return held_rows(ledger.db, hidden) if hidden else []


def is_another(data: Path, listings: Collection[str], since: str) -> Built:
    """Notes that held listings are of somebody else, and publishes them. Raises NotFound, BuildError, LedgerError, OSError."""
    waiting = {str(row["id"]) for row in held(data)}
    with only_writer(data):
        hidden = Suppressions.of(list_to_write(data), data)
        if unknown := sorted(set(listings) - waiting - hidden.others):
            raise NotFound(f"not held back: {', '.join(unknown)}; ldn forget --held lists those that are")
        hidden.is_another(listings, since)
        return _published(data, hidden)


def forgotten_since(data: Path) -> list[dict[str, Any]]:
    """One row a date: how many hashes are on the list, and the numbers of the entries; no names. Raises BuildError, LedgerError."""
    counts = Suppressions.of(list_to_write(data), data).counts()
    numbers: dict[str, list[int]] = {since: [] for since in counts}
    if (data / LEDGER_FILE).exists():
        with closing(_ledger(data)) as ledger:
            for number, since in ledger.db.execute("SELECT provider, since FROM forgotten ORDER BY provider"):
                numbers.setdefault(since, []).append(number)
    return [
        {
            "since": since,
            "numbers": numbers[since],
            **{kind: counts.get(since, {}).get(kind, 0) for kind in ("exact", "near")},
        }
        for since in sorted(numbers)
    ]
