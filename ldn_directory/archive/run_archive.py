"""What one crawl of one source adds to the archive: its WARC file, and its pages in the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ldn_directory.storage import utc_now

from .page_result import PageResult
from .warc_archive import Archive, StoredResponse, Visit, digest_of
from .warc_file import WarcFile


class RunArchive:
    """The archive as one crawl of one source sees it, with `runs/<run>/<source>/` as its folder.

    A full or failing disk ends the crawl instead of raising: `lost` then says what happened.
    """

    def __init__(self, data: Path, run_id: str, source_id: str) -> None:
        self.run_id, self.source_id = run_id, source_id
        self.folder = data / "runs" / run_id / source_id
        self.index = Archive(data)
        self.warc = WarcFile(self.folder / "pages.warc.gz", data)
        self.responses = 0
        self.pages = 0
        self.lost: str | None = None

    @contextmanager
    def catch_loss(self) -> Iterator[None]:
        """Turns an OSError in the block into the reason why this crawl is lost."""
        try:
            yield
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            self.lost = self.lost or f"what is read cannot be kept: {error.strerror or error}{where}"

    def add_response(
        self, url: str, status: int, reason: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> StoredResponse | None:
        """Writes a response to the WARC file; None if that failed."""
        sent = tuple(headers)
        with self.catch_loss():
            position = self.warc.write(url, status, reason, sent, body, utc_now())
            return StoredResponse(url=url, status=status, headers=sent, warc=self.warc.name, position=position)
        return None

    def add_visit(self, url: str, body: bytes, context: Mapping[str, object], stored: StoredResponse | None) -> Visit:
        """Notes in the index that a page is handed to extraction; `stored` is None for what came from no server."""
        if stored is None:
            stored = self.add_response(url, 200, "OK", (), body)
        if stored is None:
            stored = StoredResponse(url=url, status=200, headers=(), warc=self.warc.name, position=0)
        digest = digest_of(url, context, body)
        visit = Visit(ordinal=self.pages, url=url, context=context, stored=stored, digest=digest)
        self.pages += 1
        with self.catch_loss():
            self.index.add_visit(self.run_id, self.source_id, visit)
        return visit

    def forget_visits(self) -> None:
        """Begins the walk anew: what the run has fetched stays, but not what it handed to extraction."""
        self.pages = 0
        with self.catch_loss():
            self.index.drop_visits(self.run_id, self.source_id)

    def cached_result(self, version: str, digest: bytes) -> PageResult | None:
        """What this version of the extraction made of the same page before."""
        with self.catch_loss():
            return self.index.cached_result(self.source_id, version, digest)
        return None

    def cache_result(self, version: str, digest: bytes, result: PageResult) -> None:
        """Keeps a result for the next time that the same page is read."""
        with self.catch_loss():
            self.index.cache_result(self.source_id, version, digest, self.run_id, result)

    def close(self) -> None:
        """Closes the files."""
        with self.catch_loss():
            self.warc.close()
            self.index.close()
