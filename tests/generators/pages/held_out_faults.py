"""Faults that no rule, weight or threshold is chosen on."""

from __future__ import annotations

from html import escape

from .faults import FAULTS, Fault, fault, some
from .people import invent_entry
from .plan import Plan

SOFT_HYPHEN, ZERO_WIDTH = "\u00ad", "\u200b"


def _double_escaped(plan: Plan, body: bytes) -> bytes | None:
    """What was escaped is escaped again: `&amp;amp;`, and letters beyond ASCII as entities that show as such."""
    text = "".join(letter if letter.isascii() else f"&amp;#{ord(letter)};" for letter in body.decode())
    text = text.replace("&amp;", "\0").replace("&#", "&amp;#").replace("\0#", "&amp;#").replace("\0", "&amp;amp;")
    text = text.replace("&#x27;", "&amp;#x27;").replace("&nbsp;", "&amp;nbsp;")
    return None if text.encode() == body else text.encode()


FAULTS["double_escaped"] = Fault(name="double_escaped", needs=frozenset({"html"}), finish=_double_escaped)


@fault("boxes")
def reviews_beside(plan: Plan) -> bool:
    """What patients wrote, with their names, stands in the entry that it is about."""
    reviewed = {id(entry) for entry in some(plan, 0.7)}

    def review(entry: object) -> str:
        if id(entry) not in reviewed:
            return ""
        patient = invent_entry(plan.language, plan.country, plan.chance, 1)
        tag = "span" if plan.layout.startswith("prose") else "div"
        return f'<{tag} class="quote">“{escape(plan.say("thanks"))}” – {escape(patient.name)}, {escape(patient.city)}</{tag}>'

    plan.own_blocks.append(review)
    return True


@fault()
def invisible_letters(plan: Plan) -> bool:
    """Soft hyphens and zero-width spaces inside words, where an editor allowed lines to break."""
    sign = plan.chance.choice((SOFT_HYPHEN, ZERO_WIDTH))
    for entry in plan.entries:
        for name in ("name", "practice", "street", "city"):
            words = getattr(entry, name).split(" ")
            setattr(entry, name, " ".join(f"{word[:3]}{sign}{word[3:]}" if len(word) > 5 else word for word in words))
    return not plan.layout.startswith("pdf")


@fault(languages=("en-US", "en-GB", "de", "fr", "es", "it", "nl", "pt", "pl", "sv"))
def phone_extension(plan: Plan) -> bool:
    """An extension behind the number."""
    sign = plan.labels["ext"]
    for entry in plan.entries:
        if "phones" in entry.truth:
            entry.phones = [f"{number} {sign} {plan.chance.randint(2, 89)}" for number in entry.phones]
    return "phone" in plan.blocks


@fault("lines")
def town_before_street(plan: Plan) -> bool:
    """The line with the town stands above the street."""
    for entry in plan.entries:
        entry.address_order = ("town", "street", "country")
    return "address" in plan.blocks and plan.language != "ja"
