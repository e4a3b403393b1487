"""Extraction: the generic card finder against hand-written selectors, its growth, its memory on a huge page."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

from parsel import Selector

from ldn_directory.example.practitioners import Practitioner, invent_practitioners
from ldn_directory.extract.html import generic
from ldn_directory.extract.page import Page

URL = "https://lists.example.com/practitioners"
MOST_TIMES = 5.0
MOST_MEBIBYTES = 300
SMALL, LARGE = 1_250, 20_000
TWENTY_MB = 20_000_000
NOISE = 1.15
PEAK = """
import resource, sys
from pathlib import Path
from ldn_directory.extract.html import generic
from ldn_directory.extract.page import Page
page = Page("https://lists.example.com/practitioners", Path(sys.argv[1]).read_bytes(), "text/html; charset=utf-8")
found = len(generic.extract(page).records)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found)
"""


def page_of(entries: int, at_least: int = 0) -> Page:
    """A page of cards, as a theme would print them; filled up with remarks to a size in bytes, if one is given."""
    people = invent_practitioners(entries, seed=1)
    bare = sum(len(_card(one, "")) for one in people[:100]) / min(entries, 100)
    remark = "We answer letters in the order of their coming. " * int(max(0, at_least / entries - bare) / 48)
    cards = "".join(_card(one, remark) for one in people)
    words = ("about", "find", "learn", "donate", "contact")
    menu = "".join(f'<li class="menu-item"><a href="/{word}">{word.title()}</a></li>' for word in words)
    body = (
        '<!DOCTYPE html><html lang="en"><head><title>Practitioners</title></head><body>'
        f"<nav><ul>{menu}</ul></nav><main><h1>Practitioners</h1>{cards}</main>"
        "<footer><p>A made-up society, 1 Society Square</p></footer></body></html>"
    )
    return Page(URL, body.encode(), "text/html; charset=utf-8")


def _card(one: Practitioner, remark: str) -> str:
    parts = (
        f'<h3 class="card__name">{one.name}{", " + one.credentials if one.credentials else ""}</h3>',
        f'<p class="card__practice">{one.practice}</p>',
        f'<p class="card__address">{one.street}<br>{one.city}, {one.region} {one.postcode}<br>{one.country}</p>',
        f'<p class="card__phone"><a href="tel:{one.phone}">{one.phone}</a></p>' if one.phone else "",
        f'<p class="card__mail"><a href="mailto:{one.email}">{one.email}</a></p>' if one.email else "",
        f'<p class="card__web"><a href="{one.website}">Website</a></p>' if one.website else "",
        f"<p>{remark}</p>" if remark else "",
    )
    return f'<div class="card card--practitioner"><div class="card__body">{"".join(parts)}</div></div>'


def by_hand(page: Page) -> list[dict[str, Any]]:
    """What a spider with selectors for this very page does."""
    return [
        {
            "name": card.css(".card__name::text").get(),
            "practice": card.css(".card__practice::text").get(),
            "address": card.css(".card__address::text").getall(),
            "phone": card.css(".card__phone a::text").get(),
            "email": card.css(".card__mail a::attr(href)").get(),
            "website": card.css(".card__web a::attr(href)").get(),
        }
        for card in Selector(text=page.text).css(".card--practitioner")
    ]


def seconds(work: Callable[[Page], Any], page: Page, times: int) -> float:
    """The shortest time that the work takes on a page read anew, of so many."""
    best = float("inf")
    for _ in range(times):
        fresh = Page(page.url, page.body, page.content_type)
        start = time.perf_counter()
        work(fresh)
        best = min(best, time.perf_counter() - start)
    return best


def _peak() -> tuple[float, int, int]:
    """(peak MiB, bytes of the page, records) of reading a page of 20 MB, in a process that does nothing else."""
    root = Path(__file__).resolve().parent.parent
    with tempfile.NamedTemporaryFile(suffix=".html") as file:
        file.write(page_of(5_000, TWENTY_MB).body)
        file.flush()
        size = file.tell()
        done = subprocess.run(
            [sys.executable, "-c", PEAK, file.name], check=True, cwd=root, capture_output=True, text=True
        )
    peak, found = done.stdout.split()
    return float(peak), size, int(found)


def run() -> list[dict[str, Any]]:
    """The figures of extraction: speed, memory and what was found."""
    page = page_of(300)
    found, hand = len(generic.extract(page).records), len(by_hand(page))
    generic_s, hand_s = seconds(generic.extract, page, 9), seconds(by_hand, page, 9)
    small_s, large_s = (seconds(generic.extract, page_of(size), 2) for size in (SMALL, LARGE))
    growth, allowed = large_s / small_s, LARGE * log(LARGE) / (SMALL * log(SMALL))
    peak, size, read = _peak()
    return [
        {
            "name": f"cards found by themselves on a page of 300 ({found} found)",
            "value": round(generic_s / hand_s, 2),
            "unit": "times",
            "against": f"hand-written CSS selectors: {hand_s * 1000:.0f} ms for {hand}",
            "reach": f"<= {MOST_TIMES:g}",
            "ok": generic_s <= MOST_TIMES * hand_s and found >= 0.97 * hand,
        },
        {
            "name": f"time for {LARGE:,} entries ({large_s:.1f} s)",
            "value": round(growth, 1),
            "unit": "times",
            "against": f"{SMALL:,} entries: {small_s:.2f} s",
            "reach": f"<= {allowed * NOISE:.1f} (n log n, 15 % for noise)",
            "ok": growth <= allowed * NOISE,
        },
        {
            "name": f"peak memory on a page of {size / 1e6:.0f} MB ({read:,} found)",
            "value": round(peak),
            "unit": "MiB",
            "against": "a limit",
            "reach": f"< {MOST_MEBIBYTES}",
            "ok": peak < MOST_MEBIBYTES,
        },
    ]
