from __future__ import annotations

from dataclasses import replace

import pytest

from ldn_directory.crawl import gates
from ldn_directory.crawl.gates import Facts
from ldn_directory.ledger import LastHarvest
from ldn_directory.model import Evidence, Expect, Source

FULL = {"name": 1.0, "phone": 0.8, "region": 0.9}
LAST = LastHarvest(finished="2026-01-01T00:00:00Z", run="20260101T000000Z-0000", listings=90, fill=FULL)
SOURCE = Source(
    title="t",
    homepage="h",
    evidence=Evidence.LISTED,
    record_key="id",
    terms="https://example.org/terms",
    expect=Expect(at_least=40),
)


def reasons_to_hold(found: Facts, last: LastHarvest | None, source: Source) -> tuple[str, ...]:
    return gates.reasons_to_hold(found, gates.closed_gates(found, last, source))


def facts(**changed) -> Facts:
    return Facts(**({"listings": 90, "duplicates": 0, "fill": FULL, "pages": 3} | changed))


def test_a_harvest_like_the_last_one_passes():
    assert reasons_to_hold(facts(), LAST, SOURCE) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"finished": False}, "did not finish"),
        ({"failures": ("https://example.org/2 answered 500",)}, "answered 500"),
        ({"listings": 71}, "fewer than 80%"),
        ({"listings": 39}, "at least 40"),
        ({"listings": 1}, "1 entry, where"),
        ({"listings": 181}, "more than twice"),
        ({"fill": FULL | {"phone": 0.69}}, "have a phone"),
        ({"duplicates": 6}, "repeat"),
        ({"listings": 100, "pages": 1}, "cut the list off"),
        ({"total": 200}, "200 entries"),
        ({"blocked": "answered 403"}, "blocked"),
    ],
)
def test_each_gate_holds_what_it_guards_against(changed, said):
    assert said in " ".join(reasons_to_hold(facts(**changed), LAST, SOURCE))


def test_an_empty_harvest_is_not_also_held_for_what_it_therefore_lacks():
    last = replace(LAST, most=100, most_fill=FULL)
    empty = facts(listings=0, fill={}, off_topic=True, failures=("https://example.org/ broke off",))
    assert len(reasons_to_hold(empty, last, SOURCE)) == 3
    assert len(reasons_to_hold(empty, None, SOURCE)) == 3


def test_a_lack_is_named_once_though_the_last_year_had_it_too():
    (reason,) = reasons_to_hold(facts(fill=FULL | {"phone": 0.2}), replace(LAST, most=90, most_fill=FULL), SOURCE)
    assert reason.endswith("80% had one last time")


def test_values_at_the_edge_of_a_gate_pass():
    assert reasons_to_hold(facts(listings=72, fill=FULL | {"phone": 0.7}), LAST, SOURCE) == ()


def test_the_first_harvest_of_a_web_source_waits_for_a_person_and_names_its_terms():
    (reason,) = reasons_to_hold(facts(), None, SOURCE)
    assert "https://example.org/terms" in reason


@pytest.mark.parametrize(
    "changed",
    [
        {"listings": 1000, "pages": 10, "even_pages": True},
        {"listings": 130, "pages": 3, "capped_pages": 1},
    ],
    ids=["ten full pages of a round number", "one state's page at the limit"],
)
def test_a_list_of_several_pages_that_ends_where_servers_cut_off_is_held(changed):
    (reason,) = reasons_to_hold(
        facts(**changed),
        LastHarvest(finished="2026-01-01T00:00:00Z", run="r", listings=changed["listings"] - 1, fill=FULL),
        SOURCE,
    )
    assert "cut" in reason


def test_a_round_number_whose_last_page_is_not_full_is_a_coincidence():
    assert reasons_to_hold(facts(listings=100, pages=4), LAST, SOURCE) == ()


def test_what_a_person_has_accepted_is_the_floor_from_then_on():
    accepted = LastHarvest(finished="2026-01-01T00:00:00Z", run="r", listings=31, fill=FULL, accepted=31)
    assert reasons_to_hold(facts(listings=30), accepted, SOURCE) == ()
    assert "at least 24.8" in " ".join(reasons_to_hold(facts(listings=24), accepted, SOURCE))
    assert "at least 40" in " ".join(
        reasons_to_hold(
            facts(listings=30), LastHarvest(finished="2026-01-01T00:00:00Z", run="r", listings=31, fill=FULL), SOURCE
        )
    )


def test_a_total_that_was_accepted_is_asked_about_again_only_when_it_changes():
    accepted = LastHarvest(
        finished="2026-01-01T00:00:00Z", run="r", listings=90, fill=FULL, accepted=90, measures={"total": 200}
    )
    assert reasons_to_hold(facts(total=200), accepted, SOURCE) == ()
    (reason,) = reasons_to_hold(facts(total=260), accepted, SOURCE)
    assert "260 entries, but 90 were found" in reason


def test_a_field_that_is_lost_in_small_steps_is_held_against_the_fullest_harvest_of_the_year():
    dwindled = LastHarvest(
        finished="2026-01-01T00:00:00Z",
        run="r",
        listings=90,
        fill=FULL | {"phone": 0.65},
        most=90,
        most_fill=FULL | {"phone": 0.8},
    )
    assert reasons_to_hold(facts(fill=FULL | {"phone": 0.61}), dwindled, SOURCE) == ()
    (reason,) = reasons_to_hold(facts(fill=FULL | {"phone": 0.56}), dwindled, SOURCE)
    assert reason == "56% of the entries have a phone, 80% had one within the last year"


def test_a_field_that_older_harvests_did_not_count_is_not_compared():
    assert reasons_to_hold(facts(fill=FULL | {"email": 0.1}), LAST, SOURCE) == ()


def test_a_reading_that_nobody_accepted_and_one_that_is_a_guess_are_held():
    (reason,) = reasons_to_hold(facts(is_new_reading=True, confidence=0.9), LAST, SOURCE)
    assert "found by trying" in reason
    (reason,) = reasons_to_hold(facts(confidence=0.49), LAST, SOURCE)
    assert "confidence 0.49" in reason
    assert reasons_to_hold(facts(confidence=0.5), LAST, SOURCE) == ()
