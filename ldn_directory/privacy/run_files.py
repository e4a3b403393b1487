"""What crawls have left of the forgotten: files of runs, which are written anew, and archived pages, which a person redacts."""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from ldn_directory.archive.content_encoding import decode_body
from ldn_directory.storage import write_atomically

if TYPE_CHECKING:
    from .identity_keys import Row
    from .suppression import Suppressions

MOST_BYTES = 64 * 1024 * 1024
LEAST_DIGITS = 7
_TAG = re.compile(r"<[^<>]{0,2000}>")
_NUMBER = re.compile(r"[+(]?\d[\d\s().\-/\u00a0]{5,}\d")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_PACKED = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How bodies begin whose text does not stand in them as it is: PDF, ZIP (workbooks, KMZ), old workbooks."""
LEFT_OUT = "[left out]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An archived answer that names somebody who was forgotten, or may."""

    run: str
    source: str
    file: str
    """Path of the WARC file, relative to the data folder."""
    offset: int
    """Where the record's gzip member begins, in bytes."""
    url: str
    certain: bool
    """False for a file whose text cannot be searched (PDF, workbooks), and for what is damaged: a person has to look."""

    def as_json(self) -> dict[str, Any]:
        """The record by its fields' names."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """By what a text shows that it is about somebody: their name, or a phone, e-mail or website that nobody else has."""

    named: Callable[[str], bool]
    contacts: frozenset[str] = frozenset()
    """E-mails and websites, in lower case."""
    digits: frozenset[str] = frozenset()
    """Telephone numbers, digits only, with and without the country's code."""
    sources: frozenset[str] = frozenset()
    """The sources that listed them."""

    @classmethod
    def of(cls, rows: Iterable[Row], others: Iterable[Row], named: Callable[[str], bool]) -> Traces:
        """What gives away the listings `rows`, which are somebody's, and none of `others`."""
        rows = tuple(rows)
        shared = {value for row in others for value in (*_contacts(row), *_digits(row))}
        return cls(
            named=named,
            contacts=frozenset(value for row in rows for value in _contacts(row)) - shared,
            digits=frozenset(value for row in rows for value in _digits(row)) - shared,
            sources=frozenset(str(row["source"]) for row in rows),
        )

    def in_text(self, text: str) -> bool:
        """Whether a text gives them away."""
        lower = text.lower()
        if any(value in lower for value in self.contacts):
            return True
        if self.digits and any(self._is_number(match) for match in _NUMBER.findall(text)):
            return True
        return self.named(text)

    def _is_number(self, written: str) -> bool:
        number = re.sub(r"\D", "", written)
        return len(number) >= LEAST_DIGITS and number.lstrip("0") in self.digits

    def in_page(self, text: str) -> bool:
        """Whether a page does, in its words or between its tags, written out or escaped."""
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
            if len(plain) >= LEAST_DIGITS:
                yield plain


def rewritten_runs(data: Path, hidden: Suppressions, listings: Collection[str], traces: Traces) -> int:
    """Takes the forgotten, and listings with these ids as far as they are theirs, out of all runs' files; gives how many changed."""
    changed = 0
    for path in sorted(data.glob("runs/*/*/*.json*")):
        before = path.read_bytes()
        after = (
            _lines(before, hidden, listings) if path.suffix == ".jsonl" else _report(before, hidden, listings, traces)
        )
        if after != before:
            write_atomically(path, after)
            changed += 1
    return changed


def _lines(content: bytes, hidden: Suppressions, listings: Collection[str]) -> bytes:
    kept = []
    for line in content.splitlines():
        try:
            row = json.loads(line)
            rest = None if _is_theirs(row, hidden, listings) else hidden.line_without(line)
        except ValueError:
            # A file that was cut off: its last line can only be a guess.
            rest = None
        if rest is not None:
            kept.append(rest + b"\n")
    return b"".join(kept)


def _is_theirs(row: Any, hidden: Suppressions, listings: Collection[str]) -> bool:
    if hidden.is_suppressed(row):
        return True
    return row.get("id") in listings and hidden.is_held(row)


def _report(content: bytes, hidden: Suppressions, listings: Collection[str], traces: Traces) -> bytes:
    try:
        before = json.loads(content)
    except ValueError:
        return b"{}" if traces.in_text(content.decode("utf-8", "replace")) else content
    after = _without(before, hidden, listings, traces)
    return content if after == before else json.dumps(after, indent=2, ensure_ascii=False).encode()


def _without(value: Any, hidden: Suppressions, listings: Collection[str], traces: Traces) -> Any:
    if isinstance(value, list):
        kept = [one for one in value if not (isinstance(one, dict) and _is_of(one, hidden, listings))]
        return [_without(one, hidden, listings, traces) for one in kept]
    if isinstance(value, dict):
        row = hidden.without_mentions(value) if "key" in value else value
        return {name: _without(one, hidden, listings, traces) if name != "name" else one for name, one in row.items()}
    if isinstance(value, str) and traces.in_text(value):
        return LEFT_OUT
    return value


def _is_of(one: dict[str, Any], hidden: Suppressions, listings: Collection[str]) -> bool:
    return _is_theirs(one, hidden, listings) if "key" in one else one.get("listing") in listings


def records_with(data: Path, traces: Traces) -> Iterator[Record]:
    """The archived answers that give them away, and those that cannot be searched of sources that listed them."""
    for path in sorted(data.glob("runs/*/*/pages.warc.gz")):
        yield from _records_in(path, data, traces)


def _records_in(path: Path, data: Path, traces: Traces) -> Iterator[Record]:
    where = {"run": path.parent.parent.name, "source": path.parent.name, "file": path.relative_to(data).as_posix()}
    offset, url = 0, ""
    with path.open("rb") as file:
        records = ArchiveIterator(file)
        try:
            for record in records:
                url, body = record.rec_headers.get_header("WARC-Target-URI") or "", record.raw_stream.read()
                # Asked for earlier, the offset would cost the body.
                offset = records.get_record_offset()
                headers = record.http_headers.to_str() if record.http_headers else ""
                encoding = (record.http_headers.get_header("Content-Encoding") if record.http_headers else None) or ""
                found = _found(body, encoding, f"{unquote(url)}\n{url}\n{headers}", where["source"], traces)
                if found is not None:
                    yield Record(**where, offset=offset, url=url, certain=found)
        except (ArchiveLoadFailed, EOFError, zlib.error, OSError):
            yield Record(**where, offset=offset, url=url, certain=False)


def _found(body: bytes, encoding: str, about: str, source: str, traces: Traces) -> bool | None:
    """True if an answer gives them away, False if that cannot be known, None if not."""
    if traces.in_text(about):
        return True
    try:
        body = decode_body(body, encoding, MOST_BYTES)
    except ValueError:
        return False if source in traces.sources else None
    if body.startswith(_PACKED):
        return False if source in traces.sources else None
    return True if traces.in_page(_text(body)) else None


def _text(body: bytes) -> str:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
