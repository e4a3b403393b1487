"""`ldn history`: what has happened to a provider."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from ldn_directory.storage import DIRECTORY_FILE, open_read_only

from .common import ALL_GOOD, NothingDone, with_data, with_json
from .terminal import replace_controls


@click.command()
@click.argument("provider", type=click.IntRange(min=1, max=10**18 - 1))
@with_data
@with_json
def history(provider: int, data: Path, as_json: bool) -> int:
    """Print the changes of a provider, oldest first. PROVIDER is the number in the address of its page.

    A number that was merged into another leads to that one. Exit codes: 0 it is in the directory; 2 it is not: it has
    gone, was removed on request, or there never was one.
    """
    found = _read_history(data / DIRECTORY_FILE, provider)
    if found["state"] != "shown":
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        raise NothingDone(_why_not(found))
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(_lines(found)))
    return ALL_GOOD


def _read_history(path: Path, number: int) -> dict[str, Any]:
    if not path.exists():
        raise NothingDone(f"there is no directory at {path}: build it first (ldn build)")
    try:
        with closing(open_read_only(path)) as db:
            return _history(db, number)
    except sqlite3.Error as error:
        raise NothingDone(f"{path} cannot be read ({error}): build it again (ldn build)") from None


def _history(db: sqlite3.Connection, number: int) -> dict[str, Any]:
    from ldn_directory.site.queries.provider import fetch_rows

    lead = fetch_rows(db, "SELECT provider, reason, since FROM redirects WHERE old_id = ?", number)
    provider = (lead[0]["provider"] if lead else None) or number
    shown = fetch_rows(db, "SELECT id, name, kind, status, last_confirmed FROM providers WHERE id = ?", provider)
    changes = fetch_rows(
        db,
        "SELECT c.*, s.title FROM changes AS c LEFT JOIN sources AS s ON s.id = c.source"
        " WHERE c.provider = ? ORDER BY c.id",
        provider,
    )
    forgotten = any(change["what"] == "forgotten" for change in changes)
    reason = "forgotten" if forgotten else lead[0]["reason"] if lead else "gone" if changes else "unknown"
    return {
        "asked": number,
        "state": "shown" if shown else reason,
        "since": None if shown or not lead else lead[0]["since"],
        "provider": shown[0] if shown else None,
        "timeline": changes,
    }


def _why_not(found: dict[str, Any]) -> str:
    number, timeline = found["asked"], found["timeline"]
    if found["state"] == "unknown":
        return f"there is no provider {number}, and never was one"
    if found["state"] == "forgotten":
        when = next((change["at"] for change in reversed(timeline) if change["what"] == "forgotten"), found["since"])
        return f"provider {number} was removed on request on {when[:10]}; nothing else is kept"
    when = next((change["at"] for change in reversed(timeline) if change["what"] == "gone"), found["since"])
    return f"provider {number} is no longer in the directory" + (f" since {when[:10]}" if when else "")


def _lines(found: dict[str, Any]) -> list[str]:
    from ldn_directory.site.i18n.labels import change_in_words

    provider = found["provider"]
    merged = f" (entry {found['asked']} is part of it)" if found["asked"] != provider["id"] else ""
    confirmed = provider["last_confirmed"]
    status = f"{provider['status']}, " + (f"last confirmed {confirmed[:10]}" if confirmed else "not confirmed yet")
    lines = [f"{change['at'][:10]}  {change_in_words(change, change['title'])}" for change in found["timeline"]]
    head = f"{provider['id']}  {provider['name']}{merged}: {status}"
    return [replace_controls(" ".join(text.splitlines())) for text in (head, *lines)]
