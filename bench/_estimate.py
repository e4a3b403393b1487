"""`python -m bench._estimate`: estimates the weights of the matching model, and writes them to its `model.json`.

It learns from pairs of entries whose truth is known: Febrl's data sets 1 to 3, and invented lists made with other seeds
than those that `python -m bench matching` measures. A logistic regression over the levels of all comparisons gives each
level's weight (its penalty keeps levels that are seldom seen near zero). `SHARES` says what the pairs of a kind weigh
together. Pairs whose name weight is fixed teach nothing; other fixed weights are taken as they are. Thresholds,
conditions, words and fixed weights are written by people, and are kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from bench._truth import LabelledEntries, febrl, invented_lists, label_pairs
from ldn_directory.matching.model import FILE, Model, read_model
from ldn_directory.matching.pairing import Pair

PATH = Path(__file__).resolve().parent.parent / "ldn_directory" / "matching" / FILE
SEEDS = (101, 102, 103)
PRACTITIONERS = 10_000
SHARES = {"febrl": 1.0, "invented": 3.0}
"""How much the pairs of each kind weigh together."""
PENALTY = 10.0
"""Inverse strength of the regression's L2 penalty."""
Labelled = list[tuple[Pair, bool]]


def main() -> None:
    """Estimates, writes, and says how well the learnt pairs themselves are told apart."""
    model = read_model(PATH.read_text("utf-8"))
    sets: dict[str, list[LabelledEntries]] = {
        "febrl": [febrl(number) for number in (1, 2, 3)],
        "invented": [invented_lists(PRACTITIONERS, seed) for seed in SEEDS],
    }
    seen = {
        kind: [pair for known in each for pair in label_pairs(known, known.pairs(model))] for kind, each in sets.items()
    }
    estimated = estimate(model, seen)
    write(estimated)
    for kind, each in sets.items():
        for known in each:
            print(kind, known.quality(estimated))


def estimate(model: Model, seen: dict[str, Labelled]) -> Model:
    """The model with weights that fit the pairs best."""
    everything = [one for each in seen.values() for one in each]
    seen = {kind: [one for one in each if not _has_fixed(model, one[0])] for kind, each in seen.items()}
    pairs = [one for each in seen.values() for one in each]
    weights = np.concatenate([np.full(len(each), SHARES[kind] * 10_000 / len(each)) for kind, each in seen.items()])
    truth = np.array([true for _, true in pairs])
    bits, prior = _fit(model, [pair for pair, _ in pairs], truth, weights)
    comparisons, at = [], 0
    for place, comparison in enumerate(model.comparisons):
        levels = []
        for order, level in enumerate(comparison.levels):
            gamma = len(comparison.levels) - 1 - order
            here = [true for pair, true in everything if pair[3][place] == gamma]
            weight = level.weight if level.fixed else round(float(bits[at]), 3)
            levels.append(replace(level, weight=weight, seen=(sum(here), len(here) - sum(here))))
            at += 1
        comparisons.append(replace(comparison, levels=tuple(levels)))
    return replace(model, prior=round(prior, 3), comparisons=tuple(comparisons))


def _has_fixed(model: Model, pair: Pair) -> bool:
    """Whether the weight of what the names are to each other is fixed."""
    level = model.comparisons[0].level(pair[3][0])
    return level is not None and level.fixed


def _fit(model: Model, pairs: Sequence[Pair], truth: Any, weights: Any) -> tuple[Any, float]:
    """(weight of each level, prior) in bits: the most likely ones under an L2 penalty; fixed weights are kept."""
    found = _level_matrix(model, pairs)
    fixed = np.array(
        [level.weight if level.fixed else np.nan for comparison in model.comparisons for level in comparison.levels]
    )
    free = np.isnan(fixed)
    given = found[:, ~free] @ fixed[~free] * np.log(2)
    rows = np.hstack([found[:, free], np.ones((len(pairs), 1), np.float32)])
    sign = np.where(truth, 1.0, -1.0)

    def loss(at: Any) -> tuple[float, Any]:
        margin = sign * (rows @ at + given)
        slope = rows.T @ (-weights * sign / (1 + np.exp(np.clip(margin, -50, 50))))
        penalised = np.append(at[:-1], 0.0) / PENALTY
        return float(weights @ np.logaddexp(0, -margin) + 0.5 * penalised @ at), slope + penalised

    best = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2_000}).x / np.log(
        2
    )
    bits = fixed.copy()
    bits[free] = best[:-1]
    return bits, float(best[-1])


def _level_matrix(model: Model, pairs: Sequence[Pair]) -> Any:
    """A row a pair, a column a level: 1 where the pair stands so."""
    sizes = [len(comparison.levels) for comparison in model.comparisons]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    gammas = np.array([pair[3] for pair in pairs])
    columns = starts + np.array(sizes) - 1 - gammas
    found = np.zeros((len(pairs), sum(sizes)), np.float32)
    rows, places = np.nonzero(gammas >= 0)
    found[rows, columns[rows, places]] = 1
    return found


def write(model: Model) -> None:
    """Puts weights and counts into the model's file."""
    said = json.loads(PATH.read_text("utf-8"))
    said["prior"] = model.prior
    said["estimated"] = {
        "by": "python -m bench._estimate",
        "febrl": [1, 2, 3],
        "invented_practitioners": PRACTITIONERS,
        "seeds": list(SEEDS),
        "shares": SHARES,
        "penalty": PENALTY,
    }
    for comparison, stated in zip(model.comparisons, said["comparisons"], strict=True):
        for level, one in zip(comparison.levels, stated["levels"], strict=True):
            one |= {"weight": level.weight, "seen": list(level.seen)}
    PATH.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
