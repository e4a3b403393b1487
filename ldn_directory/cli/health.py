"""How things stand: the rows of `ldn status`, and `status.json`, from which the site's status page is made.

`status.json` is public: dates, counts, names of sources and of gates. No text of a page or listing, and nobody's name.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_directory.archive.harvests import advice, is_acceptable, reports
from ldn_directory.crawl.runner import spiders
from ldn_directory.errors import BuildError, LdnError, count_of
from ldn_directory.ledger import LedgerError, Retirement, ask_ledger, retirements
from ldn_directory.ledger.checks import count_last_outcomes
from ldn_directory.model import Source, is_late
from ldn_directory.publish.local_paths import LocalPaths
from ldn_directory.registers.errors import RegisterError
from ldn_directory.registers.report import last_report
from ldn_directory.storage import LEDGER_FILE, format_time, gazetteer_for, utc_now, write_atomically

from .reports import MOST_ROWS, changes_line, held_lines, read_word
from .special_rows import special_rows

if TYPE_CHECKING:
    from ldn_directory.crawl.base_spider import ListSpider

FILE = "status.json"
FORM = 2
"""The version of the file's format; the site ignores a file of another one."""
TAKEN = ("passed", "accepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """What is known of a source's runs."""

    name: str
    source: Source
    latest: dict[str, Any] | None
    """The report of the last run, unless the ledger has taken a later one."""
    good: dict[str, Any] | None
    """`run`, `finished`, `listings`, `changes` of the last harvest that the ledger took."""


def source_healths(data: Path, sources: Iterable[type[ListSpider]] | None = None) -> list[SourceHealth]:
    """How these sources stand, or all of the project's. Raises LedgerError.

    The ledger is the record: reports may be lost, or be newer than a restored backup.
    """
    everything = reports(data)
    taken = _last_taken(data)
    if taken is None:
        taken = {report["source"]: report for report in reversed(everything) if report["outcome"] in TAKEN}
    found = []
    for spider in spiders(data).values() if sources is None else sources:
        own, good = [report for report in everything if report["source"] == spider.name], taken.get(spider.name)
        latest = own[0] if own and (good is None or own[0]["run"] >= good["run"]) else None
        found.append(SourceHealth(name=spider.name, source=spider.source, latest=latest, good=good))
    return found


def _last_taken(data: Path) -> dict[str, dict[str, Any]] | None:
    """The last harvest that the ledger took of each source; None if it cannot be read now. Raises LedgerError."""
    if not (data / LEDGER_FILE).exists():
        return {}
    return ask_ledger(data, _read_runs, None)


def _read_runs(db: sqlite3.Connection) -> dict[str, dict[str, Any]] | None:
    return {
        source: {"run": run, "finished": finished, "listings": listings, "changes": json.loads(changes)}
        for source, run, finished, listings, changes in db.execute(
            "SELECT source, run, finished, listings, changes FROM runs ORDER BY id"
        )
    }


def held_back(data: Path) -> int | None:
    """How many listings the last build held back, as they look like a forgotten person's; None if unknown.

    Raises LedgerError.
    """
    if not (data / LEDGER_FILE).exists():
        return 0
    query = "SELECT coalesce(max(held), 0) FROM swept"
    return ask_ledger(data, lambda db: int(db.execute(query).fetchone()[0]), None)


def waiting_doubts(data: Path) -> int:
    """How many doubtful matches wait for a person. Raises QueueUnreadable, BuildError."""
    from ldn_directory.matching.decisions import Decisions, decisions_path
    from ldn_directory.matching.review_queue import read_queue
    from ldn_directory.privacy.suppression import Suppressions

    return len(read_queue(data, Decisions.read(decisions_path(data)), Suppressions.in_folder(data).is_suppressed))


# `ldn status`


def status_rows(data: Path, now: datetime | None = None) -> list[dict[str, Any]]:
    """A row for each source, the registers and held listings, each with what is wrong, what to do, and a line of text.

    Raises LedgerError.
    """
    moment = now or datetime.now(UTC)
    known = spiders(data)
    retired: Mapping[str, Retirement] = ask_ledger(data, retirements, {})
    healths = source_healths(data, [spider for spider in known.values() if spider.name not in retired])
    rows = [*(_source_row(one, moment) for one in healths), *special_rows(data, known, retired, moment)]
    return [*rows, *_register_rows(data), *_held_rows(data), *_unfinished_rows(data)]


def doubts_line(data: Path) -> str | None:
    """The line about doubtful matches; None if none wait, or nothing is known of any."""
    from ldn_directory.matching.review_queue import QueueUnreadable

    try:
        number = waiting_doubts(data)
    except QueueUnreadable:
        return None
    except BuildError as error:
        return str(error)
    return f"{number} doubtful match{'es' if number != 1 else ''} to review: ldn review" if number else None


def _source_row(one: SourceHealth, now: datetime) -> dict[str, Any]:
    good = one.good
    row: dict[str, Any] = {
        "source": one.name,
        "last_good_run": good and good["run"],
        "last_good": good and good["finished"],
        "listings": good["listings"] if good else 0,
        "changes": good and good.get("changes"),
        "age_days": _age_days(good["finished"], now) if good else None,
        "wrong": _what_is_wrong(one, now),
        "do": _what_to_do(one, now),
    }
    row["ok"] = row["wrong"] is None
    return row | {"line": _source_line(row, read_word(one.source.rechecked))}


def _age_days(when: str, now: datetime) -> int:
    return (now - datetime.fromisoformat(when)).days


def _what_is_wrong(one: SourceHealth, now: datetime) -> str | None:
    latest, good = one.latest, one.good
    if latest is None and good is None:
        return "never crawled"
    if latest and latest["outcome"] in TAKEN and good is None:
        return "what it listed is not in the ledger"
    if latest and latest["outcome"] == "unaccepted":
        return f"run {latest['run']} was taken back on {latest['taken_back'][:10]}"
    if latest and latest["outcome"] not in TAKEN:
        return f"{latest['outcome']}: {'; '.join(latest['reasons'])}"
    if latest and latest.get("left_out"):
        rows = "; ".join(latest["problems"][:MOST_ROWS])
        return f"{count_of(len(latest['left_out']), 'row')} left out: {rows}"
    if good and is_late(datetime.fromisoformat(good["finished"]), one.source.every_days, now):
        return f"not {read_word(one.source.rechecked)} for {_age_days(good['finished'], now)} days"
    return None


def _what_to_do(one: SourceHealth, now: datetime) -> str | None:
    name, latest, good = one.name, one.latest, one.good
    if good is None and (latest is None or latest["outcome"] in TAKEN):
        return f"ldn crawl {name}" if latest is None else f"restore the ledger from a backup, or: ldn crawl {name}"
    match latest and latest["outcome"]:
        case "held":
            return advice(latest or {})
        case "unaccepted":
            return f"mend the spider, then: ldn replay {name} --take; or if the list is mended: ldn crawl {name}"
        case "blocked":
            return "ask the publisher for permission or a file"
        case "unreachable" | "failed":
            return f"ldn crawl {name}"
        case _ if latest and latest.get("left_out"):
            return "ldn check-curated"
        case _ if one.source.received_on and _what_is_wrong(one, now):
            return f"ask for a newer file, then: ldn import FILE --source {name}"
        case _:
            return f"ldn crawl {name}" if _what_is_wrong(one, now) else None


def _source_line(row: dict[str, Any], taken: str) -> str:
    if row["last_good"]:
        days = row["age_days"]
        age = f"on {row['last_good'][:10]}" if days < 0 else f"{count_of(days, 'day')} ago" if days else "today"
        text = f"{row['source']}: {row['listings']} listings, {taken} {age} ({changes_line(row['changes'] or {})})"
    else:
        text = f"{row['source']}: nothing published yet"
    return " | ".join(part for part in (text, row["wrong"], row["do"]) if part)


def _register_rows(data: Path) -> list[dict[str, Any]]:
    """The row of the registers; none if no register is in use."""
    todo = "ldn registers report"
    try:
        found = last_report(data)
    except RegisterError as error:
        row = {"inactive": 0, "withheld": 0, "wrong": f"{error}", "do": todo, "line": f"registers: {error}"}
        return [{"source": "registers", "ok": False} | row]
    if not found:
        return []
    inactive, withheld = len(found["inactive"]), sum(not row["decision"] for row in found["withheld"])
    line = f"registers: {inactive} ended, {withheld} withheld and undecided"
    return [
        {
            "source": "registers",
            "inactive": inactive,
            "withheld": withheld,
            "wrong": f"{withheld} withheld and undecided" if withheld else None,
            "ok": not withheld,
            "do": todo if withheld else None,
            "line": f"{line} | {todo}" if withheld or inactive else line,
        }
    ]


def _held_rows(data: Path) -> list[dict[str, Any]]:
    """The row of listings that are held back; none if there are none."""
    held = held_back(data) or 0
    wrong = f"{held} held back, as they look like somebody's who asked to be forgotten"
    return [
        {"source": "forgetting", "held": held, "wrong": wrong, "do": "ldn forget --held", "ok": False, "line": line}
        for line in held_lines(held)
    ]


def _unfinished_rows(data: Path) -> list[dict[str, Any]]:
    """The row of a forgetting that was interrupted; none if nothing is left to be erased."""
    from ldn_directory.forgetting import is_forgetting_finished

    try:
        if not (data / LEDGER_FILE).exists() or is_forgetting_finished(data):
            return []
        wrong, todo = "somebody who asked to be forgotten is not yet erased everywhere", "ldn forget --sweep"
    except BuildError as error:
        wrong, todo = str(error), ""
    line = " | ".join(filter(None, ("forgetting", wrong, todo)))
    return [{"source": "forgetting", "wrong": wrong, "do": todo or None, "ok": False, "line": line}]


# `status.json`


def write_status(data: Path, sources: Iterable[type[ListSpider]] | None = None) -> None:
    """Writes `status.json` for these sources, or all of the project's. Raises OSError.

    A part that is not known now is null, and named in `unknown`.
    """
    status: dict[str, Any] = {"form": FORM, "written": utc_now(), "unknown": []}
    try:
        looks: Mapping[str, Mapping[str, int]] = ask_ledger(data, count_last_outcomes, {})
        retired: Mapping[str, Retirement] = ask_ledger(data, retirements, {})
        shown = spiders(data).values() if sources is None else sources
        healths = source_healths(data, [spider for spider in shown if spider.name not in retired])
        status["sources"] = [_source_status(one, looks.get(one.name, {})) for one in healths]
    except LedgerError:
        status["sources"] = []
        status["unknown"].append("ledger")
    parts = {"doubts": _doubts, "registers": _registers, "waiting": _is_decision_pending, "gazetteer": _gazetteer}
    for part, read in parts.items():
        try:
            status[part] = read(data)
        except (LdnError, OSError):
            status[part] = None
            status["unknown"].append(part)
    status = LocalPaths(data).without_in(status)
    write_atomically(data / FILE, json.dumps(status, ensure_ascii=False, indent=1).encode())


def _source_status(one: SourceHealth, looks: Mapping[str, int]) -> dict[str, Any]:
    good, report = one.good, one.latest
    due = good and datetime.fromisoformat(good["finished"]) + timedelta(days=one.source.every_days)
    return {
        "source": one.name,
        "title": one.source.title,
        "every_days": one.source.every_days,
        "last_good": good and good["finished"],
        "due": due and format_time(due),
        "listings": good["listings"] if good else 0,
        # Gates by name and counts only: the reasons may quote a page.
        "run": report
        and {
            "run": report["run"],
            "at": report["finished"],
            "outcome": report["outcome"],
            "listings": report["listings"],
            "gates": list(report.get("gates", ())),
            "acceptable": report["outcome"] == "held" and is_acceptable(report),
            "unread_pages": len(report.get("failures", ())),
            "repeated": report.get("duplicates", 0),
            "stated": report.get("total_stated"),
        },
        "looks": dict(looks),
    }


def _doubts(data: Path) -> int:
    from ldn_directory.matching.review_queue import MATCHING_FILE

    return waiting_doubts(data) if (data / MATCHING_FILE).exists() else 0


def _registers(data: Path) -> list[dict[str, Any]]:
    """The registers that are loaded, and as of when."""
    from ldn_directory.registers.store import loaded_registers

    loaded = loaded_registers(data).values()
    return [{"register": one.register, "as_of": f"{one.as_of}", "entries": one.entries} for one in loaded]


def _is_decision_pending(data: Path) -> bool:
    """Whether somebody is left out until a person decides: by the forgotten they look like, or by a register.

    Not why, nor how many: whoever watches the public file could tell whom it is about. Raises RegisterError, and
    LedgerError if the ledger cannot be read now.
    """
    if any(not row["decision"] for row in last_report(data).get("withheld", ())):
        return True
    if (held := held_back(data)) is None:
        raise LedgerError("the ledger cannot be read now")
    return held > 0


def _gazetteer(data: Path) -> dict[str, Any] | None:
    """When the gazetteer was built; None if there is none that can be used. Raises OSError."""
    from .gazetteer import is_usable

    path = gazetteer_for(data)
    if not is_usable(path):
        return None
    return {"built": format_time(datetime.fromtimestamp(path.stat().st_mtime, UTC))}
