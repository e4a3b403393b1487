"""What runs in the process of a part; apart from `__main__`, which a spawned process cannot import."""

from __future__ import annotations

import importlib
from typing import Any


def measured(part: str) -> list[dict[str, Any]]:
    """The rows of `bench.<part>`."""
    return list(importlib.import_module(f"bench.{part}").run())
