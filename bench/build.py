"""Time and memory of a build."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MEASURED = """
import json, resource, sys, time
from pathlib import Path
sys.path.insert(0, ".")
from bench.ingest import harvest
from ldn_directory.publish.build import build
from ldn_directory.ledger import Ledger
data, size, phase = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if phase == "fill":
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(harvest(1, size))
else:
    start = time.perf_counter()
    build(data / "ledger.db", data / "ldn.db")
    print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def _measure_build(size: int) -> tuple[float, float]:
    """(seconds, peak MiB) of a build, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", MEASURED, folder, str(size)]
        root = Path(__file__).resolve().parent.parent
        subprocess.run([*command, "fill"], check=True, cwd=root)
        done = subprocess.run([*command, "build"], check=True, cwd=root, capture_output=True, text=True)
        seconds, mebibytes = json.loads(done.stdout)
        return seconds, mebibytes


def run() -> list[dict[str, Any]]:
    """Growth of time from 10,000 to 100,000 listings, and peak memory at 100,000."""
    small_s, _ = _measure_build(10_000)
    large_s, peak = _measure_build(100_000)
    growth = large_s / small_s
    return [
        {
            "name": "build of 100,000 listings: time",
            "value": round(growth, 2),
            "unit": "times",
            "against": "10,000 listings",
            "reach": "<= 12",
            "ok": growth <= 12,
        },
        {
            "name": "build of 100,000 listings: peak memory",
            "value": round(peak),
            "unit": "MiB",
            "against": "a limit",
            "reach": "< 1024",
            "ok": peak < 1024,
        },
    ]
