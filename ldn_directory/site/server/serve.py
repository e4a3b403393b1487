"""`ldn serve`: the directory over HTTP, for this machine only unless told otherwise."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from ldn_directory.site.plugin.middleware import SecurityHeaders

from .cache_expiry import CacheExpiry
from .hot_swap import LOOK_EVERY_S, HotSwap
from .middleware import HSTS, ErrorPages, PublicAddress, PublicRoutes, TimeLimit
from .rate_limit import RateLimit

RATE = 20.0
"""Responses a second for one client, unless stated."""
BACKLOG = 2_048


def asgi_app(
    directory: Path,
    *,
    allow_sql: bool = False,
    look_every_s: float = LOOK_EVERY_S,
    url: str = "",
    rate: float = 0.0,
    map_link: str = "",
) -> PublicSite:
    """The ASGI application for the published file `directory`, which may come later or be replaced at any time.

    Visitors' own SQL answers 403 unless `allow_sql`. The file is checked at most every `look_every_s` seconds. Absolute
    addresses begin with the site's public `url`; without one they have the host of the request. `rate` is the number of
    responses a second for one client; 0 for no limit. `map_link` is the address of a map for directions, with `{lat}`
    and `{lon}` or `{address}`.
    """
    hot_swap = HotSwap(directory, allow_sql=allow_sql, look_every_s=look_every_s)
    return PublicSite(hot_swap, url=url, rate=rate, map_link=map_link)


class PublicSite(CacheExpiry):
    """The newest version of the directory, with the middleware of a public site around it."""

    def __init__(self, hot_swap: HotSwap, *, url: str = "", rate: float = 0.0, map_link: str = "") -> None:
        super().__init__(public_app(hot_swap, url=url, rate=rate, map_link=map_link), hot_swap.drop_expired)
        self._hot_swap = hot_swap

    async def close(self) -> None:
        """Closes the directory and clears the caches."""
        self.stop()
        await self._hot_swap.close()


def public_app(site: ASGIApp, *, url: str = "", rate: float = 0.0, map_link: str = "") -> ASGIApp:
    """The middleware of a public site, around what it serves."""
    app = RateLimit(PublicAddress(PublicRoutes(TimeLimit(site)), url, map_link), rate)
    return SecurityHeaders(ErrorPages(app), added=HSTS if url.startswith("https:") else (), removed={b"set-cookie"})


def serve(
    directory: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    allow_sql: bool = False,
    workers: int = 1,
    url: str = "",
    rate: float = RATE,
    map_link: str = "",
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serves until stopped. Calls `ready` with the address once it takes connections. Port 0 takes any free port.

    No access log is written: what a visitor types is kept nowhere. Raises OSError if the port is not available.
    """
    app = partial(asgi_app, directory.absolute(), allow_sql=allow_sql, url=url, rate=rate, map_link=map_link)
    config = uvicorn.Config(
        app,
        factory=True,
        workers=workers,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65_536,
    )
    with _listen(host, port) as listener:
        named = f"[{host}]" if ":" in host else host
        ready(f"http://{named}:{listener.getsockname()[1]}/")
        if workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run([listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {reason}; choose another port") from None
    listener.set_inheritable(True)
    return listener
