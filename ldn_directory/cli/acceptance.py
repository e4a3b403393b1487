"""What a person must know to let a held harvest in: one value for the terminal, the page and programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ldn_directory.crawl.gates import must_speak_of_ldn
from ldn_directory.crawl.run import spread
from ldn_directory.ledger import FieldChange, Ledger, claims_of, compare_harvest, require_not_retired
from ldn_directory.model import Harvest, Mention
from ldn_directory.storage import LEDGER_FILE

from .reports import listing_line

Row = Mapping[str, Any]
_SHOWN_LAST = ("address", "remark")
_NOT_SHOWN = frozenset({"kind", "region_code", "country_code", "latitude", "longitude"})
"""Fields that are derived from others, or that nobody can check by reading."""
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value of an entry, and the words of the page that it comes from."""

    field: str
    value: str
    words: str | None
    """None if the entry as published does not have it: it comes from a heading, from the spider, or is a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a sample."""

    page: str
    fields: tuple[Field, ...]
    text: str
    """The entry as published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry that says something else than before."""

    who: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What would change for readers. Each entry on one line."""

    leaving: tuple[str, ...]
    """Everybody who is missing, and was missing the last time too: they leave with the next build."""
    missing: tuple[str, ...]
    """Everybody who is missing for the first time: shown as unconfirmed, and leaving if they are missing again."""
    new: tuple[str, ...]
    changed: tuple[Change, ...]
    renewed: int
    """How many entries have new keys, and were recognised as the same people."""

    @classmethod
    def from_known(cls, ledger: Ledger, source: str, lines: Sequence[bytes]) -> Difference:
        """What a harvest with these lines would change in what the ledger knows of its source."""
        diff = compare_harvest(ledger.known_lines(source), ledger.with_first_ids(source, lines))
        before = frozenset(ledger.ids(source, "unconfirmed"))
        changed = (Change(who=listing_line(one.after), fields=one.fields) for one in diff.changed)
        return cls(
            leaving=_sorted_lines(row for row in diff.gone if row["id"] in before),
            missing=_sorted_lines(row for row in diff.gone if row["id"] not in before),
            new=_sorted_lines(diff.new),
            changed=tuple(sorted(changed, key=lambda change: change.who.casefold())),
            renewed=len(diff.rekeyed),
        )


def _sorted_lines(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(sorted(map(listing_line, rows), key=str.casefold))


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A held harvest as it is shown to whoever decides about it."""

    report: Row
    source: str
    """The spider's name."""
    evidence: str
    addresses: tuple[str, ...]
    """The first pages of the list that were read."""
    sample: tuple[Entry, ...]
    """Of a first harvest: some entries, from the first to the last."""
    difference: Difference | None
    """Of a later harvest: what differs from what is known; None for a first one."""
    mention: Mention | None
    looked_at: tuple[str, ...]
    """The pages around the list that were asked for low-dose naltrexone."""
    needs_words: bool
    """Whether it must be justified that this is a list of LDN prescribers."""

    @property
    def counts(self) -> str:
        """How many entries there are and what would change, for the question."""
        if (one := self.difference) is None:
            return f"{self.report['listings']} entries"
        gone = len(one.leaving) + len(one.missing)
        return f"{self.report['listings']} entries ({gone} gone, {len(one.new)} new, {len(one.changed)} changed)"


def acceptance_of(data: Path, harvest: Harvest, report: Row) -> Acceptance:
    """The harvest beside what the ledger knows of its source. Raises LedgerError, also if that is retired."""
    source = harvest.source
    last, difference = None, None
    if (data / LEDGER_FILE).exists():
        with Ledger.open_read_only(data / LEDGER_FILE) as ledger:
            require_not_retired(ledger.db, harvest.source_id)
            last = ledger.last_harvest(harvest.source_id)
            if last is not None:
                difference = Difference.from_known(ledger, harvest.source_id, harvest.lines)
    mention = Mention.from_json(report["topic"]) if report.get("topic") else None
    return Acceptance(
        report=report,
        source=harvest.source_id,
        evidence=source.evidence,
        addresses=tuple(report.get("addresses") or dict.fromkeys(row["page"] for row in report["sample"])),
        sample=() if difference else tuple(map(entry_of, spread(report["sample"]))),
        difference=difference,
        mention=mention,
        looked_at=tuple(report.get("looked_at", ())),
        needs_words=mention is None and must_speak_of_ldn(source, last),
    )


def entry_of(row: Row) -> Entry:
    """An entry with the words of the page beside each value."""
    text = row.get("text") or ""
    claims = [claim for claim in claims_of(row) if claim[0] not in _NOT_SHOWN]
    claims.sort(key=lambda claim: claim[0] in _SHOWN_LAST)
    written = dict(row.get("written", ()))
    fields = (
        Field(field=name, value=value, words=_words(value, words or written.get(name), text))
        for name, value, words in claims
    )
    return Entry(page=row["page"], fields=tuple(fields), text=text)


def _words(value: str, written: str | None, text: str) -> str | None:
    """What the page says for a value: as it was written, or the value itself if the entry has it."""
    if written:
        return written
    return value if _plain(value) in _plain(text) else None


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).casefold()


def as_json_values(one: Acceptance) -> dict[str, Any]:
    """The same as JSON values."""
    report = one.report
    return {
        "source": one.source,
        "run": report["run"],
        "title": report["title"],
        "finished": report["finished"],
        "listings": report["listings"],
        "addresses": list(one.addresses),
        "homepage": report["homepage"],
        "terms": report["terms"],
        "evidence": one.evidence,
        "reasons": report["reasons"],
        "reading": report.get("reading"),
        "tried": report.get("tried", []),
        "topic": report.get("topic"),
        "looked_at": list(one.looked_at),
        "needs_why": one.needs_words,
        "sample": [asdict(entry) for entry in one.sample],
        "difference": one.difference and asdict(one.difference),
    }
