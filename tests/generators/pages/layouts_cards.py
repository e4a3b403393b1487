"""Layouts in which each entry is a box of its own."""

from __future__ import annotations

from html import escape
from random import Random

from .html_parts import after_entry, block_html, labelled, name_html, results, shell, shown_blocks
from .people import Entry
from .plan import Plan, layout

CARDS = ("html", "list", "lines", "boxes", "cards", "marks")


def _hashed(plan: Plan, what: str) -> str:
    """A class as a bundler makes it; the same for the same part of a page."""
    chance = Random(f"{what} {plan.head} {len(plan.entries)}")
    return f"css-{''.join(chance.choice('abcdefghjkmnpqrstuvwxyz0123456789') for _ in range(6))}"


def _labelled_blocks(plan: Plan, entry: Entry, tag: str = "div") -> str:
    return "".join(
        labelled(plan, block, text, tag) if block not in ("practice", "address") else f"<{tag}>{text}</{tag}>"
        for block, text in shown_blocks(plan, entry)
    )


@layout("cards", *CARDS, "heads")
def cards_hashed_classes(plan: Plan) -> str:
    """Boxes of a script's framework: classes without meaning, a box for every text."""

    def card(entry: Entry) -> str:
        inner = "".join(
            f'<div class="{_hashed(plan, block)}"><span class="{_hashed(plan, "t")}">{text}</span></div>'
            for block, text in shown_blocks(plan, entry)
        )
        name = f'<div class="{_hashed(plan, "n")}"><span>{name_html(entry)}</span></div>'
        return f'<div class="{_hashed(plan, "c")}">{name}{inner}{after_entry(plan, entry)}</div>'

    return shell(plan, results(plan, map(card, plan.entries), f'<div class="{_hashed(plan, "l")}">'))


@layout("cards", *CARDS, "heads")
def cards_elementor(plan: Plan) -> str:
    """The soup of boxes of a page builder: sections, columns, widgets, and the text in the deepest."""

    def widget(kind: str, inner: str) -> str:
        return (
            f'<div class="elementor-element elementor-widget elementor-widget-{kind}" data-widget_type="{kind}.default">'
            f'<div class="elementor-widget-container">{inner}</div></div>'
        )

    def card(entry: Entry) -> str:
        lines = "".join(f"<p>{text}</p>" for _, text in shown_blocks(plan, entry))
        name = widget("heading", f'<h3 class="elementor-heading-title elementor-size-default">{name_html(entry)}</h3>')
        text = widget("text-editor", lines + after_entry(plan, entry, "p"))
        return f'<div class="elementor-column elementor-col-33"><div class="elementor-widget-wrap">{name}{text}</div></div>'

    before = '<section class="elementor-section elementor-top-section"><div class="elementor-container">'
    return shell(plan, results(plan, map(card, plan.entries), before, "</div></section>"))


@layout("cards", *CARDS, "heads")
def cards_divi(plan: Plan) -> str:
    """Blurbs of another page builder, each with a picture; lines parted by breaks."""

    def card(entry: Entry) -> str:
        lines = "<br>".join(text for _, text in shown_blocks(plan, entry))
        picture = '<div class="et_pb_main_blurb_image"><img src="/face.jpg" alt=""></div>'
        text = f'<h4 class="et_pb_module_header"><span>{name_html(entry)}</span></h4><div class="et_pb_blurb_description"><p>{lines}</p>'
        return (
            '<div class="et_pb_module et_pb_blurb"><div class="et_pb_blurb_content">'
            f'{picture}<div class="et_pb_blurb_container">{text}{after_entry(plan, entry)}</div></div></div></div>'
        )

    return shell(plan, results(plan, map(card, plan.entries), '<div class="et_pb_row et_pb_gutters2">'))


@layout("cards", *CARDS, "labels", "heads")
def cards_amp(plan: Plan) -> str:
    """An AMP page with its own elements."""
    cards = (
        f'<article class="item"><amp-img src="/f.jpg" width="80" height="80" layout="fixed"></amp-img><h2>{name_html(entry)}</h2>'
        f"{_labelled_blocks(plan, entry, 'p')}{after_entry(plan, entry, 'p')}</article>"
        for entry in plan.entries
    )
    page = shell(plan, results(plan, cards, '<amp-layout layout="container">', "</amp-layout>"))
    return page.replace("<html ", "<html amp ", 1)


@layout("cards", *CARDS, "labels", "heads")
def cards_accordion(plan: Plan) -> str:
    """A button with the name opens a panel with the rest."""
    cards = (
        f'<div class="accordion-item"><h2 class="accordion-header"><button aria-expanded="false" aria-controls="p{place}">'
        f'{name_html(entry)}</button></h2><div id="p{place}" class="accordion-collapse collapse"><div class="accordion-body">'
        f"{_labelled_blocks(plan, entry)}{after_entry(plan, entry)}</div></div></div>"
        for place, entry in enumerate(plan.entries)
    )
    return shell(plan, results(plan, cards, '<div class="accordion">'))


@layout("cards", *CARDS)
def cards_details_summary(plan: Plan) -> str:
    """A `details` for each, with the name and the town in its summary."""
    cards = (
        f"<details><summary>{name_html(entry)}{' (' + escape(entry.city) + ')' if entry.city else ''}</summary>"
        f"{''.join(f'<p>{text}</p>' for _, text in shown_blocks(plan, entry))}{after_entry(plan, entry, 'p')}</details>"
        for entry in plan.entries
    )
    return shell(plan, results(plan, cards, "<div>"))


@layout("cards", *CARDS, "labels")
def cards_panels(plan: Plan) -> str:
    """Panels with a heading bar, two columns in the body and a button in the footer."""

    def card(entry: Entry) -> str:
        blocks = shown_blocks(plan, entry)
        half = (len(blocks) + 1) // 2
        columns = "".join(
            f'<div class="col-sm-6">{"".join(labelled(plan, block, text) for block, text in part)}</div>'
            for part in (blocks[:half], blocks[half:])
        )
        foot = f'<div class="panel-footer"><a class="btn" href="/p/{len(entry.name)}">{escape(plan.labels["more"])}</a></div>'
        return (
            f'<div class="panel panel-default"><div class="panel-heading"><a href="/p/x">{name_html(entry)}</a></div>'
            f'<div class="panel-body row">{columns}{after_entry(plan, entry)}</div>{foot}</div>'
        )

    return shell(plan, results(plan, map(card, plan.entries), '<div class="row">'))


@layout("cards", *CARDS, "parts", always=("address",))
def cards_microdata(plan: Plan) -> str:
    """hCard classes: each part of the address in a box of its own."""

    def part(name: str, text: str) -> str:
        return f'<span class="{name}">{escape(text)}</span>' if text else ""

    def card(entry: Entry) -> str:
        town = (("postal-code", entry.postcode), ("locality", entry.city), ("region", entry.region))
        if entry.country_code in ("US", "CA", "GB", "IE", "AU"):
            town = (town[1], town[2], town[0])
        places = " ".join(filter(None, (part(*one) for one in town)))
        address = f'<div class="adr"><div class="street-address">{escape(entry.street)}</div>{places} {part("country-name", entry.country)}</div>'
        rest = "".join(
            f'<div class="{block}">{text}</div>' if block != "address" else address
            for block, text in shown_blocks(plan, entry)
        )
        return f'<div class="vcard"><span class="fn">{name_html(entry)}</span>{rest}{after_entry(plan, entry)}</div>'

    return shell(plan, results(plan, map(card, plan.entries), '<div class="view-content">'))


@layout("cards", *CARDS, "cells", "labels")
def cards_label_spans(plan: Plan) -> str:
    """A directory plugin's boxes: a label and a value for every field, the name among them."""

    def field(block: str, text: str) -> str:
        label = escape(plan.labels.get(block, "")) if block != "notes" else ""
        if plan.has("label_and_value_apart"):
            return f'<div class="row"><div class="l">{label}</div><div class="v">{text}</div></div>'
        shown = f'<span class="field-label">{label}:</span> ' if label else ""
        return f'<div class="wpbdp-field">{shown}<div class="value">{text}</div></div>'

    def card(entry: Entry) -> str:
        rest = "".join(
            field(block, block_html(plan, block, entry)) for block in plan.blocks if block_html(plan, block, entry)
        )
        return f'<div class="wpbdp-listing">{field("name", name_html(entry))}{rest}{after_entry(plan, entry)}</div>'

    return shell(plan, results(plan, map(card, plan.entries), '<div class="listings">'))


@layout("cards", *CARDS, "labels", languages=("he",))
def cards_right_to_left(plan: Plan) -> str:
    """Boxes written from right to left, numbers kept from left to right by marks and attributes."""

    def text_of(block: str, text: str) -> str:
        return f'<bdi dir="ltr">{text}</bdi>' if block in ("phone", "email") else text

    cards = (
        f'<li class="box"><strong>{name_html(entry)}</strong>'
        + "".join(labelled(plan, block, text_of(block, text)) for block, text in shown_blocks(plan, entry))
        + f"{after_entry(plan, entry)}</li>"
        for entry in plan.entries
    )
    return shell(plan, results(plan, cards, "<ul>", "</ul>"))
