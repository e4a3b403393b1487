"""What a page is made from, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from math import ceil
from urllib.parse import urlencode

from .entry_text import EntryText, write_entry
from .truth import Entry, Truth

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP response, before validators are added."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The part of a list that was asked for."""

    truth: Truth
    entries: tuple[Entry, ...]
    path: str
    """The list's path, with a leading slash."""
    rest: str = ""
    """What follows the list's path, without slashes at its ends."""
    query: Mapping[str, str] = field(default_factory=dict)
    redesigned: bool = False

    def number(self, name: str, default: int) -> int:
        """A whole number of the query, or the default where it is missing or is none."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default

    def texts(self, entries: tuple[Entry, ...]) -> list[EntryText]:
        """The entries as they stand on the list."""
        return [write_entry(entry, self.truth) for entry in entries]

    def page(self, index: int, per_page: int) -> tuple[Entry, ...]:
        """The entries of a page, the first page being 0."""
        return self.entries[index * per_page : (index + 1) * per_page]

    def pages(self, per_page: int) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, ceil(len(self.entries) / per_page))

    def link(self, **changed: str | int) -> str:
        """The query of another page of the same list, escaped for an attribute."""
        return escape("?" + urlencode({**self.query, **changed}))


def document(title: str, body: str, *, head: str = "") -> Answer:
    """A whole HTML page with the header and footer that every page of a site has."""
    return Answer(
        body=(
            f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'{head}</head>\n<body>\n<header><a href="/">Home</a> <a href="/about">About us</a></header>\n'
            f"<main>\n<h1>{escape(title)}</h1>\n"
            f"{body}\n</main>\n<footer><p>Every name here is invented. Write to "
            '<a href="mailto:webmaster@example.org">webmaster@example.org</a> or call 212-555-0100.</p></footer>\n'
            "</body>\n</html>\n"
        ).encode()
    )


def missing(what: str) -> Answer:
    """404 for an address that leads to nothing."""
    return Answer(status=404, body=f"<!DOCTYPE html><title>Not found</title><h1>No {escape(what)}</h1>".encode())
