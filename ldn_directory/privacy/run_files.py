"""The files of runs without the forgotten."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ldn_directory.storage import write_atomically

from .suppression import LEFT_OUT
from .traces import Traces


class RunFiles:
    """The files of all runs in a data folder. `listings` are the ids of erased listings."""

    def __init__(self, data: Path, listings: Collection[str], traces: Traces) -> None:
        self.data, self.listings, self.traces = data, listings, traces
        self.suppressions = traces.suppressions

    def rewrite(self) -> int:
        """Erases the forgotten from listings and reports. Returns how many files changed."""
        changed = 0
        for path in sorted(self.data.glob("runs/*/*/*.json*")):
            before = path.read_bytes()
            after = self._redact_lines(before) if path.suffix == ".jsonl" else self._redact_report(before)
            if after != before:
                write_atomically(path, after)
                changed += 1
        return changed

    def _redact_lines(self, content: bytes) -> bytes:
        kept = []
        for line in content.splitlines():
            try:
                row = json.loads(line)
                redacted = None if self._is_forgotten(row) else self.suppressions.redact_line(line)
            except ValueError:
                # The last line of a file that was cut off: nobody can tell whom it is about.
                redacted = None
            if redacted is not None:
                kept.append(redacted + b"\n")
        return b"".join(kept)

    def _is_forgotten(self, row: Any) -> bool:
        if self.suppressions.is_suppressed(row):
            return True
        return row.get("id") in self.listings and self.suppressions.is_held(row)

    def _redact_report(self, content: bytes) -> bytes:
        try:
            before = json.loads(content)
        except ValueError:
            return b"{}" if self.traces.in_text(content.decode("utf-8", "replace")) else content
        after = self._redact_value(before)
        return content if after == before else json.dumps(after, indent=2, ensure_ascii=False).encode()

    def _redact_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._redact_value(one) for one in value if not (isinstance(one, dict) and self._is_about(one))]
        if isinstance(value, dict):
            row = self.suppressions.redact_row(value) if "key" in value else value
            return {name: one if name == "name" else self._redact_value(one) for name, one in row.items()}
        if isinstance(value, str) and self.traces.in_text(value):
            return LEFT_OUT
        return value

    def _is_about(self, value: dict[str, Any]) -> bool:
        return self._is_forgotten(value) if "key" in value else value.get("listing") in self.listings
