"""Packs the table of places that the package ships: `python -m tools.pack_places`, or `make places`.

From it comes `normalize/towns.bin`, which says which names are towns; `--towns` makes only that, from the packed table
that is there. The same packages give the same bytes. `--check` compares them with the tables that are there. `--full`
writes a gazetteer with every postal code, town and name, for `ldn gazetteer --full`.
"""

from __future__ import annotations

import argparse
import lzma
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from ldn_directory.normalize import towns
from ldn_directory.places.table import PACKED

from .gazetteer.build import build_gazetteer

SQLITE_RELEASE = slice(96, 100)
"""Bytes of a database's header that name the release of SQLite that wrote it, and mean nothing to a reader."""

TOWN_NAMES = Path(towns.__file__).with_name(towns.FILE)
TOWNS = """
SELECT key, coalesce(regions.code, towns.country_code), towns.latitude_e4 / 1e4, towns.longitude_e4 / 1e4
FROM names JOIN towns ON towns.id = town
LEFT JOIN regions ON regions.id = towns.region
"""


def pack() -> bytes:
    """The packed table, made anew."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "places.db"
        build_gazetteer(path, progress=_report)
        content = bytearray(path.read_bytes())
    content[SQLITE_RELEASE] = bytes(4)
    _report("packing")
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def pack_towns(places: bytes) -> bytes:
    """The names of towns by area, from a packed table of places."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(lzma.decompress(places))
        return towns.packed(db.execute(TOWNS))


def main() -> int:
    """Runs the command; 1 if the table that is there is another one, or a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m tools.pack_places", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the packed table would change")
    parser.add_argument(
        "--towns", action="store_true", help="make only the names of towns, from the table that is there"
    )
    parser.add_argument("--full", type=Path, metavar="PATH", help="write a gazetteer with everything to PATH instead")
    options = parser.parse_args()
    try:
        if options.full:
            build_gazetteer(options.full, full=True, progress=_report)
            return 0
        content = PACKED.read_bytes() if options.towns else pack()
        names = pack_towns(content)
        if options.check:
            return int((content, names) != (PACKED.read_bytes(), TOWN_NAMES.read_bytes()))
        PACKED.write_bytes(content)
        TOWN_NAMES.write_bytes(names)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{PACKED}: {len(content):,} bytes; {TOWN_NAMES}: {len(names):,} bytes")
    return 0


def _report(step: str) -> None:
    print(f"Places: {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
