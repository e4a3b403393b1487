"""The model of matching: comparisons with fixed weights, read from a file, as settings for Splink and in words.

The weight of a pair is the sum of its levels' weights, in bits, as in Fellegi and Sunter (1969). A level's weight is
log2(m / u): its share m among pairs that are one provider against its share u among those that are not. What is
compared is not independent (people who share an address share a phone), so the weights are estimated together, by a
logistic regression on pairs of which the truth is known (`python -m bench._estimate`). Splink is given an m and u
with that ratio.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

FILE = "model.json"
ID = "pk"
FUNCTIONS = {
    "duckdb": {
        "alike": r"jaro_winkler_similarity(\1)",
        "slips": r"damerau_levenshtein(\1)",
        "overlap": r"list_has_any(\1)",
        "first": r"(\1)[1]",
        "filled": r"(len(\1) > 0)",
    },
    "spark": {
        "alike": r"jaro_winkler(\1)",
        "slips": r"damerau_levenshtein(\1)",
        "overlap": r"arrays_overlap(\1)",
        "first": r"element_at(\1, 1)",
        "filled": r"(size(\1) > 0)",
    },
}
"""The functions in the model's conditions, in each dialect of SQL. Splink brings along the first two for Spark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of agreement of two listings in a comparison."""

    said: str
    """In words, for a person who decides."""
    sql: str
    """A condition on the columns of two listings, which end in _l and _r, in the words of `FUNCTIONS`."""
    weight: float
    """In bits; positive speaks for one provider."""
    fixed: bool = False
    """Whether a person set the weight. That colleagues are two people must not be learnt from any sample."""
    seen: tuple[int, int] = (0, 0)
    """How many pairs of one provider, and of two, had this level when the weights were estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison with its levels, the best first. Pairs for which `unknown` holds are not compared in it."""

    name: str
    unknown: str
    levels: tuple[Level, ...]

    def level(self, gamma: int) -> Level | None:
        """The level that Splink numbers `gamma`: -1 is unknown, 0 the last one."""
        return None if gamma < 0 else self.levels[len(self.levels) - 1 - gamma]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The whole model.

    `upper` and `lower` are total weights in bits: from `upper` on two listings are one provider, below `lower` they
    are two.
    """

    version: int
    prior: float
    """Weight in bits of a pair of which nothing is known but that it is compared."""
    upper: float
    lower: float
    most_in_a_block: int
    """A blocking key that more listings share is not used: the true pairs among them share other keys."""
    comparisons: tuple[Comparison, ...]

    @property
    def columns(self) -> Sequence[str]:
        """Names of the columns that hold the levels of a scored pair."""
        return [f"gamma_{comparison.name}" for comparison in self.comparisons]

    def settings(self, dialect: str = "duckdb") -> dict[str, Any]:
        """As Splink's settings, for one of the dialects of `FUNCTIONS`."""
        return {
            "link_type": "dedupe_only",
            "unique_id_column_name": ID,
            "probability_two_random_records_match": 1 / (1 + 2**-self.prior),
            "retain_matching_columns": True,
            "retain_intermediate_calculation_columns": False,
            "blocking_rules_to_generate_predictions": [],
            "comparisons": [_comparison(one, dialect) for one in self.comparisons],
            "additional_columns_to_retain": [],
        }

    def reasons(self, gammas: Sequence[int]) -> list[dict[str, Any]]:
        """What speaks for and against a pair: the field, the level in words, and its weight in bits."""
        found = []
        for comparison, gamma in zip(self.comparisons, gammas, strict=True):
            if level := comparison.level(gamma):
                found.append({"field": comparison.name, "said": level.said, "weight": round(level.weight, 2)})
        return found


def _comparison(one: Comparison, dialect: str) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": translate(one.unknown, dialect), "label_for_charts": "not stated", "is_null_level": True}
    ]
    for level in one.levels[:-1]:
        condition = translate(level.sql, dialect)
        levels.append({"sql_condition": condition, "label_for_charts": level.said, **_m_and_u(level.weight)})
    last = one.levels[-1]
    levels.append({"sql_condition": "ELSE", "label_for_charts": last.said, **_m_and_u(last.weight)})
    return {"output_column_name": one.name, "comparison_levels": levels, "comparison_description": one.name}


def translate(condition: str, dialect: str) -> str:
    """A condition of the model, translated to a dialect of SQL."""
    for name, meant in FUNCTIONS[dialect].items():
        # The arguments may themselves be calls, of one more level than these.
        condition = re.sub(rf"\b{name}\(((?:[^()]|\([^()]*\))*)\)", meant, condition)
    return condition


def _m_and_u(weight: float) -> dict[str, float]:
    return {"m_probability": 1 / (1 + 2**-weight), "u_probability": 1 / (1 + 2**weight)}


def read_model(text: str) -> Model:
    """Parses a model file. Raises ValueError, KeyError or TypeError if it is malformed."""
    values = json.loads(text)
    values["comparisons"] = tuple(
        Comparison(
            name=one["name"],
            unknown=one["unknown"],
            levels=tuple(Level(**level | {"seen": tuple(level["seen"])}) for level in one["levels"]),
        )
        for one in values["comparisons"]
    )
    return Model(**{field.name: values[field.name] for field in fields(Model)})


@cache
def default_model() -> Model:
    """The model that the project ships."""
    return read_model(files(__package__).joinpath(FILE).read_text("utf-8"))
