"""Sources of the example site whose crawls ask for a page an entry. A module of its own, so that workers can import it."""

from __future__ import annotations

from ldn_directory.cli.demo import ExampleList, example_source
from ldn_directory.families import AnyHtml, StructuredData


class ExampleNames(AnyHtml, ExampleList):
    """Names and places, with the contact data on a page each."""

    name = "example_names"
    source = example_source("Example practitioners by name")
    path = "/cards/names"
    details = True


class ExampleSitemap(StructuredData, ExampleList):
    """Pages of one entry each, found by robots.txt and the sitemap that it names."""

    name = "example_sitemap"
    source = example_source("Example finder, page by page")
    path = "/robots.txt"
    sitemap_rule = r"/jsonld/\d+$"
