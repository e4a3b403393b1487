"""`ldn import`: a spreadsheet that somebody mailed in becomes a source of its own, with its permission noted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ldn_directory.errors import count_of
from ldn_directory.storage import LEDGER_FILE, utc_now, write_atomically

from .common import ALL_GOOD, NothingDone, ask, explain_errors, require_yes, with_json, with_status
from .crawl import exit_code, print_reports
from .probe import field_places
from .reports import changes_line, listing_line

if TYPE_CHECKING:
    from ldn_directory.probe.spreadsheet import Understood
    from ldn_directory.spiders.imported import Declaration

NOT_TAKEN = "nothing was taken in"
NOT_REMOVED = "nothing was removed"
SHOWN, MOST_PROBLEMS = 3, 10
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".ods")


@click.command("import")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--source", "name", metavar="NAME", help="The source's name: small letters, digits and _.")
@click.option(
    "--permission", help="Who allowed it, when and how: “mail of 3 Nov 2026 by the society's office”. Public."
)
@click.option("--title", help="The list's name, as visitors see it.")
@click.option("--publisher", help="Whose list it is.")
@click.option("--homepage", metavar="URL", help="Where visitors find the publisher.")
@click.option("--country", metavar="CODE", help="ISO code of the country of entries that name none.")
@click.option("--kind", type=click.Choice(["prescriber", "clinic", "pharmacy", "telehealth"]), help="What an entry is.")
@click.option("--received", metavar="YYYY-MM-DD", help="The day on which the file came [default: today].")
@click.option("--sheet", help="The one sheet of a workbook that is the list.")
@click.option(
    "--field", "fields", multiple=True, metavar="FIELD=COLUMN", help="What a column is: phone='Tel.'. May be repeated."
)
@click.option("--why", help="The publisher's words that make it a list for LDN, if the file does not say so. Public.")
@click.option("--dry-run", is_flag=True, help="Show how the file is understood; take nothing in.")
@click.option("--remove", metavar="NAME", help="Take an imported list out again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_status
@with_json
def import_file(
    file: Path | None,
    name: str | None,
    fields: tuple[str, ...],
    why: str | None,
    dry_run: bool,
    remove: str | None,
    yes: bool,
    data: Path,
    as_json: bool,
    **stated: Any,
) -> int:
    """Take in a spreadsheet (CSV, TSV, XLSX or ODS) that somebody mailed in, as a source of its own.

    Shows which column was understood as which field, and the first entries, then asks. The file is kept in the data
    folder. The same name again is a newer file of the same list: the gates compare it with the one before. Nothing is
    fetched. Exit codes: 0 taken in; 1 it is kept, but its harvest is held; 2 nothing was taken in.
    """
    if remove:
        if file or name:
            raise click.UsageError("--remove stands alone: ldn import --remove NAME")
        return _remove(data, remove, yes)
    if file is None or not name:
        raise click.UsageError("name a file and its source: ldn import FILE --source NAME --permission '...'")
    with explain_errors(f"{NOT_TAKEN}: "):
        declared, path = _declaration(data, name, file, stated)
        understood = _understand(data, file, path, declared, field_places(fields))
    if dry_run or not as_json:
        click.echo(json.dumps(_as_json(understood)) if as_json else "\n".join(_lines(understood)))
    if dry_run:
        click.echo("Nothing was taken in (--dry-run).", err=True)
        return ALL_GOOD
    if not yes:
        require_yes(f"Take {_entries(understood)} in as the source {name}?", NOT_TAKEN)
    return _take(data, path, file, understood, why, yes=yes, as_json=as_json)


def _declaration(data: Path, name: str, file: Path, stated: Mapping[str, Any]) -> tuple[Declaration, Path]:
    """(what is stated about the list, where that is kept). Raises UsageError, NothingDone, LdnError."""
    from ldn_directory.spiders.imported import DECLARATION, NAME, Declaration, folder_of

    if not NAME.fullmatch(name):
        raise click.BadParameter(f"{name!r} is no name of a source, such as harbour_list", param_hint="--source")
    path = folder_of(data, name) / DECLARATION
    _require_free(data, name, is_known=path.exists())
    given = {key: value.strip() for key, value in stated.items() if value and key != "received"}
    given |= _checked(given)
    received = _received(stated["received"])
    kept = f"{name}{file.suffix.lower()}"
    if file.suffix.lower() not in SUFFIXES:
        raise NothingDone(f"{file.name} is none of {', '.join(SUFFIXES)}: save the list as one of these")
    if path.exists():
        before = Declaration.read(path)
        return replace(before, **given, received_on=received, imported=utc_now(), file=kept), path
    if "permission" not in given:
        raise click.UsageError("by whose permission is it published? --permission 'mail of 3 Nov 2026 by ...'")
    title = given.pop("title", name.replace("_", " ").capitalize())
    return Declaration(title=title, received_on=received, imported=utc_now(), file=kept, **given), path


def _require_free(data: Path, name: str, *, is_known: bool) -> None:
    """Raises NothingDone if the name is another source's, or a list's that was removed."""
    from ldn_directory.crawl.recheck import NAME as RECHECK
    from ldn_directory.crawl.runner import spiders
    from ldn_directory.ledger import ask_ledger, retirements

    if not is_known and name in {*spiders(data), RECHECK, "fetch"}:
        raise NothingDone(f"{name} is a source of the project already: choose another name")
    retired: Mapping[str, Any] = ask_ledger(data, retirements, {}) if (data / LEDGER_FILE).exists() else {}
    if name in retired:
        raise NothingDone(f"{name} is retired: bring it back first (ldn retire --undo {name}), or choose another name")


def _checked(given: Mapping[str, str]) -> dict[str, Any]:
    """The values that have a form, in it. Raises BadParameter."""
    from ldn_directory.model import Kind
    from ldn_directory.normalize.regions import country
    from ldn_directory.normalize.web import is_safe_url

    found: dict[str, Any] = {}
    if "country" in given:
        land = country(given["country"])
        if land is None:
            raise click.BadParameter(f"{given['country']!r} is no country's ISO code", param_hint="--country")
        found["country"] = land.code
    if "homepage" in given and not is_safe_url(given["homepage"]):
        raise click.BadParameter(f"{given['homepage']!r} is no http(s) address", param_hint="--homepage")
    if "kind" in given:
        found["kind"] = Kind(given["kind"])
    return found


def _received(text: str | None) -> str:
    """The day on which the file came. Raises BadParameter."""
    today = datetime.now(UTC).date()
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day such as 2026-11-03", param_hint="--received") from None
    if day > today:
        raise click.BadParameter(f"{text} is in the future", param_hint="--received")
    return day.isoformat()


def _understand(data: Path, file: Path, path: Path, declared: Declaration, chosen: Mapping[str, Any]) -> Understood:
    from ldn_directory.privacy.redaction import load_suppressions
    from ldn_directory.probe.spreadsheet import understand
    from ldn_directory.probe.targets import read_file

    return understand(read_file(file), path, declared, chosen, load_suppressions(data))


def _entries(understood: Understood) -> str:
    return count_of(len(understood.rows), "entry", "entries")


def _lines(understood: Understood) -> Iterator[str]:
    """How the file is understood, for people."""
    from .terminal import fit, replace_controls

    declared = understood.declared
    yield f"{declared.title}: {_entries(understood)}. {declared.licence}"
    yield ""
    width = min(32, max((len(one.label or "(no header)") for one in understood.columns), default=0))
    for one in understood.columns:
        meaning = f"{one.field.replace('_', ' '):<16} {one.why}" if one.field else "a remark         (not understood)"
        yield f"  {fit(one.label or '(no header)', width)}  →  {meaning}".rstrip()
    yield ""
    for number, row in enumerate(understood.rows[:SHOWN], 1):
        yield f"  {number}. {replace_controls(listing_line(row))}"
        yield f"     “{replace_controls(' / '.join((row.get('text') or '').splitlines()))[:300]}”"
    if len(understood.rows) > SHOWN:
        yield f"  … and {len(understood.rows) - SHOWN} more"
    if understood.forgotten:
        yield f"Left out: {understood.forgotten} of people who asked to be forgotten."
    yield from (f"! {replace_controls(problem)}" for problem in understood.problems[:MOST_PROBLEMS])
    yield "Is a column wrong? Say what it is: --field phone='Tel.'"


def _as_json(understood: Understood) -> dict[str, Any]:
    return {
        "title": understood.declared.title,
        "entries": len(understood.rows),
        "columns": [{"label": one.label, "field": one.field, "why": one.why} for one in understood.columns],
        "sample": list(understood.rows[:SHOWN]),
        "forgotten": understood.forgotten,
        "problems": list(understood.problems),
    }


def _take(
    data: Path, path: Path, file: Path, understood: Understood, why: str | None, *, yes: bool, as_json: bool
) -> int:
    """Keeps the file with its declaration, and reads it as any source."""
    from ldn_directory.crawl.runner import crawl
    from ldn_directory.spiders.imported import spider_of

    declared = understood.declared
    write_atomically(path.with_name(declared.file), file.read_bytes(), mode=0o600)
    declared.write(path)
    for old in path.parent.iterdir():
        if old.name not in (path.name, declared.file):
            old.unlink()
    spider = spider_of(path, declared)
    with explain_errors("the file is kept, but was not read: "):
        reports = crawl(data, [spider], LDN_READ_AGAIN=True)
    if understood.forgotten:
        # Who asked to be forgotten stands in no file here; the archive keeps the list without them.
        path.with_name(declared.file).unlink()
    if set(reports[0].get("gates", ())) and set(reports[0]["gates"]) <= {"first", "off topic"}:
        reports = [_accept_first(data, spider, reports[0], why, declared.permission, may_ask=not yes)]
    if as_json:
        click.echo(json.dumps({"sources": reports} | _as_json(understood)))
    else:
        print_reports(reports)
    code = exit_code(reports, published=True)
    if code == ALL_GOOD and not as_json:
        click.echo("Now run: ldn build")
    return code


def _accept_first(
    data: Path, spider: Any, report: dict[str, Any], why: str | None, permission: str, *, may_ask: bool
) -> dict[str, Any]:
    """Accepts the first harvest, whose sample a person has just seen; gives the report as it is then.

    It stays held if the file does not speak of LDN and nobody gives the publisher's words.
    """
    from ldn_directory.archive.harvests import held_harvest, mark_accepted, run_reports
    from ldn_directory.crawl.harvest_extension import accept
    from ldn_directory.extract.evidence import mentions_ldn

    from .accept import MAX_WHY, NOT_ACCEPTED, WHY_ASKED
    from .acceptance import acceptance_of

    # Who allows a list to be published often says in the same words what it is.
    why = why or next(filter(mentions_ldn, [permission]), None)
    with explain_errors(f"{NOT_ACCEPTED}: "):
        harvest, report = held_harvest(data, report["run"], spider.name, spider.source)
        if acceptance_of(data, harvest, report).needs_words and not why:
            if not may_ask:
                return report
            click.echo(WHY_ASKED)
            why = ask("Words: ", NOT_ACCEPTED)
            if not why.strip():
                return report
        changes = accept(data, harvest, " ".join((why or "").split())[:MAX_WHY] or None)
    mark_accepted(data, report, changes)
    click.echo(f"Accepted: {changes_line(changes)}", err=True)
    return run_reports(data, report["run"], spider.name)[0]


def _remove(data: Path, name: str, yes: bool) -> int:
    """Takes an imported list out: its listings leave with the next build, and its file is deleted."""
    from ldn_directory.crawl.undo import count_leaving, retire
    from ldn_directory.ledger import ask_ledger
    from ldn_directory.spiders.imported import NAME, folder_of

    folder = folder_of(data, name)
    if not NAME.fullmatch(name) or not folder.is_dir():
        known = ", ".join(sorted(path.parent.name for path in data.glob("imported/*/source.json"))) or "none"
        raise NothingDone(f"no list was imported as {name!r}; there are: {known}")
    query = "SELECT count(*) FROM sources WHERE id = ?"
    is_in_ledger = (data / LEDGER_FILE).exists() and ask_ledger(
        data, lambda db: bool(db.execute(query, (name,)).fetchone()[0]), True
    )
    with explain_errors(f"{NOT_REMOVED}: "):
        leaving = count_leaving(data, name) if is_in_ledger else 0
        if not yes:
            require_yes(f"Take {name} ({count_of(leaving, 'listing')}) out, and delete its file?", NOT_REMOVED)
        if is_in_ledger:
            retire(data, name, "", datetime.now(UTC))
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    after = f": {count_of(leaving, 'listing')} will leave the directory. Now run: ldn build" if leaving else "."
    click.echo(f"{name} is removed{after}")
    return ALL_GOOD
