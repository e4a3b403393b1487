"""Lists as Drupal Views writes them: tables grouped by country, rows, zero-based pager, exposed filter, nodes."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import groupby

from .entry_text import EntryText
from .practitioners import facts
from .truth import Entry
from .view import Answer, View, document, missing

FIRST_TERM = 31
"""Drupal's term ids are opaque; these start somewhere."""


def prescribers(view: View) -> Answer:
    """A table per country, 50 rows a page, with the filter by country; or the node of one entry."""
    if view.rest:
        return _node(view)
    terms = {code: FIRST_TERM + 2 * index for index, code in enumerate(facts("words")["countries"])}
    chosen = view.query.get("field_country_target_id", "All")
    if chosen != "All":
        view = _filter_entries(view, lambda entry: str(terms[_country_code(view, entry)]) == chosen)
    per_page = facts("lists")["drupal/prescribers"]["per_page"]
    index = view.number("page", 0)
    rows = view.page(index, per_page)
    tables = "".join(
        _table(country, view.texts(tuple(group)))
        for country, group in groupby(rows, key=lambda entry: view.truth.practitioners[entry.people[0]].country)
    )
    body = f'{_filter(terms, chosen)}<div class="view-content">{tables}</div>{_pager(view, index, per_page)}'
    title = facts("lists")["drupal/prescribers"]["title"]
    return document(title, f'<div class="view view-prescribers view-id-prescribers">{body}</div>')


def pharmacies(view: View) -> Answer:
    """Rows of fields with labels, 20 a page."""
    if view.rest:
        return _node(view)
    per_page = facts("lists")["drupal/pharmacies"]["per_page"]
    index = view.number("page", 0)
    rows = "".join(_row(entry) for entry in view.texts(view.page(index, per_page)))
    body = f'<div class="view-content">{rows}</div>{_pager(view, index, per_page)}'
    return document(facts("lists")["drupal/pharmacies"]["title"], f'<div class="view view-pharmacies">{body}</div>')


def _country_code(view: View, entry: Entry) -> str:
    return view.truth.practitioners[entry.people[0]].country_code


def _filter_entries(view: View, wanted: Callable[[Entry], bool]) -> View:
    entries = tuple(entry for entry in view.entries if wanted(entry))
    return View(truth=view.truth, entries=entries, path=view.path, query=view.query, redesigned=view.redesigned)


def _filter(terms: dict[str, int], chosen: str) -> str:
    names = facts("words")["countries"]
    options = "".join(
        f'<option value="{term}"{" selected" if str(term) == chosen else ""}>{escape(names[code])}</option>'
        for code, term in terms.items()
    )
    return (
        '<form class="views-exposed-form" action="/drupal/prescribers" method="get" '
        'id="views-exposed-form-prescribers-page-1"><label for="edit-field-country-target-id">Country</label>'
        '<select name="field_country_target_id" id="edit-field-country-target-id">'
        f'<option value="All">- Any -</option>{options}</select><input type="submit" value="Apply"></form>'
    )


COLUMNS = (
    ("title", "Name"),
    ("field-practice", "Practice"),
    ("field-city", "City"),
    ("field-state", "State / region"),
    ("field-postal-code", "Postal code"),
    ("field-phone", "Phone"),
    ("field-website", "Website"),
    ("field-telehealth", "Telehealth"),
)


def _table(country: str, entries: list[EntryText]) -> str:
    headers = "".join(
        f'<th id="view-{name}-table-column" class="{_column(name)}" scope="col">{label}</th>' for name, label in COLUMNS
    )
    rows = "".join(_table_row(entry) for entry in entries)
    return (
        f'<table class="table views-table views-view-table cols-{len(COLUMNS)}"><caption>{escape(country)}</caption>'
        f"<thead><tr>{headers}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _column(name: str) -> str:
    """The classes of a column; the one that the table is sorted by has one more."""
    return f"views-field views-field-{name}" + (" is-active" if name == "title" else "")


def _table_row(entry: EntryText) -> str:
    cells = {
        "title": f'<a href="/drupal/prescribers/node/{entry.key}" hreflang="en">{escape(entry.name)}</a>',
        "field-practice": escape(entry.practice),
        "field-city": escape(entry.city),
        "field-state": escape(entry.region),
        "field-postal-code": escape(entry.postcode),
        "field-phone": f'<a href="tel:{escape(entry.phone)}">{escape(entry.phone)}</a>' if entry.phone else "",
        "field-website": f'<a href="{escape(entry.website)}" rel="nofollow">Visit website</a>' if entry.website else "",
        "field-telehealth": "Yes" if entry.telehealth else "",
    }
    row = "".join(
        f'<td headers="view-{name}-table-column" class="{_column(name)}">{cell}</td>' for name, cell in cells.items()
    )
    return f"<tr>{row}</tr>"


def _row(entry: EntryText) -> str:
    lines = [f"{entry.city}, {entry.state} {entry.postcode}"] if entry.state else _foreign_town(entry)
    address = "<br>".join(escape(line) for line in (entry.street, *lines))
    fields = [
        ("title", "", f'<a href="/drupal/pharmacies/node/{entry.key}">{escape(entry.practice)}</a>'),
        ("field-address", "Address", f"{address}<br>{escape(entry.country)}"),
        ("field-phone", "Telephone", escape(entry.phone)),
        ("field-email", "E-mail", f'<a href="mailto:{entry.email}">{entry.email}</a>' if entry.email else ""),
        ("field-website", "Website", f'<a href="{entry.website}">{entry.website}</a>' if entry.website else ""),
        ("field-ships-to", "Ships to", escape(", ".join(entry.serves))),
    ]
    spans = "".join(
        f'<div class="views-field views-field-{name}">{_label(name, label)}'
        f'<span class="field-content">{text}</span></div>'
        for name, label, text in fields
        if text
    )
    return f'<div class="views-row">{spans}</div>'


def _foreign_town(entry: EntryText) -> list[str]:
    if entry.country_code in {"GB", "IE", "NZ"}:
        return [entry.city, entry.region, entry.postcode]
    return [f"{entry.postcode} {entry.city}", entry.region]


def _label(name: str, label: str) -> str:
    return f'<span class="views-label views-label-{name}">{label}: </span>' if label else ""


def _pager(view: View, index: int, per_page: int) -> str:
    last = view.pages(per_page) - 1
    if last == 0:
        return ""
    items = [
        f'<li class="pager__item{" is-active" if page == index else ""}">'
        f'<a href="{view.link(page=page)}">{page + 1}</a></li>'
        for page in range(max(0, index - 4), min(last, index + 4) + 1)
    ]
    if index < last:
        items.append(
            f'<li class="pager__item pager__item--next"><a href="{view.link(page=index + 1)}" rel="next" '
            'title="Go to next page">Next</a></li>'
        )
        items.append(f'<li class="pager__item pager__item--last"><a href="{view.link(page=last)}">Last</a></li>')
    return f'<nav class="pager" role="navigation"><ul class="pager__items js-pager__items">{"".join(items)}</ul></nav>'


def _node(view: View) -> Answer:
    key = view.rest.removeprefix("node/")
    entry = next((entry for entry in view.entries if entry.key == key), None)
    if entry is None:
        return missing("such node")
    (shown,) = view.texts((entry,))
    texts = {
        "practice": shown.practice,
        "city": shown.city,
        "state": shown.region,
        "postal-code": shown.postcode,
        "country": shown.country,
        "phone": shown.phone,
        "website": shown.website,
    }
    fields = "".join(
        f'<div class="field field--name-field-{name} field--label-inline"><div class="field__label">'
        f'{name.replace("-", " ").capitalize()}</div><div class="field__item">{escape(text)}</div></div>'
        for name, text in texts.items()
        if text
    )
    return document(shown.name, f'<article class="node node--type-prescriber">{fields}</article>')
