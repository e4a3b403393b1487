"""`/status` and `/status.json`: how things stand, for whoever keeps the directory, and for monitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import database_of, state_of
from ldn_directory.site.i18n.lazy_text import Phrase, phrase, phrases

from .health import GOOD, Kept, LastRun, State, Unreadable, Upkeep, upkeep_beside
from .render import Routes, ask, rendered

NONE_YET = phrase("No command has left its status beside the published file yet.")
UNREADABLE = phrase(
    "The status that commands leave beside the published file cannot be read: it is damaged, or of another version."
)
NOT_PUBLISHED = phrase("No directory has been published yet.")
_KEEPING = {"Cache-Control": "no-store"}
_CANNOT = {
    "ledger": phrase("The ledger cannot be read."),
    "doubts": phrase("The doubtful matches cannot be read."),
    "registers": phrase("The registers that are loaded cannot be read."),
    "waiting": phrase("Whether anybody is kept out until a person decides cannot be told."),
    "gazetteer": phrase("The gazetteer cannot be read."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A source in sentences."""

    kept: Kept
    state: State
    says: Phrase
    why: tuple[Phrase, ...]
    """What holds its last harvest."""
    do: Phrase | None
    command: str | None

    @property
    def good(self) -> bool:
        """Whether nothing need be done."""
        return self.state in GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that a maintainer should look at."""

    says: Phrase
    command: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How everything stands at a moment."""

    upkeep: Upkeep | None
    sources: tuple[Told, ...]
    problems: tuple[Problem, ...]
    last_read: str | None
    """When the newest list in the published directory was read."""

    @property
    def ok(self) -> bool:
        """Whether nothing need be done."""
        return not self.problems


async def status(datasette: Any, request: Any) -> Response:
    """`/status`: for people."""
    return rendered(request, "status.html", headers=_KEEPING, health=await _health(datasette))


async def status_json(datasette: Any, request: Any) -> Response:
    """`/status.json`: for monitors; always 200, `ok` says whether all is well. Sentences are English."""
    health = await _health(datasette)
    return Response.json(_as_json(health), headers=_KEEPING)


async def _health(datasette: Any) -> Health:
    now = datetime.now(UTC)
    last_read = None
    if database_of(datasette) is not None:
        last_read = await ask(datasette, lambda db: db.execute("SELECT max(last_read) FROM sources").fetchone()[0])
    upkeep, unread = None, NONE_YET
    try:
        upkeep = upkeep_beside(state_of(datasette).path)
    except Unreadable:
        unread = UNREADABLE
    told = tuple(told_of(kept, now) for kept in upkeep.sources) if upkeep else ()
    problems = [] if database_of(datasette) is not None else [Problem(says=NOT_PUBLISHED, command="ldn build")]
    problems += _problems(upkeep, told, now) if upkeep else [Problem(says=unread, command="ldn build")]
    return Health(upkeep=upkeep, sources=told, problems=tuple(problems), last_read=last_read)


def _problems(upkeep: Upkeep, told: tuple[Told, ...], now: datetime) -> Iterator[Problem]:
    if upkeep.is_old(now):
        says = phrases(
            "No command has run for %(num)s day.", "No command has run for %(num)s days.", (now - upkeep.written).days
        )
        yield Problem(says=says, command="ldn update")
    for part in sorted(upkeep.unknown):
        yield Problem(says=_CANNOT.get(part, UNREADABLE), command="ldn status")
    for one in told:
        if not one.good:
            yield Problem(says=one.says, command=one.command, source=one.kept.title)
    yield from _waiting(upkeep)


def _waiting(upkeep: Upkeep) -> Iterator[Problem]:
    """What waits for a person; doubtful matches may wait, so that they alone are no problem."""
    if upkeep.waiting:
        yield Problem(
            says=phrase("Somebody is kept out until a person decides; these commands say who, and why."),
            command="ldn forget --held; ldn registers report",
        )
    if upkeep.gazetteer is None and "gazetteer" not in upkeep.unknown:
        yield Problem(
            says=phrase("There is no gazetteer, so that no place is known by its name."), command="ldn gazetteer"
        )


def told_of(kept: Kept, now: datetime) -> Told:
    """A source as it stands at a moment, in sentences."""
    state, run = kept.state(now), kept.run
    do, command = _next(kept, state)
    why = tuple(_GATES[gate](run, kept) for gate in run.gates if gate in _GATES) if run and state == State.HELD else ()
    return Told(kept=kept, state=state, says=_says(kept, state, now), why=why, do=do, command=command)


def _says(kept: Kept, state: State, now: datetime) -> Phrase:
    days = kept.overdue_days(now)
    match state:
        case State.FRESH:
            return phrase("It has been read in time.")
        case State.DUE if not days:
            return phrase("Its next reading is due today.")
        case State.DUE:
            return phrases(
                "Its next reading has been due for %(num)s day.",
                "Its next reading has been due for %(num)s days.",
                days,
            )
        case State.LATE:
            return phrases("It is late: overdue by %(num)s day.", "It is late: overdue by %(num)s days.", days)
        case State.HELD:
            return phrases(
                "Its last harvest, of %(num)s entry, is held.",
                "Its last harvest, of %(num)s entries, is held.",
                kept.run.listings if kept.run else 0,
            )
        case State.BLOCKED:
            return phrase("Its website refuses to be read.")
        case State.UNREACHABLE:
            return phrase("Its website did not answer.")
        case State.LOST:
            return phrase("What was read of it is not in the ledger.")
        case State.NEVER:
            return phrase("It has never been read.")
    return phrase("Its last reading failed.")


def _next(kept: Kept, state: State) -> tuple[Phrase | None, str | None]:
    match state:
        case State.FRESH | State.DUE:
            return None, None
        case State.HELD if kept.run and kept.run.acceptable:
            return phrase(
                "Look at a sample of it, and if it is right let it in:"
            ), f"ldn accept {kept.run.run} {kept.source}"
        case State.HELD:
            return phrase("Look into the reason, then read it again:"), f"ldn crawl {kept.source}"
        case State.BLOCKED:
            return phrase("Ask the publisher for permission or a file."), None
        case State.LATE:
            return phrase("See whether the schedule runs, or read it now:"), f"ldn crawl {kept.source}"
        case State.LOST:
            return phrase("Restore the ledger from a backup, or read it again:"), f"ldn crawl {kept.source}"
    return phrase("Read it:"), f"ldn crawl {kept.source}"


Sentence = Callable[[LastRun, Kept], Phrase]
_GATES: Mapping[str, Sentence] = {
    "unfinished": lambda run, kept: phrase("The crawl did not come to its end."),
    "unread pages": lambda run, kept: phrases(
        "%(num)s page could not be read.", "%(num)s pages could not be read.", max(1, run.unread_pages)
    ),
    "cut off": lambda run, kept: (
        phrase(
            "The server may have cut the list off: %(found)s entries were found, and it says that there are %(stated)s.",
            found=run.listings,
            stated=run.stated,
        )
        if run.stated
        else phrase("The server may have cut the list off after %(found)s entries.", found=run.listings)
    ),
    "too few": lambda run, kept: phrase(
        "There are too few entries: %(found)s, and %(before)s at the last good reading.",
        found=run.listings,
        before=kept.listings,
    ),
    "too many": lambda run, kept: phrase(
        "There are too many entries: %(found)s, and %(before)s at the last good reading.",
        found=run.listings,
        before=kept.listings,
    ),
    "emptier": lambda run, kept: phrase(
        "Far more or far fewer of its entries have a name, a telephone number or a region than before."
    ),
    "repeating": lambda run, kept: phrases(
        "%(num)s entry repeats another.", "%(num)s entries repeat others.", run.repeated
    ),
    "first": lambda run, kept: phrase(
        "It is the first harvest of this list: a person looks at it before it is published."
    ),
}


def _as_json(health: Health) -> dict[str, Any]:
    upkeep = health.upkeep
    return {
        "ok": health.ok,
        "as_of": _moment(upkeep.written) if upkeep else None,
        "last_read": health.last_read,
        "problems": [{"says": str(one.says), "source": one.source, "do": one.command} for one in health.problems],
        "sources": [_source_json(one) for one in health.sources],
        "waiting": upkeep.waiting if upkeep else None,
        "doubtful_matches": upkeep.doubts if upkeep else None,
        "registers": [
            {"register": one.register, "as_of": one.as_of, "entries": one.entries} for one in upkeep.registers or ()
        ]
        if upkeep
        else None,
        "gazetteer_built": upkeep.gazetteer if upkeep else None,
    }


def _source_json(one: Told) -> dict[str, Any]:
    kept = one.kept
    return {
        "source": kept.source,
        "title": kept.title,
        "state": str(one.state),
        "ok": one.good,
        "says": str(one.says),
        "why": [str(said) for said in one.why],
        "do": one.command,
        "listings": kept.listings,
        "last_good": _moment(kept.last_good),
        "due": _moment(kept.due),
        "every_days": kept.every_days,
        "last_run": kept.run and kept.run.at,
        "last_outcome": kept.run and kept.run.outcome,
        "looks": dict(kept.looks),
    }


def _moment(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


ROUTES: Routes = ((r"/status", status), (r"/status\.json", status_json))
