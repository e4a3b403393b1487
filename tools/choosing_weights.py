"""Estimates the weights by which readings of a page are chosen, and writes `ldn_directory/extract/choosing.toml`.

    python -m tools.choosing_weights

Every reading of every page gives a row: its features, and how much of the page it gets right (the F1 of its entries,
times the share of their values that are right; 0 on a page without practitioners). A logistic regression with a
penalty on large weights is fitted to them. Pages: those of `tests/pages`, whole and with tags torn out, and the
development side of the generated ones. Nothing that is held out is read.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import lxml.html
import numpy as np
from lxml.html import HtmlElement

from ldn_directory.extract import choosing
from ldn_directory.extract.candidates import RankedCandidate, all_candidates
from ldn_directory.extract.facts import facts
from ldn_directory.extract.page import Page
from ldn_directory.model import Listing
from ldn_directory.normalize.regions import fold
from ldn_directory.probe.targets import MEDIA_TYPES
from tests.generators.pages.compare import compare
from tests.generators.pages.corpus import negatives, sample

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "ldn_directory" / "extract" / "choosing.toml"
PENALTY = 3.0
PAIRS = 2.0
"""How much a pair of readings of one page weighs, beside a reading by itself."""
GENERATED, NEGATIVES_EACH = 1_000, 20
TORN = (0.0, 0.1, 0.3, 0.6)
"""Shares of a page's tags that are torn out, their text left where it was."""
SAYS = {
    "full": "how full its entries are",
    "reached": "entries with a phone or e-mail",
    "placed": "entries with a town, postcode, point or regions served",
    "addressed": "entries with a street",
    "letters": "entries with letters after the name",
    "medical": "entries whose name has a word of medicine",
    "crowded": "entries with several phones",
    "named": "entries whose name looks like one",
    "distinct": "different names",
    "even": "how alike its entries are in the fields that they have",
    "remarks": "text of its entries that was not understood",
    "understood": "texts whose column or label is known",
    "measures": "texts that are numbers, prices, dates or times",
    "headed": "entries under a heading",
    "yield": "what it finds, beside the fullest reading",
    "size": "its number of entries, beside the largest reading",
    "agreed": "its names that another reading finds too",
    "alone": "no other reading finds anything",
    "missed": "names that another reading finds and it does not",
    "labelled": "it reads data that is labelled for machines",
    "tabled": "its entries are rows below headers that are known",
    "single": "it finds one entry only",
    "few": "it finds few entries",
    "plausible": "its entries that could be some",
    "structure": "how regular its structure is",
    "covered": "text of the page that is in its entries",
    "foreign": "nothing on the page speaks of medicine",
}
Truth = Sequence[dict[str, Any]]


def main() -> int:
    """Reads all pages, fits the weights and writes them."""
    rows, right, of_page, pages = [], [], [], 0
    for page, truth in (*golden_pages(), *generated_pages(GENERATED, NEGATIVES_EACH)):
        found = [one for one in all_candidates(page) if one.listings]
        about = choosing._About(page)
        pages += 1
        for one in found:
            features = choosing.measure(one, found, about)
            rows.append([features[name] for name in SAYS])
            right.append(quality(one, truth))
            of_page.append(pages)
    values, wanted = np.array(rows), np.array(right)
    bias, weights = fit(values, wanted, np.array(of_page))
    write(bias, weights, values[wanted > 0.8].mean(axis=0), pages, len(rows))
    report(1 / (1 + np.exp(-(values @ weights + bias))), wanted, np.array(of_page))
    return 0


def report(said: Any, wanted: Any, of_page: Any) -> None:
    """Prints how good the chosen readings are, and how true what is said of them."""
    read = [np.flatnonzero(of_page == page) for page in np.unique(of_page)]
    won = np.array([rows[np.argmax(said[rows])] for rows in read])
    best = np.mean([wanted[rows].max() for rows in read])
    print(f"{len(read)} pages; right of the chosen readings {wanted[won].mean():.3f}, of the best ones {best:.3f}")
    for low in np.arange(0, 1, 0.1):
        held = won[(said[won] >= low) & (said[won] < low + 0.1)]
        if len(held):
            print(f"said {said[held].mean():.2f}, right {wanted[held].mean():.2f}: {len(held)} readings")


def fit(values: Any, wanted: Any, of_page: Any) -> tuple[float, Any]:
    """(bias, weights), so that of two readings of a page the better one has the higher score, and scores are true.

    The first is a logistic regression on differences within a page, added to that of the rows; the second a logistic
    regression of the one score that results, for the readings that won, because only theirs is shown.
    """
    pairs = [
        (better, other)
        for page in np.unique(of_page)
        for better in np.flatnonzero(of_page == page)
        for other in np.flatnonzero(of_page == page)
        if wanted[better] > wanted[other]
    ]
    better, other = np.array(pairs).T
    rows = np.hstack([np.ones((len(values), 1)), values])
    apart = np.hstack([np.zeros((len(pairs), 1)), values[better] - values[other]])
    weight = np.concatenate([np.ones(len(rows)), PAIRS * (wanted[better] - wanted[other])])
    found = logistic(np.vstack([rows, apart]), np.concatenate([wanted, np.ones(len(pairs))]), weight, PENALTY)
    score = rows @ found
    won = [max(np.flatnonzero(of_page == page), key=lambda row: score[row]) for page in np.unique(of_page)]
    shown = np.stack([np.ones(len(won)), score[won]]).T
    bias, scale = logistic(shown, wanted[won], np.ones(len(won)), 0.0)
    return float(bias + scale * found[0]), scale * found[1:]


def logistic(inputs: Any, wanted: Any, weight: Any, penalty: float) -> Any:
    """The coefficients of a logistic regression; the first column is the constant and is not penalised."""
    found = np.zeros(inputs.shape[1])
    held = np.diag([0.0, *[penalty] * (inputs.shape[1] - 1)])
    for _ in range(100):
        said = 1 / (1 + np.exp(-(inputs @ found)))
        slope = inputs.T @ (weight * (said - wanted)) + held @ found
        curve = (inputs * (weight * said * (1 - said))[:, None]).T @ inputs + held + 1e-9 * np.eye(len(found))
        step = np.linalg.solve(curve, slope)
        found -= step
        if np.abs(step).max() < 1e-8:
            break
    return found


def write(bias: float, weights: Any, usual: Any, pages: int, readings: int) -> None:
    """The weights as TOML. `usual` is the mean of a feature over readings that are mostly right."""
    lines = [
        "# Weights by which the readings of a page are chosen (`choosing.py`): the score is the log-odds that what a",
        "# reading finds is right. Made by `python -m tools.choosing_weights`, from"
        f" {readings:,} readings of {pages:,} pages.",
        "# `usual` is the mean of right readings, beside which a reading is explained.",
        "",
        f"bias = {bias:.3f}",
        "",
        "[features]",
    ]
    lines += [
        f'{name} = {{ weight = {weight:.3f}, usual = {mean:.2f}, says = "{says}" }}'
        for (name, says), weight, mean in zip(SAYS.items(), weights, usual, strict=True)
    ]
    WEIGHTS.write_text("\n".join([*lines, ""]), encoding="utf-8")
    facts.cache_clear()


def golden_pages() -> Iterator[tuple[Page, Truth]]:
    """The project's test pages, web pages also with tags torn out."""
    for answer in sorted((ROOT / "tests" / "pages").glob("*/*/expected.json")):
        expected = json.loads(answer.read_text("utf-8"))
        for file in answer.parent.glob("page.*"):
            page = Page(expected["url"], file.read_bytes(), MEDIA_TYPES.get(file.suffix))
            for share in TORN if page.kind == "html" else TORN[:1]:
                yield torn(page, share) if share else page, expected["records"]


def torn(page: Page, share: float) -> Page:
    """The page with that share of its tags torn out."""
    chance = Random(f"{page.url}/{share}")
    root: HtmlElement = lxml.html.fromstring(lxml.html.tostring(page.root))
    body = root.find("body")
    for element in list(body.iterdescendants()) if body is not None else ():
        if chance.random() < share and isinstance(element.tag, str):
            element.drop_tag()
    return Page(page.url, lxml.html.tostring(root), "text/html")


def generated_pages(size: int, each: int) -> Iterator[tuple[Page, Truth]]:
    """The development side of the generated pages: so many with practitioners, and so many of each kind without."""
    for made in chain(sample("development", size), negatives("development", each)):
        yield Page(made.url, made.body, made.media_type), made.truth


def quality(one: RankedCandidate, truth: Truth) -> float:
    """How much of the page a reading gets right, 0 to 1."""
    if "implied" in (truth[0] if truth else ()):
        return compare(truth, [listing.as_json() for listing in one.listings])[0].rightness
    left = list(one.listings)
    each = sum(len(entry) - 1 for entry in truth) / max(1, len(truth))
    good = 0
    for entry in truth:
        match = next((listing for listing in left if _same_name(entry, listing)), None)
        if match is not None:
            left.remove(match)
            good += 1 + sum(_has(match, name, value) for name, value in entry.items() if name != "name")
    return 2 * good / max(1, (len(truth) + len(one.listings)) * (1 + each))


def _same_name(entry: dict[str, Any], listing: Listing) -> bool:
    wanted = _words(entry["name"])
    return wanted in (_words(listing.name), _words(listing.practice))


def _words(text: Any) -> frozenset[str]:
    words = re.findall(r"[^\W_]+", fold(str(text or "")))
    return frozenset(words) - {"dr", "prof"} or frozenset(words)


def _has(listing: Listing, name: str, value: Any) -> bool:
    if name in ("phone", "phones"):
        wanted = [value] if isinstance(value, str) else value or []
        stated = [re.sub(r"\D", "", phone.raw)[-9:] for phone in listing.phones]
        return all(re.sub(r"\D", "", str(one))[-9:] in stated for one in wanted) and bool(wanted or not stated)
    found: Any = getattr(listing, name, None)
    if isinstance(value, bool) or value is None:
        return bool(found == value)
    if isinstance(value, float):
        return isinstance(found, float) and abs(found - value) < 0.01
    return _words(found) == _words(value) or (name == "practice" and _words(value) == _words(listing.name))


if __name__ == "__main__":
    sys.exit(main())
