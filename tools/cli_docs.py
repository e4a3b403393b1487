"""Writes docs/cli.md from the help of the commands: `python -m tools.cli_docs`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from ldn_directory.cli.app import main
from ldn_directory.storage import DATA, PROJECT

PAGE = PROJECT / "docs" / "cli.md"
HEAD = """# Commands

`ldn COMMAND --help` prints the same. Exit codes, unless a command says otherwise: 0 all good; 1 done, but something
needs a person, such as a source that failed or was held; 2 nothing was done or published; 64 wrong usage; 70 a fault in
the program.

This page is generated from the commands: `python -m tools.cli_docs`.
"""


def cli_page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_sections(main, "ldn")])


def _sections(group: click.Group, name: str) -> Iterator[str]:
    for command_name in sorted(group.commands):
        command = group.commands[command_name]
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from _sections(command, f"{name} {command_name}")
        else:
            yield _section(command, f"{name} {command_name}")


def _section(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    options = [option for option in command.params if isinstance(option, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context))]
    rows = [f"| `{_cell(option)}` | {_cell(_portable(text))} |" for option, text in records]
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(command.help or ""))
    parts = [f"## {name}", f"    {usage}", text]
    if rows:
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _portable(text: str) -> str:
    """The text without the path of this checkout."""
    return text.replace(f"{DATA}", "data").replace(f"{Path.home()}", "~")


if __name__ == "__main__":
    PAGE.write_text(cli_page(), encoding="utf-8")
    print(f"Written: {PAGE}")
