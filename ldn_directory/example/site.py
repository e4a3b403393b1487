"""The example site: invented lists on loopback, served for real, and controls for what goes wrong with real ones."""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from threading import RLock, Thread
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from . import pages
from .practitioners import Practitioner, changed, invented
from .redesign import redesigned
from .server import Asked, LoopbackServer, Reply
from .truth import Truth, truth_of
from .view import Answer, View, missing

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
KEPT_PAGES = 2048


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An answer with its validators; `zipped` is empty unless the site compresses."""

    answer: Answer
    etag: str
    last_modified: str
    zipped: bytes


class ExampleSite:
    """Invented lists of every family on 127.0.0.1, the same for the same `seed` and `size`.

    `size` is the number of practitioners (100,000 take a few seconds); pages are written when they are asked for.
    A context manager: it serves in a thread while the block runs. Controls may be used from any thread.
    """

    def __init__(
        self, *, seed: int = 1, size: int = 300, port: int = 0, crawl_delay: float = 0, gzip: bool = False
    ) -> None:
        self._chance = Random(seed + 1)
        self._lock = RLock()
        self._truth = truth_of(invented(size, seed), seed)
        self._crawl_delay, self._gzip = crawl_delay, gzip
        self._edits: dict[str, int] = dict.fromkeys(pages.RENDERERS, 0)
        self._redesigned: set[str] = set()
        self._emptied: set[str] = set()
        self._failing: dict[str, int] = {}
        self._busy = True
        self._pages: OrderedDict[tuple[str, str], _Prepared] = OrderedDict()
        self._server = LoopbackServer(self._reply, port)
        self._thread: Thread | None = None

    def __enter__(self) -> ExampleSite:
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
        with self._lock:
            lists = {name: () if name in self._emptied else entries for name, entries in self._truth.lists.items()}
            return Truth(practitioners=self._truth.practitioners, lists=lists)

    @property
    def requests(self) -> list[Asked]:
        """Every request so far, in order."""
        return self._server.log()

    def change(self, n: int) -> tuple[Practitioner, ...]:
        """Moves n practitioners to another street and number; gives them as they are now."""
        with self._lock:
            moved = [changed(self._truth.practitioners[number], self._chance) for number in self._some(n)]
            people = {**self._truth.practitioners, **{practitioner.number: practitioner for practitioner in moved}}
            self._edited({practitioner.number for practitioner in moved})
            self._truth = replace(self._truth, practitioners=people)
            return tuple(moved)

    def remove(self, n: int) -> tuple[Practitioner, ...]:
        """Takes n practitioners off every list; gives those taken."""
        with self._lock:
            gone = self._some(n)
            self._edited(gone)
            lists = {}
            for name, entries in self._truth.lists.items():
                left = ((entry, tuple(who for who in entry.people if who not in gone)) for entry in entries)
                lists[name] = tuple(replace(entry, people=people) for entry, people in left if people)
            removed = tuple(self._truth.practitioners[number] for number in sorted(gone))
            people = {number: who for number, who in self._truth.practitioners.items() if number not in gone}
            self._truth = Truth(practitioners=people, lists=lists)
            return removed

    def break_layout(self, name: str) -> None:
        """Redesigns a list: classes, labels and columns get other names, and half of the entries are missing."""
        with self._lock:
            self._redesigned.add(self._known(name))
            self._touch(name)

    def empty(self, name: str) -> None:
        """Leaves a list without entries, still answering 200."""
        with self._lock:
            self._emptied.add(self._known(name))
            self._touch(name)

    def fail(self, name: str, status: int) -> None:
        """Makes a list (or `robots.txt`) answer with an error status from now on."""
        with self._lock:
            self._failing[name if name == "robots.txt" else self._known(name)] = status

    def restore(self, name: str) -> None:
        """Undoes `break_layout`, `empty` and `fail` for a list."""
        with self._lock:
            self._failing.pop(name, None)
            self._redesigned.discard(name)
            self._emptied.discard(name)
            if name in self._edits:
                self._touch(name)

    def _some(self, n: int) -> set[int]:
        numbers = list(self._truth.practitioners)
        return set(self._chance.sample(numbers, min(n, len(numbers))))

    def _known(self, name: str) -> str:
        if name not in self._edits:
            raise ValueError(f"there is no list {name!r}; there are {', '.join(self._edits)}")
        return name

    def _edited(self, numbers: set[int]) -> None:
        for name, entries in self._truth.lists.items():
            if any(not numbers.isdisjoint(entry.people) for entry in entries):
                self._touch(name)

    def _touch(self, name: str) -> None:
        self._edits[name] += 1
        for place in [place for place in self._pages if place[0] in (name, "")]:
            del self._pages[place]

    def _reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        """The response to a GET of `target`, with 304 where the client's copy is still good (RFC 9110, section 13)."""
        with self._lock:
            prepared = self._prepared(target)
        answer = prepared.answer
        out = {"Content-Type": answer.content_type, **answer.headers}
        if answer.status != 200:
            return Reply(answer.status, out, answer.body)
        zipped = self._gzip and "gzip" in headers.get("accept-encoding", "")
        etag = f'{prepared.etag[:-1]}-gzip"' if zipped else prepared.etag
        out |= {"ETag": etag, "Last-Modified": prepared.last_modified, "Cache-Control": "no-cache"}
        if self._gzip:
            out["Vary"] = "Accept-Encoding"
        if _unchanged(etag, prepared.last_modified, headers):
            return Reply(304, out, b"")
        if zipped:
            return Reply(200, {**out, "Content-Encoding": "gzip"}, prepared.zipped)
        return Reply(200, out, answer.body)

    def _prepared(self, target: str) -> _Prepared:
        parts = urlsplit(target)
        found = pages.list_at(parts.path)
        status = self._failing.get(found[0] if found else parts.path.strip("/"))
        if status:
            failed = Answer(status=status, body=f"<!DOCTYPE html><title>{status}</title><h1>{status}</h1>".encode())
            return _Prepared(failed, "", "", b"")
        place = (found[0] if found else "", target)
        if place not in self._pages:
            answer = self._list_page(*found, parts.query) if found else self._other_page(parts.path)
            if answer.status != 200:
                return _Prepared(answer, "", "", b"")
            self._pages[place] = self._with_validators(answer, found[0] if found else None)
            if len(self._pages) > KEPT_PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(place)
        return self._pages[place]

    def _with_validators(self, answer: Answer, name: str | None) -> _Prepared:
        edits = self._edits[name] if name else max(self._edits.values())
        compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
        return _Prepared(
            answer,
            f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"',
            format_datetime(FIRST_DAY + timedelta(hours=edits), usegmt=True),
            compressor.compress(answer.body) + compressor.flush() if self._gzip else b"",
        )

    def _list_page(self, name: str, rest: str, query: str) -> Answer:
        entries = () if name in self._emptied else self._truth.lists[name]
        broken = name in self._redesigned
        view = View(
            truth=self._truth,
            entries=entries[: len(entries) // 2] if broken else entries,
            path=f"/{name}",
            rest=rest,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            redesigned=broken,
        )
        answer = pages.RENDERERS[name](view)
        return redesigned(answer) if broken else answer

    def _other_page(self, path: str) -> Answer:
        match path:
            case "/":
                return pages.index()
            case "/robots.txt":
                return pages.robots(self._crawl_delay)
            case "/sitemap.xml":
                return pages.sitemap(self._truth, self.url)
            case "/busy" if self._busy:
                self._busy = False
                return pages.BUSY
            case "/busy":
                return pages.index()
            case _:
                return pages.DOORS.get(path) or missing("page at this address")


def _unchanged(etag: str, last_modified: str, headers: Mapping[str, str]) -> bool:
    """Whether the client's copy is current. If-None-Match, where present, decides alone (RFC 9110, section 13.2.2)."""
    if asked := headers.get("if-none-match"):
        return asked.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in asked.split(","))
    return headers.get("if-modified-since") == last_modified
