"""`ldn review`, with a ledger and doubts made by hand."""

from __future__ import annotations

import json
import os
import pty
import select
import sqlite3
import sys
import termios
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from ldn_directory.cli.app import main
from ldn_directory.cli.terminal import display_width
from ldn_directory.ledger import Ledger
from ldn_directory.matching.decisions import Decisions
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source

REASONS = [
    {"field": "name", "said": "same surname, first name is a nickname of the other", "weight": 6.2},
    {"field": "phone", "said": "no number in common", "weight": -0.9},
]


def listing(key: str, name: str, **more) -> Listing:
    return Listing(
        source="harbour",
        key=key,
        page=f"https://example.org/{key}",
        kind=Kind.PRESCRIBER,
        evidence=Evidence.LISTED,
        name=name,
        **more,
    )


BOB = listing(
    "bob", "Bob Harfield", credentials="MD", city="Austin", phones=(Phone(raw="512 555 0142", e164="+15125550142"),)
)
ROBERT = listing("robert", "Robert Harfield", credentials="MD", city="Dallas", practice="Harbour Clinic")
ROB = listing("rob", "Rob Harfield", city="Austin")
WANG = listing("wang", "王小明", city="東京都千代田区")


def ingest(data: Path, listings: list[Listing], day: int = 1) -> None:
    source = Source(
        title="Harbour LDN Society", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id"
    )
    at = f"2026-11-{day:02}T00:00:00Z"
    lines = tuple(one.as_line() for one in listings)
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run=f"202611{day:02}T000000Z-0000",
                source_id="harbour",
                source=source,
                started=at,
                finished=at,
                lines=lines,
            )
        )


def doubt(data: Path, *pairs: tuple[Listing, Listing, float], reasons: object = REASONS) -> None:
    with closing(sqlite3.connect(data / "matching.db")) as db, db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS doubts (one TEXT, other TEXT, weight REAL, reasons TEXT, PRIMARY KEY (one, other))"
        )
        db.executemany(
            "INSERT INTO doubts VALUES (?, ?, ?, ?)",
            [(*sorted((one.id, other.id)), weight, json.dumps(reasons)) for one, other, weight in pairs],
        )


@pytest.fixture
def data(tmp_path) -> Path:
    (tmp_path / "matches.jsonl").touch()
    ingest(tmp_path, [BOB, ROBERT, ROB, WANG])
    doubt(tmp_path, (BOB, ROBERT, 5.3), (BOB, ROB, 7.0), (ROBERT, ROB, 2.0))
    return tmp_path


def review(data: Path, *options: str, keys: str = "", code: int = 0, width: int = 80) -> str:
    typed = "".join(f"{key}\n" for key in keys)
    done = CliRunner().invoke(main, ["review", "--data", str(data), *options], input=typed, env={"COLUMNS": str(width)})
    assert done.exit_code == code, done.output
    return done.output


def kept(data: Path) -> Decisions:
    return Decisions.read(data / "matches.jsonl")


def pair(one: Listing, other: Listing) -> tuple[str, str]:
    return tuple(sorted((one.id, other.id)))


def test_both_listings_are_shown_with_what_differs_and_why(data):
    text = review(data, keys="q")
    assert "Are these two the same? (3 to review)" in text
    row = next(line for line in text.splitlines() if line.startswith("name"))
    assert "!=" in row and "Bob Harfield" in row and "Rob Harfield" in row
    assert next(line for line in text.splitlines() if line.startswith("address")).split()[1] == "="
    assert "+6.2  name: same surname, first name is a nickname of the other (speaks" in text
    assert "In all +7.0 bits: much agrees, but two people of one name or two branches" in text
    for said in ("+15125550142", "Harbour LDN Society", "https://example.org/bob", "2026-11-01"):
        assert said in text


def test_the_weights_add_up_to_what_is_said_of_all(data):
    text = review(data, keys="q")
    assert (
        "+1.7  beforehand: how many of the pairs that are compared at all are the same" in text
    )  # 6.2 - 0.9 + 1.7 = 7.0


def test_an_address_that_only_says_less_is_nearly_the_same(data):
    street = listing("street", "Bob Harfield", street="12 Elm Street", city="Austin")
    elsewhere = listing("elsewhere", "Bob Harfield", street="9 Oak Lane", city="Austin")
    ingest(data, [BOB, ROBERT, ROB, WANG, street, elsewhere], 2)
    for one, other, mark in ((BOB, street, "~"), (street, elsewhere, "!=")):
        (data / "matching.db").unlink()
        doubt(data, (one, other, 1.0))
        assert (
            next(line for line in review(data, keys="q").splitlines() if line.startswith("address")).split()[1] == mark
        )


def test_those_nearest_to_being_merged_come_first_and_what_follows_is_not_asked(data):
    text = review(data, keys="sd")
    assert kept(data).same == [pair(BOB, ROB)] and kept(data).different == [pair(BOB, ROBERT)]
    assert "What it settles with earlier answers is not asked: 1." in text
    assert "2 decided. Now run: ldn build" in text
    assert review(data).strip() == "There is no doubtful match to review."


def test_undo_brings_back_the_pair_and_what_it_had_settled(data):
    doubt(data, (BOB, WANG, 0.1))
    assert "(1 to review)" in review(data, keys="ssuudlq")
    assert (kept(data).same, kept(data).different, kept(data).later) == ([], [pair(BOB, ROB)], [pair(BOB, ROBERT)])


def test_what_is_put_off_comes_last_once_more_and_in_the_next_session_last_too(data):
    text = review(data, keys="ldd")
    assert kept(data).later == [pair(BOB, ROB)]
    assert "2 decided, 1 left. Now run: ldn build" in text
    assert [row["put_off"] for row in json.loads(review(data, "--json"))] == [True]


def test_putting_off_everything_ends(data):
    assert "0 decided." in review(data, keys="llllll")
    assert len((data / "matches.jsonl").read_text().splitlines()) == 3


def test_a_contradiction_is_told_by_names_at_once_and_not_kept(data):
    review(data, "--decide", BOB.id, WANG.id, "same")
    review(data, "--decide", ROB.id, WANG.id, "later")
    colleague = json.dumps({"one": ROB.id, "other": WANG.id, "verdict": "different", "since": "2026-11-20T00:00:00Z"})
    doubts = review(data, "--json")
    assert len(json.loads(doubts)) == 3
    with (data / "matches.jsonl").open("a") as file:
        file.write(colleague + "\n")
    assert len(json.loads(review(data, "--json"))) == 2  # Bob and Rob are settled now
    text = review(data, "--decide", BOB.id, ROB.id, "same", code=2)
    assert "cannot be same" in text and "line 1" in text and "line 3" in text
    assert (data / "matches.jsonl").read_text().endswith(colleague + "\n")


def test_a_contradiction_that_a_colleague_makes_while_a_pair_is_shown_is_told_by_names(data, monkeypatch):
    from ldn_directory.cli import review as command

    answers = iter(("s", "q"))

    def key() -> str:
        answer = next(answers)
        if answer == "s":
            lines = [(BOB, WANG, "same"), (ROB, WANG, "different")]
            text = [
                json.dumps({"one": a.id, "other": b.id, "verdict": v, "since": "2026-11-20T00:00:00Z"}) + "\n"
                for a, b, v in lines
            ]
            (data / "matches.jsonl").write_text("".join(text))
        return answer

    monkeypatch.setattr(command, "_key", key)
    text = " ".join(review(data).split())
    assert "Not kept: these two cannot be the same, for it was said earlier" in text
    assert (
        f"王小明 ({WANG.id}) are different (on 2026-11-20)" in text
        or f"Rob Harfield ({ROB.id}) are different (on 2026-11-20)" in text
    )
    assert len((data / "matches.jsonl").read_text().splitlines()) == 2


def test_pairs_whose_listings_have_gone_are_passed_over(data):
    for day in (2, 3):
        ingest(data, [BOB, ROBERT, WANG], day)
    assert review(data, "--count").strip() == "1"


@pytest.mark.parametrize("width", [30, 63, 64, 80, 200])
def test_nothing_is_wider_than_the_terminal_and_nothing_moves_the_cursor(data, width):
    evil = listing(
        "evil", "\x1b[2J\x1b]0;x\x07Eve\u202e Harfield " + "王" * 300, website="https://example.org/" + "a" * 300
    )
    ingest(data, [BOB, ROBERT, ROB, WANG, evil], 2)
    (data / "matching.db").unlink()
    doubt(data, (evil, WANG, 1.0), reasons=[{"field": "name\x1b[1m", "said": "\x1b[2Jx" * 60, "weight": 1.5}])
    text = review(data, keys="q", width=width)
    shown = text[: text.index("[s]ame")]
    assert not any(ord(letter) < 32 and letter != "\n" for letter in text) and "\u202e" not in text
    assert max(display_width(line) for line in shown.splitlines()) <= width


def test_wide_letters_keep_the_columns_aligned(data):
    (data / "matching.db").unlink()
    doubt(data, (WANG, BOB, 1.0))
    lines = [line for line in review(data, keys="q").splitlines() if line.startswith(("name", "address"))]
    places = {
        display_width(line[: line.index(text)])
        for line, text in zip(lines, ("Bob", "Austin") if WANG.id < BOB.id else ("王", "東"), strict=True)
    }
    assert len(places) == 1


def test_the_queue_for_programs_and_its_length(data):
    rows = json.loads(review(data, "--json"))
    assert [row["weight"] for row in rows] == [7.0, 5.3, 2.0]
    assert {row["name"] for row in rows[0]["listings"]} == {"Bob Harfield", "Rob Harfield"}
    assert rows[2]["odds"] == "about 4 to 1 that they are the same"
    assert review(data, "--count").strip() == "3"
    assert json.loads(review(data, "--count", "--json")) == {"waiting": 3}


def test_wrong_ids_and_wrong_words_are_refused(data):
    assert "there is no listing 0000" in review(data, "--decide", BOB.id, "0000", "same", code=2)
    review(data, "--decide", BOB.id, BOB.id, "same", code=64)
    review(data, "--decide", BOB.id, ROB.id, "perhaps", code=64)
    assert not (data / "matches.jsonl").read_text()


def test_what_is_missing_or_damaged_is_a_sentence(tmp_path, data):
    assert "there is no ledger" in review(data / "nowhere", code=2)
    (data / "matching.db").write_bytes(b"no database" * 100)
    assert "run ldn build" in review(data, code=2)
    (data / "matching.db").unlink()
    doubt(data, (BOB, ROB, 1.0), reasons={"field": 1})
    assert "run ldn build" in review(data, code=2)
    (data / "matching.db").unlink()
    assert "run ldn build" in review(data, "--count", code=2)
    doubt(data, (BOB, ROB, 1.0))
    (data / "matches.jsonl").write_text("{")
    assert "line 1 is not JSON" in review(data, code=2)
    assert "line 1 is not JSON" in review(data, "--decide", BOB.id, ROB.id, "same", code=2)
    assert "line 1 is not JSON" in CliRunner().invoke(main, ["status", "--data", str(data)]).output


def test_status_says_how_many_wait(data):
    said = CliRunner().invoke(main, ["status", "--data", str(data)]).output
    assert "3 doubtful matches to review: ldn review" in said
    review(data, keys="dds")
    assert "doubtful" not in CliRunner().invoke(main, ["status", "--data", str(data)]).output


class Terminal:
    """`ldn review` on a real pseudo-terminal of 80 columns."""

    def __init__(self, data: Path) -> None:
        self.child, self.screen = pty.fork()
        if not self.child:
            os.environ["COLUMNS"] = "80"
            os.execv(sys.executable, [sys.executable, "-m", "ldn_directory", "review", "--data", str(data)])
        self.text, self.deadline = "", time.monotonic() + 60

    def read(self) -> bool:
        if select.select([self.screen], [], [], 0.02)[0]:
            try:
                self.text += os.read(self.screen, 65536).decode("utf-8", "replace")
            except OSError:  # the other side has ended
                return False
        assert time.monotonic() < self.deadline, self.text
        return True

    def press(self, key: bytes) -> None:
        """Waits until the command asks, and reads single keys, then presses one."""
        begun = len(self.text)
        while "help: " not in self.text[begun:] or termios.tcgetattr(self.screen)[3] & termios.ICANON:
            assert self.read(), self.text
        self.text += "\n"
        os.write(self.screen, key)

    def ended(self) -> int:
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


def test_on_a_terminal_one_key_is_an_answer_without_enter(data):
    terminal = Terminal(data)
    for key in (b"s", b"u", b"?", b"\x1b[D", b"d", b"l", b"q"):
        terminal.press(key)
    assert terminal.ended() == 0
    assert kept(data).different == [pair(BOB, ROB)] and kept(data).later == [pair(BOB, ROBERT)]
    assert "1 decided, 2 left. Now run: ldn build" in terminal.text and "Undone." in terminal.text


def test_ctrl_c_on_a_terminal_keeps_what_was_answered(data):
    terminal = Terminal(data)
    terminal.press(b"s")
    terminal.press(b"\x03")
    assert terminal.ended() == 0
    assert kept(data).same == [pair(BOB, ROB)]
