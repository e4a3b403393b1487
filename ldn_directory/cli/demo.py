"""Sources for the invented example lists, which `ldn demo` crawls. Being our own, they need no acceptance."""

from __future__ import annotations

from typing import ClassVar

from ldn_directory.crawl.base_spider import ListSpider
from ldn_directory.families import AnyHtml, DrupalView, HtmlCards, HtmlTable, JsonApi, StructuredData, TabularFile
from ldn_directory.model import Evidence, Kind, Source


def _source(title: str, kind: Kind = Kind.PRESCRIBER) -> Source:
    return Source(
        title=title,
        publisher="Invented for the demonstration",
        homepage="https://example.org/",
        kind=kind,
        evidence=Evidence.LISTED,
        record_key="the entry's own key",
        needs_acceptance=False,
    )


class ExampleList(ListSpider):
    """One list of the example site, wherever that is served."""

    base: ClassVar[str] = "http://127.0.0.1:8090"
    path: ClassVar[str] = ""

    @classmethod
    def addresses(cls) -> list[str]:
        return [ExampleList.base + cls.path] if cls.path else []


class ExamplePrescribers(DrupalView, ExampleList):
    """A Drupal view as a table, grouped by country."""

    name = "example_prescribers"
    source = _source("Example society: prescribers")
    path = "/drupal/prescribers"


class ExamplePharmacies(DrupalView, ExampleList):
    """A Drupal view as rows."""

    name = "example_pharmacies"
    source = _source("Example society: pharmacies", Kind.PHARMACY)
    path = "/drupal/pharmacies"


class ExampleCards(HtmlCards, ExampleList):
    """Cards with protected e-mails."""

    name = "example_cards"
    source = _source("Example practitioners' cards")
    path = "/cards"
    rows = ".practitioner-card"


class ExampleTable(HtmlTable, ExampleList):
    """A plain table."""

    name = "example_table"
    source = _source("Example table")
    path = "/table"
    page_seconds = 30.0  # all rows stand on one page, however many practitioners are invented


class ExampleApi(JsonApi, ExampleList):
    """A JSON endpoint in pages."""

    name = "example_api"
    source = _source("Example locations")
    path = "/api/locations?page=1&per_page=100"
    paging = ("page", "page", 1)


class ExampleCsv(TabularFile, ExampleList):
    """A CSV file."""

    name = "example_csv"
    source = _source("Example spreadsheet")
    path = "/list.csv"


class ExampleNames(AnyHtml, ExampleList):
    """Names and places, with the contact data on a page each."""

    name = "example_names"
    source = _source("Example practitioners by name")
    path = "/cards/names"
    details = True


class ExampleSitemap(StructuredData, ExampleList):
    """Pages of one entry each, found by robots.txt and the sitemap that it names."""

    name = "example_sitemap"
    source = _source("Example finder, page by page")
    path = "/robots.txt"
    sitemap_rule = r"/jsonld/\d+$"


EXAMPLES: tuple[type[ExampleList], ...] = (
    ExamplePrescribers,
    ExamplePharmacies,
    ExampleCards,
    ExampleTable,
    ExampleApi,
    ExampleCsv,
)
WALKS: tuple[type[ExampleList], ...] = (ExampleNames, ExampleSitemap)
"""Those that ask for a page an entry."""


def example_spiders(base: str, *, walks: bool = False) -> list[type[ListSpider]]:
    """The example sources, pointed at an example site; with `walks` also those that ask for a page an entry."""
    ExampleList.base = base
    return [*EXAMPLES, *(WALKS if walks else ())]
