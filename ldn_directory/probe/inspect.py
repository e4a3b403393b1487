"""Reads a file, or fetches a page and the list that it embeds, and has them looked at."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import LxmlError

from ldn_directory.crawl.fetch import CannotFetch, Fetch, Fetched, fetching
from ldn_directory.crawl.page_worker import TooSlow, time_limit
from ldn_directory.crawl.politeness import is_private
from ldn_directory.extract.candidates import fullness
from ldn_directory.extract.page import MAX_BYTES, Page, PageTooBig
from ldn_directory.model import Problem

from .detect import Findings, embedded, probe

MOST_HOPS = 3
SECONDS = 60.0
"""For all readings of one page together; a crawl gives the one family that it knows five."""
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
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was made of an address or a file."""

    where: str
    """As asked for."""
    page: Page
    """The page that the listings stand on."""
    found: Findings
    loaded_from: str | None = None
    """The address of the list that the page at `where` embeds, if the listings stand there."""

    def as_json(self) -> dict[str, Any]:
        """The findings as plain JSON values."""
        found = self.found
        return {
            "where": self.where,
            "family": found.family,
            "confidence": found.confidence,
            "listings": [listing.as_json() for listing in found.listings],
            "problems": [str(problem) for problem in found.problems],
            "unplaced": list(found.unplaced),
            "total": found.total,
            "fill": dict(found.fill),
            "runner_up": asdict(found.runner_up) if found.runner_up else None,
            "terms": found.terms,
            "follow": list(found.follow),
            "loaded_from": self.loaded_from,
            "spider": found.spider,
        }


def look_at(where: str, contact: str = "", **changed: Any) -> Look:
    """What is found at an address, one hop of embedded lists followed, or in a file. Raises CannotFetch.

    An address can be looked at once a process (Twisted's reactor ends with it); `changed` are Scrapy settings.
    """
    if not where.lower().startswith(("http://", "https://")):
        page = file_page(Path(where))
        return Look(where=where, page=page, found=_probed(page))

    async def work(fetch: Fetch) -> Look:
        return await look(fetch, where)

    return fetching(work, contact=contact.strip(), **changed)


async def look(fetch: Fetch, where: str) -> Look:
    """What is found at an address. A list that the page embeds is fetched if the page itself has none, or at most one entry.

    Raises CannotFetch if the page itself cannot be had; an embedded list that cannot is among the problems.
    """
    outer = _as_page(answer := await fetch(where))
    found = _probed(outer, answer.headers)
    if len(found.listings) > 1 and not embedded(outer):
        return Look(where=where, page=outer, found=found)
    failed: list[Problem] = []
    for address in found.follow[:MOST_HOPS]:
        inner = await _hop(fetch, outer, address)
        if isinstance(inner, Problem):
            failed.append(inner)
        elif _worth(inner.found) > _worth(found):
            said = Problem(page=outer.url, what=f"the list is loaded from {address}")
            problems = (said, *_warnings_of(found), *failed, *inner.found.problems)
            return replace(inner, where=where, loaded_from=address, found=replace(inner.found, problems=problems))
    return Look(where=where, page=outer, found=replace(found, problems=(*found.problems, *failed)))


async def _hop(fetch: Fetch, outer: Page, address: str) -> Look | Problem:
    """The embedded list, or why it could not be read."""
    if reason := _forbidden(outer.url, address):
        return Problem(page=outer.url, what=f"{address} is embedded, but {reason}: not fetched")
    try:
        answer = await fetch(address)
        page = _as_page(answer)
        found = _probed(page, answer.headers, home=outer)
    except CannotFetch as error:
        return Problem(page=outer.url, what=f"{address} is embedded, but could not be read: {error}")
    return Look(where=address, page=page, found=found)


def _forbidden(outer: str, address: str) -> str | None:
    """In words, why a page may not send us to an address: only a private site may embed its own private addresses."""
    try:
        here, there = urlsplit(outer), urlsplit(address)
        if not is_private(there.hostname or ""):
            return None
        return None if here.netloc == there.netloc else "is a private address"
    except ValueError:
        return "is no address"


def _worth(found: Findings) -> float:
    return sum(fullness(listing) for listing in found.listings)


def _warnings_of(outer: Findings) -> list[Problem]:
    """What was said of the outer page's use (not of its missing list)."""
    return [
        problem for problem in outer.problems if any(word in problem.what for word in ("ask the publisher", "login"))
    ]


def _as_page(answer: Fetched) -> Page:
    return Page(answer.url, answer.body, answer.headers.get("content-type"))


def _probed(page: Page, headers: Mapping[str, str] | None = None, home: Page | None = None) -> Findings:
    try:
        with time_limit(SECONDS):
            return probe(page, headers, home)
    except TooSlow:
        raise CannotFetch(
            f"{page.url} could not be read within {SECONDS:g} s: probe a part of it, saved as a file"
        ) from None
    except MemoryError:
        raise CannotFetch(f"{page.url} needs more memory than there is") from None
    except PageTooBig as error:
        raise CannotFetch(str(error)) from None
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, LxmlError) as error:
        raise CannotFetch(f"{page.url} could not be read: {type(error).__name__}: {str(error)[:200]}") from error


def file_page(path: Path) -> Page:
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
