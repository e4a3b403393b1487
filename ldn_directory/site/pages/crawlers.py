"""What crawlers look for: sitemaps, `robots.txt`, and whom to tell of a weakness."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.i18n.locale import LANGUAGES

from . import robots_txt as crawlers
from . import sitemap
from .about import contact_of
from .render import NOTHING_HERE, Answering, Routes, answer, ask, base_of, prepared, stated_base, today

XML = "application/xml; charset=utf-8"


@prepared
async def index(datasette: Any, request: Any) -> Answering:
    """`/sitemap.xml`: the parts."""
    parts, read = await ask(datasette, lambda db: (sitemap.parts_of(db), sitemap.read_of(db)))
    return _xml(sitemap.index(base_of(request), parts, read))


@prepared
async def pages(datasette: Any, request: Any) -> Answering:
    """`/sitemap-pages.xml`: pages that are no provider's."""
    addresses = await ask(datasette, sitemap.addresses_of)
    return _xml(sitemap.pages(base_of(request), addresses, tuple(LANGUAGES)))


@prepared
async def providers(datasette: Any, request: Any) -> Answering:
    """`/sitemap-<n>.xml`: providers of a part."""
    number = int(request.url_vars["part"]) - 1
    rows = await ask(datasette, lambda db: sitemap.providers_of(db, number))
    return _xml(sitemap.providers(base_of(request), rows)) if rows else answer(request, 404, NOTHING_HERE)


def _xml(text: str) -> Response:
    return Response(text, content_type=XML, headers={"Cache-Control": "no-cache"})


async def robots(datasette: Any, request: Any) -> Answering:
    """`/robots.txt`."""
    return Response.text(crawlers.robots(stated_base(request)), headers={"Cache-Control": "public, max-age=3600"})


async def security(datasette: Any, request: Any) -> Answering:
    """`/.well-known/security.txt`; 404 if nobody says how to be reached."""
    text = crawlers.security(contact_of(datasette), stated_base(request), today(), tuple(LANGUAGES))
    return (
        Response.text(text, headers={"Cache-Control": "public, max-age=3600"})
        if text
        else answer(request, 404, NOTHING_HERE)
    )


ROUTES: Routes = (
    (r"/sitemap\.xml", index),
    (r"/sitemap-pages\.xml", pages),
    (r"/sitemap-(?P<part>[1-9][0-9]{0,5})\.xml", providers),
    (r"/robots\.txt", robots),
    (r"/\.well-known/security\.txt", security),
)
