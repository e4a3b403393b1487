"""How long a list was over time, as a small line: numbers in, the coordinates of an SVG path out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT, MARGIN = 300, 60, 4
MOST_POINTS = 60
"""More could not be told apart at the size of the chart."""
MOST_TOLD = 12
"""How many readings stand beside the chart as numbers."""

Reading = tuple[str, int]
"""When a list was read (UTC, ISO 8601), and how many entries were on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The line, from zero upwards, and what is said of it."""

    path: str
    """Of an SVG path."""
    last: str
    """The path of a dot at the last reading."""
    readings: int
    first_at: str
    last_at: str
    first_count: int
    last_count: int
    most: int
    least: int
    told: tuple[Reading, ...]
    """The last readings, newest first."""


def chart_of(readings: Sequence[Reading]) -> Chart | None:
    """The chart of a source's readings in the order of time; None if there are none."""
    if not readings:
        return None
    counts = [count for _, count in readings]
    points = [_point(reading, readings) for reading in _thinned(readings)]
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
        told=tuple(reversed(readings[-MOST_TOLD:])),
    )


def _thinned(readings: Sequence[Reading]) -> list[Reading]:
    """The first and the last reading, and as many between them as can be seen, with the longest and shortest of each stretch."""
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
