"""Makes `ldn_directory/site/maps/outlines.json` from unpacked npm packages (docs/outlines.md)."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path

from .drawings import OutlineError, make_outlines

PLAN = Path(__file__).with_name("outlines.toml")
OUTLINES = Path(__file__).parents[2] / "ldn_directory" / "site" / "maps" / "outlines.json"


def main() -> int:
    """Writes the data file. Exit code 1 if the packages are missing or do not match the plan."""
    parser = argparse.ArgumentParser(prog="python -m tools.map_outlines", description=__doc__)
    parser.add_argument("folder", type=Path, help="the directory that holds the packages, such as node_modules")
    folder = parser.parse_args().folder
    try:
        found = make_outlines(folder, tomllib.loads(PLAN.read_text("utf-8")))
    except (OSError, OutlineError, json.JSONDecodeError) as error:
        print(f"outlines: {error}", file=sys.stderr)
        return 1
    # One country per line, so that a diff shows which one changed.
    parts = [f'"{key}":{_compact(value)}' for key, value in found.items() if key != "countries"]
    lines = ",\n".join(f'"{code}":{_compact(drawing)}' for code, drawing in found["countries"].items())
    OUTLINES.write_text("{" + ",\n".join(parts) + ',\n"countries":{\n' + lines + "\n}}\n", "utf-8")
    return 0


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
