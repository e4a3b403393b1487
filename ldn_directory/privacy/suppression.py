"""The suppression list: people and practices who asked to be forgotten, as keyed hashes, never as data."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from ldn_directory.errors import BuildError
from ldn_directory.model import line_of
from ldn_directory.normalize.regions import fold
from ldn_directory.storage import editable_file, write_atomically

from .hidden_names import own_texts
from .identity_keys import Key, Row, exact_keys, has_whole_name, mentioned_names, near_keys, region_of
from .mentions import REPLACEMENT, NameFinder, Span

LIST_FILE = "suppressions.jsonl"
KEY_FILE = "suppression.key"
EXCEPTIONS_FILE = "not_forgotten.jsonl"
"""Beside the list: listings of which a person has said that they are somebody else's."""
EXACT, NEAR, WORD, MENTION = "exact", "near", "word", "mention"
KINDS = (EXACT, NEAR, WORD, MENTION)
ANYWHERE = "*"
LEFT_OUT = "[left out]"
"""What stands in archived pages and reports in the place of the forgotten."""
_HASH = re.compile(r"[0-9a-f]{64}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LISTING = re.compile(r"[0-9a-f]{16}")


def list_path(data: Path) -> Path:
    """Where the list is, in the data folder or the project's; in the data folder if there is none yet."""
    path = editable_file(data, LIST_FILE)
    return path if path.exists() else (data / LIST_FILE).absolute()


class Suppressions:
    """The list with its key, which lies beside the ledger and in no repository.

    Raises BuildError for a list that cannot be understood, or whose key is lost: otherwise the forgotten would be
    shown.
    """

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path, self.key_path = path, key_path
        self.entries = _read_hashes(path)
        self.exceptions = _read_exceptions(path.with_name(EXCEPTIONS_FILE))
        self._secret = self._read_secret()
        if self.entries and self._secret is None:
            raise BuildError(
                f"{path} names forgotten people, but their key is not at {key_path}: restore it from its backup"
            )

    @classmethod
    def load(cls, path: Path, data: Path) -> Suppressions:
        """The list at `path` with the key of the data folder, or else the one beside the list. Raises BuildError."""
        own, beside = data / KEY_FILE, path.parent / KEY_FILE
        return cls(path, beside if beside.exists() and not own.exists() else own)

    @classmethod
    def in_folder(cls, data: Path) -> Suppressions:
        """The list that applies to a data folder. Raises BuildError."""
        return cls.load(list_path(data), data)

    def __bool__(self) -> bool:
        return bool(self.entries)

    @cached_property
    def _hashes(self) -> dict[str, frozenset[str]]:
        """The hashes of each kind."""
        return {kind: frozenset(value for one, value in self.entries if one == kind) for kind in KINDS}

    @property
    def version(self) -> str:
        """Changes with the list and its exceptions: 64 hex digits."""
        return hashlib.sha256(repr((sorted(self.entries), sorted(self.exceptions))).encode()).hexdigest()

    @property
    def latest(self) -> str:
        """When somebody was last forgotten, UTC; empty if nobody was."""
        return max(self.entries.values(), default="")

    def counts(self) -> dict[str, dict[str, int]]:
        """Date -> kind -> number of hashes."""
        found: dict[str, Counter[str]] = {}
        for (kind, _), since in self.entries.items():
            found.setdefault(since, Counter())[kind] += 1
        return {since: dict(sorted(found[since].items())) for since in sorted(found)}

    def _read_secret(self) -> bytes | None:
        if not self.key_path.exists():
            return None
        text = self.key_path.read_text("utf-8", "replace").strip()
        if not _HASH.fullmatch(text):
            raise BuildError(f"{self.key_path} is no key (64 hex digits): restore it from its backup")
        return bytes.fromhex(text)

    def _hash(self, key: Key) -> str:
        """HMAC-SHA-256 (RFC 2104) of a key, in hex. The first one creates the secret."""
        if self._secret is None:
            self._secret = secrets.token_bytes(32)
            write_atomically(self.key_path, self._secret.hex().encode(), mode=0o600)
        return hmac.digest(self._secret, "\x1f".join(key).encode(), "sha256").hex()

    def _has(self, kind: str, keys: Iterable[Key]) -> bool:
        hashes = self._hashes[kind]
        return bool(hashes) and not hashes.isdisjoint(map(self._hash, keys))

    def is_suppressed(self, row: Row) -> bool:
        """Whether a listing is of somebody who asked to be forgotten, or read from a page that was redacted."""
        return _is_left_out(row) or (row.get("id") not in self.exceptions and self._has(EXACT, exact_keys(row)))

    def is_held(self, row: Row) -> bool:
        """Whether a listing looks like a forgotten one. It is not published until a person has decided."""
        if not self.entries or row.get("id") in self.exceptions or _is_left_out(row):
            return False
        exact = set(map(self._hash, exact_keys(row)))
        if not exact.isdisjoint(self._hashes[EXACT]):
            return False
        return (
            not exact.isdisjoint(self._hashes[NEAR])
            or self._has(NEAR, near_keys(row, stored=False))
            or any(self._hides_in(text, row) for text in own_texts(row))
        )

    def _hides_in(self, text: str, row: Row) -> bool:
        """Whether a name of the forgotten of a listing's region is hidden in a text of it."""
        if not self._hashes[WORD]:
            return False
        region = row.get("region_code")
        return self._names.hides_in(text, (region, row.get("country_code") or "", "") if region else (ANYWHERE,))

    @cached_property
    def _names(self) -> NameFinder:
        return NameFinder(
            is_word=lambda word: self._hash((WORD, word)) in self._hashes[WORD],
            is_name=lambda words, region: self._hash((MENTION, " ".join(words), region)) in self._hashes[MENTION],
        )

    def names_anyone(self, text: str) -> bool:
        """Whether a text names somebody who asked to be forgotten, in whatever region; for what is only a cache."""
        return bool(self.find_names(text))

    def find_names(self, text: str) -> list[Span]:
        """(start, stop) of each name and e-mail address of the forgotten in a text, in whatever region."""
        if not self._hashes[WORD]:
            return []
        emails = (match for match in _EMAIL.finditer(text) if self._has(EXACT, [("email", fold(match.group()), "")]))
        return [*self._names.find(text, ANYWHERE), *(match.span() for match in emails)]

    def find_in_page(self, text: str) -> list[Span]:
        """The same in a page, where the words of a name may stand in fields of their own."""
        return [*self.find_names(text), *(self._names.find_apart(text, ANYWHERE) if self._hashes[WORD] else ())]

    def redact_row(self, row: Row) -> Row:
        """A listing whose texts do not name the forgotten of its region; the same object if they did not."""
        if not self._hashes[WORD]:
            return row
        redacted = self._names.redact_row(row, region_of(row), frozenset(mentioned_names(row)))
        if row.get("name") and self._hides_in(redacted.get("practice") or "", row):
            # Where it cannot be cut out, as in "JaneRoe Clinic", the whole goes.
            return {**redacted, "practice": REPLACEMENT}
        return redacted

    def redact_text(self, text: str, row: Row) -> str:
        """A text that belongs to a listing, without such names."""
        if not self._hashes[WORD]:
            return text
        return self._names.redact(text, region_of(row), frozenset(mentioned_names(row)))

    def redact_line(self, line: bytes) -> bytes | None:
        """A listing as canonical JSON, without such names; None if it is of somebody who asked to be forgotten."""
        if not self:
            return line
        row = json.loads(line)
        if self.is_suppressed(row):
            return None
        redacted = self.redact_row(row)
        return line if redacted is row else line_of(redacted)

    def add(self, rows: Collection[Row], since: str, others: Iterable[Row] = ()) -> int:
        """Adds the hashes by which the listings of one person or practice are recognised. Returns how many are new.

        A key that `others` (all listings that are not theirs) have as well identifies nobody: by it a listing is not
        hidden, but held. Nothing has changed if this raises OSError.
        """
        shared = {key for row in others for key in exact_keys(row)}
        hashes = {(kind, self._hash(key)): since for kind, key in _keys_to_store(rows, shared)}
        new = {entry: since for entry in hashes if entry not in self.entries}
        if new:
            entries = self.entries | new
            lines = [_format_entry(kind, value, date) for (kind, value), date in entries.items()]
            write_atomically(self.path, "".join(lines).encode())
            self.entries = entries
            for cached in ("_hashes", "_names"):
                self.__dict__.pop(cached, None)
        return len(new)

    def add_exceptions(self, listings: Iterable[str], decided: str) -> None:
        """Notes that listings are of somebody else than they look like. That always wins."""
        path = self.path.with_name(EXCEPTIONS_FILE)
        before = path.read_bytes() if path.exists() else b""
        new = [one for one in dict.fromkeys(listings) if one not in self.exceptions]
        lines = [json.dumps({"listing": one, "decided": decided}) + "\n" for one in new]
        write_atomically(path, before + "".join(lines).encode())
        self.exceptions = self.exceptions.union(new)


def _is_left_out(row: Row) -> bool:
    """Whether a listing was read from a page that was redacted, in the place of its name."""
    return LEFT_OUT in (row.get("name") or row.get("practice") or "")


def _keys_to_store(rows: Iterable[Row], shared: Collection[Key]) -> Iterator[tuple[str, Key]]:
    for row in rows:
        for key in exact_keys(row):
            if has_whole_name(key, row):
                yield NEAR if key in shared else EXACT, key
        yield from ((NEAR, key) for key in near_keys(row, stored=True))
        for words in mentioned_names(row):
            yield from ((WORD, (WORD, word)) for word in (words[0], words[-1]))
            yield from ((MENTION, (MENTION, " ".join(words), region)) for region in (region_of(row), ANYWHERE))


def _format_entry(kind: str, value: str, since: str) -> str:
    entry = {"hash": value, "since": since} | ({} if kind == EXACT else {"kind": kind})
    return json.dumps(entry) + "\n"


def _read_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, JSON object) of each line that is not blank; an empty object for a line that is none."""
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            yield f"{path}, line {number}", entry if isinstance(entry, dict) else {}


def _read_hashes(path: Path) -> dict[tuple[str, str], str]:
    """(kind, hash) -> since; empty if there is no list. Raises BuildError naming a line that is malformed."""
    found: dict[tuple[str, str], str] = {}
    for where, entry in _read_lines(path):
        kind, value = entry.get("kind", EXACT), entry.get("hash")
        if kind not in KINDS or not isinstance(value, str) or not _HASH.fullmatch(value):
            raise BuildError(
                f'{where} is no suppression ({{"hash": 64 hex digits, "since": ...}}): correct it or restore the list'
            )
        found[kind, value] = str(entry.get("since") or "")
    return found


def _read_exceptions(path: Path) -> frozenset[str]:
    """The ids of the listings. Raises BuildError naming a line that is malformed."""
    found = set()
    for where, entry in _read_lines(path):
        listing = entry.get("listing")
        if not isinstance(listing, str) or not _LISTING.fullmatch(listing):
            raise BuildError(
                f'{where} is no decision ({{"listing": its id of 16 hex digits, "decided": ...}}): correct or delete it'
            )
        found.add(listing)
    return frozenset(found)
