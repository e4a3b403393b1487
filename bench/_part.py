"""What runs in the process of a part; apart from `__main__`, which a spawned process cannot import."""

from __future__ import annotations

import importlib
from typing import Any


def measure_part(part: str, largest: int | None = None) -> list[dict[str, Any]]:
    """The rows of `bench.<part>`; of a part that measures several `SIZES`, only those up to the `largest`."""
    module = importlib.import_module(f"bench.{part}")
    if largest is None or not hasattr(module, "SIZES"):
        return list(module.run())
    return list(module.run(tuple(size for size in module.SIZES if size <= largest)))
