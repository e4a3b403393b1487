"""How much one client may ask: a bucket of tokens each, and so many answers at once. In memory only, under keyed hashes."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_CLIENTS = 50_000
BURST_S = 10.0
"""A client may ask at once what it may ask in so many seconds."""
AT_ONCE = 24


@dataclass(slots=True)
class _Client:
    tokens: float
    at: float
    under_way: int = 0


class Pacing:
    """At most `rate` answers a second for each client, with bursts; and at most 24 under way."""

    def __init__(self, rate: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.most = rate * BURST_S
        self._now = now
        self._key = secrets.token_bytes(16)
        self._clients: OrderedDict[bytes, _Client] = OrderedDict()

    def admit(self, address: str) -> bool:
        """Whether the client at an IP address is answered now; if so, `leave` must follow."""
        key, now = self._hash(address), self._now()
        client = self._clients.pop(key, None) or _Client(self.most, now)
        client.tokens = min(self.most, client.tokens + (now - client.at) * self.rate)
        client.at = now
        admitted = client.tokens >= 1 and client.under_way < AT_ONCE
        if admitted:
            client.tokens -= 1
            client.under_way += 1
        self._clients[key] = client
        while len(self._clients) > MOST_CLIENTS:
            self._clients.popitem(last=False)
        return admitted

    def leave(self, address: str) -> None:
        """An answer that was admitted has ended."""
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


def is_private(address: str) -> bool:
    """Whether an IP address belongs to a private network or this machine (RFC 6890)."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
