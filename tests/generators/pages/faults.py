"""What is wrong with a page, or makes it hard: faults that change the plan before the page is drawn, or its bytes after.

`needs` are traits that a layout must have; `languages` those in which the fault can be. A fault that a layout cannot
have by these is never asked of it (`can_have`); one that finds nothing to change in a page says so by returning False.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from .pdf_file import is_writable
from .people import ENGLISH, SHOWN, Entry, invent_entry, table
from .plan import LANGUAGES, Layout, Plan

Change = Callable[[Plan], bool]
Finish = Callable[[Plan, bytes], bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault."""

    name: str
    needs: frozenset[str] = frozenset()
    languages: tuple[str, ...] = LANGUAGES
    change: Change | None = None
    finish: Finish | None = None


FAULTS: dict[str, Fault] = {}
"""By name; filled by this module and by held_out_faults.py."""
WITH_ZEROS = ("en-US", "de", "es", "it", "fr")
NOTHING = ("n/a", "-", "None", "null", "TBD", "--", "N/A", "unknown")
NO_CP1252 = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})
SIGNS = {"phones": "☎ ", "city": "📍 ", "email": "✉ "}


def can_have(drawn: Layout, fault: Fault, language: str) -> bool:
    """Whether a page of the layout in that language can have the fault."""
    return fault.needs <= drawn.traits and language in fault.languages


def fault(*needs: str, languages: tuple[str, ...] = LANGUAGES, name: str | None = None) -> Callable[[Change], Change]:
    """Registers a change of the plan as the fault of the function's name."""

    def register(change: Change) -> Change:
        called = name or change.__name__
        FAULTS[called] = Fault(name=called, needs=frozenset(needs), languages=languages, change=change)
        return change

    return register


def flag(name: str, *needs: str) -> None:
    """A fault that the layouts look for themselves."""
    FAULTS[name] = Fault(name=name, needs=frozenset(needs), change=lambda plan: True)


flag("inside_form", "boxes")
flag("box_named_as_chrome", "boxes")
flag("copies_for_phone_and_desktop", "boxes")
flag("adverts_between", "boxes")
flag("card_left_open", "cards")
flag("publisher_in_each_entry", "boxes")
flag("label_and_value_apart", "labels")


def some(plan: Plan, share: float) -> list[Entry]:
    """At least one of the entries, and about so large a share of them."""
    found = [entry for entry in plan.entries if plan.chance.random() < share]
    return found or [plan.chance.choice(plan.entries)]


@fault(languages=WITH_ZEROS)
def zip_lost_zero(plan: Plan) -> bool:
    """A sheet took postal codes for numbers: the zero at their beginning is gone."""
    found = [entry for entry in plan.entries if entry.postcode.startswith("0") and entry.postcode.isdigit()]
    for entry in found:
        entry.postcode = entry.postcode.lstrip("0")
        entry.country = entry.country or {"US": "USA"}.get(entry.country_code, entry.country_code)
        entry.truth["country_code"] = entry.country_code
    return bool(found)


@fault("lines", languages=("en-US", "en-GB"))
def town_without_comma(plan: Plan) -> bool:
    """Street, town and postal code in one line without any comma."""
    for entry in plan.entries:
        entry.comma = False
    return "address" in plan.blocks


@fault("list", "cells")
def placeholders(plan: Plan) -> bool:
    """Where a value is missing stands a word or sign for nothing."""
    sign = plan.chance.choice(NOTHING)
    for entry in some(plan, 0.5):
        for block in plan.chance.sample(plan.blocks, min(2, len(plan.blocks) - 1)):
            if block in ("address", "notes"):
                continue
            entry.drop(block)
            shown = SHOWN[block][0]
            setattr(entry, shown, [sign] if shown == "phones" else sign)
    return True


@fault("list")
def missing_fields(plan: Plan) -> bool:
    """Most entries lack one or two of the page's fields."""
    for entry in some(plan, 0.7):
        for block in plan.chance.sample(plan.blocks, min(plan.chance.randint(1, 2), len(plan.blocks) - 2)):
            entry.drop(block)
    return len(plan.blocks) > 2


@fault("list")
def names_only(plan: Plan) -> bool:
    """One entry or two have a name and no more."""
    for entry in plan.chance.sample(plan.entries, 1 if len(plan.entries) < 6 else 2):
        for block in (*plan.blocks, "credentials"):
            entry.drop(block)
    return len(plan.entries) > 2


@fault(languages=ENGLISH)
def unknown_letters(plan: Plan) -> bool:
    """Letters behind the names that nobody knows."""
    letters = table("names")["practices"]["invented_letters"]
    return _each(plan, lambda entry: _letters(entry, ", ".join(plan.chance.sample(letters, plan.chance.randint(1, 2)))))


def _letters(entry: Entry, letters: str) -> None:
    if entry.credentials:
        entry.credentials = entry.truth["credentials"] = letters


def _each(plan: Plan, change: Callable[[Entry], None]) -> bool:
    for entry in plan.entries:
        change(entry)
    return True


@fault("marks", languages=ENGLISH)
def credentials_after_dash(plan: Plan) -> bool:
    """Letters follow the name after a dash."""
    joiner = plan.chance.choice((" - ", " – ", " — "))
    for entry in plan.entries:
        entry.joiner = joiner
    return any(entry.credentials for entry in plan.entries)


@fault("heads", languages=ENGLISH)
def practice_above_name(plan: Plan) -> bool:
    """The practice is the heading of each entry; the person, who has letters or a title, stands below."""
    if "practice" not in plan.blocks or plan.pharmacies:
        return False
    plan.blocks.sort(key=lambda block: block != "practice")
    for entry in plan.entries:
        entry.practice_leads = bool(entry.practice)
        entry.title = entry.title if entry.credentials else "Dr. "
    return True


@fault()
def two_phones_in_one(plan: Plan) -> bool:
    """Two numbers in one place."""
    between = plan.chance.choice((" / ", " or ", ", ", "; ")) if plan.language in ENGLISH else " / "
    found = [entry for entry in plan.entries if "phones" in entry.truth and not plan.has("fax_beside")]
    for entry in found:
        entry.truth["phones"] = [*entry.truth["phones"], entry.fax]
        entry.phones = [f"{entry.phones[0]}{between}{entry.fax}"]
    return bool(found)


@fault()
def fax_beside(plan: Plan) -> bool:
    """The fax stands in the same place as the phone."""
    return "phone" in plan.blocks


@fault("list")
def capitals(plan: Plan) -> bool:
    """Names in capitals."""
    for entry in plan.entries:
        entry.name, entry.first, entry.last = entry.name.upper(), entry.first.upper(), entry.last.upper()
    return plan.language not in ("ja", "he")


@fault("list")
def last_name_first(plan: Plan) -> bool:
    """The surname first, then a comma."""
    for entry in plan.entries:
        entry.title, entry.name = "", f"{entry.last}, {entry.first}"
    return not plan.pharmacies and plan.language not in ("ja", "he")


@fault("point")
def swapped_point(plan: Plan) -> bool:
    """Latitude and longitude the wrong way round: to put them right or to leave them out will both do."""
    for entry in plan.entries:
        entry.point = (entry.point[1], entry.point[0])
        entry.implied |= {name: entry.truth.pop(name) for name in ("latitude", "longitude") if name in entry.truth}
    return "address" in plan.blocks


@fault("list", "marks")
def numbering(plan: Plan) -> bool:
    """Numbers or bullets before the names."""
    form = plan.chance.choice(("{}. ", "{}) ", "• ", "- ", "#{} "))
    for place, entry in enumerate(plan.entries, 1):
        entry.mark = form.format(place)
    return True


@fault()
def no_break_spaces(plan: Plan) -> bool:
    """No-break spaces instead of blanks."""
    for entry in plan.entries:
        for name in ("name", "street", "city", "practice"):
            setattr(entry, name, getattr(entry, name).replace(" ", "\xa0"))
        entry.phones = [number.replace(" ", "\xa0") for number in entry.phones]
    return True


@fault("marks", "html")
def signs_before_values(plan: Plan) -> bool:
    """A sign for the telephone, the place and the letter instead of labels."""
    for entry in plan.entries:
        if "phones" in entry.truth:
            entry.phones = [SIGNS["phones"] + number for number in entry.phones]
        if "email" in entry.truth:
            entry.email = SIGNS["email"] + entry.email
        if "street" in entry.truth:
            entry.street = SIGNS["city"] + entry.street
    return True


@fault()
def hidden_email(plan: Plan) -> bool:
    """The e-mail is written so that robots should not read it, and people can."""
    at, dot = plan.chance.choice(((" (at) ", " (dot) "), ("[at]", "[dot]"), (" [at] ", "."), (" at ", " dot ")))
    for entry in plan.entries:
        if "email" in entry.truth:
            entry.email = entry.email.replace(".", dot).replace("@", at)
        entry.email_href = ""
    return "email" in plan.blocks


@fault("list")
def closed_entries(plan: Plan) -> bool:
    """One entry says that it is closed or retired: it may be returned or not."""
    entry = plan.chance.choice(plan.entries)
    entry.extras.append(plan.labels["closed"])
    entry.truth["optional"] = True
    return len(plan.entries) > 2


@fault(languages=tuple(one for one in LANGUAGES if one not in ("ja", "he")))
def and_in_practice(plan: Plan) -> bool:
    """Practices whose name has an "and"."""
    word = {"de": "und", "fr": "et", "es": "y", "it": "e", "nl": "en", "pt": "e", "pl": "i", "sv": "och"}.get(
        plan.language, "and"
    )
    stems = table("names")["practices"]["stems"]
    for entry in plan.entries:
        if entry.practice:
            one, other = plan.chance.sample([stem for stem in stems if " " not in stem], 2)
            entry.practice = entry.truth["practice"] = f"{one} {word} {other}"
    return "practice" in plan.blocks


@fault("list")
def opening_hours(plan: Plan) -> bool:
    """A line with opening hours in each entry."""
    return _each(plan, lambda entry: entry.extras.append(plan.labels["hours"]))


@fault("boxes")
def distances(plan: Plan) -> bool:
    """How far away each is."""
    near = plan.labels["near"]
    return _each(
        plan, lambda entry: entry.extras.insert(0, f"{plan.chance.randint(1, 90)}.{plan.chance.randint(0, 9)} {near}")
    )


@fault("list")
def long_remarks(plan: Plan) -> bool:
    """A remark of some sentences in some entries, which name another town and a year."""
    for entry in some(plan, 0.6):
        other = invent_entry(plan.language, plan.country, plan.chance, 1)
        entry.extras.append(
            f"{entry.truth['name']} {plan.say('story')} ({other.city}, {plan.chance.randint(1990, 2024)})"
        )
    return True


@fault("keys")
def prefixed_keys(plan: Plan) -> bool:
    """A prefix before each key."""
    plan.prefix = plan.chance.choice(("loc_", "wpsl_", "member_", "listing_", "d2_"))
    return True


@fault("data", "keys", languages=tuple(one for one in LANGUAGES if one != "ja"))
def street_in_two(plan: Plan) -> bool:
    """The number of the house has a field of its own."""
    return "address" in plan.blocks


def _mojibake(plan: Plan, body: bytes) -> bytes | None:
    """Letters that were encoded twice, or a charset in the header that is not the page's."""
    text = body.decode()
    if text.isascii():
        return None
    return "".join(bytes([byte]).decode("cp1252" if byte not in NO_CP1252 else "latin-1") for byte in body).encode()


def _truncated(plan: Plan, body: bytes) -> bytes | None:
    """The page ends in the middle of its last entry."""
    text = body.decode()
    name = escape(plan.entries[-1].name)
    place = text.rfind(name)
    if place < 0 or len(plan.entries) < 3:
        return None
    plan.entries[-1].truth["optional"] = True
    return text[: place + len(name) + 6].encode()


FAULTS["mojibake"] = Fault(
    name="mojibake", needs=frozenset({"html"}), languages=("de", "fr", "es", "it", "nl", "pt", "sv"), finish=_mojibake
)
FAULTS["truncated"] = Fault(name="truncated", needs=frozenset({"html", "boxes"}), finish=_truncated)


def is_drawable(plan: Plan) -> bool:
    """Whether a layout of Western letters has all letters of the plan."""
    said = (
        f"{entry.whole_name}{entry.practice}{entry.street}{entry.city}{''.join(entry.extras)}" for entry in plan.entries
    )
    return is_writable(said)
