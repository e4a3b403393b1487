"""`ldn package`: what is offered for download, made of what is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ldn_directory.storage import written_by_people

from .common import ALL_GOOD, NothingDone, with_data, with_json


@click.command()
@with_data
@with_json
def package(data: Path, as_json: bool) -> int:
    """Make the downloads of what is published; every command that publishes does so by itself.

    Exit codes: 0 they are there; 2 they could not be made.
    """
    downloads = packaged(data)
    if "error" in downloads:
        raise NothingDone(downloads["error"])
    click.echo(json.dumps(downloads) if as_json else packaged_line(downloads))
    return ALL_GOOD


def packaged(data: Path) -> dict[str, Any]:
    """Makes the downloads, and gives what they are as JSON values; `error` says why there are none. What is published stays in any case."""
    from ldn_directory.publish.packages import PackagingError
    from ldn_directory.publish.packages import package as make

    try:
        manifest = make(data / "ldn.db", suppressions=written_by_people(data, "suppressions.jsonl"))
    except PackagingError as error:
        return {"error": str(error)}
    files = [{"name": one.name, "bytes": one.bytes, "sha256": one.sha256} for one in manifest.files]
    return {"read": manifest.read, "files": files}


def packaged_line(downloads: dict[str, Any]) -> str:
    """What can be downloaded now, or why not."""
    if "error" in downloads:
        return f"The directory is published, but {downloads['error']}"
    return "Downloads: " + ", ".join(f"{one['name']} ({one['bytes'] / 1e6:.1f} MB)" for one in downloads["files"])
