"""Harvests on disk: `runs/<run>/<source>/{listings.jsonl,report.json}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ldn_directory.errors import LdnError
from ldn_directory.model import Evidence, Harvest, Listing, Source
from ldn_directory.storage import write_atomically

ACCEPTABLE = ("held", "unaccepted")
"""Outcomes after which a person may let a harvest in."""


class NoHarvest(LdnError):
    """There is no such harvest, or it cannot be accepted. The message says which."""


def reports(data: Path, source_id: str | None = None) -> list[dict[str, Any]]:
    """All reports but those of dropped runs, newest first; of one source if named. A run that was killed has none."""
    return [report for report in run_reports(data, "*", source_id) if report["outcome"] != "dropped"]


def run_reports(data: Path, run: str, source_id: str | None = None) -> list[dict[str, Any]]:
    """The reports of a run, also those that were dropped. Files that cannot be read are left out."""
    found = []
    for path in sorted(data.glob(f"runs/{run}/{source_id or '*'}/report.json"), reverse=True):
        try:
            found.append(json.loads(path.read_bytes()))
        except ValueError:
            continue
    return found


def held_harvest(data: Path, run: str, source_id: str, source: Source) -> tuple[Harvest, dict[str, Any]]:
    """A held harvest with its report. Raises NoHarvest if it cannot be accepted."""
    folder = data / "runs" / run / source_id
    try:
        report = json.loads((folder / "report.json").read_bytes())
        lines = tuple((folder / "listings.jsonl").read_bytes().splitlines())
    except FileNotFoundError:
        known = ", ".join(r["run"] for r in reports(data, source_id) if r["outcome"] == "held") or "none"
        raise NoHarvest(f"run {run} holds no harvest of {source_id}; held ones: {known}") from None
    if report["outcome"] not in ACCEPTABLE:
        raise NoHarvest(f"the harvest of {source_id} in run {run} is not held: it {report['outcome']}")
    newer = [r["run"] for r in reports(data, source_id) if r["run"] > run and r["outcome"] in ("passed", "accepted")]
    if newer:
        raise NoHarvest(f"a newer harvest of {source_id} is in the ledger already (run {newer[0]})")
    if not lines:
        raise NoHarvest(
            f"the harvest of {source_id} in run {run} is empty: there is nothing to accept. Look into the reason, then:"
            f" ldn crawl {source_id}"
        )
    lines = tuple(_with_evidence(line, report.get("evidence"), source.evidence) for line in lines)
    harvest = Harvest(
        run=run,
        source_id=source_id,
        source=source,
        started=report["started"],
        finished=report["finished"],
        lines=lines,
        left_out=tuple(report.get("left_out", ())),
        not_read=frozenset(report.get("not_read", ())),
        measures=report.get("measures", {}),
        reading=report.get("reading"),
    )
    return harvest, report


def newest_held(data: Path, source_id: str) -> str:
    """The newest run whose harvest of a source waits for a person. Raises NoHarvest, which says why none does."""
    last = None
    for report in reports(data, source_id):
        last = last or report
        if report["outcome"] in ACCEPTABLE:
            return str(report["run"])
        if report["outcome"] in ("passed", "accepted"):
            break
    if last is None:
        raise NoHarvest(f"{source_id} has no harvest yet: ldn crawl {source_id}")
    when = f"run {last['run']}, {last['finished'][:10]}"
    raise NoHarvest(
        f"no harvest of {source_id} is held: the last one ({when}) {_OUTCOMES.get(last['outcome'], last['outcome'])}"
    )


_OUTCOMES = {
    "passed": "passed its gates and is in the ledger already",
    "accepted": "was accepted already",
    "blocked": "was refused by the site: ask the publisher",
    "unreachable": "did not reach the site: crawl again",
    "failed": "failed: crawl again",
}


def _with_evidence(line: bytes, then: str | None, now: Evidence) -> bytes:
    """A listing with what its source states now, if the spider was changed since the crawl, as `proxy` for `listed`."""
    if then in (None, now):
        return line
    row = json.loads(line)
    return Listing.from_json(row | {"evidence": now}).as_line() if row["evidence"] == then else line


def advice(report: Mapping[str, Any]) -> str:
    """What to do about a held harvest: accept it after a look, or else mend or crawl what is empty or lacks pages."""
    if is_acceptable(report):
        return f"look at it and decide: ldn accept {report['source']}"
    if report.get("kept_here"):
        return "mend the file, and look at it again: ldn check-curated"
    return f"look into the reason, then: ldn crawl {report['source']}"


def is_acceptable(report: Mapping[str, Any]) -> bool:
    """Whether it can be right to accept this held harvest."""
    return bool(report["listings"] and not report.get("failures"))


def mark_taken_back(data: Path, report: dict[str, Any], outcome: str, at: str) -> None:
    """Rewrites the report of a harvest that was taken back: "unaccepted", or "dropped" with its run."""
    if report["outcome"] != outcome:
        write_report(data, report | {"outcome": outcome, "taken_back": at, "changes": None})


def mark_accepted(data: Path, report: dict[str, Any], changes: dict[str, Any]) -> None:
    """Rewrites the report of a harvest that a person has accepted."""
    write_report(data, report | {"outcome": "accepted", "changes": changes})


def write_report(data: Path, report: Mapping[str, Any]) -> None:
    """Writes `report.json` into the folder of its run and source."""
    path = data / "runs" / report["run"] / report["source"] / "report.json"
    write_atomically(path, json.dumps(report, indent=2, ensure_ascii=False).encode())
