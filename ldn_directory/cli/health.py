"""`data/status.json`: how things stand, for the site's page for maintainers, which reads what is published and nothing else.

It is public: dates, counts, names of sources and of gates. No text of a page or listing, and nobody's name.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ldn_directory.archive.harvests import is_acceptable
from ldn_directory.crawl.harvest_extension import LEDGER_FILE
from ldn_directory.crawl.run import now
from ldn_directory.ledger import LedgerError
from ldn_directory.ledger.checks import last_looks
from ldn_directory.storage import gazetteer_for

from .source_status import Situation, held_back, situations

if TYPE_CHECKING:
    from ldn_directory.crawl.base_spider import ListSpider

FILE = "status.json"
FORM = 2
"""Of the file; another one is not read by the site."""


def write_status(data: Path, sources: Iterable[type[ListSpider]] | None = None) -> None:
    """Writes the file whole or not at all, of the project's sources or of those given. Raises OSError.

    What cannot be known is null in it, with a word in `unknown`.
    """
    status = _status(data, list(sources) if sources is not None else None)
    # Two commands may end at the same moment: each has a draft of its own.
    part = data / f".{FILE}.{os.getpid()}.part"
    try:
        part.write_text(json.dumps(status, ensure_ascii=False, indent=1), "utf-8")
        part.replace(data / FILE)
    finally:
        part.unlink(missing_ok=True)


def _status(data: Path, sources: list[type[ListSpider]] | None) -> dict[str, Any]:
    status: dict[str, Any] = {"form": FORM, "written": now(), "unknown": []}
    looks = _looks(data / LEDGER_FILE)
    try:
        status["sources"] = [_source(one, looks.get(one.name, {})) for one in situations(data, sources)]
    except LedgerError:
        status["sources"] = []
        status["unknown"].append("ledger")
    for part, known in (
        ("doubts", _doubts),
        ("registers", _registers),
        ("waiting", _waiting),
        ("gazetteer", _gazetteer),
    ):
        try:
            status[part] = known(data)
        except _Unknown:
            status[part] = None
            status["unknown"].append(part)
    return status


def _source(one: Situation, looks: Mapping[str, int]) -> dict[str, Any]:
    good = one.good
    return {
        "source": one.name,
        "title": one.source.title,
        "every_days": one.source.every_days,
        "last_good": good and good["finished"],
        "due": good and _later(good["finished"], one.source.every_days),
        "listings": good["listings"] if good else 0,
        "run": _run(one.latest) if one.latest else None,
        "looks": dict(looks),
    }


def _run(report: Mapping[str, Any]) -> dict[str, Any]:
    """The last run by what may be told: its reasons may quote a page, the names of its gates and its counts do not."""
    return {
        "run": report["run"],
        "at": report["finished"],
        "outcome": report["outcome"],
        "listings": report["listings"],
        "gates": list(report.get("gates", ())),
        "acceptable": report["outcome"] == "held" and is_acceptable(report),
        "unread_pages": len(report.get("failures", ())),
        "repeated": report.get("duplicates", 0),
        "stated": report.get("total_stated"),
    }


def _later(when: str, days: int) -> str:
    return (datetime.fromisoformat(when) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Unknown(Exception):
    """It cannot be known now."""


def _looks(ledger: Path) -> Mapping[str, Mapping[str, int]]:
    if ledger.exists():
        with (
            suppress(sqlite3.DatabaseError),
            closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as db,
        ):
            return last_looks(db)
    return {}


def _doubts(data: Path) -> int:
    """How many doubtful matches wait for a person."""
    from ldn_directory.errors import BuildError
    from ldn_directory.matching.decisions import Decisions, decisions_path
    from ldn_directory.matching.review_queue import MATCHING_FILE, NoQueue, queue_of

    if not (data / MATCHING_FILE).exists():
        return 0
    try:
        return len(queue_of(data, Decisions.read(decisions_path(data))))
    except (NoQueue, BuildError):
        raise _Unknown from None


def _registers(data: Path) -> list[dict[str, Any]]:
    """The registers that are loaded, and as of when."""
    from ldn_directory.registers.errors import RegisterError
    from ldn_directory.registers.store import loaded_registers

    try:
        return [
            {"register": one.register, "as_of": f"{one.as_of}", "entries": one.entries}
            for one in loaded_registers(data).values()
        ]
    except RegisterError:
        raise _Unknown from None


def _waiting(data: Path) -> bool:
    """Whether anybody is kept out until a person decides: who looks like somebody forgotten, or may be meant by a register.

    Not why, nor how many: the file is public, and whoever watches it could tell whom it is about.
    """
    from ldn_directory.registers.errors import RegisterError
    from ldn_directory.registers.report import last_report

    try:
        withheld = any(not row["decision"] for row in last_report(data).get("withheld", ()))
    except RegisterError:
        raise _Unknown from None
    if withheld:
        return True
    if (held := held_back(data)) is None:
        raise _Unknown
    return held > 0


def _gazetteer(data: Path) -> dict[str, Any] | None:
    """When the gazetteer was built; None if there is none that can be used."""
    from .gazetteer import is_usable

    path = gazetteer_for(data)
    if not is_usable(path):
        return None
    try:
        return {"built": datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    except OSError:
        raise _Unknown from None


__all__ = ["FILE", "FORM", "write_status"]
