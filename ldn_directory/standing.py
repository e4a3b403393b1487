"""How each source stands, for `ldn status`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ldn_directory.crawl.harvest import advice, reports
from ldn_directory.crawl.harvesting import LEDGER_FILE
from ldn_directory.crawl.runner import spiders
from ldn_directory.ledger import LedgerError

TAKEN = ("passed", "accepted")


def standings(data: Path, now: datetime | None = None) -> list[dict[str, Any]]:
    """One row a source: last good run, age in days, counts, what is wrong, what to do, and all of it as a line. Raises LedgerError."""
    _check_ledger(data / LEDGER_FILE)
    moment = now or datetime.now(UTC)
    everything = reports(data)
    return [_standing(name, spider.source.every_days, everything, moment) for name, spider in spiders().items()]


def _standing(name: str, every_days: int, everything: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    own = [report for report in everything if report["source"] == name]
    good = next((report for report in own if report["outcome"] in TAKEN), None)
    latest = own[0] if own else None
    row: dict[str, Any] = {
        "source": name,
        "last_good_run": good and good["run"],
        "last_good": good and good["finished"],
        "listings": good["listings"] if good else 0,
        "changes": good and good.get("changes"),
        "age_days": _age_days(good["finished"], now) if good else None,
        "wrong": _wrong(latest, good, every_days, now),
        "do": _advice(name, latest, good),
    }
    row["ok"] = row["wrong"] is None
    return row | {"line": _line(row)}


def _check_ledger(path: Path) -> None:
    """Raises LedgerError for a file that is no ledger: without it, everything that reports say of it is past."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.execute("SELECT count(*) FROM runs").fetchone()
    except sqlite3.OperationalError:
        return  # busy, or not ours to read: that says nothing about what is in it
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"the ledger {path} is damaged ({error}): restore it from a backup") from None


def _age_days(when: str, now: datetime) -> int:
    return (now - datetime.fromisoformat(when)).days


def _wrong(latest: dict[str, Any] | None, good: dict[str, Any] | None, every_days: int, now: datetime) -> str | None:
    if latest is None:
        return "never crawled"
    if latest["outcome"] not in TAKEN:
        return f"{latest['outcome']}: {'; '.join(latest['reasons'])}"
    if good and _age_days(good["finished"], now) > 2 * every_days:
        return f"not read for {_age_days(good['finished'], now)} days"
    return None


def _advice(name: str, latest: dict[str, Any] | None, good: dict[str, Any] | None) -> str | None:
    if latest is None:
        return f"ldn crawl {name}"
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
        changes = ", ".join(
            f"{n} {what.replace('_', ' ')}" for what, n in (row["changes"] or {}).items() if n and what != "total"
        )
        text = f"{row['source']}: {row['listings']} listings, read {age}" + (f" ({changes})" if changes else "")
    else:
        text = f"{row['source']}: nothing published yet"
    if row["wrong"]:
        text += f" | {row['wrong']}"
    return text + (f" | {row['do']}" if row["do"] else "")
