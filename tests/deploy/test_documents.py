"""The documents name only what exists: files, functions, modules, commands and each other."""

from __future__ import annotations

import re
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

from ldn_directory.cli.app import main

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]
FOLDERS = [PROJECT, PROJECT / "ldn_directory", PROJECT / "ldn_directory" / "site", PROJECT / "data"]
"""What paths in the documents are relative to."""
INVENTED = {"clinic.py", "client.py"}
PATH = re.compile(r"`([\w./-]+\.(?:py|sql|toml|json|csv|html|yaml|yml|po|xz|css))(?::([\w.]+))?`")
ROOM = re.compile(r"`((?:[a-z_]+/)+)`")
GENERATED = {"report.json", "manifest.json", "status.json", "register_report.json", "datapackage.json", "report.json"}
MODULE = re.compile(r"\b(?:ldn_directory|tools|bench)(?:\.[A-Za-z_]\w*)+")
COMMAND = re.compile(r"(?:`|^\$ |^    )ldn ([a-z]+)([^`\n]*)", re.MULTILINE)


def exists(path: str) -> Path | None:
    """The file or folder of that path; for a bare name, any file of the project that has it."""
    found = next((folder / path for folder in FOLDERS if (folder / path).exists()), None)
    if found or "/" in path:
        return found
    return next((PROJECT / "ldn_directory").rglob(path), None)
