"""The line of a list's length over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ldn_directory.site.pages.chart import HEIGHT, MARGIN, MOST_POINTS, WIDTH, chart_of


def weekly(*counts: int) -> list[tuple[str, int]]:
    start = datetime(2026, 1, 6, 2, 17, tzinfo=UTC)
    return [
        ((start + timedelta(weeks=week)).strftime("%Y-%m-%dT%H:%M:%SZ"), count) for week, count in enumerate(counts)
    ]


def points(path: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in (pair.split() for pair in path[1:].split("L"))]


def test_a_line_begins_at_zero_so_that_a_small_change_looks_small():
    chart = chart_of(weekly(0, 50, 100))
    assert chart and points(chart.path) == [
        (MARGIN, HEIGHT - MARGIN),
        (WIDTH // 2, HEIGHT // 2),
        (WIDTH - MARGIN, MARGIN),
    ]
    assert (chart.first_count, chart.last_count, chart.least, chart.most) == (0, 100, 0, 100)


def test_one_reading_is_a_dot():
    chart = chart_of(weekly(12))
    assert chart and chart.last == f"M{WIDTH - MARGIN} {MARGIN}h0" and chart.readings == 1


def test_a_list_that_was_never_read_has_no_chart_and_an_empty_one_has():
    assert chart_of([]) is None
    assert chart_of(weekly(0, 0)) is not None


def test_of_hundreds_of_readings_the_line_keeps_the_ends_and_the_extremes():
    counts = [100 + week % 3 for week in range(500)]
    counts[250], counts[300] = 7, 990
    chart = chart_of(weekly(*counts))
    assert chart and len(points(chart.path)) <= MOST_POINTS
    assert {MARGIN, round(HEIGHT - MARGIN - 7 / 990 * (HEIGHT - 2 * MARGIN))} <= {y for _, y in points(chart.path)}
    assert (chart.readings, len(chart.latest), chart.latest[0]) == (500, 12, weekly(*counts)[-1])


def test_readings_lie_where_their_days_are():
    chart = chart_of([("2026-01-01T00:00:00Z", 5), ("2026-01-02T00:00:00Z", 5), ("2026-01-11T00:00:00Z", 5)])
    assert chart and [x for x, _ in points(chart.path)] == [4, 33, 296]


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=200))
def test_no_line_leaves_its_box(counts):
    chart = chart_of(weekly(*counts))
    assert chart and all(
        MARGIN <= x <= WIDTH - MARGIN and MARGIN <= y <= HEIGHT - MARGIN for x, y in points(chart.path)
    )
