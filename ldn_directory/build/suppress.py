"""The list of people and practices who asked not to be shown: keyed hashes, never the data itself."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ldn_directory.normalize.regions import fold

from .match import name_key


class Suppressions:
    """Hashes of what identifies the forgotten. The key lies beside the ledger and in no repository."""

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path, self.key_path = path, key_path
        self.hashes = {
            json.loads(line)["hash"] for line in (path.read_text().splitlines() if path.exists() else ()) if line.strip()
        }

    def _key(self) -> bytes:
        if not self.key_path.exists():
            self.key_path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self.key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        return bytes.fromhex(self.key_path.read_text().strip())

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
