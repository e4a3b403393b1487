"""`/provider/<id>`: one provider with the source and dates of every value; 301 if merged, 410 if removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import isawaitable
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.formats import EntryView, json_ld
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.i18n.locale import reader_of
from ldn_directory.site.queries.provider import Entry, MovedEntry, get_entry

from .about import contact_of
from .actions import directions_to, mistake_links, removal_link
from .render import (
    AnyResponse,
    Routes,
    View,
    base_of,
    error_page,
    map_link_of,
    needs_directory,
    query_directory,
    render_page,
)
from .selection import kept_of, toggle_pick
from .sources import are_sites_unread

FORGOTTEN = phrase(
    "The person or practice asked us to remove this entry. It won’t come back, and we kept nothing of it."
)
GONE = phrase("This entry is no longer in the directory.")
NEVER = phrase("There is no entry at this address.")


def entry_view(view: Callable[[Any, Entry], Awaitable[AnyResponse] | AnyResponse], extension: str = "") -> View:
    """A view of the provider with the number in the address. Redirects keep `extension`, empty for the page."""

    @needs_directory
    @wraps(view)
    async def viewed(datasette: Any, request: Any) -> Any:
        identity = int(request.url_vars["id"])
        entry = await query_directory(datasette, lambda db: get_entry(db, identity))
        if entry is None:
            return error_page(request, 404, NEVER)
        if isinstance(entry, MovedEntry):
            if entry.provider is None:
                return error_page(request, 410, FORGOTTEN if entry.forgotten else GONE)
            address = kept_of(request).link(f"/provider/{entry.provider}{extension}")
            return Response.redirect(reader_of(request).href(address), status=301)
        response = view(request, entry)
        return await response if isawaitable(response) else response

    return viewed


def _page(request: Any, entry: Entry, contact: str) -> Response:
    reader, provider, kept = reader_of(request), entry.provider, kept_of(request)
    linked = json_ld.script_json(json_ld.format_entry(EntryView(entry=entry, base=base_of(request))))
    page = f"{base_of(request)}/provider/{provider['id']}"
    map_link = map_link_of(request)
    return render_page(
        request,
        "provider.html",
        entry=entry,
        canonical=base_of(request) + reader.href(f"/provider/{provider['id']}"),
        picking=reader.href(kept.link(request.path, pick=toggle_pick(kept.picked, provider["id"]))),
        directions=lambda place: directions_to(place, map_link),
        linked=linked,
        site_unread=not (provider["phone"] or provider["city"]) and are_sites_unread(entry.sources.values()),
        mistakes=mistake_links(contact, provider, page, reader),
        removal=removal_link(contact, provider, page, reader),
    )


async def provider_page(datasette: Any, request: Any) -> AnyResponse:
    """`/provider/<id>`: the page."""
    contact = contact_of(datasette)
    return await entry_view(lambda request, entry: _page(request, entry, contact))(datasette, request)


ROUTES: Routes = ((r"/provider/(?P<id>[0-9]{1,18})", provider_page),)
