"""`ldn registers`: loads official registers, looks providers up in them, and reports what they say."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from ldn_directory.registers.decisions import DECISIONS, REGISTERS
from ldn_directory.storage import editable_file, utc_now

from .common import ALL_GOOD, WITH_LOSSES, NothingDone, require_contact, with_contact, with_data, with_json, with_status


@click.group()
def registers() -> None:
    """Load or query official registers, and see the results. They verify entries; they never add any."""


@registers.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--as-of",
    "dated",
    metavar="YYYY-MM-DD",
    help="Date of a file that does not state one, such as the LEIE [default: its last change].",
)
@click.option("--allow-shrink", is_flag=True, help="Load even if many entries are missing.")
@with_status
@with_json
def load(files: tuple[Path, ...], dated: str | None, allow_shrink: bool, data: Path, as_json: bool) -> int:
    """Load files of registers, in the order given.

    NPPES files of a month or week (as zip), its report of deactivated NPIs, the LEIE.

    Exit codes: 0 all are loaded; 1 one was refused, those before it are loaded; 2 none is loaded.
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
    "--most", type=click.IntRange(1, 5_000), default=200, show_default=True, help="The most providers to look up."
)
@click.option(
    "--days", type=click.IntRange(0, 3_650), default=30, show_default=True, help="Days after which to ask again."
)
@with_contact
@with_status
@with_json
def fetch(most: int, days: int, contact: str, data: Path, as_json: bool) -> int:
    """Ask NPPES and the NHS about published providers that are due. Registers loaded in bulk are not asked."""
    from ldn_directory.crawl.register_lookups import look_up

    require_contact(contact, "no register is asked")
    found = look_up(data, contact=contact, most=most, days=days)
    click.echo(json.dumps(found) if as_json else "\n".join(_lookup_lines(found)))
    return WITH_LOSSES if found["problems"] else ALL_GOOD


def _lookup_lines(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['answered']} of {found['due']} questions answered; {found['waiting']} more are due."]
    lines += [f"  {problem}" for problem in found["problems"]]
    return [*lines, *(["Now run: ldn build"] if found["answered"] else []), *found["notes"]]


@registers.command()
@with_data
@with_json
def report(data: Path, as_json: bool) -> int:
    """Show what is loaded, and which providers need a decision. Not for the public."""
    from ldn_directory.registers.report import last_report
    from ldn_directory.registers.store import loaded_registers

    found = last_report(data)
    loaded = [
        asdict(one) | {"as_of": f"{one.as_of}", "since": one.since and f"{one.since}"}
        for one in loaded_registers(data).values()
    ]
    click.echo(json.dumps(found | {"loaded": loaded}, indent=1) if as_json else "\n".join(_report_lines(found, loaded)))
    return ALL_GOOD


def _report_lines(found: dict[str, Any], loaded: list[dict[str, Any]]) -> list[str]:
    lines = [f"{row['register']}: {row['entries']:,} entries as of {row['as_of']} ({row['file']})" for row in loaded]
    lines = lines or ["No register is loaded: ldn registers load FILE"]
    if not found:
        return [*lines, "Nothing has been checked yet: ldn build"] if loaded else lines
    lines += [f"{state}: {count:,}" for state, count in sorted(found["states"].items())]
    lines += [
        f"Ended: {_provider(row)}: {row['register']} {row['number']}, since {row['since']}"
        f" ({'; '.join(row['evidence'][1:])})."
        f" Not among the usual results. {_how_to_decide(row, row['register'], row['number'])}"
        for row in found["inactive"]
    ]
    lines += [f"Withheld: {_provider(row)}: {_leie_entry(row)}" for row in found["withheld"]]
    lines += [f"Perhaps (not withheld): {_provider(row)}: {_leie_entry(row)}" for row in found["weak"]]
    lines += [
        f"Number: {_provider(row)}: a list states {row['number']}, which {row['why']}" for row in found["disagreeing"]
    ]
    return lines


def _provider(row: dict[str, Any]) -> str:
    return f"provider {row['provider']}, {row['name']}"


def _how_to_decide(row: dict[str, Any], register: str, entry: str) -> str:
    """The command that decides whether an entry is the provider's, or what was decided."""
    run = f"ldn registers decide {register} {entry}"
    if row.get("decision") == "same":
        return f"Decided: the same. To take that back: {run} different {row['listings'][0]}"
    return f"Decide: {run} same|different {row['listings'][0]}"


def _leie_entry(row: dict[str, Any]) -> str:
    there = row["listed_there"]
    name = " ".join(part for part in (there["given"], there["middle"], there["surname"], there["organisation"]) if part)
    where = ", ".join(part for part in (there["street"], there["city"], there["region"], there["postcode"]) if part)
    return (
        f"LEIE entry {row['entry']}: {name}, {where}, {there['specialty'] or there['general']},"
        f" {there['kind']} since {there['since']}"
        f" ({'; '.join(row['evidence'])}). {_how_to_decide(row, 'leie', row['entry'])}"
    )


@registers.command()
@click.argument("register", type=click.Choice(REGISTERS))
@click.argument("entry")
@click.argument("decision", type=click.Choice(DECISIONS))
@click.argument("listing")
@click.option("--note", help="The reason, for people who review the file.")
@with_status
def decide(register: str, entry: str, decision: str, listing: str, note: str | None, data: Path) -> int:
    """Save your decision whether an ENTRY of a register is the provider with a LISTING.

    LISTING is an id of sixteen hex digits. The decision and all listings of that provider are saved in registers.jsonl.
    """
    from ldn_directory.registers.decisions import DECISIONS_FILE, Decision, Decisions, append

    path = editable_file(data, DECISIONS_FILE)
    path = path if path.exists() else data / DECISIONS_FILE
    decided = Decision(
        register=register,
        entry=entry,
        decision=decision,
        listings=_reported_listings(data, register, entry, listing),
        decided=utc_now()[:10],
        note=note,
    )
    Decisions.read(path)
    append(path, decided)
    click.echo(f"Kept in {path}. Now run: ldn build")
    return ALL_GOOD


def _reported_listings(data: Path, register: str, entry: str, listing: str) -> tuple[str, ...]:
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
        f"the last build reported no entry {entry} of {register} for a provider with listing {listing}:"
        " look at ldn registers report"
    )
