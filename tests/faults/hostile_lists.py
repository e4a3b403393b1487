"""Sources that stand on a hostile server, as a maintainer would state them. Loaded by the `ldn` of these tests only.

They need no acceptance, so that only the other gates stand between them and the directory.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace

from ldn_directory.crawl.page_worker import Context
from ldn_directory.extract.page import Page
from ldn_directory.families import DrupalView, HtmlCards, HtmlTable, JsonApi, TabularFile
from ldn_directory.model import Evidence, Expect, Source

SITE = os.environ.get("LDN_TEST_SITE", "http://127.0.0.1:9")


def _source(title: str) -> Source:
    return Source(
        title=title,
        homepage="https://example.org/",
        evidence=Evidence.LISTED,
        record_key="row",
        needs_acceptance=False,
        expect=Expect(at_least=1),
    )


class Good(TabularFile):
    """A list that is always as it should be: what happens to the others must not happen to it."""

    name = "good"
    source = _source("A good list")
    start_urls = [SITE.replace("127.0.0.1", "localhost") + "/good.csv"]


class Waiting(TabularFile):
    """The good list as a source whose first harvest waits for a person."""

    name = "waiting"
    source = replace(_source("A list to look at"), needs_acceptance=True)
    start_urls = [SITE + "/good.csv"]


class Silent(TabularFile):
    """The good list as a new one, which does not say itself what it is about; another page and the front page may."""

    name = "unspoken"
    source = replace(
        _source("A list that does not say what it is about"),
        needs_acceptance=True,
        homepage=SITE + "/",
        about_page=SITE + "/about",
    )
    start_urls = [SITE + "/good.csv"]


class Csv(TabularFile):
    """A CSV file."""

    name = "bad_csv"
    source = _source("A CSV file")
    start_urls = [SITE + "/list.csv"]


class Table(HtmlTable):
    """A table, with further pages."""

    name = "bad_table"
    source = _source("A table")
    start_urls = [SITE + "/table"]


class Hasty(HtmlTable):
    """More tables than there is room for at the workers, and a fault in the quick search for further pages."""

    name = "bad_hasty"
    source = _source("Tables")
    start_urls = [f"{SITE}/table?{number}" for number in range(12)]

    @classmethod
    def next_pages(cls, page: Page, context: Context) -> tuple[str, ...]:
        raise RuntimeError("a fault in next_pages")


class Cards(HtmlCards):
    """Cards."""

    name = "bad_cards"
    source = _source("Cards")
    start_urls = [SITE + "/cards"]
    rows = ".card"


class View(DrupalView):
    """A Drupal view."""

    name = "bad_view"
    source = _source("A view")
    start_urls = [SITE + "/view"]


class Api(JsonApi):
    """A JSON endpoint."""

    name = "bad_api"
    source = _source("An endpoint")
    start_urls = [SITE + "/api"]


def _named(name: str, url: str) -> type[TabularFile]:
    """A CSV file at an address, called as a test wants it."""
    stated = {
        "name": name,
        "source": _source(name),
        "start_urls": [url],
        "__module__": __name__,
        "__doc__": "A CSV file.",
    }
    return type(name, (TabularFile,), stated)


vars().update({name: _named(name, url) for name, url in json.loads(os.environ.get("LDN_TEST_LISTS", "{}")).items()})
