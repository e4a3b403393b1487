"""The project's own list of organisations with a public page on low-dose naltrexone, noted by people who read it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime

from ldn_directory.crawl.base_spider import ListSpider
from ldn_directory.crawl.page_worker import Context
from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import curated
from ldn_directory.model import Evidence, Expect, Extraction, Kind, Source
from ldn_directory.storage import DATA, editable_file


class Curated(ListSpider):
    """Organisations with the page that is their evidence, one row each, in `data/curated.csv`."""

    name = "curated"
    page_seconds = 60.0
    source = Source(
        title="Organisations with a page on LDN",
        publisher="LDN directory",
        homepage="/sources",
        licence="Facts from each organisation's own public page; the compilation is CC BY 4.0",
        evidence=Evidence.OWN_SITE,
        record_key="hash of name, region and phone; changes when one of these is corrected",
        kind=Kind.PHARMACY,
        every_days=1,
        expect=Expect(at_least=20),
        needs_acceptance=False,
        rechecked=True,
    )

    @classmethod
    def addresses(cls) -> list[str]:
        """The file in the data folder if it is there, else the project's own."""
        return [editable_file(os.environ.get("LDN_DATA", DATA), curated.FILE).as_uri()]

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return curated.extract(page, _today())

    @classmethod
    def version(cls) -> str:
        """Another one each day: a row whose date lies in the future is good once that day has come."""
        return f"{super().version()}-{_today()}"


def _today() -> date:
    return datetime.now(UTC).date()
