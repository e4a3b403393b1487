"""Checks whether a page holds the whole list: caps, stated totals, pagers, load-more buttons, random order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ldn_directory.model import ROUND_CAPS

from .notices import describe_load_more, order_is_random
from .page import Page

_PAGER = re.compile(r"(?:^|[\s_-])(?:pager|pagination|page-numbers|paginator)(?:$|[\s_-])", re.IGNORECASE)


def shortfalls(page: Page, found: int, total: int | None, next_pages: tuple[str, ...]) -> Iterator[str]:
    """Sentences on which part of the list this page lacks, and whether the spider fetches it.

    `found` is the number of entries read, `total` the number that the page says there are.
    """
    html = page.kind == "html"
    short = total is not None and found < total
    if next_pages:
        of = f" of the {total} stated" if short else ""
        yield f"{found} entries{of} are on this page: more pages follow, and the spider continues with {next_pages[0]}"
    elif short:
        yield f"only {found} of the {total} entries stated are on this page, and no link leads to the rest"
    elif total is None and found in ROUND_CAPS:
        yield f"exactly {found} entries: the server may cap the list at that number"
    if html and not next_pages:
        if button := describe_load_more(page):
            yield f"the list may be incomplete: {button}"
        elif pages := _numbered_pages(page):
            pager = f"a pager names {pages} more pages, but marks none as the next"
            yield f"the list may be incomplete: {pager}, so the spider stays on this page"
    if html and order_is_random(page):
        yield "the page says that its order is random: compare two crawls to make sure that nobody is missing"


def _numbered_pages(page: Page) -> int:
    """The number of numbered links in the page's pager."""
    for box in page.root.iter("ul", "ol", "nav", "div"):
        if _PAGER.search(f"{box.get('class') or ''} {box.get('id') or ''}"):
            links = {link.get("href") for link in box.iter("a") if (link.text_content() or "").strip().isdigit()}
            if links:
                return len(links)
    return 0
