"""Base spiders, one for each way of publishing a list. docs/sources.md shows an example of each.

A source is a class with `name`, `source` and `start_urls`. For oddities of one list there are two hooks,
`pre_process(record)` and `post_process(listing)`, each of which may give None to drop the entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from w3lib.url import add_or_replace_parameters

from ldn_directory.crawl.any_list import AnyList
from ldn_directory.crawl.base_spider import ListSpider
from ldn_directory.crawl.list_readings import guess_structure
from ldn_directory.crawl.page_worker import Context
from ldn_directory.extract import detail_pages, paging, sitemap
from ldn_directory.extract.completing import COMPLETED, complete
from ldn_directory.extract.html import cards as html_cards
from ldn_directory.extract.html import drupal_view, generic, own_page, structured_data
from ldn_directory.extract.html import table as html_table
from ldn_directory.extract.json import api as json_api
from ldn_directory.extract.json import embedded as embedded_json
from ldn_directory.extract.json.presets import Use, preset_named
from ldn_directory.extract.maps import geojson, kml
from ldn_directory.extract.page import Page
from ldn_directory.extract.pdf import list as pdf_list
from ldn_directory.extract.readings import Fields, cards_of, pinned
from ldn_directory.extract.sheets import file as tabular_file
from ldn_directory.model import Extraction, Problem

__all__ = [
    "AnyHtml",
    "AnyList",
    "DrupalView",
    "EmbeddedJson",
    "HtmlCards",
    "HtmlTable",
    "JsonApi",
    "Kml",
    "OwnPage",
    "PdfList",
    "StructuredData",
    "TabularFile",
]


class HtmlTable(ListSpider):
    """A list as an HTML table; columns are found by their headers. `rows` narrows it to a CSS selector.

    `fields` pins the header of each field.
    """

    rows: ClassVar[str | None] = None
    fields: ClassVar[Fields | None] = None

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return pinned(page, "html_table", html_table.extract(page, rows=cls.rows), cls.fields, cls.rows)

    @classmethod
    def next_pages(cls, page: Page, context: Context) -> tuple[str, ...]:
        return paging.next_pages(page)


class WithDetails(ListSpider):
    """A list whose entries may have pages of their own: with `details`, those of entries without contact data are read.

    The list's own values win, and an entry keeps its key whatever its page adds.
    """

    details: ClassVar[bool] = False

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        if "record" in context:
            return detail_pages.extract(page, detail_pages.record_from_json(context["record"]))
        return cls.extract_list(page, headers, context)

    @classmethod
    def extract_list(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        """The records of a page of the list."""
        raise NotImplementedError

    @classmethod
    def next_pages(cls, page: Page, context: Context) -> tuple[str, ...]:
        return () if "record" in context else paging.next_pages(page)

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]:
        if not cls.details or "record" in context:
            return []
        incomplete_entries = detail_pages.incomplete_entries(page, extraction.records)
        return [
            (address, {**context, "record": detail_pages.record_to_json(record)})
            for address, record in incomplete_entries
        ]


class HtmlCards(WithDetails):
    """A list as repeated blocks. `rows` is their CSS selector, `fields` one, or several, for each field or label."""

    rows: ClassVar[str] = ""
    fields: ClassVar[Fields | None] = None

    @classmethod
    def extract_list(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return cards_of(page, cls.rows, cls.fields) if cls.fields else html_cards.extract(page, rows=cls.rows)


class AnyHtml(WithDetails):
    """A list on web pages whose structure is found on the page itself.

    `reading` pins the way that a person has checked (`html_table`, `html_cards`, `text_blocks`, `detail`): a page that
    can no longer be read in that way yields nothing, and is held. Without it, a harvest that is a guess is held.
    `fields` pins the label of each field.
    """

    reading: ClassVar[str | None] = None
    fields: ClassVar[Fields | None] = None

    @classmethod
    def extract_list(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        if cls.reading is None:
            # Of entries whose contacts are on pages of their own, the list alone says too little.
            return generic.extract(page) if cls.details else guess_structure(page)
        found = {candidate.family: candidate.extraction for candidate in reversed(generic.candidates(page))}
        # The last page of a list may hold a single entry: nothing repeats there.
        family = cls.reading if cls.reading in found else "detail"
        chosen = found.get(family) or Extraction()
        return pinned(page, family, complete(page, chosen) if cls.reading in COMPLETED else chosen, cls.fields)


class StructuredData(ListSpider):
    """Pages that state their entries as schema.org data.

    With `sitemap_rule`, a regular expression, `start_urls` are sitemaps (or the robots.txt that names them), and each
    page is read whose address matches. With `details`, pages are read that a list names by their addresses only.
    """

    details: ClassVar[bool] = False
    sitemap_rule: ClassVar[str | None] = None
    most_levels: ClassVar[int] = 3

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        named = sitemap.read(page) if cls.sitemap_rule and not context.get("from_sitemap") else None
        if named is None:
            found = structured_data.extract(page)
            return replace(found, next_pages=()) if context.keys() & {"from_sitemap", "from_list"} else found
        if not named.dropped:
            return Extraction()
        return Extraction(
            problems=(Problem(page=page.url, what=f"names {named.dropped} addresses on other sites: left out"),)
        )

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]:
        if context.keys() & {"from_sitemap", "from_list"}:
            return []
        if cls.details and not extraction.records and (items := structured_data.item_addresses(page)):
            return [(address, {"from_list": True}) for address in items]
        if not cls.sitemap_rule or (named := sitemap.read(page)) is None:
            return []
        level = context.get("level", 0) + 1
        further = [(address, {"level": level}) for address in named.sitemaps] if level < cls.most_levels else []
        return further + [
            (address, {"from_sitemap": True}) for address in named.pages if re.search(cls.sitemap_rule, address)
        ]


class OwnPage(ListSpider):
    """A practice's or pharmacy's own page: an entry of one, or one a place."""

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return own_page.extract(page)


class DrupalView(WithDetails):
    """A Drupal view, as a table or rows. `fan_out` names the exposed filter whose options are walked one by one."""

    fan_out: ClassVar[str | None] = None

    @classmethod
    def extract_list(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        if cls.fan_out and not context.get("headings"):
            return Extraction()
        return drupal_view.extract(page)

    @classmethod
    def next_pages(cls, page: Page, context: Context) -> tuple[str, ...]:
        return () if cls.fan_out and not context.get("headings") else super().next_pages(page, context)

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]:
        if not cls.fan_out or context.get("headings"):
            return super().follow(extraction, page, context)
        return [
            (add_or_replace_parameters(page.url, {name: value}), {"headings": [label]})
            for name, value, label in drupal_view.exposed_filters(page)
            if name == cls.fan_out
        ]


class JsonApi(ListSpider):
    """A JSON endpoint. `rows` is the dotted path of the entries.

    `paging` is None (next links only), `("page", parameter, first page)` or `("offset", parameter, step)`. With
    `preset` (a name in `extract/json/presets.toml`), `site` or `key` replaces `start_urls`.
    """

    page_seconds: ClassVar[float] = 20.0
    rows: ClassVar[str | None] = None
    paging: ClassVar[tuple[str, str, int] | None] = None
    fields: ClassVar[Fields | None] = None
    preset: ClassVar[str | None] = None
    site: ClassVar[str | None] = None
    key: ClassVar[str | None] = None

    @classmethod
    def addresses(cls) -> list[str]:
        use = cls._use()
        return super().addresses() or ([use.address] if use else [])

    @classmethod
    def form(cls, url: str) -> Mapping[str, str] | None:
        use = cls._use()
        return use.preset.form if use else None

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        found = json_api.extract(page, rows=cls.rows, headers=headers, paging=cls.paging, use=cls._use())
        return pinned(page, "json_api", found, cls.fields)

    @classmethod
    def _use(cls) -> Use | None:
        return Use(preset=preset_named(cls.preset), site=cls.site, key=cls.key) if cls.preset else None


class EmbeddedJson(ListSpider):
    """A page whose entries are in its scripts or data attributes, for a map or a script to show."""

    fields: ClassVar[Fields | None] = None

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return pinned(page, "embedded_json", embedded_json.extract(page), cls.fields)


class TabularFile(ListSpider):
    """A CSV, TSV, XLSX or ODS file at an address or in the project; columns are found by their headers."""

    page_seconds: ClassVar[float] = 60.0
    sheet: ClassVar[str | None] = None
    fields: ClassVar[Fields | None] = None

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return pinned(page, "tabular_file", tabular_file.extract(page, sheet=cls.sheet), cls.fields, cls.sheet)


class Kml(ListSpider):
    """A map as KML, KMZ (Google My Maps and others; the files that it links to are followed) or GeoJSON."""

    page_seconds: ClassVar[float] = 30.0
    fields: ClassVar[Fields | None] = None

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return pinned(page, "kml", geojson.extract(page) if page.kind == "json" else kml.extract(page), cls.fields)


class PdfList(ListSpider):
    """A PDF file with text in it: ruled or aligned tables, or entries in one or more columns."""

    page_seconds: ClassVar[float] = 120.0

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return pdf_list.extract(page)
