"""Name resolution that does not let a public name lead to a private address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from .addresses import is_private


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, refusing a name on the web that resolves to this machine or its network."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[Any]:  # noqa: N802
        """A Deferred of the address; fails with DNSLookupError for a private one."""
        found: Deferred[Any] = super().getHostByName(name, timeout)
        return found if is_private(name) else found.addCallback(_require_public, name)


def _require_public(address: str, name: str) -> str:
    if is_private(address):
        raise DNSLookupError(f"{name} leads to the private address {address}: not fetched")
    return address
