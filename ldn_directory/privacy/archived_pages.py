"""Finds and redacts archived pages that mention the forgotten."""

from __future__ import annotations

import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urldefrag

from ldn_directory.archive.content_encoding import decode_body
from ldn_directory.archive.rewriting import ArchivedRecord, Replacement, WarcBusy, read_records, rewrite
from ldn_directory.archive.warc_archive import Archive
from ldn_directory.extract.page import Page
from ldn_directory.extract.pdf.limits import Unreadable
from ldn_directory.extract.pdf.pages import Sheet, open_pdf, sheets_of

from .identity_keys import Row
from .mentions import Span, replace_spans
from .suppression import LEFT_OUT, Suppressions
from .traces import Traces

MAX_BYTES = 64 * 1024 * 1024
WHY = "somebody asked to be forgotten"
_PDF, _ZIP, _GZIP, _OLD_WORKBOOK = b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
_MARKUP = re.compile(r"<[^<>]{0,2000}>|&#?\w{1,32};|\\u[0-9a-fA-F]{4}|\\[nrt/\"]")
_ENTITY = re.compile(r"&#?\w{1,32};")
_KEPT = re.compile(r"<[^<>]{0,2000}>|[,;|\t\n\"]")


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
    """False for bytes that are no whole record, and for pages that listed them and whose text cannot be searched."""


@dataclass(kw_only=True)
class Redaction:
    """What was done to archived pages."""

    records: int = 0
    """How many were redacted."""
    busy: list[str] = field(default_factory=list)
    """Files that a crawl is writing: it redacts them itself when it ends."""


def archived_files(data: Path) -> list[Path]:
    """The WARC files of all runs."""
    return sorted(data.glob("runs/*/*/pages.warc.gz"))


def find_records(data: Path, traces: Traces) -> Iterator[Record]:
    """The archived answers that mention the forgotten, or may."""
    for path in archived_files(data):
        where = {"run": path.parent.parent.name, "source": path.parent.name, "file": path.relative_to(data).as_posix()}
        for record in read_records(path):
            certain = has_trace(record, path.parent.name, traces)
            if certain is not None:
                yield Record(**where, offset=record.position, url=record.url, certain=certain)


def redact_files(data: Path, paths: Iterable[Path], traces: Traces, at: str) -> Redaction:
    """Rewrites the records of WARC files that mention the forgotten, or may. `at` is the current time, UTC.

    Raises OSError; files that were rewritten by then stay so, and the same call does the rest.
    """
    done = Redaction()
    archive = Archive(data)
    try:
        for path in paths:
            source = path.parent.name
            try:
                done.records += rewrite(archive, path, partial(replacement_for, source=source, traces=traces), at, WHY)
            except WarcBusy:
                done.busy.append(path.relative_to(data).as_posix())
    finally:
        archive.close()
    return done


def redact_run(
    folder: Path, suppressions: Suppressions, rows: Iterable[Row], at: str, others: Iterable[Row] = ()
) -> Redaction:
    """Redacts what a crawl that has ended, with its folder `runs/<run>/<source>/`, has archived of the forgotten.

    So it does for earlier crawls of this source that were killed. `rows` are the listings of the forgotten that it has
    read, `others` the rest. No PDF is read here, where it might hold up other crawls: one that listed them goes as a
    whole. Raises OSError or sqlite3.Error.
    """
    data = folder.parents[2]
    traces = Traces.of(rows, others, suppressions, reads_pdf=False)
    killed = [path.parent for path in data.glob(f"runs/*/{folder.name}/pages.warc.gz") if _was_killed(path.parent)]
    paths = {one / "pages.warc.gz" for one in (folder, *killed)}
    return redact_files(data, sorted(path for path in paths if path.exists()), traces, at)


def _was_killed(folder: Path) -> bool:
    return not (folder / "report.json").exists() and not (folder / "checks.json").exists()


def has_trace(record: ArchivedRecord, source: str, traces: Traces) -> bool | None:
    """True if a record has a trace, False if that cannot be known, None if it has none.

    It cannot be known of a page that listed the forgotten, if it has no text that can be read or shows no trace in it.
    """
    if _is_head_marked(record, traces):
        return True
    try:
        body = decode_body(record.body, record.header("Content-Encoding"), MAX_BYTES)
        if body.startswith(_GZIP):
            body = decode_body(body, "gzip", MAX_BYTES)
        text = None if body.startswith(_PDF) and not traces.reads_pdf else text_of(body)
    except (ValueError, Unreadable):
        body, text = b"", None
    if text is not None and traces.in_page(text):
        return True
    is_searched = text is not None and record.kind and not body.startswith((_PDF, _ZIP))
    listed_them = (source, urldefrag(record.url).url) in traces.pages
    if not record.kind:
        listed_them = source in {one for one, _ in traces.pages}
    return False if listed_them and not is_searched else None


def replacement_for(record: ArchivedRecord, source: str, traces: Traces) -> Replacement | None:
    """What takes the place of a record that mentions the forgotten, or may; None to keep it as it is."""
    found = has_trace(record, source, traces)
    if found is None:
        return None
    if not record.kind or _is_head_marked(record, traces):
        return Replacement(hide_url=True)
    return Replacement(body=_mask_body(record, traces) if found else None)


def _is_head_marked(record: ArchivedRecord, traces: Traces) -> bool:
    headers = record.headers.to_str() if record.headers else ""
    return traces.in_text(f"{unquote(record.url)}\n{record.url}\n{headers}")


def text_of(body: bytes) -> str | None:
    """The text of a page or file; None if it cannot be read."""
    if body.startswith(_PDF):
        return _text_of_pdf(body)
    if body.startswith(_ZIP):
        return _text_of_zip(body)
    return None if body.startswith(_OLD_WORKBOOK) else _decode(body)[0]


def _text_of_pdf(body: bytes) -> str:
    """The text and links of the pages that can be read."""
    with open_pdf(Page("", body)) as pdf:
        sheets = [sheet for sheet in sheets_of(pdf) if isinstance(sheet, Sheet)]
    return "\n".join(
        "\n".join([*(row.text for row in sheet.rows), *(address for address, _ in sheet.links)]) for sheet in sheets
    )


def _text_of_zip(body: bytes) -> str | None:
    """The texts of all files in a workbook or KMZ."""
    parts: list[bytes] = []
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            for info in packed.infolist():
                with packed.open(info) as file:
                    parts.append(file.read(left + 1))
                left -= len(parts[-1])
                if left < 0:
                    return None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, OSError):
        return None
    return "\n".join(_decode(part)[0] for part in parts)


def _decode(body: bytes) -> tuple[str, str]:
    """(text, encoding), such that encoding the text again gives the body."""
    for encoding in ("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "cp1252"):
        try:
            return body.decode(encoding), encoding
        except UnicodeDecodeError:
            pass
    return body.decode("latin-1"), "latin-1"


def _mask_body(record: ArchivedRecord, traces: Traces) -> bytes | None:
    """The body without traces, in the same content encoding; None if they cannot be cut out of it."""
    content_encoding = record.header("Content-Encoding").strip().lower()
    body = decode_body(record.body, content_encoding, MAX_BYTES)
    if body.startswith((_PDF, _ZIP, _GZIP)):
        return None
    text, encoding = _decode(body)
    masked = mask(text, traces)
    if traces.in_page(masked):
        return None
    packed = masked.encode(encoding)
    match content_encoding:
        case "gzip" | "x-gzip":
            return gzip.compress(packed, mtime=0)
        case "deflate":
            return zlib.compress(packed)
        case _:
            return packed


def mask(text: str, traces: Traces) -> str:
    """A page in which every trace in its words or markup is replaced. Tags stay, and signs that part fields."""
    for gap in (" ", ""):
        flat, places = _flatten(text, gap)
        spans = ((places[start][0], places[stop - 1][1]) for start, stop in traces.find(flat))
        text = _cut(text, spans)
    return _cut(text, traces.find(text))


def _flatten(text: str, gap: str) -> tuple[str, list[Span]]:
    """(the words of a page, with `gap` for each tag, and where each of its characters stands in the page)."""
    flat: list[str] = []
    places: list[Span] = []
    at = 0

    def add(shown: str, start: int, stop: int | None = None) -> None:
        flat.append(shown)
        places.extend((start, stop) if stop else (start + n, start + n + 1) for n in range(len(shown)))

    for match in _MARKUP.finditer(text):
        start, stop = match.span()
        add(text[at:start], at)
        add(_shown(match.group(), gap), start, stop)
        at = stop
    add(text[at:], at)
    return "".join(flat), places


def _shown(markup: str, gap: str) -> str:
    """What a tag, an entity or an escape stands for."""
    match markup[:2]:
        case "\\u":
            return chr(int(markup[2:], 16))
        case "\\n" | "\\r" | "\\t":
            return " "
        case "\\/" | '\\"':
            return markup[1]
    return gap if markup[0] == "<" else html.unescape(markup)


def _cut(text: str, spans: Iterable[Span]) -> str:
    """The text with each span replaced, except tags and what parts the fields of a table."""
    return replace_spans(text, spans, lambda cut: "".join((LEFT_OUT, *_KEPT.findall(_ENTITY.sub("", cut)))))
