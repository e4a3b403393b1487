"""`ldn review`: doubtful matches, one key each."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from ldn_directory.storage import utc_now

from .common import ALL_GOOD, NothingDone, with_json, with_status

KEYS = {"s": "same", "d": "different", "l": "later", "u": "undo", "q": "quit", "?": "help"}
PROMPT = "[s]ame  [d]ifferent  [l]ater  [u]ndo  [q]uit  [?] help: "
HELP = """\
s  the same practitioner, clinic or pharmacy: one entry from the next build on
d  different: two entries for good, whatever the lists say
l  later: the pair goes to the end of the queue
u  undo the last answer of this session; an older one: ldn review --decide ONE OTHER later
q  quit; what was answered is kept
Every answer is kept at once in matches.jsonl, by listing ids alone."""


@click.command()
@click.option("--count", is_flag=True, help="Print how many pairs wait.")
@click.option(
    "--decide",
    type=(str, str, click.Choice(["same", "different", "later"])),
    metavar="ONE OTHER VERDICT",
    help="Save a verdict (same, different, later) about two listing ids, without asking.",
)
@with_status
@with_json
def review(count: bool, decide: tuple[str, str, str] | None, data: Path, as_json: bool) -> int:
    """Decide doubtful matches, with one key each: the same provider, or different ones?

    Exit codes: 0 all is saved, or nothing waits; 2 there is no queue, or the verdict contradicts an earlier one.
    """
    from ldn_directory.matching.decisions import DecisionBook, decisions_path

    if decide and count:
        raise click.UsageError("--decide and --count do not go together")
    book = DecisionBook(decisions_path(data), utc_now)
    if decide:
        _decide(data, book, *decide, as_json=as_json)
    elif count or as_json:
        _print_queue(data, book, count=count, as_json=as_json)
    else:
        _Session(data, book).run()
    return ALL_GOOD


def _decide(data: Path, book: Any, one: str, other: str, verdict: str, *, as_json: bool) -> None:
    from ldn_directory.matching.review_queue import Listings
    from ldn_directory.privacy.suppression import Suppressions

    if one == other:
        raise click.UsageError(f"{one} is one listing: a decision is about two")
    with Listings(data, Suppressions.in_folder(data).is_suppressed) as listings:
        if missing := [listing for listing in (one, other) if listings.get(listing) is None]:
            raise NothingDone(f"there is no listing {' and no listing '.join(missing)} in the ledger; nothing was kept")
    book.decide(one, other, verdict)
    said = {"one": min(one, other), "other": max(one, other), "verdict": verdict}
    click.echo(json.dumps(said) if as_json else f"Kept: {one} and {other}: {verdict}. Now run: ldn build")


def _print_queue(data: Path, book: Any, *, count: bool, as_json: bool) -> None:
    from ldn_directory.matching.review_queue import read_queue
    from ldn_directory.privacy.suppression import Suppressions

    from .review_display import describe_total

    queue = read_queue(data, book.decisions, Suppressions.in_folder(data).is_suppressed)
    if count:
        click.echo(json.dumps({"waiting": len(queue)}) if as_json else str(len(queue)))
        return
    put_off = set(book.decisions.later)
    rows = [
        pair.doubt.as_json()
        | {
            "odds": describe_total(pair.doubt.weight),
            "put_off": (pair.doubt.one, pair.doubt.other) in put_off,
            "listings": [pair.one, pair.other],
        }
        for pair in queue
    ]
    click.echo(json.dumps(rows, ensure_ascii=False))


class _Session:
    """One person's answers to the queue.

    A pair that other answers settle stays in the queue and is skipped, so that it is asked if those are undone. `done`
    are the answered pairs. `put_off` are those moved to the end: they come once more in this session.
    """

    def __init__(self, data: Path, book: Any) -> None:
        self.data, self.book = data, book
        self.queue: list[Any] = []
        self.done: list[tuple[Any, str]] = []
        self.put_off: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Asks until nothing waits or the person quits, and says what to run."""
        from ldn_directory.matching.review_queue import Listings, add_listings, read_doubts, undecided
        from ldn_directory.privacy.suppression import Suppressions

        with Listings(self.data, Suppressions.in_folder(self.data).is_suppressed) as listings:
            self.listings = listings
            # What is counted is only what can be asked: the rest has gone.
            self.queue = [
                pair.doubt
                for pair in add_listings(undecided(read_doubts(self.data), self.book.decisions), listings.get)
            ]
            if not self.queue:
                click.echo("There is no doubtful match to review.")
                return
            quit_early = self._ask_all()
        self._print_summary(quit_early)

    def _ask_all(self) -> bool:
        while (pair := self._next()) is not None:
            self._show(pair)
            try:
                if not self._handle_keys(pair):
                    return True
            except (KeyboardInterrupt, EOFError):
                click.echo()
                return True
        return False

    def _next(self) -> Any:
        """The first pair that still waits, with its listings; None if there is none."""
        from ldn_directory.matching.review_queue import add_listings

        return next(add_listings(self._undecided(), self.listings.get), None)

    def _undecided(self) -> list[Any]:
        decisions = self.book.decisions
        return [doubt for doubt in self.queue if decisions.verdict(doubt.one, doubt.other) is None]

    def _show(self, pair: Any) -> None:
        from .review_display import format_pair

        click.echo()
        click.echo(format_pair(pair, width=_width(), left=len(self._undecided())))
        click.echo()

    def _handle_keys(self, pair: Any) -> bool:
        """Asks for keys until the pair is answered or another is to be shown; False to quit."""
        while True:
            match KEYS.get(_key()):
                case "same" | "different" | "later" as verdict:
                    if self._decide_pair(pair, verdict):
                        return True
                case "undo":
                    if self._undo():
                        return True
                case "quit":
                    return False
                case _:
                    click.echo(HELP)

    def _decide_pair(self, pair: Any, verdict: str) -> bool:
        from ldn_directory.matching.decisions import Contradiction

        before = len(self._undecided())
        try:
            self.book.decide(pair.doubt.one, pair.doubt.other, verdict)
        except Contradiction as contradiction:
            self._refuse(verdict, contradiction)
            return False
        self.queue.remove(pair.doubt)
        follow = before - 1 - len(self._undecided())
        click.echo(
            f"{verdict}." + (f" What it settles with earlier answers is not asked: {follow}." if follow > 0 else "")
        )
        self.done.append((pair.doubt, verdict))
        ids = (pair.doubt.one, pair.doubt.other)
        if verdict == "later" and ids not in self.put_off:
            self.put_off.add(ids)
            self.queue.append(pair.doubt)
        return True

    def _refuse(self, verdict: str, contradiction: Any) -> None:
        from .review_display import format_refusal

        ids = {listing for decision in contradiction.decisions for listing in decision.pair}
        rows = {listing: self.listings.get(listing) or {} for listing in ids}
        names = {listing: row.get("name") or row.get("practice") or "" for listing, row in rows.items()}
        click.echo(format_refusal(verdict, contradiction.decisions, names, _width()))

    def _undo(self) -> bool:
        if self.book.undo() is None:
            click.echo("There is nothing to undo in this session.")
            return False
        doubt, _ = self.done.pop()
        if doubt in self.queue:
            self.queue.remove(doubt)
            self.put_off.discard((doubt.one, doubt.other))
        self.queue.insert(0, doubt)
        click.echo("Undone.")
        return True

    def _print_summary(self, quit_early: bool) -> None:
        decided = sum(verdict != "later" for _, verdict in self.done)
        left = f", {len(self._undecided())} left" if quit_early else ""
        if self.done and not quit_early:
            last = self.done[-1][0]
            click.echo(
                f"Was the last answer a slip? Take it back with: ldn review --decide {last.one} {last.other} later"
            )
        click.echo(f"{decided} decided{left}." + (" Now run: ldn build" if decided else ""))


def _key() -> str:
    """The next key on a terminal, else the next line; whatever it is, it is one answer. Raises EOFError at the end."""
    click.echo(PROMPT, nl=False)
    if sys.stdin.isatty():
        # One key has one answer: several at once are a paste or an arrow, and none of them is meant.
        key = click.getchar()
        click.echo(key if key in KEYS else "")
        return key.lower()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    click.echo()
    return line.strip().lower()


def _width() -> int:
    return shutil.get_terminal_size((80, 24)).columns
