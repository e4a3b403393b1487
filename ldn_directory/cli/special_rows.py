"""Rows of `ldn status` about what is not as usual: retired sources, sources without a spider, dates in the future."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ldn_directory.archive.harvests import reports
from ldn_directory.crawl.spider_loader import broken_spiders
from ldn_directory.ledger import Orphan, Retirement, ask_ledger, find_orphans, is_future
from ldn_directory.storage import format_time


def special_rows(
    data: Path, spiders: Collection[str], retired: Mapping[str, Retirement], now: datetime
) -> list[dict[str, Any]]:
    """The rows, each with what is wrong (None of a retired source), what to do, and a line. Raises LedgerError."""
    found = _future_rows(data, retired, now)
    orphans: list[Orphan] = ask_ledger(data, lambda db: find_orphans(db, spiders, format_time(now)), [])
    found += [_row(*orphan_row(one)) for one in orphans]
    found += [_row(one.file, str(one), "mend the file") for one in broken_spiders.values()]
    return [*found, *(_retired_row(one) for one in retired.values())]


def orphan_row(one: Orphan) -> tuple[str, str, str]:
    """(a source without a spider, what is wrong, what to do)."""
    if named := [broken for broken in broken_spiders.values() if broken.may_read(one.source)]:
        return one.source, f"its spider is broken ({named[0]})", "mend the file; what is published stays"
    if one.has_left:
        return (
            one.source,
            f"no spider has read it since {one.since[:10]}: it is retired",
            f"nothing, or to bring it back: ldn retire --undo {one.source}",
        )
    wrong = f"no spider reads it any more; its listings leave on {one.leaves[:10]}"
    if broken_spiders:
        wrong = "no spider reads it, unless a broken file does"
    return one.source, wrong, f"put its spider back, or: ldn retire {one.source}"


def _future_rows(data: Path, retired: Container[str], now: datetime) -> list[dict[str, Any]]:
    """Runs that the ledger, a report or a check dates later than now: until they are dropped, later ones are older.

    Of sources that are retired there are no later ones, so what the ledger has of them does not count.
    """
    runs: dict[str, str] = {report["run"]: report["finished"] for report in reports(data) if "finished" in report}
    taken = "SELECT source, run, finished FROM runs ORDER BY finished"
    known: list[tuple[str, str, str]] = ask_ledger(data, lambda db: db.execute(taken).fetchall(), [])
    runs |= {run: finished for source, run, finished in known if source not in retired}
    last_check = "SELECT coalesce(max(checked), '') FROM checks"
    checked: str = ask_ledger(data, lambda db: db.execute(last_check).fetchone()[0], "")
    if is_future(checked, now):
        runs |= {run: checked for run in _rechecks(data) if run > f"{now:%Y%m%dT%H%M%SZ}"}
    wrong = "it is dated {}, in the future: later crawls count as older than it"
    return [
        _row(f"run {run}", wrong.format(finished), f"set the clock right, then: ldn drop {run}")
        for run, finished in sorted(runs.items())
        if is_future(finished, now)
    ]


def _rechecks(data: Path) -> Iterator[str]:
    """The runs that looked at evidence pages."""
    return (path.parts[-3] for path in data.glob("runs/*/recheck/checks.json"))


def _retired_row(one: Retirement) -> dict[str, Any]:
    return _row(one.source, None, None) | {"retired": one.since, "line": str(one)}


def _row(name: str, wrong: str | None, do: str | None) -> dict[str, Any]:
    line = " | ".join([f"{name}: {wrong}", do or ""])
    return {"source": name, "wrong": wrong, "do": do, "ok": wrong is None, "line": line}
