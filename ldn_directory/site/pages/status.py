"""`/status` and `/status.json`: the state of the directory, for its maintainer and for monitors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import database_of, state_of
from ldn_directory.site.i18n.lazy_text import Phrase, phrase, phrases
from ldn_directory.site.queries.provider import fetch_rows
from ldn_directory.storage import format_time

from .health import GOOD, LastRun, SourceRecord, State, StatusFile, UnreadableStatus, read_status_file
from .render import Routes, query_directory, render_page

NONE_YET = phrase("There is no status file yet. Commands write it beside the published file.")
UNREADABLE = phrase("The status file cannot be read: it is damaged, or from another version.")
NOT_PUBLISHED = phrase("No directory has been published yet.")
_NO_STORE = {"Cache-Control": "no-store"}
_UNKNOWN = {
    "ledger": phrase("The ledger cannot be read."),
    "doubts": phrase("The unclear matches cannot be read."),
    "registers": phrase("The loaded registers cannot be read."),
    "waiting": phrase("It is not known if an entry waits for a decision."),
    "gazetteer": phrase("The gazetteer cannot be read."),
}
_STATES = {
    State.FRESH: phrase("It was read on time."),
    State.BLOCKED: phrase("Its website refuses our program."),
    State.UNREACHABLE: phrase("Its website did not answer."),
    State.UNACCEPTED: phrase("A person took back its last harvest."),
    State.FAILED: phrase("Its last run failed."),
    State.LOST: phrase("The ledger does not have what was read."),
    State.NEVER: phrase("It has never been read."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """The state of a source in sentences."""

    record: SourceRecord
    state: State
    says: Phrase
    why: tuple[Phrase, ...]
    """What holds its last harvest."""
    do: Phrase | None
    command: str | None

    @property
    def good(self) -> bool:
        """Whether nothing needs to be done."""
        return self.state in GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that the maintainer should look at."""

    says: Phrase
    command: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of the directory at a moment."""

    file: StatusFile | None
    sources: tuple[SourceStatus, ...]
    problems: tuple[Problem, ...]
    last_read: str | None
    """When the newest list in the published directory was read."""

    @property
    def ok(self) -> bool:
        """Whether nothing needs to be done."""
        return not self.problems


async def status(datasette: Any, request: Any) -> Response:
    """`/status`: for people."""
    return render_page(request, "status.html", headers=_NO_STORE, health=await _health(datasette))


async def status_json(datasette: Any, request: Any) -> Response:
    """`/status.json`: for monitors, in English. Always 200: `ok` says whether all is well."""
    return Response.json(_health_as_json(await _health(datasette)), headers=_NO_STORE)


async def _health(datasette: Any) -> Health:
    now = datetime.now(UTC)
    is_published = database_of(datasette) is not None
    last_read = None
    if is_published:
        last_read = await query_directory(datasette, _last_read)
    file, missing = None, NONE_YET
    try:
        file = read_status_file(state_of(datasette).path)
    except UnreadableStatus:
        missing = UNREADABLE
    sources = tuple(source_status(record, now) for record in file.sources) if file else ()
    problems = [] if is_published else [Problem(says=NOT_PUBLISHED, command="ldn build")]
    problems += _problems(file, sources, now) if file else [Problem(says=missing, command="ldn build")]
    return Health(file=file, sources=sources, problems=tuple(problems), last_read=last_read)


def _last_read(db: sqlite3.Connection) -> str | None:
    """When the newest list was read, other than those that are kept here."""
    rows = fetch_rows(db, "SELECT * FROM sources")
    return max((row["last_read"] for row in rows if row["last_read"] and not row.get("kept_here")), default=None)


def _problems(file: StatusFile, sources: tuple[SourceStatus, ...], now: datetime) -> Iterator[Problem]:
    """What needs attention. Doubtful matches may wait, so they are none."""
    if file.is_old(now):
        says = phrases(
            "No command has run for %(num)s day.", "No command has run for %(num)s days.", (now - file.written).days
        )
        yield Problem(says=says, command="ldn update")
    for part in sorted(file.unknown):
        yield Problem(says=_UNKNOWN.get(part, UNREADABLE), command="ldn status")
    for one in sources:
        if not one.good:
            yield Problem(says=one.says, command=one.command, source=one.record.title)
    if file.waiting:
        yield Problem(
            says=phrase("An entry is held back until a person decides. These commands say which, and why."),
            command="ldn forget --held; ldn registers report",
        )
    if file.gazetteer is None and "gazetteer" not in file.unknown:
        yield Problem(says=phrase("There is no gazetteer, so no place names are known."), command="ldn gazetteer")


def source_status(record: SourceRecord, now: datetime) -> SourceStatus:
    """The state of a source at a moment, in sentences."""
    state, run = record.state(now), record.run
    do, command = _next_step(record, state)
    why = tuple(filter(None, (_gate(name, run, record) for name in run.gates))) if run and state == State.HELD else ()
    return SourceStatus(record=record, state=state, says=_describe(record, state, now), why=why, do=do, command=command)


def _describe(record: SourceRecord, state: State, now: datetime) -> Phrase:
    days = record.overdue_days(now)
    match state:
        case State.FRESH if record.kept_here:
            return phrase("Its file was loaded on time. That does not check the pages of its entries.")
        case State.DUE if not days:
            return phrase("It is due today.")
        case State.DUE:
            return phrases(
                "It has been due for %(num)s day.",
                "It has been due for %(num)s days.",
                days,
            )
        case State.LATE:
            return phrases("It is late: overdue by %(num)s day.", "It is late: overdue by %(num)s days.", days)
        case State.HELD:
            return phrases(
                "Its last harvest, of %(num)s entry, is held.",
                "Its last harvest, of %(num)s entries, is held.",
                record.run.listings if record.run else 0,
            )
    return _STATES[state]


def _next_step(record: SourceRecord, state: State) -> tuple[Phrase | None, str | None]:
    """What the maintainer should do, and the command for it."""
    crawl = f"ldn crawl {record.source}"
    match state:
        case State.FRESH | State.DUE:
            return None, None
        case State.HELD if record.run and record.run.acceptable:
            return phrase("Look at a sample. If it is right, accept it:"), f"ldn accept {record.source}"
        case State.HELD:
            return phrase("Find out why, then read it again:"), crawl
        case State.UNACCEPTED:
            return phrase("Fix its spider, then read the list again:"), crawl
        case State.BLOCKED:
            return phrase("Ask the publisher for permission or a file."), None
        case State.LATE:
            return phrase("Check that the schedule runs, or read it now:"), crawl
        case State.LOST:
            return phrase("Restore the ledger from a backup, or read it again:"), crawl
    return phrase("Read it:"), crawl


def _gate(name: str, run: LastRun, record: SourceRecord) -> Phrase | None:
    """Why a gate holds a run; None for a gate of another version."""
    match name:
        case "unread pages":
            unread = max(1, run.unread_pages)
            return phrases("%(num)s page could not be read.", "%(num)s pages could not be read.", unread)
        case "cut off" if run.stated:
            return phrase(
                "The server may have cut off the list: we found %(found)s entries, and it says there are %(stated)s.",
                found=run.listings,
                stated=run.stated,
            )
        case "cut off":
            return phrase("The server may have cut off the list after %(found)s entries.", found=run.listings)
        case "too few":
            return phrase(
                "Too few entries: %(found)s now, %(before)s last time.",
                found=run.listings,
                before=record.listings,
            )
        case "too many":
            return phrase(
                "Too many entries: %(found)s now, %(before)s last time.",
                found=run.listings,
                before=record.listings,
            )
        case "repeating":
            return phrases("%(num)s entry repeats another.", "%(num)s entries repeat others.", run.repeated)
    return _GATES.get(name)


_GATES = {
    "unfinished": phrase("The crawl did not finish."),
    "broken page": phrase("A page seems to be cut off."),
    "emptier": phrase("Many more or fewer entries than before have a name, a contact or a region."),
    "less than in the last year": phrase("It has become much smaller or emptier within a year."),
    "doubled": phrase("Many entries are on it twice."),
    "implausible places": phrase("Many entries have towns, streets or countries that cannot be right."),
    "addresses of others": phrase("E-mail addresses are beside the names of other people."),
    "many gone": phrase("Many entries that were on it are missing."),
    "many new": phrase("Many of its entries are new."),
    "many gone in a year": phrase("Most entries that were on it within the last year are missing."),
    "many changed": phrase("Many of its entries have new contact details."),
    "values of others": phrase("Contact details have moved to other people."),
    "off topic": phrase("Neither the list nor the pages around it speak of low-dose naltrexone."),
    "new reading": phrase("Its layout is new. A person must compare what was read with the list."),
    "doubtful reading": phrase("Its layout was guessed. A person must compare what was read with the list."),
    "taken back": phrase("A person took back an earlier harvest. A person must look at this one first."),
    "first": phrase("It is the first harvest of this list. A person must look at it first."),
}
"""Gates about which there is nothing to count in public."""


def _health_as_json(health: Health) -> dict[str, Any]:
    file = health.file
    return {
        "ok": health.ok,
        "as_of": _text(file.written if file else None),
        "last_read": health.last_read,
        "problems": [{"says": str(one.says), "source": one.source, "do": one.command} for one in health.problems],
        "sources": [_source_as_json(one) for one in health.sources],
        "waiting": file and file.waiting,
        "doubtful_matches": file and file.doubts,
        "registers": file and list(file.registers or ()),
        "gazetteer_built": file and file.gazetteer,
    }


def _source_as_json(one: SourceStatus) -> dict[str, Any]:
    record, run = one.record, one.record.run
    return {
        "source": record.source,
        "title": record.title,
        "state": str(one.state),
        "ok": one.good,
        "says": str(one.says),
        "why": [str(reason) for reason in one.why],
        "do": one.command,
        "listings": record.listings,
        "last_good": _text(record.last_good),
        "due": _text(record.due),
        "every_days": record.every_days,
        "last_run": run and run.at,
        "last_outcome": run and run.outcome,
        "looks": dict(record.looks),
    }


def _text(when: datetime | None) -> str | None:
    return format_time(when) if when else None


ROUTES: Routes = ((r"/status", status), (r"/status\.json", status_json))
