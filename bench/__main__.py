"""`python -m bench [PART ...]`: measures the project against the parts that it is made of, in the same run.

A part is a module of this folder with `run()`, which gives rows: `name`, `value`, `unit`, `against` (what the value is
compared with), `reach` (what it should be, in words) and `ok`. All rows, with those of parts not run this time, are
kept in `bench/results.json`. The exit code is 1 if any row of this run is not ok, 64 for a part that does not exist.

With `--largest N`, parts that have a choice measure at most N entries, no results are kept, and only a part that raises
an error fails the run. On a busy machine this shows that the benchmarks work, and roughly what they measure.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bench._part import measure_part

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
BROKEN = "could not be measured"
COLUMNS = ("name", "value", "unit", "against", "reach", "ok")
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None, *, results: Path = RESULTS) -> int:
    """Runs the parts named, or all, and gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(parts())}; all if none is named")
    parser.add_argument(
        "--largest",
        type=int,
        metavar="N",
        help="only sizes up to N; nothing is kept, and only what breaks is a failure",
    )
    asked = parser.parse_args(arguments)
    wanted = asked.parts or parts()
    if unknown := sorted(set(wanted) - set(parts())):
        print(f"There is no part {', '.join(unknown)}; there are {', '.join(parts())}.", file=sys.stderr)
        return 64
    rows = [row for part in wanted for row in rows_of(part, asked.largest)]
    print(format_table(rows))
    if asked.largest is not None:
        return 1 if any(row["name"] == BROKEN for row in rows) else 0
    save_results(rows, wanted, results)
    return 0 if all(row["ok"] for row in rows) else 1


def parts() -> list[str]:
    """Names of the modules beside this one."""
    return sorted(path.stem for path in HERE.glob("[!_]*.py"))


def rows_of(part: str, largest: int | None = None) -> list[Row]:
    """What one part measures, in a process of its own: a reactor runs once, and memory is counted from nothing."""
    print(f"{part} ...", file=sys.stderr, flush=True)
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            return [_row(part, row) for row in process.submit(measure_part, part, largest).result()]
    except Exception as error:
        # A part that breaks is a result too: it must not take the others' results with it.
        return [_row(part, {"name": BROKEN, "against": f"{type(error).__name__}: {error}", "ok": False})]


def _row(part: str, row: Row) -> Row:
    return {"part": part, **dict.fromkeys(COLUMNS), **row, "ok": bool(row["ok"])}


def save_results(rows: Sequence[Row], ran: Iterable[str], results: Path = RESULTS) -> None:
    """Writes the rows to `results`, beside the rows that other parts left there."""
    before: list[Row] = json.loads(results.read_text(encoding="utf-8")) if results.exists() else []
    others = [row for row in before if row.get("part") not in set(ran)]
    merged = sorted([*others, *rows], key=lambda row: str(row.get("part")))
    results.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def format_table(rows: Sequence[Row]) -> str:
    """The rows for people: numbers to the right, a line a row."""
    lines: list[tuple[str, ...]] = [("", "", "value", "unit", "against", "reach")]
    lines += [
        (
            "ok" if row["ok"] else "NOT REACHED",
            f"{row['part']}: {row['name']}",
            _number(row["value"]),
            *(str(row[column] if row[column] is not None else "") for column in ("unit", "against", "reach")),
        )
        for row in rows
    ]
    widths = [max(len(line[place]) for line in lines) for place in range(6)]
    return "\n".join(_align(line, widths) for line in lines)


def _align(line: Sequence[str], widths: Sequence[int]) -> str:
    texts = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
    texts[2] = line[2].rjust(widths[2])
    return "  ".join(texts).rstrip()


def _number(value: object) -> str:
    match value:
        case float() if abs(value) < 10:
            return f"{value:.3g}"
        case int() | float():
            return f"{value:,.0f}"
        case None:
            return ""
        case _:
            return str(value)


if __name__ == "__main__":
    sys.exit(main())
