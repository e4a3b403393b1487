"""Rows of PDF pages as the lines of a `Layout`, in reading order, as if on one endless page.

A heading is known by its size or weight. An entry cut by a page or column break is whole again, and the lines of a
paragraph are one.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ldn_directory.extract.html.headings import place_in
from ldn_directory.extract.html.lines import BLANK, BOLD_LEVEL, BR, Bit, Layout, Line
from ldn_directory.extract.signals import (
    has_address,
    has_email,
    has_phone,
    has_url,
    head_of,
    is_label,
    is_strong_name,
    is_weak_name,
    names_person,
)
from ldn_directory.model import Link

from .columns import Gutter, cells_of
from .pages import Row, Sheet, Word, text_of
from .tables import is_header, is_within, mend_emails

_CONTINUED = re.compile(
    r"(?:\s*\((?:continued|cont['’]?d?|fortsetzung|forts|suite|vervolg|fortsatt|fortsättning|segue|continuación)\.?\)|"
    r"[\s,–—-]+(?:continued|cont['’]d|fortsetzung)\.?)$",
    re.I,
)
_BULLET = re.compile(r"^(?:[•·●▪►*◦‣»✓-]|\(?\d{1,3}[.)])\s+\S")
_LABEL = re.compile(r"^[^\W\d_][\w .-]{1,20}:\s")
_LETTERHEAD = 16
"""Lines among which a title is looked for."""
_IMPRINT = 6
"""Lines at the end among which the publisher's imprint is looked for."""
_HOLDER = re.compile(
    r"(?:©|\(c\)|\bcopyright)\s*(?:©\s*)?(?:(?:19|20)\d\d(?:\s*[-–]\s*\d{2,4})?,?\s*)?(?:by\s+)?([^\d©|.]{4,60})", re.I
)
_RAGGED = 1.5
"""How far, in type sizes, a paragraph's lines may end before the furthest of them."""
_WRAPPED_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Style:
    """How the whole file is set: what tells a heading from other lines."""

    size: float
    """The size of most of its text, in points."""
    levels: dict[float, int]
    """The level of each larger size."""
    bold_tells: bool
    """Whether bold type is the exception."""


@dataclass(slots=True)
class Run:
    """Rows that are read one after the other: a column, or the part of one between headings over all columns."""

    rows: list[Row]
    sheet: Sheet


def style_of(sheets: Sequence[Sheet]) -> Style:
    """The style of the file's rows."""
    rows = [row for sheet in sheets for row in sheet.rows]
    lines = Counter(_size(row.words) for row in rows)
    sizes: Counter[float] = Counter()
    bold = 0
    for word in (word for row in rows for word in row.words):
        sizes[_round_size(word.size)] += len(word.text)
        bold += len(word.text) * word.bold
    if not sizes:
        return Style(10.0, {}, False)
    usual = sizes.most_common(1)[0][0]
    larger = sorted((size for size in lines if size >= 1.12 * usual), reverse=True)
    title = larger and lines[larger[0]] <= 2 and (len(larger) > 1 or _size(rows[0].words) == larger[0])
    levels = {size: min(6, level) for level, size in enumerate(larger, 1 if title else 2)}
    return Style(usual, levels, bold * 2 < sizes.total())


def _round_size(size: float) -> float:
    return round(size * 2) / 2


def _size(words: Sequence[Word]) -> float:
    return _round_size(statistics.median(word.size for word in words))


def runs_of(sheet: Sheet, rows: Sequence[Row], gutters: Sequence[Gutter]) -> list[Run]:
    """The rows in reading order: column after column between the rows that lie across them."""
    if not gutters:
        return [Run(list(rows), sheet)] if rows else []
    runs: list[Run] = []
    columns: list[list[Row]] = [[] for _ in range(len(gutters) + 1)]

    def flush() -> None:
        for column in columns:
            if column:
                runs.append(Run(list(column), sheet))
                column.clear()

    for row in rows:
        cells = cells_of(row, gutters)
        if cells is None:
            flush()
            runs.append(Run([row], sheet))
            continue
        for column, cell in zip(columns, cells, strict=True):
            if cell:
                column.append(Row(cell))
    flush()
    return runs


def flow_of_runs(runs: Sequence[Run], style: Style) -> Layout:
    """The lines of all runs, as one flow."""
    flow = Layout()
    wraps = _wraps(runs)
    place: str | None = None
    for run in runs:
        place = _add_run(flow, run, style, wraps, place)
    _drop_letterhead(flow)
    _drop_imprint(flow)
    return flow


def _drop_letterhead(flow: Layout) -> None:
    """Takes out what stands above the title, as the publisher's name and telephone do, unless it names a person."""
    title = next((index for index, line in enumerate(flow.lines[:_LETTERHEAD]) if 0 < line.level < BOLD_LEVEL), 0)
    above = flow.lines[:title]
    if not any(place_in(line.text) or names_person(head_of(line.text)) for line in above):
        del flow.lines[:title]


def _drop_imprint(flow: Layout) -> None:
    """Takes out the publisher's address at the end: from the line that bears the name of the copyright's holder on."""
    end = len(flow.lines)
    for index in range(max(0, end - _IMPRINT), end):
        holder = _HOLDER.search(flow.lines[index].text)
        name = holder[1].strip(" .,").casefold() if holder else ""
        first = max(0, index - _IMPRINT)
        named = (at for at in range(first, index + 1) if len(name) > 5 and name in flow.lines[at].text.casefold())
        if (start := next(named, None)) is not None:
            del flow.lines[start:]
            return


def _wraps(runs: Sequence[Run]) -> bool:
    """Whether the text is set as paragraphs, whose lines end because they are full."""
    full = close = 0
    right = _right_edges(runs)
    for run in runs:
        usual = _usual_pitch(run.rows)
        for before, after in pairwise(run.rows):
            if len(before.segments) == 1 and before.pitch(after) <= usual * 1.2:
                close += 1
                full += before.is_full(after, right[id(run)], 0.2)
    return close > 3 and full >= _WRAPPED_ENOUGH * close


def _right_edges(runs: Sequence[Run]) -> dict[int, float]:
    """The right edge of each run's column: the furthest that text reaches in columns of the same left edge."""
    lefts = {id(run): round(min(row.x0 for row in run.rows) / 20) for run in runs}
    edges: dict[int, float] = {}
    for run in runs:
        reached = max((row.x1 for row in run.rows if len(run.rows) > 1), default=0.0)
        edges[lefts[id(run)]] = max(edges.get(lefts[id(run)], 0.0), reached)
    return {name: edges[left] for name, left in lefts.items()}


def _usual_pitch(rows: Sequence[Row]) -> float:
    pitches = sorted(before.pitch(after) for before, after in pairwise(rows))
    return pitches[len(pitches) // 4] if pitches else 0.0


def _add_run(flow: Layout, run: Run, style: Style, wraps: bool, place: str | None) -> str | None:
    """Adds the run's lines. Returns the last heading that is a place."""
    usual = _usual_pitch(run.rows)
    right = max(row.x1 for row in run.rows)
    before: Row | None = None
    for row in run.rows:
        if is_header(row):
            continue
        line = _line(run.sheet, row, style)
        heading = _CONTINUED.sub("", line.text).strip()
        if heading != line.text or (before is None and line.level):
            if heading.casefold() == (place or "").casefold():
                continue
            if heading != line.text and heading:
                line.text, line.bits = heading, [Bit(heading, line.bits[0].bold)]
        if place_in(line.text) and (line.level or line.text.isupper()):
            place = line.text
        line.gap = _gap(flow, run, before, row, line, usual)
        if before is not None and flow.lines and _is_continuation(flow.lines[-1], line, before, row, right, wraps):
            _append(flow.lines[-1], line)
        else:
            flow.lines.append(line)
        before = row
    return place


def _line(sheet: Sheet, row: Row, style: Style) -> Line:
    bits: list[Bit] = []
    for index, segment in enumerate(row.segments):
        for _, words in groupby(segment.words, key=lambda word: word.bold):
            part = list(words)
            text = ("  " if index and part[0] is segment.words[0] else " " if bits else "") + text_of(part)
            if bits and bits[-1].bold == part[0].bold:
                bits[-1].text += text
            else:
                bits.append(Bit(text, part[0].bold))
    text = mend_emails("".join(bit.text for bit in bits))
    if len(bits) == 1:
        bits[0].text = text
    size = _size(row.words)
    level = style.levels.get(size, 0)
    if not level and style.bold_tells and all(word.bold for word in row.words):
        level = BOLD_LEVEL
    bold_start = style.bold_tells and len(bits) == 2 and bits[0].bold
    if bold_start and is_label(bits[0].text) and not bits[0].text.rstrip().endswith(":"):
        bits[0].text = f"{bits[0].text.rstrip()}: "
        text = mend_emails(bits[0].text + bits[1].text.strip())
    if not style.bold_tells:
        bits = [Bit(text)]
    return Line(bits, text, level, BR, 0, 0, tuple(_links(sheet, row)))


def _links(sheet: Sheet, row: Row) -> list[Link]:
    links: dict[str, Link] = {}
    for address, box in sheet.links:
        if text := " ".join(word.text for word in row.words if is_within(word, box)):
            links.setdefault(address, Link(text=text, href=address))
    return list(links.values())


def _gap(flow: Layout, run: Run, before: Row | None, row: Row, line: Line, usual: float) -> int:
    if before is None:
        return BLANK if line.level or _starts_entry(flow, line) else BR
    return BLANK if before.pitch(row) > usual * 1.2 + 0.5 else BR


def _starts_entry(flow: Layout, line: Line) -> bool:
    """Whether the first line of a page or column begins an entry, and does not go on with the last one above."""
    text = line.text
    if is_strong_name(text) or _BULLET.match(text):
        return True
    if has_phone(text) or has_email(text) or has_address(text) or has_url(text) or _LABEL.match(text):
        return False
    return is_weak_name(text) and any(has_phone(above.text) or has_email(above.text) for above in flow.lines[-2:])


def _is_continuation(last: Line, line: Line, before: Row, row: Row, right: float, wraps: bool) -> bool:
    """Whether the line is the rest of the paragraph's line above."""
    if line.gap != BR or len(before.segments) > 1 or line.level != last.level:
        return False
    if wraps:
        return before.is_full(row, right - _RAGGED * before.words[-1].size, 0.2)
    first = line.text.split(" ")[0]
    prose = first[:1].islower() and len(last.text) > 45 and not has_email(first) and not has_url(first)
    return prose and before.is_full(row, right, 0.2)


def _append(last: Line, line: Line) -> None:
    token = last.text.rsplit(" ", 1)[-1]
    address = "@" in token or "://" in token or token.lower().startswith("www.")
    if token.endswith("-") and len(token) > 1 and token[-2].isalpha() and line.text[:1].islower() and not address:
        last.text = last.text[:-1] + line.text
    elif address and token.endswith((".", "-", "/", "@")) and line.text[:1].islower():
        last.text += line.text
    else:
        last.text = f"{last.text} {line.text}"
    last.text = mend_emails(last.text)
    kept = last.bits[0].bold and not all(bit.bold for bit in (*last.bits, *line.bits))
    head = last.bits[0].text if kept else ""
    rest = last.text[len(head) :] if kept and last.text.startswith(head) else last.text
    last.bits = (
        [Bit(head, True), Bit(rest)] if head and rest != last.text else [Bit(last.text, last.bits[0].bold and not kept)]
    )
    last.links = (*last.links, *line.links)
