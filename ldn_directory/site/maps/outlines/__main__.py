"""`python -m ldn_directory.site.maps.outlines FOLDER`: makes the data file from unpacked npm packages (docs/outlines.md)."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path

from .making import Unsound, made

HERE = Path(__file__).parent


def main() -> int:
    """Writes `outlines.json` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m ldn_directory.site.maps.outlines", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the packages lie, one directory each, such as node_modules")
    folder = parser.parse_args().folder
    try:
        found = made(folder, tomllib.loads((HERE / "outlines.toml").read_text("utf-8")))
    except (OSError, Unsound, json.JSONDecodeError) as error:
        print(f"outlines: {error}", file=sys.stderr)
        return 1
    # A country a line, so that a change of one can be seen.
    parts = [f'"{key}":{_compact(value)}' for key, value in found.items() if key != "countries"]
    lines = ",\n".join(f'"{code}":{_compact(drawing)}' for code, drawing in found["countries"].items())
    (HERE / "outlines.json").write_text("{" + ",\n".join(parts) + ',\n"countries":{\n' + lines + "\n}}\n", "utf-8")
    return 0


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
