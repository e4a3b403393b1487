"""Five layouts on which the reader of unseen lists is worked out."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from . import HOME, START, Entry, Pages, by_state, document

MAP = "https://www.google.com/maps/d/kml?mid=1TrustExampleMap&forcekml=1"


def _table(people: list[Entry]) -> str:
    rows = "".join(
        f"<tr><td>{one.name}, {one.letters}</td><td>{one.street}</td><td>{one.city}</td><td>{one.state}</td>"
        f"<td>{one.postcode}</td><td>{one.phone}</td></tr>"
        for one in people
    )
    head = "".join(f"<th>{name}</th>" for name in ("Practitioner", "Street", "Town", "State", "ZIP", "Telephone"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def table(people: tuple[Entry, ...]) -> Pages:
    """One table with headers."""
    return {START: document("Prescribers", _table(list(people)))}


def pages_by_state(people: tuple[Entry, ...]) -> Pages:
    """A page that links to a page for each state, with cards."""
    states = by_state(people)
    links = "".join(f'<li><a href="/ldn-prescribers/{state.lower()}">{state}</a></li>' for state in states)
    pages = {START: document("Prescribers by state", f"<p>Choose your state:</p><ul>{links}</ul>")}
    for state, some in states.items():
        cards = "".join(
            f'<div class="person"><h3>{one.name}, {one.letters}</h3><p>{one.street}<br>{one.city}, {one.state}'
            f" {one.postcode}</p><p>Phone: {one.phone}</p></div>"
            for one in some
        )
        pages[f"{HOME}/ldn-prescribers/{state.lower()}"] = document(f"Prescribers in {state}", cards)
    return pages


def google_map(people: tuple[Entry, ...]) -> Pages:
    """A page with nothing but an embedded map, whose entries are in its KML file."""
    marks = "".join(
        f"<Placemark><name>{escape(one.name)}, {one.letters}</name><description><![CDATA[{one.street}<br>{one.city},"
        f" {one.state} {one.postcode}<br>Phone: {one.phone}]]></description></Placemark>"
        for one in people
    )
    kml = f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>'
    frame = '<iframe src="https://www.google.com/maps/d/embed?mid=1TrustExampleMap&amp;ll=39,-98&amp;z=4"></iframe>'
    return {
        START: document("Map of prescribers", f"<p>Click on a mark to see who is there.</p>{frame}"),
        MAP: ("application/vnd.google-earth.kml+xml", kml.encode()),
    }


def filter_form(people: tuple[Entry, ...]) -> Pages:
    """A form that asks for a state and shows who is there; without an answer it shows nobody."""
    codes = {one.state_name: one.state for one in people}
    options = "".join(f'<option value="{code}">{state}</option>' for state, code in codes.items())
    form = f"""<form action="/ldn-prescribers" method="get"><label for="s">State</label><select id="s" name="state">
<option value="">- Choose -</option>{options}</select><input type="hidden" name="kind" value="all">
<input type="submit" value="Search"></form>"""
    pages = {START: document("Find a prescriber", form)}
    for state, some in by_state(people).items():
        address = f"{START}?state={codes[state]}&kind=all"
        pages[address] = document("Find a prescriber", form + _table(some))
    return pages


def free_text(people: tuple[Entry, ...]) -> Pages:
    """Paragraphs as somebody typed them, with the state in capitals above each group."""
    text = ""
    for state, some in by_state(people).items():
        text += f"<p><b>{state.upper()}</b></p>"
        for one in some:
            text += f"<p>{one.name} {one.letters}, {one.street}, {one.city}, {one.state} {one.postcode}. Call {one.phone}.</p>"
    return {START: document("Who prescribes LDN?", text)}


LAYOUTS: dict[str, Callable[[tuple[Entry, ...]], Pages]] = {
    "table": table,
    "pages_by_state": pages_by_state,
    "google_map": google_map,
    "filter_form": filter_form,
    "free_text": free_text,
}
