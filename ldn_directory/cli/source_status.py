"""How each source stands, for `ldn status`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_directory.archive.harvests import advice, reports
from ldn_directory.crawl.harvest_extension import LEDGER_FILE
from ldn_directory.crawl.runner import spiders
from ldn_directory.ledger import LedgerError
from ldn_directory.model import Source, is_late
from ldn_directory.storage import open_read_only

from .reports import changes_line, held_lines

if TYPE_CHECKING:
    from ldn_directory.crawl.base_spider import ListSpider

TAKEN = ("passed", "accepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a source's runs."""

    name: str
    source: Source
    latest: dict[str, Any] | None
    """The report of the last run, unless the ledger has taken a later one."""
    good: dict[str, Any] | None
    """`run`, `finished`, `listings`, `changes` of the last harvest that was taken."""


def situations(data: Path, sources: Iterable[type[ListSpider]] | None = None) -> list[Situation]:
    """How the project's sources stand, or those given. Raises LedgerError."""
    everything = reports(data)
    taken = _taken(data / LEDGER_FILE)
    if taken is None:
        taken = {report["source"]: report for report in reversed(everything) if report["outcome"] in TAKEN}
    found = []
    for spider in spiders().values() if sources is None else sources:
        own, good = [report for report in everything if report["source"] == spider.name], taken.get(spider.name)
        latest = own[0] if own and (good is None or own[0]["run"] >= good["run"]) else None
        found.append(Situation(name=spider.name, source=spider.source, latest=latest, good=good))
    return found


def standings(data: Path, now: datetime | None = None) -> list[dict[str, Any]]:
    """One row a source: last good run, age in days, counts, what is wrong, what to do, and all of it as a line. Raises LedgerError."""
    moment = now or datetime.now(UTC)
    return [_standing(one, moment) for one in situations(data)]


def held_standing(data: Path) -> list[dict[str, Any]]:
    """A row for the listings that are held back, in the form of a source's; none if none are."""
    held = held_back(data) or 0
    wrong = f"{held} held back, as they look like somebody's who asked to be forgotten"
    return [
        {"source": "forgetting", "held": held, "wrong": wrong, "do": "ldn forget --held", "ok": False, "line": line}
        for line in held_lines(held)
    ]


def held_back(data: Path) -> int | None:
    """How many listings the last build held back, as they look like somebody's who was forgotten; None if that cannot be known now."""
    path = data / LEDGER_FILE
    if not path.exists():
        return 0
    try:
        with closing(open_read_only(path)) as db:
            return int(db.execute("SELECT coalesce(max(held), 0) FROM swept").fetchone()[0])
    except sqlite3.DatabaseError:
        return None  # busy, or of an earlier version: a listing that is held back is not published in any case


def _standing(one: Situation, now: datetime) -> dict[str, Any]:
    latest, good = one.latest, one.good
    row: dict[str, Any] = {
        "source": one.name,
        "last_good_run": good and good["run"],
        "last_good": good and good["finished"],
        "listings": good["listings"] if good else 0,
        "changes": good and good.get("changes"),
        "age_days": _age_days(good["finished"], now) if good else None,
        "wrong": _wrong(latest, good, one.source.every_days, now),
        "do": _advice(one),
    }
    row["ok"] = row["wrong"] is None
    return row | {"line": _line(row)}


def _taken(path: Path) -> dict[str, dict[str, Any]] | None:
    """The last harvest that the ledger has taken of each source; None if that cannot be read now. Raises LedgerError for what is no ledger.

    The ledger is the record: a report may be lost, and says nothing of a backup that was put back.
    """
    if not path.exists():
        return {}
    try:
        with closing(open_read_only(path)) as db:
            rows = db.execute("SELECT source, run, finished, listings, changes FROM runs ORDER BY id").fetchall()
    except sqlite3.OperationalError:
        return None  # busy, or not ours to read: that says nothing about what is in it
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"the ledger {path} is damaged ({error}): restore it from a backup") from None
    return {
        source: {"run": run, "finished": finished, "listings": listings, "changes": json.loads(changes)}
        for source, run, finished, listings, changes in rows
    }


def _age_days(when: str, now: datetime) -> int:
    return (now - datetime.fromisoformat(when)).days


def _wrong(latest: dict[str, Any] | None, good: dict[str, Any] | None, every_days: int, now: datetime) -> str | None:
    if latest is None and good is None:
        return "never crawled"
    if latest and latest["outcome"] in TAKEN and good is None:
        return "what it listed is not in the ledger"
    if latest and latest["outcome"] not in TAKEN:
        return f"{latest['outcome']}: {'; '.join(latest['reasons'])}"
    if good and is_late(datetime.fromisoformat(good["finished"]), every_days, now):
        return f"not read for {_age_days(good['finished'], now)} days"
    return None


def _advice(one: Situation) -> str | None:
    name, latest, good = one.name, one.latest, one.good
    if good is None and (latest is None or latest["outcome"] in TAKEN):
        return f"ldn crawl {name}" if latest is None else f"restore the ledger from a backup, or: ldn crawl {name}"
    if latest is None:
        return None
    match latest["outcome"]:
        case "held":
            return advice(latest)
        case "blocked":
            return "ask the publisher for permission or a file"
        case "unreachable" | "failed":
            return f"ldn crawl {name}"
        case _:
            return None


def _line(row: dict[str, Any]) -> str:
    if row["last_good"]:
        age = "today" if row["age_days"] == 0 else f"{row['age_days']} days ago"
        text = f"{row['source']}: {row['listings']} listings, read {age} ({changes_line(row['changes'] or {})})"
    else:
        text = f"{row['source']}: nothing published yet"
    if row["wrong"]:
        text += f" | {row['wrong']}"
    return text + (f" | {row['do']}" if row["do"] else "")
