"""The targets of a probe: a file, or a page that is fetched together with the list it embeds."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import LxmlError

from ldn_directory.crawl.fetch import CannotFetch, Fetch, FetchedPage, run_with_fetch
from ldn_directory.crawl.page_worker import PageParser, TooSlow, time_limit
from ldn_directory.extract.candidates import FAULTS
from ldn_directory.extract.choosing import fullness
from ldn_directory.extract.onward import embedded_lists
from ldn_directory.extract.page import MAX_BYTES, Page, PageTooBig
from ldn_directory.extract.topic import find_mention
from ldn_directory.model import Problem

from .detect import Choice, Findings, probe, read_as_spider
from .explain import explain
from .spider_file import as_list_for_ldn

MOST_HOPS = 3
SECONDS = 60.0
"""For all readings of one page together; a crawl allows five for the family that it knows."""
MEDIA_TYPES = {
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".xml": "application/xml",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found at an address or in a file."""

    where: str
    """The address or file that was probed."""
    page: Page
    """The page that the listings are on."""
    found: Findings
    loaded_from: str | None = None
    """The address of the list that the page at `where` embeds, if the listings are there."""
    read_by: str | None = None
    """The source whose spider read the page, if one was named."""
    looked_at: tuple[str, ...] = ()
    """Pages around it that were searched for low-dose naltrexone."""

    def as_json(self) -> dict[str, Any]:
        """The findings as plain JSON values."""
        found = self.found
        return {
            "where": self.where,
            "family": found.family,
            "confidence": found.confidence,
            "listings": [listing.as_json() for listing in found.listings],
            "texts": list(found.texts),
            "explanation": [] if self.read_by else explain(found),
            "problems": [str(problem) for problem in found.problems],
            "unplaced": list(found.unplaced),
            "total": found.total,
            "fill": dict(found.fill),
            "runner_up": asdict(found.runner_up) if found.runner_up else None,
            "terms": found.terms,
            "topic": asdict(found.mention) if found.mention else None,
            "looked_at": list(self.looked_at),
            "follow": list(found.follow),
            "loaded_from": self.loaded_from,
            "read_by": self.read_by,
            "spider": found.spider,
        }


def probe_target(
    where: str,
    contact: str = "",
    spider: type[PageParser] | None = None,
    choice: Choice | None = None,
    **settings: Any,
) -> Report:
    """What is found in a file, or at an address and in the lists that its page embeds. Raises CannotFetch.

    With a `spider`, only what that reads in the file or at the address itself; with a `choice`, what is read there in
    that way (raises CannotRead if that is not possible).

    Only one address can be probed in a process, since Twisted's reactor ends with it. `settings` are Scrapy's.
    """
    if not where.lower().startswith(("http://", "https://")):
        page = read_file(Path(where))
        if spider:
            return _read_by(spider, where, page, {})
        return Report(where=where, page=page, found=_findings(page, choice=choice))

    async def work(fetch: Fetch) -> Report:
        if not spider and not choice:
            return await _look_around(fetch, await probe_address(fetch, where))
        page = _as_page(answer := await fetch(where, is_named=True))
        if spider:
            return _read_by(spider, where, page, answer.headers)
        found = Report(where=where, page=page, found=_findings(page, answer.headers, choice=choice))
        return await _look_around(fetch, found)

    return run_with_fetch(work, contact=contact.strip(), **settings)


async def _look_around(fetch: Fetch, report: Report) -> Report:
    """The report; if the page does not speak of low-dose naltrexone, with what the front page of its site says."""
    parts, found = urlsplit(report.where), report.found
    front = f"{parts.scheme}://{parts.netloc}/"
    if found.mention or not found.listings or report.where == front:
        return report
    try:
        mention = find_mention(_as_page(await fetch(front)))
    except (CannotFetch, *FAULTS):
        return report
    if mention is None:
        return replace(report, looked_at=(front,))
    spider = as_list_for_ldn(found.spider) if found.spider else None
    return replace(report, found=replace(found, mention=mention, spider=spider), looked_at=(front,))


def _read_by(spider: type[PageParser], where: str, page: Page, headers: Mapping[str, str]) -> Report:
    return Report(where=where, page=page, found=read_as_spider(spider, page, headers), read_by=spider.name)


async def probe_address(fetch: Fetch, where: str) -> Report:
    """What is found at an address. Lists that the page embeds are fetched if it holds at most one entry itself.

    Raises CannotFetch if the page itself cannot be fetched; embedded lists that cannot be are among the problems.
    """
    outer = _as_page(answer := await fetch(where, is_named=True))
    found = _findings(outer, answer.headers)
    if len(found.listings) > 1 and not embedded_lists(outer):
        return Report(where=where, page=outer, found=found)
    failed: list[Problem] = []
    for address in found.follow[:MOST_HOPS]:
        inner = await _probe_embedded(fetch, outer, address)
        if isinstance(inner, Problem):
            failed.append(inner)
        elif _worth(inner.found) > _worth(found):
            source = Problem(page=outer.url, what=f"the list is loaded from {address}")
            warned = (one for one in found.problems if "ask the publisher" in one.what or "login" in one.what)
            problems = (source, *warned, *failed, *inner.found.problems)
            return replace(inner, where=where, loaded_from=address, found=replace(inner.found, problems=problems))
    return Report(where=where, page=outer, found=replace(found, problems=(*found.problems, *failed)))


async def _probe_embedded(fetch: Fetch, outer: Page, address: str) -> Report | Problem:
    """What is found in an embedded list, or why it could not be read."""
    try:
        page = _as_page(answer := await fetch(address))
        return Report(where=address, page=page, found=_findings(page, answer.headers, home=outer))
    except CannotFetch as error:
        return Problem(page=outer.url, what=f"{address} is embedded, but could not be read: {error}")


def _worth(found: Findings) -> float:
    return sum(fullness(listing) for listing in found.listings)


def _as_page(answer: FetchedPage) -> Page:
    return Page(answer.url, answer.body, answer.headers.get("content-type"))


def _findings(
    page: Page, headers: Mapping[str, str] | None = None, home: Page | None = None, choice: Choice | None = None
) -> Findings:
    try:
        with time_limit(SECONDS):
            return probe(page, headers, home, choice)
    except TooSlow:
        raise CannotFetch(
            f"{page.url} could not be read within {SECONDS:g} s: probe a part of it, saved as a file"
        ) from None
    except MemoryError:
        raise CannotFetch(f"{page.url} needs more memory than there is") from None
    except PageTooBig as error:
        raise CannotFetch(str(error)) from None
    except (*FAULTS, LxmlError) as error:
        raise CannotFetch(f"{page.url} could not be read: {type(error).__name__}: {str(error)[:200]}") from error


def read_file(path: Path) -> Page:
    """A file as a page. Raises CannotFetch."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise CannotFetch(f"{path} is no file: give a page, a file, or an address that begins with https://")
        if about.st_size > MAX_BYTES:
            raise CannotFetch(f"{path}: {about.st_size:,} bytes, more than the {MAX_BYTES:,} that are read")
        return Page(path.absolute().as_uri(), path.read_bytes(), MEDIA_TYPES.get(path.suffix.lower()))
    except FileNotFoundError:
        raise CannotFetch(f"{path}: there is no such file; a web address begins with http:// or https://") from None
    except OSError as error:
        raise CannotFetch(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise CannotFetch(f"{str(path)!r} is no file name: {error}") from None
