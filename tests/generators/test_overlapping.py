"""Overlapping lists: the truth is right, namesakes stay two, and lists differ as often as overlapping.toml says."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from random import Random

import pytest

from ldn_directory.example.practitioners import towns
from ldn_directory.model import Kind, Listing
from ldn_directory.normalize.npi import is_npi
from tests.generators.overlapping import LabelledListing, overlapping, recrawl
from tests.generators.perturbations import typo
from tests.generators.places import PhoneNumbers
from tests.generators.providers import Population, with_check_digit
from tests.generators.tables import table

FICTIONAL = re.compile(
    r"\+1\d{3}55501\d\d|\+442079460\d{3}|\+6125550\d{4}|\+493023125\d{3}|\+3319900\d{4}|\+468465004\d\d|\+999\d{12}"
)


@cache
def labelled(size: int = 6_000, seed: int = 1, lists: int = 4) -> tuple[LabelledListing, ...]:
    return tuple(overlapping(size, seed, lists))


def by_entity(found: Iterable[LabelledListing]) -> dict[int, list[Listing]]:
    groups: dict[int, list[Listing]] = defaultdict(list)
    for entry in found:
        groups[entry.entity].append(entry.listing)
    return groups


def is_about(made: int, tries: int, rate: float) -> bool:
    """Whether so many of the tries are within four standard errors of the rate: few tries bear more chance than many."""
    return abs(made / tries - rate) <= 4 * math.sqrt(rate * (1 - rate) / tries)


def test_equal_arguments_give_equal_bytes_and_another_seed_others() -> None:
    def lines(seed: int) -> list[bytes]:
        return [entry.listing.as_line() for entry in overlapping(200, seed)]

    assert lines(1) == lines(1)
    assert lines(1) != lines(2)


def test_every_practitioner_stands_on_two_to_two_and_a_half_lists_on_average() -> None:
    groups = by_entity(labelled())
    assert set(groups) == set(range(6_000))
    assert 2.0 <= len(labelled()) / 6_000 <= 2.5
    assert {1, 2, 3, 4} <= {len(group) for group in groups.values()}


def test_no_two_entries_have_one_id() -> None:
    assert len({entry.listing.id for entry in labelled()}) == len(labelled())


@pytest.mark.parametrize("lists", [1, 2, 9])
def test_there_are_as_many_lists_as_asked_for(lists: int) -> None:
    assert len({entry.listing.source for entry in labelled(300, lists=lists)}) == lists


def test_no_list_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one list"):
        overlapping(10, seed=1, lists=0)


def test_about_an_eighth_are_pharmacies_and_a_twentieth_clinics() -> None:
    kinds = Counter(group[0].kind for group in by_entity(labelled()).values())
    assert kinds[Kind.PHARMACY] / 6_000 == pytest.approx(0.12, abs=0.02)
    assert kinds[Kind.CLINIC] / 6_000 == pytest.approx(0.05, abs=0.015)


def test_a_person_works_at_a_clinic_that_is_on_the_lists_itself() -> None:
    kinds = {entry.entity: entry.listing.kind for entry in labelled()}
    works_at = {s.entity: s.works_at for s in labelled() if s.works_at is not None}
    assert len(works_at) > 200
    assert all(kinds[person] is Kind.PRESCRIBER and kinds[clinic] is Kind.CLINIC for person, clinic in works_at.items())


def test_doctors_of_one_practice_share_its_number_and_other_practices_have_others() -> None:
    providers = list(Population(3_000, seed=1))
    hosts_of: dict[str | None, set[str]] = defaultdict(set)
    people_of = Counter(provider.practice.phone.e164 for provider in providers)
    for provider in providers:
        hosts_of[provider.practice.phone.e164].add(provider.practice.host)
    assert max(people_of.values()) > 3
    assert all(len(hosts) == 1 for hosts in hosts_of.values())


def test_namesakes_exist_and_a_few_live_in_one_town() -> None:
    homes: dict[tuple[object, object], Counter[str]] = defaultdict(Counter)
    for provider in Population(20_000, seed=1):
        if provider.person:
            name = provider.person.first[0], provider.person.last[0]
            homes[name][provider.practice.address.town.city] += 1
    namesakes = [towns_of for towns_of in homes.values() if sum(towns_of.values()) > 1]
    assert 0.01 < len(namesakes) / len(homes) < 0.1
    assert any(max(towns_of.values()) > 1 for towns_of in namesakes)


def test_relatives_share_surname_and_practice() -> None:
    practices: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    fathers = 0
    for provider in Population(20_000, seed=1):
        if provider.person:
            practices[provider.practice.host][provider.person.last] += 1
            fathers += provider.person.suffix in {"Jr.", "III"}
    assert sum(max(surnames.values()) > 1 for surnames in practices.values()) > 100
    assert fathers > 20


def test_branches_of_a_chain_share_name_and_host_but_no_number() -> None:
    branches: dict[str, set[str | None]] = defaultdict(set)
    for provider in Population(3_000, seed=1):
        if provider.kind is Kind.PHARMACY:
            branches[provider.practice.host].add(provider.practice.phone.e164)
    assert max(map(len, branches.values())) > 3


RATES = table("overlapping")["rates"]
ON_ALL = ("name_typo", "swapped", "title", "city_typo", "initial")


def test_every_difference_occurs() -> None:
    made = Counter(slip for entry in labelled() for slip in entry.perturbations)
    assert set(RATES) - set(made) == set()
    assert made["old_address"] > 100


@pytest.mark.parametrize("name", ON_ALL)
def test_what_can_befall_every_person_does_so_at_its_rate(name: str) -> None:
    people = [entry for entry in labelled() if entry.listing.kind is Kind.PRESCRIBER]
    made = sum(name in entry.perturbations for entry in people)
    assert is_about(made, len(people), RATES[name])


@pytest.mark.parametrize(
    ("slip", "source", "field"),
    [
        ("no_phone", "prescriber_roll", "phones"),
        ("no_street", "prescriber_roll", "street"),
        ("no_postcode", "harbour_society", "postcode"),
    ],
)
def test_what_a_list_has_is_missing_in_an_entry_at_its_rate(slip: str, source: str, field: str) -> None:
    entries = [entry for entry in labelled() if entry.listing.source == source]
    missing = [entry for entry in entries if not getattr(entry.listing, field)]
    assert all(slip in entry.perturbations for entry in missing)
    assert is_about(len(missing), len(entries), RATES[slip])


def test_the_rates_of_what_befalls_only_some_are_kept_among_those() -> None:
    truth = {provider.number: provider for provider in Population(6_000, seed=1)}
    tries, made = Counter[str](), Counter[str]()
    for entry in labelled():
        provider = truth[entry.entity]
        if provider.person is None:
            continue
        eligible = {
            "former_name": provider.person.former is not None,
            "second_surname_dropped": provider.person.double,
            "suffix_dropped": provider.person.suffix is not None,
            "second_practice": provider.second is not None,
            "credentials_missing": provider.credentials is not None,
            "middle_dropped": provider.person.middle is not None,
        }
        for slip, can in eligible.items():
            tries[slip] += can
            made[slip] += slip in entry.perturbations
    for slip, times in tries.items():
        assert is_about(made[slip], times, RATES[slip]), slip


def test_an_entry_without_any_slip_states_the_truth() -> None:
    truth = {provider.number: provider for provider in Population(6_000, seed=1)}
    faithful = [s for s in labelled() if s.listing.kind is Kind.PRESCRIBER and not s.perturbations]
    assert len(faithful) > 300
    for entry in faithful:
        provider = truth[entry.entity]
        assert provider.person is not None and entry.listing.name is not None
        assert entry.listing.name.startswith(provider.person.first[0])
        assert provider.person.last[0] in entry.listing.name
        assert entry.listing.city == provider.practice.address.town.city
        assert {phone.e164 for phone in entry.listing.phones} <= {provider.practice.phone.e164}


def test_a_nickname_stands_in_place_of_the_forename() -> None:
    truth = {provider.number: provider for provider in Population(6_000, seed=1)}
    clean = [
        s
        for s in labelled()
        if "nickname" in s.perturbations and not {"name_typo", "swapped", "title"} & {*s.perturbations}
    ]
    assert clean
    for entry in clean:
        person = truth[entry.entity].person
        assert person is not None and entry.listing.name is not None
        assert entry.listing.name.split()[0] in table("names")["nicknames"][person.first[0]]


def test_a_typing_error_changes_a_letter_or_two() -> None:
    chance = Random(1)
    for _ in range(200):
        wrong = typo("Hollingworth", chance)
        assert wrong != "Hollingworth"
        assert abs(len(wrong) - len("Hollingworth")) <= 1


def test_numbers_and_hosts_are_such_as_nobody_has() -> None:
    for entry in labelled():
        listing = entry.listing
        assert all(FICTIONAL.fullmatch(phone.e164 or "") for phone in listing.phones)
        for address in filter(None, (listing.email, listing.website, listing.page)):
            assert re.search(r"[./]example\.(com|org|net)(/|$)", address), address


def test_a_small_population_of_american_practices_gets_by_with_the_numbers_set_aside_for_fiction() -> None:
    numbers = [p.e164 or "" for s in labelled(1_000) if s.listing.country_code == "US" for p in s.listing.phones]
    assert all(number.startswith("+1") for number in numbers)


def test_a_number_is_given_out_once_also_when_the_fictional_ones_are_used_up() -> None:
    phones, town = PhoneNumbers(), towns()["US"][0]
    numbers = [phones.new(town).e164 or "" for _ in range(250)]
    tracked = PhoneNumbers(tracked=True)
    numbers += [tracked.new(town).e164 or "" for _ in range(50)]
    assert len(set(numbers)) == 300
    assert sum(number.startswith("+1") for number in numbers) == 100


def test_register_numbers_are_valid_and_tell_one_person_from_all_others() -> None:
    holders: dict[str, set[int]] = defaultdict(set)
    for entry in labelled():
        if number := entry.listing.register_number:
            holders[number].add(entry.entity)
    assert len(holders) > 500
    assert all(is_npi(number) and len(entities) == 1 for number, entities in holders.items())


def test_the_check_digit_is_that_of_the_published_example() -> None:
    # CMS, "Requirements for NPI and NPI check digit": 123456789 gets 3.
    assert with_check_digit("123456789") == "1234567893"


def test_a_listing_survives_being_written_and_read() -> None:
    for entry in labelled()[:200]:
        assert Listing.from_json(entry.listing.as_json()) == entry.listing


def test_a_crawl_later_a_third_of_the_share_is_gone_changed_and_new_each() -> None:
    before = {entry.listing.id: entry for entry in labelled()}
    after = {entry.listing.id: entry for entry in recrawl(labelled(), share=0.3, seed=5)}
    changed = [key for key in before.keys() & after.keys() if before[key].listing != after[key].listing]
    for found in (before.keys() - after.keys(), after.keys() - before.keys(), changed):
        assert len(found) / len(before) == pytest.approx(0.1, rel=0.15)
    assert all(before[key].entity == after[key].entity for key in before.keys() & after.keys())
    assert all(after[key].entity >= 6_000 for key in after.keys() - before.keys())


def test_without_a_share_a_crawl_later_is_the_same() -> None:
    assert tuple(recrawl(labelled(300), share=0, seed=5)) == labelled(300)


def test_the_next_crawl_is_the_same_for_the_same_seed() -> None:
    one, other = (tuple(recrawl(labelled(300), share=0.1, seed=5)) for _ in range(2))
    assert one == other
