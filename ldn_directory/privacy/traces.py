"""What shows that a text is about the forgotten: their name, or a contact that nobody else has."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag

from ldn_directory.normalize.web import cloudflare_email

from .identity_keys import Row
from .mentions import Span
from .suppression import Suppressions

MIN_DIGITS = 7
_TAG = re.compile(r"<[^<>]{0,2000}>")
_NUMBER = re.compile(r"[+(]?\d[\d\s().\-/\u00a0]{5,}\d")
_IN_ADDRESS = re.compile(r"(?:[\w.~+@-]|%[0-9a-fA-F]{2})+")
_CLOUDFLARE = re.compile(r"(?:cfemail=[\"']?|email-protection#)([0-9a-fA-F]{4,400})")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What shows that a text is about the forgotten: a name, or a phone, e-mail or website that nobody else has."""

    suppressions: Suppressions
    """By which the names are known, also of those who were forgotten before."""
    contacts: frozenset[str] = frozenset()
    """E-mails and websites, in lower case."""
    digits: frozenset[str] = frozenset()
    """Telephone numbers, digits only, with and without the country code."""
    pages: frozenset[tuple[str, str]] = frozenset()
    """(source, address without fragment) of the pages that listed them."""
    reads_pdf: bool = True
    """Whether the text of PDF files is looked at."""

    @classmethod
    def of(
        cls, rows: Iterable[Row], others: Iterable[Row], suppressions: Suppressions, *, reads_pdf: bool = True
    ) -> Traces:
        """The traces of the erased listings `rows`, less what `others` have as well."""
        rows = tuple(rows)
        shared = {value for row in others for value in (*_contacts(row), *_digits(row))}
        return cls(
            suppressions=suppressions,
            reads_pdf=reads_pdf,
            contacts=frozenset(value for row in rows for value in _contacts(row)) - shared,
            digits=frozenset(value for row in rows for value in _digits(row)) - shared,
            pages=frozenset((str(row["source"]), urldefrag(str(row["page"])).url) for row in rows),
        )

    def in_text(self, text: str) -> bool:
        """Whether a text has a trace."""
        return any(True for _ in self._contact_spans(text)) or self.suppressions.names_anyone(text)

    def find(self, text: str) -> list[Span]:
        """(start, stop) of each trace in a page, and of each word of a name whose words stand apart."""
        return [*self._contact_spans(text), *self.suppressions.find_in_page(text), *self._escaped_spans(text)]

    def _escaped_spans(self, text: str) -> Iterator[Span]:
        """What is escaped as in addresses (Jane%20Roe), and e-mail addresses that Cloudflare hides."""
        for match in _IN_ADDRESS.finditer(text) if "%" in text else ():
            if "%" in match[0] and self.in_text(unquote(match[0])):
                yield match.span()
        for match in _CLOUDFLARE.finditer(text):
            if self.in_text(cloudflare_email(match[1]) or ""):
                yield match.span(1)

    def _contact_spans(self, text: str) -> Iterator[Span]:
        if self.contacts:
            lower = text.lower()
            # Of few letters the small form is longer; then positions are looked for in the text itself.
            places = lower if len(lower) == len(text) else text
            for value in self.contacts:
                at = places.find(value)
                while at >= 0:
                    yield at, at + len(value)
                    at = places.find(value, at + len(value))
        if self.digits:
            yield from (match.span() for match in _NUMBER.finditer(text) if self._is_number(match.group()))

    def _is_number(self, written: str) -> bool:
        number = re.sub(r"\D", "", written)
        return len(number) >= MIN_DIGITS and number.lstrip("0") in self.digits

    def in_page(self, text: str) -> bool:
        """Whether a page has a trace in its words or its markup, escaped or not."""
        if "\\u" in text:
            text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        plain = html.unescape(text)
        return any(map(self.find, (_TAG.sub(" ", plain), plain, _TAG.sub("", plain))))


def _contacts(row: Row) -> Iterator[str]:
    if row.get("email"):
        yield row["email"].lower()
    if row.get("website"):
        yield row["website"].lower().partition("://")[2].removeprefix("www.").rstrip("/")


def _digits(row: Row) -> Iterator[str]:
    for phone in row.get("phones", ()):
        for number in (phone.get("raw") or "", phone.get("e164") or ""):
            plain = re.sub(r"\D", "", number).lstrip("0")
            if len(plain) >= MIN_DIGITS:
                yield plain
