"""The request parameters of a search: each is declared once, and read, checked and described from its declaration."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ldn_directory.site.i18n.lazy_text import Phrase, phrase

PAGE_SIZE = 20
MOST_ROWS = 500
MOST_CHARACTERS = 200
MOST_WORDS = 12
MOST_PAGES = 9_999
WITHIN_KM = 50.0
FARTHEST_KM = 20_040.0
"""Half way round the earth."""
SINKS_AFTER_DAYS = 90
LEAVES_AFTER_DAYS = 180
CONFIRMED_DAYS = (30, 90, 180, 365)
FACETS = (
    "country",
    "region",
    "kind",
    "telehealth",
    "accepts_new",
    "languages",
    "evidence",
    "grade",
    "source",
    "confirmed",
)
"""What results are narrowed by, in the order shown."""
ALLOWED = {
    "kind": ("prescriber", "clinic", "pharmacy", "telehealth"),
    "telehealth": ("yes", "no", "unknown"),
    "accepts_new": ("yes", "no", "unknown"),
    "evidence": ("listed", "own_site", "proxy"),
    "grade": ("offers", "writes_about"),
}
REACHES = ("in_person", "by_video", "not_stated")
SORTS = ("best", "nearest", "name", "confirmed")
_POINT = re.compile(r"\s*([-+]?\d{1,3}(?:\.\d{1,15})?)\s*[,; ]\s*([-+]?\d{1,3}(?:\.\d{1,15})?)\s*")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class BadQuery(ValueError):
    """A query that cannot be answered. The phrase says what is wrong with it."""

    def __init__(self, said: Phrase) -> None:
        super().__init__(str(said))
        self.phrase = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One request parameter: what it is for, and what it may hold."""

    name: str
    what: str
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    least: float | None = None
    most: float | None = None
    """Bounds of a number."""
    longest: int = MOST_CHARACTERS
    whole: bool = True
    """Whether a number must be a whole one."""
    wrong: Phrase | None = None
    """The message for a wrong value."""

    def value_in(self, values: Mapping[str, str]) -> str:
        """The parameter's value, empty if it is not given; free text without control characters and extra spaces."""
        value = values.get(self.name, "")
        return value if self.choices or self.pattern or self.least is not None else _readable(value)

    def check(self, value: str) -> str:
        """The value, if it is allowed. Raises BadQuery."""
        if len(value) > self.longest or (self.choices and value not in self.choices):
            raise BadQuery(self.wrong or self._expected())
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise BadQuery(self.wrong or self._expected())
        return value if self.least is None else self._number(value)

    def _number(self, value: str) -> str:
        """The number; a whole one without decimal zeros, which JSON Schema allows (`5.0`)."""
        form = r"[0-9]{1,9}(\.0+)?" if self.whole else r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"
        if not re.fullmatch(form, value) or not self.least <= float(value) <= (self.most or math.inf):  # type: ignore[operator]
            raise BadQuery(self.wrong or self._expected())
        return value.partition(".")[0] if self.whole else value

    def _expected(self) -> Phrase:
        if self.choices:
            choices = ", ".join(self.choices)
            return phrase("There is no such %(name)s: it must be one of %(choices)s.", name=self.name, choices=choices)
        if self.least is not None:
            return phrase(
                "%(name)s must be a number from %(least)s to %(most)s.",
                name=self.name,
                least=self.least,
                most=self.most,
            )
        return phrase("%(name)s must have at most %(longest)s characters.", name=self.name, longest=self.longest)

    def schema(self) -> dict[str, Any]:
        """The parameter's JSON Schema, as OpenAPI 3.1 has it."""
        if self.choices:
            return {"type": "string", "enum": list(self.choices)}
        if self.least is not None:
            return {"type": "integer" if self.whole else "number", "minimum": self.least, "maximum": self.most}
        limits: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        return limits | ({"pattern": f"^({self.pattern})$"} if self.pattern else {})


_CODE = r"[A-Z]{2}(-[A-Z0-9]{1,3})?"
PARAMETERS = (
    Parameter(name="q", what="A name, practice, credential, specialty or place, with typing errors if need be."),
    Parameter(
        name="near",
        what="A postal code, town, region or country, or `latitude,longitude` in degrees. Of several places of one "
        "name, the one in the country of `Accept-Language`, else the largest, is meant.",
        longest=100,
        wrong=phrase("A place is named in at most 100 characters."),
    ),
    Parameter(
        name="within",
        what=f"How far from there, in kilometres; {WITHIN_KM:.0f} if not given. Of no effect beside a region.",
        least=1,
        most=FARTHEST_KM,
        whole=False,
        wrong=phrase(
            "The distance (within) must be a number of kilometres from 1 to %(most)s.", most=round(FARTHEST_KM)
        ),
    ),
    Parameter(
        name="reach",
        choices=REACHES,
        what="With a place: only those who can be visited, only those who state that they serve "
        "its region by telehealth, or only those of whom no list says so.",
    ),
    Parameter(name="kind", what="What the provider is.", choices=ALLOWED["kind"]),
    Parameter(name="country", what="English name of the country, or its ISO 3166-1 code."),
    Parameter(name="region", what="Name of the first-level region, or its ISO 3166-2 code."),
    Parameter(
        name="telehealth",
        what="Whether telehealth is offered; unknown where no list says so.",
        choices=ALLOWED["telehealth"],
    ),
    Parameter(
        name="accepts_new",
        what="Whether new patients are accepted; unknown where no list says so.",
        choices=ALLOWED["accepts_new"],
    ),
    Parameter(name="languages", what="A language spoken, as stated."),
    Parameter(name="evidence", what="Why the provider is here.", choices=ALLOWED["evidence"]),
    Parameter(
        name="grade",
        what="What the website states of those known from it: that LDN is prescribed or made there, or less.",
        choices=ALLOWED["grade"],
    ),
    Parameter(name="source", what="Short name of a source that lists the provider."),
    Parameter(
        name="confirmed",
        what="Confirmed within this many days. Who was noted by a person, and not confirmed yet, is in none.",
        least=1,
        most=36_500,
        wrong=phrase("Confirmed within how many days (confirmed) must be a whole number from 1 to 36500."),
    ),
    Parameter(
        name="serves",
        what="ISO 3166-2 or 3166-1 code of a region: "
        "only those who state that they serve it by telehealth or delivery.",
        pattern=_CODE,
        wrong=phrase("A region that is served is asked for by its ISO 3166 code, such as US-OH or GB."),
    ),
    Parameter(name="sort", what="By best match, by distance, by name, or the last confirmed first.", choices=SORTS),
    Parameter(name="words", what="`any`: one of the words is enough.", choices=("any", "all")),
    Parameter(
        name="old",
        choices=("yes", "no"),
        what=f"`yes`: with entries that nobody has confirmed or noted for {LEAVES_AFTER_DAYS} days, "
        "or whose registration has ended.",
    ),
    Parameter(name="place", what="`no`: words of `q` are not taken for a place.", choices=("yes", "no")),
    Parameter(
        name="page",
        what="Which page, from 1.",
        least=1,
        most=MOST_PAGES,
        wrong=phrase("The page must be a number from 1 to %(most)s.", most=MOST_PAGES),
    ),
    Parameter(
        name="size",
        what=f"How many to a page; {PAGE_SIZE} if not given.",
        least=1,
        most=MOST_ROWS,
        wrong=phrase("The size of a page must be a number from 1 to %(most)s.", most=MOST_ROWS),
    ),
    Parameter(
        name="cursor",
        what="Where the last answer ended, from its `next`.",
        pattern=r"[0-9]{1,9}-[0-9]{1,18}",
        wrong=phrase("The cursor must be the one that the last answer gave."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is searched for."""

    q: str = ""
    near: str = ""
    within: float | None = None
    """Kilometres; None where not stated."""
    reach: str | None = None
    filters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The chosen value of each facet."""
    serves: str | None = None
    """The ISO 3166 code of a region: only those who state that they serve it by telehealth or delivery."""
    sort: str = "best"
    page: int = 1
    size: int = PAGE_SIZE
    cursor: tuple[int, int] | None = None
    """(how many have been shown, the id of the last one)."""
    any_word: bool = False
    """Whether one of the words is enough."""
    old: bool = False
    """Whether entries that nobody has confirmed or noted for 180 days are wanted too."""
    places: bool = True
    """Whether words of `q` may mean a place."""
    home: str | None = None
    """ISO 3166-1 code of the reader's country, if known. No parameter: it is in the request's `Accept-Language`."""

    @classmethod
    def parse(cls, values: Mapping[str, str], home: str | None = None) -> Query:
        """Reads request parameters and ignores unknown ones. Raises BadQuery."""
        stated = {one.name: text for one in PARAMETERS if (text := one.value_in(values))}
        if len(stated.get("q", "")) > MOST_CHARACTERS or len(stated.get("q", "").split()) > MOST_WORDS:
            raise BadQuery(
                phrase(
                    "Please ask in at most %(characters)s characters and %(words)s words.",
                    characters=MOST_CHARACTERS,
                    words=MOST_WORDS,
                )
            )
        given = {one.name: one.check(stated[one.name]) for one in PARAMETERS if one.name in stated}
        point_of(given.get("near", ""))
        number, _, last = given.get("cursor", "").partition("-")
        return cls(
            q=given.get("q", ""),
            near=given.get("near", ""),
            within=float(given["within"]) if "within" in given else None,
            reach=given.get("reach"),
            filters={name: given[name] for name in FACETS if name in given},
            serves=given.get("serves"),
            sort=given.get("sort", "best"),
            page=int(given.get("page", "1")),
            size=int(given.get("size", PAGE_SIZE)),
            cursor=(int(number), int(last)) if number else None,
            any_word=given.get("words") == "any",
            old=given.get("old") == "yes",
            places=given.get("place") != "no",
            home=home,
        )

    def parameters(self) -> dict[str, str]:
        """The query as request parameters, without page and cursor. `parse` reads them back."""
        ways = {
            "q": self.q,
            "near": self.near,
            "within": f"{self.within:g}" if self.within else "",
            "reach": self.reach or "",
            **self.filters,
            "serves": self.serves or "",
            "sort": self.sort if self.sort != "best" else "",
            "words": "any" * self.any_word,
            "old": "yes" * self.old,
            "place": "" if self.places else "no",
            "size": str(self.size) if self.size != PAGE_SIZE else "",
        }
        return {name: value for name, value in ways.items() if value}


def point_of(text: str) -> tuple[float, float] | None:
    """The point of `latitude,longitude`; None for any other text. Raises BadQuery if it is not on earth."""
    typed = _POINT.fullmatch(text)
    if not typed:
        return None
    point = float(typed[1]), float(typed[2])
    if "," not in text and "." not in text:
        # Two numbers without a comma or a decimal point are a postal code such as `111 22`.
        return None
    if abs(point[0]) > 90 or abs(point[1]) > 180:
        raise BadQuery(phrase("A point is latitude,longitude in degrees: from -90 to 90, and from -180 to 180."))
    return point


def _readable(text: str) -> str:
    return " ".join(_UNREADABLE.sub(" ", text).split())
