"""Layouts in which the entries are lines and paragraphs."""

from __future__ import annotations

from html import escape

from .html_parts import after_entry, block_html, name_html, results, shell, shown_blocks
from .people import Entry
from .plan import Plan, layout

PROSE = ("html", "list", "lines", "boxes", "marks")


def _lines(plan: Plan, entry: Entry, *, labels: bool = True) -> list[str]:
    """The blocks as lines; contacts with their label where the page writes labels."""
    found = []
    for block, text in shown_blocks(plan, entry):
        named = labels and block in ("phone", "email") and plan.keys
        found.append(f"{escape(plan.labels[block])}: {text}" if named else text)
    return found


def _paragraph(plan: Plan, entry: Entry, tag: str = "p") -> str:
    lines = "<br>\n".join(
        [f"<strong>{name_html(entry)}</strong>" if plan.keys < 2 else name_html(entry), *_lines(plan, entry)]
    )
    return f"<{tag}>{lines}{after_entry(plan, entry, 'span')}</{tag}>"


@layout("prose", *PROSE, "heads")
def prose_paragraphs(plan: Plan) -> str:
    """A paragraph for each, its lines parted by breaks."""
    return shell(
        plan, results(plan, (_paragraph(plan, entry) for entry in plan.entries), '<div class="entry-content">')
    )


@layout("prose", "html", "list", "lines", "marks", languages=("en-US", "pt"), always=("address",))
def prose_region_headings(plan: Plan) -> str:
    """Headings name the region, paragraphs below them the entries."""
    plan.entries.sort(key=lambda entry: entry.region)
    parts, last = [], None
    for entry in plan.entries:
        if entry.region != last:
            last = entry.region
            parts.append(f"<h3>{escape(last)}</h3>")
        parts.append(_paragraph(plan, entry))
    return shell(plan, "".join(parts))


@layout("prose", "html", "list", "boxes", "marks", "town_only", always=("address", "phone"))
def prose_one_line_entries(plan: Plan) -> str:
    """An item of a list for each: name, town and contacts in one line, parted by dashes or bars."""
    between = (" – ", " | ", ", ")[plan.keys]
    items = []
    for entry in plan.entries:
        texts = [name_html(entry), *(block_html(plan, block, entry, ", ") for block in plan.blocks)]
        items.append(f"<li>{between.join(filter(None, texts))}{after_entry(plan, entry, 'span')}</li>")
    return shell(plan, results(plan, items, "<ul>", "</ul>"))


@layout("prose", "html", "list", "lines", "marks", "heads")
def prose_word_export(plan: Plan) -> str:
    """A letter saved by a word processor: a paragraph for every line, an empty one between the entries."""

    def line(text: str) -> str:
        return f"<p class=MsoNormal style='margin:0cm'><span style='font-size:11.0pt;font-family:\"Calibri\"'>{text}</span></p>"

    parts = [f"<p class=MsoNormal align=center><b>{escape(plan.head)}</b></p>", line("<o:p>&nbsp;</o:p>")]
    for entry in plan.entries:
        texts = [f"<b>{name_html(entry)}</b>"]
        for text in _lines(plan, entry):
            texts += text.split("<br>")
        texts += [escape(extra) for extra in entry.extras]
        texts += [add(entry) for add in plan.own_blocks]
        parts += [line(text) for text in texts] + [line("<o:p>&nbsp;</o:p>")]
    page = f"<html><head><meta charset=utf-8><meta name=Generator content='Microsoft Word 15'><title>{escape(plan.head)}</title></head>"
    return f"{page}<body lang=EN-US><div class=WordSection1>{''.join(parts)}</div></body></html>"


@layout("prose", *PROSE)
def prose_definition_list(plan: Plan) -> str:
    """A definition list: the term is the name, each definition a line."""
    items = (
        f"<dt>{name_html(entry)}</dt>{''.join(f'<dd>{line}</dd>' for line in _lines(plan, entry))}{after_entry(plan, entry, 'dd')}"
        for entry in plan.entries
    )
    box = f"<dl>{''.join(items)}</dl>"
    if plan.has("inside_form") or plan.has("box_named_as_chrome") or plan.has("copies_for_phone_and_desktop"):
        return shell(plan, results(plan, [box]))
    return shell(plan, box)


@layout("prose", "html", "list", "lines", "marks")
def prose_alphabet(plan: Plan) -> str:
    """Pages with a bar of letters; a letter stands above the entries whose surname begins with it."""
    plan.entries.sort(key=lambda entry: entry.last.casefold())
    letters = "".join(f'<a href="#{letter}">{letter}</a> ' for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    parts, last = [f'<p class="letters">{letters}</p>'], None
    for entry in plan.entries:
        initial = entry.last[:1].upper()
        if initial != last:
            last = initial
            parts.append(f'<h2 id="{initial}">{escape(initial)}</h2>')
        parts.append(_paragraph(plan, entry, "div"))
    return shell(plan, "".join(parts))


@layout("prose", "html", "list", "lines", "marks", "heads")
def prose_preformatted(plan: Plan) -> str:
    """Typed text in `pre`: lines, and an empty one between entries."""
    blocks = []
    for entry in plan.entries:
        lines = [name_html(entry), *(line for text in _lines(plan, entry) for line in text.split("<br>"))]
        lines += [escape(extra) for extra in entry.extras] + [add(entry) for add in plan.own_blocks]
        blocks.append("\n".join(lines))
    return shell(plan, "<pre>" + "\n\n".join(blocks) + "</pre>", style="old")
