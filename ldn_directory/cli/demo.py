"""Sources for the invented example lists, which `ldn demo` crawls. Being our own, they need no acceptance."""

from __future__ import annotations

from typing import ClassVar

from ldn_directory.crawl.base_spider import ListSpider
from ldn_directory.families import DrupalView, HtmlCards, HtmlTable, JsonApi, TabularFile
from ldn_directory.model import Evidence, Kind, Source


def example_source(title: str, kind: Kind = Kind.PRESCRIBER) -> Source:
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
    source = example_source("Example society: prescribers")
    path = "/drupal/prescribers"


class ExamplePharmacies(DrupalView, ExampleList):
    """A Drupal view as rows."""

    name = "example_pharmacies"
    source = example_source("Example society: pharmacies", Kind.PHARMACY)
    path = "/drupal/pharmacies"


class ExampleCards(HtmlCards, ExampleList):
    """Cards with protected e-mails."""

    name = "example_cards"
    source = example_source("Example practitioners' cards")
    path = "/cards"
    rows = ".practitioner-card"


class ExampleTable(HtmlTable, ExampleList):
    """A plain table."""

    name = "example_table"
    source = example_source("Example table")
    path = "/table"
    page_seconds = 30.0  # all rows stand on one page, however many practitioners are invented


class ExampleApi(JsonApi, ExampleList):
    """A JSON endpoint in pages."""

    name = "example_api"
    source = example_source("Example locations")
    path = "/api/locations?page=1&per_page=100"
    paging = ("page", "page", 1)


class ExampleCsv(TabularFile, ExampleList):
    """A CSV file."""

    name = "example_csv"
    source = example_source("Example spreadsheet")
    path = "/list.csv"


EXAMPLES: tuple[type[ExampleList], ...] = (
    ExamplePrescribers,
    ExamplePharmacies,
    ExampleCards,
    ExampleTable,
    ExampleApi,
    ExampleCsv,
)


def example_spiders(base: str) -> list[type[ListSpider]]:
    """The example sources, pointed at an example site."""
    ExampleList.base = base
    return list(EXAMPLES)
