"""`ldn build` and `ldn package`: from the ledger to the published directory and its downloads."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ldn_directory.storage import DIRECTORY_FILE, LEDGER_FILE, editable_file

from .common import ALL_GOOD, WITH_LOSSES, NothingDone, explain_errors, with_data, with_json, with_status
from .reports import build_line, downloads_line


@click.command()
@click.option("--allow-shrink", is_flag=True, help="Publish even if many providers are missing.")
@with_status
@with_json
def build(data: Path, as_json: bool, allow_shrink: bool) -> int:
    """Build the directory from the ledger and publish it.

    Exit codes: 0 it is published; 1 it is, but a source has no spider, listings are held back, or the downloads could
    not be made; 2 nothing was published.
    """
    built = build_directory(data, allow_shrink=allow_shrink)
    if not as_json:
        click.echo(build_line(built))
    downloads = make_downloads(data)
    click.echo(json.dumps(built | {"downloads": downloads}) if as_json else downloads_line(downloads))
    return published_code(built, downloads)


def published_code(built: dict[str, Any], downloads: dict[str, Any]) -> int:
    """1 if what was published needs a person, as `ldn status` would say too, or cannot be downloaded; else 0."""
    return WITH_LOSSES if built["orphans"] or built["held"] or "error" in downloads else ALL_GOOD


@click.command()
@with_data
@with_json
def package(data: Path, as_json: bool) -> int:
    """Make the downloads of the published directory. Commands that publish do so too.

    Exit codes: 0 they are made; 2 they could not be made.
    """
    from ldn_directory.forgetting import is_forgetting_finished

    with explain_errors("nothing was packaged: "):
        if (data / LEDGER_FILE).exists() and not is_forgetting_finished(data):
            build_directory(data)
    downloads = make_downloads(data)
    if "error" in downloads:
        raise NothingDone(downloads["error"])
    click.echo(json.dumps(downloads) if as_json else downloads_line(downloads))
    return ALL_GOOD


def build_directory(
    data: Path, *, allow_shrink: bool = False, sources: Collection[str] | None = None
) -> dict[str, Any]:
    """Publishes what is in the ledger; gives what was built as JSON values.

    Of listings whose source is not among `sources` (by default those with a spider), `orphans` says when they leave.
    """
    from ldn_directory.crawl.runner import spiders
    from ldn_directory.crawl.undo import check_orphans
    from ldn_directory.forgetting import publish

    from .special_rows import orphan_row

    with explain_errors("nothing was published: "):
        orphans = check_orphans(data, spiders(data) if sources is None else sources, datetime.now(UTC))
        built = publish(data, allow_shrink=allow_shrink).as_json()
    return built | {"orphans": [dict(zip(("source", "wrong", "do"), orphan_row(one), strict=True)) for one in orphans]}


def make_downloads(data: Path) -> dict[str, Any]:
    """Makes the downloads; gives them as JSON values, or `error` if that failed. What is published stays either way."""
    from ldn_directory.publish.packages import PackagingError
    from ldn_directory.publish.packages import package as make

    try:
        manifest = make(data / DIRECTORY_FILE, suppressions=editable_file(data, "suppressions.jsonl"))
    except PackagingError as error:
        return {"error": str(error)}
    files = [{"name": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in manifest.files]
    return {"read": manifest.read, "files": files}
