"""What people take back: a harvest, a whole run, or a source. The ledger first, then the reports of the runs.

Each step can be repeated: after a kill, the same command does what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ldn_directory.archive.harvests import NoHarvest, mark_taken_back, run_reports
from ldn_directory.archive.warc_archive import Archive
from ldn_directory.ledger import (
    Ledger,
    LedgerError,
    Orphan,
    TakenBack,
    all_sources,
    find_orphans,
    listings_leaving,
    retirements,
    runs_since,
    sources_of,
    undone_runs,
)
from ldn_directory.privacy.redaction import load_suppressions, redact_words, suppression_filter
from ldn_directory.storage import LEDGER_FILE, format_time

from .recheck import NAME as RECHECK
from .spider_loader import broken_spiders


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """What would be taken back with a run."""

    source: str
    later: tuple[str, ...]
    """The runs of the source that were taken after it, newest first."""
    is_retired: bool


def open_ledger(data: Path) -> Ledger:
    """The ledger of a data folder. Raises LedgerError if there is none."""
    if not (data / LEDGER_FILE).exists():
        raise LedgerError(f"there is no ledger at {data / LEDGER_FILE}: crawl first (ldn crawl)")
    return Ledger.open(data / LEDGER_FILE)


def affected_by(data: Path, run: str, source: str | None = None) -> list[Affected]:
    """What is taken back with a run of a source, or of all its sources; nothing if it is not in the ledger.

    Raises NoHarvest if there is no such run at all, LedgerError.
    """
    with open_ledger(data) as ledger:
        if source is None:
            _require_run(data, ledger, run)
        sources = [one for one in sources_of(ledger.db, run) if source in (None, one)]
        retired = retirements(ledger.db)
        return [
            Affected(source=one, later=tuple(runs_since(ledger.db, run, one)), is_retired=one in retired)
            for one in sources
        ]


def unaccept(data: Path, run: str, source: str, now: datetime) -> TakenBack | None:
    """Takes a harvest back, and those of the source that came after it. None if that was done before.

    Raises LedgerError, SuppressionsUnreadable or OSError.
    """
    with open_ledger(data) as ledger:
        found = ledger.unaccept(run, source, format_time(now), suppression_filter(data))
        _mark_reports(data, ledger, [source], now)
    return found


def drop(data: Path, run: str, now: datetime) -> list[TakenBack]:
    """Takes a whole run out, as if it had not been: from the ledger, from the reports and from what is replayed.

    Its folder stays where it is, so that a later forgetting finds it; so does, in the ledger, what it brought of
    sources that are retired. Raises NoHarvest if there is no such run, LedgerError, SuppressionsUnreadable or OSError.
    """
    with open_ledger(data) as ledger:
        _require_run(data, ledger, run)
        found = ledger.drop(run, format_time(now), _checks_of(data, run), suppression_filter(data))
        _mark_reports(data, ledger, all_sources(ledger.db), now, but=run)
    for report in run_reports(data, run):
        mark_taken_back(data, report, "dropped", format_time(now))
    with closing(Archive(data)) as archive:
        archive.drop_visits(run)
    return found


def _require_run(data: Path, ledger: Ledger, run: str) -> None:
    """Raises NoHarvest unless this is exactly the name of a run: no pattern, and no path."""
    folders = {path.name for path in data.glob("runs/*/")}
    if run not in folders and not sources_of(ledger.db, run):
        raise NoHarvest(f"there is no run {run!r}: a run is a folder in {data / 'runs'}, such as 20260131T060000Z-1a2b")


def _checks_of(data: Path, run: str) -> list[tuple[str, str]]:
    """(listing, when) of the evidence pages that the run looked at."""
    path = data / "runs" / run / RECHECK / "checks.json"
    try:
        return [(row["listing"], row["checked"]) for row in json.loads(path.read_bytes())]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return []


def _mark_reports(data: Path, ledger: Ledger, sources: Iterable[str], now: datetime, but: str = "") -> None:
    """Says in the reports of runs that they were taken back; also of those for which a killed command did not."""
    for source in sources:
        undone = undone_runs(ledger.db, source) - {but}
        for report in run_reports(data, "*", source) if undone else ():
            if report["run"] in undone and report["outcome"] in ("passed", "accepted"):
                mark_taken_back(data, report, "unaccepted", format_time(now))


def count_leaving(data: Path, source: str) -> int:
    """How many listings would leave with a source. Raises LedgerError if it cannot be retired."""
    with open_ledger(data) as ledger:
        return len(listings_leaving(ledger.db, source))


def retire(data: Path, source: str, why: str, now: datetime) -> int:
    """Retires a source; its spider may be gone already. Returns how many listings leave.

    Raises LedgerError, SuppressionsUnreadable.
    """
    with open_ledger(data) as ledger:
        return ledger.retire(source, redact_words(why, load_suppressions(data)), format_time(now))


def unretire(data: Path, source: str, now: datetime) -> TakenBack:
    """Brings a retired source back, with the listings that it had. Raises LedgerError, SuppressionsUnreadable."""
    with open_ledger(data) as ledger:
        return ledger.unretire(source, format_time(now), suppression_filter(data))


def check_orphans(data: Path, spiders: Collection[str], now: datetime) -> list[Orphan]:
    """Notes the sources whose spider is gone, retires those noticed long ago, and returns them all.

    While a spider file is broken, nothing is noted: nobody knows which sources it reads. Raises LedgerError.
    """
    if not (data / LEDGER_FILE).exists():
        return []
    with open_ledger(data) as ledger:
        if broken_spiders:
            return find_orphans(ledger.db, spiders, format_time(now))
        return ledger.note_orphans(spiders, format_time(now))
