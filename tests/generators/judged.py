"""Harvests of an invented list, judged and taken as at the end of a crawl, without a site."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from ldn_directory.crawl.harvest_extension import conclude
from ldn_directory.crawl.run import CrawlRun
from ldn_directory.model import Evidence, Listing, Source

from .list_changes import SERIES, Change, invent_list

SOURCE = Source(
    title="Harbour LDN Society",
    homepage="https://example.org/",
    evidence=Evidence.LISTED,
    record_key="number",
    needs_acceptance=False,
)
STEPS = 7


def judge(data: Path, number: int, entries: Iterable[Listing], source: Source = SOURCE) -> dict[str, Any]:
    """The report on the harvest `number` of these entries; the ledger has it if it passed."""
    run = CrawlRun(data, f"20260101T0000{number:02}Z-0000", "harbour", source)
    for entry in entries:
        run.listings.add(entry.as_line())
    run.archive.pages = 3
    run.archive.close()
    return conclude(run, finished=True)


def reasons_for(change: Change, size: int, seed: int, gazetteer: Path) -> list[str]:
    """Why the list is held after this change (after one of the steps, if it comes in steps); empty if it passes."""
    chance = Random(seed)
    entries, others = invent_list(size, seed)
    with TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "gazetteer.db").symlink_to(gazetteer)
        first = judge(data, 0, entries)
        assert first["outcome"] == "passed", first["reasons"]
        for step in range(1, (STEPS if change in SERIES.values() else 1) + 1):
            entries = change(entries, others, chance)
            report = judge(data, step, entries)
            if report["outcome"] != "passed":
                return [str(reason) for reason in report["reasons"]]
    return []
