"""Name resolution that does not let a public name lead to a private address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from .addresses import is_loopback, is_private

_refused: dict[str, str] = {}


def why_refused(name: str) -> str | None:
    """Why a name was not resolved: it leads to a private address. None if that was not the reason."""
    address = _refused.get(name)
    return address and f"leads to the private address {address}: not fetched"


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, refusing a name that resolves to this machine or its network; `localhost` itself may."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[Any]:  # noqa: N802
        """A Deferred of the address; fails with DNSLookupError for a private one."""
        found: Deferred[Any] = super().getHostByName(name, timeout)
        return found if is_loopback(name) else found.addCallback(_require_public, name)


def _require_public(address: str, name: str) -> str:
    if is_private(address):
        # Twisted drops the message of the error on its way.
        _refused[name] = address
        raise DNSLookupError(f"{name} leads to a private address")
    return address
