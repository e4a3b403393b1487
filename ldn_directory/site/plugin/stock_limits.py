"""Keeps Datasette's own pages ("stock" pages: tables, rows, canned queries) safe to offer on a public instance.

An ASGI layer around Datasette, for everything below the name of a database:

- A parameter that Datasette would answer with an error 500 or with megabytes is refused in a sentence.
- Few stock pages are made at once, in a thread of their own, so that our own pages never wait for them. Whoever does
  not fit into the queue gets a 503.
- No cache may keep an answer without asking again, whatever `_ttl` says: it could outlive the removal of an entry.
- In CSV, texts that a spreadsheet would run as formulas are marked as in all our CSV files.
"""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette.utils import tilde_decode
from datasette.utils.asgi import Request
from datasette.views.base import DatasetteError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ldn_directory.publish.data_package import cell
from ldn_directory.site.i18n.lazy_text import Phrase, phrase
from ldn_directory.site.pages.render import error_page
from ldn_directory.site.search import BadQuery
from ldn_directory.site.search.parameters import Parameter

from .middleware import Middleware, stock_policy

Pairs = list[tuple[str, str]]

MOST_FACETS = 6
MOST_FACET_VALUES = 100
MOST_HTML_ROWS = 100
"""Rows of an HTML table take a hundred times as long to make as rows of JSON or CSV."""
MOST_QUERY_BYTES = 2_048
"""Datasette repeats the query in the link of each facet value and each column."""
AT_ONCE = 2
"""Stock pages being made at the same time: they leave half of the threads that read the database to others."""
WAITING = 14
OF_ONE_CLIENT = 6
"""Stock pages of one client that are being made or waiting."""
RETRY_AFTER_S = "5"
IGNORED = frozenset({"_ttl", "_trace"})
FACETS = frozenset({"_facet", "_facet_array", "_facet_date"})
NOT_UNDERSTOOD = phrase("We can’t show this table like that. Please check the column names and values in the address.")
TOO_LARGE = phrase("A number in the address is too large. It must fit into 64 bits.")
TOO_LONG = phrase("This address is too long.")
UNREADABLE = phrase("The address has a character that we can’t use.")
ONE_SORT = phrase("You can sort a table by one column only. Please use _sort or _sort_desc, not both.")
BUSY = phrase("Too many people are asking for tables right now. Please try again in a moment.")
TOO_MANY_FACETS = phrase(
    "We can show at most %(most)s facets at once, with those that the table always has.", most=MOST_FACETS
)
TOO_MANY_ROWS = phrase("A page of a table has at most %(most)s rows. JSON and CSV may have more.", most=MOST_HTML_ROWS)
NO_FACET = phrase("Ask for a facet by the name of a column: _facet, _facet_array or _facet_date.")
CHECKED = {
    one.name: one
    for one in (
        Parameter(
            name="_facet_size",
            what="How many values to a facet.",
            pattern="max|[1-9][0-9]?|100",
            wrong=phrase(
                "The size of facets (_facet_size) must be a whole number from 1 to %(most)s, or max.",
                most=MOST_FACET_VALUES,
            ),
        ),
        Parameter(
            name="_timelimit",
            what="Milliseconds that the query may take.",
            pattern="[1-9][0-9]{0,5}",
            wrong=phrase("The time limit (_timelimit) must be a whole number of milliseconds, from 1 to 999999."),
        ),
        Parameter(
            name="_shape", what="Form of the JSON.", choices=("arrays", "objects", "array", "object", "arrayfirst")
        ),
        Parameter(name="_searchmode", what="How words are read.", choices=("raw", "escaped")),
        Parameter(
            name="_json_infinity", what="Whether infinity is kept.", choices=("0", "1", "on", "off", "true", "false")
        ),
    )
}
_MISTAKES = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What Datasette's views raise for values that they did not expect."""
# A cell may be as long as a listing; the parser's own limit is 128 KiB.
csv.field_size_limit(2**31 - 1)


class StockLimits(Middleware):
    """The layer around one Datasette."""

    def __init__(self, datasette: Any, app: ASGIApp) -> None:
        super().__init__(app)
        self.datasette = datasette
        self._queue = Queue()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it."""
        names = self._names(scope)
        if names is None:
            await self.app(scope, receive, send)
            return
        try:
            is_html = "." not in scope["path"].rpartition("/")[2]
            query = check_query(scope["query_string"].decode("latin-1"), await self._facets_of(names), is_html=is_html)
        except BadQuery as error:
            status = 414 if error.phrase is TOO_LONG else 400
            await error_page(Request(scope, receive), status, error.phrase).asgi_send(send)
            return
        client = (scope.get("client") or ("", 0))[0]
        if self._queue.is_full_for(client):
            response = error_page(Request(scope, receive), 503, BUSY)
            response.headers["Retry-After"] = RETRY_AFTER_S
            await response.asgi_send(send)
            return
        scope = {**scope, "query_string": query.encode("latin-1"), "ldn.is_stock": True}
        async with self._queue.turn(client):
            if self._is_streamed(scope["path"], query):
                await self.app(scope, receive, _Guard(scope, send))
                return
            messages = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._collect(scope), _stock_loop()))
        for message in messages:
            await send(message)

    async def _collect(self, scope: Scope) -> list[Message]:
        """The answer of Datasette, whole."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, _receive_nothing, _Guard(scope, keep))
        return messages

    def _names(self, scope: Scope) -> tuple[str, str] | None:
        """The database and table (or query) of an address; None for other addresses, and the download of a database."""
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        path = path.removeprefix(self.datasette.setting("base_url").rstrip("/"))
        first, _, rest = path.removeprefix("/").partition("/")
        database, _, extension = first.partition(".")
        database = tilde_decode(database)
        if database not in self.datasette.databases and first not in (".json", ".jsono"):
            return None
        if not rest and extension == "db":
            return None
        return database, tilde_decode(rest.partition("/")[0].rpartition(".")[0] or rest.partition("/")[0])

    def _is_streamed(self, path: str, query: str) -> bool:
        """Whether Datasette sends the answer piece by piece, so that it must not be collected."""
        is_asked = any(name == "_stream" for name, _ in parse_qsl(query))
        return path.endswith(".csv") and is_asked and bool(self.datasette.setting("allow_csv_stream"))

    async def _facets_of(self, names: tuple[str, str]) -> list[Any]:
        """The facets that the metadata gives a table."""
        if hasattr(self.datasette, "table_config"):  # Datasette 1.0
            stated = await self.datasette.table_config(*names)
        else:
            stated = self.datasette.table_metadata(*names)
        return list(stated.get("facets", ()))


def check_query(query: str, facets_of_table: list[Any], *, is_html: bool = False) -> str:
    """The query string to pass on to Datasette, without what has no effect here. Raises BadQuery."""
    given = parse_qsl(query, keep_blank_values=True)
    if len(query) > MOST_QUERY_BYTES and not any(name == "sql" for name, _ in given):
        raise BadQuery(TOO_LONG)
    if any("\0" in text for pair in given for text in pair):
        raise BadQuery(UNREADABLE)
    for name, value in given:
        if value and name in CHECKED:
            CHECKED[name].check(value)
    if {"_sort", "_sort_desc"} <= {name for name, value in given if value}:
        raise BadQuery(ONE_SORT)
    if is_html and any(name == "_size" and value.isdecimal() and int(value) > MOST_HTML_ROWS for name, value in given):
        raise BadQuery(TOO_MANY_ROWS)
    _check_facets(given, facets_of_table)
    largest = {"_facet_size": str(MOST_FACET_VALUES)} | ({"_size": str(MOST_HTML_ROWS)} if is_html else {})
    passed = [
        (name, largest[name] if value == "max" and name in largest else value)
        for name, value in _without_repeated_facets(given, facets_of_table)
    ]
    return query if passed == given else urlencode(passed)


def _check_facets(given: Pairs, facets_of_table: list[Any]) -> None:
    asked = {(name, value) for name, value in given if name.startswith("_facet") and name != "_facet_size"}
    if any(name not in FACETS or not value or value.startswith("{") for name, value in asked):
        raise BadQuery(NO_FACET)
    further = asked - {("_facet", facet) for facet in facets_of_table if isinstance(facet, str)}
    if further and len(further) + len(facets_of_table) > MOST_FACETS:
        raise BadQuery(TOO_MANY_FACETS)


def _without_repeated_facets(given: Pairs, facets_of_table: list[Any]) -> Pairs:
    """Leaves out ignored parameters and facets that are shown anyway: Datasette would count and show them twice."""
    passed: Pairs = []
    for name, value in given:
        is_shown = name in FACETS and ((name, value) in passed or (name == "_facet" and value in facets_of_table))
        if name not in IGNORED and not is_shown:
            passed.append((name, value))
    return passed


def describe_mistake(request: Any, error: Exception) -> Phrase | None:
    """What to say of an error that the values in the address of a stock page have caused; None for any other error."""
    is_own_sql = request.args.get("sql") and "table" not in request.url_vars
    if not request.scope.get("ldn.is_stock") or is_own_sql:
        return None
    if isinstance(error, DatasetteError):
        is_asked_wrongly = error.title == "Invalid SQL" or (error.status == 500 and error.title is None)
        return NOT_UNDERSTOOD if is_asked_wrongly else None
    if isinstance(error, OverflowError):
        return TOO_LARGE
    return NOT_UNDERSTOOD if isinstance(error, _MISTAKES) else None


class Queue:
    """A few turns at the same time, and a bounded number of requests that wait for one.

    A client's address is forgotten as soon as it has no request here.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._present: Counter[str] = Counter()

    def is_full_for(self, client: str) -> bool:
        """Whether a client would have to come again later."""
        return self._present.total() >= AT_ONCE + WAITING or self._present[client] >= OF_ONE_CLIENT

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Waits for a turn."""
        self._present[client] += 1
        try:
            async with self._turns:
                yield
        finally:
            self._present[client] -= 1
            self._present += Counter()


class _Guard:
    """Sends an answer of Datasette's from its first bytes on, so that an error before them has its own status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send, self._is_csv = send, scope["path"].endswith(".csv")
        self._start: Message | None = None
        self._pending = ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        body = message.get("body", b"")
        if self._start is not None:
            self._is_csv = self._is_csv and self._start["status"] == 200
            await self._send(_revise_start(self._start, body))
            self._start = None
        if self._is_csv:
            body = self._with_marked_formulas(body, is_last=not message.get("more_body"))
        await self._send({**message, "body": body})

    def _with_marked_formulas(self, body: bytes, *, is_last: bool) -> bytes:
        """The whole records that have come so far."""
        self._pending += body.decode()
        is_whole = self._pending.endswith("\n") and self._pending.count('"') % 2 == 0
        if not (is_whole or is_last):
            return b""
        records, self._pending = csv.reader(io.StringIO(self._pending, newline="")), ""
        marked = io.StringIO(newline="")
        csv.writer(marked).writerows([cell(value) for value in record] for record in records)
        return marked.getvalue().encode()


@cache
def _stock_loop() -> asyncio.AbstractEventLoop:
    """An event loop in a thread of its own: an HTML table of Datasette's blocks it for tenths of a second."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="stock pages", daemon=True).start()
    return loop


async def _receive_nothing() -> Message:
    """What a request without a body has to say."""
    return {"type": "http.request", "body": b"", "more_body": False}


def _revise_start(start: Message, body: bytes) -> Message:
    """The head of an answer, for no cache to keep. Where `_shape=object` cannot be, Datasette says so with a 200."""
    headers = [(name, value) for name, value in start.get("headers", ()) if name.lower() != b"cache-control"]
    is_refusal = start["status"] == 200 and body.startswith(b'{"ok": false')
    if start["status"] == 200 and any(value.startswith(b"text/html") for _, value in headers):
        headers.append(stock_policy())
    return {
        **start,
        "status": 400 if is_refusal else start["status"],
        "headers": [*headers, (b"cache-control", b"no-cache")],
    }
