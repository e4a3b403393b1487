"""The list of people and practices who asked not to be shown: keyed hashes, never the data itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ldn_directory.errors import BuildError

from .identity_keys import Row, What, identifying, is_whole, mentions_of, place_of, resembling
from .mentions import LEFT_OUT, Mentions

__all__ = ["KEY_FILE", "LEFT_OUT", "NOT_FORGOTTEN", "Suppressions", "identifying"]
HASH = re.compile(r"[0-9a-f]{64}")
LISTING = re.compile(r"[0-9a-f]{16}")
KEY_FILE = "suppression.key"
NOT_FORGOTTEN = "not_forgotten.jsonl"
"""Beside the list: listings of which a person has said that they are of somebody else."""
EXACT, NEAR, WORD, MENTION = "exact", "near", "word", "mention"
KINDS = frozenset({EXACT, NEAR, WORD, MENTION})
ANYWHERE = "*"


class Suppressions:
    """Hashes of what identifies the forgotten. The key lies beside the ledger and in no repository.

    A list that cannot be understood, or whose key is lost, raises BuildError: going on would show the forgotten again.
    """

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path, self.key_path = path, key_path
        self.kept = _hashes_in(path)
        self.others = _listings_in(path.with_name(NOT_FORGOTTEN))
        self._known_key = self._stored_key()
        if self.kept and self._known_key is None:
            raise BuildError(
                f"{path} names forgotten people, but their key is not at {key_path}: restore it from its backup"
            )

    @classmethod
    def of(cls, path: Path, folder: Path) -> Suppressions:
        """The list at `path` with the key of a data folder, or else the one beside the list. Raises BuildError."""
        own, beside = folder / KEY_FILE, path.parent / KEY_FILE
        return cls(path, beside if beside.exists() and not own.exists() else own)

    def __bool__(self) -> bool:
        return bool(self.kept)

    @property
    def hashes(self) -> frozenset[str]:
        """What identifies somebody beyond doubt."""
        return self._of(EXACT)

    def _of(self, kind: str) -> frozenset[str]:
        if kind not in self._by_kind:
            self._by_kind[kind] = frozenset(found for kept, found in self.kept if kept == kind)
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[str, frozenset[str]]:
        return {}

    @property
    def version(self) -> str:
        """Changes whenever the list, or what people have said of lookalikes, does: 64 hex digits."""
        return hashlib.sha256(repr((sorted(self.kept), sorted(self.others))).encode()).hexdigest()

    @property
    def latest(self) -> str:
        """When somebody was last forgotten, UTC; empty if nobody was."""
        return max(self.kept.values(), default="")

    def counts(self) -> dict[str, dict[str, int]]:
        """Date -> kind -> how many hashes."""
        found: dict[str, Counter[str]] = {}
        for (kind, _), since in self.kept.items():
            found.setdefault(since, Counter())[kind] += 1
        return {since: dict(sorted(found[since].items())) for since in sorted(found)}

    def _stored_key(self) -> bytes | None:
        if not self.key_path.exists():
            return None
        text = self.key_path.read_text("utf-8", "replace").strip()
        if not HASH.fullmatch(text):
            raise BuildError(f"{self.key_path} is no key (64 hex digits): restore it from its backup")
        return bytes.fromhex(text)

    def _key(self) -> bytes:
        if self._known_key is None:
            self.key_path.parent.mkdir(parents=True, exist_ok=True)
            _write(self.key_path, secrets.token_hex(32), mode=0o600)
            self._known_key = self._stored_key()
        assert self._known_key is not None
        return self._known_key

    def hash_of(self, what: tuple[str, ...]) -> str:
        """HMAC-SHA-256 (RFC 2104) of one identifying combination, in hex."""
        return hmac.digest(self._key(), "\x1f".join(what).encode(), "sha256").hex()

    def is_suppressed(self, row: Row) -> bool:
        """Whether a listing is of somebody who asked to be forgotten."""
        return bool(self.hashes) and not self._is_other(row) and self._any(identifying(row), EXACT)

    def is_held(self, row: Row) -> bool:
        """Whether a listing only looks like somebody who asked to be forgotten: it is not published until a person has decided."""
        if not self._of(NEAR) or self._is_other(row) or self.is_suppressed(row):
            return False
        return self._any(identifying(row), NEAR) or self._any(resembling(row, kept=False), NEAR)

    def _is_other(self, row: Row) -> bool:
        return row.get("id") in self.others

    def _any(self, whats: Iterable[What], kind: str) -> bool:
        hashes = self._of(kind)
        return any(self.hash_of(what) in hashes for what in whats)

    @cached_property
    def _mentions(self) -> Mentions:
        return Mentions(
            is_word=lambda word: self.hash_of((WORD, word)) in self._of(WORD),
            is_name=lambda words, place: self.hash_of((MENTION, " ".join(words), place)) in self._of(MENTION),
        )

    def mentioned(self, text: str) -> bool:
        """Whether a text names somebody who asked to be forgotten, wherever they are; for what is only a cache."""
        return bool(self._of(WORD)) and text != self._mentions.left_out(text, ANYWHERE)

    def without_mentions(self, row: Row) -> Row:
        """A listing of somebody else with the names of the forgotten, as far as they are of the same region, left out of its texts."""
        return self._mentions.cleaned(row, place_of(row), frozenset(mentions_of(row))) if self._of(WORD) else row

    def text_without(self, text: str, row: Row) -> str:
        """A text that belongs to a listing, likewise."""
        return self._mentions.left_out(text, place_of(row), frozenset(mentions_of(row))) if self._of(WORD) else text

    def line_without(self, line: bytes) -> bytes | None:
        """A listing as canonical JSON, likewise; None if it is of somebody who asked to be forgotten."""
        if not self:
            return line
        row = json.loads(line)
        if self.is_suppressed(row):
            return None
        cleaned = self.without_mentions(row)
        return line if cleaned is row else line_of(cleaned)

    def add(self, row: Row, since: str) -> int:
        """Puts everything that identifies a listing on the list; gives how many hashes are new."""
        return self.add_all([row], since)

    def add_all(self, rows: Collection[Row], since: str, others: Iterable[Row] = ()) -> int:
        """Puts on the list what the listings of one person or practice are recognised by; gives how many hashes are new.

        What `others` (all listings that are not theirs) have as well identifies nobody: such a listing is not hidden, but held.
        Nothing has changed if this raises OSError.
        """
        shared = {what for row in others for what in identifying(row)}
        found: dict[tuple[str, str], str] = {}
        for kind, what in _what_is_kept(rows, shared):
            found.setdefault((kind, self.hash_of(what)), since)
        new = {entry: since for entry in found if entry not in self.kept}
        if new:
            self._write(self.kept | new)
        return len(new)

    def _write(self, kept: Mapping[tuple[str, str], str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _write(self.path, "".join(_line(kind, found, since) for (kind, found), since in kept.items()))
        self.kept = dict(kept)
        self._by_kind.clear()
        self.__dict__.pop("_mentions", None)

    def is_another(self, listings: Iterable[str], decided: str) -> None:
        """Notes that listings are of somebody else than whom they look like; that always wins."""
        path = self.path.with_name(NOT_FORGOTTEN)
        before = path.read_text("utf-8") if path.exists() else ""
        new = [one for one in dict.fromkeys(listings) if one not in self.others]
        _write(path, before + "".join(json.dumps({"listing": one, "decided": decided}) + "\n" for one in new))
        self.others = self.others.union(new)


def _what_is_kept(rows: Iterable[Row], shared: Collection[What]) -> Iterator[tuple[str, What]]:
    for row in rows:
        for what in identifying(row):
            if is_whole(what, row):
                yield NEAR if what in shared else EXACT, what
        yield from ((NEAR, what) for what in resembling(row, kept=True))
        for words in mentions_of(row):
            yield from ((WORD, (WORD, word)) for word in (words[0], words[-1]))
            yield from ((MENTION, (MENTION, " ".join(words), place)) for place in (place_of(row), ANYWHERE))


def line_of(row: Row) -> bytes:
    """A listing's JSON values as canonical JSON (`Listing.as_line`)."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _line(kind: str, found: str, since: str) -> str:
    entry = {"hash": found, "since": since} | ({} if kind == EXACT else {"kind": kind})
    return json.dumps(entry) + "\n"


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    """Writes a file so that it is there whole, also after a power cut, or as it was."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        part.chmod(path.stat().st_mode & 0o777)
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _lines_of(path: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """(where, JSON object or None if it is none) of each line that is not blank."""
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            yield f"{path}, line {number}", entry if isinstance(entry, dict) else None


def _hashes_in(path: Path) -> dict[tuple[str, str], str]:
    """(kind, hash) -> since; none if there is no list. Raises BuildError naming a line that is none."""
    found: dict[tuple[str, str], str] = {}
    for where, entry in _lines_of(path):
        kind, value = (entry.get("kind", EXACT), entry.get("hash")) if entry else (None, None)
        if kind not in KINDS or not isinstance(value, str) or not HASH.fullmatch(value):
            raise BuildError(
                f'{where} is no suppression ({{"hash": 64 hex digits, "since": ...}}): correct it or restore the list'
            )
        found[kind, value] = str(entry.get("since") or "") if entry else ""
    return found


def _listings_in(path: Path) -> frozenset[str]:
    """The ids of a file of decisions. Raises BuildError naming a line that is none."""
    found = set()
    for where, entry in _lines_of(path):
        listing = entry.get("listing") if entry else None
        if not isinstance(listing, str) or not LISTING.fullmatch(listing):
            raise BuildError(
                f'{where} is no decision ({{"listing": its id of 16 hex digits, "decided": ...}}): correct or delete it'
            )
        found.add(listing)
    return frozenset(found)
