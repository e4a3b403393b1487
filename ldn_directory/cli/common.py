"""What all commands of `ldn` share: exit codes, errors, options."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ldn_directory.errors import LdnError, error_text
from ldn_directory.storage import DATA

ALL_GOOD, WITH_LOSSES, NOTHING_DONE, WRONG_USAGE, CRASHED = 0, 1, 2, 64, os.EX_SOFTWARE
HERE = click.Path(file_okay=False, path_type=Path)


class NothingDone(click.ClickException):
    """The command did nothing; the message says why."""

    exit_code = NOTHING_DONE


class Directory(click.Group):
    """Exits with 64 for wrong usage and 70 for a fault of the program, as `sysexits.h` has it, and with 2 and one
    sentence for what cannot be done.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        with exit_if_crashed():
            self._run(*args, **kwargs)

    def _run(self, *args: Any, **kwargs: Any) -> None:
        try:
            with explain_errors():
                code = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except click.Abort:
            click.echo("Stopped.", err=True)
            code = NOTHING_DONE
        except click.ClickException as error:
            error.show()
            code = WRONG_USAGE if isinstance(error, click.UsageError) else error.exit_code
        code = code if isinstance(code, int) else ALL_GOOD
        sys.exit(max(code, report_broken_spiders()))


def require_yes(question: str, otherwise: str) -> None:
    """Asks on standard error until a person answers yes. Raises NothingDone for no, or if nobody can be asked.

    `otherwise` says in words what has not happened then.
    """
    while (answer := ask(f"{question} [y/N]: ", otherwise).strip().lower()) not in ("", "y", "yes", "n", "no"):
        click.echo(f"Please answer y or n, not {answer!r}.", err=True)
    if answer not in ("y", "yes"):
        raise NothingDone(otherwise)


def ask(question: str, otherwise: str) -> str:
    """The answer of a person. Raises NothingDone if nobody can be asked."""
    click.echo(question, nl=False, err=True)
    answer = sys.stdin.readline() if sys.stdin else ""
    if not answer:
        click.echo(err=True)
        raise NothingDone(f"nobody could be asked, so {otherwise}: run it in a terminal, or decide with --yes")
    return answer.rstrip("\n")


@contextmanager
def exit_if_crashed() -> Iterator[None]:
    """Exits with 70 for an exception that nobody expected: never with 1, which Python would give it."""
    try:
        yield
    except Exception:
        traceback.print_exc()
        click.echo("This is a fault in the program. Please report the lines above.", err=True)
        sys.exit(CRASHED)


def report_broken_spiders() -> int:
    """Prints which spiders could not be used. Returns the exit code for that: 0 if there are none."""
    if (loader := sys.modules.get("ldn_directory.crawl.spider_loader")) is None:
        return ALL_GOOD
    for broken in loader.broken_spiders.values():
        click.echo(f"Broken spider: {broken}", err=True)
    return WITH_LOSSES if loader.broken_spiders else ALL_GOOD


@contextmanager
def explain_errors(prefix: str = "") -> Iterator[None]:
    """Raises NothingDone with one sentence for an error of the project or the disk in the block."""
    try:
        yield
    except LdnError as error:
        raise NothingDone(f"{prefix}{error}") from None
    except OSError as error:
        raise NothingDone(error_text(error)) from None


def with_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--data`."""
    return click.option(
        "--data",
        type=HERE,
        envvar="LDN_DATA",
        default=DATA,
        show_envvar=True,
        help="Folder of the generated files [default: the project's data/, or data/ here if installed].",
    )(command)


def with_status(command: Callable[..., Any]) -> Callable[..., Any]:
    """Writes `status.json`, which the site shows to maintainers, when the command ends, however it does."""

    @wraps(command)
    def wrapper(*args: Any, data: Path, **kwargs: Any) -> Any:
        try:
            return command(*args, data=data, **kwargs)
        finally:
            save_status(data)

    return with_data(wrapper)


def save_status(data: Path, sources: Iterable[Any] | None = None) -> None:
    """Writes `status.json` for the given sources or all of the project's. Failing to write it is only a warning."""
    from .health import write_status

    if not data.is_dir():
        return
    try:
        write_status(data, sources)
    except (OSError, ValueError, KeyError, TypeError) as error:
        click.echo(f"The status page stays as it was: {error_text(error)}", err=True)


with_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def _contact(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """A contact that somebody can be reached by: no placeholder, no typing error."""
    from ldn_directory.crawl.addresses import is_contact

    if value.strip() and not is_contact(value):
        raise click.BadParameter(f"{value!r} is neither an e-mail address nor an http(s) address")
    return value.strip()


with_contact = click.option(
    "--contact",
    envvar="LDN_CONTACT",
    default="",
    callback=_contact,
    show_envvar=True,
    help="How a site's owner reaches you: an e-mail or web address.",
)


def require_contact(contact: str, effect: str) -> None:
    """Raises NothingDone without a contact; `effect` says what is therefore left undone."""
    if not contact:
        raise NothingDone(
            f"no contact address is set, so {effect}:"
            " set LDN_CONTACT to an e-mail or web address where you can be reached"
        )
