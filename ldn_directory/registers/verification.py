"""Writes what official registers say of the providers of a directory that is being built. They verify; they add nobody.

Providers who may be in the list of exclusions are taken out of the directory until a person has decided. Nothing that
is published says why; only the maintainer's report does (`data/register_report.json`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from ldn_directory.errors import BuildError
from ldn_directory.normalize.npi import is_npi

from .answers import ANSWERS_FILE, Answers, question_of
from .decisions import DECISIONS_FILE, Decisions
from .entries import Entry
from .errors import RegisterError
from .exclusions import ExclusionMatch, find_hit
from .links import Link, links
from .lookup import entries_for, exclusions_by_name, exclusions_for
from .matching import Match, Reason, match_provider
from .providers import Provider, providers_of
from .report import REPORT_FILE, Report, last_report
from .store import REGISTERS_FILE, LoadedRegister, loaded_registers, open_registers

AT_ONCE = 10_000
_STATES = ("inactive", "active", "not found")
"""Of several registers that say something of a provider, the first of these is shown."""
_CHILDREN = ("locations", "serves", "claims", "listings", "verifications")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one register says of one provider."""

    register: str
    match: Match
    checked: str


def verify(db: sqlite3.Connection, folder: Path, decisions: Path | None = None) -> int:
    """Fills `verifications` and the states of the providers; gives how many providers are withheld.

    `folder` holds what is loaded of the registers; without it nobody is checked. `decisions` is the file of people's
    decisions, by default in the folder. Raises BuildError for a decision that cannot be understood.
    """
    try:
        decided = Decisions.read(decisions or folder / DECISIONS_FILE)
    except RegisterError as error:
        raise BuildError(str(error)) from None
    db.execute("DELETE FROM verifications")
    db.execute(
        "UPDATE providers SET register_state = 'not checked', register_checked = NULL"
        " WHERE register_state <> 'not checked'"
    )
    report = Report()
    with ExitStack() as stack:
        try:
            registers = _Registers.open(folder, stack, report)
            kept_out = set() if registers.has_exclusions else _keep_out(db, folder, decided, report)
        except RegisterError as error:
            # Going on would show again whoever is withheld, and as registered whose registration has ended.
            raise BuildError(str(error)) from None
        if registers.is_any:
            found = providers_of(db)
            while providers := list(islice(found, AT_ONCE)):
                _verify_some(db, registers, providers, decided, report)
    if registers.is_any or (folder / REPORT_FILE).exists():
        report.write(folder, db.execute("SELECT max(finished) FROM runs").fetchone()[0])
    _write_links(db)
    return len(kept_out | {row["provider"] for row in report.withheld})


def _keep_out(db: sqlite3.Connection, folder: Path, decided: Decisions, report: Report) -> set[int]:
    """Takes out providers although the list of exclusions is not loaded, and returns them.

    They are those whom a person found in it, and those withheld while it was loaded, until a person decides otherwise.
    """
    out = _providers_with(db, decided.listings("leie", "same"))
    for row in last_report(folder).get("withheld", ()):
        decision = decided.about("leie", row["entry"], row["listings"])
        if decision == "different":
            continue
        for provider in _providers_with(db, row["listings"]):
            report.withheld.append(row | {"provider": provider, "decision": decision})
            out.add(provider)
    for provider in out:
        _take_out(db, provider)
    return out


def _providers_with(db: sqlite3.Connection, listings: Sequence[str]) -> set[int]:
    rows = db.execute(
        "SELECT provider FROM listings WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(listings),)
    )
    return {provider for (provider,) in rows}


class _Registers:
    """What is loaded and answered, ready to be looked into."""

    def __init__(
        self, loaded: Mapping[str, LoadedRegister], db: duckdb.DuckDBPyConnection | None, answers: Answers | None
    ) -> None:
        self.loaded, self.db, self.answers = loaded, db, answers
        self.excluded = exclusions_by_name(db) if db and self.has_exclusions else {}

    @property
    def is_any(self) -> bool:
        """Whether there is any register to look into."""
        return self.db is not None or self.answers is not None

    @property
    def has_exclusions(self) -> bool:
        """Whether the list of exclusions is loaded."""
        return "leie" in self.loaded

    @classmethod
    def open(cls, folder: Path, stack: ExitStack, report: Report) -> _Registers:
        """Those of a folder. Raises RegisterError for what is there and cannot be read."""
        loaded = loaded_registers(folder)
        db = stack.enter_context(open_registers(folder / REGISTERS_FILE)) if loaded else None
        answers = stack.enter_context(Answers.open(folder)) if (folder / ANSWERS_FILE).exists() else None
        report.registers = [
            asdict(one) | {"as_of": f"{one.as_of}", "since": one.since and f"{one.since}"} for one in loaded.values()
        ]
        return cls(loaded, db, answers)

    def verdicts(self, providers: Sequence[Provider]) -> Iterator[tuple[Provider, list[Verdict], list[Entry]]]:
        """Each provider with what registers say, and the entries of NPPES that were looked at."""
        found: dict[int, list[Entry]] = {}
        if self.db and "nppes" in self.loaded:
            american = [provider.facts for provider in providers if _is_in(provider, "US")]
            found = {facts.id: entries for facts, entries in entries_for(self.db, american)}
        for provider in providers:
            entries = found.get(provider.id)
            if entries is not None:
                yield provider, [self._by_bulk(provider, entries)], entries
            else:
                yield provider, self._by_answer(provider), []

    def _by_bulk(self, provider: Provider, entries: list[Entry]) -> Verdict:
        dates = [self.loaded[name].as_of for name in ("nppes", "deactivated") if name in self.loaded]
        return Verdict(
            register="nppes", match=match_provider(provider.facts, entries), checked=f"{max(dates)}T00:00:00Z"
        )

    def _by_answer(self, provider: Provider) -> list[Verdict]:
        question = question_of(provider.facts, provider.kind) if self.answers else None
        kept = self.answers.of(question) if self.answers and question else None
        if question is None or kept is None:
            return []
        answered, entries = kept
        return [Verdict(register=question.register, match=match_provider(provider.facts, entries), checked=answered)]

    def hits(
        self, providers: Sequence[Provider], numbers: Mapping[int, frozenset[str]]
    ) -> Iterator[tuple[Provider, ExclusionMatch]]:
        """Providers that may stand in the list of exclusions."""
        by_id = {provider.id: provider for provider in providers if _is_in(provider, "US")}
        for facts, entries in exclusions_for(self.excluded, [provider.facts for provider in by_id.values()]):
            for entry in entries:
                if hit := find_hit(facts, entry, numbers.get(facts.id, frozenset())):
                    yield by_id[facts.id], hit


def _verify_some(
    db: sqlite3.Connection, registers: _Registers, providers: Sequence[Provider], decided: Decisions, report: Report
) -> None:
    rows: dict[tuple[int, str], tuple[Any, ...]] = {}
    numbers: dict[int, frozenset[str]] = {}
    states = []
    for provider, verdicts, entries in registers.verdicts(providers):
        verdicts = [_apply_decision(provider, verdict, decided) for verdict in verdicts]
        numbers[provider.id] = _numbers(provider, verdicts)
        rows |= {(provider.id, verdict.register): _row(provider, verdict) for verdict in verdicts}
        if shown := _state_to_show(verdicts):
            states.append((*shown, provider.id))
        _note(report, provider, verdicts, entries, decided)
    db.executemany("INSERT INTO verifications VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows.values())
    db.executemany("UPDATE providers SET register_state = ?, register_checked = ? WHERE id = ?", states)
    _withhold(db, registers.hits(providers, numbers), decided, report)


def _apply_decision(provider: Provider, verdict: Verdict, decided: Decisions) -> Verdict:
    """The verdict, unless a person has decided that the entry is somebody else."""
    entry = verdict.match.entry
    if entry and decided.about(verdict.register, entry.number, provider.listings) == "different":
        return Verdict(register=verdict.register, match=Match(state="not found"), checked=verdict.checked)
    return verdict


def _numbers(provider: Provider, verdicts: Sequence[Verdict]) -> frozenset[str]:
    matched_ones = {verdict.match.entry.number for verdict in verdicts if verdict.match.entry}
    return frozenset(matched_ones | {number for number in provider.facts.stated if is_npi(number)})


def _row(provider: Provider, verdict: Verdict) -> tuple[Any, ...]:
    match = verdict.match
    number = match.entry.number if match.entry else None
    evidence = [{"says": point.says, "bits": round(point.bits, 1)} for point in match.points] if match.entry else []
    link = next((link for link in links() if link.register == verdict.register), None)
    return (
        provider.id,
        verdict.register,
        match.state,
        number,
        match.score if match.entry else None,
        json.dumps(evidence, ensure_ascii=False) if evidence else None,
        verdict.checked,
        link.address(provider.name, number) if link else None,
    )


def _state_to_show(verdicts: Sequence[Verdict]) -> tuple[str, str] | None:
    """(state, date) for the provider's own row. Several that fit are no match: that is not found."""
    said = {
        ("not found" if verdict.match.state == "several" else verdict.match.state): verdict.checked
        for verdict in verdicts
    }
    return next(((state, said[state]) for state in _STATES if state in said), None)


def _write_links(db: sqlite3.Connection) -> None:
    """Rows for registers in which only a reader can look."""
    numbers = {(provider, register): number for provider, register, number in db.execute(_NUMBERS)}
    rows = (
        (
            identity,
            link.register,
            link.address(name, numbers.get((identity, "npi" if link.register == "nppes" else link.register))),
        )
        for identity, kind, name, credentials, country, region in db.execute(_WHERE)
        for link in _links_for(kind, country, region)
        if link.is_for(credentials)
    )
    db.executemany(
        "INSERT OR IGNORE INTO verifications (provider, register, state, link) VALUES (?, ?, 'check here', ?)", rows
    )


@cache
def _links_for(kind: str, country: str, region: str | None) -> tuple[Link, ...]:
    return tuple(link for link in links() if link.fits(kind, country, region))


def _is_in(provider: Provider, country: str) -> bool:
    return any(spot.country_code == country for spot in provider.facts.spots)


def _note(
    report: Report, provider: Provider, verdicts: Sequence[Verdict], entries: Sequence[Entry], decided: Decisions
) -> None:
    for verdict in verdicts:
        key = f"{verdict.register}: {verdict.match.state}"
        report.states[key] = report.states.get(key, 0) + 1
        if verdict.match.state == "inactive" and (entry := verdict.match.entry):
            said = {
                "register": verdict.register,
                "number": entry.number,
                "since": entry.since,
                "decision": decided.about(verdict.register, entry.number, provider.listings),
            }
            report.inactive.append(
                _provider_summary(provider) | said | {"evidence": [_describe(point) for point in verdict.match.points]}
            )
    for number in provider.facts.stated:
        taken = next((entry for entry in entries if entry.number == number), None)
        if not is_npi(number):
            report.disagreeing.append(
                _provider_summary(provider) | {"number": number, "why": "is no NPI (its check digit is wrong)"}
            )
        elif taken and not any(verdict.match.entry is taken for verdict in verdicts):
            report.disagreeing.append(
                _provider_summary(provider) | {"number": number, "why": "is somebody else's in the register"}
            )


def _describe(point: Reason) -> str:
    """A point with what the register has, for the maintainer."""
    return f"{point.says} ({point.there})" if point.there else point.says


def _provider_summary(provider: Provider) -> dict[str, Any]:
    return {"provider": provider.id, "name": provider.name, "listings": list(provider.listings)}


def _withhold(
    db: sqlite3.Connection, hits: Iterator[tuple[Provider, ExclusionMatch]], decided: Decisions, report: Report
) -> None:
    for provider, hit in hits:
        decision = decided.about("leie", hit.entry.key, provider.listings)
        if decision == "different":
            continue
        said = _provider_summary(provider) | {
            "entry": hit.entry.key,
            "decision": decision,
            "evidence": list(hit.evidence),
        }
        said |= {"listed_there": asdict(hit.entry) | {"since": hit.entry.since.isoformat()}}
        if not hit.strong and decision != "same":
            report.weak.append(said)
            continue
        report.withheld.append(said)
        _take_out(db, provider.id)


def _take_out(db: sqlite3.Connection, provider: int) -> None:
    for table in _CHILDREN:
        db.execute(f"DELETE FROM {table} WHERE provider = ?", (provider,))
    db.execute("DELETE FROM related WHERE ? IN (provider, other)", (provider,))
    db.execute("DELETE FROM providers WHERE id = ?", (provider,))


_WHERE = (
    "SELECT id, kind, name, coalesce(credentials, ''), country_code, region_code FROM providers"
    " WHERE country_code IS NOT NULL ORDER BY id"
)
_NUMBERS = (
    "SELECT n.provider, lower(r.value), n.value FROM claims AS n"
    " JOIN claims AS r ON r.listing = n.listing AND r.field = 'register'"
    " WHERE n.field = 'register_number' ORDER BY n.id"
)
