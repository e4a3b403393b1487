"""Loads the spiders of the project, each file by itself: one that is broken costs only its own sources.

Scrapy's own loader gives up all spiders if one file cannot be imported, and of two spiders of one name takes the last.
"""

from __future__ import annotations

import importlib
import pkgutil
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from inspect import getsourcelines
from pathlib import Path
from types import ModuleType
from typing import Any

from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.spider import iter_spider_classes

from ldn_directory.model import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenSpider:
    """A spider, or a whole file of them, that cannot be used."""

    file: str
    line: int | None
    what: str
    text: str = ""
    """The file's text, if it cannot be imported, so that nobody knows which sources it reads."""

    def __str__(self) -> str:
        return f"{_where(self.file, self.line)}: {self.what}"

    def may_read(self, source: str) -> bool:
        """Whether the file seems to name this source."""
        return f'"{source}"' in self.text or f"'{source}'" in self.text


broken_spiders: dict[str, BrokenSpider] = {}
"""What could not be used when spiders were last loaded, by file and line."""


class FileByFileLoader(SpiderLoader):
    """Scrapy's SPIDER_LOADER_CLASS of this project.

    A module may have, besides spiders, a function `declared_spiders` that makes them from files of the data folder.
    """

    def __init__(self, settings: BaseSettings) -> None:
        self.data = Path(settings["LDN_DATA"])
        super().__init__(settings)

    def _load_all_spiders(self) -> None:
        broken_spiders.clear()
        found: dict[str, list[type[Any]]] = defaultdict(list)
        names = dict.fromkeys(name for package in self.spider_modules for name in _module_names(package))
        for module in filter(None, map(_import, names)):
            for spider in (*iter_spider_classes(module), *self._declared_spiders(module)):
                found[spider.name].append(spider)
        for name, spiders in sorted(found.items()):
            if len(spiders) > 1:
                where = " and ".join(_where(*_place(spider)) for spider in spiders)
                _report(spiders[0], f"two spiders are called {name} ({where}): neither is used until one is renamed")
            else:
                self._spiders[name] = spiders[0]

    def _declared_spiders(self, module: ModuleType) -> Iterator[type[Any]]:
        """The spiders that a module makes from files of the data folder. What is broken is reported."""
        declared: Callable[[Path], Iterable[Any]] = vars(module).get("declared_spiders", lambda data: ())
        for one in declared(self.data):
            if isinstance(one, BrokenSpider):
                broken_spiders[one.file] = one
            else:
                yield one


def is_source(spider: Any) -> bool:
    """Whether a spider is one of this project's, and says what it reads. One that is not is reported."""
    from .base_spider import ListSpider

    if issubclass(spider, ListSpider) and isinstance(getattr(spider, "source", None), Source):
        return True
    _report(
        spider,
        f"the spider {spider.__name__} is left out: it needs one of the bases in ldn_directory.families and a `source`"
        " (docs/sources.md)",
    )
    return False


def _spec_of(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except (ImportError, ValueError):
        return None


def _module_names(package: str) -> list[str]:
    """The names of a package and of the modules in it, or of a module alone."""
    spec = _spec_of(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return [package, *sorted(f"{package}.{one.name}" for one in pkgutil.iter_modules(folders))]


def _import(name: str) -> ModuleType | None:
    """A module; None if it cannot be imported, which is reported."""
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        # Whatever a file does while it is imported, the other sources are read.
        spec = _spec_of(name)
        file = (spec and spec.origin) or name
        at = _line_of(error, file)
        text = Path(file).read_text("utf-8", "replace") if Path(file).is_file() else ""
        what = f"{type(error).__name__}: {getattr(error, 'msg', None) or error}; its sources are left out"
        broken_spiders[f"{file}:{at}"] = BrokenSpider(file=file, line=at, what=what, text=text)
        return None


def _line_of(error: BaseException, file: str) -> int | None:
    """The line of a file where an error came from."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == file), None)


def _report(spider: Any, what: str) -> None:
    file, at = _place(spider)
    broken_spiders[f"{file}:{at}"] = BrokenSpider(file=file, line=at, what=what)


def _place(spider: Any) -> tuple[str, int | None]:
    file = importlib.import_module(spider.__module__).__file__ or spider.__module__
    try:
        return file, getsourcelines(spider)[1]
    except (OSError, TypeError):
        return file, None


def _where(file: str, line: int | None) -> str:
    return f"{file}, line {line}" if line else file
