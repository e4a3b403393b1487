"""Extraction: what is read of invented pages, of families that rules were chosen on and of those that were held out.

`python -m bench.extract_quality` prints more than the rows: figures by family, calibration, and with `-v` what is
wrong on pages of development. Of held-out families only totals and F1 are printed, so that nobody can choose rules by
them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench._page_reading import MOST_SECONDS, Result, macro_f1, read_pages, total
from tests.generators.pages.compare import describe
from tests.generators.pages.corpus import SIDES, layout_names, negatives, sample
from tests.generators.pages.plan import LAYOUTS

PAGES = {"development": 1120, "held_out_layouts": 600, "held_out_faults": 560}
QUICK = 5
"""How many times fewer pages `--quick` reads."""
NEGATIVES_EACH = 14
REACH = {"f1": 0.97, "right": 0.95, "bad": 0.01}
MOST_LOUD = 0.01
MOST_OFF = 0.07
ENOUGH_PAGES = 20
"""A tenth of confidence with fewer pages is shown and not judged."""


def measure(share: float = 1.0, seed: int = 0) -> dict[str, list[Result]]:
    """The results of each side, with so large a share of the usual pages."""
    found = {side: read_pages(sample(side, round(PAGES[side] * share), seed)) for side in SIDES}
    each = max(3, round(NEGATIVES_EACH * share))
    for side in ("development", "held_out"):
        found[f"negatives_{side}"] = read_pages(negatives(side, each, seed))
    return found


def run() -> list[dict[str, Any]]:
    """The figures of both sides."""
    return rows_of(measure())


def rows_of(found: dict[str, list[Result]]) -> list[dict[str, Any]]:
    """The results as rows of the bench."""
    rows = [row for side in SIDES for row in _side_rows(side.replace("_", " "), found[side])]
    for side in ("development", "held_out"):
        rows.append(_negative_row(side.replace("_", "-"), found[f"negatives_{side}"]))
    held_out = [*found["held_out_layouts"], *found["held_out_faults"], *found["negatives_held_out"]]
    rows += calibration_rows(held_out)
    results = [result for side in found.values() for result in side]
    slowest = max(results, key=lambda result: result.seconds)
    rows.append(
        {
            "name": f"slowest of {len(results):,} pages ({slowest.page.draw.layout})",
            "value": round(slowest.seconds, 2),
            "unit": "s",
            "against": f"all pages: {sum(result.seconds for result in results):.0f} s",
            "reach": f"<= {MOST_SECONDS:g}",
            "ok": slowest.seconds <= MOST_SECONDS,
        }
    )
    return rows


def _side_rows(side: str, results: Sequence[Result]) -> list[dict[str, Any]]:
    score, against = total(results), f"{len(results)} pages"
    right, bad = score.right / max(1, score.values), score.bad / max(1, score.said)
    figures: list[tuple[str, float, str, bool]] = [
        ("entries, macro F1", macro_f1(results), f">= {REACH['f1']}", macro_f1(results) >= REACH["f1"]),
        (f"values right, of {score.values:,}", right, f">= {REACH['right']}", right >= REACH["right"]),
        (f"values wrong or spurious, of {score.said:,}", bad, f"<= {REACH['bad']}", bad <= REACH["bad"]),
    ]
    return [
        {"name": f"{side}: {name}", "value": round(value, 4), "unit": "", "against": against, "reach": reach, "ok": ok}
        for name, value, reach, ok in figures
    ]


def _negative_row(side: str, results: Sequence[Result]) -> dict[str, Any]:
    loud = sum(not result.is_silent for result in results) / max(1, len(results))
    return {
        "name": f"pages without practitioners, {side}: read as a list at 0.5 or more",
        "value": round(loud, 4),
        "unit": "",
        "against": f"{len(results)} pages",
        "reach": f"<= {MOST_LOUD}",
        "ok": loud <= MOST_LOUD,
    }


def calibration_rows(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Said confidence against measured rightness (`Score.rightness`) in tenths, of pages where anything was found."""
    tenths: dict[int, list[Result]] = {}
    for result in results:
        if result.listings:
            tenths.setdefault(min(9, int(result.confidence * 10 + 1e-9)), []).append(result)
    rows = []
    for tenth, pages in sorted(tenths.items()):
        said = sum(page.confidence for page in pages) / len(pages)
        measured = sum(page.score.rightness for page in pages) / len(pages)
        judged = len(pages) >= ENOUGH_PAGES
        rows.append(
            {
                "name": f"held out, confidence {tenth / 10:.1f} to {(tenth + 1) / 10:.1f}: said {said:.2f}, right",
                "value": round(measured, 3),
                "unit": "",
                "against": f"{len(pages)} pages",
                "reach": f"{said:.2f} ± {MOST_OFF}" if judged else f"not judged below {ENOUGH_PAGES} pages",
                "ok": abs(said - measured) <= MOST_OFF or not judged,
            }
        )
    return rows


def _by(results: Sequence[Result], names: Callable[[Result], Iterable[str]]) -> list[str]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        for name in names(result):
            groups.setdefault(name, []).append(result)
    lines = []
    for name, found in sorted(groups.items(), key=lambda one: macro_f1(one[1])):
        score = total(found)
        right, bad = score.right / max(1, score.values), score.bad / max(1, score.said)
        lines.append(f"  {name:34} {len(found):4} pages  F1 {macro_f1(found):.3f}  right {right:.3f}  wrong {bad:.3f}")
    return lines


def report(found: dict[str, list[Result]], *, verbose: int) -> str:
    """The figures by family, for people who mend the reader."""
    development = found["development"]
    lines = ["development, by layout:", *_by(development, lambda one: [one.page.draw.layout])]
    lines += ["development, by form:", *_by(development, lambda one: [LAYOUTS[one.page.draw.layout].form])]
    lines += ["development, by fault:", *_by(development, lambda one: one.page.draw.faults or ("none",))]
    lines += ["development, by language:", *_by(development, lambda one: [one.page.draw.language])]
    lines.append("held out, F1 alone:")
    for name in layout_names("held_out"):
        pages = [one for one in found["held_out_layouts"] if one.page.draw.layout == name]
        lines.append(f"  {name:34} {len(pages):4} pages  F1 {macro_f1(pages):.3f}")
    for name in sorted({name for one in found["held_out_faults"] for name in one.page.draw.faults}):
        pages = [one for one in found["held_out_faults"] if name in one.page.draw.faults]
        lines.append(f"  {name:34} {len(pages):4} pages  F1 {macro_f1(pages):.3f}")
    loud = [str(one.page.draw) for one in found["negatives_development"] if not one.is_silent]
    lines.append(f"pages without practitioners read as a list: {', '.join(loud) or 'none of development'}")
    lines += [
        "calibration on development:",
        *(
            f"  {row['name'].removeprefix('held out, ')} {row['value']} ({row['against']})"
            for row in calibration_rows(development)
        ),
    ]
    if verbose:
        wrong = [one for one in development if one.faults]
        lines += [
            f"{one.page.draw} (said {one.confidence:.2f})\n{describe(one.faults)}" for one in wrong[: 40 * verbose]
        ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints everything; keeps nothing."""
    from bench.__main__ import format_table

    parser = argparse.ArgumentParser(
        prog="python -m bench.extract_quality", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--quick", action="store_true", help=f"a {QUICK}th of the pages, in about a minute")
    parser.add_argument("--share", type=float, default=1.0, help="of the pages, 0 to 1 or more")
    parser.add_argument("--seed", type=int, default=0, help="another sample")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="what is wrong on pages of development")
    asked = parser.parse_args(arguments)
    found = measure(1 / QUICK if asked.quick else asked.share, asked.seed)
    print(report(found, verbose=asked.verbose))
    print(format_table([{"part": "extract_quality", **row} for row in rows_of(found)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
