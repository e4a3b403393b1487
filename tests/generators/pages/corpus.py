"""The corpus: pages by layout, faults, order, language and seed; deterministic samples of its three sides.

>>> page = make_page(Draw("cards_divi", ("numbering",), "en-US", 0, 1))
>>> page.media_type, len(page.truth) > 3
('text/html; charset=utf-8', True)
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from . import (
    held_out_faults,
    held_out_layouts,
    held_out_negatives,
    layouts_cards,
    layouts_detail,
    layouts_files,
    layouts_json,
    layouts_pdf,
    layouts_prose,
    layouts_tables,
)
from .faults import FAULTS, can_have, is_drawable
from .negatives import make_negative
from .plan import LANGUAGE_WEIGHTS, LANGUAGES, LAYOUTS, Layout, Plan, make_plan

MODULES = (
    held_out_faults, held_out_layouts, held_out_negatives, layouts_cards, layouts_detail, layouts_files, layouts_json, layouts_pdf,
    layouts_prose, layouts_tables,
)  # fmt: skip
SIDES = ("development", "held_out_layouts", "held_out_faults")
ENDINGS = {
    "html": "html",
    "json": "json",
    "x-ndjson": "ndjson",
    "geo+json": "geojson",
    "pdf": "pdf",
    "csv": "csv",
    "xml": "xml",
}
NO_FAULT, ONE_FAULT = 0.25, 0.8
"""Of the pages, the shares with no fault, and with at most one; the others have two."""
TRIES = 40


class Draw(NamedTuple):
    """What decides a page."""

    layout: str
    faults: tuple[str, ...]
    language: str
    order: int
    seed: int

    def __str__(self) -> str:
        return f"{self.layout}/{'+'.join(self.faults) or 'no fault'}/{self.language}/{self.order}/{self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusPage:
    """A page with its truth: for each entry its fields, `optional` and `implied` (see `people.Entry`)."""

    draw: Draw
    body: bytes
    media_type: str
    url: str
    truth: tuple[dict[str, Any], ...]


@cache
def families(side: str) -> dict[str, Any]:
    """The names of layouts by form, of faults and of negatives: of `development` or `held_out`."""
    return tomllib.loads((Path(__file__).parent / f"{side}.toml").read_text(encoding="utf-8"))


def layout_names(side: str) -> list[str]:
    """The layouts of `development` or `held_out`, of all forms."""
    return [name for names in families(side)["layouts"].values() for name in names]


def make_page(draw: Draw) -> CorpusPage | None:
    """The page; None if it cannot have one of its faults, or its layout not its letters."""
    drawn = LAYOUTS[draw.layout]
    faults = [FAULTS[name] for name in draw.faults]
    if draw.language not in drawn.languages or not all(can_have(drawn, fault, draw.language) for fault in faults):
        return None
    plan = make_plan(drawn, frozenset(draw.faults), draw.language, draw.order, draw.seed)
    for fault in faults:
        if fault.change and not fault.change(plan):
            return None
    if drawn.form == "pdf" and not is_drawable(plan):
        return None
    shown = drawn.draw(plan)
    body: bytes | None = shown.encode() if isinstance(shown, str) else shown
    for fault in faults:
        if fault.finish and body is not None:
            body = fault.finish(plan, body)
    if body is None:
        return None
    truth = (*({**entry.truth, "implied": entry.implied} for entry in plan.entries), *plan.more_truth)
    return CorpusPage(
        draw=draw, body=body, media_type=drawn.media_type, url=plan.url or _address(plan, drawn), truth=truth
    )


def sample(side: str, size: int, seed: int = 0) -> Iterator[CorpusPage]:
    """So many pages of a side, all its layouts in turn; equal for equal arguments, and a larger sample begins with a smaller."""
    names = layout_names("held_out" if side == "held_out_layouts" else "development")
    faults = families("held_out" if side == "held_out_faults" else "development")["faults"]["names"]
    made = 0
    while made < size:
        chance = Random(f"{side} {seed} {made}")
        layout = LAYOUTS[names[made % len(names)]]
        for _ in range(TRIES):
            page = make_page(_draw(layout, faults, chance, at_least_one=side == "held_out_faults"))
            if page:
                yield page
                break
        made += 1


def negatives(side: str, each: int, seed: int = 0) -> Iterator[CorpusPage]:
    """So many pages of each family without practitioners, of `development` or `held_out`."""
    for name in families(side)["negatives"]["names"]:
        for place in range(each):
            draw = Draw(name, (), "", 0, seed + place)
            body, url = make_negative(name, seed + place), "https://lists.example.org/page"
            yield CorpusPage(draw=draw, body=body, media_type="text/html; charset=utf-8", url=url, truth=())


def _draw(drawn: Layout, faults: list[str], chance: Random, *, at_least_one: bool) -> Draw:
    weights = [LANGUAGE_WEIGHTS[LANGUAGES.index(language)] for language in drawn.languages]
    language = chance.choices(drawn.languages, weights)[0]
    possible = [name for name in faults if can_have(drawn, FAULTS[name], language)]
    share = chance.random()
    wanted = 1 if at_least_one else 0 if share < NO_FAULT else 1 if share < ONE_FAULT else 2
    # Faults that few layouts can have are drawn more often, or there would be hardly any.
    ranked = sorted(possible, key=lambda name: -(chance.random() ** (1 / (1 + 2 * len(FAULTS[name].needs)))))
    chosen = tuple(sorted(ranked[:wanted]))
    return Draw(drawn.name, chosen, language, chance.randint(0, 3), chance.randint(0, 10**6))


def _address(plan: Plan, drawn: Layout) -> str:
    kind = drawn.media_type.split(";")[0].split("/")[1]
    ending = (
        "xlsx"
        if "spreadsheet" in kind
        else "kml"
        if "kml" in kind
        else ENDINGS.get(kind.split("+")[-1], ENDINGS.get(kind, "txt"))
    )
    if kind in ("x-ndjson", "geo+json"):
        ending = ENDINGS[kind]
    return f"https://lists.example.org/{plan.keys}/list.{ending}"
