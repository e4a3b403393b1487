"""How the columns of a spreadsheet are understood, before it becomes a source: what `ldn import` shows and pins."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ldn_directory.crawl.page_worker import parse
from ldn_directory.extract.choosing import COUNTED
from ldn_directory.extract.page import Page
from ldn_directory.extract.readings import BY_HAND, CannotRead, Fields, check_fields, chosen_fields
from ldn_directory.model import Column
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.spiders.imported import Declaration, ImportedFile, spider_of

BEFORE = "as in the file before"
_TOLD = (*COUNTED, "credentials", "practice", "specialty", "accepts_new", "telehealth", "serves", "kind")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a spreadsheet is read as."""

    declared: Declaration
    """With the columns pinned, if they can be."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """Its entries as JSON values, without those of people who asked to be forgotten."""
    forgotten: int
    """How many entries were left out for them."""
    problems: tuple[str, ...]

    @property
    def is_pinned(self) -> bool:
        """Whether the next file must have the same columns."""
        return bool(self.declared.fields)


def understand(
    page: Page, path: Path, declared: Declaration, chosen: Fields, hidden: Suppressions | None
) -> Understood:
    """How a file is read as the source that is declared at `path`, with the columns that a person chose.

    Columns that were pinned before, or else those that are understood now, are pinned, if that changes no entry.
    Raises CannotRead if nothing is found in it, or a chosen column is not there.
    """
    check_fields(chosen)
    before = dict(declared.fields)
    free = _Read.of(page, spider_of(path, replace(declared, fields={})))
    wanted = _with_chosen(before or chosen_fields(free.columns), chosen)
    found = _Read.of(page, spider_of(path, replace(declared, fields=wanted))) if wanted else free
    if chosen and (missing := _missing(chosen, found.columns)):
        labels = ", ".join(repr(one.label) for one in free.columns if one.label) or "none"
        raise CannotRead(f"there is no column {missing[0]!r}; its columns are: {labels}")
    if not (before or chosen) and free.told() != found.told():
        # Some columns have no header, or hold several fields: such a file is understood anew each time.
        wanted, found = {}, free
    if not found.rows:
        said = "; ".join(dict.fromkeys((*found.problems, *free.problems))) or "no row looks like an entry"
        raise CannotRead(f"nothing was found in {declared.file}: {said}")
    kept = [row for row in found.rows if not (hidden and hidden.is_suppressed(row))]
    return Understood(
        declared=replace(declared, fields=wanted),
        columns=_meanings(free.columns, wanted, chosen) if wanted else free.columns,
        rows=tuple(kept),
        forgotten=len(found.rows) - len(kept),
        problems=found.problems,
    )


def _with_chosen(fields: Fields, chosen: Fields) -> dict[str, str | tuple[str, ...]]:
    """The fields with the chosen ones in the place of others; a chosen column is no other field's."""
    taken = {where for named in chosen.values() for where in _places(named)}
    kept = {name: tuple(one for one in _places(named) if one not in taken) for name, named in fields.items()}
    left: dict[str, str | tuple[str, ...]] = {
        name: places[0] if len(places) == 1 else places for name, places in kept.items() if places
    }
    return left | dict(chosen)


def _meanings(columns: Sequence[Column], pinned: Fields, chosen: Fields) -> tuple[Column, ...]:
    """The columns of the file with what is pinned for them, and why."""
    by_hand = {_plain(where) for named in chosen.values() for where in _places(named)}
    fields = {_plain(where): name for name, named in pinned.items() for where in _places(named)}
    found = []
    for one in columns:
        label = _plain(one.label)
        field = fields.get(label) or (one.field if one.field not in pinned else None)
        why = BY_HAND if label in by_hand else one.why if field == one.field else BEFORE
        found.append(replace(one, field=field, why=why))
    return tuple(found)


def _plain(label: str | None) -> str:
    return " ".join((label or "").casefold().split())


def _places(named: str | tuple[str, ...]) -> tuple[str, ...]:
    return (named,) if isinstance(named, str) else named


def _missing(chosen: Fields, columns: Sequence[Column]) -> list[str]:
    known = {_plain(one.label) for one in columns if one.field}
    wanted = (where for named in chosen.values() for where in _places(named))
    return [where for where in wanted if _plain(where) not in known]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a spider reads in the file."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    problems: tuple[str, ...]

    @classmethod
    def of(cls, page: Page, spider: type[ImportedFile]) -> _Read:
        result = parse(spider, page, {}, {})
        columns = () if result.error else spider.extract(page, {}, {}).columns
        problems = (
            problem.what if not problem.record else f"{problem.record}: {problem.what}" for problem in result.problems
        )
        return cls(
            columns=columns,
            rows=tuple(json.loads(line) for line in result.lines),
            problems=tuple(dict.fromkeys([*filter(None, [result.error]), *problems])),
        )

    def told(self) -> list[list[Any]]:
        return [[row.get(name) for name in _TOLD] for row in self.rows]
