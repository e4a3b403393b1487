"""Namesakes in different towns are not one person, and branches of a chain are not one pharmacy."""

from __future__ import annotations

import dataclasses

import pytest

from ldn_directory.ledger import Ledger
from ldn_directory.matching.commonness import COMMON, RARE, commonness
from ldn_directory.matching.comparison import to_comparable
from ldn_directory.matching.evidence import Ruling, ruling
from ldn_directory.model import Kind, Listing, Phone

from .test_matching import OFFICE, PHONE, TOWN, ledger_of, listing, match

TOWNS = {
    "AU": ("AU-VIC", "Geelong", "Ballarat"),
    "BR": ("BR-SP", "Campinas", "Santos"),
    "CZ": (None, "Olomouc", "Zlín"),
    "DE": ("DE-BY", "Augsburg", "Nürnberg"),
    "ES": ("ES-AN", "Sevilla", "Granada"),
    "FR": (None, "Nantes", "Lille"),
    "GB": ("GB-SCT", "Glasgow", "Dundee"),
    "HU": (None, "Szeged", "Pécs"),
    "IN": ("IN-KA", "Mysuru", "Hubli"),
    "IT": ("IT-25", "Bergamo", "Brescia"),
    "JP": ("JP-13", "Hachioji", "Machida"),
    "KE": (None, "Kisumu", "Nakuru"),
    "KR": (None, "Busan", "Daegu"),
    "PL": (None, "Lublin", "Gdynia"),
    "SE": (None, "Uppsala", "Kalmar"),
    "US": ("US-TX", "Austin", "Houston"),
    "XX": (None, "Harbourtown", "Lanternville"),
}
COMMON_NAMES = {
    "AU": "David Brown",
    "BR": "Maria Silva",
    "CZ": "Eva Svobodová",
    "DE": "Andreas Mueller",
    "ES": "María García López",
    "FR": "Sophie Martin",
    "GB": "Fatima Khan",
    "HU": "Nagy László",
    "IN": "Sunita Sharma",
    "IT": "Marco Rossi",
    "JP": "Tanaka Hiroshi",
    "KE": "Mary Otieno",
    "KR": "Kim Min-jun",
    "PL": "Anna Kowalska",
    "SE": "Lars Johansson",
    "US": "Jennifer Davis",
}
NPI = {"register": "npi", "register_number": "1999999992"}


def in_town(country: str, which: int, name: str, *facts: dict, source: str = "north", **more) -> Listing:
    region, *towns = TOWNS[country]
    code = None if country == "XX" else country
    place = {"city": towns[which], "region_code": region, "country_code": code, "street": f"{3 + 6 * which} Teasel Row"}
    return listing(name, place, {"credentials": "MD"}, *facts, source=source, key=str(which), **more)


def outcome(folder, *listings: Listing) -> tuple[list[list[int]], int]:
    """(groups of the places of listings in the order given, number of doubts)."""
    ledger_of(folder, list(listings))
    ids = [one.id for one in listings]
    with Ledger.open(folder / "ledger.db") as ledger:
        place = {pk: ids.index(id) for id, pk in ledger.db.execute("SELECT id, pk FROM listings")}
    found = match(folder)
    return sorted(sorted(place[pk] for pk in group) for group in found.groups), len(found.doubts)


def both_towns(names: dict[str, str]) -> list[Listing]:
    """Each country's name in two of its towns, on two lists."""
    return [
        in_town(country, which, name, source=f"{source} of {country}".lower().replace(" ", "_"))
        for country, name in names.items()
        for which, source in enumerate(("north", "south"))
    ]


def test_a_common_name_in_two_towns_is_two_people_and_nobody_is_asked_in_any_country(tmp_path):
    listings = both_towns(COMMON_NAMES)
    assert outcome(tmp_path, *listings) == ([[place] for place in range(len(listings))], 0)


def test_a_rare_name_in_two_towns_is_asked_about_and_never_joined(tmp_path):
    listings = both_towns(dict.fromkeys(("US", "GB", "AU", "DE"), "Edwin Harrowgate"))
    assert outcome(tmp_path, *listings) == ([[place] for place in range(8)], 4)


def test_a_rare_name_in_two_regions_is_asked_about(tmp_path):
    other = in_town("US", 1, "Edwin Harrowgate", {"region_code": "US-OH", "city": "Toledo"}, source="south")
    assert outcome(tmp_path, in_town("US", 0, "Edwin Harrowgate"), other) == ([[0], [1]], 1)


def test_a_name_of_which_no_table_tells_is_two_people(tmp_path):
    two = in_town("XX", 0, "Edwin Harrowgate"), in_town("XX", 1, "Edwin Harrowgate", source="south")
    assert outcome(tmp_path, *two) == ([[0], [1]], 0)


@pytest.mark.parametrize(
    "own",
    [
        {"phones": (Phone(raw="512 555 0101", e164="+15125550101"),)},
        {"email": "jennifer.davis@example.org"},
        {"website": "https://clinic.example.org/team/jennifer-davis"},
        NPI,
    ],
)
def test_something_of_their_own_joins_a_person_across_towns(own, tmp_path):
    two = in_town("US", 0, "Jennifer Davis", own), in_town("US", 1, "Jennifer Davis", own, source="south")
    assert outcome(tmp_path, *two)[0] == [[0, 1]]


@pytest.mark.parametrize(
    "everybodys",
    [
        {"phones": (Phone(raw="800 555 0101", e164="+18005550101"),)},
        {"phones": (Phone(raw="800 000 101", e164="+48800000101"),)},
        {"email": "info@example.org"},
        {"website": "https://hospital.example.org/"},
    ],
)
def test_what_an_employer_shares_does_not_join_namesakes(everybodys, tmp_path):
    two = in_town("US", 0, "Jennifer Davis", everybodys), in_town("US", 1, "Jennifer Davis", everybodys, source="south")
    assert outcome(tmp_path, *two)[0] == [[0], [1]]


def test_an_entry_without_a_town_does_not_join_namesakes_of_two_towns(tmp_path):
    nowhere = listing("Edwin Harrowgate", {"country_code": "US", "credentials": "MD"}, source="west", key="9")
    two = in_town("US", 0, "Edwin Harrowgate"), in_town("US", 1, "Edwin Harrowgate", source="south")
    groups, doubts = outcome(tmp_path, *two, nowhere)
    assert groups == [[0], [1], [2]] and doubts


def test_offices_that_share_a_phone_each_with_a_third_are_one_person(tmp_path):
    phones = [Phone(raw=f"512 555 010{last}", e164=f"+1512555010{last}") for last in (1, 2)]
    both = in_town("US", 0, "Jennifer Davis", {"phones": tuple(phones)}, source="west")
    two = [in_town("US", at, "Jennifer Davis", {"phones": (phones[at],)}, source=f"s{at}") for at in (0, 1)]
    assert outcome(tmp_path, both, *two)[0] == [[0, 1, 2]]


def test_two_rows_of_one_list_with_one_register_number_are_one_provider(tmp_path):
    offices = [
        in_town("US", at, "Edwin Harrowgate", NPI, phones=(Phone(raw="x", e164=f"+1512555010{at}"),)) for at in (0, 1)
    ]
    assert outcome(tmp_path, *offices)[0] == [[0, 1]]


CHAIN_NAMES = ("Lantern", "Tidewater", "Foxglove", "Saltmarsh", "Sundial", "Spyglass", "Amberline")
CHAIN = {
    "streets in one town": [{"street": f"{3 + 8 * at} Teasel Row", "city": "Dayton"} for at in range(4)],
    "streets, and no town": [{"street": f"{3 + 8 * at} Teasel Row"} for at in range(4)],
    "points and no streets": [{"city": "Dayton", "latitude": 39.7 + at / 50, "longitude": -84.2} for at in range(4)],
    "keys alone": [{"city": "Dayton"} for _ in range(4)],
    "streets, towns and one website": [
        {"street": f"{3 + 8 * at} Teasel Row", "city": town, "website": "https://lantern.example.org/"}
        for at, town in enumerate(("Dayton", "Toledo", "Akron", "Lima"))
    ],
    "streets and one phone free of charge": [
        {"street": f"{3 + 8 * at} Teasel Row", "city": "Dayton", "phones": (Phone(raw="x", e164="+18005550101"),)}
        for at in range(4)
    ],
    "streets and phones that are cut short": [
        {"street": f"{3 + 8 * at} Teasel Row", "city": "Dayton", "phones": (Phone(raw=f"(937) 555-01{at}"),)}
        for at in range(4)
    ],
}


@pytest.mark.parametrize("kind", [Kind.PHARMACY, Kind.CLINIC])
def test_branches_of_one_list_stay_apart_in_whatever_way_it_tells_them_apart(kind, tmp_path):
    branches = [
        listing(f"{word} Remedies", place, {"country_code": "US"}, key=f"{word}{at}", kind=kind)
        for word, places in zip(CHAIN_NAMES, CHAIN.values(), strict=True)
        for at, place in enumerate(places)
    ]
    assert outcome(tmp_path, *branches) == ([[place] for place in range(4 * len(CHAIN))], 0)


def test_branches_of_two_lists_are_joined_street_by_street(tmp_path):
    places = CHAIN["streets in one town"]
    lists = [
        listing("Lantern Remedies", place, {"country_code": "US"}, key=str(at), kind=Kind.PHARMACY, source=source)
        for source in ("north", "south")
        for at, place in enumerate(places)
    ]
    assert outcome(tmp_path, *lists)[0] == [[0, 4], [1, 5], [2, 6], [3, 7]]


def test_a_branch_without_a_street_is_joined_with_none_of_several(tmp_path):
    places = CHAIN["streets in one town"][:2]
    branches = [
        listing("Lantern Remedies", place, {"country_code": "US"}, key=str(at), kind=Kind.PHARMACY)
        for at, place in enumerate(places)
    ]
    bare = listing("Lantern Remedies", {"city": "Dayton", "country_code": "US"}, kind=Kind.PHARMACY, source="south")
    assert outcome(tmp_path, *branches, bare)[0] == [[0], [1], [2]]


def test_a_pharmacy_that_moved_in_its_town_and_kept_its_phone_is_asked_about(tmp_path):
    old = listing("Lantern Remedies", OFFICE, PHONE, kind=Kind.PHARMACY)
    new = dataclasses.replace(old, street="9 Teasel Row", source="south")
    assert outcome(tmp_path, old, new) == ([[0], [1]], 1)


@pytest.mark.parametrize(
    ("name", "country", "expected"),
    [
        ("michael smith", "US", COMMON),
        ("smith michael", "US", COMMON),
        ("thomas muller", "DE", COMMON),
        ("jana novakova", "CZ", COMMON),
        ("mohamed ahmed", "GB", COMMON),
        ("edwin harrowgate", "US", RARE),
        ("edwin harrowgate", "", ""),
        ("edwin harrowgate", "ZZ", ""),
    ],
)
def test_how_common_a_name_is_among_the_practitioners_of_a_country(name, country, expected):
    *given, surname = name.split()
    assert commonness(tuple(given), surname, country) == expected


def test_a_name_and_a_degree_never_join_two_towns_whatever_they_weigh():
    rows = [in_town(country, at, "Edwin Harrowgate").as_json() for country in TOWNS for at in (0, 1)]
    compared = [to_comparable(row) for row in rows]
    assert all(ruling(one, other) < Ruling.JOIN for one, other in zip(compared[::2], compared[1::2], strict=True))


def test_branches_with_one_website_are_linked(tmp_path):
    place = CHAIN["streets, towns and one website"]
    shops = [
        listing("Lantern Remedies", one, {"country_code": "US"}, key=str(at), kind=Kind.PHARMACY)
        for at, one in enumerate(place)
    ]
    other = listing("Sundial Remedies", place[0], {"country_code": "US"}, key="9", kind=Kind.PHARMACY)
    ledger_of(tmp_path, [*shops, other])
    assert len(match(tmp_path).branches) == 6


@pytest.mark.parametrize("credentials", ["MD", None])
def test_one_street_and_number_in_two_towns_are_two_places(credentials, tmp_path):
    street = {"street": "1 High Street", "credentials": credentials}
    two = in_town("GB", 0, "John Jones", street), in_town("GB", 1, "John Jones", street, source="south")
    assert outcome(tmp_path, *two) == ([[0], [1]], 0)


@pytest.mark.parametrize("towns", [("Newton", "Newtown"), ("Springfield", "Springdale"), ("Kingston", "Kingstown")])
def test_towns_of_similar_names_are_two_unless_the_street_is_the_same(towns, tmp_path):
    one, other = (in_town("US", at, "Jennifer Davis", city=town, source=f"s{at}") for at, town in enumerate(towns))
    assert outcome(tmp_path, one, other) == ([[0], [1]], 0)


@pytest.mark.parametrize(
    "own",
    [
        {"phones": (Phone(raw="512 555 0101", e164="+15125550101"),)},
        {"website": "https://clinic.example.org/team/jennifer-davis"},
    ],
)
def test_something_of_their_own_joins_a_person_across_regions_and_postal_codes(own, tmp_path):
    here = in_town("US", 0, "Jennifer Davis", own, postcode="73301")
    there = in_town(
        "US", 1, "Jennifer Davis", own, source="south", city="Toledo", region_code="US-OH", postcode="43604"
    )
    assert outcome(tmp_path, here, there)[0] == [[0, 1]]


@pytest.mark.parametrize("mailbox", ["contacto", "accueil", "info.austin", "tealclinic", "sekretariat"])
def test_an_offices_e_mail_address_joins_neither_namesakes_nor_colleagues(mailbox, tmp_path):
    office = {"email": f"{mailbox}@example.org", "practice": "Teal Clinic"}
    colleagues = [
        listing(name, OFFICE, PHONE, office, source=name[5:].lower()) for name in ("John Stone", "John Fairweather")
    ]
    namesakes = [in_town("US", at, "Jennifer Davis", office, practice=None, source=f"s{at}") for at in (0, 1)]
    assert outcome(tmp_path, *colleagues, *namesakes)[0] == [[0], [1], [2], [3]]


def test_a_rare_name_at_two_offices_of_one_list_is_asked_about(tmp_path):
    offices = [
        in_town("US", at, "Edwin Harrowgate", phones=(Phone(raw="x", e164=f"+1512555010{at}"),)) for at in (0, 1)
    ]
    assert outcome(tmp_path, *offices) == ([[0], [1]], 1)


def test_a_name_of_unknown_commonness_without_a_town_is_two_people(tmp_path):
    here, nowhere = in_town("KR", 0, "Choi Eunbi"), in_town("KR", 1, "Choi Eunbi", source="south", city=None)
    assert commonness(("choi",), "eunbi", "KR") == ""
    assert outcome(tmp_path, here, nowhere) == ([[0], [1]], 0)


def test_a_common_name_at_two_numbers_of_one_street_is_asked_about(tmp_path):
    one, other = (in_town("US", 0, "Jennifer Davis", street=f"{at} Teasel Row", source=f"s{at}") for at in (3, 98))
    assert outcome(tmp_path, one, other) == ([[0], [1]], 1)


def test_branches_on_two_lists_with_two_postal_codes_and_no_streets_are_asked_about(tmp_path):
    one, other = (
        listing("Lantern Remedies", TOWN, kind=Kind.PHARMACY, postcode=code, source=f"s{code}")
        for code in ("78701", "78759")
    )
    assert outcome(tmp_path, one, other) == ([[0], [1]], 1)
