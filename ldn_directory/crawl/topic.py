"""Whether a list is about low-dose naltrexone: what its own pages say, or else the pages around it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar
from urllib.parse import urlsplit

from ldn_directory.extract.page import Page
from ldn_directory.model import Evidence, Extraction, Mention, Source, Where

from .page_worker import Context, PageParser

ENTRIES_SHARE = 0.5
"""Share of the entries that must say it themselves where no page does."""
_ORDER = list(Where)


class AboutParser(PageParser):
    """Reads a page around a list in a worker: no entries, only what it speaks of."""

    name = "about"
    source: ClassVar[Source] = Source(title="Pages around", homepage="", evidence=Evidence.LISTED, record_key="")

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return Extraction()


class TopicSearch:
    """Collects where the pages of one list, and those around it, speak of low-dose naltrexone."""

    def __init__(self) -> None:
        self.looked_at: list[str] = []
        """The pages around the list that were asked for; for one that could not be read, with the reason."""
        self._on_a_page: Mention | None = None
        self._in_entries: Mention | None = None

    def add(self, mention: Mention | None) -> None:
        """Takes what one page says."""
        if mention is None:
            return
        if mention.where is Where.ENTRIES:
            counted = self._in_entries.entries if self._in_entries else 0
            self._in_entries = replace(self._in_entries or mention, entries=counted + mention.entries)
        elif self._on_a_page is None or _ORDER.index(mention.where) < _ORDER.index(self._on_a_page.where):
            self._on_a_page = mention

    def found(self, entries: int) -> Mention | None:
        """The words that say most; None if nothing shows that a list of so many entries is about it."""
        if self._on_a_page or not self._in_entries:
            return self._on_a_page
        return self._in_entries if self._in_entries.entries >= ENTRIES_SHARE * max(1, entries) else None


def pages_around(source: Source, read: Collection[str]) -> Iterator[str]:
    """The pages that say what a list is about, if the list does not, except those `read` as pages of the list."""
    for url in dict.fromkeys(filter(None, (source.about_page, source.homepage))):
        if urlsplit(url).scheme in ("http", "https") and url not in read:
            yield url
