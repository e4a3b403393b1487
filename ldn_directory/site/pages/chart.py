"""A small line chart of a list's length over time: from readings to the coordinates of an SVG path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT, MARGIN = 300, 60, 4
MOST_POINTS = 60
"""More could not be distinguished at the size of the chart."""
MOST_LATEST = 12
"""How many readings are listed beside the chart."""

Reading = tuple[str, int]
"""When a list was read (UTC, ISO 8601), and how many entries were on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The line, from zero upwards, and the numbers beside it."""

    path: str
    """The line as an SVG path."""
    last: str
    """A dot at the last reading as an SVG path."""
    readings: int
    first_at: str
    last_at: str
    first_count: int
    last_count: int
    most: int
    least: int
    latest: tuple[Reading, ...]
    """The last readings, newest first."""


def chart_of(readings: Sequence[Reading]) -> Chart | None:
    """The chart of a source's readings, oldest first; None if there are none."""
    if not readings:
        return None
    counts = [count for _, count in readings]
    points = [_point(reading, readings) for reading in _thin_out(readings)]
    return Chart(
        path="M" + "L".join(f"{x} {y}" for x, y in points),
        last="M{} {}h0".format(*points[-1]),
        readings=len(readings),
        first_at=readings[0][0],
        last_at=readings[-1][0],
        first_count=counts[0],
        last_count=counts[-1],
        most=max(counts),
        least=min(counts),
        latest=tuple(reversed(readings[-MOST_LATEST:])),
    )


def _thin_out(readings: Sequence[Reading]) -> list[Reading]:
    """The first and last reading, and the longest and shortest of as many stretches between them as can be seen."""
    if len(readings) <= MOST_POINTS:
        return list(readings)
    inner = readings[1:-1]
    stretches = (MOST_POINTS - 2) // 2
    found = {readings[0], readings[-1]}
    for number in range(stretches):
        stretch = inner[number * len(inner) // stretches : (number + 1) * len(inner) // stretches]
        found |= {min(stretch, key=lambda one: one[1]), max(stretch, key=lambda one: one[1])}
    return sorted(found)


def _point(reading: Reading, readings: Sequence[Reading]) -> tuple[int, int]:
    start, end = (datetime.fromisoformat(readings[place][0]) for place in (0, -1))
    whole = (end - start).total_seconds()
    passed = (datetime.fromisoformat(reading[0]) - start).total_seconds()
    most = max(1, *(count for _, count in readings))
    across = passed / whole if whole else 1.0
    return round(MARGIN + across * (WIDTH - 2 * MARGIN)), round(
        HEIGHT - MARGIN - reading[1] / most * (HEIGHT - 2 * MARGIN)
    )
