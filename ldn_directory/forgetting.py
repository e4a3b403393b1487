"""Forgets a person or practice, everywhere and at once.

The order matters. What is to be forgotten is noted in the ledger first, then the hashes, then the entries leave the
ledger, the published directory, and what else lies in the data folder. Each step can be repeated: if one is killed,
`publish` does them all again.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .archive.warc_archive import Archive
from .errors import BuildError, error_text
from .ledger import Ledger, LedgerError, final_number
from .ledger.deletion import stored_listings
from .privacy.archived_pages import Record, Redaction, archived_files, find_records, redact_files, text_of
from .privacy.elsewhere import Elsewhere, find_elsewhere
from .privacy.entries import Entry, NotFound
from .privacy.erasing import Erasure, begin, chosen_listings, erase, finish, is_finished, record_exceptions
from .privacy.identity_keys import Row, exact_keys, near_keys
from .privacy.published_files import shows_forgotten
from .privacy.run_files import RunFiles
from .privacy.suppression import Suppressions
from .privacy.traces import Traces
from .publish.build import BuildResult, build_data_folder
from .publish.packages import FOLDER, PackagingError, package, withdraw
from .publish.swap import only_writer, previous
from .spiders.imported import imported_files
from .storage import DIRECTORY_FILE, LEDGER_FILE, PROJECT, utc_now

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
"""Files that may hold personal data and are made again when they are missing."""
BYTES_STAY = "bytes of it stay in the file until the same command is run again"
_log = logging.getLogger(__name__)
_IDENTIFYING_FIELDS = ("name", "email", "website", "register_number", "region_code", "country_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReport:
    """What `forget` did."""

    since: str
    numbers: tuple[int, ...]
    listings: int
    hashes: int
    """How many hashes are new on the list."""
    built: BuildResult
    copies: tuple[str, ...]
    """Earlier published files that were deleted."""
    files: int
    """How many files of runs were rewritten."""
    redacted: int
    """How many archived pages were redacted."""
    records: tuple[Record, ...]
    """Archived pages that mention them, if these were not to be redacted."""
    elsewhere: tuple[Elsewhere, ...]
    """What entries of others go on showing of them."""
    remains: tuple[str, ...]
    """What could not be done, and what to do about it."""

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        values = asdict(self)
        del values["built"]
        return values | {"published": self.built.as_json()}


def forget(
    data: Path, entries: Sequence[Entry], since: str, in_advance: Sequence[Row] = (), *, redact: bool = False
) -> ForgetReport:
    """Forgets entries, and makes sure that nothing is left of anybody who was forgotten before.

    `since` is the current time, UTC. `in_advance` are people who are in no list yet. With `redact`, archived pages are
    rewritten. Raises BuildError, LedgerError, OSError or sqlite3.Error; what was done by then stays done, and the same
    command, or the next one that publishes, does the rest.
    """
    with only_writer(data):
        suppressions = Suppressions.in_folder(data)
        hashes = sum(suppressions.add([row], since) for row in in_advance)
        with open_ledger(data) as ledger:
            begin(ledger.db, (str(row["id"]) for entry in entries for _, row in entry.listings), since, redact=redact)
            hashes += _add_hashes(ledger, suppressions, since)
            remains = list(_withdraw_downloads(data))
            erasure = erase(ledger, suppressions, since)
        _delete_caches(data)
        # At once: until then the site goes on showing them.
        built = build_data_folder(data, allow_shrink=True)
        with open_ledger(data) as ledger:
            kept = list(_numbered_listings(ledger))
        elsewhere = tuple(find_elsewhere(erasure.rows, kept, suppressions.is_held))
        traces = Traces.of(erasure.rows, (row for _, row in kept), suppressions)
        copies = _delete_copies(data, suppressions, erasure)
        files = RunFiles(data, erasure.ids, traces).rewrite()
        redacted = redact_files(data, archived_files(data), traces, utc_now()) if erasure.redact else Redaction()
        remains += [f"a crawl is writing {file}, and redacts it when it ends" for file in redacted.busy]
        remains += [
            *_purge_index(data, traces),
            *_check_curated(traces),
            *_delete_imported(data, traces),
            *_package(data, suppressions),
        ]
        records = () if erasure.redact else tuple(find_records(data, traces))
        with open_ledger(data) as ledger:
            if not finish(ledger, suppressions):
                remains.append(f"another command is reading {LEDGER_FILE}: {BYTES_STAY}")
        return ForgetReport(
            since=erasure.since,
            numbers=erasure.numbers,
            listings=len(erasure.rows),
            hashes=hashes,
            built=built,
            copies=copies,
            files=files,
            redacted=redacted.records,
            records=records,
            elsewhere=elsewhere,
            remains=tuple(remains),
        )


def publish(data: Path, *, allow_shrink: bool = False) -> BuildResult:
    """Publishes the directory of a data folder, after it has finished a forgetting that was interrupted.

    Raises BuildError, LedgerError or OSError; then nothing is published.
    """
    try:
        if not (data / LEDGER_FILE).exists() or is_forgetting_finished(data):
            return build_data_folder(data, allow_shrink=allow_shrink)
        _log.warning("somebody who asked to be forgotten was not yet erased everywhere: this is done now")
        done = forget(data, (), utc_now())
    except sqlite3.Error as error:
        raise BuildError(f"{data}: {error}") from None
    for what in done.remains:
        _log.warning("remains: %s", what)
    return done.built


def is_forgetting_finished(data: Path) -> bool:
    """Whether everybody who was forgotten is erased everywhere. Raises BuildError, LedgerError."""
    suppressions = Suppressions.in_folder(data)
    with open_ledger(data, read_only=True) as ledger:
        return is_finished(ledger.db, suppressions)


@contextmanager
def open_ledger(data: Path, *, read_only: bool = False) -> Iterator[Ledger]:
    """The ledger of a data folder. Raises LedgerError if there is none."""
    if not (data / LEDGER_FILE).exists():
        raise LedgerError(f"there is no ledger at {data / LEDGER_FILE}: crawl first (ldn crawl)")
    with Ledger.open_read_only(data / LEDGER_FILE) if read_only else Ledger.open(data / LEDGER_FILE) as ledger:
        yield ledger


def _numbered_listings(ledger: Ledger) -> Iterator[tuple[int | None, Row]]:
    """(number of the entry, listing) of every listing that has not gone."""
    redirects = dict(ledger.db.execute("SELECT id, redirect FROM provider_ids"))
    for number, line in ledger.db.execute("SELECT provider, line FROM listings WHERE state <> 'gone' ORDER BY pk"):
        yield (None if number is None else final_number(redirects, number)), json.loads(line)


def _add_hashes(ledger: Ledger, suppressions: Suppressions, since: str) -> int:
    """Adds the chosen listings to the list, by provider. Returns how many hashes are new.

    Keys that a provider shares with others identify it only if these are forgotten with it.
    """
    chosen = chosen_listings(ledger.db)
    others, entries = [], defaultdict[int | None, list[Row]](list)
    for pk, row in stored_listings(ledger.db):
        if row["id"] in chosen:
            (number,) = ledger.db.execute("SELECT provider FROM listings WHERE pk = ?", (pk,)).fetchone()
            entries[number] += _versions(ledger, pk, row)
        else:
            others.append(row)
    return sum(suppressions.add(rows, since, others) for rows in entries.values())


def _versions(ledger: Ledger, pk: int, row: Row) -> Iterator[Row]:
    """A listing as it is, and with each value that it had before, unless its key then belonged to somebody else."""
    yield row
    claims = ledger.db.execute(
        "SELECT DISTINCT field, value FROM claims WHERE listing = ? AND last_run IS NOT NULL", (pk,)
    )
    former: list[Row] = []
    for field, value in claims:
        if field == "phone" and value.startswith("+"):
            former.append({**row, "phones": [{"e164": value, "raw": value}]})
        elif field in _IDENTIFYING_FIELDS:
            former.append({**row, field: value})
    if all(_is_same_person(version, row) for version in former):
        yield from former


def _is_same_person(former: Row, row: Row) -> bool:
    keys = {*exact_keys(former), *near_keys(former, stored=False)}
    stored = {*exact_keys(row), *near_keys(row, stored=True)}
    return former.get("name") == row.get("name") or not keys.isdisjoint(stored)


def _withdraw_downloads(data: Path) -> Iterator[str]:
    """Deletes the downloads. If that fails, it is reported, and the rest is done all the same."""
    try:
        withdraw(data)
    except OSError as error:
        yield (
            "the downloads could not be taken away, and show who was forgotten:"
            f" delete them in {data / FOLDER} ({error_text(error)})"
        )


def _delete_caches(data: Path) -> None:
    for pattern in CACHES:
        for path in data.glob(pattern):
            if path.is_file():
                path.unlink()


def _delete_copies(data: Path, suppressions: Suppressions, erasure: Erasure) -> tuple[str, ...]:
    """Deletes earlier published files that show the forgotten."""
    paths = [
        path
        for path in previous(data / DIRECTORY_FILE)
        if shows_forgotten(path, suppressions, erasure.ids, erasure.numbers)
    ]
    for path in paths:
        path.unlink()
    return tuple(path.name for path in paths)


def _purge_index(data: Path, traces: Traces) -> Iterator[str]:
    """Erases traces from the archive's index. Reports it if another process keeps the old bytes."""
    if (data / "archive.db").exists():
        with closing(Archive(data)) as archive:
            if not archive.erase(traces.in_text):
                yield f"another command is reading archive.db: {BYTES_STAY}"


def _check_curated(traces: Traces) -> Iterator[str]:
    """Reports a line of the project's own list, which only a person may change."""
    path = PROJECT / "data" / "curated.csv"
    if path.exists() and traces.in_text(path.read_text("utf-8", "replace")):
        yield f"{path} still lists them: take the line out, so that it is not passed on with the project"


def _delete_imported(data: Path, traces: Traces) -> Iterator[str]:
    """Deletes the files of imported lists that name them, and says so: what was taken in of the others stays."""
    for path in imported_files(data):
        text = text_of(path.read_bytes())
        if text is None or traces.in_page(text):
            path.unlink()
            yield f"{path} named them and was deleted; the others of that list stay in the directory"


def _package(data: Path, suppressions: Suppressions) -> Iterator[str]:
    """Makes the downloads again; those from before were deleted at the start."""
    try:
        package(data / DIRECTORY_FILE, suppressions=suppressions.path)
    except PackagingError as error:
        yield str(error)


def held_listings(data: Path) -> list[Row]:
    """The listings that are held back because they look like forgotten ones. Raises BuildError, LedgerError."""
    suppressions = Suppressions.in_folder(data)
    with open_ledger(data, read_only=True) as ledger:
        return [row for _, row in stored_listings(ledger.db) if suppressions.is_held(row)]


def release(data: Path, listings: Collection[str], since: str) -> BuildResult:
    """Notes that held listings are somebody else's, and publishes them.

    Raises NotFound, BuildError, LedgerError or OSError.
    """
    held = {str(row["id"]) for row in held_listings(data)}
    with only_writer(data):
        suppressions = Suppressions.in_folder(data)
        if unknown := sorted(set(listings) - held - suppressions.exceptions):
            raise NotFound(f"not held back: {', '.join(unknown)}; ldn forget --held lists those that are")
        before = suppressions.version
        suppressions.add_exceptions(listings, since)
        with open_ledger(data) as ledger:
            record_exceptions(ledger.db, before, suppressions.version)
        return build_data_folder(data, allow_shrink=True)


def forgotten_by_date(data: Path) -> list[dict[str, Any]]:
    """For each date, the numbers of the forgotten entries and how many hashes are on the list; no names.

    Raises BuildError, LedgerError.
    """
    counts = Suppressions.in_folder(data).counts()
    numbers: dict[str, list[int]] = {since: [] for since in counts}
    if (data / LEDGER_FILE).exists():
        with open_ledger(data, read_only=True) as ledger:
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
