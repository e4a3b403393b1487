"""Sources whose pages harm the process that reads them. A module of its own, because worker processes import it by its name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping

from ldn_directory.crawl.page_worker import Context
from ldn_directory.extract.page import Page
from ldn_directory.families import HtmlTable
from ldn_directory.model import Evidence, Extraction, Source


class Table(HtmlTable):
    """A table that a test hands over."""

    name = "table"
    source = Source(title="A table", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="row")


class Deadly(Table):
    """A list whose every page ends the process that reads it, as a fault in a parser would."""

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        os.kill(os.getpid(), signal.SIGSEGV)
        return Extraction()


class Greedy(Table):
    """A list whose every page needs more memory than a page may."""

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        bytearray(8 * 1024**3)
        return Extraction()


class Endless(Table):
    """A list whose every page takes for ever."""

    page_seconds = 0.3

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        while True:
            time.sleep(0.01)
