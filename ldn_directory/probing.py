"""`ldn probe`: fetches one page, or reads a file, and has it looked at."""

from __future__ import annotations

import urllib.error
import urllib.request
import urllib.robotparser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from ldn_directory import __version__
from ldn_directory.crawl.politeness import is_private, leaves_site
from ldn_directory.extract.page import Page
from ldn_directory.extract.probe import Probed, probe

MOST_BYTES = 64 * 1024 * 1024
SECONDS = 60
KINDS = {
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
SAMPLE = 8


class CannotFetch(Exception):
    """The page could not be had; the message says why and what to do."""


class _WithinSite(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if reason := leaves_site(req.full_url, urljoin(req.full_url, newurl)):
            raise CannotFetch(f"{req.full_url} redirects to {newurl}, which {reason}: not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def probe_of(where: str, contact: str) -> dict[str, Any]:
    """What `probe` makes of an address or a file, one hop of embedded lists followed, as JSON values. Raises CannotFetch."""
    if not where.lower().startswith(("http://", "https://")):
        return _as_json(probe(file_page(Path(where))), where)
    found = probe(fetched_page(where, contact))
    if not found.listings and found.follow:
        for address in found.follow[:3]:
            try:
                inner = probe(fetched_page(address, contact))
            except CannotFetch:
                continue
            if inner.listings:
                return _as_json(inner, address)
    return _as_json(found, where)


def file_page(path: Path) -> Page:
    """A file as a page. Raises CannotFetch."""
    try:
        return Page(path.absolute().as_uri(), path.read_bytes(), KINDS.get(path.suffix.lower()))
    except OSError as error:
        raise CannotFetch(f"{path}: {error.strerror}") from None


def fetched_page(url: str, contact: str) -> Page:
    """One page from the web, politely: robots.txt obeyed and failing closed, redirects within the site. Raises CannotFetch."""
    host = urlsplit(url).hostname or ""
    if not contact and not is_private(host):
        raise CannotFetch(
            "no contact address is set, so no web site is touched: set LDN_CONTACT to an e-mail or web address "
            "where a site's owner reaches you, or save the page and probe the file"
        )
    agent = f"ldn-directory/{__version__} (+{contact})"
    opener = urllib.request.build_opener(_WithinSite, urllib.request.ProxyHandler({}))
    _ask_robots(opener, url, agent)
    body, kind, _ = _get(opener, url, agent)
    return Page(url, body, kind)


def _ask_robots(opener: urllib.request.OpenerDirector, url: str, agent: str) -> None:
    try:
        body, _, _ = _get(opener, urljoin(url, "/robots.txt"), agent)
    except CannotFetch as error:
        if (
            isinstance(error.__cause__, urllib.error.HTTPError)
            and error.__cause__.code < 500
            and error.__cause__.code != 429
        ):
            return
        raise CannotFetch(f"robots.txt cannot be had, which is taken as no: {error}") from error
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(body.decode("utf-8", "replace").splitlines())
    if not rules.can_fetch("ldn-directory", url):
        raise CannotFetch(f"robots.txt forbids {url}: ask the publisher, or save the page and probe the file")


def _get(opener: urllib.request.OpenerDirector, url: str, agent: str) -> tuple[bytes, str | None, int]:
    request = urllib.request.Request(url, headers={"User-Agent": agent})  # noqa: S310
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            body = answer.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise CannotFetch(f"{url} is larger than {MOST_BYTES >> 20} MB")
            return body, answer.headers.get("Content-Type"), answer.status
    except urllib.error.HTTPError as error:
        refused = " (the site does not want robots: ask the publisher, or save the page and probe the file)"
        raise CannotFetch(f"{url} answered {error.code}{refused if error.code in (401, 403) else ''}") from error
    except (OSError, ValueError) as error:
        raise CannotFetch(f"{url} could not be fetched: {getattr(error, 'reason', error)}") from error


def _as_json(found: Probed, where: str) -> dict[str, Any]:
    return {
        "where": where,
        "family": found.family,
        "confidence": found.confidence,
        "listings": [listing.as_json() for listing in found.listings],
        "problems": [str(problem) for problem in found.problems],
        "unplaced": list(found.unplaced),
        "total": found.total,
        "follow": list(found.follow),
        "spider": found.spider,
    }


def told(found: dict[str, Any]) -> str:
    """The findings for people."""
    lines = []
    if found["family"]:
        lines.append(
            f"{found['family']}, {found['confidence']:.0%} sure: {len(found['listings'])} listings in {found['where']}"
        )
    else:
        lines.append(f"No list was found in {found['where']}.")
    for row in found["listings"][:SAMPLE]:
        parts = (
            row["name"],
            row["credentials"],
            row["practice"],
            row["city"],
            row["region"],
            row["postcode"],
            row["country"],
            ", ".join(phone["raw"] for phone in row["phones"]),
            row["email"],
            row["website"],
        )
        lines.append("  - " + " | ".join(part for part in parts if part))
    lines += [f"! {problem}" for problem in found["problems"][:20]]
    lines += [f"embedded list: {address}" for address in found["follow"]]
    if found["spider"]:
        lines += ["", "# the spider", found["spider"]]
    return "\n".join(lines)


def saved(found: dict[str, Any]) -> Path:
    """Writes the spider file into `spiders/`; never over another."""
    from ldn_directory import spiders

    name = next(line.split('"')[1] for line in found["spider"].splitlines() if line.strip().startswith("name ="))
    path = Path(spiders.__path__[0]) / f"{name}.py"
    with path.open("x") as file:
        file.write(found["spider"])
    return path
