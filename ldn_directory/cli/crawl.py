"""`ldn crawl`, `update`, `recheck` and `replay`: from the lists to the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ldn_directory.storage import LEDGER_FILE

from .build import build_directory, make_downloads, published_code
from .common import (
    ALL_GOOD,
    NOTHING_DONE,
    WITH_LOSSES,
    NothingDone,
    require_contact,
    with_contact,
    with_json,
    with_status,
)
from .reports import build_line, check_line, downloads_line, replay_lines, report_lines

with_sources = click.argument("sources", nargs=-1, metavar="[SOURCE]...")


@click.command()
@with_sources
@click.option(
    "--new-reading",
    is_flag=True,
    help="Find anew how the pages of an `AnyList` source are read, as at its first crawl; if it is another way, the"
    " harvest is held.",
)
@with_contact
@with_status
@with_json
def crawl(sources: tuple[str, ...], new_reading: bool, contact: str, data: Path, as_json: bool) -> int:
    """Crawl all sources, or those named. Harvests that pass the gates enter the ledger."""
    if new_reading and not sources:
        raise click.UsageError("--new-reading needs the name of a source")
    reports = crawl_sources(data, sources, contact, LDN_NEW_READING=new_reading)
    click.echo(json.dumps({"sources": reports})) if as_json else print_reports(reports)
    return exit_code(reports)


@click.command()
@with_sources
@with_contact
@with_status
@with_json
def update(sources: tuple[str, ...], contact: str, data: Path, as_json: bool) -> int:
    """Crawl, recheck the evidence pages that are due, then build. For schedules."""
    from ldn_directory.crawl.runner import last_checks

    reports = crawl_sources(data, sources, contact, recheck=True)
    checks = last_checks(data, reports[0]["run"]) if reports else []
    if not as_json:
        print_reports(reports)
        click.echo("".join(f"{check_line(check)}\n" for check in checks if check["outcome"] != "confirmed"), nl=False)
    try:
        built = build_directory(data)
    except NothingDone:
        if as_json:
            click.echo(json.dumps({"sources": reports, "checks": checks, "built": None}))
        raise
    if not as_json:
        click.echo(build_line(built))
    downloads = make_downloads(data)
    if as_json:
        click.echo(json.dumps({"sources": reports, "checks": checks, "built": built | {"downloads": downloads}}))
    else:
        click.echo(downloads_line(downloads))
    return max(published_code(built, downloads), exit_code(reports, published=True))


@click.command()
@with_sources
@with_contact
@with_status
@with_json
def recheck(sources: tuple[str, ...], contact: str, data: Path, as_json: bool) -> int:
    """Check every evidence page: does it exist, and does it still mention low-dose naltrexone?"""
    from ldn_directory.crawl.runner import Recheck, last_checks
    from ldn_directory.crawl.runner import crawl as run_crawl

    require_contact(contact, "no web site is touched")
    if not (data / LEDGER_FILE).exists():
        raise NothingDone("nothing has been taken into the ledger yet: crawl first")
    due = Recheck(sources=_sources_to_recheck(data, sources), days=0, unknown_days=0)
    run_crawl(data, [], contact=contact, recheck=due)
    checks = last_checks(data)
    text = "\n".join(map(check_line, checks)) or "There was no page to look at."
    click.echo(json.dumps(checks) if as_json else text)
    return ALL_GOOD if all(check["outcome"] == "confirmed" for check in checks) else WITH_LOSSES


@click.command()
@with_sources
@click.option("--run", "run_id", help="The run [default: the latest of each source].")
@click.option("--afresh", is_flag=True, help="Ignore cached results of this version.")
@click.option("--diff", is_flag=True, help="Name the entries and fields that differ.")
@click.option("--take", "is_taken", is_flag=True, help="Take what is read now through the gates, as a harvest.")
@with_status
@with_json
def replay(
    sources: tuple[str, ...], run_id: str | None, afresh: bool, diff: bool, is_taken: bool, data: Path, as_json: bool
) -> int:
    """Extract archived pages again, without the network, and compare the results with those of the crawl.

    With --take, what a mended spider reads in them goes through the gates like any harvest, with the dates of the
    crawl. Exit codes: 0 nothing is missing, or taken; 1 listings are missing, or a page could not be read; 2 there is
    nothing to read, or nothing was taken.
    """
    from ldn_directory.crawl.replay import replay_all, take

    if is_taken and not sources:
        raise click.UsageError("--take needs the name of a source")
    spiders = select_spiders(data, sources)
    if is_taken:
        results = [take(data, spider, run_id) for spider in spiders]
        click.echo(json.dumps({"sources": results})) if as_json else print_reports(results)
        return exit_code(results)
    results = replay_all(data, spiders, run_id, afresh=afresh, diff=diff, only_archived=not sources)
    if not results:
        raise NothingDone("no run with archived pages: crawl first")
    click.echo(json.dumps(results) if as_json else "\n".join(line for row in results for line in replay_lines(row)))
    return WITH_LOSSES if any(row["missing"] or row["errors"] for row in results) else ALL_GOOD


def select_spiders(data: Path | None, sources: tuple[str, ...], settings: Any = None) -> list[Any]:
    """The spiders of these sources of a data folder, or all. Raises UsageError for a name that no source has."""
    from ldn_directory.crawl.runner import spiders

    known = spiders(data, settings)
    if unknown := [name for name in sources if name not in known]:
        raise click.UsageError(f"no source is called {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in sources or known]


def crawl_sources(
    data: Path, sources: tuple[str, ...], contact: str, recheck: bool = False, **changed: Any
) -> list[dict[str, Any]]:
    """Crawls these sources, or all, with changed Scrapy settings; gives their reports."""
    from ldn_directory.crawl.runner import Recheck
    from ldn_directory.crawl.runner import crawl as run_crawl

    data.mkdir(parents=True, exist_ok=True)
    due = Recheck(sources=_sources_to_recheck(data, sources)) if recheck else None
    return run_crawl(data, select_spiders(data, sources), contact=contact, recheck=due, **changed)


def _sources_to_recheck(data: Path, sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(spider.name for spider in select_spiders(data, sources) if spider.source.rechecked)


def print_reports(reports: list[dict[str, Any]], err: bool = False) -> None:
    """Prints what became of each source, to stderr if `err`."""
    for report in reports:
        for line in report_lines(report):
            click.echo(line, err=err)


def exit_code(reports: list[dict[str, Any]], published: bool = False) -> int:
    """0 if every source passed and no row was left out; 1 if some did, or something was published; 2 if not.

    Retired sources do not count, nor do imported files that have been taken in.
    """
    from ldn_directory.crawl.runner import UNCHANGED

    asked = [report for report in reports if report["outcome"] not in ("retired", UNCHANGED)]
    if reports and not asked and any(report["outcome"] == UNCHANGED for report in reports):
        return ALL_GOOD
    passed = [report for report in asked if report["outcome"] in ("passed", "accepted")]
    if asked and len(passed) == len(asked) and not any(report.get("left_out") for report in asked):
        return ALL_GOOD
    return WITH_LOSSES if passed or published else NOTHING_DONE
