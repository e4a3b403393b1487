"""The list of people and practices who asked not to be shown: keyed hashes, never the data itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ldn_directory.normalize.names import without_title
from ldn_directory.normalize.regions import fold

from .publish import BuildError

HASH = re.compile(r"[0-9a-f]{64}")
KEY_FILE = "suppression.key"


class Suppressions:
    """Hashes of what identifies the forgotten. The key lies beside the ledger and in no repository.

    A list that cannot be understood, or whose key is lost, raises BuildError: going on would show the forgotten again.
    """

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path, self.key_path = path, key_path
        self.hashes = _hashes_in(path)
        self._known_key = self._stored_key()
        if self.hashes and self._known_key is None:
            raise BuildError(f"{path} names forgotten people, but their key is not at {key_path}: restore it from its backup")

    @classmethod
    def of(cls, path: Path, folder: Path) -> Suppressions:
        """The list at `path` with the key of a data folder, or else the one beside the list. Raises BuildError."""
        own, beside = folder / KEY_FILE, path.parent / KEY_FILE
        return cls(path, beside if beside.exists() and not own.exists() else own)

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
            with os.fdopen(os.open(self.key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            self._known_key = self._stored_key()
        assert self._known_key is not None
        return self._known_key

    def hash_of(self, what: tuple[str, ...]) -> str:
        """HMAC-SHA-256 (RFC 2104) of one identifying combination, in hex."""
        return hmac.new(self._key(), "\x1f".join(what).encode(), hashlib.sha256).hexdigest()

    def is_suppressed(self, row: Mapping[str, Any]) -> bool:
        """Whether a listing is of somebody who asked to be forgotten."""
        return bool(self.hashes) and any(self.hash_of(what) in self.hashes for what in identifying(row))

    def add(self, row: Mapping[str, Any], since: str) -> int:
        """Puts everything that identifies a listing on the list; gives how many hashes are new."""
        new = [found for what in identifying(row) if (found := self.hash_of(what)) not in self.hashes]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.writelines(json.dumps({"hash": found, "since": since}) + "\n" for found in new)
            file.flush()
            os.fsync(file.fileno())
        self.hashes.update(new)
        return len(new)


def _hashes_in(path: Path) -> set[str]:
    """The hashes of a list, one JSON object a line; none if there is no list. Raises BuildError naming a line that is not one."""
    found: set[str] = set()
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        if line.strip():
            found.add(_hash_in(line, f"{path}, line {number}"))
    return found


def _hash_in(line: str, where: str) -> str:
    try:
        entry = json.loads(line)
        found = entry.get("hash") if isinstance(entry, dict) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, str) or not HASH.fullmatch(found):
        raise BuildError(f'{where} is no suppression ({{"hash": 64 hex digits, "since": ...}}): correct it or restore the list')
    return found


def identifying(row: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """What a person is recognised by: name with region, phone, e-mail, website, register number."""
    name = name_key(row.get("name") or row.get("practice") or "")
    if name:
        yield "name", name, row.get("region_code") or row.get("country_code") or ""
    for phone in row.get("phones", ()):
        if phone.get("e164"):
            yield "phone", phone["e164"], name
    for field in ("email", "website", "register_number"):
        if row.get(field):
            yield field, fold(row[field]), name if field == "website" else ""


def name_key(name: str) -> str:
    """First and last name folded, without titles and middle names; an organisation's whole name."""
    words = [word for word in fold(without_title(name)).split() if len(word) > 1]
    return " ".join((words[0], words[-1]) if len(words) in (2, 3) else words)
