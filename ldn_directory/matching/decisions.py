"""What people decided about doubtful matches: `matches.jsonl`, one JSON object a line, listing ids only.

    {"one": "0123...", "other": "89ab...", "since": "2026-11-25T07:00:00Z", "verdict": "same"}

A verdict is `same`, `different` or `later`. A later line about the same pair supersedes an earlier one; a `later` after a `same` takes
it back. Lines are only ever added, so that a review of the file's history shows every change of mind; the one exception is the
last line, which is taken away again when it is undone before anything has followed it, as if it had never been written.
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
from ldn_directory.storage import written_by_people

FILE = "matches.jsonl"
SAME, DIFFERENT, LATER = "same", "different", "later"
VERDICTS = (SAME, DIFFERENT, LATER)
ID = re.compile(r"[!-~]{1,64}")
MOST_TOLD = 5
"""Contradictions that one error names; correcting some may end others."""

Pair = tuple[str, str]
"""Two listing ids, the lesser first."""


class DecisionError(BuildError):
    """The decisions cannot be followed; the message names the lines and says what to do. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a line says; `line` counts from 1."""

    pair: Pair
    verdict: str
    since: str
    line: int


class Contradiction(DecisionError):
    """A verdict that earlier ones exclude; `decisions` are those."""

    def __init__(self, message: str, decisions: Sequence[Decision]) -> None:
        super().__init__(message)
        self.decisions = tuple(decisions)


def pair_of(one: str, other: str) -> Pair:
    """The pair in its order. Raises DecisionError for a listing with itself."""
    if one == other:
        raise DecisionError(f"{one} is one listing: a decision is about two")
    return (one, other) if one < other else (other, one)


class Decisions:
    """The verdicts that hold, free of contradictions: no pair is different that a chain of `same` makes one."""

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._holding: dict[Pair, Decision] = {}
        self._near: dict[str, dict[str, set[str]]] = {SAME: {}, DIFFERENT: {}}
        for decision in decisions:
            self._note(decision)

    @classmethod
    def empty(cls) -> Decisions:
        """No decisions."""
        return cls()

    @classmethod
    def read(cls, path: Path) -> Decisions:
        """The decisions of a file, none if there is none.

        Raises DecisionError that names the lines for what is no decision, and for decisions that exclude one another.
        """
        try:
            text = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise DecisionError(f"{path} cannot be read ({error.strerror})") from None
        return cls._of(text, path)

    @classmethod
    def _of(cls, text: bytes, path: Path) -> Decisions:
        found = cls(_decisions_in(text, path))
        if contradictions := list(found._contradictions()):
            told = [f"  {_chain_told(different, chain)}" for different, chain in contradictions[:MOST_TOLD]]
            more = [f"  and {len(contradictions) - MOST_TOLD} more"] if len(contradictions) > MOST_TOLD else []
            raise DecisionError(
                "\n".join([f"{path} contradicts itself:", *told, *more])
                + "\nDelete the lines that are wrong, or put a line after them that supersedes one of them."
            )
        return found

    @property
    def same(self) -> list[Pair]:
        """Pairs said to be the same, in order of their ids; what follows from chains of them is not in it."""
        return self._with(SAME)

    @property
    def different(self) -> list[Pair]:
        """Pairs said to be different, in order of their ids."""
        return self._with(DIFFERENT)

    @property
    def later(self) -> list[Pair]:
        """Pairs put off, the one put off first first."""
        found = [decision for decision in self._holding.values() if decision.verdict == LATER]
        return [decision.pair for decision in sorted(found, key=lambda decision: decision.line)]

    def _with(self, verdict: str) -> list[Pair]:
        return sorted(pair for pair, decision in self._holding.items() if decision.verdict == verdict)

    def check(self, known_ids: Collection[str]) -> list[str]:
        """A warning for each decision about a listing that is not known: it may have gone, or its id be mistyped."""
        known = known_ids if isinstance(known_ids, (set, frozenset, dict)) else set(known_ids)
        return [
            f"{FILE}, line {decision.line}: there is no listing {' and no listing '.join(unknown)}; the decision is ignored"
            for decision in sorted(self._holding.values(), key=lambda decision: decision.line)
            if (unknown := [listing for listing in decision.pair if listing not in known])
        ]

    def decided(self, one: str, other: str) -> Decision | None:
        """The decision about a pair that holds, if there is one."""
        return self._holding.get(pair_of(one, other))

    def settled(self, one: str, other: str) -> str | None:
        """`same` or `different` if the decisions say so of a pair, itself or by a chain; else None."""
        if not all(self._near[SAME].get(listing) or self._near[DIFFERENT].get(listing) for listing in (one, other)):
            return None
        ones, others = self._together(one), self._together(other)
        if other in ones:
            return SAME
        return DIFFERENT if next(self._apart(ones, others), None) else None

    def against(self, one: str, other: str, verdict: str) -> list[Decision]:
        """The decisions that exclude a verdict about a pair, whatever was said of that pair itself; none if it can be given."""
        pair = pair_of(one, other)
        if verdict == DIFFERENT:
            return self._chain(*pair, without=pair)
        if verdict == LATER:
            return []
        for apart in self._apart(self._together(one), self._together(other)):
            if apart != pair:
                first, last = apart if apart[0] in self._together(one) else apart[::-1]
                return [*self._chain(first, one), self._holding[apart], *self._chain(other, last)]
        return []

    def _note(self, decision: Decision) -> None:
        one, other = decision.pair
        before = self._holding.get(decision.pair)
        if before and before.verdict in self._near:
            self._near[before.verdict][one].discard(other)
            self._near[before.verdict][other].discard(one)
        self._holding[decision.pair] = decision
        if decision.verdict in self._near:
            self._near[decision.verdict].setdefault(one, set()).add(other)
            self._near[decision.verdict].setdefault(other, set()).add(one)

    def _together(self, listing: str) -> dict[str, str | None]:
        """All that is the same as a listing, each with the one through which it is, the listing itself first."""
        through: dict[str, str | None] = {listing: None}
        waiting = deque([listing])
        while waiting:
            here = waiting.popleft()
            for near in sorted(self._near[SAME].get(here, ())):
                if near not in through:
                    through[near] = here
                    waiting.append(near)
        return through

    def _apart(self, ones: Collection[str], others: Collection[str]) -> Iterator[Pair]:
        """The pairs said to be different of which one is here and one is there."""
        for here in ones:
            for there in sorted(self._near[DIFFERENT].get(here, ())):
                if there in others:
                    yield pair_of(here, there)

    def _chain(self, one: str, other: str, without: Pair | None = None) -> list[Decision]:
        """The shortest chain of `same` from one listing to another that does not need what was said of the pair `without`."""
        through: dict[str, str] = {one: one}
        waiting = deque([one])
        while waiting and other not in through:
            here = waiting.popleft()
            for near in sorted(self._near[SAME].get(here, ())):
                if near not in through and pair_of(here, near) != without:
                    through[near] = here
                    waiting.append(near)
        links: list[Decision] = []
        while other != one and other in through:
            links.append(self._holding[pair_of(through[other], other)])
            other = through[other]
        return links[::-1]

    def _contradictions(self) -> Iterator[tuple[Decision, list[Decision]]]:
        group: dict[str, str] = {}
        for listing in self._near[SAME]:
            if listing not in group:
                group.update(dict.fromkeys(self._together(listing), listing))
        for one, other in self.different:
            if group.get(one, one) == group.get(other, other):
                yield self._holding[one, other], self._chain(one, other)


def _chain_told(different: Decision, chain: Sequence[Decision]) -> str:
    one, other = different.pair
    links = ", ".join(f"line {link.line} ({link.pair[0]} and {link.pair[1]})" for link in chain)
    return f"line {different.line} says that {one} and {other} are different, but they are the same by {links}"


def _decisions_in(text: bytes, path: Path) -> Iterator[Decision]:
    for number, line in enumerate(text.decode("utf-8-sig", "replace").split("\n"), 1):
        if line.strip():
            yield _decision_in(line, number, f"{path}, line {number}")


def _decision_in(line: str, number: int, where: str) -> Decision:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise DecisionError(
            f"{where}: a merge was left unfinished: keep the lines of both sides, and take this mark away"
        )
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise DecisionError(f"{where} is not JSON: correct it or take it away") from None
    said = said if isinstance(said, dict) else {}
    one, other, verdict, since = (said.get(name) for name in ("one", "other", "verdict", "since"))
    if not (_is_id(one) and _is_id(other) and isinstance(since, str | None)):
        shape = '{"one": id, "other": id, "since": UTC, "verdict": ...}'
        raise DecisionError(f"{where} is no decision ({shape}): correct it or take it away")
    if verdict not in VERDICTS:
        raise DecisionError(f"{where}: the verdict {verdict!r} is none of {', '.join(VERDICTS)}")
    if one == other:
        raise DecisionError(f"{where} is about {one} and itself: take it away")
    return Decision(pair=pair_of(one, other), verdict=verdict, since=since or "", line=number)


def _is_id(value: object) -> TypeGuard[str]:
    """Whether it may be printed as a listing's id; whether there is such a listing is another question."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


def decisions_path(data: Path) -> Path:
    """Where decisions are kept: in the data folder's file, else in the project's; a new file is made in the data folder."""
    path = written_by_people(data, FILE)
    return path if path.exists() else (data / FILE).absolute()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A line of this book's, where it begins (bytes), and what held of its pair before; no bytes if it had held already."""

    pair: Pair
    line: bytes
    begins: int
    before: str


class DecisionBook:
    """The decisions file, for writing: each decision is on the disk before the next is asked for, and none contradicts another.

    Several may write at once: what others have added is read before anything is decided. Raises DecisionError throughout.
    """

    def __init__(self, path: Path, now: Callable[[], str]) -> None:
        """`now` gives the moment as UTC, ISO 8601 with a trailing Z."""
        self.path, self._now = path, now
        self._seen: Any = None
        self._own: list[_Written] = []
        self._decisions = Decisions.empty()

    @property
    def decisions(self) -> Decisions:
        """What holds now."""
        if (stamp := _stamp_of(self.path)) != self._seen:
            self._decisions, self._seen = Decisions.read(self.path), stamp
        return self._decisions

    def decide(self, one: str, other: str, verdict: str) -> None:
        """Adds a decision, unless it holds already. Raises Contradiction if earlier ones exclude it."""
        pair = pair_of(one, other)
        with self._locked() as file:
            before = self.decisions.decided(*pair)
            line = b"" if before and before.verdict == verdict else self._line(pair, verdict)
            begins = self._add(file, pair, verdict, line) if line else 0
        self._own.append(_Written(pair=pair, line=line, begins=begins, before=before.verdict if before else LATER))

    def undo(self) -> Pair | None:
        """Takes back the last decision of this book that is not yet taken back; gives its pair, None if there is none."""
        if not self._own:
            return None
        last = self._own[-1]
        with self._locked() as file:
            if last.line and file.seek(0, os.SEEK_END) == last.begins + len(last.line) and _ends_with(file, last.line):
                file.truncate(last.begins)
                os.fsync(file.fileno())
                self._seen = None
            elif last.line:
                self._add(file, last.pair, last.before, self._line(last.pair, last.before))
        return self._own.pop().pair

    def _line(self, pair: Pair, verdict: str) -> bytes:
        said = {"one": pair[0], "other": pair[1], "since": self._now(), "verdict": verdict}
        return json.dumps(said).encode() + b"\n"

    def _add(self, file: FileIO, pair: Pair, verdict: str, line: bytes) -> int:
        """Where in the file the line begins."""
        if against := self.decisions.against(*pair, verdict):
            told = ", ".join(f"line {said.line} ({said.pair[0]} and {said.pair[1]} {said.verdict})" for said in against)
            raise Contradiction(
                f"{pair[0]} and {pair[1]} cannot be {verdict}, because of {told} of {self.path}: "
                "decide one of those pairs anew first",
                against,
            )
        begins = _appended(file, line)
        self._decisions._note(Decision(pair=pair, verdict=verdict, since="", line=_lines_of(file)))
        self._seen = _stamp_of(self.path)
        return begins

    @contextmanager
    def _locked(self) -> Iterator[FileIO]:
        """The file, open for appending and reading, nobody else's until the end."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._opened() as file:
                yield file
        except OSError as error:
            self._seen = None
            raise DecisionError(
                f"{self.path} cannot be written ({error.strerror}): the decision was not kept"
            ) from None

    def _opened(self) -> FileIO:
        while True:
            file: FileIO = self.path.open("a+b", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            # Whoever replaces the file, as git does, leaves a lock on one that is no longer there.
            if self.path.exists() and os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                return file
            file.close()


def _appended(file: FileIO, line: bytes) -> int:
    """Puts a line onto the disk and gives where it begins (bytes); if it cannot be written whole, nothing of it stays. Raises OSError."""
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


def _lines_of(file: FileIO) -> int:
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
