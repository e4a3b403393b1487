"""Decisions of people about doubtful matches: `matches.jsonl`, one JSON object a line, listing ids only.

    {"one": "0123...", "other": "89ab...", "since": "2026-11-25T07:00:00Z", "verdict": "same"}

A verdict is `same`, `different` or `later`. A later line about the same pair supersedes an earlier one; a `later`
after a `same` takes it back. Lines are only ever added, so that the file's history shows every change of mind. The
one exception is the last line: if it is undone before anything follows it, it is deleted.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, TypeGuard

from ldn_directory.errors import BuildError
from ldn_directory.storage import editable_file

FILE = "matches.jsonl"
SAME, DIFFERENT, LATER = "same", "different", "later"
VERDICTS = (SAME, DIFFERENT, LATER)
ID = re.compile(r"[!-~]{1,64}")
MAX_NAMED = 5
"""The most contradictions that one error names. Correcting some may end others."""

Pair = tuple[str, str]
"""Two listing ids, the lesser first."""


class DecisionError(BuildError):
    """The decisions cannot be followed; the message names the lines and says what to do. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision on a line, counted from 1."""

    pair: Pair
    verdict: str
    since: str
    line: int

    def __str__(self) -> str:
        return f"line {self.line} ({self.pair[0]} and {self.pair[1]})"


class Contradiction(DecisionError):
    """A verdict that contradicts earlier `decisions`."""

    def __init__(self, message: str, decisions: Sequence[Decision]) -> None:
        super().__init__(message)
        self.decisions = tuple(decisions)


def pair_of(one: str, other: str) -> Pair:
    """The pair in its order. Raises DecisionError for a listing with itself."""
    if one == other:
        raise DecisionError(f"{one} is one listing: a decision is about two")
    return (one, other) if one < other else (other, one)


class Decisions:
    """The present decisions, one a pair. None contradicts another: a chain of `same` never joins a `different` pair."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._by_pair: dict[Pair, Decision] = {}
        self._neighbours: dict[str, dict[str, set[str]]] = {SAME: {}, DIFFERENT: {}}
        for decision in decisions:
            self.add(decision)

    @classmethod
    def read(cls, path: Path) -> Decisions:
        """The decisions in a file; none if there is no file.

        Raises DecisionError naming the lines that are malformed, or contradict each other.
        """
        try:
            text = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise DecisionError(f"{path} cannot be read ({error.strerror})") from None
        decisions = cls(_parse_lines(text, path))
        if contradictions := list(decisions._contradictions()):
            more = len(contradictions) - MAX_NAMED
            lines = [f"  {one}" for one in contradictions[:MAX_NAMED]] + ([f"  and {more} more"] if more > 0 else [])
            raise DecisionError(
                "\n".join([f"{path} contradicts itself:", *lines])
                + "\nDelete the lines that are wrong, or put a line after them that supersedes one of them."
            )
        return decisions

    @property
    def same(self) -> list[Pair]:
        """Pairs decided to be the same, in order of their ids, without those that follow from chains."""
        return self._pairs_with(SAME)

    @property
    def different(self) -> list[Pair]:
        """Pairs decided to be different, in order of their ids."""
        return self._pairs_with(DIFFERENT)

    @property
    def later(self) -> list[Pair]:
        """Pairs put off, in the order of their lines."""
        found = [decision for decision in self._by_pair.values() if decision.verdict == LATER]
        return [decision.pair for decision in sorted(found, key=lambda decision: decision.line)]

    def _pairs_with(self, verdict: str) -> list[Pair]:
        return sorted(pair for pair, decision in self._by_pair.items() if decision.verdict == verdict)

    def warnings(self, known_ids: Collection[str]) -> list[str]:
        """A warning for each decision about a listing that does not exist: it may have gone, or its id be mistyped."""
        known = frozenset(known_ids)
        return [
            f"{FILE}, line {decision.line}: there is no listing {' and no listing '.join(unknown)};"
            " the decision is ignored"
            for decision in sorted(self._by_pair.values(), key=lambda decision: decision.line)
            if (unknown := [listing for listing in decision.pair if listing not in known])
        ]

    def get(self, one: str, other: str) -> Decision | None:
        """The decision about a pair itself, if there is one."""
        return self._by_pair.get(pair_of(one, other))

    def verdict(self, one: str, other: str) -> str | None:
        """`same` or `different` if that follows for a pair, from its own decision or from a chain; else None."""
        near = self._neighbours
        if not all(near[SAME].get(listing) or near[DIFFERENT].get(listing) for listing in (one, other)):
            return None
        ones, others = self._paths_from(one), self._paths_from(other)
        if other in ones:
            return SAME
        return DIFFERENT if next(self._different_pairs(ones, others), None) else None

    def conflicts(self, one: str, other: str, verdict: str) -> list[Decision]:
        """The decisions about other pairs that a verdict about this pair would contradict."""
        pair = pair_of(one, other)
        if verdict == DIFFERENT:
            return self._chain(*pair, without=pair)
        if verdict == LATER:
            return []
        ones, others = self._paths_from(one), self._paths_from(other)
        for apart in self._different_pairs(ones, others):
            if apart != pair:
                first, last = apart if apart[0] in ones else apart[::-1]
                return [*self._chain(first, one), self._by_pair[apart], *self._chain(other, last)]
        return []

    def add(self, decision: Decision) -> None:
        """Adds a decision. It supersedes an earlier one about the same pair."""
        one, other = decision.pair
        before = self._by_pair.get(decision.pair)
        if before and before.verdict in self._neighbours:
            self._neighbours[before.verdict][one].discard(other)
            self._neighbours[before.verdict][other].discard(one)
        self._by_pair[decision.pair] = decision
        if decision.verdict in self._neighbours:
            self._neighbours[decision.verdict].setdefault(one, set()).add(other)
            self._neighbours[decision.verdict].setdefault(other, set()).add(one)

    def _paths_from(self, listing: str, without: Pair | None = None) -> dict[str, str | None]:
        """Each listing that is the same -> the one before it on the shortest chain; `listing` itself comes first.

        A decision about the pair `without` is left out.
        """
        previous: dict[str, str | None] = {listing: None}
        waiting = deque([listing])
        while waiting:
            here = waiting.popleft()
            for near in sorted(self._neighbours[SAME].get(here, ())):
                if near not in previous and pair_of(here, near) != without:
                    previous[near] = here
                    waiting.append(near)
        return previous

    def _different_pairs(self, ones: Collection[str], others: Collection[str]) -> Iterator[Pair]:
        """The pairs decided to be different, of one listing from each collection."""
        for here in ones:
            for there in sorted(self._neighbours[DIFFERENT].get(here, ())):
                if there in others:
                    yield pair_of(here, there)

    def _chain(self, one: str, other: str, without: Pair | None = None) -> list[Decision]:
        """The shortest chain of `same` from one listing to another, leaving out the pair `without`; empty if none."""
        previous = self._paths_from(one, without)
        chain: list[Decision] = []
        while (before := previous.get(other)) is not None:
            chain.append(self._by_pair[pair_of(before, other)])
            other = before
        return chain[::-1]

    def _contradictions(self) -> Iterator[str]:
        group: dict[str, str] = {}
        for listing in self._neighbours[SAME]:
            if listing not in group:
                group.update(dict.fromkeys(self._paths_from(listing), listing))
        for one, other in self.different:
            if group.get(one, one) == group.get(other, other):
                chain = ", ".join(map(str, self._chain(one, other)))
                line = self._by_pair[one, other].line
                yield f"line {line} says that {one} and {other} are different, but they are the same by {chain}"


def _parse_lines(text: bytes, path: Path) -> Iterator[Decision]:
    for number, line in enumerate(text.decode("utf-8-sig", "replace").split("\n"), 1):
        if line.strip():
            yield _parse_line(line, number, f"{path}, line {number}")


def _parse_line(line: str, number: int, where: str) -> Decision:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise DecisionError(
            f"{where}: a merge was left unfinished: keep the lines of both sides, and take this mark away"
        )
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise DecisionError(f"{where} is not JSON: correct it or take it away") from None
    entry = entry if isinstance(entry, dict) else {}
    one, other, verdict, since = (entry.get(name) for name in ("one", "other", "verdict", "since"))
    if not (_is_id(one) and _is_id(other) and isinstance(since, str | None)):
        shape = '{"one": id, "other": id, "since": UTC, "verdict": ...}'
        raise DecisionError(f"{where} is no decision ({shape}): correct it or take it away")
    if verdict not in VERDICTS:
        raise DecisionError(f"{where}: the verdict {verdict!r} is none of {', '.join(VERDICTS)}")
    if one == other:
        raise DecisionError(f"{where} is about {one} and itself: take it away")
    return Decision(pair=pair_of(one, other), verdict=verdict, since=since or "", line=number)


def _is_id(value: object) -> TypeGuard[str]:
    """Whether a value may be a listing's id; whether there is such a listing is another question."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


def decisions_path(data: Path) -> Path:
    """The file of decisions, in the data folder or the project's; in the data folder if there is none yet."""
    path = editable_file(data, FILE)
    return path if path.exists() else (data / FILE).absolute()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A decision of this session, for undoing it."""

    pair: Pair
    line: bytes
    """Empty if the same decision was there already."""
    offset: int
    """Where the line begins, in bytes."""
    before: str
    """The verdict that it superseded."""


class DecisionBook:
    """The decisions file, for writing. Each decision is on the disk when `decide` returns, and contradicts no other.

    Several processes may write at once: each reads what others have added before it decides. Raises DecisionError.
    """

    def __init__(self, path: Path, now: Callable[[], str]) -> None:
        """`now` gives the current time as UTC, ISO 8601 with a trailing Z."""
        self.path, self._now = path, now
        self._stamp: Any = None
        self._written: list[_Written] = []
        self._decisions = Decisions()

    @property
    def decisions(self) -> Decisions:
        """The present decisions."""
        if (stamp := _stamp_of(self.path)) != self._stamp:
            self._decisions, self._stamp = Decisions.read(self.path), stamp
        return self._decisions

    def decide(self, one: str, other: str, verdict: str) -> None:
        """Adds a decision, unless it is there already. Raises Contradiction if earlier decisions exclude it."""
        pair = pair_of(one, other)
        with self._lock() as file:
            before = self.decisions.get(*pair)
            line = b"" if before and before.verdict == verdict else self._format(pair, verdict)
            offset = self._add(file, pair, verdict, line) if line else 0
        written = _Written(pair=pair, line=line, offset=offset, before=before.verdict if before else LATER)
        self._written.append(written)

    def undo(self) -> Pair | None:
        """Takes back the last decision of this session that was not taken back yet. Returns its pair, or None."""
        if not self._written:
            return None
        last = self._written[-1]
        with self._lock() as file:
            is_last_line = file.seek(0, os.SEEK_END) == last.offset + len(last.line) and _ends_with(file, last.line)
            if last.line and is_last_line:
                file.truncate(last.offset)
                os.fsync(file.fileno())
                self._stamp = None
            elif last.line:
                self._add(file, last.pair, last.before, self._format(last.pair, last.before))
        return self._written.pop().pair

    def _format(self, pair: Pair, verdict: str) -> bytes:
        entry = {"one": pair[0], "other": pair[1], "since": self._now(), "verdict": verdict}
        return json.dumps(entry).encode() + b"\n"

    def _add(self, file: FileIO, pair: Pair, verdict: str, line: bytes) -> int:
        """Appends a line. Returns where it begins."""
        if conflicts := self.decisions.conflicts(*pair, verdict):
            reasons = ", ".join(f"line {one.line} ({one.pair[0]} and {one.pair[1]} {one.verdict})" for one in conflicts)
            raise Contradiction(
                f"{pair[0]} and {pair[1]} cannot be {verdict}, because of {reasons} of {self.path}: "
                "decide one of those pairs anew first",
                conflicts,
            )
        offset = _append(file, line)
        self._decisions.add(Decision(pair=pair, verdict=verdict, since="", line=_count_lines(file)))
        self._stamp = _stamp_of(self.path)
        return offset

    @contextmanager
    def _lock(self) -> Iterator[FileIO]:
        """Opens the file for appending and reading, and locks it until the end of the block."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._open_locked() as file:
                yield file
        except OSError as error:
            self._stamp = None
            raise DecisionError(
                f"{self.path} cannot be written ({error.strerror}): the decision was not kept"
            ) from None

    def _open_locked(self) -> FileIO:
        while True:
            file: FileIO = self.path.open("a+b", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            # Git replaces a file that it updates. Then the lock is on a file that is no longer there.
            if self.path.exists() and os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                return file
            file.close()


def _append(file: FileIO, line: bytes) -> int:
    """Appends a line and syncs the file. Returns where the line begins. Raises OSError; then nothing of it stays."""
    end = file.seek(0, os.SEEK_END)
    text = line if not end or _ends_with(file, b"\n") else b"\n" + line
    try:
        if file.write(text) != len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise
    return end + len(text) - len(line)


def _count_lines(file: FileIO) -> int:
    file.seek(0)
    return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def _ends_with(file: FileIO, end: bytes) -> bool:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - len(end)))
    return file.read() == end


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns
