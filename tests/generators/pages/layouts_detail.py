"""Layouts about one person or practice, and a practice's own site."""

from __future__ import annotations

import json
from html import escape

from .html_parts import after_entry, block_html, labelled, name_html, shell, shown_blocks
from .people import Entry, invent_entry
from .plan import CONTACTS, Plan, layout

DETAIL = ("html", "lines", "one")
ONE = (1, 1)
MUST = ("address", "phone")


def _stranger(plan: Plan) -> Entry:
    """Somebody who is not the page's subject."""
    return invent_entry(plan.language, plan.country, plan.chance, plan.keys)


def _neighbours(plan: Plan) -> str:
    """A box with teasers of others: names and towns that link to their pages."""
    others = [_stranger(plan) for _ in range(3)]
    items = "".join(
        f'<li><a href="/p/{place}">{escape(one.title + one.name)}</a>, {escape(one.city)}</li>'
        for place, one in enumerate(others)
    )
    return f"<aside><h4>{escape(plan.head)}</h4><ul>{items}</ul></aside>"


@layout("detail", *DETAIL, "cells", number=ONE, always=MUST)
def detail_label_cells(plan: Plan) -> str:
    """A table of two columns, label and value; the name is the page's heading."""
    entry = plan.entries[0]
    rows = "".join(
        f"<tr><td>{escape(plan.labels.get(block, ''))}:</td><td>{text}</td></tr>"
        if block != "notes"
        else f"<tr><td colspan=2>{text}</td></tr>"
        for block, text in shown_blocks(plan, entry)
    )
    body = (
        f"<h2>{name_html(entry)}</h2><table>{rows}</table>{after_entry(plan, entry)}<p>"
        f"<a href='/list'>{escape(plan.head)}</a></p>"
    )
    return shell(plan, body, title=f"{entry.title}{entry.name} | {plan.publisher.practice}", heading=False)


@layout("detail", *DETAIL, number=ONE, always=MUST)
def detail_name_in_title(plan: Plan) -> str:
    """No heading: the name stands in the title, and as a plain line of a cell."""
    entry = plan.entries[0]
    lines = "<br>".join([f"<b>{name_html(entry)}</b>", *(text for _, text in shown_blocks(plan, entry))])
    login = (
        '<form action="/login"><input name="user"> <input name="pass" type="password"> '
        '<input type="submit" value="OK"></form>'
    )
    body = (
        f'<table width="100%"><tr><td class="side">{login}</td><td class="txt">{lines}{after_entry(plan, entry)}'
        "</td></tr></table>"
    )
    return shell(plan, body, title=f"{entry.title}{entry.name} - {plan.publisher.practice}", heading=False)


@layout("detail", *DETAIL, number=ONE, always=MUST)
def detail_heading_and_sections(plan: Plan) -> str:
    """A profile with sections under their own headings, a biography, and neighbours beside."""
    entry = plan.entries[0]
    sections = "".join(
        f"<section><h3>{escape(plan.labels.get(block, plan.labels['more']))}</h3><p>{text}</p></section>"
        for block, text in shown_blocks(plan, entry)
    )
    story = f"<p>{escape(entry.title + entry.name)} {escape(plan.say('story'))}</p>"
    body = (
        f'<div class="profile"><h1>{name_html(entry)}</h1>{story}{sections}{after_entry(plan, entry)}'
        f"</div>{_neighbours(plan)}"
    )
    return shell(plan, body, title=f"{entry.title}{entry.name} | {plan.head}", heading=False)


@layout("detail", *DETAIL, "cells", number=ONE, always=MUST)
def detail_definition_list(plan: Plan) -> str:
    """A definition list of labels and values, the name among the values."""
    entry = plan.entries[0]
    pairs = [("name", name_html(entry)), *shown_blocks(plan, entry)]
    items = "".join(
        f"<dt>{escape(plan.labels.get(block, '')) if block != 'notes' else ''}</dt><dd>{text}</dd>"
        for block, text in pairs
    )
    body = f"<dl>{items}</dl>{after_entry(plan, entry)}"
    return shell(plan, body, title=f"{entry.title}{entry.name}", heading=False)


@layout("detail", *DETAIL, "labels", number=ONE, always=MUST)
def detail_thin_json_ld(plan: Plan) -> str:
    """JSON-LD that says only the name and the page's address; all else stands on the page."""
    entry = plan.entries[0]
    data = {
        "@context": "https://schema.org",
        "@type": "Physician",
        "name": f"{entry.title}{entry.name}",
        "url": "https://lists.example.org/p/7",
    }
    lines = "".join(labelled(plan, block, text) for block, text in shown_blocks(plan, entry))
    head = f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'
    body = f"{head}<article><h1>{name_html(entry)}</h1>{lines}{after_entry(plan, entry)}</article>"
    return shell(plan, body, title=f"{entry.title}{entry.name} | {plan.publisher.practice}", heading=False)


def _own_page(plan: Plan, practice: Entry, body: str, foot: str, what: str) -> str:
    menu = "".join(f'<li><a href="/{place}">{escape(word)}</a></li>' for place, word in enumerate(plan.words["menu"]))
    agency = '<a href="https://agency.example.com/">Website: Pixel &amp; Pear</a>'
    direction = ' dir="rtl"' if plan.language == "he" else ""
    return (
        f'<!DOCTYPE html><html lang="{plan.language[:2]}"{direction}><head><meta charset="utf-8">'
        f"<title>{escape(practice.practice)} | {escape(what)}</title></head>"
        f'<body><header><div class="logo">{escape(practice.practice)}</div><nav><ul>{menu}</ul></nav></header>{body}'
        f"<footer>{foot}<p>© 2031 {escape(practice.practice)}. {agency}</p></footer></body></html>"
    )


def _practice_of(plan: Plan) -> Entry:
    """The practice whose site it is: the first entry's, which all on the page share.

    Of one doctor the practice's contact must be read; of several it may stand with each, or with the practice.
    """
    first, shared = plan.entries[0], {key: value for key, value in plan.entries[0].truth.items() if key not in PERSONAL}
    plan.url = f"https://{first.truth['email'].split('@')[-1] if 'email' in first.truth else 'practice.example.com'}/"
    for entry in plan.entries:
        for name in SHARED:
            setattr(entry, name, getattr(first, name))
        entry.implied = {**first.implied, **shared, "website": plan.url, **first.implied}
        if len(plan.entries) > 1:
            entry.truth = {key: value for key, value in entry.truth.items() if key in PERSONAL}
    plan.more_truth.append(
        {"name": shared["practice"], **shared, "optional": True, "implied": {**first.implied, "website": plan.url}}
    )
    return first


def _contact(plan: Plan, practice: Entry, tag: str = "p") -> str:
    parts = [f"<{tag}>{block_html(plan, 'address', practice)}</{tag}>"]
    parts += [
        labelled(plan, block, block_html(plan, block, practice), tag)
        for block in CONTACTS
        if block in plan.blocks and block != "website"
    ]
    return "".join(parts)


PERSONAL = ("name", "credentials", "accepts_new", "telehealth")
SHARED = (
    "practice", "street", "city", "region", "postcode", "country", "country_code", "phones", "fax", "email", "email_href", "notes",
    "address_order", "comma",
)  # fmt: skip
OWN = ("practice", "credentials", "address", "phone", "email", "notes")


@layout("own_site", "html", "lines", number=(1, 3), shows=OWN, always=("practice", *MUST))
def own_contact_in_footer(plan: Plan) -> str:
    """A home page: the doctors with a few sentences each, and the contact in the footer."""
    practice = _practice_of(plan)
    doctors = "".join(
        f"<div class='doc'><h3>{name_html(entry)}</h3><p>{escape(entry.name)} {escape(plan.say('story'))}</p></div>"
        for entry in plan.entries
    )
    body = (
        f"<main><h1>{escape(practice.practice)}</h1><p>{escape(plan.labels['video'])}</p><section>{doctors}"
        "</section></main>"
    )
    for entry in plan.entries:
        entry.truth.pop("accepts_new", None)
        entry.truth.pop("telehealth", None)
        entry.implied["telehealth"] = True
    return _own_page(
        plan, practice, body, _contact(plan, practice) + f"<p>{escape(plan.labels['hours'])}</p>", plan.words["menu"][0]
    )


@layout("own_site", "html", "lines", number=ONE, shows=OWN, always=("practice", *MUST))
def own_contact_page(plan: Plan) -> str:
    """A page of contacts with hours and a form; the doctor is named above."""
    practice = _practice_of(plan)
    form = (
        '<form action="/send"><input name="name"><input name="email"><textarea name="text"></textarea><button>OK'
        "</button></form>"
    )
    body = (
        f"<main><h1>{escape(plan.words['contact'])}</h1><h2>{name_html(practice)}</h2>{_contact(plan, practice, 'div')}"
        f"{''.join(f'<p>{escape(note)}</p>' for note in practice.notes)}<p>{escape(plan.labels['hours'])}</p>{form}"
        "</main>"
    )
    return _own_page(plan, practice, body, "", plan.words["contact"])


@layout("own_site", "html", "lines", number=(2, 5), shows=OWN, always=("practice", *MUST))
def own_team_with_bios(plan: Plan) -> str:
    """A page of the team: names, letters, and biographies that name other towns; the address in a side box."""
    practice = _practice_of(plan)
    cards = []
    for entry in plan.entries:
        other = _stranger(plan)
        bio = f"{escape(entry.name)} {escape(plan.say('story'))} ({escape(other.city)}, 2011)"
        cards.append(
            f'<div class="team-member"><img src="/a.jpg" alt=""><h3>{name_html(entry)}</h3><p class="bio">{bio}</p>'
            "</div>"
        )
    for entry in plan.entries:
        entry.truth.pop("accepts_new", None)
        entry.truth.pop("telehealth", None)
    side = f'<aside class="contact"><h4>{escape(plan.labels["address"])}</h4>{_contact(plan, practice)}</aside>'
    return _own_page(
        plan,
        practice,
        f"<main><h1>{escape(plan.words['team'])}</h1>{''.join(cards)}</main>{side}",
        "",
        plan.words["team"],
    )
