"""Five layouts that the reader of unseen lists is never tuned on. Who works on that reader does not open this file."""

from __future__ import annotations

import json
from collections.abc import Callable

from . import HOME, START, Entry, Pages, by_state, document, pdf


def drupal_view(people: tuple[Entry, ...]) -> Pages:
    """A Drupal view of rows with a pager, a group heading for each state, and a profile path in each row's link."""
    pages, size = {}, 12
    for number, first in enumerate(range(0, len(people), size)):
        rows, state = "", None
        for entry in people[first : first + size]:
            rows += f"<h3>{entry.state_name}</h3>" if entry.state_name != state else ""
            state = entry.state_name
            path = entry.name.lower().replace(" ", "-")
            rows += f"""<div class="views-row"><div class="views-field views-field-title"><span class="field-content">
<a href="/prescriber/{path}">{entry.name}, {entry.letters}</a></span></div>
<div class="views-field views-field-field-address"><div class="field-content"><p class="address" translate="no">
<span class="address-line1">{entry.street}</span><br><span class="locality">{entry.city}</span>,
<span class="administrative-area">{entry.state}</span> <span class="postal-code">{entry.postcode}</span></p></div></div>
<div class="views-field views-field-field-phone"><span class="views-label">Phone: </span>
<span class="field-content"><a href="tel:{entry.phone}">{entry.phone}</a></span></div></div>"""
        more = first + size < len(people)
        pager = f'<nav class="pager"><a rel="next" href="?page={number + 1}">Next ›</a></nav>' if more else ""
        view = f'<div class="view view-prescribers"><div class="view-content">{rows}</div>{pager}</div>'
        pages[START if not number else f"{START}?page={number}"] = document("Find a prescriber", view)
    return pages


def state_accordions(people: tuple[Entry, ...]) -> Pages:
    """One page with a closed box for each state, a paragraph a practitioner, and a link of each box to itself."""
    boxes = ""
    for number, (state, some) in enumerate(by_state(people).items()):
        shown = "".join(
            f"<p><strong>{one.name}, {one.letters}</strong><br>{one.street}<br>"
            f"{one.city}, {one.state} {one.postcode}<br>Tel. {one.phone}</p>"
            for one in some
        )
        boxes += f"""<div class="accordion-item"><h3 class="accordion-header"><button aria-controls="c{number}">
<a href="#c{number}">{state}</a></button></h3><div id="c{number}" class="accordion-collapse collapse">{shown}</div></div>"""
    return {START: document("Prescribers in the United States", f'<div class="accordion">{boxes}</div>')}


def pdf_link(people: tuple[Entry, ...]) -> Pages:
    """A page of prose that links to the list as a PDF file, and to a leaflet that names nobody."""
    lines = ["LDN prescribers", ""]
    for one in people:
        lines += [f"{one.name}, {one.letters}", one.street, f"{one.city}, {one.state} {one.postcode}", one.phone, ""]
    sheets = [lines[first : first + 47] for first in range(0, len(lines), 47)]
    leaflet = ["What is low-dose naltrexone?", "", "Ask the practitioner who treats you before you", "change anything."]
    body = """<p>We keep our list as a file, so that you can print it.</p>
<p><a class="button" href="/sites/default/files/2026-11/prescribers.pdf">Download the list of prescribers (PDF, 90 kB)</a></p>
<p>New to all this? <a href="/sites/default/files/leaflet.pdf">Read our leaflet</a>.</p>"""
    return {
        START: document("Our prescribers", body),
        f"{HOME}/sites/default/files/2026-11/prescribers.pdf": ("application/pdf", pdf(sheets)),
        f"{HOME}/sites/default/files/leaflet.pdf": ("application/pdf", pdf([leaflet])),
    }


def loaded_by_a_script(people: tuple[Entry, ...]) -> Pages:
    """A page that is empty until its script has asked for the entries as JSON."""
    rows = [
        {
            "id": number,
            "title": f"{one.name}, {one.letters}",
            "address": {"line1": one.street, "city": one.city, "state": one.state, "zip": one.postcode},
            "telephone": one.phone,
        }
        for number, one in enumerate(people, 1)
    ]
    body = """<div id="app"></div><script>
  fetch("/wp-json/trust/v1/prescribers?per_page=500").then(function (answer) { return answer.json(); }).then(show);
</script><script src="/assets/app.js"></script>"""
    answer = json.dumps({"count": len(rows), "results": rows}).encode()
    return {
        START: document("Find a prescriber", body),
        f"{HOME}/wp-json/trust/v1/prescribers?per_page=500": ("application/json", answer),
    }


def cards_with_profiles(people: tuple[Entry, ...]) -> Pages:
    """Cards with a name and a town, whose telephone is on a page of each practitioner's own."""
    cards, pages = "", {}
    for one in people:
        path = f"/practitioners/{one.name.lower().replace(' ', '-')}"
        cards += f"""<article class="tile"><h2><a href="{path}">{one.name}, {one.letters}</a></h2>
<p>{one.city}, {one.state}</p><a href="{path}">View profile</a></article>"""
        profile = f"""<h2>{one.name}, {one.letters}</h2><dl><dt>Address</dt><dd>{one.street}, {one.city}, {one.state} {one.postcode}</dd>
<dt>Telephone</dt><dd>{one.phone}</dd></dl><p><a href="/ldn-prescribers">Back to the list</a></p>"""
        pages[HOME + path] = document(f"{one.name}, {one.letters}", profile)
    return {START: document("Prescribers", f'<section class="tiles">{cards}</section>'), **pages}


LAYOUTS: dict[str, Callable[[tuple[Entry, ...]], Pages]] = {
    "drupal_view": drupal_view,
    "state_accordions": state_accordions,
    "pdf_link": pdf_link,
    "loaded_by_a_script": loaded_by_a_script,
    "cards_with_profiles": cards_with_profiles,
}
