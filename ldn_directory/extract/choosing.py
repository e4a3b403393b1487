"""Chooses among the readings of a page: one linear score, whose weights are in `choosing.toml`.

The score is the log-odds that an entry or value of the reading is right, so the confidence is its logistic function.
Features are shares from 0 to 1. `tools/choosing_weights.py` estimates the weights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ldn_directory.model import Extraction, Kind, Listing, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import fold

from .facts import facts
from .html.subject import titles_of
from .notices import visible_text
from .page import Page
from .relevance import describe_off_topic, is_medical, is_medical_list
from .signals import head_of, is_strong_name, is_weak_name, is_weak_person

COUNTED = (
    "name",
    "phones",
    "city",
    "region_code",
    "postcode",
    "country_code",
    "email",
    "website",
    "credentials",
    "street",
    "serves",
)
"""Fields by which an entry's fullness is measured."""
MOST, MOST_OF_FOREIGN = 0.99, 0.45
"""The highest confidence, and that of entries of which nothing shows that they are prescribers or pharmacies."""
LIKELY = 0.5
"""Readings below it are guesses: shown as such, and held by a crawl."""
SHOWN_FROM = 0.05
"""Readings below it are not shown: the page holds no list."""
NOTHING = Extraction()
_AS_GOOD, _AS_GOOD_BELOW_HEADERS = 0.03, 0.1
_AS_MUCH = 0.9
"""Share of the best reading's values that one as good as it must say."""
_MOST_OTHER_NAMES = 0.05
_STEADY = {"html_cards": 1, "text_blocks": 2, "detail": 3}
"""How much each family depends on how a page looks; the others least, because they go by headers or keys."""
_SAMPLE = 300
_WITH_HEADERS = frozenset(("html_table", "tabular_file"))
_KEYED = frozenset(("json_api", "embedded_json", "structured_data", "kml"))
_SPACES = re.compile(r"\s+")
_MEASURE = re.compile(r"[^\w(+]{0,3}\d[\d.,:/\s-]{0,18}(?:[%€$£°]|[^\W\d_]{1,4}\.?)?", re.UNICODE)
_PLACES = frozenset(("phone", "postcode", "latitude", "longitude", "register_number", "key", "street", "address"))


@dataclass(frozen=True, slots=True)
class Ground:
    """A feature of a reading: what it is in words, its value, and what it adds to the score."""

    feature: str
    says: str
    value: float
    adds: float

    @property
    def beside_usual(self) -> float:
        """What it adds beside a reading that is right; 0 for what is not there and seldom is."""
        about = facts("choosing")["features"][self.feature]
        usual = float(about["usual"])
        return self.adds - usual * about["weight"] if self.value or usual >= 0.5 else 0.0


@dataclass(frozen=True, kw_only=True)
class RankedCandidate:
    """The entries that one reading found on a page."""

    family: str
    extraction: Extraction = NOTHING
    listings: tuple[Listing, ...] = ()
    of_record: tuple[int, ...] = ()
    """For each listing, the index of its record."""
    stated: tuple[Listing, ...] = ()
    """The listings without what they inherit from headings."""
    problems: tuple[Problem, ...] = ()
    unplaced: tuple[str, ...] = ()
    implausible: int = 0
    """Number of entries that no list would have. A spider would extract them too."""
    structure: float = 1.0
    """How regular the reading's own maker found it, as a share of the best of its kind."""
    confidence: float = 0.0
    """The share of its entries and values that should be right, 0 to 1."""
    veto: str | None = None
    """Why it cannot be a list of prescribers or pharmacies, whatever its score."""
    grounds: tuple[Ground, ...] = field(default=(), repr=False)

    @property
    def records(self) -> tuple[Record, ...]:
        """The entries as published."""
        return self.extraction.records

    @property
    def next_pages(self) -> tuple[str, ...]:
        """Addresses of further pages of the list."""
        return self.extraction.next_pages

    @property
    def total(self) -> int | None:
        """The number of entries that the page says there are."""
        return self.extraction.total

    @property
    def is_list(self) -> bool:
        """Whether it may be shown as the page's list."""
        return bool(self.listings) and self.veto is None

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its entries, in lower case."""
        return frozenset(one.name.casefold() for one in self.listings if one.name)

    @cached_property
    def worth(self) -> float:
        """The sum of its entries, with far more weight on full ones, so that a list cut into fragments does not win."""
        return sum(fullness(listing) ** 3 for listing in self.stated)


def fullness(listing: Listing) -> float:
    """How many of the counted fields are filled, from 0 to 1. Six of ten fields give 1."""
    return min(1.0, sum(bool(getattr(listing, name)) for name in COUNTED) / 6)


def rank(page: Page, found: Sequence[RankedCandidate]) -> list[RankedCandidate]:
    """The readings, best first, with their confidence and its grounds; those with a veto after all others."""
    about = _About(page)
    rated = [_rate(one, measure(one, found, about)) for one in found]
    ranked = sorted(rated, key=lambda one: (not one.is_list, -one.confidence, -len(one.listings)))
    return _steadiest_first(ranked) if ranked and ranked[0].is_list else ranked


def _steadiest_first(ranked: list[RankedCandidate]) -> list[RankedCandidate]:
    """The same, but of readings that are as good and name the same the one that least depends on how a page looks.

    None that says less of them than another, unless its values stand below headers.
    """
    best = ranked[0]
    equal = [
        one
        for one in ranked
        if one.is_list
        and one.confidence >= best.confidence - (_AS_GOOD_BELOW_HEADERS if _is_headed(one) else _AS_GOOD)
        and len(one.names ^ best.names) <= _MOST_OTHER_NAMES * len(best.names)
    ]
    most = max(map(_values_said, equal))
    full = [one for one in equal if _is_headed(one) or _values_said(one) >= _AS_MUCH * most]
    steadiest = min(full, key=lambda one: _STEADY.get(one.family, 0))
    return [steadiest, *(one for one in ranked if one is not steadiest)]


def _values_said(one: RankedCandidate) -> int:
    return sum(bool(getattr(listing, name)) for listing in one.listings for name in COUNTED)


def _is_headed(one: RankedCandidate) -> bool:
    """Whether nearly all its texts stand below headers that are known."""
    return any(ground.feature == "tabled" and ground.value >= 0.9 for ground in one.grounds)


def _rate(one: RankedCandidate, features: Mapping[str, float]) -> RankedCandidate:
    if not one.listings:
        return one
    weights = facts("choosing")["features"]
    grounds = tuple(
        Ground(name, about["says"], features[name], about["weight"] * features[name]) for name, about in weights.items()
    )
    score = facts("choosing")["bias"] + sum(ground.adds for ground in grounds)
    veto = describe_off_topic(one.records, one.listings)
    most = MOST_OF_FOREIGN if features["foreign"] else MOST
    sure = round(min(most, 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))), 2)
    if veto is None and sure < SHOWN_FROM:
        veto = f"only {sure:.0%} of it would be right: {', '.join(_against(grounds))}"
    return replace(one, grounds=grounds, confidence=sure, veto=veto)


class _About:
    """What is known of the page itself, found once for all its readings."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.length = len(visible_text(page)) if page.kind in ("html", "text") else 0

    @cached_property
    def _titles(self) -> str:
        return fold(" | ".join(titles_of(self.page))) if self.page.kind == "html" else ""

    @cached_property
    def _plain(self) -> str:
        return _SPACES.sub(" ", self.page.text.casefold()) if self.page.kind in ("html", "text") else ""

    def titles_name(self, name: str) -> bool:
        """Whether the title of the page names this person."""
        return bool(name) and is_weak_person(name) and fold(name) in self._titles

    def share_written(self, one: RankedCandidate) -> float:
        """The share of a reading's labels that are the publisher's own words, and not guessed."""
        labels = {text.label for record in one.records[:_SAMPLE] for text in record.texts if text.label}
        found = [" ".join(label.casefold().split()) in self._plain for label in labels] if self._plain else [True]
        return sum(found) / max(1, len(found))


def measure(one: RankedCandidate, found: Sequence[RankedCandidate], about: _About) -> dict[str, float]:
    """The features of a reading, each from 0 to 1, beside all readings of the page."""
    if not one.listings:
        return {}
    listings, stated, records = one.listings[:_SAMPLE], one.stated[:_SAMPLE], one.records[:_SAMPLE]
    others = [other for other in found if other is not one and other.listings]
    texts = _shares_of_texts(records)
    return {
        **_shares_of_listings(listings, stated or listings),
        **texts,
        **_beside_others(one, others),
        "labelled": float(one.family in _KEYED),
        "tabled": texts["understood"] * about.share_written(one) if one.family in _WITH_HEADERS else 0.0,
        "single": float(len(one.listings) == 1),
        "titled": float(len(one.listings) == 1 and about.titles_name(one.listings[0].name or "")),
        "few": 1 / len(one.listings),
        "plausible": len(one.stated) / max(1, len(one.listings) + one.implausible),
        "structure": one.structure,
        "covered": min(1.0, sum(len(record.block) for record in one.records) / about.length) if about.length else 0.5,
        "foreign": float(not is_medical_list(about.page, one.records, one.listings)),
    }


def _shares_of_listings(listings: Sequence[Listing], stated: Sequence[Listing]) -> dict[str, float]:
    names = [one.name or "" for one in listings]
    return {
        "full": sum(map(fullness, stated)) / len(stated),
        "reached": _share(bool(one.phones or one.email) for one in stated),
        "placed": _share(bool(one.city or one.postcode or one.latitude or one.serves) for one in stated),
        "addressed": _share(bool(one.street) for one in stated),
        "letters": _share(bool(one.credentials) for one in listings),
        "medical": _share(
            one.kind is Kind.PHARMACY or is_medical(f"{one.name} {one.practice or ''}") for one in listings
        ),
        "crowded": sum(min(1.0, (len(one.phones) - 1) / 2) for one in listings if one.phones) / len(listings),
        "named": _share(_looks_named(head_of(name)) for name in names),
        "distinct": len(set(names)) / len(names),
        "even": _evenness(stated),
        "remarks": sum(min(1.0, len(one.remark or "") / max(1, len(one.text or ""))) for one in listings)
        / len(listings),
    }


def _looks_named(name: str) -> bool:
    looks = is_strong_name(name) or is_weak_name(name) or not name.isascii()
    return looks and not any(map(str.isdigit, name))


def _evenness(listings: Sequence[Listing]) -> float:
    """How far each field is in all entries or in none: 1 if every one is, 0 if each is in half of them."""
    shares = [_share(bool(getattr(one, name)) for one in listings) for name in COUNTED]
    return sum(abs(2 * share - 1) for share in shares) / len(shares)


def _shares_of_texts(records: Sequence[Record]) -> dict[str, float]:
    texts = [text for record in records for text in record.texts]
    known = [text.field or (field_of(text.label) if text.label else None) for text in texts]
    loose = [text.text for text, meant in zip(texts, known, strict=True) if meant not in _PLACES]
    return {
        "understood": sum(meant is not None for meant in known) / max(1, len(texts)),
        "measures": _share(bool(_MEASURE.fullmatch(text.strip())) for text in loose),
        "headed": _share(bool(record.headings) for record in records),
    }


def _beside_others(one: RankedCandidate, others: Sequence[RankedCandidate]) -> dict[str, float]:
    """How the reading compares with the other ones of the page."""
    most = max((other.worth for other in (one, *others)), default=0.0)
    largest = max(len(other.listings) for other in (one, *others))
    agreeing = max((len(one.names & other.names) for other in others), default=0)
    sure = [other.names for other in others if other.stated and len(other.stated) >= 0.8 * len(other.listings)]
    missed = max((len(names - one.names) / max(1, len(names | one.names)) for names in sure), default=0.0)
    return {
        "yield": one.worth / most if most else 0.0,
        "size": len(one.listings) / largest,
        "agreed": agreeing / max(1, len(one.names)),
        "alone": float(not others),
        "missed": missed,
    }


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def _against(grounds: Sequence[Ground]) -> list[str]:
    """What speaks most against a reading, beside a usual list."""
    worst = sorted(grounds, key=lambda ground: ground.beside_usual)[:3]
    return [f"{ground.says}: {ground.value:.0%}" for ground in worst if ground.beside_usual < 0]


def why_it_lost(one: RankedCandidate, winner: RankedCandidate | None) -> str:
    """In plain words, why a reading came after the winner, or was not shown."""
    if one.veto:
        return one.veto
    if not one.listings or winner is None:
        return "no entry has a name and a way to find or reach its bearer" if one.records else "finds no entries"
    better = {ground.feature: ground for ground in winner.grounds}
    gaps = sorted(one.grounds, key=lambda ground: ground.adds - better[ground.feature].adds)[:3]
    said = [
        f"{ground.says}: {ground.value:.0%} against {better[ground.feature].value:.0%}"
        for ground in gaps
        if ground.adds < better[ground.feature].adds
    ]
    return "; ".join(said) or "as good, and tried later"
