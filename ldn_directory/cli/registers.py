"""`ldn registers`: loads official registers, asks those that can be asked, and says what they say."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from ldn_directory.registers.decisions import DECISIONS, REGISTERS
from ldn_directory.storage import written_by_people

from .common import ALL_GOOD, WITH_LOSSES, NothingDone, noting_status, with_contact, with_data, with_json


@click.group()
def registers() -> None:
    """Load official registers, ask them, and see what they say. They verify entries; they never add any."""


@registers.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--as-of",
    "dated",
    metavar="YYYY-MM-DD",
    help="Day of a file that does not say it, as the LEIE's [default: of its last change].",
)
@click.option("--allow-shrink", is_flag=True, help="Load even if many entries are missing.")
@with_data
@with_json
@noting_status
def load(files: tuple[Path, ...], dated: str | None, allow_shrink: bool, data: Path, as_json: bool) -> int:
    """Load files of registers, in the order given: NPPES of a month or week (the zip as it is), its report of deactivated NPIs, the LEIE.

    Exit codes: 0 all are loaded; 1 one was refused, those before it are loaded; 2 none was.
    """
    from ldn_directory.registers.errors import RegisterError
    from ldn_directory.registers.loading import load as load_file

    day = _day(dated)
    done: list[dict[str, Any]] = []
    for path in files:
        try:
            loaded = load_file(path, data, dated=day, allow_shrink=allow_shrink)
        except RegisterError as error:
            if not done:
                raise NothingDone(str(error)) from None
            click.echo(json.dumps(done) if as_json else "")
            click.echo(f"Error: {error}", err=True)
            return WITH_LOSSES
        done.append(asdict(loaded) | {"as_of": f"{loaded.as_of}"})
        if not as_json:
            click.echo(loaded.says)
            click.echo("".join(f"  left out: {problem}\n" for problem in loaded.problems), nl=False)
    click.echo(json.dumps(done) if as_json else "Now run: ldn build")
    return ALL_GOOD


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day (YYYY-MM-DD)", param_hint="--as-of") from None


@registers.command()
@click.option(
    "--most", type=click.IntRange(1, 5_000), default=200, show_default=True, help="Look up at most so many providers."
)
@click.option(
    "--days", type=click.IntRange(0, 3_650), default=30, show_default=True, help="Ask again after so many days."
)
@with_contact
@with_data
@with_json
@noting_status
def fetch(most: int, days: int, contact: str, data: Path, as_json: bool) -> int:
    """Ask NPPES and the NHS about the published providers that are due, politely. What is loaded in bulk is not asked."""
    from ldn_directory.crawl.register_lookups import ask
    from ldn_directory.registers.errors import RegisterError

    if not contact:
        raise NothingDone(
            "no contact address is set, so no register is asked: set LDN_CONTACT to where its owner reaches you"
        )
    try:
        asked = ask(data, contact=contact, most=most, days=days)
    except RegisterError as error:
        raise NothingDone(str(error)) from None
    click.echo(json.dumps(asked) if as_json else "\n".join(_asked_lines(asked)))
    return WITH_LOSSES if asked["problems"] else ALL_GOOD


def _asked_lines(asked: dict[str, Any]) -> list[str]:
    lines = [f"{asked['answered']} of {asked['due']} questions answered; {asked['waiting']} more are due."]
    lines += [f"  {problem}" for problem in asked["problems"]]
    return [*lines, *(["Now run: ldn build"] if asked["answered"] else []), *asked["notes"]]


@registers.command()
@with_data
@with_json
def report(data: Path, as_json: bool) -> int:
    """Say what is loaded, and which providers a person has to look at. Not for the public."""
    from ldn_directory.registers.errors import RegisterError
    from ldn_directory.registers.report import last_report
    from ldn_directory.registers.store import loaded_registers

    try:
        found = last_report(data)
        loaded = [
            asdict(standing) | {"as_of": f"{standing.as_of}", "since": standing.since and f"{standing.since}"}
            for standing in loaded_registers(data).values()
        ]
    except RegisterError as error:
        raise NothingDone(str(error)) from None
    click.echo(json.dumps(found | {"loaded": loaded}, indent=1) if as_json else "\n".join(_report_lines(found, loaded)))
    return ALL_GOOD


def _report_lines(found: dict[str, Any], loaded: list[dict[str, Any]]) -> list[str]:
    lines = [f"{row['register']}: {row['entries']:,} entries as of {row['as_of']} ({row['file']})" for row in loaded]
    lines = lines or ["No register is loaded: ldn registers load FILE"]
    if not found:
        return [*lines, "Nothing has been checked yet: ldn build"] if loaded else lines
    lines += [f"{state}: {count:,}" for state, count in sorted(found["states"].items())]
    lines += [
        f"Ended: {_whose(row)}: {row['register']} {row['number']}, since {row['since']} ({'; '.join(row['evidence'][1:])})."
        f" Not among the usual results. {_to_decide(row, row['register'], row['number'])}"
        for row in found["inactive"]
    ]
    lines += [f"Withheld: {_whose(row)}: {_entry_told(row)}" for row in found["withheld"]]
    lines += [f"Perhaps (not withheld): {_whose(row)}: {_entry_told(row)}" for row in found["weak"]]
    lines += [
        f"Number: {_whose(row)}: a list states {row['number']}, which {row['why']}" for row in found["disagreeing"]
    ]
    return lines


def _whose(row: dict[str, Any]) -> str:
    return f"provider {row['provider']}, {row['name']}"


def _to_decide(row: dict[str, Any], register: str, entry: str) -> str:
    """What to run about an entry that may be the provider's, or what has been decided."""
    run = f"ldn registers decide {register} {entry}"
    if row.get("decision") == "same":
        return f"Decided: the same. To take that back: {run} different {row['listings'][0]}"
    return f"Decide: {run} same|different {row['listings'][0]}"


def _entry_told(row: dict[str, Any]) -> str:
    there = row["listed_there"]
    name = " ".join(part for part in (there["given"], there["middle"], there["surname"], there["organisation"]) if part)
    where = ", ".join(part for part in (there["street"], there["city"], there["region"], there["postcode"]) if part)
    return (
        f"LEIE entry {row['entry']}: {name}, {where}, {there['specialty'] or there['general']}, {there['kind']} since {there['since']}"
        f" ({'; '.join(row['evidence'])}). {_to_decide(row, 'leie', row['entry'])}"
    )


@registers.command()
@click.argument("register", type=click.Choice(REGISTERS))
@click.argument("entry")
@click.argument("decision", type=click.Choice(DECISIONS))
@click.argument("listing")
@click.option("--note", help="Why, for whoever reviews the file.")
@with_data
@noting_status
def decide(register: str, entry: str, decision: str, listing: str, note: str | None, data: Path) -> int:
    """Keep a person's decision whether an ENTRY of a register is the provider with a LISTING (an id of sixteen hex digits).

    It is kept in registers.jsonl, with all listings of that provider, for review.
    """
    from ldn_directory.registers.decisions import DECISIONS_FILE, Decision, Decisions, append
    from ldn_directory.registers.errors import RegisterError

    path = written_by_people(data, DECISIONS_FILE)
    path = path if path.exists() else data / DECISIONS_FILE
    try:
        decided = Decision(
            register=register,
            entry=entry,
            decision=decision,
            listings=_reported_with(data, register, entry, listing),
            decided=datetime.now(UTC).date().isoformat(),
            note=note,
        )
        Decisions.read(path)
        append(path, decided)
    except RegisterError as error:
        raise NothingDone(str(error)) from None
    click.echo(f"Kept in {path}. Now run: ldn build")
    return ALL_GOOD


def _reported_with(data: Path, register: str, entry: str, listing: str) -> tuple[str, ...]:
    """All listings of the provider of which the last build reported that entry."""
    from ldn_directory.registers.report import last_report

    found = last_report(data)
    rows = [row | {"register": "leie"} for part in ("withheld", "weak") for row in found.get(part, ())] + found.get(
        "inactive", []
    )
    for row in rows:
        if row["register"] == register and listing in row["listings"] and entry == row.get("entry", row.get("number")):
            return tuple(row["listings"])
    raise NothingDone(
        f"the last build reported no entry {entry} of {register} for a provider with listing {listing}: look at ldn registers report"
    )


def registers_standing(data: Path) -> list[dict[str, Any]]:
    """A row for `ldn status`, in the form of a source's; none if no register is in use."""
    from ldn_directory.registers.errors import RegisterError
    from ldn_directory.registers.report import last_report

    try:
        found = last_report(data)
    except RegisterError as error:
        return [
            {
                "source": "registers",
                "inactive": 0,
                "withheld": 0,
                "wrong": f"{error}",
                "ok": False,
                "do": "ldn registers report",
                "line": f"registers: {error}",
            }
        ]
    if not found:
        return []
    undecided = sum(not row["decision"] for row in found["withheld"])
    wrong = f"{undecided} withheld and undecided" if undecided else None
    line = f"registers: {len(found['inactive'])} ended, {undecided} withheld and undecided"
    line += " | ldn registers report" if undecided or found["inactive"] else ""
    return [
        {
            "source": "registers",
            "inactive": len(found["inactive"]),
            "withheld": undecided,
            "wrong": wrong,
            "ok": wrong is None,
            "do": "ldn registers report" if wrong else None,
            "line": line,
        }
    ]
