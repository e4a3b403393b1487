"""Fuzzes the reading of pages and plain texts with atheris, for so many seconds: `python tests/extract/fuzz_html.py 60`.

An exception, or a page that is not given up within its limit, ends the run with a traceback and a file `crash-*`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

SECONDS = 60
MOST_BYTES = 20_000


def main(seconds: int) -> int:
    try:
        import atheris
    except ImportError:
        sys.stdout.write("atheris is not installed: nothing was fuzzed\n")
        return 0
    sys.path.insert(0, str(Path(__file__).parent))
    with atheris.instrument_imports(include=["ldn_directory.extract", "ldn_directory.normalize"]):
        import hostile

    def once(data: bytes) -> None:
        started = time.monotonic()
        hostile.as_read(data[1:], ("text/html", "text/plain")[data[:1] == b"t"])
        taken = time.monotonic() - started
        if taken > hostile.Anything.page_seconds + 3:
            raise TimeoutError(f"{taken:.1f} s for {len(data)} bytes")

    with tempfile.TemporaryDirectory() as corpus:
        for name in hostile.SEEDS:
            Path(corpus, name.replace("/", "-")).write_bytes(b"h" + hostile.seed(name)[:MOST_BYTES])
        limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=20", "-rss_limit_mb=1500"]
        atheris.Setup([sys.argv[0], corpus, *limits], once)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
