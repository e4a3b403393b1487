"""Stops a plain Datasette from showing an old version of the directory after its file was replaced.

`datasette serve` opens new connections to the new file while it keeps what it has read of the old one, so people who
were removed would still be shown. `ldn serve` swaps versions instead, and needs none of this.
"""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ldn_directory.site.app_state import FileIdentity, state_of
from ldn_directory.site.i18n.lazy_text import phrase
from ldn_directory.site.pages.render import error_page

from .middleware import Middleware

REPLACED = phrase("The directory was replaced: restart Datasette.")


class ReplacedFile(Middleware):
    """Answers 503 once the file is not the one that Datasette was started with. Each request looks at the file."""

    def __init__(self, datasette: Any, app: ASGIApp) -> None:
        super().__init__(app)
        self._state = state_of(datasette)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it. Static files are always answered: the refusal has a style sheet."""
        is_current = self._state.is_pinned or FileIdentity.of(self._state.path) == self._state.identity
        if is_current or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
        else:
            await error_page(Request(scope, receive), 503, REPLACED).asgi_send(send)
