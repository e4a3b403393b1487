"""What the layouts in HTML share: the page around the entries, the blocks of an entry as markup, and the faults of boxes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .people import Entry
from .plan import Plan

RIGHT_TO_LEFT = ("he",)
CHROME_NAMES = ('class="sidebar"', 'id="filters"', 'class="alphabet-nav"', 'class="widget-area"')


def shell(plan: Plan, body: str, *, title: str = "", style: str = "plain", heading: bool = True) -> str:
    """The page around the body: menu, heading, and the publisher's contact in the footer."""
    language = plan.language.split("-")[0]
    direction = ' dir="rtl"' if plan.language in RIGHT_TO_LEFT else ""
    menu = "".join(f'<li><a href="/{place}">{escape(word)}</a></li>' for place, word in enumerate(plan.words["menu"]))
    head = f"<h1>{escape(plan.head)}</h1>" if heading else ""
    intro = f"<p>{escape(plan.say('intro'))}</p>" if heading and plan.chance.random() < 0.6 else ""
    name = escape(plan.publisher.practice)
    title = escape(title or f"{plan.head} | {plan.publisher.practice}")
    if style == "old":
        links = " | ".join(f'<a href="{place}.htm">{escape(word)}</a>' for place, word in enumerate(plan.words["menu"]))
        return (
            f'<html{direction}><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{title}</title></head>'
            f'<body bgcolor="#FFFFCC" text="#000080"><center><font face="Comic Sans MS" size="2">{links}</font></center>'
            f"<h2>{escape(plan.head)}</h2>{intro}{body}<hr><font size=1>{publisher_line(plan)}</font></body></html>"
        )
    return (
        f'<!DOCTYPE html><html lang="{language}"{direction}><head><meta charset="utf-8"><title>{title}</title></head><body>'
        f'<header><a href="/">{name}</a><nav><ul>{menu}</ul></nav></header><main>{head}{intro}{body}</main>'
        f"<footer><p>{publisher_line(plan)}</p><p>© 2031 {name}</p></footer></body></html>"
    )


def publisher_line(plan: Plan) -> str:
    """The publisher's own name, address and contact."""
    one = plan.publisher
    parts = [one.practice, *one.address_lines, f"{plan.labels['phone']} {one.phones[0]}"]
    return f'{escape(", ".join(parts))} <a href="mailto:{one.email}">{one.email}</a>'


def name_html(entry: Entry) -> str:
    """What stands in the heading of an entry: the name with title and letters, or the practice."""
    return escape(entry.practice if entry.practice_leads else entry.whole_name)


def contact_html(plan: Plan, block: str, entry: Entry) -> str:
    """A phone, e-mail or website as a link or as text; empty if the entry has none."""
    match block:
        case "phone":
            return phones_html(plan, entry)
        case "email" if entry.email:
            shown = escape(entry.email)
            return f'<a href="{escape(entry.email_href)}">{shown}</a>' if entry.email_href else shown
        case "website" if entry.website:
            shown = entry.website.removeprefix("https://") if plan.keys else plan.labels["website"]
            return f'<a href="{escape(entry.website)}">{escape(shown)}</a>'
    return ""


def phones_html(plan: Plan, entry: Entry) -> str:
    """The numbers of an entry, and its fax where that stands beside."""
    shown = escape(" / ".join(entry.phones))
    if plan.has("fax_beside") and shown:
        return f"{shown} {escape(plan.labels['fax'])}: {escape(entry.fax)}"
    return shown


def block_html(plan: Plan, block: str, entry: Entry, br: str = "<br>") -> str:
    """A block of the entry without its label; empty if it has none."""
    match block:
        case "practice":
            return escape(entry.whole_name if entry.practice_leads else entry.practice)
        case "address":
            return br.join(map(escape, entry.address_lines))
        case "specialty":
            return escape(entry.specialty)
        case "notes":
            return br.join(map(escape, entry.notes))
        case _:
            return contact_html(plan, block, entry)


def shown_blocks(plan: Plan, entry: Entry, br: str = "<br>") -> list[tuple[str, str]]:
    """(block, markup) of what the entry has, in the page's order."""
    found = [(block, block_html(plan, block, entry, br)) for block in plan.blocks]
    return [(block, text) for block, text in found if text]


def labelled(plan: Plan, block: str, text: str, tag: str = "div") -> str:
    """A value with its label: `<div>Phone: 1</div>`, or each in a box of its own."""
    label = escape(plan.labels.get(block, ""))
    if block == "notes" or not label:
        return f"<{tag}>{text}</{tag}>"
    if plan.has("label_and_value_apart"):
        return f"<{tag}><{tag}>{label}</{tag}><{tag}>{text}</{tag}></{tag}>"
    return f"<{tag}>{label}: {text}</{tag}>"


def after_entry(plan: Plan, entry: Entry, tag: str = "div") -> str:
    """What stands below the values of an entry: remarks, and what faults add. Spans are lines of a paragraph."""
    before = "<br>" if tag == "span" else ""
    parts = [f"<{tag}>{escape(line)}</{tag}>" for line in entry.extras]
    parts += [added for add in plan.own_blocks if (added := add(entry))]
    if plan.has("publisher_in_each_entry"):
        one = plan.publisher
        contact = f'{escape(one.phones[0])}, <a href="mailto:{one.email}">{one.email}</a>'
        parts.append(f'<{tag} class="ask">{escape(one.practice)}: {contact}</{tag}>')
    return "".join(before + part for part in parts)


def results(plan: Plan, items: Iterable[str], before: str = "<div>", after: str = "</div>") -> str:
    """The entries in their box, with the faults that boxes have."""
    parts = list(items)
    if plan.has("card_left_open"):
        place = plan.chance.randrange(max(1, len(parts) - 1))
        parts[place] = parts[place][: parts[place].rindex("</")]
    if plan.has("adverts_between"):
        tag = parts[0][1:].split(" ")[0].split(">")[0]
        advert = f'<{tag} class="promo"><a href="https://shop.example.com/">{escape(plan.say("advert"))}</a></{tag}>'
        for place in range(len(parts) - 1, 0, -3):
            parts.insert(place, advert)
    box = f"{before}{''.join(parts)}{after}"
    if plan.has("copies_for_phone_and_desktop"):
        box = f'<div class="hidden-xs">{box}</div><div class="visible-xs">{box}</div>'
    if plan.has("box_named_as_chrome"):
        box = f"<div {plan.chance.choice(CHROME_NAMES)}>{box}</div>"
    if plan.has("inside_form"):
        label = escape(plan.labels["city"])
        box = f'<form id="SearchForm" action="/find" role="search"><label>{label} <input name="q"></label>{box}</form>'
    return box
