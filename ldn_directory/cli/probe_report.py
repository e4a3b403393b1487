"""The findings of a probe for people, on a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ldn_directory.cli.reports import mention_text
from ldn_directory.cli.terminal import display_width, fit, replace_controls, wrap
from ldn_directory.extract.choosing import LIKELY
from ldn_directory.model import Listing
from ldn_directory.probe import explain
from ldn_directory.probe.targets import Report

FIRST, SPREAD = 6, 4
"""Entries shown: the first ones, and some spread over the others, of which one is the last."""
_MOST_SOURCE_LINES = 3
MOST_PROBLEMS = 20
NARROW = 72
"""Columns below which an entry takes lines instead of a row."""
_GAP = 2
_PROXY_ONLY = (
    "  So its entries are those of a directory of likely prescribers (Evidence.PROXY). If its publisher says elsewhere"
    " that it is a list for low-dose naltrexone, state that page in the spider: about_page="
)
_LEAST = 6


def format_report(report: Report, width: int = 100, *, with_reasons: bool = False) -> str:
    """What was found, for a terminal of `width` columns; nothing in it can move the cursor.

    `with_reasons` adds why the page was read so.
    """
    found = report.found
    lines = [_headline(report)]
    if found.listings:
        lines += ["", *_sample(report, width), "", _fill_line(found.fill)]
    if found.runner_up:
        other = found.runner_up
        lines.append(f"Near: {other.family} finds {other.listings}, {other.same_names} of them by the same names")
    if found.listings:
        lines.append(f"About LDN: {mention_text(found.mention, report.looked_at)}")
        if found.mention is None and not report.read_by:
            lines.append(_PROXY_ONLY)
    if found.terms:
        lines.append(f"Terms: {found.terms}")
    if with_reasons and not report.read_by:
        lines += ["", *(row for line in explain(found) for row in _wrapped(line, width))]
    problems = _problems(report)
    lines += ["", *(f"! {problem}" for problem in problems[:MOST_PROBLEMS])] if problems else []
    if len(problems) > MOST_PROBLEMS:
        lines.append(f"! … and {len(problems) - MOST_PROBLEMS} more (--json gives all)")
    if found.spider:
        lines += ["", "# The spider: look through it, then keep it with --save", "", *found.spider.splitlines()]
    return "\n".join(replace_controls(line).rstrip() for line in lines)


def _wrapped(line: str, width: int) -> list[str]:
    """The line in several, indented like its start."""
    margin = len(line) - len(line.lstrip())
    rows = wrap(line, max(20, width - margin - 2))
    return [" " * (margin + 2 * (at > 0)) + row for at, row in enumerate(rows)] or [""]


def _problems(report: Report) -> list[str]:
    """Each problem once; the page is named only where it is another than the one looked at."""
    own = (problem.page == report.page.url and problem.record is None for problem in report.found.problems)
    texts = (
        problem.what if is_own else str(problem) for problem, is_own in zip(report.found.problems, own, strict=True)
    )
    return list(dict.fromkeys(texts))


def _headline(report: Report) -> str:
    found = report.found
    if not found.family:
        return f"No list was found in {report.where}."
    through = f", loaded from {report.loaded_from}" if report.loaded_from else ""
    entries = f"{len(found.listings)} listing{'s' if len(found.listings) != 1 else ''}"
    if report.read_by:
        return f"The spider {report.read_by} reads {entries} in {report.where}."
    right = f"about {found.confidence:.0%} of them should be right"
    if found.choice:
        right = "chosen by hand"
    elif found.confidence < LIKELY:
        right = f"a guess, of which about {found.confidence:.0%} may be right: see --explain, or choose with --reading"
    return f"{found.family}: {entries} in {report.where}{through}; {right}"


def _sample(report: Report, width: int) -> Iterator[str]:
    """Some of the entries, each above the piece of text that it came from."""
    listings, texts = report.found.listings, report.found.texts
    shown = _shown(len(listings))
    numbers = [f"{at + 1}" for at in shown]
    margin = max(map(len, numbers)) + _GAP
    rows = _rows([listings[at] for at in shown], max(2 * _LEAST, width - margin))
    for number, at, lines in zip(numbers, shown, rows, strict=True):
        yield from (f"{number if not place else '':<{margin}}{line}" for place, line in enumerate(lines))
        text = " / ".join(part.strip() for part in texts[at].splitlines() if part.strip()) if texts else ""
        source = wrap(f"“{text}”", max(2 * _LEAST, width - margin - _GAP)) if text else []
        kept = [*source[:_MOST_SOURCE_LINES], *(["…"] if len(source) > _MOST_SOURCE_LINES else [])]
        yield from (" " * (margin + _GAP) + line for line in kept)
    if len(listings) > len(shown):
        yield f"… and {len(listings) - len(shown)} more (--json gives all)"


def _shown(count: int) -> list[int]:
    """The places of the entries that are shown."""
    if count <= FIRST + SPREAD:
        return list(range(count))
    step = (count - FIRST) / SPREAD
    return [*range(FIRST), *(FIRST + int(step * (at + 1)) - 1 for at in range(SPREAD))]


def _cells(listing: Listing) -> dict[str, str]:
    who = ", ".join(part for part in (listing.name, listing.credentials) if part)
    where = ", ".join(
        part for part in (listing.street, listing.city, listing.region, listing.postcode, listing.country_code) if part
    )
    phones = ", ".join(phone.raw for phone in listing.phones)
    return {
        "name": who,
        "practice": listing.practice or "",
        "place": where,
        "phone": phones,
        "web": listing.website or listing.email or "",
    }


def _rows(listings: Sequence[Listing], width: int) -> list[list[str]]:
    """The lines of each listing: a row whose columns line up, or several lines where there is little room."""
    cells = [_cells(listing) for listing in listings]
    if width < NARROW:
        return [[fit(text, width) for text in row.values() if text] for row in cells]
    heads = [head for head in cells[0] if any(row[head] for row in cells)]
    widths = _widths([max(display_width(replace_controls(row[head])) for row in cells) for head in heads], width)
    return [
        [(" " * _GAP).join(fit(row[head], size) for head, size in zip(heads, widths, strict=True))] for row in cells
    ]


def _widths(wanted: list[int], width: int) -> list[int]:
    """Column widths that fit: the widest gives way first."""
    widths = [max(_LEAST, size) for size in wanted]
    room = width - _GAP * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _fill_line(fill: Mapping[str, float]) -> str:
    shares = sorted(fill.items(), key=lambda item: -item[1])
    stated = ", ".join(f"{name} {share:.0%}" for name, share in shares if share)
    missing = ", ".join(name for name, share in shares if not share)
    return f"Filled: {stated}" + (f"; nowhere: {missing}" if missing else "")
