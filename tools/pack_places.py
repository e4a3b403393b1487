"""Packs the table of places that the package ships: `python -m tools.pack_places`, or `make places`.

The same packages give the same bytes. `--check` compares them with the table that is there. `--full` writes a gazetteer
with every postal code, town and name, for `ldn gazetteer --full`.
"""

from __future__ import annotations

import argparse
import lzma
import sys
import tempfile
from pathlib import Path

from ldn_directory.places.table import PACKED

from .gazetteer.build import build_gazetteer

SQLITE_RELEASE = slice(96, 100)
"""Bytes of a database's header that name the release of SQLite that wrote it, and mean nothing to a reader."""


def pack() -> bytes:
    """The packed table, made anew."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "places.db"
        build_gazetteer(path, progress=_report)
        content = bytearray(path.read_bytes())
    content[SQLITE_RELEASE] = bytes(4)
    _report("packing")
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def main() -> int:
    """Runs the command; 1 if the table that is there is another one, or a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m tools.pack_places", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the packed table would change")
    parser.add_argument("--full", type=Path, metavar="PATH", help="write a gazetteer with everything to PATH instead")
    options = parser.parse_args()
    try:
        if options.full:
            build_gazetteer(options.full, full=True, progress=_report)
            return 0
        content = pack()
        if options.check:
            return int(content != PACKED.read_bytes())
        PACKED.write_bytes(content)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{PACKED}: {len(content):,} bytes")
    return 0


def _report(step: str) -> None:
    print(f"Places: {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
