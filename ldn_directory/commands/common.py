"""What all commands of `ldn` share: exit codes, errors, options."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ldn_directory.wayfinding import DATA

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
