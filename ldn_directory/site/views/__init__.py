"""The pages and what programs ask: one module a page or family of addresses, each with its `ROUTES`."""

from __future__ import annotations

from ..answering import Routes
from . import about, changes, find, machine, map, provider, regions, sources, static, streets

ROUTES: Routes = (
    *find.ROUTES, *provider.ROUTES, *regions.ROUTES, *changes.ROUTES, *sources.ROUTES, *about.ROUTES, *machine.ROUTES,
    *map.ROUTES, *streets.ROUTES, *static.ROUTES,
)  # fmt: skip
"""All addresses of ours; the first that fits answers."""

__all__ = ["ROUTES"]
