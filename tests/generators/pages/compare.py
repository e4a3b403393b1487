"""How a page's listings, as `ldn probe --json` gives them, agree with its truth.

An entry is found by the words of its name without titles, letters and initials, accents folded. Each value of a listing
is right, wrong (the page says another) or spurious (the page says none); each value of the truth is right or missed.
Values that only follow from the page (`implied`) and entries that may be left out (`optional`) never count as missed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from .people import region_names, table

LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "đ": "d",
        "’": "'",
        "‘": "'",
        "´": "'",
        "`": "'",
        "\u00ad": "",
        "\u200b": "",
    }
)
MORE_TITLES = (
    "dr",
    "dra",
    "prof",
    "mr",
    "mrs",
    "ms",
    "docteur",
    "dott",
    "dottssa",
    "drs",
    "lek",
    "med",
    "n",
    "医師",
    "先生",
    "דר",
)
LEGAL = frozenset({"llc", "inc", "ltd", "the", "and", "of", "y", "et", "und", "e", "en", "i", "och"})
STREET_WORDS = {
    "street": "st", "avenue": "ave", "av": "ave", "avda": "ave", "avenida": "ave", "road": "rd", "drive": "dr", "boulevard": "blvd",
    "lane": "ln", "suite": "ste", "unit": "ste", "court": "ct", "place": "pl", "square": "sq", "north": "n", "west": "w",
    "strasse": "str", "calle": "c", "saint": "st",
}  # fmt: skip
FIELDS = (
    "name", "credentials", "practice", "street", "city", "region_code", "postcode", "country_code", "phones", "email", "website",
    "point", "accepts_new", "telehealth", "kind",
)  # fmt: skip
ENOUGH_OF_A_STREET = 0.7
NEAR_DEGREES = 0.01


@dataclass(slots=True)
class Score:
    """Counts of one page or several."""

    wanted: int = 0
    found: int = 0
    returned: int = 0
    """Entries: of the truth, of these found, and returned (without those that are optional)."""
    values: int = 0
    right: int = 0
    """Values of the truth, and of these those that were returned right."""
    said: int = 0
    bad: int = 0
    """Values returned, and of these those that are wrong, spurious or of an entry that is none."""

    @property
    def f1(self) -> float:
        """Of entries; 1 if there are none and none were returned."""
        return 2 * self.found / (self.wanted + self.returned) if self.wanted + self.returned else 1.0

    @property
    def rightness(self) -> float:
        """What a confidence should say: F1 of entries and values taken together, 0 to 1; 0 for a list that is none."""
        good = self.found + self.said - self.bad
        there, told = self.wanted + self.values, self.returned + self.said
        return min(1.0, 2 * good / (there + told)) if there and told else 0.0

    def add(self, other: Score) -> None:
        """Adds the counts of another."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def compare(truth: Sequence[dict[str, Any]], listings: Sequence[dict[str, Any]]) -> tuple[Score, list[str]]:
    """The score of one page, and what is wrong, in words."""
    pairs = sorted(
        (bool(want.get("optional")), -len(_right(want, got)), abs(i - j), i, j)
        for (i, want), (j, got) in product(enumerate(truth), enumerate(listings))
        if name_words(want["name"]) == name_words(got.get("name") or got.get("practice") or "")
    )
    matched: dict[int, int] = {}
    for *_, i, j in pairs:
        if i not in matched and j not in matched.values():
            matched[i] = j
    score, faults = Score(), []
    for i, want in enumerate(truth):
        if want.get("optional"):
            continue
        got = listings[matched[i]] if i in matched else None
        score.wanted += 1
        score.values += len(values_of(want))
        if got is None:
            faults.append(f"{want['name']}: not found")
            continue
        one, said = _compare_entry(want, got)
        score.add(one)
        faults += [f"{want['name']}: {text}" for text in said]
    for j, got in enumerate(listings):
        if j not in matched.values():
            score.returned += 1
            count = len(values_of(got, returned=True))
            score.said, score.bad = score.said + count, score.bad + count
            faults.append(f"{got.get('name') or got.get('practice')}: no such entry")
    return score, faults


def _compare_entry(want: dict[str, Any], got: dict[str, Any]) -> tuple[Score, list[str]]:
    right, faults = _right(want, got), []
    score = Score(found=1, returned=1, right=len(right))
    wanted, returned = values_of(want), values_of(got, returned=True)
    for name, value in wanted:
        if (name, str(value)) not in right:
            faults.append(f"{name} is {_shown(got, name)} instead of {value!r}")
    for name, value in returned:
        if name == "kind" and "kind" not in want:
            continue
        score.said += 1
        if not _is_true(want, name, value):
            score.bad += 1
            if not any(one == name for one, _ in wanted) or name == "phones":
                faults.append(f"{name} is {value!r}, which the page does not say")
    return score, faults


def values_of(row: dict[str, Any], *, returned: bool = False) -> list[tuple[str, Any]]:
    """(field, value) of all that counts: each phone by itself, a point as one value."""
    found: list[tuple[str, Any]] = []
    for name in FIELDS:
        if name == "phones":
            found += [(name, number) for number in row.get("phones") or () if not (returned and _is_fax(number))]
        elif name == "point":
            if row.get("latitude") is not None and row.get("longitude") is not None:
                found.append((name, (row["latitude"], row["longitude"])))
        elif name == "region_code":
            value = row.get("region_code") or row.get("region")
            found += [(name, value)] if value else []
        elif name == "practice" and returned and words(row.get("practice") or "") == words(row.get("name") or ""):
            continue
        elif row.get(name) not in (None, "", (), []):
            found.append((name, row[name]))
    return found


def _right(want: dict[str, Any], got: dict[str, Any]) -> set[tuple[str, str]]:
    """Of the truth's values, those that the listing has."""
    returned = values_of(got, returned=True)
    return {
        (name, str(value))
        for name, value in values_of(want)
        if any(one == name and agrees(name, value, said) for one, said in returned)
    }


def _is_true(want: dict[str, Any], name: str, value: Any) -> bool:
    """Whether a returned value is one that the page says, or that follows from it."""
    told = [*values_of(want), *values_of(want.get("implied") or {})]
    return any(one == name and agrees(name, true, value) for one, true in told)


def agrees(name: str, want: Any, got: Any) -> bool:
    """Whether a returned value is the true one, as people would say."""
    match name:
        case "name":
            first = [word.replace("-", "") for word in str(got).casefold().replace(".", " ").split()[:1]]
            titled = bool(first) and first[0] in titles() and first[0] not in words(want)
            return name_words(want) == name_words(got) and not (titled and len(name_words(got)) > 1) and not signs(got)
        case "phones":
            end = digits(want)[-9:]
            forms = (
                got.get("e164") or "",
                re.split(r"(?<=\d)\W*[^\W\d]", got.get("raw") or "")[0],
            )  # without extension
            return any(digits(form)[-len(end) :] == end for form in forms)
        case "point":
            return all(abs(float(a) - float(b)) <= NEAR_DEGREES for a, b in zip(want, got, strict=True))
        case "street":
            a, b, house = street(want), street(got), re.search(r"\d+", str(want))
            enough = len(a & b) >= ENOUGH_OF_A_STREET * max(len(a), len(b))
            return enough and not signs(got) and (not house or house[0] in re.findall(r"\d+", str(got)))
        case "credentials":
            return credentials(want) == credentials(got)
        case "practice":
            return set(words(want)) - LEGAL == set(words(got)) - LEGAL
        case "city":
            return town(want) == town(got) and not signs(got)
        case "postcode":
            return re.sub(r"[^a-z0-9]", "", fold(want)) == re.sub(
                r"^[a-z]{1,2}-(?=\d)|[^a-z0-9-]", "", fold(got)
            ).replace("-", "")
        case "website":
            return site(want) == site(got)
        case "region_code":
            return want == got or region_named(want) == fold(got)
        case "accepts_new" | "telehealth":
            return want is got
        case _:
            return fold(want).strip() == fold(got).strip()


def fold(value: object) -> str:
    """Without accents and cases."""
    text = unicodedata.normalize("NFKD", str(value).casefold().translate(LETTERS))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def words(value: object) -> list[str]:
    """The words of a text, folded."""
    return re.findall(r"[^\W_]+", fold(value).replace("'", ""))


@cache
def titles() -> frozenset[str]:
    """Titles before names in all languages, folded."""
    known = {word for one in table("words").values() for title in one["titles"] for word in words(title)}
    return frozenset(known | set(MORE_TITLES))


def name_words(value: str) -> frozenset[str]:
    """The words of a name without titles before and single letters within."""
    found = words(re.sub(r"(?<=\w)\.(?=\w)", "", str(value).replace('ד"ר', "דר ")))
    while len(found) > 1 and found[0] in titles():
        found.pop(0)
    long = [word for word in found if len(word) > 1 or ord(word) > 0x2000 or word.isdigit()]
    return frozenset(long if len(long) > 1 else found)


def credentials(value: str) -> frozenset[str]:
    """Letters as a set: M.D. is MD."""
    return frozenset(
        re.sub(r"[^a-z0-9]", "", fold(part))
        for part in re.split(r"[\s,;/|&()]+|\s[-–—]\s", str(value).replace(".", ""))
    ) - {""}


def street(value: str) -> frozenset[str]:
    """The words of a street, long and short forms alike."""
    text = re.sub(r"(?<=[a-z])str\b", " str", re.sub(r"stra(?:ss|ß)e\b", "str", fold(str(value).replace("º", ""))))
    return frozenset(STREET_WORDS.get(word, word) for word in words(text))


def town(value: str) -> str:
    """A town's name in one word, Saint and St. alike; Japan's with or without the sign for a town."""
    short = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}
    return "".join(short.get(word, word) for word in words(value)).removesuffix("市")


def site(value: str) -> tuple[str, str]:
    """Host and path."""
    text = re.sub(r"^[a-z]+:/*", "", str(value).strip(), flags=re.I).split("#")[0].split("?")[0]
    host, _, path = text.partition("/")
    return host.casefold().removeprefix("www."), path.strip("/")


def region_named(code: str) -> str:
    """The name of a region, folded."""
    return fold(region_names().get(code, code))


def digits(value: object) -> str:
    """The digits of a number."""
    return re.sub(r"\D", "", str(value))


def signs(value: object) -> bool:
    """Whether a pin, star or telephone is left in a text."""
    return any(unicodedata.category(letter) == "So" for letter in str(value))


def _is_fax(number: dict[str, Any]) -> bool:
    return "fax" in str(number.get("label") or "").casefold()


def _shown(row: dict[str, Any], name: str) -> str:
    found = [value for one, value in values_of(row, returned=True) if one == name]
    return ", ".join(map(repr, found)) or "nothing"


def describe(faults: Iterable[str], most: int = 12) -> str:
    """The first faults, a line each."""
    lines = list(faults)
    return "\n".join(f"    {line}" for line in lines[:most]) + (
        f"\n    ... {len(lines) - most} more" if len(lines) > most else ""
    )
