"""Hand-made web pages: cards, a plain table, prose by state, a German list, and pages that carry JSON-LD."""

from __future__ import annotations

import json
from html import escape
from itertools import groupby
from typing import Any

from .entry_text import EntryText
from .practitioners import facts
from .truth import Entry
from .view import Answer, View, document, missing


def protect_email(email: str, key: int = 0x5A) -> str:
    """The address as Cloudflare hides it: each byte xor the first, in hexadecimal."""
    return bytes([key, *(byte ^ key for byte in email.encode())]).hex()


def cards(view: View) -> Answer:
    """Cards with protected e-mails, one-line addresses and `Not Available`, at /cards and /cards/page/N.

    The same people stand by name and place alone at /cards/names, with a page of their own each.
    """
    head, _, number = view.rest.partition("/")
    if head == "names":
        return _profile(view, number) if number else _names(view)
    if view.rest and not (head == "page" and number.isdigit() and int(number) > 0):
        return missing("such page")
    per_page = facts("lists")["cards"]["per_page"]
    index = int(number or 1) - 1
    if index >= view.pages(per_page):
        return missing("such page")
    shown = "".join(_card(entry) for entry in view.texts(view.page(index, per_page)))
    following = index + 2 <= view.pages(per_page)
    pager = f'<a class="next page-numbers" rel="next" href="/cards/page/{index + 2}">Next</a>' if following else ""
    return document(
        facts("lists")["cards"]["title"],
        f'<div class="practitioner-grid">{shown}</div><nav class="pagination">{pager}</nav>',
    )


def _names(view: View) -> Answer:
    rows = "".join(
        f'<li class="person"><h3><a href="/cards/names/{entry.key}">{escape(entry.name)}</a></h3>'
        f"<p>{escape(entry.city)}, {escape(entry.state or entry.region)}</p></li>\n"
        for entry in view.texts(view.entries)
    )
    return document("Clinicians by name", f'<ul class="people">{rows}</ul>')


def _profile(view: View, key: str) -> Answer:
    entry = next((entry for entry in view.texts(view.entries) if entry.key == key), None)
    if entry is None:
        return missing("such person")
    rows = (
        ("Practice", entry.practice),
        ("Address", entry.address),
        ("Phone", entry.phone),
        ("Website", _website(entry)),
    )
    stated = "".join(
        f"<dt>{label}</dt><dd>{value if '<a ' in value else escape(value)}</dd>" for label, value in rows if value
    )
    return document(entry.name, f"<dl>{stated}</dl>")


def _card(entry: EntryText) -> str:
    nothing = "Not Available"
    email = (
        f'<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="{protect_email(entry.email)}">'
        "[email&#160;protected]</a>"
        if entry.email
        else nothing
    )
    badge = '<span class="badge telehealth">Telehealth available</span>' if entry.telehealth else ""
    return (
        f'<div class="practitioner-card" id="practitioner-{entry.key}">'
        f'<h3 class="card-title">{escape(entry.name)}</h3>{badge}'
        f'<p class="card-specialty">{escape(entry.specialty or nothing)}</p><ul>'
        f"<li><strong>Practice:</strong> {escape(entry.practice or nothing)}</li>"
        f"<li><strong>Address:</strong> {escape(entry.address)}</li>"
        f"<li><strong>Phone:</strong> {escape(entry.phone or nothing)}</li>"
        f"<li><strong>Email:</strong> {email}</li>"
        f"<li><strong>Website:</strong> {_website(entry) or nothing}</li></ul></div>\n"
    )


def _website(entry: EntryText) -> str:
    """A link; in one entry of sixteen the address is mashed together with itself."""
    if not entry.website:
        return ""
    href = f"http://{entry.website}" if entry.variant % 16 == 3 else entry.website
    return f'<a href="{escape(href)}">{escape(entry.website.removeprefix("https://").rstrip("/"))}</a>'


def table(view: View) -> Answer:
    """One table with a header, `N/A` cells, and two columns that no reader sees."""
    labels = ("Name", "Clinic Name", "Clinic City", "Clinic State", "Country", "Phone", "Notes")
    header = "".join(f'<th class="all" data-orderable="true">{label}</th>' for label in labels)
    hidden = '<th data-visible="false" style="display:none">hf:name</th><th style="display:none">hf:country</th>'
    rows = "\n".join(_table_row(entry) for entry in view.texts(view.entries))
    return document(
        facts("lists")["table"]["title"],
        f'<table id="members" class="posts-data-table"><thead><tr>{header}{hidden}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table>",
    )


def _table_row(entry: EntryText) -> str:
    nothing = "n/a" if entry.variant % 2 else "N/A"
    texts = (
        entry.name,
        entry.practice or nothing,
        entry.city,
        entry.state or entry.region,
        entry.country,
        entry.phone or nothing,
        entry.remark,
    )
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    hidden = (entry.plain_name.lower().replace(".", "").replace(" ", "-"), entry.country_code.lower())
    unseen = "".join(f'<td style="display:none">{escape(text)}</td>' for text in hidden)
    return f'<tr id="post-row-{entry.key}">{cells}{unseen}</tr>'


def text(view: View) -> Answer:
    """Prose by state: a heading a state, a paragraph an entry, its parts divided by line breaks."""
    parts = ["<p>Please call before you travel. Volunteers put this list together; it has no opinion on treatment.</p>"]
    for region, group in groupby(view.entries, key=lambda entry: view.truth.practitioners[entry.people[0]].region):
        parts.append(f"<h2>{escape(region)}</h2>")
        parts += [_paragraph(entry) for entry in view.texts(tuple(group))]
    return document(facts("lists")["text"]["title"], "\n".join(parts))


def _paragraph(entry: EntryText) -> str:
    lines = [f"<strong>{escape(entry.name)}</strong>"]
    if entry.practice and entry.practice != entry.name:
        lines.append(escape(entry.practice))
    lines += [escape(entry.street), escape(f"{entry.city}, {entry.state} {entry.postcode}")]
    labelled = (("Ph: " if entry.variant % 3 else "", entry.phone), ("Fax: ", entry.fax))
    lines += [f"{label}{escape(number)}" for label, number in labelled if number]
    if entry.email:
        spelt_out = entry.email.replace("@", "(at)").replace(".example", "(dot)example")
        lines.append(escape(entry.email if entry.variant % 5 else spelt_out))
    if entry.website:
        lines.append(escape(entry.website.removeprefix("https://").rstrip("/")))
    lines += [escape(remark) for remark in _remarks(entry)]
    return f"<p>{'<br>'.join(lines)}</p>"


def _remarks(entry: EntryText) -> list[str]:
    remarks = []
    if entry.serves and entry.telehealth:
        remarks.append(f"Telehealth to {', '.join(entry.serves)}")
    elif entry.telehealth:
        remarks.append("Phone and video consults")
    if entry.accepts_new is False:
        remarks.append("Not taking new patients")
    return [*remarks, entry.remark] if entry.remark else remarks


def german(view: View) -> Answer:
    """A German list by country and town, in UTF-8 although its meta element says ISO-8859-1."""
    parts = []
    for (country, city), group in groupby(view.entries, key=lambda entry: _country_and_city(view, entry)):
        parts.append(f"<h3>{escape(city)} ({escape(country)})</h3>")
        parts += [_german_item(entry) for entry in view.texts(tuple(group))]
    body = (
        '<!DOCTYPE html>\n<html lang="de"><head>'
        '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'
        "<title>LDN-Ärzteliste</title></head>\n<body><h1>LDN-Ärzteliste</h1>\n"
        "<p>Alle Angaben ohne Gewähr. Sämtliche Namen sind frei erfunden.</p>\n"
        f"{''.join(parts)}<p>Stand: Januar 2026</p></body></html>\n"
    )
    return Answer(body=body.encode(), content_type="text/html")


GERMAN_COUNTRIES = {"DE": "Deutschland", "AT": "Österreich", "CH": "Schweiz"}


def _country_and_city(view: View, entry: Entry) -> tuple[str, str]:
    first = view.truth.practitioners[entry.people[0]]
    return GERMAN_COUNTRIES[first.country_code], first.city


def _german_item(entry: EntryText) -> str:
    lines = [f"<b>{escape(entry.name)}</b>", escape(entry.specialty), escape(entry.practice), escape(entry.street)]
    lines.append(escape(f"{entry.postcode} {entry.city}"))
    lines.append(f"Tel.: {escape(entry.phone)}" if entry.phone else "")
    lines.append(f'Internet: <a href="{entry.website}">{escape(entry.website)}</a>' if entry.website else "")
    return f"<div class='arzt'>{'<br>'.join(line for line in lines if line)}</div>\n"


def jsonld(view: View) -> Answer:
    """25 entries a page as a JSON-LD graph; /jsonld/KEY holds one entry, with teasers of its neighbours."""
    if view.rest:
        return _jsonld_detail(view)
    per_page = facts("lists")["jsonld"]["per_page"]
    index = view.number("page", 1) - 1
    entries = view.texts(view.page(max(index, 0), per_page))
    graph = {"@context": "https://schema.org", "@graph": [_node(entry) for entry in entries]}
    links = "".join(f'<li><a href="/jsonld/{entry.key}">{escape(entry.name)}</a></li>' for entry in entries)
    following = index + 1 < view.pages(per_page)
    pager = f'<a rel="next" href="{view.link(page=index + 2)}">More</a>' if following else ""
    return document(facts("lists")["jsonld"]["title"], f"<ul>{links}</ul>{pager}", head=_script(graph))


def _jsonld_detail(view: View) -> Answer:
    place = next((place for place, entry in enumerate(view.entries) if entry.key == view.rest), None)
    if place is None:
        return missing("such entry")
    shown, *near = view.texts(view.entries[place : place + 3])
    teasers = "".join(
        f'<li class="teaser"><a href="/jsonld/{other.key}">{escape(other.name)}</a></li>' for other in near
    )
    body = (
        f'<p class="address">{escape(shown.address)}</p><p>{escape(shown.phone)}</p>'
        f"<h2>Others nearby</h2><ul>{teasers}</ul>"
    )
    return document(shown.name, body, head=_script({"@context": "https://schema.org", **_node(shown)}))


def _script(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def _node(entry: EntryText) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@type": "Physician" if entry.variant % 2 else ["LocalBusiness", "Physician"],
        "@id": f"/jsonld/{entry.key}#id",
        "url": entry.website,
        "name": entry.name,
        "telephone": entry.phone,
        "email": f"mailto:{entry.email}" if entry.email else "",
        "hasCredential": entry.credentials,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": entry.street,
            "addressLocality": entry.city,
            "addressRegion": entry.state or entry.region,
            "postalCode": entry.postcode,
            "addressCountry": entry.country_code,
        },
        "geo": {"@type": "GeoCoordinates", "latitude": entry.point[0], "longitude": entry.point[1]},
    }
    return {name: value for name, value in node.items() if value}
