"""Rows of `ldn status` about what is not as usual: retired sources, sources without a spider, dates in the future."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ldn_directory.archive.harvests import reports
from ldn_directory.crawl.spider_loader import broken_spiders
from ldn_directory.crawl.undo import orphans
from ldn_directory.ledger import Ledger, Orphan, Retirement, is_future
from ldn_directory.storage import LEDGER_FILE


def special_rows(
    data: Path, spiders: Collection[str], retired: Mapping[str, Retirement], now: datetime
) -> list[dict[str, Any]]:
    """The rows, each with what is wrong (None of a retired source), what to do, and a line. Raises LedgerError."""
    found = [*_future_rows(data, now)]
    found += [_row(one.source, *orphan_text(one)) for one in orphans(data, spiders, now, note=False)]
    found += [_row(one.file, str(one), "mend the file") for one in broken_spiders.values()]
    return [*found, *(_retired_row(one) for one in retired.values())]


def orphan_text(one: Orphan) -> tuple[str, str]:
    """(what is wrong with a source without a spider, what to do)."""
    if named := [broken for broken in broken_spiders.values() if broken.may_read(one.source)]:
        return f"its spider is broken: {named[0]}", "mend the file; its listings stay meanwhile"
    wrong = f"no spider reads it any more; its listings leave on {one.leaves[:10]}"
    if broken_spiders:
        wrong = "no spider reads it, but a broken file might"
    return wrong, f"put its spider back, or: ldn retire {one.source} --why REASON"


def _future_rows(data: Path, now: datetime) -> Iterator[dict[str, Any]]:
    """Runs that the ledger or a report dates later than now: until they are dropped, every later one is older."""
    runs: dict[str, str] = {}
    if (data / LEDGER_FILE).exists():
        with Ledger.open_read_only(data / LEDGER_FILE) as ledger:
            runs |= dict(ledger.db.execute("SELECT run, max(finished) FROM runs GROUP BY run"))
    runs |= {report["run"]: report["finished"] for report in reports(data) if "finished" in report}
    for run, finished in sorted(runs.items()):
        if is_future(finished, now):
            wrong = f"it is dated {finished}, in the future: later crawls count as older than it"
            yield _row(f"run {run}", wrong, f"set the clock right, then: ldn drop {run}")


def _retired_row(one: Retirement) -> dict[str, Any]:
    return _row(one.source, None, None) | {"retired": one.since, "line": str(one)}


def _row(name: str, wrong: str | None, do: str | None) -> dict[str, Any]:
    line = " | ".join([f"{name}: {wrong}", do or ""])
    return {"source": name, "wrong": wrong, "do": do, "ok": wrong is None, "line": line}
