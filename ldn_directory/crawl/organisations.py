"""What the pages of organisations' own sites say, put together: a listing for each place of each organisation.

Each page is read by itself (`extract/html/organisation.py`). Here the pages of one site are compared: which values are
the organisation's, which of its places is the main one, and which values cannot be. No I/O but the table of places.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ldn_directory.archive.page_result import PageResult
from ldn_directory.ledger import Ledger, LedgerError
from ldn_directory.model import Evidence, Kind, Listing, Phone
from ldn_directory.normalize.phones import is_companys, is_valid, phone_country, phones
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.streets import same_place
from ldn_directory.storage import LEDGER_FILE

from .places_check import KnownPlaces
from .site_visit import Context, SiteVisit

ROLE = "role"
STRONG = frozenset({"front", "contact", "locations", "imprint", "about"})
"""Pages whose addresses and numbers are taken to be the organisation's. Those of others only if these have none."""
WEAK = frozenset({"evidence"})
MOST_PLACES = 12
_PLACE = (
    "street",
    "city",
    "region",
    "region_code",
    "postcode",
    "country",
    "country_code",
    "address",
    "latitude",
    "longitude",
)
_STATED_SEVERAL = ("telehealth", "accepts_new")
UNANSWERED = frozenset({"down", "refused", "unreadable"})
"""Outcomes that say nothing about the organisation: what is known of it stays."""


@dataclass(slots=True, kw_only=True)
class Found:
    """A value or a place on one page."""

    row: dict[str, Any]
    """A listing as JSON values."""
    notes: Mapping[str, Any]
    role: str
    url: str


class SiteVisits:
    """The sites of a run. `known`: keys of the organisations of which the ledger has values."""

    def __init__(self, source_id: str, known: Iterable[str] = ()) -> None:
        self.source_id, self.known = source_id, frozenset(known)
        self.visits: dict[str, SiteVisit] = {}

    @classmethod
    def of(cls, data: Path, source_id: str) -> SiteVisits:
        """Those of a source whose earlier harvests are in a data folder's ledger."""
        path = data / LEDGER_FILE
        try:
            with Ledger.open_read_only(path) if path.exists() else nullcontext() as ledger:
                return cls(source_id, ledger.organisations(source_id) if ledger else ())
        except LedgerError:
            return cls(source_id)

    def lines(self, data: Path) -> list[bytes]:
        """The listings of all sites as canonical JSON; places are looked up in the data folder's table."""
        with closing(KnownPlaces(data)) as places:
            return [listing.as_line() for listing in self.listings(places)]

    def visit(self, context: Context) -> SiteVisit:
        """The visit of the organisation that a request is for."""
        return self.visits.setdefault(context["organisation"], SiteVisit(row=context))

    def take(self, url: str, context: Context, result: PageResult) -> None:
        """Takes what a page said, or that it could not be read."""
        if result.error:
            self.failed(url, context, "down", result.error)
        else:
            self.visit(context).pages.append((url, context, result))

    def failed(self, url: str, context: Context, kind: str, why: str) -> None:
        """Notes that a page was not had."""
        self.visit(context).failures.append((url, kind, why))

    def why_unanswered(self) -> str | None:
        """Why there is nothing, if no site gave an answer."""
        if not self.visits or any(one.pages for one in self.visits.values()):
            return None
        return f"none of {len(self.visits)} sites gave an answer: is there a network?"

    def failures(self) -> list[dict[str, Any]]:
        """The pages that were not had, as JSON values."""
        return [
            {"url": url, "kind": kind, "why": why, "context": dict(visit.row)}
            for visit in self.visits.values()
            for url, kind, why in visit.failures
        ]

    def take_up(self, report: Mapping[str, Any]) -> None:
        """Takes the failures of an earlier run, whose pages are read again."""
        for one in report.get("site_failures", ()):
            self.failed(one["url"], one["context"], one["kind"], one["why"])

    def not_read(self) -> frozenset[str]:
        """The organisations of which nothing new is known."""
        return frozenset(key for key, visit in self.visits.items() if self._stays(key, visit))

    def _stays(self, key: str, visit: SiteVisit) -> bool:
        return visit.outcome() in UNANSWERED or (key in self.known and visit.failed_for_now())

    def listings(self, places: KnownPlaces) -> list[Listing]:
        """The listings of all sites, each value with its page."""
        found: list[Listing] = []
        for key, visit in sorted(self.visits.items()):
            visit.left_out.clear()
            if visit.outcome() in ("read", "silent") and not self._stays(key, visit):
                if visit.is_named():
                    found += _Merge(self.source_id, key, visit, places).listings()
                else:
                    visit.left_out.append(f"no page names {visit.row['name']}: nothing is taken")
        return found

    def report(self, lines: Iterable[bytes]) -> list[dict[str, Any]]:
        """A row for each organisation: what its visit found, what it still lacks, what was left out and why."""
        of_key = defaultdict(list)
        for row in map(json.loads, lines):
            of_key[row["organisation"]].append(row)
        return [
            {
                "organisation": visit.row["name"],
                "site": key,
                "outcome": (outcome := visit.outcome()),
                "because": "; ".join(dict.fromkeys(f"{url} {why}" for url, _, why in visit.failures))
                if outcome != "read"
                else "",
                "pages": len(visit.pages),
                "lacks": [
                    what
                    for what, field in (("a town", "city"), ("a phone", "phones"))
                    if not visit.row.get(field) and not any(row.get(field) for row in of_key[key])
                ],
                "left_out": visit.left_out,
            }
            for key, visit in sorted(self.visits.items())
        ]


@dataclass(slots=True)
class _Merge:
    """The pages of one site as listings."""

    source_id: str
    key: str
    visit: SiteVisit
    places: KnownPlaces
    unplaced: set[int] = field(default_factory=set)
    """What states a place without a town: the rest of what it states is good."""

    def listings(self) -> Iterator[Listing]:
        for url, _, result in self.visit.pages:
            if many := dict(result.stated).get("places"):
                self._leave_out(f"{many} places ({url}), and nothing says which is its own")
        found = list(self._found())
        located = self._locations([one for one in found if _has_place(one.row)])
        groups = _ordered(located, self.visit.row)
        if len(groups) > MOST_PLACES:
            self._leave_out(f"{len(groups)} places, and nothing says which is its own")
            groups = []
        home = self._country(groups)
        taken: set[str] = set()
        for number, group in enumerate(groups or [[]]):
            others = [] if number else [one for one in found if not _has_place(one.row) or id(one) in self.unplaced]
            if (listing := self._listing(number, group, others, home, taken)) is not None:
                yield listing

    def _leave_out(self, what: str) -> None:
        if what not in self.visit.left_out:
            self.visit.left_out.append(what)

    def _found(self) -> Iterator[Found]:
        for url, context, result in self.visit.pages:
            for line in result.lines:
                row = json.loads(line)
                yield Found(row=row, notes=json.loads(row["key"]), role=context[ROLE], url=url)

    def _locations(self, found: Sequence[Found]) -> list[Found]:
        """The places that may be the organisation's: of strong pages, or else of its page on LDN; and possible ones."""
        good = [one for one in found if one.role in STRONG or one.notes.get("data")]
        kept = []
        for one in good or [one for one in found if one.role in WEAK and one.notes.get("own")]:
            if not one.row.get("city") and not one.row.get("postcode"):
                self.unplaced.add(id(one))
                self._leave_out(f"{_address(one.row)} ({one.url}): names no town")
            elif why := self._why_not_there(one.row):
                self._leave_out(f"{_address(one.row)} ({one.url}): {why}")
            else:
                kept.append(one)
        return kept

    def _why_not_there(self, row: Mapping[str, Any]) -> str | None:
        """Why a place cannot be the organisation's."""
        country, code = self.visit.row.get("country_code"), row.get("country_code")
        if country and code and country != code:
            return f"is in another country than {self.visit.row['name']}"
        land = code or country
        if land is None:
            return "does not say in which country"
        if row.get("postcode") and self.places.is_postcode(row["postcode"], land, row.get("region_code")):
            return None if _city_closes(row) else f"{row.get('city')} may be a part of a town"
        if not row.get("city"):
            return "names no town"
        if self.places.is_town(row["city"], land, row.get("region_code")):
            return None if _city_closes(row) else f"{row['city']} may be a part of a town"
        return f"no town called {row['city']} is known there"

    def _country(self, groups: Sequence[Sequence[Found]]) -> str | None:
        stated = [one.row["country_code"] for group in groups for one in group if one.row.get("country_code")]
        return self.visit.row.get("country_code") or next(iter(stated), None)

    def _listing(
        self, number: int, group: Sequence[Found], others: Sequence[Found], home: str | None, taken: set[str]
    ) -> Listing | None:
        """One place with its values; of the first place also what the pages say besides."""
        values: dict[str, Any] = {}
        pages: dict[str, str] = {}
        written: dict[str, str] = {}
        best = next(
            iter(sorted(group, key=lambda one: (not one.row.get("street"), not one.notes.get("data"), _rank(one)))),
            None,
        )
        if best is not None:
            for name in _PLACE:
                if best.row.get(name) is not None:
                    values[name], pages[name] = best.row[name], best.url
            written = {name: text for name, text in best.row.get("written", ()) if name in _PLACE}
        ranked = sorted([*group, *others], key=_rank)
        numbers = self._phones(ranked, home, taken)
        if numbers:
            values["phones"], pages["phone"] = tuple(phone for phone, _ in numbers), numbers[0][1]
        if not number:
            self._add_common(ranked, values, pages)
        for name in ("hours",):
            if one := next((one for one in ranked if one.notes.get(name) and _fits(one, best)), None):
                values[name], pages[name] = one.notes[name], one.url
        if not values:
            return None
        first = best.url if best else next(iter(pages.values()))
        key = self.key if not number else f"{self.key}#{fold(_address(values))}"
        row = self.visit.row
        return Listing(
            source=self.source_id,
            key=key,
            page=first,
            kind=Kind(row["kind"]),
            evidence=Evidence.OWN_SITE,
            name=row["name"],
            organisation=self.key,
            pages=tuple(sorted((name, url) for name, url in pages.items() if url != first)),
            written=tuple(sorted(written.items())),
            text=_text_of(
                [
                    row["name"],
                    values.get("address") or _address(values),
                    *(p.raw for p, _ in numbers),
                    values.get("email"),
                ]
            ),
            **values,
        )

    def _add_common(self, ranked: Sequence[Found], values: dict[str, Any], pages: dict[str, str]) -> None:
        """What holds for the whole organisation."""
        strong = [one for one in ranked if one.role in STRONG or one.notes.get("data")] or ranked
        if one := next((one for one in strong if one.row.get("email")), None):
            values["email"], pages["email"] = one.row["email"], one.url
        for name in _STATED_SEVERAL:
            said = [one for one in ranked if one.row.get(name) is not None]
            if len({one.row[name] for one in said}) == 1:
                values[name], pages[name] = said[0].row[name], said[0].url
            elif said:
                self._leave_out(f"{name.replace('_', ' ')}: its pages contradict each other")
        said = [one for one in ranked if one.notes.get("ships") is not None]
        if len({one.notes["ships"] for one in said}) == 1:
            values["ships"], pages["ships"] = said[0].notes["ships"], said[0].url
        served = [(code, one.url) for one in ranked for code in one.row.get("serves", ())]
        if served:
            values["serves"] = tuple(dict.fromkeys(code for code, _ in served))
            pages["serves"] = served[0][1]

    def _phones(self, ranked: Sequence[Found], home: str | None, taken: set[str]) -> list[tuple[Phone, str]]:
        """(number, its page), each number once for all places."""
        found: list[tuple[Phone, str]] = []
        strong = [one for one in ranked if one.role in STRONG or one.notes.get("data")]
        for one in strong or [one for one in ranked if one.role in WEAK and one.notes.get("own")]:
            for said in one.row.get("phones", ()):
                phone = Phone(**said)
                if phone.e164 is None and (again := phones(phone.raw, home)) and len(again) == 1:
                    phone = again[0]
                if phone.e164 in taken:
                    continue
                if why := self._why_no_phone(phone, home):
                    self._leave_out(f"{phone.raw} ({one.url}): {why}")
                    continue
                taken.add(str(phone.e164))
                found.append((phone, one.url))
        return found[:5]

    def _why_no_phone(self, phone: Phone, home: str | None) -> str | None:
        if phone.e164 is None or not is_valid(phone.e164):
            return "is not a valid number" + (f" of {home}" if home else ", or its country is not known")
        country = phone_country(phone.e164)
        main = {"CA": "US", "GG": "GB", "JE": "GB", "IM": "GB"}.get(home or "", home)
        if home and country not in (home, main) and not is_companys(phone.e164):
            return f"is a number of another country ({country})"
        return None


def _city_closes(row: Mapping[str, Any]) -> bool:
    """Whether nothing but a region, a code or a country follows the town in the address as it is written."""
    after = fold(row.get("address") or "").rpartition(fold(row.get("city") or ""))[2]
    known = (
        row.get("region"),
        row.get("postcode"),
        row.get("country"),
        (row.get("region_code") or "").partition("-")[2],
    )
    rest = set(after.split()) - {word for text in known if text for word in fold(text).split()}
    return not any(len(word) > 3 and word.isalpha() for word in rest) or fold(row.get("country") or "") in after


def _has_place(row: Mapping[str, Any]) -> bool:
    return bool(row.get("city") or row.get("postcode") or row.get("street"))


def _rank(one: Found) -> tuple[int, bool]:
    order = ("contact", "locations", "imprint", "front", "about")
    return (order.index(one.role) if one.role in order else len(order), not one.notes.get("data"))


def _fits(one: Found, best: Found | None) -> bool:
    return best is None or not _has_place(one.row) or same_place(one.row, best.row)


def _address(row: Mapping[str, Any]) -> str:
    return ", ".join(str(row[name]) for name in ("street", "city", "region", "postcode") if row.get(name))


def _text_of(parts: Iterable[str | None]) -> str:
    return "\n".join(part for part in parts if part)


def _ordered(found: Sequence[Found], row: Context) -> list[list[Found]]:
    """The statements of each place, the main place first."""
    groups: list[list[Found]] = []
    for one in sorted(found, key=lambda one: (not one.row.get("street"), not one.row.get("postcode"))):
        group = next((group for group in groups if same_place(group[0].row, one.row)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)

    def main_first(group: Sequence[Found]) -> tuple[Any, ...]:
        cities = {fold(one.row.get("city") or "") for one in group}
        regions = {one.row.get("region_code") for one in group}
        return (
            bool(row.get("city")) and fold(row["city"]) not in cities,
            bool(row.get("region_code")) and row["region_code"] not in regions,
            not any(one.notes.get("main") and not one.notes.get("data") for one in group),
            not any(one.notes.get("main") for one in group),
            -len({one.url for one in group}),
            min((_rank(one)[0], one.notes.get("number", 0)) for one in group),
        )

    return sorted(groups, key=main_first)
