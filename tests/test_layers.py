"""A module imports only from its own room and the rooms below it, and no modules import each other in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ldn_directory

PACKAGE = Path(ldn_directory.__file__).parent
LAYERS = (
    ("model", "errors", "storage", "settings"),
    ("normalize",),
    ("extract",),
    ("archive",),
    ("ledger",),
    ("places",),
    ("matching",),
    ("privacy",),
    ("registers",),
    ("publish", "crawl"),
    ("families", "spiders"),
    ("probe",),
    ("forgetting",),
    ("site.i18n",),
    ("site.queries",),
    ("site.search",),
    ("site.formats",),
    ("site.maps", "site.openapi", "site.app_state"),
    ("site.pages",),
    ("site.server", "site.plugin"),
    ("cli",),
    ("__main__",),
)
"""The rooms, the lowest first. Rooms of one layer do not import each other, except for those in NEIGHBOURS."""
NEIGHBOURS = frozenset({"model", "errors", "storage", "settings", "families", "spiders", "site.server", "site.plugin"})
"""Rooms that may import others of their layer."""
EXAMPLE_MAY_IMPORT = frozenset({"model", "registers.layout"})
"""The invented lists stand beside the program, and use almost nothing of it."""
MAY_IMPORT_EXAMPLE = frozenset({"cli", "probe"})

_LAYER_OF = {room: number for number, layer in enumerate(LAYERS) for room in layer}


def module_name(path: Path) -> str:
    """The module of a file, relative to the package: `ledger.ingest`, `ledger`; empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def room_of(module: str) -> str | None:
    """The room of a module: `ledger`, `site.pages`; None for a package that only holds rooms, and for the invented lists."""
    parts = module.split(".")
    for room in (".".join(parts[:2]), parts[0]):
        if room in _LAYER_OF:
            return room
    return None


def imports_of(module: str) -> Iterator[str]:
    """The package's modules that a module imports anywhere: also within functions and under TYPE_CHECKING."""
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ["ldn_directory", *package[: len(package) + 1 - node.level]] if node.level else []
            start = ".".join([*base, *filter(None, [node.module])])
            names = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "ldn_directory":
                yield _module_named(name.removeprefix("ldn_directory").removeprefix("."))


def _module_named(name: str) -> str:
    """The module that a dotted name is, or is a part of."""
    return name if name in MODULES else name.rpartition(".")[0]


GRAPH = {module: sorted({*imports_of(module)} - {module, ""}) for module in MODULES}


def is_allowed(module: str, imported: str) -> bool:
    """Whether a module may import another."""
    room, other = room_of(module), room_of(imported)
    if module.split(".")[0] == "example":
        return imported.split(".")[0] == "example" or imported in EXAMPLE_MAY_IMPORT
    if imported.split(".")[0] == "example":
        return room in MAY_IMPORT_EXAMPLE
    if room is None or other is None or room == other:
        return True
    if _LAYER_OF[room] == _LAYER_OF[other]:
        return {room, other} <= NEIGHBOURS
    return _LAYER_OF[room] > _LAYER_OF[other]


def test_every_module_stands_in_a_room() -> None:
    assert [m for m in MODULES if not room_of(m) and m.split(".")[0] not in ("", "example") and m != "site"] == []


def test_no_module_imports_from_a_higher_room() -> None:
    found = {(m, other) for m, others in GRAPH.items() for other in others if not is_allowed(m, other)}
    assert found == set()


def test_the_invented_lists_are_only_for_demonstrations_and_test_pages() -> None:
    assert not is_allowed("publish.build", "example.site")
    assert is_allowed("cli.app", "example")


def test_the_package_that_holds_the_rooms_of_the_site_is_empty() -> None:
    (docstring,) = ast.parse(MODULES["site"].read_text("utf-8")).body
    assert isinstance(docstring, ast.Expr)


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(f"import each other in a circle: {' -> '.join(error.args[1])}")
