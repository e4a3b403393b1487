"""`/about`, `/privacy` and `/removal`."""

from __future__ import annotations

import os
from typing import Any

from datasette.utils.asgi import Response

from ldn_directory.site.app_state import database_of, state_of
from ldn_directory.site.i18n import labels as words
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.i18n.locale import reader_of
from ldn_directory.site.queries.provider import fetch_rows
from ldn_directory.site.search import LEAVES_AFTER_DAYS, SINKS_AFTER_DAYS, WITHIN_KM

from .render import MOST_DIGITS, Routes, query_directory, render_page
from .sources import are_sites_unread


async def about(datasette: Any, request: Any) -> Response:
    """`/about`: what the directory is and is not, and how its entries are ordered and dated."""
    is_published = database_of(datasette) is not None
    return render_page(
        request,
        "about.html",
        usual_km=WITHIN_KM,
        sinks_after=SINKS_AFTER_DAYS,
        leaves_after=LEAVES_AFTER_DAYS,
        sites_unread=is_published
        and await query_directory(datasette, lambda db: are_sites_unread(fetch_rows(db, "SELECT * FROM sources"))),
    )


async def privacy(datasette: Any, request: Any) -> Response:
    """`/privacy`: what the server does and does not do with what visitors type."""
    return render_page(request, "privacy.html")


async def removal(datasette: Any, request: Any) -> Response:
    """`/removal`: how to ask for removal, and what happens then; `?entry=<number>` puts the number into the letter."""
    entry = request.args.get("entry") or ""
    number = entry if entry.isascii() and entry.isdigit() and len(entry) <= MOST_DIGITS else None
    contact = contact_of(datasette)
    subject = phrase("Removal of entry %(entry)s", entry=number) if number else phrase("Removal")
    letter = words.letter_link(contact, reader_of(request).say(subject))
    return render_page(request, "removal.html", ask=letter, contact=contact, entry=number)


def contact_of(datasette: Any) -> str:
    """How whoever runs the site is reached: from the environment, else from metadata.yml; empty if nobody says."""
    return os.environ.get("LDN_CONTACT", "").strip() or state_of(datasette).contact


ROUTES: Routes = ((r"/about", about), (r"/privacy", privacy), (r"/removal", removal))
