"""What one page is to be: its language, its entries, the blocks of them that it shows, in which order, its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .people import COUNTRY_NAMES, SHOWN, TRUTH, Entry, invent_entry, table

LANGUAGES = ("en-US", "en-GB", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "ja", "he")
LANGUAGE_WEIGHTS = (8, 4, 4, 2, 2, 2, 2, 2, 1, 1, 1, 1)
CONTACTS = ("phone", "email", "website")
MANY = (4, 14)
PHARMACY_SHARE = 0.12
FIRST_BLOCKS = (
    ("practice", "address", "phone", "email", "website", "specialty", "notes"),
    ("phone", "email", "website", "practice", "address", "specialty", "notes"),
    ("specialty", "practice", "phone", "address", "notes", "website", "email"),
    ("address", "phone", "practice", "notes", "specialty", "email", "website"),
)
"""Orders of the blocks below a name."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """All that a layout needs to draw its page."""

    layout: str
    language: str
    country: str
    entries: list[Entry]
    blocks: list[str]
    """Of an entry, besides its name, in the order in which they are shown."""
    faults: frozenset[str]
    pharmacies: bool
    chance: Random
    labels: dict[str, str]
    """The page's word for each field."""
    words: dict[str, Any]
    head: str
    publisher: Entry
    url: str = ""
    """Where the page is, if not among the publisher's lists."""
    keys: int = 0
    """Which of the ways to call keys the page has."""
    prefix: str = ""
    """Before each key of data."""
    more_truth: list[dict[str, Any]] = field(default_factory=list)
    """What may be returned besides the entries."""
    own_blocks: list[Callable[[Entry], str]] = field(default_factory=list)
    """Markup that a fault adds at the end of each entry."""

    def has(self, fault: str) -> bool:
        """Whether the page has the fault."""
        return fault in self.faults

    def say(self, what: str) -> str:
        """One of the language's words or sentences."""
        return str(self.chance.choice(self.words[what]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A way to draw a page."""

    name: str
    form: str
    draw: Callable[[Plan], str | bytes]
    media_type: str
    traits: frozenset[str]
    """What faults ask for: see faults.py."""
    shows: tuple[str, ...]
    """The blocks that it can show."""
    number: tuple[int, int]
    """The fewest and most entries."""
    languages: tuple[str, ...] = LANGUAGES
    always: tuple[str, ...] = ()
    """The blocks that it must show."""


ALL_BLOCKS = ("credentials", "practice", "address", "phone", "email", "website", "specialty", "notes")
LAYOUTS: dict[str, Layout] = {}
"""By name; filled by the modules layouts_*.py and held_out_*.py as they are imported."""


def layout(
    form: str,
    *traits: str,
    media_type: str = "text/html; charset=utf-8",
    shows: Iterable[str] = ALL_BLOCKS,
    number: tuple[int, int] = MANY,
    languages: tuple[str, ...] = LANGUAGES,
    always: tuple[str, ...] = (),
) -> Callable[[Callable[[Plan], str | bytes]], Callable[[Plan], str | bytes]]:
    """Registers a function that draws a page as the layout of its own name."""

    def register(draw: Callable[[Plan], str | bytes]) -> Callable[[Plan], str | bytes]:
        LAYOUTS[draw.__name__] = Layout(
            name=draw.__name__,
            form=form,
            draw=draw,
            media_type=media_type,
            traits=frozenset(traits),
            shows=tuple(shows),
            number=number,
            languages=languages,
            always=always,
        )
        return draw

    return register


def make_plan(drawn: Layout, faults: frozenset[str], language: str, order: int, seed: int) -> Plan:
    """The plan of a page, before its faults change it. Equal arguments give equal plans."""
    chance = Random(f"{drawn.name} {sorted(faults)} {language} {order} {seed}")
    words = table("words")[language]
    pharmacies = drawn.number[1] > 1 and drawn.form not in ("detail", "own_site") and chance.random() < PHARMACY_SHARE
    country, mixed = chance.choice(words["countries"]), chance.random() < 0.2 and len(set(words["countries"])) > 1
    style = chance.randint(0, 999)
    entries: list[Entry] = []
    wanted, names = chance.randint(*drawn.number), set()
    while len(entries) < wanted:
        home = chance.choice(words["countries"]) if mixed else country
        entry = invent_entry(
            language,
            home,
            chance,
            style,
            pharmacy=pharmacies,
            lost_zero="zip_lost_zero" in faults and chance.random() < 0.5,
        )
        if entry.name not in names:
            names.add(entry.name)
            entries.append(entry)
    blocks = _blocks(drawn, order, pharmacies, chance)
    plan = Plan(
        layout=drawn.name,
        language=language,
        country=country,
        entries=entries,
        blocks=blocks,
        faults=faults,
        pharmacies=pharmacies,
        chance=chance,
        labels={name: str(chance.choice(found)) for name, found in words.items() if isinstance(found, list)},
        words=words,
        head=str(chance.choice(words["shops" if pharmacies else "heads"])),
        publisher=invent_entry(language, country, chance, style),
        keys=chance.randint(0, 2),
    )
    plan.publisher.practice = f"{words['society']} Lantern"
    plan.publisher.email = "secretary@lists.example.org"
    for entry in entries:
        _settle(entry, plan, drawn, shows_country=mixed or chance.random() < 0.05)
    return plan


def _blocks(drawn: Layout, order: int, pharmacies: bool, chance: Random) -> list[str]:
    """The blocks that are shown: those that the layout must show, at least one contact, and of the others most."""
    usual = FIRST_BLOCKS[order % len(FIRST_BLOCKS)]
    shares = {
        "practice": 0.6,
        "address": 0.85,
        "phone": 0.85,
        "email": 0.5,
        "website": 0.4,
        "specialty": 0.3,
        "notes": 0.25,
    }
    blocks = [b for b in usual if b in drawn.shows and (b in drawn.always or chance.random() < shares[b])]
    if pharmacies:
        blocks = [block for block in blocks if block not in ("practice", "specialty")]
    needed = [b for b in usual if b in drawn.shows and b in ("address", "phone")]
    for block in needed:
        if len(set(blocks) & {"address", *CONTACTS}) < 2 and block not in blocks:
            blocks.append(block)
    return [block for block in usual if block in blocks]


def _settle(entry: Entry, plan: Plan, drawn: Layout, *, shows_country: bool) -> None:
    """Drops of the entry what the page does not show, and adds what it says in sentences."""
    region = entry.implied.get("region_code") or entry.truth.get("region_code")
    if "notes" in plan.blocks:
        _add_note(entry, plan)
    if shows_country and "address" in plan.blocks:
        entry.country = COUNTRY_NAMES[entry.country_code]
        entry.truth["country_code"] = entry.country_code
    for block in SHOWN:
        if block == "credentials":
            if "credentials" not in drawn.shows:
                entry.drop(block)
        elif block == "street":
            if "town_only" in drawn.traits:
                entry.drop(block)
        elif block == "point":
            if "point" in drawn.traits:
                entry.truth |= {"latitude": entry.point[0], "longitude": entry.point[1]}
        elif block not in plan.blocks:
            entry.drop(block)
    is_said = any(word in entry.name for word in plan.words["shop"])
    if "data" in drawn.traits and not is_said and "kind" in entry.truth:
        entry.implied["kind"] = entry.truth.pop("kind")
    if "address" not in plan.blocks:
        entry.implied |= {"country_code": entry.country_code, "region_code": region}


def _add_note(entry: Entry, plan: Plan) -> None:
    draw = plan.chance.random()
    if draw < 0.35:
        entry.notes.append(plan.labels["open"])
        entry.truth["accepts_new"] = True
    elif draw < 0.5:
        entry.notes.append(plan.labels["full"])
        entry.truth["accepts_new"] = False
    elif draw < 0.75:
        entry.notes.append(plan.labels["video"])
        entry.truth["telehealth"] = True


assert set(SHOWN) == set(TRUTH)
