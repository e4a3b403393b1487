"""`ldn`: the directory from the command line.

Exit codes: 0 all good; 1 done, but something needs a person, such as a source that failed or was held; 2 nothing was
done or published; 64 wrong usage; 70 the program has a fault.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import click

from ldn_directory import __version__
from ldn_directory.storage import DATA, DIRECTORY_FILE, gazetteer_for

from .accept import accept
from .add import add
from .build import build, build_directory, make_downloads, package
from .common import (
    ALL_GOOD,
    HERE,
    WITH_LOSSES,
    Directory,
    save_status,
    with_data,
    with_json,
    with_status,
)
from .crawl import crawl, exit_code, print_reports, recheck, replay, update
from .curated import check_curated
from .forget import forget
from .history import history
from .import_file import import_file
from .probe import probe
from .registers import registers
from .reports import build_line, downloads_line, gazetteer_line
from .review import review
from .show import show
from .undo import drop, retire, unaccept


@click.group(cls=Directory, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ldn")
def main() -> None:
    """A directory of public listings of low-dose naltrexone prescribers and pharmacies, dated and sourced."""


@main.command()
@click.option("--full", is_flag=True, help="Keep every postal code, town and name; needs requirements-tools.txt.")
@click.option("--if-missing", is_flag=True, help="Do nothing if there is a usable one.")
@with_status
@with_json
def gazetteer(full: bool, if_missing: bool, data: Path, as_json: bool) -> int:
    """Unpack the gazetteer, with which places are found offline."""
    from .gazetteer import build_gazetteer, is_usable

    path = data / "gazetteer.db"
    if if_missing and is_usable(gazetteer_for(data)):
        path, built = gazetteer_for(data), {"built": False}
    else:
        built = build_gazetteer(path, full=full)
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
    callback=lambda _context, _option, url: _check_url(url),
)
@click.option(
    "--rate",
    envvar="LDN_RATE",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    help="Responses per second for each client, after a burst; 0 for no limit.",
)
@click.option(
    "--map-link",
    envvar="LDN_MAP_LINK",
    default="",
    metavar="URL",
    help="A map for directions, such as https://map.example/?at={lat},{lon} or {address}; none if not stated.",
    callback=lambda _context, _option, link: _check_map_link(link),
)
@with_data
def serve(host: str, port: int, allow_sql: bool, workers: int, url: str, rate: float, map_link: str, data: Path) -> int:
    """Serve the directory."""
    from ldn_directory.site.server.serve import serve as serve_directory

    _warn_without_contact()
    serve_directory(
        data / DIRECTORY_FILE,
        host=host,
        port=port,
        allow_sql=allow_sql,
        workers=workers,
        url=url,
        rate=rate,
        map_link=map_link,
        ready=_print_address,
    )
    return ALL_GOOD


def _check_url(url: str) -> str:
    parts = urlsplit(url)
    more = parts.path.rstrip("/") or parts.query or parts.fragment
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or more):
        raise click.BadParameter(
            "it must be http or https and a host, without a path, such as https://directory.example."
        )
    return url.rstrip("/")


def _check_map_link(link: str) -> str:
    marks = set(re.findall(r"\{[^{}]*\}", link))
    if link and (
        urlsplit(link).scheme not in ("http", "https")
        or not urlsplit(link).hostname
        or marks not in ({"{lat}", "{lon}"}, {"{address}"}, {"{lat}", "{lon}", "{address}"})
    ):
        raise click.BadParameter("it must be http or https, and contain {lat} and {lon}, or {address}.")
    return link


def _warn_without_contact() -> None:
    """Says on stderr that nobody can report a mistake or ask for removal."""
    from ldn_directory.publish.data_package import stated_metadata

    if not (os.environ.get("LDN_CONTACT", "").strip() or stated_metadata().get("contact")):
        click.secho(
            "WARNING: no contact is set, so visitors cannot report a mistake and nobody can ask to be removed.\n"
            "Set LDN_CONTACT to an e-mail or web address, or `contact` in metadata.yml, and start again.",
            err=True,
            bold=True,
        )


@main.command()
@with_data
@with_json
def status(data: Path, as_json: bool) -> int:
    """Print a line per source: last good harvest, age, counts, what is wrong and what to do."""
    from .health import doubts_line, status_rows

    rows = status_rows(data)
    click.echo(json.dumps(rows, indent=2) if as_json else "\n".join(row["line"] for row in rows))
    if not as_json and (doubts := doubts_line(data)):
        click.echo(doubts)
    return ALL_GOOD if all(row["ok"] for row in rows) else WITH_LOSSES


@main.command()
@click.option("--size", default=300, show_default=True, help="Number of invented practitioners.")
@click.option("--seed", default=1, show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option("--no-serve", is_flag=True, help="Crawl and build only.")
@click.option("--data", type=HERE, default=DATA / "demo", help="Folder of the demo's files [default: data/demo].")
def demo(size: int, seed: int, port: int, no_serve: bool, data: Path) -> int:
    """Crawl invented lists from this machine, build, and serve the directory."""
    from ldn_directory.crawl.runner import crawl as run_crawl
    from ldn_directory.example import ExampleSite

    from .demo import example_spiders

    with ExampleSite(seed=seed, size=size) as site:
        click.echo(f"The example lists are at {site.url}/")
        reports = run_crawl(data, example_spiders(site.url), contact="demo@example.org")
        print_reports(reports)
        names = [spider.name for spider in example_spiders(site.url)]
        click.echo(build_line(build_directory(data, allow_shrink=True, sources=names)))
        click.echo(downloads_line(make_downloads(data)))
        save_status(data, example_spiders(site.url))
    if not no_serve:
        from ldn_directory.site.server.serve import serve as serve_directory

        serve_directory(data / DIRECTORY_FILE, port=port, ready=_print_address)
    return exit_code(reports, published=True)


for command in (
    add,
    crawl,
    check_curated,
    build,
    update,
    recheck,
    replay,
    accept,
    show,
    unaccept,
    drop,
    retire,
    package,
):
    main.add_command(command)
for command in (forget, history, import_file, probe, registers, review):
    main.add_command(command)
# `withdraw` was announced for a version that was never released; who has it in a script gets what it did.
main.add_command(click.Command("withdraw", params=retire.params, callback=retire.callback, hidden=True))


def _print_address(address: str) -> None:
    click.echo(f"The directory is at {address} (stop with Ctrl+C)")
