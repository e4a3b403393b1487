"""`python -m ldn_directory.example`: serves the invented lists on 127.0.0.1 until it is interrupted."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress

from .practitioners import facts
from .site import ExampleSite


def main() -> None:
    """Serves, and prints the address of each list."""
    parser = argparse.ArgumentParser(prog="python -m ldn_directory.example", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed and size give the same lists")
    parser.add_argument("--size", type=int, default=300, help="number of practitioners")
    parser.add_argument("--port", type=int, default=8090, help="0 for any free port")
    parser.add_argument("--crawl-delay", type=float, default=0, help="seconds, as robots.txt states them")
    wanted = parser.parse_args()
    with ExampleSite(seed=wanted.seed, size=wanted.size, port=wanted.port, crawl_delay=wanted.crawl_delay) as site:
        print(site.url)
        for name, address in site.addresses.items():
            entries = len(site.truth.lists[name])
            print(f"  {address:<48} {entries:>6} entries  {facts('lists')[name]['family']}")
        print("Stop it with Ctrl-C.", flush=True)
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
