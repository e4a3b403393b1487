"""The acceptance of a harvest as text for a terminal, and as a page for a colleague."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import unquote, urlsplit

from ldn_directory.crawl.reading_trial import describe
from ldn_directory.crawl.run import MOST_SAMPLE, spread
from ldn_directory.errors import count_of

from .acceptance import Acceptance, Difference, Entry
from .reports import change_line, mention_text
from .terminal import fit, replace_controls, wrap

LABEL = 13
"""Columns of a field's name."""
NOT_SAID = "(not in the entry: from a heading, the spider, or wrong)"


def acceptance_text(one: Acceptance, width: int) -> str:
    """The acceptance for a terminal of `width` columns; nothing in it can move the cursor."""
    return "\n".join(replace_controls(line) for line in _lines(one, max(40, width)))


def head_of(one: Acceptance) -> Iterator[tuple[str, str]]:
    """(label, text) of what comes first: what was read, when and where, and why it is held."""
    report = one.report
    pages = f" from {count_of(report['pages'], 'page')}" if report.get("pages") else ""
    yield (
        "Read",
        f"{report['finished'][:16].replace('T', ' ')} UTC: {report['listings']} entries{pages} (run {report['run']})",
    )
    more = report.get("pages", 0) - len(one.addresses)
    for number, address in enumerate(one.addresses):
        yield "From" if not number else "", unquote(urlsplit(address).path) if address[:5] == "file:" else address
    if more > 0:
        yield "", f"and {count_of(more, 'further page')}"
    if report["homepage"].startswith("/"):
        yield "Publisher", "this directory itself: the list is kept here, and each entry names the page that says so"
    else:
        yield "Publisher", report["homepage"]
        yield "Terms", report["terms"] or "not stated by the spider: look for them on the publisher's site"
        older = "not looked for: this run is of an older version"
        yield "About LDN", mention_text(one.mention, one.looked_at) if "topic" in report else older
    yield "Shown as", _EVIDENCE[one.evidence]
    for number, line in enumerate(describe(report["reading"]) if report.get("reading") else ()):
        yield "Read as" if not number else "", line
    for number, line in enumerate(report.get("tried", ())):
        yield "Tried" if not number else "", line
    for reason in report["reasons"]:
        yield "Held", reason
    for label in report["not_understood"]:
        yield "Not read", label


_EVIDENCE = {
    "listed": "entries of a list of LDN prescribers or pharmacies (Evidence.LISTED)",
    "own_site": "practices whose own site says so (Evidence.OWN_SITE)",
    "proxy": "entries of a directory of likely prescribers (Evidence.PROXY)",
}


def _lines(one: Acceptance, width: int) -> Iterator[str]:
    yield f"{one.report['title']} ({one.source})"
    for label, text in head_of(one):
        for number, line in enumerate(wrap(text, width - LABEL) or [""]):
            yield f"{label if not number else '':<{LABEL}}{line}"
    yield ""
    if one.difference:
        yield from difference_lines(one.difference)
    else:
        yield f"{_sample_head(one)} On the left what was understood, on the right the page's own words."
        for number, entry in enumerate(one.sample, 1):
            yield ""
            yield from _entry_lines(number, entry, width)


def _sample_head(one: Acceptance) -> str:
    if len(one.sample) == one.report["listings"]:
        return "All its entries."
    return f"{len(one.sample)} of its {one.report['listings']} entries, from the first to the last."


def _entry_lines(number: int, entry: Entry, width: int) -> Iterator[str]:
    yield f"{number}. {entry.page}"
    column = (width - LABEL - 3) // 2
    for field in entry.fields:
        value, words = wrap(field.value, column), wrap(field.words or NOT_SAID, column)
        label = field.field.replace("_", " ")
        for row, (left, right) in enumerate(zip_longest(value, words, fillvalue="")):
            yield f"{label if not row else '':<{LABEL}}{fit(left, column)} | {right}"


def difference_lines(found: Difference, most: int = MOST_SAMPLE) -> Iterator[str]:
    """Everybody who is gone, and of who is new or changed a count and at most so many."""
    gone = len(found.leaving) + len(found.missing)
    yield f"Not in this harvest: {count_of(gone, 'entry', 'entries')}" + (", all named here:" if gone else "")
    if found.leaving:
        yield "  missing for the second time, so they leave the directory with the next build:"
        yield from (f"  - {who}" for who in found.leaving)
    if found.missing:
        yield "  missing for the first time: shown as unconfirmed, and leaving if the next harvest lacks them too:"
        yield from (f"  - {who}" for who in found.missing)
    yield f"New: {count_of(len(found.new), 'entry', 'entries')}{_such_as(found.new, most)}"
    yield from (f"  + {who}" for who in spread(found.new, most))
    yield f"Changed: {count_of(len(found.changed), 'entry', 'entries')}{_such_as(found.changed, most)}"
    for change in spread(found.changed, most):
        yield f"  ~ {change.who}"
        yield from (f"      {change_line(field.field, field.before, field.after)}" for field in change.fields)
    if found.renewed:
        yield f"Under new keys, and recognised as the same: {count_of(found.renewed, 'entry', 'entries')}"


def _such_as(found: Sequence[Any], most: int) -> str:
    shown = min(len(found), most)
    return f", {shown} of them:" if shown < len(found) else ":" if found else ""


def acceptance_page(one: Acceptance) -> str:
    """The acceptance as a web page that needs nothing else: no scripts, and nothing that is loaded."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("ldn_directory.cli"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: replace_controls(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"spread": spread, "label": lambda name: name.replace("_", " ")}
    template = environment.get_template("acceptance.html")
    return template.render(one=one, head=list(head_of(one)), sample_head=_sample_head(one), not_said=NOT_SAID)
