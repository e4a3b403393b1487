"""What differs between two harvests of a list, and who are the same people under new keys."""

from __future__ import annotations

import pytest

from ldn_directory.ledger import compare_harvest
from ldn_directory.model import Evidence, Kind, Listing, Phone

FIRST = ("Ada", "Berta", "Carla", "Dora", "Emma", "Flora", "Gerda", "Hanna")
PHONE = "+1512555{:04}"


def entry(number: int, key: str | None = None, **changed) -> bytes:
    """A prescriber on the list, whose key is their number unless another is given."""
    e164 = PHONE.format(100 + number)
    facts = {
        "name": f"{FIRST[number]} Roe",
        "phones": (Phone(raw=e164, e164=e164),),
        "email": f"{FIRST[number].lower()}@example.org",
        "street": f"{number + 1} Oak St",
        "city": "Austin",
        "region_code": "US-TX",
    } | changed
    page = facts.pop("page", "https://example.org/list")
    return Listing(
        source="harbour", key=key or str(number), page=page, kind=Kind.PRESCRIBER, evidence=Evidence.LISTED, **facts
    ).as_line()


def phones(*numbers: int) -> tuple[Phone, ...]:
    return tuple(Phone(raw=PHONE.format(number), e164=PHONE.format(number)) for number in numbers)


def written(raw: str, e164: str | None = None) -> dict:
    return {"phones": (Phone(raw=raw, e164=e164),)}


@pytest.mark.parametrize(
    ("before", "after", "is_other"),
    [
        (written("(884) 555-0105"), written("+1 884-555-0105"), False),
        (written("+1 884 555 0105"), written("+1 (884) 555-0105"), False),
        (written("020 7946 0018"), written("+44 20 7946 0018", "+442079460018"), False),
        (written("(884) 555-0105"), written("+1 885-555-0105"), True),
        (written("0105"), written("884 555 0105"), True),
    ],
)
def test_a_number_is_no_other_one_though_no_plan_has_it_and_it_is_written_otherwise(before, after, is_other):
    diff = compare_harvest([entry(0, **before)], [entry(0, **after)])
    assert bool(diff.changes_of("phone")) is is_other


def names(rows) -> list[str]:
    return [row["name"] for row in rows]


def people_rekeyed(before: list[bytes], now: list[bytes]) -> int:
    diff = compare_harvest(before, now)
    assert len(diff.gone) == len(before) - diff.kept and len(diff.new) == len(now) - diff.kept
    return len(diff.rekeyed)


def test_who_is_gone_and_who_is_new_is_named_with_their_shares():
    diff = compare_harvest([entry(0), entry(1), entry(2), entry(3)], [entry(0), entry(1), entry(2), entry(4), entry(5)])
    assert names(diff.gone) == ["Dora Roe"] and sorted(names(diff.new)) == ["Emma Roe", "Flora Roe"]
    assert (diff.known, diff.new_share, diff.kept) == (4, 0.4, 3)


def test_a_changed_value_is_given_with_the_one_before():
    before = [entry(0), entry(1), entry(2)]
    diff = compare_harvest(before, [entry(0), entry(1), entry(2, phones=phones(199), remark="By appointment")])
    (changed,) = diff.changed
    assert {one.field: (one.before, one.after) for one in changed.fields} == {
        "phone": ("+15125550102", "+15125550199"),
        "remark": (None, "By appointment"),
    }
    assert diff.changed_share("phone") == pytest.approx(1 / 3) and diff.changed_share("city") == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"street": "1 Oak Street"}, {"street": "1 Oak St."}),
        ({"website": "http://www.example.org/"}, {"website": "https://example.org"}),
        ({"name": "Ada Roe"}, {"name": "Ada M. Roe"}),
        ({"phones": phones(101)}, {"phones": phones(101, 102)}),
        ({"email": "ada@example.org"}, {"email": None}),
    ],
    ids=["abbreviated", "https", "an initial", "a second number", "a value that is missing"],
)
def test_a_value_written_differently_or_missing_is_no_other_value(before, after):
    diff = compare_harvest([entry(0, **before)], [entry(0, **after)])
    assert len(diff.changed) == 1
    assert all(diff.changed_share(field) == 0 for field in ("name", "phone", "email", "website", "street"))


def test_a_number_written_in_another_way_or_an_entry_on_another_page_is_no_change():
    written = (Phone(raw="512 555 0100", e164=PHONE.format(100)),)
    diff = compare_harvest([entry(0), entry(1)], [entry(0, phones=written), entry(1, page="https://example.org/2")])
    assert diff.changed == () and diff.gone == diff.new == ()


def test_a_list_that_is_numbered_anew_has_the_same_people():
    before = [entry(number) for number in range(8)]
    diff = compare_harvest(before, [entry(number, f"new-{number}") for number in range(8)])
    assert len(diff.rekeyed) == 8 and diff.gone == diff.new == diff.changed == ()


def test_somebody_is_recognised_under_a_new_key_by_a_name_and_one_contact():
    before = [entry(0), entry(1)]
    now = [entry(0, "n", phones=phones(199), street="9 Elm St"), entry(1)]
    diff = compare_harvest(before, now)
    assert len(diff.rekeyed) == 1 and {one.field for one in diff.changed[0].fields} == {"phone", "street"}


def test_somebody_whose_key_is_made_of_a_number_that_was_corrected_is_recognised_by_name_and_town():
    only = {"email": None, "street": None}
    assert people_rekeyed([entry(0, **only), entry(1)], [entry(0, "n", phones=phones(199), **only), entry(1)]) == 1


def test_a_name_alone_in_another_town_is_somebody_else():
    elsewhere = {"phones": phones(199), "email": None, "street": "9 Elm St", "city": "Houston"}
    assert people_rekeyed([entry(0), entry(1)], [entry(0, "n", **elsewhere), entry(1)]) == 0


def test_a_colleague_with_the_practice_s_phone_and_street_is_somebody_else():
    assert people_rekeyed([entry(0), entry(1)], [entry(0, "n", name="Zita Poe"), entry(1)]) == 0


def test_a_branch_of_a_chain_that_opens_is_not_the_one_that_closed():
    chain = {"name": "Harbour Pharmacy", "phones": phones(150), "email": "care@example.org"}
    before = [entry(0, "a", **chain), entry(1, "b", city="Houston", **chain)]
    assert people_rekeyed(before, [before[0], entry(2, "c", city="Dallas", **chain)]) == 0


def test_who_stands_on_a_list_once_an_office_is_recognised_office_by_office():
    office = {"name": "Ada Roe", "email": None, "phones": phones(150)}
    before = [entry(0, "a", **office), entry(1, "b", **office)]
    now = [entry(0, "x", **office), entry(1, "y", **office)]
    diff = compare_harvest(before, now)
    assert len(diff.rekeyed) == 2 and diff.changed == ()


def test_of_two_people_of_one_name_in_one_town_neither_is_guessed():
    bare = {"name": "Ada Roe", "email": None, "street": None}
    before = [entry(0, "a", **bare), entry(1, "b", **bare)]
    now = [entry(0, "x", **bare | {"phones": phones(198)}), entry(1, "y", **bare | {"phones": phones(199)})]
    assert people_rekeyed(before, now) == 0
