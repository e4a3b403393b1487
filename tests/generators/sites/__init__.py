"""Invented websites of organisations, each of another kind, with what is true of the organisation.

A kind is a function that gives a `Site`. Half of them are held out (`held_out.toml`).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HELD_OUT: frozenset[str] = frozenset(
    tomllib.loads(Path(__file__).with_name("held_out.toml").read_text(encoding="utf-8"))["held_out"]
)
LDN = "<p>We work with low-dose naltrexone (LDN).</p>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answers to one address."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a careful person would note from the site. None, or an empty collection: nothing may be noted."""

    outcome: str
    """`read`, or why nothing can be: see `crawl/site_visit.py`."""
    city: str | None = None
    street: str | None = None
    postcode: str | None = None
    phones: tuple[str, ...] = ()
    """All that are its own, as digits without the country's code; the first is the one to show."""
    email: str | None = None
    may_have_email: bool = True
    """Whether the e-mail may be left out, as it is hidden from programs."""
    branches: tuple[str, ...] = ()
    """Towns of its other places."""
    serves: tuple[str, ...] = ()
    telehealth: bool | None = None
    accepts_new: bool | None = None
    ships: bool | None = None
    hours: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A row of the curated list, and the pages of its organisation's site."""

    kind: str
    row: Mapping[str, str]
    pages: Mapping[str, Answer]
    truth: Truth

    @property
    def is_held_out(self) -> bool:
        """Whether the reader was written without it."""
        return self.kind in HELD_OUT


Pages = Mapping[str, "str | Answer"]
KINDS: dict[str, Callable[[], Site]] = {}


def kind(make: Callable[[], Site]) -> Callable[[], Site]:
    """Registers a kind of site under its function's name."""
    KINDS[make.__name__] = make
    return make


def site(
    name: str, organisation: str, host: str, pages: Pages, truth: Truth, *, evidence: str = "/ldn", **row: str
) -> Site:
    """A site whose pages are given by their paths; addresses with a host are taken as they are."""
    root = f"https://{host}"
    website = row.pop("website", root)
    full = {
        "kind": "clinic",
        "organisation": organisation,
        "website": website,
        "evidence_url": root + evidence,
        "evidence": "Says that it works with LDN.",
        "grade": "offers",
        "noted_on": "2026-11-01",
    } | row
    answers = {
        path if "://" in path else root + path: one if isinstance(one, Answer) else Answer(body=one.encode())
        for path, one in pages.items()
    }
    return Site(kind=name, row=full, pages=answers, truth=truth)


def document(title: str, body: str, lang: str = "en", head: str = "") -> str:
    """A whole page."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{body}</body></html>"
    )


def nav(*links: tuple[str, str]) -> str:
    """A menu of (path, text)."""
    return "<nav><ul>" + "".join(f'<li><a href="{path}">{text}</a></li>' for path, text in links) + "</ul></nav>"


def json_ld(*items: Mapping[str, object]) -> str:
    """Items as a script for machines."""
    return "".join(
        f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", **item})}</script>'
        for item in items
    )


def redirect(target: str, status: int = 301) -> Answer:
    """An answer that leads elsewhere."""
    return Answer(body=b"", status=status, headers={"Location": target, "Content-Type": "text/html"})


def all_sites() -> list[Site]:
    """One site of each kind."""
    from . import faults, languages, layouts, more, traps  # noqa: F401

    return [make() for _, make in sorted(KINDS.items())]
