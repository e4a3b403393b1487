"""When each page first shows, whether it shifts, and what it weighs: Chromium as a slow phone on a slow line."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench._directory import directory
from bench._http import ROOT, free_port, our_server_arguments, serving
from ldn_directory.places import unpack
from ldn_directory.publish.packages import package
from ldn_directory.storage import gazetteer_for

NOWHERE = "/nowhere"
PAGES = (
    "/",
    "/?q=medicine",
    "/?near=Portland,+Oregon&within=100",
    "/?q=pharmacy+ohio",
    "/?q=qzxqzx",
    "/provider/5",
    "/regions",
    "/regions/US",
    "/regions/US-OH",
    "/pharmacies",
    "/pharmacies/US",
    "/pharmacies/US-OH",
    "/map",
    "/map/US",
    "/visit?pick=5,9",
    "/questions",
    "/sources",
    "/changes",
    "/about",
    "/privacy",
    "/removal",
    "/status",
    "/download",
    "/api",
    NOWHERE,
    "/de/?q=medicine",
    "/es/provider/5",
)
SIZE, TURNS = 10_000, 3
MOST_MS, MOST_KB, MOST_RESULTS_KB = 1_200, 60.0, 25.0
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
    "locale": "en-US",
}
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 1.6e6 / 8}
"""Milliseconds of a round trip, bytes a second."""
HANDSHAKE_MS = 150
"""The browser delays requests; the connection's own round trip, which loopback does not have, is reckoned on top."""
SLOWER = 4
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
OBSERVED = """
window.moved = 0
new PerformanceObserver(list => list.getEntries().forEach(one => { window.moved += one.value }))
  .observe({type: 'layout-shift', buffered: true})
"""
SEEN = """() => new Promise(done => {
  const said = () => done([performance.getEntriesByName('first-contentful-paint')[0].startTime, window.moved])
  const isPainted = () => performance.getEntriesByName('first-contentful-paint').length
  const wait = () => isPainted() ? setTimeout(said, 300) : requestAnimationFrame(wait)
  wait()
})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """One page as the phone saw it."""

    address: str
    paint_ms: float
    moved: float
    kb: float
    """All that came over the line, headers included, in thousands of bytes."""
    html_kb: float


def run() -> Iterator[dict[str, Any]]:
    """The worst page of each measure."""
    seen = measure_pages()
    yield _row("first contentful paint", max(seen, key=lambda one: one.paint_ms), "paint_ms", "ms", MOST_MS, len(seen))
    yield _row("layout shift", max(seen, key=lambda one: one.moved), "moved", "", 0, len(seen))
    yield _row("weight of a page with all it loads", max(seen, key=lambda one: one.kb), "kb", "kB", MOST_KB, len(seen))
    results = [one for one in seen if "?q=" in one.address or "?near=" in one.address]
    yield _row(
        "HTML of a result page",
        max(results, key=lambda one: one.html_kb),
        "html_kb",
        "kB",
        MOST_RESULTS_KB,
        len(results),
    )


def _row(name: str, worst: PageView, measure: str, unit: str, most: float, pages: int) -> dict[str, Any]:
    value = round(getattr(worst, measure), 3 if most == 0 else 1)
    line = f"{LINE['latency']} ms a request and for the connection, 1.6 Mbit/s, a quarter of the processor"
    return {
        "name": f"{name}, the worst of {pages} pages ({worst.address})",
        "value": value,
        "unit": unit,
        "against": line,
        "reach": f"<= {most:g}" if most else "0",
        "ok": getattr(worst, measure) <= most,
    }


def measure_pages() -> list[PageView]:
    """Every page, nothing kept from one to the next; of three turns the median, as the machine does other work too."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = _published(Path(temporary))
        port = free_port()
        with serving(*our_server_arguments(folder, port), port=port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            seen = [_median_view(browser, f"http://127.0.0.1:{port}", path) for path in PAGES]
            browser.close()
            return seen


def _published(folder: Path) -> Path:
    known = gazetteer_for(ROOT / "data")
    if known.exists():
        (folder / "gazetteer.db").symlink_to(known)
    else:
        unpack(folder / "gazetteer.db")
    package(directory(folder / "ldn.db", SIZE))
    return folder


def _median_view(browser: Browser, site: str, path: str) -> PageView:
    turns = [_view_page(browser, site, path) for _ in range(TURNS)]
    last = turns[-1]
    return PageView(
        address=path,
        paint_ms=median(one.paint_ms for one in turns),
        moved=max(one.moved for one in turns),
        kb=last.kb,
        html_kb=last.html_kb,
    )


def _view_page(browser: Browser, site: str, path: str) -> PageView:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.add_init_script(OBSERVED)
    wire = context.new_cdp_session(page)
    sent: dict[str, float] = {}
    documents: set[str] = set()
    wire.on(
        "Network.responseReceived",
        lambda event: documents.update([event["requestId"]] if event["type"] == "Document" else []),
    )
    wire.on("Network.loadingFinished", lambda event: sent.update({event["requestId"]: event["encodedDataLength"]}))
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", LINE)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    answer = page.goto(site + path, wait_until="load")
    if answer is None or answer.status != (404 if path == NOWHERE else 200):
        raise RuntimeError(f"{path} answered {answer and answer.status}")
    paint_ms, moved = page.evaluate(SEEN)
    context.close()
    html = next(size for request, size in sent.items() if request in documents)
    return PageView(
        address=path, paint_ms=paint_ms + HANDSHAKE_MS, moved=moved, kb=sum(sent.values()) / 1e3, html_kb=html / 1e3
    )


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    print(json.dumps([asdict(one) for one in measure_pages()], indent=1))
