"""The documents name only files, functions, modules, commands and pages that exist."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path

import pytest

from ldn_directory.cli.app import main

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "ldn_directory"
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")])
SOURCE_FILE = re.compile(r"`((?:\w[\w.-]*/)*\w+\.(?:py|sql|toml|html|yaml|yml|csv|xz|json))(?::([\w.]+))?`")
FOLDER = re.compile(r"`((?:[a-z_0-9]+/)+)`")
GENERATED = re.compile(r"(?:data|runs|downloads|imported)/.*|\w+\.json")
MODULE = re.compile(r"(?<![\w-])((?:ldn_directory|tools|bench)(?:\.[a-z_]\w*)+)\b(?!/)")
COMMAND = re.compile(r"(?:`|^\$ |^ {4}|bin/)ldn ([a-z-]+)(?: ([a-z]+)\b)?", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def find(path: str) -> Path | None:
    """A file or folder of the project or the package; for a bare name, any file of the package that has it."""
    for folder in (PROJECT, PACKAGE, PACKAGE / "site"):
        if (folder / path).exists():
            return folder / path
    return None if "/" in path else next(PACKAGE.rglob(path), None)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_what_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    paths = [*(path for path, _ in SOURCE_FILE.findall(text)), *FOLDER.findall(text)]
    missing = [path for path in paths if find(path) is None and not GENERATED.fullmatch(path)]
    missing += [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    missing += [name for name in MODULE.findall(text) if find_spec(name) is None]
    for name, more in COMMAND.findall(text):
        command = main.commands.get(name)
        if command is None or (more and more not in getattr(command, "commands", {more})):
            missing.append(f"ldn {name} {more}")
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_functions_that_exist(document: Path) -> None:
    for path, name in filter(lambda found: found[1], SOURCE_FILE.findall(document.read_text("utf-8"))):
        found = find(path)
        assert found, path
        parts = found.relative_to(PROJECT).with_suffix("").parts
        attrgetter(name)(import_module(".".join(parts).removesuffix(".__init__")))


def test_what_everybody_reads_first_is_short() -> None:
    assert len((PROJECT / "README.md").read_text("utf-8").splitlines()) <= 150
    lines = (PROJECT / "docs" / "architecture.md").read_text("utf-8").splitlines()
    assert len(lines) <= 200
    assert max(map(len, lines)) <= 120
