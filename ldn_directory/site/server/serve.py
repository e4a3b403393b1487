"""`ldn serve`: the directory over HTTP, private by default."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from .hot_swap import LOOK_EVERY_S, SwappingSite
from .middleware import Front
from .rate_limit import Pacing

_STATED = "LDN_SERVE"
"""What worker processes are told, as JSON."""
RATE = 20.0
"""Answers a second for one client, unless stated."""
BACKLOG = 2_048
Ready = Callable[[str], None]


def asgi_app(
    directory: Path, *, allow_sql: bool = False, look_every_s: float = LOOK_EVERY_S, url: str = "", rate: float = 0.0
) -> Front:
    """The ASGI application for the published file `directory`, which may come later or be replaced at any time.

    Arbitrary SQL answers 403 unless `allow_sql`. The name is looked at again at most every `look_every_s` seconds. `url`: the
    public address, for absolute addresses; else they have the host that the request names. `rate`: answers a second for one client;
    0 for no limit.
    """
    site = SwappingSite(directory, allow_sql=allow_sql, look_every_s=look_every_s)
    return Front(site, url=url, pacing=Pacing(rate) if rate else None)


def serve(
    directory: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    allow_sql: bool = False,
    workers: int = 1,
    url: str = "",
    rate: float = RATE,
    ready: Ready | None = None,
) -> None:
    """Serves until stopped; `ready` is called with the address once requests are taken. Port 0 takes any free port.

    No access log is written: what a visitor types is kept nowhere. Raises OSError if the port cannot be had.
    """
    bound = _bound(host, port)
    address = _address(host, bound)
    if workers > 1:
        os.environ[_STATED] = json.dumps(
            {"directory": str(directory.absolute()), "allow_sql": allow_sql, "url": url, "rate": rate}
        )
        config = _config("ldn_directory.site.server.serve:app_of_environment", factory=True, workers=workers)
        bound.listen(BACKLOG)
        if ready:
            ready(address)
        Multiprocess(config, sockets=[bound]).run()
        return
    app = asgi_app(directory, allow_sql=allow_sql, url=url, rate=rate)
    _Server(_config(app), lambda: ready(address) if ready else None).run([bound])


def app_of_environment() -> Front:
    """The application of a worker process, which is told by its environment what to serve."""
    stated = json.loads(os.environ[_STATED])
    return asgi_app(Path(stated.pop("directory")), **stated)


class _Server(uvicorn.Server):
    """A server that says when it has begun."""

    def __init__(self, config: uvicorn.Config, begun: Callable[[], None]) -> None:
        super().__init__(config)
        self._begun = begun

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._begun()


def _config(app: Front | str, *, factory: bool = False, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=factory,
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


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise OSError(
            error.errno, f"cannot listen on {host} port {port}: {error.strerror}; choose another port"
        ) from None
    bound.set_inheritable(True)
    return bound


def _address(host: str, bound: socket.socket) -> str:
    port = bound.getsockname()[1]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
