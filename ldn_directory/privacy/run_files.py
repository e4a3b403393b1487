"""Traces of the forgotten that crawls have left: run files are rewritten, archived pages are redacted by a person."""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from ldn_directory.archive.content_encoding import decode_body
from ldn_directory.storage import write_atomically

from .identity_keys import Row
from .suppression import Suppressions

MAX_BYTES = 64 * 1024 * 1024
MIN_DIGITS = 7
REPLACEMENT = "[left out]"
_TAG = re.compile(r"<[^<>]{0,2000}>")
_NUMBER = re.compile(r"[+(]?\d[\d\s().\-/\u00a0]{5,}\d")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_PACKED = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files begin whose text is packed and cannot be searched: PDF, ZIP (workbooks, KMZ), old workbooks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An archived answer that names a forgotten person, or may."""

    run: str
    source: str
    file: str
    """Path of the WARC file, relative to the data folder."""
    offset: int
    """Where the record's gzip member begins, in bytes."""
    url: str
    certain: bool
    """False for a damaged file, or one whose text cannot be searched (PDF, workbooks): a person has to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What shows that a text is about the forgotten: a name, or a phone, e-mail or website that nobody else has."""

    names_anyone: Callable[[str], bool]
    contacts: frozenset[str] = frozenset()
    """E-mails and websites, in lower case."""
    digits: frozenset[str] = frozenset()
    """Telephone numbers, digits only, with and without the country code."""
    sources: frozenset[str] = frozenset()
    """The sources that listed them."""

    @classmethod
    def of(cls, rows: Iterable[Row], others: Iterable[Row], names_anyone: Callable[[str], bool]) -> Traces:
        """The traces of the erased listings `rows`, less what `others` have as well."""
        rows = tuple(rows)
        shared = {value for row in others for value in (*_contacts(row), *_digits(row))}
        return cls(
            names_anyone=names_anyone,
            contacts=frozenset(value for row in rows for value in _contacts(row)) - shared,
            digits=frozenset(value for row in rows for value in _digits(row)) - shared,
            sources=frozenset(str(row["source"]) for row in rows),
        )

    def in_text(self, text: str) -> bool:
        """Whether a text has a trace."""
        lower = text.lower()
        if any(value in lower for value in self.contacts):
            return True
        if self.digits and any(self._is_number(match) for match in _NUMBER.findall(text)):
            return True
        return self.names_anyone(text)

    def _is_number(self, written: str) -> bool:
        number = re.sub(r"\D", "", written)
        return len(number) >= MIN_DIGITS and number.lstrip("0") in self.digits

    def in_page(self, text: str) -> bool:
        """Whether a page has a trace in its words or its markup, escaped or not."""
        if "\\u" in text:
            text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        plain = html.unescape(text)
        return self.in_text(_TAG.sub(" ", plain)) or self.in_text(plain) or self.in_text(_TAG.sub("", plain))


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


class RunFiles:
    """The files of all runs in a data folder. `listings` are the ids of erased listings."""

    def __init__(self, data: Path, suppressions: Suppressions, listings: Collection[str], traces: Traces) -> None:
        self.data, self.suppressions, self.listings, self.traces = data, suppressions, listings, traces

    def rewrite(self) -> int:
        """Erases the forgotten from listings and reports. Returns how many files changed."""
        changed = 0
        for path in sorted(self.data.glob("runs/*/*/*.json*")):
            before = path.read_bytes()
            after = self._redact_lines(before) if path.suffix == ".jsonl" else self._redact_report(before)
            if after != before:
                write_atomically(path, after)
                changed += 1
        return changed

    def _redact_lines(self, content: bytes) -> bytes:
        kept = []
        for line in content.splitlines():
            try:
                row = json.loads(line)
                redacted = None if self._is_forgotten(row) else self.suppressions.redact_line(line)
            except ValueError:
                # The last line of a file that was cut off: nobody can tell whom it is about.
                redacted = None
            if redacted is not None:
                kept.append(redacted + b"\n")
        return b"".join(kept)

    def _is_forgotten(self, row: Any) -> bool:
        if self.suppressions.is_suppressed(row):
            return True
        return row.get("id") in self.listings and self.suppressions.is_held(row)

    def _redact_report(self, content: bytes) -> bytes:
        try:
            before = json.loads(content)
        except ValueError:
            return b"{}" if self.traces.in_text(content.decode("utf-8", "replace")) else content
        after = self._redact_value(before)
        return content if after == before else json.dumps(after, indent=2, ensure_ascii=False).encode()

    def _redact_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._redact_value(one) for one in value if not (isinstance(one, dict) and self._is_about(one))]
        if isinstance(value, dict):
            row = self.suppressions.redact_row(value) if "key" in value else value
            return {name: one if name == "name" else self._redact_value(one) for name, one in row.items()}
        if isinstance(value, str) and self.traces.in_text(value):
            return REPLACEMENT
        return value

    def _is_about(self, value: dict[str, Any]) -> bool:
        return self._is_forgotten(value) if "key" in value else value.get("listing") in self.listings


def find_records(data: Path, traces: Traces) -> Iterator[Record]:
    """The archived answers with a trace, and those of sources that listed the forgotten which cannot be searched."""
    for path in sorted(data.glob("runs/*/*/pages.warc.gz")):
        yield from _find_in_file(path, data, traces)


def _find_in_file(path: Path, data: Path, traces: Traces) -> Iterator[Record]:
    where = {"run": path.parent.parent.name, "source": path.parent.name, "file": path.relative_to(data).as_posix()}
    offset, url = 0, ""
    with path.open("rb") as file:
        records = ArchiveIterator(file)
        try:
            for record in records:
                url, body = record.rec_headers.get_header("WARC-Target-URI") or "", record.raw_stream.read()
                # Before the body is read, asking for the offset would skip it.
                offset = records.get_record_offset()
                headers = record.http_headers.to_str() if record.http_headers else ""
                encoding = (record.http_headers.get_header("Content-Encoding") if record.http_headers else None) or ""
                head = f"{unquote(url)}\n{url}\n{headers}"
                certain = traces.in_text(head) or _has_trace(body, encoding, where["source"], traces)
                if certain is not None:
                    yield Record(**where, offset=offset, url=url, certain=certain)
        except (ArchiveLoadFailed, EOFError, zlib.error, OSError):
            yield Record(**where, offset=offset, url=url, certain=False)


def _has_trace(body: bytes, encoding: str, source: str, traces: Traces) -> bool | None:
    """True if an answer has a trace, False if that cannot be known, None if it has none."""
    unknown = False if source in traces.sources else None
    try:
        body = decode_body(body, encoding, MAX_BYTES)
    except ValueError:
        return unknown
    if body.startswith(_PACKED):
        return unknown
    return True if traces.in_page(_decode_text(body)) else None


def _decode_text(body: bytes) -> str:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
