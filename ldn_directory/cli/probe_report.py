"""The findings of a probe for people, on a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ldn_directory.cli.reports import mention_text
from ldn_directory.cli.terminal import display_width, fit, replace_controls
from ldn_directory.model import Listing
from ldn_directory.probe.targets import Report

SAMPLE = 8
MOST_PROBLEMS = 20
NARROW = 72
"""Columns below which an entry takes lines instead of a row."""
_GAP = 2
_PROXY_ONLY = (
    "  So its entries are those of a directory of likely prescribers (Evidence.PROXY). If its publisher says elsewhere"
    " that it is a list for low-dose naltrexone, state that page in the spider: about_page="
)
_LEAST = 6


def format_report(report: Report, width: int = 100) -> str:
    """What was found, for a terminal of `width` columns; nothing in it can move the cursor."""
    found = report.found
    lines = [_headline(report)]
    if found.listings:
        lines += [
            "",
            *(
                _table(found.listings[:SAMPLE], width)
                if width >= NARROW
                else _stacked_lines(found.listings[:SAMPLE], width)
            ),
        ]
        if len(found.listings) > SAMPLE:
            lines.append(f"… and {len(found.listings) - SAMPLE} more")
        lines += ["", _fill_line(found.fill)]
    if found.runner_up:
        other = found.runner_up
        lines.append(f"Near: {other.family} finds {other.listings}, {other.same_names} of them by the same names")
    if found.listings:
        lines.append(f"About LDN: {mention_text(found.mention, report.looked_at)}")
        if found.mention is None and not report.read_by:
            lines.append(_PROXY_ONLY)
    if found.terms:
        lines.append(f"Terms: {found.terms}")
    problems = _problems(report)
    lines += ["", *(f"! {problem}" for problem in problems[:MOST_PROBLEMS])] if problems else []
    if len(problems) > MOST_PROBLEMS:
        lines.append(f"! … and {len(problems) - MOST_PROBLEMS} more (--json gives all)")
    if found.spider:
        lines += ["", "# The spider: look through it, then keep it with --save", "", *found.spider.splitlines()]
    return "\n".join(replace_controls(line).rstrip() for line in lines)


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
    return f"{found.family}: {entries} in {report.where}{through}; about {found.confidence:.0%} of them should be right"


def _cells(listing: Listing) -> dict[str, str]:
    who = ", ".join(part for part in (listing.name, listing.credentials) if part)
    where = ", ".join(part for part in (listing.city, listing.region, listing.postcode, listing.country_code) if part)
    phones = ", ".join(phone.raw for phone in listing.phones)
    return {
        "name": who,
        "practice": listing.practice or "",
        "place": where,
        "phone": phones,
        "web": listing.website or listing.email or "",
    }


def _table(listings: Sequence[Listing], width: int) -> Iterable[str]:
    rows = [_cells(listing) for listing in listings]
    heads = [head for head in rows[0] if any(row[head] for row in rows)]
    wanted = [max(display_width(replace_controls(row[head])) for row in [*rows, {head: head}]) for head in heads]
    widths = _widths(wanted, width)
    for row in [
        {head: head for head in heads},
        {head: "-" * size for head, size in zip(heads, widths, strict=True)},
        *rows,
    ]:
        yield (" " * _GAP).join(fit(row[head], size) for head, size in zip(heads, widths, strict=True))


def _widths(wanted: list[int], width: int) -> list[int]:
    """Column widths that fit: the widest gives way first."""
    widths = [max(_LEAST, size) for size in wanted]
    room = width - _GAP * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _stacked_lines(listings: Sequence[Listing], width: int) -> Iterable[str]:
    for listing in listings:
        cells = [text for text in _cells(listing).values() if text]
        yield fit(f"- {cells[0]}", width)
        for text in cells[1:]:
            yield fit(f"  {text}", width)


def _fill_line(fill: Mapping[str, float]) -> str:
    shares = sorted(fill.items(), key=lambda item: -item[1])
    stated = ", ".join(f"{name} {share:.0%}" for name, share in shares if share)
    missing = ", ".join(name for name, share in shares if not share)
    return f"Filled: {stated}" + (f"; nowhere: {missing}" if missing else "")
