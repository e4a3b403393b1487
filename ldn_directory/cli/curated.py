"""`ldn check-curated`: what is wrong with the list of organisations that is kept in the project, row by row."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from ldn_directory.errors import count_of
from ldn_directory.storage import editable_file

from .common import ALL_GOOD, WITH_LOSSES, NothingDone, with_data, with_json


@click.command("check-curated")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@with_data
@with_json
def check_curated(file: Path | None, data: Path, as_json: bool) -> int:
    """Check each row of the curated list [default: data/curated.csv] before it is committed.

    Exit codes: 0 every row is good; 1 rows would be left out; 2 the file cannot be read.
    """
    from ldn_directory.extract.sheets import curated

    path = file or editable_file(data, curated.FILE)
    try:
        rows, faults = curated.read_rows(path.read_bytes(), datetime.now(UTC).date())
    except curated.UnreadableFile as error:
        raise NothingDone(f"{path}: {error}") from None
    if as_json:
        found = [{name: value for name, value in asdict(fault).items() if name != "text"} for fault in faults]
        click.echo(json.dumps({"file": str(path), "good": len(rows), "left_out": found}, ensure_ascii=False))
    else:
        click.echo("".join(f"{fault}\n" for fault in faults), nl=False)
        left_out = f"; {count_of(len(faults), 'row')} would be left out: mend them, then check again" if faults else ""
        click.echo(f"{path}: {count_of(len(rows), 'good row')}{left_out}.")
    return WITH_LOSSES if faults else ALL_GOOD
