"""Opening hours that a page states as schema.org data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .linked_data import Graph, Item
from .schema_org import as_list, text_of

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def opening_hours(item: Item, graph: Graph) -> str | None:
    """`openingHours` and `openingHoursSpecification` as "Mo-Fr 09:00-17:00; Sa 09:00-12:00"."""
    if said := [text for one in as_list(item.get("openingHours")) if (text := text_of(one))]:
        return "; ".join(said)[:300]
    found: dict[str, list[str]] = {}
    for one in as_list(item.get("openingHoursSpecification")):
        whole = graph.resolve(one)
        if not isinstance(whole, Mapping) or not (whole.get("opens") and whole.get("closes")):
            continue
        span = f"{str(whole['opens'])[:5]}-{str(whole['closes'])[:5]}"
        days = (str(text_of(day) or "").rsplit("/", 1)[-1][:2].title() for day in as_list(whole.get("dayOfWeek")))
        found.setdefault(span, []).extend(day for day in days if day in _DAYS)
    return "; ".join(f"{_day_span(days)} {span}" for span, days in found.items() if days)[:300] or None


def _day_span(days: Sequence[str]) -> str:
    numbers = sorted({_DAYS.index(day) for day in days})
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{_DAYS[numbers[0]]}-{_DAYS[numbers[-1]]}"
    return ",".join(_DAYS[number] for number in numbers)
