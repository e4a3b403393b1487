"""The pages and what programs ask: one module a page or family of addresses, each with its `ROUTES`."""

from __future__ import annotations

from . import (
    about,
    api,
    changes,
    crawlers,
    download,
    find,
    map,
    provider,
    regions,
    sources,
    static,
    status,
    visit,
)
from . import exports as forms
from .render import Routes

_MODULES = (
    find,
    provider,
    forms,
    regions,
    changes,
    sources,
    about,
    api,
    download,
    crawlers,
    status,
    map,
    static,
    visit,
)
ROUTES: Routes = tuple(route for module in _MODULES for route in module.ROUTES)
"""All addresses of ours; the first that fits answers."""

__all__ = ["ROUTES"]
