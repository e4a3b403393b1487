"""Processor time and memory of making the downloads, against `gzip -6` of the same file."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from bench._directory import directory

SIZES = (1_000, 100_000)
"""Providers."""
MOST_TIMES, MOST_GROWTH_MIB = 3.0, 32.0
TURNS = 2
LISTED = """
INSERT INTO listings
  (id, provider, source, page, evidence, name, text, first_seen, last_confirmed, status)
  SELECT printf('%016x', id), id, source, 'https://example.org/' || source || '/list?page=' || id, 'listed', name,
    name || ', ' || coalesce(practice, '') || ', ' || coalesce(city, ''), first_seen, last_confirmed, 'confirmed'
  FROM providers
"""
CLAIMED = """
INSERT INTO claims (listing, provider, source, field, value, page, first_seen, last_confirmed, shown)
  SELECT printf('%016x', id), id, source, '{0}', {0}, 'https://example.org/' || source || '/list?page=' || id,
    first_seen, last_confirmed, 1
  FROM providers WHERE {0} IS NOT NULL
"""
FIELDS = ("name", "credentials", "practice", "specialty", "phone", "website", "street", "city", "region", "postcode")
MEASURED = """
import json, sys, time
from pathlib import Path
from ldn_directory.publish.packages import package
began = time.process_time()
package(Path(sys.argv[1]))
# Not what getrusage says: that begins with the peak of whoever started the process.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([time.process_time() - began, int(peak) / 1024]))
"""


def run(sizes: Sequence[int] = SIZES) -> Iterator[dict[str, Any]]:
    """The largest size against gzip, and what memory it takes more than the smallest."""
    with tempfile.TemporaryDirectory() as temporary:
        peaks = []
        for size in sizes or SIZES[:1]:
            path = _add_listings(directory(_folder(temporary, size) / "ldn.db", size))
            ours, theirs, peak = _against_gzip(path)
            peaks.append(peak)
        times, growth, what = ours / theirs, peaks[-1] - peaks[0], f"downloads of {size:,} providers"
        yield {
            "name": f"{what} ({ours:.1f} s for {path.stat().st_size / 1e6:.0f} MB)",
            "value": round(times, 2),
            "unit": "times",
            "against": f"gzip -6 of the same file: {theirs:.1f} s",
            "reach": f"<= {MOST_TIMES:g}",
            "ok": times <= MOST_TIMES,
        }
        yield {
            "name": f"{what}: memory (peak {peaks[-1]:.0f} MiB)",
            "value": round(growth),
            "unit": "MiB more",
            "against": f"{(sizes or SIZES)[0]:,} providers",
            "reach": f"<= {MOST_GROWTH_MIB:g}",
            "ok": growth <= MOST_GROWTH_MIB,
        }


def _folder(temporary: str, size: int) -> Path:
    folder = Path(temporary) / str(size)
    folder.mkdir()
    return folder


def _add_listings(path: Path) -> Path:
    """Gives every provider a listing, and a claim for each value, which is most of what a directory holds."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(LISTED)
        for field in FIELDS:
            db.execute(CLAIMED.format(field))
        db.commit()
    return path


def _against_gzip(path: Path) -> tuple[float, float, float]:
    """(processor seconds of ours, of gzip, peak MiB): the least of some turns, as other work only adds."""
    ours, theirs, peaks = [], [], []
    for _ in range(TURNS):
        for old in path.parent.glob("downloads/*"):
            old.unlink()
        done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], check=True, capture_output=True, text=True)
        seconds, peak = json.loads(done.stdout)
        before = getrusage(RUSAGE_CHILDREN).ru_utime
        subprocess.run(["gzip", "-6", "-c", str(path)], check=True, stdout=subprocess.DEVNULL)
        theirs.append(getrusage(RUSAGE_CHILDREN).ru_utime - before)
        ours.append(seconds)
        peaks.append(peak)
    return min(ours), min(theirs), max(peaks)


if __name__ == "__main__":
    print(json.dumps(list(run()), indent=1))
