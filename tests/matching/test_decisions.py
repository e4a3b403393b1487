"""What people decided about doubtful matches, read and kept."""

from __future__ import annotations

import json
import resource
import time
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ldn_directory.errors import BuildError
from ldn_directory.matching.decisions import Contradiction, DecisionBook, DecisionError, Decisions, decisions_path


def line(one: str, other: str, verdict: str) -> str:
    return json.dumps({"one": one, "other": other, "verdict": verdict, "since": "2026-11-25T07:00:00Z"})


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "matches.jsonl"


def read(path: Path, *lines: str) -> Decisions:
    path.write_text("".join(f"{text}\n" for text in lines))
    return Decisions.read(path)


def book(path: Path) -> DecisionBook:
    return DecisionBook(path, lambda: "2026-11-25T07:00:00Z")


def test_a_missing_file_holds_no_decisions(path):
    assert Decisions.read(path).same == Decisions().same == []


def test_each_verdict_is_read_with_the_lesser_id_first(path):
    found = read(path, line("b", "a", "same"), line("c", "d", "different"), line("e", "f", "later"))
    assert (found.same, found.different, found.later) == ([("a", "b")], [("c", "d")], [("e", "f")])


def test_a_later_line_about_a_pair_supersedes_an_earlier_one(path):
    assert read(path, line("a", "b", "same"), line("b", "a", "different")).same == []
    assert read(path, line("a", "b", "same"), line("a", "b", "later")).later == [("a", "b")]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "is no decision"),
        ('{"one": 1, "other": "b", "verdict": "same"}', "is no decision"),
        (line("a", "\x1b[2J", "same"), "is no decision"),
        (line("a", "b" * 65, "same"), "is no decision"),
        (line("a", "b", "perhaps"), "the verdict 'perhaps' is none of same, different, later"),
        ('{"one": "a", "other": "b", "verdict": ["same"]}', "the verdict"),
        (line("a", "a", "same"), "is about a and itself"),
        ("<<<<<<< HEAD", "a merge was left unfinished"),
    ],
)
def test_a_line_that_is_no_decision_is_named(path, bad, said):
    with pytest.raises(DecisionError, match="line 2") as told:
        read(path, line("a", "b", "same"), bad)
    assert said in str(told.value) and isinstance(told.value, BuildError)


def test_bytes_that_are_no_text_are_an_error_and_no_crash(path):
    path.write_bytes(b"\xff\xfe\x00\n")
    with pytest.raises(DecisionError, match="line 1 is not JSON"):
        Decisions.read(path)


def test_a_pair_that_is_different_and_the_same_by_a_chain_is_told_with_all_its_lines(path):
    with pytest.raises(DecisionError) as told:
        read(path, line("a", "b", "same"), line("x", "y", "same"), line("b", "c", "same"), line("a", "c", "different"))
    assert "line 4 says that a and c are different, but they are the same by line 1 (a and b), line 3 (b and c)" in str(
        told.value
    )
    assert (
        "Delete the lines that are wrong" in str(told.value)
        and "x" not in str(told.value).split("itself:")[1].split("Delete")[0]
    )


def test_a_ring_of_the_same_is_no_contradiction(path):
    assert len(read(path, line("a", "b", "same"), line("b", "c", "same"), line("c", "a", "same")).same) == 3


def test_decisions_about_listings_that_are_not_known_are_warned_of(path):
    found = read(path, line("a", "b", "same"), line("a", "gone", "different"))
    assert found.warnings({"a", "b"}) == ["matches.jsonl, line 2: there is no listing gone; the decision is ignored"]


def test_what_follows_from_decisions_is_settled(path):
    found = read(path, line("a", "b", "same"), line("b", "c", "same"), line("c", "z", "different"))
    assert [found.verdict("a", "c"), found.verdict("z", "a"), found.verdict("a", "q")] == ["same", "different", None]


def test_a_decision_that_contradicts_is_refused_with_those_that_exclude_it_and_not_written(path):
    kept = book(path)
    kept.decide("a", "b", "same")
    kept.decide("c", "a", "different")
    before = path.read_bytes()
    with pytest.raises(Contradiction) as told:
        kept.decide("b", "c", "same")
    assert [said.line for said in told.value.decisions] == [1, 2]
    assert path.read_bytes() == before


def test_a_change_of_mind_about_the_pair_itself_is_no_contradiction(path):
    kept = book(path)
    for verdict in ("same", "different", "same", "later"):
        kept.decide("a", "b", verdict)
    assert len(path.read_text().splitlines()) == 4
    assert Decisions.read(path).later == [("a", "b")]


def test_undo_takes_the_last_line_away_as_if_it_had_not_been(path):
    path.write_text(line("a", "b", "same"))  # no newline at its end, as an editor may leave it
    kept = book(path)
    kept.decide("c", "d", "different")
    assert len(path.read_text().splitlines()) == 2
    assert kept.undo() == ("c", "d")
    assert path.read_text() == line("a", "b", "same") + "\n"
    assert kept.undo() is None


def test_undo_of_a_line_that_others_followed_restores_what_held_before(path):
    kept, colleague = book(path), book(path)
    kept.decide("a", "b", "same")
    kept.decide("a", "b", "different")
    colleague.decide("x", "y", "same")
    kept.undo()
    assert Decisions.read(path).same == [("a", "b"), ("x", "y")]
    kept.undo()
    assert Decisions.read(path).later == [("a", "b")]


def test_what_a_colleague_decided_meanwhile_counts(path):
    kept, colleague = book(path), book(path)
    kept.decide("a", "b", "same")
    colleague.decide("b", "c", "same")
    with pytest.raises(Contradiction):
        kept.decide("a", "c", "different")


def _decide_many(path: Path, who: int) -> None:
    kept = book(path)
    for number in range(25):
        kept.decide(f"a{who}-{number}", f"b{who}-{number}", "same")


def test_several_may_write_at_once_and_no_line_is_lost(path):
    others = [get_context("fork").Process(target=_decide_many, args=(path, who)) for who in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    assert len(Decisions.read(path).same) == 100


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "matches.jsonl").mkdir()
    with pytest.raises(DecisionError, match="cannot be"):
        book(tmp_path / "matches.jsonl").decide("a", "b", "same")


def test_a_disk_that_is_full_keeps_nothing_of_the_line(path):
    kept = book(path)
    kept.decide("a", "b", "same")
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
    try:
        with pytest.raises(DecisionError, match="the decision was not kept"):
            kept.decide("c", "d", "same")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before and kept.decisions.same == [("a", "b")]
    kept.decide("c", "d", "same")
    assert len(Decisions.read(path).same) == 2


def test_a_new_file_is_made_in_the_data_folder(tmp_path):
    (tmp_path / "matches.jsonl").touch()
    assert decisions_path(tmp_path) == tmp_path / "matches.jsonl"


def test_a_hundred_thousand_lines_are_read_and_added_to_in_seconds(path):
    ids = [f"{number:016x}" for number in range(100_001)]
    path.write_text(
        "".join(line(*pair, "same") + "\n" for pair in pairwise(ids[:50_000]))
        + "".join(line(*pair, "different") + "\n" for pair in pairwise(ids[50_000:]))
    )
    began = time.perf_counter()
    kept = book(path)
    with pytest.raises(Contradiction) as told:
        kept.decide(ids[0], ids[49_999], "different")
    assert len(told.value.decisions) == 49_999
    assert time.perf_counter() - began < 10


VERDICT = st.sampled_from(("same", "different", "later"))
LINES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), VERDICT).filter(lambda said: said[0] != said[1]), max_size=20
)


def closure(pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Every pair that is the same by a chain, by Warshall's algorithm."""
    near = {*pairs, *((other, one) for one, other in pairs)}
    names = {name for pair in pairs for name in pair}
    for middle in names:
        near |= {(one, other) for one in names for other in names if (one, middle) in near and (middle, other) in near}
    return near


@given(LINES)
def test_no_pair_is_different_that_is_the_same_by_a_chain(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("decisions") / "matches.jsonl"
    last = {tuple(sorted(said[:2])): said[2] for said in lines}
    path.write_text("".join(line(str(one), str(other), verdict) + "\n" for one, other, verdict in lines))
    same = closure([(str(one), str(other)) for (one, other), verdict in last.items() if verdict == "same"])
    excluded = [
        pair for pair, verdict in last.items() if verdict == "different" and (str(pair[0]), str(pair[1])) in same
    ]
    try:
        found = Decisions.read(path)
    except DecisionError:
        assert excluded
        return
    assert not excluded
    assert not closure(found.same) & set(found.different)


@given(LINES)
def test_a_book_never_writes_what_cannot_be_read_and_refuses_nothing_that_can(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("decisions") / "matches.jsonl"
    kept = book(path)
    for one, other, verdict in lines:
        before = path.read_text() if path.exists() else ""
        try:
            kept.decide(str(one), str(other), verdict)
        except Contradiction:
            assert (path.read_text() if path.exists() else "") == before
            path.with_suffix(".would").write_text(before + line(str(one), str(other), verdict) + "\n")
            with pytest.raises(DecisionError, match="contradicts itself"):
                Decisions.read(path.with_suffix(".would"))
        assert Decisions.read(path).same == kept.decisions.same
