"""`ldn`: the directory from the command line.

Exit codes: 0 all good; 1 done, but a source failed or was held; 2 nothing was done or published; 64 wrong usage.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from ldn_directory import __version__
from ldn_directory.storage import DATA, gazetteer_for, written_by_people

from .common import (
    ALL_GOOD,
    HERE,
    NOTHING_DONE,
    WITH_LOSSES,
    Directory,
    NothingDone,
    note_status,
    noting_status,
    with_contact,
    with_data,
    with_json,
)
from .forget import forget
from .history import history
from .package import package, packaged, packaged_line
from .registers import registers, registers_standing
from .reports import built_line, changes_line, check_line, gazetteer_line, replayed_lines, report_lines, sample_text
from .review import doubts_line, review


@click.group(cls=Directory, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ldn")
def main() -> None:
    """A directory of public listings of low-dose naltrexone prescribers and pharmacies, dated and sourced."""


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@with_contact
@with_data
@with_json
@noting_status
def crawl(sources: tuple[str, ...], contact: str, data: Path, as_json: bool) -> int:
    """Crawl all sources, or the named ones; let what passes the gates into the ledger."""
    reports = _crawl(data, sources, contact)
    click.echo(json.dumps({"sources": reports})) if as_json else _tell(reports)
    return _outcome(reports)


@main.command()
@click.option("--allow-shrink", is_flag=True, help="Publish even if many providers are missing.")
@with_data
@with_json
@noting_status
def build(data: Path, as_json: bool, allow_shrink: bool) -> int:
    """Build the directory from the ledger and publish it."""
    built = _build(data, allow_shrink)
    if not as_json:
        click.echo(built_line(built))
    downloads = packaged(data)
    click.echo(json.dumps(built | {"downloads": downloads}) if as_json else packaged_line(downloads))
    return WITH_LOSSES if "error" in downloads else ALL_GOOD


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@with_contact
@with_data
@with_json
@noting_status
def update(sources: tuple[str, ...], contact: str, data: Path, as_json: bool) -> int:
    """Crawl, look at evidence pages that are due, then build: what a schedule runs."""
    from ldn_directory.crawl.runner import checks_of

    reports = _crawl(data, sources, contact, recheck=True)
    checks = checks_of(data, reports[0]["run"]) if reports else []
    if not as_json:
        _tell(reports)
        click.echo("".join(f"{check_line(check)}\n" for check in checks if check["outcome"] != "confirmed"), nl=False)
    try:
        built = _build(data, allow_shrink=False)
    except NothingDone:
        if as_json:
            click.echo(json.dumps({"sources": reports, "checks": checks, "built": None}))
        raise
    if not as_json:
        click.echo(built_line(built))
    built |= {"downloads": packaged(data)}
    click.echo(
        json.dumps({"sources": reports, "checks": checks, "built": built})
        if as_json
        else packaged_line(built["downloads"])
    )
    return WITH_LOSSES if "error" in built["downloads"] else _outcome(reports, published=True)


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@with_contact
@with_data
@with_json
@noting_status
def recheck(sources: tuple[str, ...], contact: str, data: Path, as_json: bool) -> int:
    """Look at every page that is a listing's evidence: is it there, does it still speak of low-dose naltrexone?"""
    from ldn_directory.crawl.runner import Recheck, checks_of
    from ldn_directory.crawl.runner import crawl as crawl_sources

    if not contact:
        raise NothingDone(
            "no contact address is set, so no web site is touched: set LDN_CONTACT to where a site's owner reaches you"
        )
    if not (data / "ledger.db").exists():
        raise NothingDone("nothing has been taken into the ledger yet: crawl first")
    crawl_sources(data, [], contact=contact, recheck=Recheck(sources=_rechecked(sources), days=0, unknown_days=0))
    found = checks_of(data)
    click.echo(
        json.dumps(found)
        if as_json
        else "\n".join(check_line(check) for check in found) or "There was no page to look at."
    )
    return ALL_GOOD if all(check["outcome"] == "confirmed" for check in found) else WITH_LOSSES


@main.command()
@click.option("--full", is_flag=True, help="Keep every postal code, town and name; takes longer and is larger.")
@click.option("--if-missing", is_flag=True, help="Do nothing if there is one that can be used.")
@with_data
@with_json
@noting_status
def gazetteer(full: bool, if_missing: bool, data: Path, as_json: bool) -> int:
    """Build the gazetteer, from which places are found without asking anybody."""
    from .gazetteer import gazetteer_built, is_usable

    path = data / "gazetteer.db"
    if if_missing and is_usable(gazetteer_for(data)):
        path, built = gazetteer_for(data), {"built": False}
    else:
        built = gazetteer_built(path, full=full)
    click.echo(json.dumps({"path": str(path), **built}) if as_json else gazetteer_line(path, built))
    return ALL_GOOD


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option("--allow-sql", is_flag=True, help="Let visitors run any SQL. Not for a public site.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--url",
    envvar="LDN_URL",
    default="",
    metavar="URL",
    help="The public address, such as https://directory.example.",
    callback=lambda _context, _option, url: _checked_url(url),
)
@click.option(
    "--rate",
    envvar="LDN_RATE",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    help="Answers a second for one client, with bursts; 0 for no limit.",
)
@with_data
def serve(host: str, port: int, allow_sql: bool, workers: int, url: str, rate: float, data: Path) -> int:
    """Serve the directory."""
    from ldn_directory.site.server.serve import serve as serve_directory

    serve_directory(
        data / "ldn.db",
        host=host,
        port=port,
        allow_sql=allow_sql,
        workers=workers,
        url=url,
        rate=rate,
        ready=_tell_address,
    )
    return ALL_GOOD


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    more = parts.path.rstrip("/") or parts.query or parts.fragment
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or more):
        raise click.BadParameter(
            "it must be http or https and a host, without a path, such as https://directory.example."
        )
    return url.rstrip("/")


@main.command()
@with_data
@with_json
def status(data: Path, as_json: bool) -> int:
    """One line a source: last good harvest, age, counts, what is wrong and what to do."""
    from ldn_directory.ledger import LedgerError

    from .source_status import held_standing, standings

    try:
        rows = standings(data)
    except LedgerError as error:
        raise NothingDone(str(error)) from None
    rows += [*registers_standing(data), *held_standing(data)]
    click.echo(json.dumps(rows, indent=2) if as_json else "\n".join(row["line"] for row in rows))
    if not as_json and (doubts := doubts_line(data)):
        click.echo(doubts)
    return ALL_GOOD if all(row["ok"] for row in rows) else WITH_LOSSES


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--run", "run_id", help="Which run [default: each source's latest].")
@click.option(
    "--afresh", is_flag=True, help="Extract again even what this version has extracted from the same bytes before."
)
@with_data
@with_json
def replay(sources: tuple[str, ...], run_id: str | None, afresh: bool, data: Path, as_json: bool) -> int:
    """Read archived pages again, without the network, and compare with what they yielded then.

    Exit codes: 0 all is there again; 1 listings are missing, or a page could not be read; 2 there is nothing to read.
    """
    from ldn_directory.crawl.replay import NoArchive
    from ldn_directory.crawl.replay import replay as replay_source
    from ldn_directory.privacy.redaction import Unreadable

    results = []
    for spider in _named(sources):
        try:
            results.append(replay_source(data, spider, run_id, afresh=afresh))
        except NoArchive as error:
            if sources:
                raise NothingDone(str(error)) from None
        except Unreadable as error:
            raise NothingDone(str(error)) from None
    if not results:
        raise NothingDone("no run with archived pages: crawl first")
    click.echo(json.dumps(results) if as_json else "\n".join(line for row in results for line in replayed_lines(row)))
    return WITH_LOSSES if any(row["missing"] or row["errors"] for row in results) else ALL_GOOD


@main.command()
@click.argument("run_id", metavar="RUN")
@click.argument("source")
@click.option("--yes", is_flag=True, help="Accept without asking.")
@with_data
@with_json
@noting_status
def accept(run_id: str, source: str, yes: bool, data: Path, as_json: bool) -> int:
    """Let a held harvest in, after a look at a sample beside the source's terms."""
    from ldn_directory.archive.harvests import NoHarvest, held_harvest, mark_accepted
    from ldn_directory.crawl.harvest_extension import accept as accept_harvest
    from ldn_directory.ledger import LedgerError
    from ldn_directory.privacy.redaction import Unreadable

    (spider,) = _named((source,))
    try:
        harvest, report = held_harvest(data, run_id, source, spider.source)
    except NoHarvest as error:
        raise NothingDone(str(error)) from None
    if not as_json:
        click.echo(sample_text(report))
    if not yes and not as_json:
        click.confirm(f"Let these {report['listings']} listings into the directory?", abort=True)
    try:
        changes = accept_harvest(data, harvest)
    except (LedgerError, Unreadable) as error:
        raise NothingDone(f"nothing was accepted: {error}") from None
    mark_accepted(data, report, changes)
    click.echo(json.dumps(changes) if as_json else f"Accepted: {changes_line(changes)}. Now run: ldn build")
    return ALL_GOOD


@main.command()
@click.argument("where", metavar="URL|FILE")
@with_contact
@click.option("--save", is_flag=True, help="Write the spider file, and a fictional page for its test.")
@with_json
def probe(where: str, contact: str, save: bool, as_json: bool) -> int:
    """Say which family a page is, what listings it holds, and what spider would read it.

    Exit codes: 0 listings were found; 1 none were; 2 the page could not be read.
    """
    from ldn_directory.cli.probe_report import told
    from ldn_directory.probe import CannotFetch, probe_target

    try:
        look = probe_target(where, contact)
    except CannotFetch as error:
        raise NothingDone(str(error)) from None
    width = shutil.get_terminal_size((100, 24)).columns
    click.echo(json.dumps(look.as_json(), ensure_ascii=False) if as_json else told(look, width))
    if save:
        _save(look)
    return ALL_GOOD if look.found.listings else WITH_LOSSES


def _save(look: Any) -> None:
    from ldn_directory.probe import CannotSave, save_spider

    try:
        kept = save_spider(look)
    except CannotSave as error:
        raise NothingDone(f"nothing was saved: {error}") from None
    for path in kept.written:
        click.echo(f"Written: {path}", err=True)
    for what in kept.to_check:
        click.echo(f"Check {what}", err=True)


@main.command()
@click.option("--size", default=300, show_default=True, help="How many invented practitioners.")
@click.option("--seed", default=1, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option("--no-serve", is_flag=True, help="Crawl and build only.")
@click.option("--data", type=HERE, default=DATA / "demo", help="Folder of the demo's files [default: data/demo].")
def demo(size: int, seed: int, port: int, no_serve: bool, data: Path) -> int:
    """Serve the invented example lists, crawl them, build, and serve the directory."""
    from ldn_directory.example import ExampleSite

    from .demo import example_spiders

    with ExampleSite(seed=seed, size=size) as site:
        click.echo(f"The example lists are at {site.url}/")
        from ldn_directory.crawl.runner import crawl as crawl_sources

        reports = crawl_sources(data, example_spiders(site.url), contact="demo@example.org")
        _tell(reports)
        click.echo(built_line(_build(data, allow_shrink=True)))
        click.echo(packaged_line(packaged(data)))
        note_status(data, example_spiders(site.url))
    if not no_serve:
        from ldn_directory.site.server.serve import serve as serve_directory

        serve_directory(data / "ldn.db", port=port, ready=_tell_address)
    return _outcome(reports, published=True)


for command in (forget, history, package, registers, review):
    main.add_command(command)


def _tell(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        for line in report_lines(report):
            click.echo(line)


def _tell_address(address: str) -> None:
    click.echo(f"The directory is at {address} (stop with Ctrl+C)")


def _named(sources: tuple[str, ...]) -> list[Any]:
    from ldn_directory.crawl.runner import spiders

    known = spiders()
    if unknown := [name for name in sources if name not in known]:
        raise click.UsageError(f"no source is called {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in sources or known]


def _crawl(data: Path, sources: tuple[str, ...], contact: str, recheck: bool = False) -> list[dict[str, Any]]:
    from ldn_directory.crawl.runner import Recheck
    from ldn_directory.crawl.runner import crawl as crawl_sources

    data.mkdir(parents=True, exist_ok=True)
    os.environ["LDN_DATA"] = str(data)
    looks = Recheck(sources=_rechecked(sources)) if recheck else None
    return crawl_sources(data, _named(sources), contact=contact, recheck=looks)


def _rechecked(sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(spider.name for spider in _named(sources) if spider.source.rechecked)


def _build(data: Path, allow_shrink: bool) -> dict[str, Any]:
    from ldn_directory.errors import BuildError
    from ldn_directory.ledger import LedgerError
    from ldn_directory.publish.build import build as build_directory

    try:
        built = build_directory(
            data / "ledger.db",
            data / "ldn.db",
            suppressions=written_by_people(data, "suppressions.jsonl"),
            gazetteer=gazetteer_for(data),
            matches=written_by_people(data, "matches.jsonl"),
            register_decisions=written_by_people(data, "registers.jsonl"),
            allow_shrink=allow_shrink,
        )
    except (BuildError, LedgerError) as error:
        raise NothingDone(f"nothing was published: {error}") from None
    return {"providers": built.providers, "listings": built.listings, "path": str(built.path), "held": built.held}


def _outcome(reports: list[dict[str, Any]], published: bool = False) -> int:
    good = [report for report in reports if report["outcome"] == "passed"]
    if len(good) == len(reports):
        return ALL_GOOD
    return WITH_LOSSES if good or published else NOTHING_DONE
