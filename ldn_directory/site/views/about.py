"""What this is and is not, and how to be taken out."""

from __future__ import annotations

import os
from typing import Any

from datasette.utils.asgi import Response

from .. import words
from ..answering import MOST_DIGITS, Routes, rendered
from ..search import LEAVES_AFTER_DAYS, PARAMETERS, SINKS_AFTER_DAYS, WITHIN_KM


async def about(datasette: Any, request: Any) -> Response:
    """`/about`: what this is and is not."""
    return rendered(
        request, "about.html", parameters=PARAMETERS, usual_km=WITHIN_KM, sinks_after=SINKS_AFTER_DAYS, leaves_after=LEAVES_AFTER_DAYS
    )


async def removal(datasette: Any, request: Any) -> Response:
    """`/removal`: how to ask to be taken out, and what happens then; `?entry=<number>` puts the number into the letter."""
    entry = request.args.get("entry") or ""
    number = entry if entry.isascii() and entry.isdigit() and len(entry) <= MOST_DIGITS else None
    contact = contact_of(datasette)
    return rendered(request, "removal.html", ask=words.contact_link(contact, number), contact=contact, entry=number)


def contact_of(datasette: Any) -> str:
    """How whoever runs the site is reached: from the environment, else from metadata.yml; empty if nobody says."""
    return os.environ.get("LDN_CONTACT", "").strip() or str(datasette.metadata("contact") or "").strip()


ROUTES: Routes = ((r"/about", about), (r"/removal", removal))
