"""Gates on who is on a list: which changes of a list are held, what is said of them, and what passes.

The kinds of change in tests/generators/list_changes.py that are held out were not looked at when limits were chosen.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ldn_directory.archive.harvests import held_harvest
from ldn_directory.crawl.harvest_extension import accept
from ldn_directory.model import Expect
from tests.generators.judged import SOURCE, judge, reasons_for
from tests.generators.list_changes import FAULTS, HONEST, SERIES, invent_list

SIZES = (12, 40)
"""In shorter lists a fault of a field that few entries have may be two entries, who may as well have changed honestly."""


@pytest.fixture
def data(tmp_path: Path, world: Path) -> Path:
    (tmp_path / "gazetteer.db").symlink_to(world)
    return tmp_path


def accept_held(data: Path, report: dict, source=SOURCE) -> None:
    harvest, _ = held_harvest(data, report["run"], "harbour", source)
    accept(data, harvest)


@pytest.mark.parametrize("name", HONEST)
def test_what_changes_honestly_passes(name, world):
    assert [reasons_for(HONEST[name], size, size, world) for size in (8, *SIZES)] == [[], [], []]


@pytest.mark.parametrize("name", [*FAULTS, *SERIES])
def test_what_goes_wrong_with_a_list_is_held(name, world):
    assert all(reasons_for((FAULTS | SERIES)[name], size, size, world) for size in SIZES)


def test_a_reason_names_three_examples_with_what_was_and_what_is(data):
    entries, _ = invent_list(40, 3)
    judge(data, 0, entries)
    moved = [replace(one, street=f"{number} Quay Parade") for number, one in enumerate(entries[:20])] + entries[20:]
    (reason,) = judge(data, 1, moved)["reasons"]
    assert reason.startswith("20 of 40 entries have another street than before (50%; 20% may have): ")
    assert reason.count(" → ") == 3
    assert reason.count("Quay Parade") == 3 and sum(f": {one.street} → " in reason for one in entries) == 3


def test_the_names_of_gates_name_nobody(data):
    entries, others = invent_list(40, 3)
    judge(data, 0, entries)
    gates = judge(data, 1, others)["gates"]
    assert {"many gone", "many new"} <= set(gates)
    assert not any(one.name in gate for one in [*entries, *others] for gate in gates)


def test_a_source_states_limits_of_its_own(data):
    entries, others = invent_list(40, 3)
    changing = replace(SOURCE, expect=Expect(most_gone=0.6, most_new=0.6, most_changed={"street": 0.6}))
    judge(data, 0, entries, changing)
    replaced = [replace(one, street="1 Quay") for one in entries[20:]][:8] + entries[28:] + others[:20]
    assert judge(data, 1, replaced, SOURCE)["outcome"] == "held"
    assert judge(data, 2, replaced, changing)["outcome"] == "passed"


def test_a_list_that_dwindles_is_held_once_and_measured_by_what_was_accepted_from_then_on(data):
    entries, _ = invent_list(100, 3)
    judge(data, 0, entries)
    assert judge(data, 1, entries[:82])["outcome"] == "passed"
    report = judge(data, 2, entries[:70])
    assert "fewer than 80% of the 100 that it had within the last year" in " ".join(report["reasons"])
    accept_held(data, report)
    assert judge(data, 3, entries[:60])["outcome"] == "passed"
    assert judge(data, 4, entries[:50])["outcome"] == "held"


def test_people_who_are_replaced_step_by_step_are_missed_in_the_end(data):
    entries, others = invent_list(100, 3)
    outcomes = []
    for step in range(5):
        list_now = entries[15 * step :] + others[: 15 * step]
        report = judge(data, step, list_now)
        outcomes.append(report["outcome"])
    assert outcomes == ["passed"] * 4 + ["held"]
    assert "of the entries that the list had on" in " ".join(report["reasons"])


def test_entries_that_were_always_twice_on_a_list_are_asked_about_once(data):
    entries, _ = invent_list(40, 3)
    twice = [*entries, *(replace(one, key=f"again-{one.key}") for one in entries[:8])]
    report = judge(data, 0, twice)
    assert "8 of 48 entries say the same as another one" in " ".join(report["reasons"])
    accept_held(data, report)
    assert judge(data, 1, twice)["outcome"] == "passed"
    more = [*twice, *(replace(one, key=f"more-{one.key}") for one in entries[8:14])]
    assert "doubled" in judge(data, 2, more)["gates"]


def test_addresses_beside_other_names_are_seen_at_the_first_harvest(data):
    entries, _ = invent_list(60, 3)
    named = [replace(one, email=f"{str(one.name).split()[-1].lower()}@example.org") for one in entries if one.practice]
    shifted = [replace(one, email=other.email) for one, other in zip(named, named[1:] + named[:1], strict=True)]
    assert "addresses of others" in judge(data, 0, shifted)["gates"]
    assert judge(data, 1, named)["outcome"] == "passed"
