"""The one place where Twisted's reactor starts: every crawl, recheck, lookup and single fetch of `ldn` runs in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.log import configure_logging
from scrapy.utils.misc import load_object
from scrapy.utils.reactor import install_reactor

from ldn_directory import __version__

from .addresses import is_contact

T = TypeVar("T")


def project_settings(data: Path, contact: str = "", **changed: Any) -> Settings:
    """The project's Scrapy settings for a data folder and a contact; `changed` replaces single settings."""
    settings = Settings()
    settings.setmodule("ldn_directory.settings")
    settings.setdict({"LDN_DATA": str(data), **contact_settings(contact), **changed}, priority="cmdline")
    return settings


def contact_settings(contact: str) -> dict[str, str]:
    """The settings that tell a site's owner who asks; without a usable contact, crawls leave the web alone."""
    contact = contact.strip() if is_contact(contact) else ""
    return {"LDN_CONTACT": contact, "USER_AGENT": f"ldn-directory/{__version__} (+{contact or 'no contact set'})"}


def run_reactor(settings: Settings, work: Callable[[AsyncCrawlerRunner], Awaitable[T]]) -> T | None:
    """Runs the reactor until `work` is done; gives its result, or raises its exception; None if Ctrl+C ended it early.

    Once a process: a reactor that has stopped cannot be started again.
    """
    install_reactor(settings["TWISTED_REACTOR"])
    configure_logging(settings)
    from twisted.internet import reactor as installed

    reactor: Any = installed  # Twisted types it as a module.
    resolver = load_object(settings["TWISTED_DNS_RESOLVER"])
    resolver(reactor, settings.getint("DNSCACHE_SIZE"), settings.getfloat("DNS_TIMEOUT")).install_on_reactor()
    results: list[T] = []
    errors: list[BaseException] = []

    async def run() -> None:
        try:
            results.append(await work(AsyncCrawlerRunner(settings)))
        except BaseException as error:
            errors.append(error)
        finally:
            reactor.callLater(0, reactor.stop)

    reactor.callWhenRunning(lambda: deferred_from_coro(run()))
    reactor.run()
    if errors:
        raise errors[0]
    return results[0] if results else None
