"""Pages that no publisher means to serve, made of those that publishers do serve: for the tests and the fuzzer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ldn_directory.archive.page_result import PageResult
from ldn_directory.crawl.page_worker import parse_body
from ldn_directory.families import AnyHtml
from ldn_directory.model import Evidence, Source

PAGES = Path(__file__).parent.parent / "pages"
SEEDS = (
    "html_cards/geodirectory_archive",
    "html_cards/drupal_views_grid",
    "html_table/state_column_rowspan",
    "html_table/icons_flags_table",
    "text_blocks/hash_divided_word_export",
    "text_blocks/pre_plain",
    "html_cards/email_obfuscated",
    "text_blocks/hebrew_paragraphs",
    "detail/profile_with_related",
    "html_cards/tiles_with_modals",
)
ENTRY = "<div class=d><h3>Jane Roe, MD</h3><p>12 Harbour St<br>Akron, OH 44308<br>330-555-0101</p></div>"


class Anything(AnyHtml):
    """A list of which nothing is known."""

    name = "anything"
    source = Source(title="A list", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="none")


def seed(name: str) -> bytes:
    """The page of a golden case."""
    return next((PAGES / name).glob("page.*")).read_bytes()


def as_read(body: bytes, media_type: str = "text/html") -> PageResult:
    """What the page yields, by the same road as in a crawl."""
    return parse_body(Anything, "https://lists.example/list", body, {"content-type": media_type}, {})


MONSTERS: dict[str, Callable[[], str]] = {
    "nested boxes": lambda: "<div>" * 60_000 + ENTRY,
    "nested lists": lambda: "<ul><li>" * 30_000 + "Jane Roe, MD",
    "nested tables": lambda: "<table><tr><td>" * 8_000 + ENTRY,
    "unclosed bold": lambda: "<b>Jane Roe, MD " * 60_000,
    "unclosed links": lambda: "<a href='/x'>Jane Roe, MD 330-555-0101 " * 20_000,
    "one long line": lambda: f"<p>{'Jane Roe, MD, ' * 80_000}</p>",
    "one long word": lambda: f"<p>{'x' * 1_500_000}</p>",
    "one long number": lambda: f"<p>{'5' * 1_500_000}</p>",
    "digits and dashes": lambda: f"<p>{'1-2 (3). ' * 150_000}</p>",
    "dots": lambda: f"<p>{'a.' * 500_000}com</p>",
    "at signs": lambda: f"<p>{'a@' * 500_000}</p>",
    "written-out addresses": lambda: f"<p>{'a (at) b (dot) ' * 80_000}</p>",
    "colons": lambda: f"<p>{'Phone: ' * 150_000}</p>",
    "commas and capitals": lambda: f"<h3>{'A, ' * 300_000}</h3>" * 3,
    "spaces": lambda: f"<p>Jane{' ' * 1_500_000}Roe</p>",
    "line breaks": lambda: "<br>" * 150_000 + ENTRY,
    "rules": lambda: "<hr>" * 150_000 + ENTRY,
    "empty boxes": lambda: "<div></div>" * 150_000 + ENTRY * 3,
    "brackets": lambda: f"<h3>Jane {'(' * 400_000} MD {')' * 400_000}</h3>",
    "a huge class": lambda: f"<div class='{'doctor ' * 200_000}'>{ENTRY}</div>" * 3,
    "a class each": lambda: "".join(
        f"<div class='c{n}x d{n}'><h3>Jane Roe, MD</h3>330-555-0101</div>" for n in range(15_000)
    ),
    "huge attributes": lambda: (
        f"<a href='https://x.example/{'a' * 1_000_000}' title='{'b' * 500_000}'>Jane Roe, MD</a>" * 2
    ),
    "many attributes": lambda: f"<div {' '.join(f'data-a{n}=1' for n in range(60_000))}>{ENTRY}</div>",
    "entities": lambda: f"<p>{'&amp;&#x41;&bogus;&#0;&#1114112;' * 60_000}</p>{ENTRY}",
    "nul bytes": lambda: "\x00".join("<div>Jane Roe, MD<br>330-555-0101</div>" * 5_000),
    "right-to-left marks": lambda: ("<h3>" + "\u202e\u200f" * 300_000 + "Jane Roe, MD</h3>") * 2,
    "combining marks": lambda: f"<h3>Jane {'e' + chr(0x301) * 300_000}, MD</h3>" * 2,
    "huge spans": lambda: f"<table>{'<tr><td rowspan=65535 colspan=65535>Jane Roe, MD</td></tr>' * 3_000}</table>",
    "wide rows": lambda: f"<table>{('<tr>' + '<td>Jane Roe, MD' * 3_000) * 20}</table>",
    "headings only": lambda: "".join(f"<h{n % 6 + 1}>Ohio {n}</h{n % 6 + 1}>" for n in range(60_000)),
    "places only": lambda: "<p>Akron, Ohio</p>" * 40_000,
    "labels only": lambda: "<dl>" + "<dt>Phone</dt><dd></dd>" * 40_000 + "</dl>",
    "links only": lambda: "".join(f"<p><a href='https://x{n}.example.com/'>Site {n}</a></p>" for n in range(25_000)),
    "names only": lambda: "<p>Jane Roe, MD</p>" * 40_000,
    "numbers only": lambda: "<p>330-555-0101</p>" * 40_000,
    "comments": lambda: "<!-- " * 200_000 + ENTRY,
    "a comment without end": lambda: ENTRY * 3 + "<!-- " + "x" * 1_500_000,
    "scripts": lambda: "<script>" * 60_000 + ENTRY,
    "preformatted rules": lambda: "<pre>" + "= = = =\n- - - -\n" * 60_000 + "</pre>",
    "a base that is no address": lambda: f"<base href='http://[::1'>{ENTRY * 3}<a href='http://[bad'>x</a>",
}
