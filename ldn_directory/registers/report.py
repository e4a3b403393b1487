"""What the last build found in registers: `data/register_report.json`, for the maintainer's eyes only."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .errors import RegisterError

REPORT_FILE = "register_report.json"


@dataclass(slots=True)
class Report:
    """What a maintainer has to know; the rows are as `ldn registers report --json` gives them."""

    registers: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    inactive: list[dict[str, Any]] = field(default_factory=list)
    withheld: list[dict[str, Any]] = field(default_factory=list)
    weak: list[dict[str, Any]] = field(default_factory=list)
    disagreeing: list[dict[str, Any]] = field(default_factory=list)

    def write(self, data: Path, built_from: str | None) -> None:
        """Takes the place of the report before. `built_from`: when the newest run ended that the build has read."""
        path = data / REPORT_FILE
        part = path.with_name(f".{path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({"built_from": built_from, **asdict(self)}, file, ensure_ascii=False, indent=1)
        part.replace(path)


def last_report(data: Path) -> dict[str, Any]:
    """The report of the last build; {} if there is none. Raises RegisterError for a file that is none."""
    path = data / REPORT_FILE
    if not path.exists():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        return found | {part: found[part] for part in ("states", "inactive", "withheld", "weak", "disagreeing")}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RegisterError(
            f"{path} is no report of a build ({type(error).__name__}: {error}): delete it, then run: ldn build"
        ) from None
