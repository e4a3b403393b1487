"""The example site: invented lists, served for real on loopback."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from threading import RLock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from . import pages
from .practitioners import invent_practitioners
from .server import LoggedRequest, LoopbackServer, Reply
from .truth import Truth, truth_of
from .view import Answer, View, missing

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
MOST_CACHED_PAGES = 2048


@dataclass(frozen=True, slots=True)
class _CachedPage:
    """An answer with its validators."""

    answer: Answer
    etag: str
    last_modified: str


class ExampleSite:
    """Invented lists of every family on 127.0.0.1, the same for the same `seed` and `size`.

    `size` is the number of practitioners (100,000 take a few seconds); pages are written when they are requested.
    A context manager: it serves in a thread while the block runs.
    """

    def __init__(self, *, seed: int = 1, size: int = 300, port: int = 0, crawl_delay: float = 0) -> None:
        self._random = Random(seed + 1)
        self._lock = RLock()
        self._truth = truth_of(invent_practitioners(size, seed), seed)
        self._crawl_delay = crawl_delay
        self._edits: dict[str, int] = dict.fromkeys(pages.RENDERERS, 0)
        self._pages: OrderedDict[tuple[str, str], _CachedPage] = OrderedDict()
        self._server = LoopbackServer(self._reply, port)
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serves in a thread until `stop`."""
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="example site", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops serving and closes every connection."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    @property
    def url(self) -> str:
        """The root's address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def addresses(self) -> dict[str, str]:
        """The address of each list, by its name."""
        return {name: f"{self.url}/{name}" for name in pages.RENDERERS}

    @property
    def truth(self) -> Truth:
        """What the lists state at this moment."""
        return self._truth

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, in order."""
        return self._server.log()

    def _reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        """The response to a GET of `target`, with 304 where the client's copy is still good (RFC 9110, section 13)."""
        with self._lock:
            page = self._page(target)
        answer = page.answer
        out = {"Content-Type": answer.content_type, **answer.headers}
        if answer.status != 200:
            return Reply(answer.status, out, answer.body)
        out |= {"ETag": page.etag, "Last-Modified": page.last_modified, "Cache-Control": "no-cache"}
        if _is_current(page, headers):
            return Reply(304, out, b"")
        return Reply(200, out, answer.body)

    def _page(self, target: str) -> _CachedPage:
        parts = urlsplit(target)
        name, rest = pages.list_at(parts.path) or ("", "")
        place = name, target
        if place not in self._pages:
            answer = self._list_page(name, rest, parts.query) if name else self._other_page(parts.path)
            if answer.status != 200:
                return _CachedPage(answer, "", "")
            self._pages[place] = self._with_validators(answer, name)
            if len(self._pages) > MOST_CACHED_PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(place)
        return self._pages[place]

    def _with_validators(self, answer: Answer, name: str) -> _CachedPage:
        edits = self._edits[name] if name else max(self._edits.values())
        return _CachedPage(
            answer,
            f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"',
            format_datetime(FIRST_DAY + timedelta(hours=edits), usegmt=True),
        )

    def _list_page(self, name: str, rest: str, query: str) -> Answer:
        return pages.RENDERERS[name](self._view(name, rest, query))

    def _view(self, name: str, rest: str, query: str) -> View:
        return View(
            truth=self._truth,
            entries=self.truth.lists[name],
            path=f"/{name}",
            rest=rest,
            query=dict(parse_qsl(query, keep_blank_values=True)),
        )

    def _other_page(self, path: str) -> Answer:
        match path:
            case "/":
                return pages.index()
            case "/about":
                return pages.about()
            case "/robots.txt":
                return pages.robots(self._crawl_delay)
            case "/sitemap.xml":
                return pages.sitemap(self._truth, self.url)
            case _:
                return missing("page at this address")


def _is_current(page: _CachedPage, headers: Mapping[str, str]) -> bool:
    """Whether the client's copy is current. If-None-Match, where present, decides alone (RFC 9110, section 13.2.2)."""
    if tags := headers.get("if-none-match"):
        return tags.strip() == "*" or page.etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    return headers.get("if-modified-since") == page.last_modified
