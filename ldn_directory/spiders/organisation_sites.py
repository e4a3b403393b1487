"""The own sites of the organisations in the curated list: where they are, how they are reached, whom they serve."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Request, Response

from ldn_directory.crawl.base_spider import ListSpider
from ldn_directory.crawl.limits import PageChain
from ldn_directory.crawl.middlewares import RobotsForbidden, SiteBlocked, refusal
from ldn_directory.crawl.page_worker import Context
from ldn_directory.crawl.recheck import GONE
from ldn_directory.extract.html import organisation
from ldn_directory.extract.html.site_links import site_links
from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets import curated
from ldn_directory.model import Evidence, Extraction, Grade, Kind, Source
from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.web import host_of, site_key
from ldn_directory.storage import DATA, editable_file

MOST_FURTHER = 5
"""Pages of a site besides its front page and its page on LDN."""


class OrganisationSites(ListSpider):
    """For each row of `data/curated.csv`: its page on LDN, its front page and what these call contact or the like."""

    name = "organisation_sites"
    page_seconds = 10.0
    # Each site stands for itself: one that refuses ends nothing else.
    custom_settings = {"LDN_STOP_WHEN_BLOCKED": False}
    source = Source(
        title="Their own websites",
        publisher="LDN directory",
        homepage="/sources",
        licence="Facts from each organisation's own public pages; the compilation is CC BY 4.0",
        evidence=Evidence.OWN_SITE,
        record_key="the organisation's website, with the address of each further place",
        kind=Kind.CLINIC,
        every_days=7,
        needs_acceptance=False,
        completes="curated",
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.asked: dict[str, set[str]] = {}

    @classmethod
    def rows(cls) -> list[dict[str, Any]]:
        """What is known of each organisation, from the curated list. Raises UnreadableFile."""
        path = editable_file(os.environ.get("LDN_DATA", DATA), curated.FILE)
        return _contexts(path.read_bytes())

    @classmethod
    def addresses(cls) -> list[str]:
        """The front page and the page on LDN of each organisation."""
        return list(dict.fromkeys(url for row in cls.rows() for url in (row["front"], row["evidence"])))

    @classmethod
    def extract(cls, page: Page, headers: Mapping[str, str], context: Context) -> Extraction:
        return organisation.extract(page, context)

    @classmethod
    def follow(cls, extraction: Extraction, page: Page, context: Context) -> list[tuple[str, dict[str, Any]]]:
        if context["role"] not in ("front", "evidence") or host_of(page.url) != host_of(context["front"]):
            return []
        return [(link.address, {**context, "role": link.kind}) for link in site_links(page, context["below"])]

    async def start(self) -> AsyncIterator[Request]:
        hidden = self.run.hidden
        for row in self.rows():
            if hidden and hidden.names_anyone(f"{row['name']} {row['front']}"):
                continue
            for role in ("front", "evidence"):
                if request := self._once(row[role], row | {"role": role}):
                    yield request

    async def parse(
        self, response: Response, context: dict[str, Any] | None = None
    ) -> AsyncIterator[Request | dict[str, Any]]:
        async for found in super().parse(response, context):
            if isinstance(found, Request):
                if request := self._once(found.url, found.cb_kwargs["context"]):
                    yield request
            else:
                yield found

    def page_request(self, url: str, context: Context, chain: PageChain | None = None) -> Request:
        # Several organisations may share a page: each asks for it.
        return super().page_request(url, context, chain).replace(dont_filter=True)

    def _once(self, url: str, context: Context) -> Request | None:
        """A request for a page that was not asked for, unless the organisation has had its share."""
        asked = self.asked.setdefault(context["organisation"], set())
        bare = url.partition("#")[0].rstrip("/")
        if bare in asked or len(asked) >= MOST_FURTHER + 2:
            return None
        asked.add(bare)
        return self.page_request(url, context)

    def page_failed(self, failure: Any) -> None:
        """Notes why a page was not had: that costs its own organisation, if anybody, its values of today."""
        request, error = failure.request, failure.value
        context = request.cb_kwargs["context"]
        kind, why = _judge(error)
        self.run.visits.failed(request.meta.get("redirect_urls", [request.url])[0], context, kind, why)


def _judge(error: Exception) -> tuple[str, str]:
    """(gone, moved, refused or down; why)."""
    if response := getattr(error, "response", None):
        if why := refusal(response):
            return "refused", why
        return "gone" if response.status in GONE else "down", f"answered {response.status}"
    reason = getattr(error, "reason", "")
    match error:
        case RobotsForbidden():
            return "refused", "is forbidden by robots.txt"
        case SiteBlocked():
            return "refused", reason
    if reason == "is another site":
        return "moved", str(error)
    return "down", str(error).split("\n")[0][:200] or type(error).__name__


def _contexts(body: bytes) -> list[dict[str, Any]]:
    rows, _ = curated.read_rows(body, datetime.now(UTC).date())
    hosts = [host_of(row["website"] or row["evidence_url"]) for row in rows]
    found = []
    for row, host in zip(rows, hosts, strict=True):
        front = row["website"] or _root(row["evidence_url"])
        land = country(row["country"])
        part = region(row["region"], land.code if land else None) if row["region"] else None
        only_writes = (row["kind"], row["grade"]) == (Kind.PRESCRIBER, Grade.WRITES_ABOUT)
        path = urlsplit(front).path.rstrip("/")
        found.append(
            {
                "organisation": site_key(row["website"] or row["evidence_url"]),
                "name": row["organisation"],
                "kind": "clinic" if only_writes else row["kind"],
                "country": land.name if land else "",
                "country_code": land.code if land else None,
                "region_code": part.code if part else None,
                "city": row["city"],
                "phones": row["phone"],
                "front": front,
                "evidence": row["evidence_url"],
                # A branch of a chain, or one of several organisations on a host, has pages of its own only.
                "below": path if path and (hosts.count(host) > 1 or _is_branch(path)) else "",
            }
        )
    return found


def _is_branch(path: str) -> bool:
    """Whether a website is a part of a larger one; a language or a start page is none."""
    last = path.rpartition("/")[2].partition(".")[0].lower()
    return len(last) > 2 and last not in ("index", "home", "start", "default")


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
