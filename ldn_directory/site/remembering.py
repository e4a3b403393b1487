"""Answers to questions that were asked a moment ago, kept in memory for as long as one published file is served.

What was asked is kept as a keyed hash only, and an answer for minutes only; nothing is written down.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

MOST_ANSWERS = 512
MOST_BYTES = 256 * 1024
"""Longer answers are not kept."""
KEPT_S = 300.0
PATHS = frozenset({"/", "/search.json", "/search.csv", "/search.geojson", "/suggest.json", "/places"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An ASGI answer, whole."""

    start: dict[str, Any]
    body: bytes
    until: float


class Answers:
    """The last answers of one version of the directory."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._kept: OrderedDict[bytes, Answer] = OrderedDict()

    def key_of(self, scope: dict[str, Any]) -> bytes | None:
        """What an answer is kept under; None for what is not kept."""
        if scope["path"] not in PATHS or scope["method"] != "GET":
            return None
        asked = scope["path"].encode() + b"?" + scope["query_string"]
        return hashlib.blake2b(asked, key=self._key, digest_size=16).digest()

    def get(self, key: bytes) -> Answer | None:
        """The answer, if it is still good."""
        answer = self._kept.get(key)
        if answer is None:
            return None
        if answer.until < time.monotonic():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return answer

    def keep(self, key: bytes, start: dict[str, Any], body: bytes) -> None:
        """Keeps a good answer; the one that was not asked for longest goes."""
        if start["status"] != 200 or len(body) > MOST_BYTES:
            return
        self._kept[key] = Answer(start, body, time.monotonic() + KEPT_S)
        if len(self._kept) > MOST_ANSWERS:
            self._kept.popitem(last=False)


class Listener:
    """Passes an answer on, and has it whole in the end."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self.start: dict[str, Any] | None = None
        self._parts: list[bytes] = []
        self.ended = False

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            self.ended = not message.get("more_body", False)
        await self._send(message)

    @property
    def body(self) -> bytes:
        """What was sent."""
        return b"".join(self._parts)
