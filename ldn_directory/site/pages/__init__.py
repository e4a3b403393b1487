"""The pages and what programs ask: one module per page or family of addresses, each with its `ROUTES`."""

from __future__ import annotations

from typing import Any

from . import (
    about,
    api,
    changes,
    download,
    exports,
    find,
    map,
    provider,
    regions,
    robots_txt,
    sitemap,
    sources,
    static,
    status,
    visit,
)
from .render import NOTHING_HERE, AnyResponse, Routes, error_page

_MODULES = (
    find,
    provider,
    exports,
    regions,
    changes,
    sources,
    about,
    api,
    download,
    sitemap,
    robots_txt,
    status,
    map,
    static,
    visit,
)


async def not_found(datasette: Any, request: Any) -> AnyResponse:
    """404 below addresses that take a parameter; Datasette would first redirect an address with a `%` in it."""
    return error_page(request, 404, NOTHING_HERE)


ROUTES: Routes = (
    *(route for module in _MODULES for route in module.ROUTES),
    (r"/(?:provider/|download/|sitemap-).*", not_found),
)
"""All addresses of the site; the first pattern that matches answers."""

__all__ = ["ROUTES"]
