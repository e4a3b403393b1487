"""Which address shows what: the lists, and the pages around them."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from . import drupal, feeds, markup
from .practitioners import facts
from .truth import Truth
from .view import Answer, View, document

RENDERERS: dict[str, Callable[[View], Answer]] = {
    "drupal/prescribers": drupal.prescribers,
    "drupal/pharmacies": drupal.pharmacies,
    "cards": markup.cards,
    "table": markup.table,
    "text": markup.text,
    "api/locations": feeds.locations,
    "wpsl": feeds.wpsl,
    "list.csv": feeds.spreadsheet,
    "list.xlsx": feeds.workbook,
    "map.kml": feeds.kml,
    "jsonld": markup.jsonld,
    "german": markup.german,
}
ALIASES = {"wp-admin/admin-ajax.php": "wpsl"}
"""Where the store locator stands on a real site."""


def list_at(path: str) -> tuple[str, str] | None:
    """The list that an address belongs to, and what follows its own path; None if it belongs to none."""
    plain = path.strip("/")
    plain = ALIASES.get(plain, plain)
    for name in RENDERERS:
        if plain == name or plain.startswith(f"{name}/"):
            return name, plain[len(name) :].strip("/")
    return None


def robots(crawl_delay: float) -> Answer:
    """What a robot may read: everything but /secret and what Drupal shuts by default."""
    lines = ["User-agent: *", "Disallow: /secret", "Disallow: /core/", "Disallow: /wp-admin/"]
    lines.append("Allow: /wp-admin/admin-ajax.php")
    if crawl_delay:
        lines.append(f"Crawl-delay: {crawl_delay:g}")
    lines.append("Sitemap: /sitemap.xml")
    return Answer(body="\n".join([*lines, ""]).encode(), content_type="text/plain; charset=utf-8")


def index() -> Answer:
    """The front page: a link to every list."""
    links = "".join(
        f'<li><a href="/{name}">{escape(about["title"])}</a> ({escape(about["family"])})</li>'
        for name, about in facts("lists").items()
    )
    return document("Invented lists of practitioners", f"<ul>{links}</ul>")


def about() -> Answer:
    """A page that is no list."""
    return document("About us", "<p>A made-up society. It lists nobody who exists.</p>")


def sitemap(truth: Truth, root: str) -> Answer:
    """A sitemap of the pages that hold one entry each."""
    addresses = "".join(f"<url><loc>{root}/jsonld/{entry.key}</loc></url>" for entry in truth.lists["jsonld"])
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{addresses}</urlset>\n'
    )
    return Answer(body=body.encode(), content_type="application/xml")
