"""Limits the requests of one client by a token bucket. Addresses are kept in memory only, as keyed hashes."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.plugin.errors import Refusal
from ldn_directory.site.plugin.middleware import Middleware

MAX_CLIENTS = 50_000
BURST_S = 10.0
"""A client may request at once what it may request in so many seconds."""
MAX_AT_ONCE = 24


@dataclass(slots=True)
class _Client:
    tokens: float
    at: float
    under_way: int = 0


class RateLimit(Middleware):
    """Answers `rate` requests a second of each client, with bursts, and 24 at once; refuses more with 429."""

    def __init__(self, app: ASGIApp, rate: float, *, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(app)
        self.rate = rate
        self.max_tokens = rate * BURST_S
        self._now = now
        self._key = secrets.token_bytes(16)
        self._clients: OrderedDict[bytes, _Client] = OrderedDict()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = (scope.get("client") or ("", 0))[0]
        if not self.rate or (_is_private(client) and any(name == b"x-forwarded-for" for name, _ in scope["headers"])):
            # Behind a proxy of the same network that the server was not told to trust, all visitors would count as one.
            await self.app(scope, receive, send)
            return
        if not self.admit(client):
            sentence = phrase("You have asked a lot in a short time. Please wait a moment, then go on.")
            raise Refusal(status=429, sentence=sentence)
        try:
            await self.app(scope, receive, send)
        finally:
            self.leave(client)

    def admit(self, address: str) -> bool:
        """Whether the client at an IP address is answered now; if so, `leave` must follow."""
        key, now = self._hash(address), self._now()
        client = self._clients.pop(key, None) or _Client(self.max_tokens, now)
        client.tokens = min(self.max_tokens, client.tokens + (now - client.at) * self.rate)
        client.at = now
        admitted = client.tokens >= 1 and client.under_way < MAX_AT_ONCE
        if admitted:
            client.tokens -= 1
            client.under_way += 1
        self._clients[key] = client
        while len(self._clients) > MAX_CLIENTS:
            self._clients.popitem(last=False)
        return admitted

    def leave(self, address: str) -> None:
        """A request that was admitted has ended."""
        if client := self._clients.get(self._hash(address)):
            client.under_way = max(0, client.under_way - 1)

    def _hash(self, address: str) -> bytes:
        return hashlib.blake2b(_network(address).encode(), key=self._key, digest_size=12).digest()


def _network(address: str) -> str:
    """An IPv4 address, or the first 64 bits of an IPv6 address, which one client has to itself (RFC 6177)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return address


def _is_private(address: str) -> bool:
    """Whether an IP address belongs to a private network or this machine (RFC 6890)."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
