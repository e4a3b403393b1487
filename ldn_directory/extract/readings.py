"""The ways in which a page can be read, and reading it in one of them that a person or an earlier probe chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ldn_directory.errors import LdnError
from ldn_directory.model import Column, Extraction, Labelled, Problem, Record
from ldn_directory.normalize.labels import fields as known_fields

from .completing import COMPLETED, complete
from .html import cards, generic, own_page, structured_data
from .html import table as html_table
from .json import api as json_api
from .json import embedded as embedded_json
from .maps import geojson, kml
from .page import Page, PageKind, select
from .pdf import list as pdf_list
from .sheets import file as tabular_file

Fields = Mapping[str, str | tuple[str, ...]]
"""field -> where it stands: the header or key of its column, or a CSS selector within the entry; several, in order."""
BY_HAND = "chosen by hand"
_NO_FIELDS = frozenset(("ignored", "key", "page", "phone_unlisted"))
_NAMES = frozenset(("name", "first_name", "last_name", "practice"))
_SHOWN_LABELS = 15


class CannotRead(LdnError):
    """The page cannot be read in the way that was asked for; the message says what is possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A way to read a page."""

    family: str
    what: str
    """What it is, in plain words."""
    kinds: tuple[PageKind, ...]
    read: Callable[[Page, str | None], Extraction]
    """Reads a page; the second argument says which rows, or None."""
    alias: str | None = None
    rows: str | None = None
    """What `rows` is for it: a CSS selector, a path, the name of a sheet. None if it has no choice."""
    claims: Callable[[Page], bool] | None = None
    """Recognises pages that only this reading should read, and that it reads only then."""
    is_repeated: bool = False
    """Whether it is one of those that `generic` finds together, from what repeats on a page."""


def _maps(page: Page, _: str | None = None) -> Extraction:
    return geojson.extract(page) if page.kind == "json" else kml.extract(page)


def _is_map(page: Page) -> bool:
    return geojson.looks_like_geojson(page) if page.kind == "json" else kml.looks_like_kml(page)


def _generic(family: str) -> Callable[[Page, str | None], Extraction]:
    def read(page: Page, rows: str | None) -> Extraction:
        if family == "html_table":
            return html_table.extract(page, rows=rows)
        if rows is not None:
            return cards.extract(page, rows=rows)
        found = next((one.extraction for one in generic.candidates(page) if one.family == family), Extraction())
        return complete(page, found) if family in COMPLETED else found

    return read


_REPEATED: tuple[PageKind, ...] = ("html", "text", "xml")
READINGS: tuple[Reading, ...] = (
    Reading(
        family="html_table",
        what="the rows of a table",
        kinds=_REPEATED,
        read=_generic("html_table"),
        alias="table",
        rows="a CSS selector of tables or rows",
        is_repeated=True,
    ),
    Reading(
        family="html_cards",
        what="boxes that repeat",
        kinds=_REPEATED,
        read=_generic("html_cards"),
        alias="cards",
        rows="a CSS selector of the boxes",
        is_repeated=True,
    ),
    Reading(
        family="text_blocks",
        what="lines of text, cut where an entry begins",
        kinds=_REPEATED,
        read=_generic("text_blocks"),
        alias="text",
        is_repeated=True,
    ),
    Reading(
        family="detail",
        what="a page about one entry",
        kinds=_REPEATED,
        read=_generic("detail"),
        is_repeated=True,
    ),
    Reading(
        family="json_api",
        what="entries in JSON or XML",
        kinds=("json", "xml"),
        read=lambda page, rows: json_api.extract(page, rows=rows),
        alias="json",
        rows="the dotted path of the entries",
    ),
    Reading(
        family="json_api",
        what="entries in JSON or XML",
        kinds=("text",),
        read=lambda page, rows: json_api.extract(page, rows=rows),
        rows="the dotted path of the entries",
        claims=json_api.is_answer,
    ),
    Reading(
        family="embedded_json",
        what="entries in the page's scripts",
        kinds=("html", "text"),
        read=lambda page, _: embedded_json.extract(page),
        alias="embedded",
    ),
    Reading(
        family="tabular_file",
        what="the rows of a file",
        kinds=("xlsx", "zip", "text"),
        read=lambda page, sheet: tabular_file.extract(page, sheet=sheet),
        alias="sheet",
        rows="the name of a sheet",
    ),
    Reading(
        family="tabular_file",
        what="the rows of a published sheet",
        kinds=("html",),
        read=lambda page, sheet: tabular_file.extract(page, sheet=sheet),
        rows="the name of a sheet",
        claims=tabular_file.is_published_sheet,
    ),
    Reading(
        family="structured_data",
        what="the page's schema.org data",
        kinds=("html", "xml"),
        read=lambda page, _: structured_data.extract(page),
        alias="schema",
    ),
    Reading(family="kml", what="a map", kinds=("xml", "zip", "json"), read=_maps, alias="map", claims=_is_map),
    Reading(
        family="pdf_list", what="a PDF file", kinds=("pdf",), read=lambda page, _: pdf_list.extract(page), alias="pdf"
    ),
    Reading(
        family="own_page",
        what="the practice whose own page it is",
        kinds=("html",),
        read=lambda page, _: own_page.extract(page),
    ),
)


def reading_named(name: str, page: Page) -> Reading:
    """The reading of that name, or alias, for the page. Raises CannotRead."""
    named = [one for one in READINGS if name in (one.family, one.alias)]
    families = {one.family for one in named}
    fitting = [one for one in READINGS if one.family in families and page.kind in one.kinds]
    if fitting:
        return fitting[0]
    possible = dict.fromkeys(one.alias or one.family for one in READINGS if page.kind in one.kinds)
    why = f"{name!r} does not read {page.kind} pages" if named else f"there is no reading {name!r}"
    raise CannotRead(f"{why}; possible here: {', '.join(possible)}")


def read_as(page: Page, name: str, *, rows: str | None = None, fields: Fields | None = None) -> Extraction:
    """The page read in that one way, with nothing guessed that `rows` and `fields` say. Raises CannotRead.

    A reading that finds nothing gives no records.
    """
    reading = reading_named(name, page)
    check_fields(fields or {})
    if rows is not None and reading.rows is None:
        can = ", ".join(dict.fromkeys(one.alias or one.family for one in READINGS if one.rows))
        raise CannotRead(f"the reading {name!r} has no choice of rows; those that have: {can}")
    try:
        if fields and reading.family == "html_cards":
            return _cards(page, rows, fields)
        extraction = reading.read(page, rows)
    except ValueError as error:
        raise CannotRead(str(error)) from error
    return pin_columns(extraction, fields) if fields else extraction


def check_fields(fields: Iterable[str]) -> None:
    """Raises CannotRead for a name that is no field."""
    possible = sorted(known_fields() - _NO_FIELDS)
    if unknown := [name for name in fields if name not in possible]:
        raise CannotRead(f"there is no field {unknown[0]!r}; there are: {', '.join(possible)}")


def _cards(page: Page, rows: str | None, fields: Fields) -> Extraction:
    """Boxes with a selector for each field."""
    if rows is None:
        raise CannotRead("which boxes are the entries? Give `rows`, a CSS selector, beside the fields")
    selectors = {f"{field} {at}" if at else field: css for field, at, css in _pairs(fields)}
    meant = {f"{field} {at}" if at else field: field for field, at, _ in _pairs(fields)}
    found = cards.extract(page, rows=rows, fields=selectors)
    records = tuple(
        replace(
            record,
            texts=tuple(
                replace(text, label=meant[text.label or ""], field=meant[text.label or ""]) for text in record.texts
            ),
        )
        for record in found.records
    )
    filled = {text.field for record in records for text in record.texts}
    if select(page.root, rows) and (
        empty := [f"{field}={css}" for field, _, css in _pairs(fields) if field not in filled]
    ):
        raise CannotRead(f"within {rows!r} nothing matches {', '.join(empty)}; each is a CSS selector inside a box")
    columns = tuple(Column(label=css, field=field, why=BY_HAND) for field, _, css in _pairs(fields))
    return replace(found, records=records, columns=columns)


def _pairs(fields: Fields) -> list[tuple[str, int, str]]:
    """(field, its how manieth place, where) for each place of each field."""
    several = ((field, (where,) if isinstance(where, str) else where) for field, where in fields.items())
    return [(field, at, one) for field, where in several for at, one in enumerate(where)]


def pin_columns(extraction: Extraction, fields: Fields, *, is_strict: bool = True) -> Extraction:
    """The extraction with each column that `fields` names taken for that field, and the others for remarks.

    Raises CannotRead if no entry has a column that is named. Unless it `is_strict`, a missing column is a problem, and
    without any column of names there are no entries: nothing is guessed in their place.
    """
    labels = dict.fromkeys(text.label for record in extraction.records for text in record.texts if text.label)
    places = {where: _labels_named(where, labels) for _, _, where in _pairs(fields)} if extraction.records else {}
    fitting = {label: field for field, _, where in _pairs(fields) for label in places.get(where, ())}
    if missing := [where for where, found in places.items() if not found]:
        known = ", ".join(map(repr, list(labels)[:_SHOWN_LABELS])) or "none"
        what = f"no entry has a column {missing[0]!r}; the columns are: {known}"
        if is_strict:
            raise CannotRead(what)
        problem = Problem(page=extraction.records[0].page, what=what)
        extraction = replace(extraction, problems=(*extraction.problems, problem))
        if _NAMES & set(fields) and not _NAMES & set(fitting.values()):
            return replace(extraction, records=())
    columns = tuple(
        Column(label=one, field=fitting.get(one), why=BY_HAND if one in fitting else "not named") for one in labels
    )
    records = tuple(_with_fields(record, fitting) for record in extraction.records)
    return replace(extraction, records=records, columns=columns)


def _labels_named(where: str, labels: Iterable[str]) -> list[str]:
    """The labels that are `where`, or that end in it as a path does."""
    exact = [label for label in labels if label == where]
    plain = where.casefold().strip()
    return exact or [
        label for label in labels if label.casefold().strip() == plain or label.casefold().endswith(f".{plain}")
    ]


def _with_fields(record: Record, fitting: Mapping[str, str]) -> Record:
    def pinned(text: Labelled) -> Labelled:
        return replace(text, field=fitting.get(text.label, "remark")) if text.label else text

    return replace(record, texts=tuple(map(pinned, record.texts)))


def chosen_fields(columns: Iterable[Column]) -> dict[str, str | tuple[str, ...]]:
    """The columns that a reading understood, as `fields` that pin them; those without a label cannot be."""
    found: dict[str, list[str]] = {}
    for column in columns:
        if column.label and column.field and column.field in known_fields() - _NO_FIELDS:
            found.setdefault(column.field, []).append(column.label)
    return {field: labels[0] if len(labels) == 1 else tuple(labels) for field, labels in found.items()}
