"""What all commands of `ldn` share: exit codes, errors, options."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ldn_directory.storage import DATA

ALL_GOOD, WITH_LOSSES, NOTHING_DONE, WRONG_USAGE = 0, 1, 2, 64
HERE = click.Path(file_okay=False, path_type=Path)


class Directory(click.Group):
    """Ends with 64 for wrong usage, as `sysexits.h` has it, and with 2 and one sentence for what cannot be done."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            code = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except click.UsageError as error:
            error.show()
            sys.exit(WRONG_USAGE)
        except click.Abort:
            click.echo("Stopped.", err=True)
            sys.exit(NOTHING_DONE)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except OSError as error:
            click.echo(f"Error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
            sys.exit(NOTHING_DONE)
        sys.exit(code if isinstance(code, int) else ALL_GOOD)


class NothingDone(click.ClickException):
    """The command could do nothing; the message says why."""

    exit_code = NOTHING_DONE


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


def noting_status(command: Callable[..., Any]) -> Callable[..., Any]:
    """Has `status.json` written, which the site shows to maintainers, when the command has ended, however it did; below `with_data`."""

    @wraps(command)
    def noted(*args: Any, data: Path, **kwargs: Any) -> Any:
        try:
            return command(*args, data=data, **kwargs)
        finally:
            note_status(data)

    return noted


def note_status(data: Path, sources: Iterable[Any] | None = None) -> None:
    """Writes `status.json`, of the project's sources or of those given. What was done counts, whether or not this can be written."""
    from .health import write_status

    if not data.is_dir():
        return
    try:
        write_status(data, sources)
    except (OSError, ValueError, KeyError, TypeError) as error:
        click.echo(f"The status page stays as it was: {error}", err=True)


with_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def _contact(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Neither a placeholder nor a slip may stand for somebody who can be reached."""
    from ldn_directory.crawl.politeness import is_contact

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
