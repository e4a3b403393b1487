"""Estimates the weights by which columns get their fields, and writes them to `ldn_directory/extract/columns.toml`.

    python -m tools.column_weights

Lists of the development side of the generated pages give columns, once with their labels and once without. The field
that a column truly holds is that of the truth's values which most of its own agree with. Every column and field that
it might hold is a row; a logistic regression, drawn to the weights of before, is fitted to them.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ldn_directory.extract.column_labels import shared_prefix
from ldn_directory.extract.column_scores import Cells, Evidence
from ldn_directory.extract.columns import fields_of
from ldn_directory.extract.facts import facts
from ldn_directory.extract.json import api
from ldn_directory.extract.json.cells import cells_of
from ldn_directory.extract.page import Page
from ldn_directory.extract.value_looks import SPEAKS_FOR
from tests.generators.pages.compare import agrees, fold, words
from tests.generators.pages.corpus import CorpusPage, sample

TABLE = Path(__file__).resolve().parent.parent / "ldn_directory" / "extract" / "columns.toml"
PAGES, SEED = 1_500, 7
PENALTY = 40.0
ENOUGH = 0.8
KEYS = ("start", "label", "fails", "constant", "listed", "listed_name", "affinity")
TRUTHS = {"phone": "phones", "region": "region_code"}
SIMPLE = ("name", "practice", "street", "city", "postcode", "email", "website", "credentials")
Column = tuple[Cells, str | None]
"""A column and the field that it truly holds, None if it is none of those that are told."""


def main() -> int:
    """Reads the lists, fits the weights, and writes them."""
    lists = [columns for page in sample("development", PAGES, SEED) if (columns := list(columns_of(page)))]
    lists += [[(Cells(None, cells.values), truth) for cells, truth in columns] for columns in lists]
    print(f"{len(lists)} lists, {sum(map(len, lists))} columns; right before: {right(lists):.4f}")
    names = names_of_weights()
    rows, wanted = zip(*(row for columns in lists for row in rows_of(columns, names)), strict=True)
    before = np.array([weight_of(name) for name in names])
    write(names, fit(np.array(rows), np.array(wanted), before), len(lists))
    facts.cache_clear()
    print(f"right after: {right(lists):.4f}")
    return 0


def columns_of(page: CorpusPage) -> Iterator[Column]:
    """The columns of a list of data, with their true fields; none where rows and truth do not match one by one."""
    cells = _cells(page)
    rows = max((len(one.values) for one in cells), default=0)
    if rows < 3 or rows != len(page.truth):
        return
    for one in cells:
        one.values += [""] * (rows - len(one.values))
        if any(one.values):
            yield one, truth_of(one.values, page.truth)


def _cells(page: CorpusPage) -> list[Cells]:
    read = Page(page.url, page.body, page.media_type)
    if page.draw.layout in ("csv_with_header", "csv_without_header"):
        rows = list(csv.reader(read.text.splitlines()))
        header = rows.pop(0) if page.draw.layout == "csv_with_header" and rows else [None] * len(rows[0])
        return [Cells(label, [row[at] if at < len(row) else "" for row in rows]) for at, label in enumerate(header)]
    if read.kind not in ("json", "xml", "text"):
        return []
    try:
        entries = api.likeliest_entries(api.answer_of(read))
    except ValueError:
        return []
    found: dict[str, Cells] = {}
    for row, entry in enumerate(entries.objects if entries else ()):
        for cell in next(iter(cells_of(entry)), []):
            one = found.setdefault(cell.label, Cells(cell.label, lists=cell.lists))
            one.values += [""] * (row - len(one.values))
            if len(one.values) == row:
                one.values.append(cell.text)
    return list(found.values())


def truth_of(values: Sequence[str], truth: Sequence[Mapping[str, Any]]) -> str | None:
    """The field whose true values most values of the column agree with."""
    shares = {name: _share(name, values, truth) for name in (*SIMPLE, "phone", "region", "last_name", "first_name")}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= ENOUGH else None


def _share(name: str, values: Sequence[str], truth: Sequence[Mapping[str, Any]]) -> float:
    pairs = [(entry.get(TRUTHS.get(name, name)), value) for entry, value in zip(truth, values, strict=True) if value]
    return sum(_is_it(name, want, value, entry) for (want, value), entry in zip(pairs, truth, strict=False)) / len(
        pairs
    )


def _is_it(name: str, want: Any, value: str, entry: Mapping[str, Any]) -> bool:
    match name:
        case "phone":
            return any(agrees("phones", one, {"raw": value}) for one in want or ())
        case "first_name" | "last_name":
            whole = words(entry.get("name") or "")
            own = words(value)
            return (
                0 < len(own) < len(whole) and (whole[: len(own)] if name == "first_name" else whole[-len(own) :]) == own
            )
        case "name":
            return bool(want) and set(words(want)) <= set(words(value)) and len(value) < 80 and "\n" not in value
    return bool(want) and (fold(want) == fold(value) or agrees(name, want, value))


def names_of_weights() -> list[tuple[str, str]]:
    """(table, key) of each weight."""
    table = facts("columns")
    return [("weights", key) for key in KEYS] + [(one, key) for one in ("looks", "other_label") for key in table[one]]


def weight_of(name: tuple[str, str]) -> float:
    return float(facts("columns")[name[0]][name[1]])


def rows_of(columns: Sequence[Column], names: Sequence[tuple[str, str]]) -> Iterator[tuple[list[float], float]]:
    """(features, whether it is the true field) of each column and field."""
    prefix = shared_prefix([cells.label for cells, _ in columns if cells.label])
    for cells, truth in columns:
        shown = Evidence(cells, prefix, len(cells.values))
        said = {one.field: one for one in shown.said}
        if truth is None and said:
            continue  # the truth does not tell of notes, specialties and the like
        for field in dict.fromkeys((*said, *SPEAKS_FOR)):
            features = {("weights", key): value for key, value in shown.features(field, said.get(field)).items()}
            features["looks", field] = shown.trusted_share(field, field in said)
            features["other_label", field] = float(shown.says_otherwise(field, said.get(field)))
            yield [features.get(name, 0.0) for name in names], float(field == truth)


def fit(values: Any, wanted: Any, before: Any) -> Any:
    """The weights of a logistic regression with a penalty on what differs from the weights of before."""
    weights = before.copy()
    for _ in range(30):
        said = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        slope = values.T @ (wanted - said) - PENALTY * (weights - before)
        curve = (values * (said * (1 - said))[:, None]).T @ values + PENALTY * np.eye(len(before))
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-4:
            break
    return weights


def write(names: Sequence[tuple[str, str]], weights: Any, lists: int) -> None:
    """Puts the weights in the place of those of before."""
    table, text = "", []
    new = {name: f"{weight:.2f}" for name, weight in zip(names, weights, strict=True)}
    for line in TABLE.read_text("utf-8").splitlines():
        table = line.strip("[]") if line.startswith("[") else table
        key = line.partition(" = ")[0]
        line = re.sub(
            r"by `python -m tools.column_weights`.*", f"by `python -m tools.column_weights`, from {lists} lists.", line
        )
        text.append(f"{key} = {new[table, key]}" if (table, key) in new else line)
    TABLE.write_text("\n".join(text) + "\n", "utf-8")


def right(lists: Sequence[Sequence[Column]]) -> float:
    """The share of the columns with a true field that get it, and of those without that get none of these fields."""
    told = {*SIMPLE, "phone", "region", "last_name", "first_name"}
    outcomes: list[bool] = []
    for columns in lists:
        found = fields_of([cells for cells, _ in columns])
        for column, (cells, truth) in zip(found, columns, strict=True):
            given = "street" if column.field == "address" and truth == "street" else column.field
            if truth or not cells.label:
                outcomes.append(given == truth if truth else given not in told)
    return sum(outcomes) / len(outcomes)


if __name__ == "__main__":
    sys.exit(main())
