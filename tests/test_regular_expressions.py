"""No regular expression of the package grows faster than the square of its text, however hostile the text is.

Each is tried on texts made from itself, of 100 and of 400 repetitions: four times the text costs 4 times as much if the
expression is linear, 16 times if it is quadratic, 64 times if it is cubic, and never ends if it is exponential.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import ldn_directory
from ldn_directory.crawl import robots
from ldn_directory.extract import evidence, facts, stated
from ldn_directory.extract.json import presets
from ldn_directory.matching.model import FUNCTIONS
from ldn_directory.normalize import postcodes
from ldn_directory.places import folding
from ldn_directory.privacy import identity_keys
from ldn_directory.publish import swap
from ldn_directory.publish.local_paths import LocalPaths
from ldn_directory.registers.links import links
from tests.generators.regex_attacks import Attack, attacks

PACKAGE = Path(ldn_directory.__file__).parent
SHORT, LONG = 100, 400
TOO_MUCH = 32
"""Between the 16 times of quadratic growth and the 64 times of cubic growth."""
FLOOR = 0.005
"""Seconds. What is cubic takes longer for `LONG` repetitions."""
ENOUGH = 0.03
"""Seconds of processor time that are measured well enough."""
LIMIT = 1.0
"""Seconds of processor time after which an expression is stopped."""
MOST_TEXTS = 120
"""For one expression."""
METHODS = frozenset({"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"})

Found = dict[re.Pattern[Any], str]
"""Expression -> where in the package it is."""


def _values() -> Mapping[str, list[dict[str, Any]]]:
    """Values of the local names from which functions make expressions."""
    asked = facts.facts("notices")
    shapes = [*postcodes._patterns().values(), *folding._shapes().values()]
    replaced = [rule for table in ("sounds", "romanisations") for rule in identity_keys._tables()[table]]
    return {
        "extract.dead_ends._questions_of": [{"look": look} for look in asked["asked"].values()],
        "extract.maps.placemarks._towns": [{"folder": "Two Rivers"}],
        "extract.notices.notice_pattern": [{"name": name} for name in _expression_lists(asked)],
        "extract.notices.terms_link": [{"one": one} for one in asked["terms"]],
        "extract.page._drop_unclosed_tags": [{"left_open": ["b", "font"]}],
        "extract.stated._is_followed": [{"town": "two rivers", "other": "new york"}],
        "extract.stated._stands_alone": [{"value": "jane.roe@example.org"}],
        "families.follow": [{"cls": type("Spider", (), {"sitemap_rule": "/providers/"})}],
        "ledger.ingest._is_left_out": [{"marks": ["https://example.org/", "https://example.com/list"]}],
        "matching.model.translate": [{"name": name} for name in FUNCTIONS["duckdb"]],
        "normalize.postcodes.postcode_pattern": [{"pattern": shape} for shape in shapes],
        "places.folding._shapes": [{"shape": shape} for shape in shapes],
        "privacy.identity_keys._replace_all": [{"pattern": pattern} for pattern, _ in replaced],
        "probe.fiction.__init__": [{"exact": ["1 Harbour Road", "Jane Roe"]}],
        "registers.links.address": [{"self": link} for link in links() if link.number],
        "registers.nppes.more_members": [{"begins": "pl_pfile_"}],
        "site.search.parameters._number": [
            {"form": form} for form in (r"[0-9]{1,9}(\.0+)?", r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
        ],
        "site.search.parameters.check": [
            {"self": one} for module in _modules() for one in _parameters(module) if one.pattern
        ],
    }


def _run_time(folder: Path) -> None:
    """Calls the functions that make expressions from more than a few local names."""
    robots._with_our_name(b"", "ldn-directory")
    for saying in ("denials", "offers"):
        evidence._saying_pattern.__wrapped__(saying)
    stated._has_phone("+12125550101", "")
    presets.presets.__wrapped__()
    swap.previous(folder / "ldn.db")
    LocalPaths(folder)
    for table in ("evidence", "organisation", "own_page", "relevance", "site_links"):
        for name in _expression_lists(facts.facts(table)):
            facts.phrase_pattern.__wrapped__(table, name)


def _expression_lists(table: Mapping[str, Any]) -> list[str]:
    return [name for name, one in table.items() if isinstance(one, list) and all(isinstance(item, str) for item in one)]


def _parameters(module: ModuleType) -> Iterator[Any]:
    for value in vars(module).values():
        yield from (
            one for one in (value if isinstance(value, tuple) else (value,)) if type(one).__name__ == "Parameter"
        )


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = (info.name for info in pkgutil.walk_packages(ldn_directory.__path__, "ldn_directory."))
    return tuple(importlib.import_module(name) for name in names if not name.endswith("__main__"))


def _calls(module: ModuleType) -> Iterator[tuple[str, ast.Call]]:
    """(innermost function or "", call) of each use of `re` in a module."""
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        function, node = waiting.pop()
        match node:
            case ast.FunctionDef():
                function = node.name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method)) if method in METHODS:
                yield function, node
        waiting.extend((function, child) for child in ast.iter_child_nodes(node))


def _compiled(call: ast.Call, names: dict[str, Any]) -> re.Pattern[Any]:
    """The expression of a call. Raises NameError if it needs other names than these."""
    flags = 0
    for argument in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
        if isinstance(argument, ast.Attribute | ast.BinOp) and ast.unparse(argument).startswith("re."):
            flags |= _evaluated(argument, names)
    expression = _evaluated(call.args[0], names)
    return expression if isinstance(expression, re.Pattern) else re.compile(expression, flags)


def _evaluated(node: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "<expression>", "eval"), names)


@contextmanager
def _recorded(found: Found) -> Iterator[None]:
    """Notes what the package compiles meanwhile."""
    compiling = re._compile  # type: ignore[attr-defined]

    def noted(pattern: Any, flags: int) -> re.Pattern[Any]:
        compiled: re.Pattern[Any] = compiling(pattern, flags)
        caller = sys._getframe(2)
        if Path(caller.f_code.co_filename).is_relative_to(PACKAGE):
            found.setdefault(compiled, f"{caller.f_globals['__name__']}:{caller.f_lineno}")
        return compiled

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(re, "_compile", noted)
        yield


def _expressions(folder: Path) -> tuple[Found, list[str]]:
    """Every expression of the package, and the places whose expressions are not known."""
    found: Found = {}
    with _recorded(found):
        _run_time(folder)
    seen = set(found.values())
    values, unknown = _values(), []
    for module in _modules():
        for function, call in _calls(module):
            place = f"{module.__name__}:{call.lineno}"
            within = f"{module.__name__}.{function}".removeprefix("ldn_directory.").rstrip(".")
            try:
                for local in values.get(within, [{}]):
                    found.setdefault(_compiled(call, {**vars(module), **local}), place)
            except NameError:
                if not seen & {f"{module.__name__}:{line}" for line in range(call.lineno, call.end_lineno + 1)}:
                    unknown.append(f"{place} in {within}")
    return found, unknown


@pytest.fixture(scope="module")
def expressions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Found, list[str]]:
    return _expressions(tmp_path_factory.mktemp("expressions"))


def test_all_expressions_are_known(expressions: tuple[Found, list[str]]) -> None:
    found, unknown = expressions
    assert not unknown, "say in `_values` or `_run_time` what these are made of"
    assert len(found) > 500


def test_no_expression_grows_faster_than_the_square_of_its_text(expressions: tuple[Found, list[str]]) -> None:
    found, _ = expressions
    bad = [f"{place}: {fault}: {pattern.pattern!r}" for pattern, place in found.items() if (fault := _fault(pattern))]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    "hostile",
    [
        r"(?:a+)+$",
        r"(?:\w|\d\d?)+:",
        r"(?:\s+,?)*;",
        r"\s*;?\s*\}\s*\)?\s*\(",
        r"(.*?)[\s,]+[A-Z]{2}",
    ],
)
def test_what_grows_faster_is_found(hostile: str) -> None:
    assert _fault(re.compile(hostile))


@pytest.mark.parametrize("harmless", [r"\s+$", r"\s*:", r"[a-z]+\d", r"<!--.*?-->", r"(?:\w+\s)*+!", r"\s*+,?\s*+;"])
def test_what_is_quadratic_or_less_passes(harmless: str) -> None:
    assert not _fault(re.compile(harmless))


def _fault(pattern: re.Pattern[Any]) -> str | None:
    """On which text the expression grows faster than the square of its length; None if on none."""
    slowest: tuple[float, Attack | None] = (0, None)
    for attack in islice(attacks(pattern), MOST_TEXTS):
        long = _typed(pattern, attack(LONG))
        begun = time.perf_counter()
        if not _ends(pattern, long):
            return f"does not end on many of {attack(2)!r}"
        if (spent := time.perf_counter() - begun) > FLOOR:
            slowest = max(slowest, (spent / len(long) ** 2, attack), key=itemgetter(0))
    if (attack := slowest[1]) and (growth := _growth(pattern, *(_typed(pattern, attack(n)) for n in (SHORT, LONG)))):
        return f"{growth:.0f} times as slow on 4 times as much of {attack(2)!r}"
    return None


def _typed(pattern: re.Pattern[Any], text: str) -> Any:
    return text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


def _growth(pattern: re.Pattern[Any], short: Any, long: Any) -> float:
    """How many times as much the long text costs; 0 if that is no more than quadratic in one of three measurements."""
    growth = 0.0
    for _ in range(3):
        growth = _cost(pattern, long) / _cost(pattern, short)
        if growth <= TOO_MUCH:
            return 0
    return growth


def _cost(pattern: re.Pattern[Any], text: Any) -> float:
    """Seconds of processor time to find all there is in the text: the mean of as many times as the clock needs."""
    begun, times = time.process_time(), 0
    while (spent := time.process_time() - begun) < ENOUGH:
        if not _ends(pattern, text):
            return LIMIT
        times += 1
    return spent / times


def _ends(pattern: re.Pattern[Any], text: Any) -> bool:
    """Whether all there is in the text is found within `LIMIT`."""
    before = signal.signal(signal.SIGPROF, _stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        for _ in pattern.finditer(text):
            pass
    except TimeoutError:
        return False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return True


def _stop(*_: object) -> None:
    raise TimeoutError
