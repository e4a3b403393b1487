"""Where a listing is, in a gazetteer of a handful of places: never finer than stated, and no guess between two."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from ldn_directory.model import Evidence, Kind, Listing
from ldn_directory.normalize.towns import place_key
from ldn_directory.places import Gazetteer
from ldn_directory.places.folding import postcode_key
from tools.gazetteer.build import build_gazetteer
from tools.gazetteer.sources import Attribution, PostalCode, Sources, Town, countries

POSTAL = [
    PostalCode("US", "97201", "Portland", "US-OR", 45.50, -122.69),
    PostalCode("US", "97202", "Portland", "US-OR", 45.48, -122.64),
    PostalCode("US", "97301", "Salem", "US-OR", 44.94, -123.03),
    PostalCode("US", "97302", "Salem", "US-OR", 44.90, -123.05),
    PostalCode("US", "04101", "Portland", "US-ME", 43.66, -70.26),
    PostalCode("US", "04102", "Portland", "US-ME", 43.65, -70.29),
    PostalCode("US", "62701", "Springfield", "US-IL", 39.80, -89.65),
    PostalCode("US", "62702", "Springfield", "US-IL", 39.82, -89.65),
    PostalCode("US", "01101", "Springfield", "US-MA", 42.10, -72.59),
    PostalCode("US", "01103", "Springfield", "US-MA", 42.10, -72.59),
    PostalCode("US", "97999", "Nowhere", "US-OR", 43.66, -70.27),
    PostalCode("US", "97998", "Empty form", "US-OR", 0.0, 0.0),
    PostalCode("GB", "LS1", "Leeds", "GB-ENG", 53.80, -1.55),
    PostalCode("GB", "LS2", "Leeds", "GB-ENG", 53.81, -1.55),
    PostalCode("CA", "M5V", "Downtown Toronto", "CA-ON", 43.64, -79.40),
    PostalCode("CA", "M4B", "East York", "CA-ON", 43.71, -79.31),
    PostalCode("DE", "80331", "München", "DE-BY", 48.13, 11.57),
    PostalCode("DE", "80333", "München", "DE-BY", 48.15, 11.57),
    PostalCode("FR", "80331", "Sainte-Alpha", "FR-HDF", 49.90, 2.30),
]
TOWNS = [
    Town("US", "Portland", "OR", 45.523, -122.676, 650_000, ("Портленд",)),
    Town("US", "Portland", "ME", 43.661, -70.255, 68_000, ()),
    Town("US", "Salem", "OR", 44.943, -123.035, 175_000, ()),
    Town("US", "Springfield", "IL", 39.801, -89.644, 114_000, ()),
    Town("US", "Springfield", "MA", 42.101, -72.590, 155_000, ()),
    Town("GB", "Leeds", "ENG", 53.797, -1.548, 500_000, ()),
    Town("CA", "Toronto", "08", 43.700, -79.416, 2_700_000, ("トロント",)),
    Town("DE", "Munich", "02", 48.137, 11.575, 1_500_000, ("München", "ミュンヘン")),
    Town("FR", "Saint-Alpha", "32", 49.901, 2.301, 20_000, ()),
    Town("US", "Ontario", "CA", 34.063, -117.651, 175_000, ()),
]
SMALL = Sources(
    postal_codes=lambda: POSTAL,
    towns=lambda least_population: TOWNS,
    countries=countries,
    attributions=lambda: [
        Attribution("geotz", "1", "postal codes", "CC BY 4.0", "Licensed under CC BY 4.0.", "https://example.org/")
    ],
)


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    path = tmp_path_factory.mktemp("places") / "gazetteer.db"
    build_gazetteer(path, sources=SMALL)
    return Gazetteer.open(path)


LISTING = Listing(
    source="harbour_ldn_list", key="1", page="https://example.org/", kind=Kind.PRESCRIBER, evidence=Evidence.LISTED
)


def test_a_listings_own_point_is_used_inside_the_region_that_it_states(gazetteer: Gazetteer) -> None:
    place = gazetteer.locate(replace(LISTING, latitude=45.5231, longitude=-122.6765, region_code="US-OR"))
    assert place is not None
    assert (place.located_by, place.point) == ("source", (45.5231, -122.6765))


def test_a_point_that_contradicts_the_stated_region_is_not_believed(gazetteer: Gazetteer) -> None:
    place = gazetteer.locate(replace(LISTING, latitude=43.66, longitude=-70.26, region_code="US-OR", postcode="97201"))
    assert place is not None
    assert (place.located_by, place.region_code) == ("postcode", "US-OR")


def test_the_zero_point_of_an_empty_form_is_no_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate(replace(LISTING, latitude=0.0, longitude=0.0)) is None


def test_a_point_with_one_decimal_is_kilometres_off(gazetteer: Gazetteer) -> None:
    place = gazetteer.locate(replace(LISTING, latitude=45.5, longitude=-122.7, country_code="US"))
    assert place is not None
    assert place.precision_km == pytest.approx(5.6, abs=0.1)


def test_a_zip_plus_four_is_found_by_its_first_five_digits(gazetteer: Gazetteer) -> None:
    place = gazetteer.locate(replace(LISTING, postcode="97201-1234", country_code="US"))
    assert place is not None
    assert (place.located_by, place.region_code) == ("postcode", "US-OR")
    assert place.point == pytest.approx((45.50, -122.69))


def test_a_postal_code_of_another_region_gives_way_to_the_city(gazetteer: Gazetteer) -> None:
    place = gazetteer.locate(replace(LISTING, postcode="97201", city="Portland", region_code="US-ME"))
    assert place is not None
    assert (place.located_by, place.region_code) == ("city", "US-ME")


def test_a_postal_code_without_a_country_needs_its_city(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate(replace(LISTING, postcode="80331")) is None
    place = gazetteer.locate(replace(LISTING, postcode="80331", city="München"))
    assert place is not None
    assert place.country_code == "DE"


def test_a_city_that_could_be_several_is_no_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate(replace(LISTING, city="Springfield", country_code="US")) is None


def test_a_city_is_found_with_its_region(gazetteer: Gazetteer) -> None:
    place = gazetteer.locate(replace(LISTING, city="springfield", region_code="US-IL"))
    assert place is not None
    assert (place.located_by, place.name) == ("city", "Springfield, Illinois, United States")
    assert place.precision_km >= 2


def test_an_unknown_city_leaves_the_region(gazetteer: Gazetteer) -> None:
    place = gazetteer.locate(replace(LISTING, city="Brightwater Falls", region_code="US-OR"))
    assert place is not None
    assert place.located_by == "region"
    assert place.precision_km > 10


def test_a_country_alone_is_no_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.locate(replace(LISTING, country_code="US")) is None


def test_a_point_far_from_its_region_is_left_out(gazetteer: Gazetteer) -> None:
    assert gazetteer.postcode("97999", "US") is None
    assert gazetteer.postcode("97998", "US") is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("97201", "97201, Oregon, United States"),
        ("LS1 4AB", "LS1, England, United Kingdom"),
        ("m5v 2t6", "M5V, Ontario, Canada"),
        ("80331 München", "80331, Bayern, Germany"),
        ("80331, Germany", "80331, Bayern, Germany"),
        ("Portland OR", "Portland, Oregon, United States"),
        ("portland, me", "Portland, Maine, United States"),
        ("Portland, Maine, USA", "Portland, Maine, United States"),
        ("Ontario CA", "Ontario, California, United States"),
        ("Ontario, Canada", "Ontario, Canada"),
        ("ミュンヘン", "Munich, Bayern, Germany"),
        ("st alpha", "Saint-Alpha, Hauts-de-France, France"),
        ("Protland, OR", "Portland, Oregon, United States"),
        ("Torotno", "Toronto, Ontario, Canada"),
        ("45.52, -122.68", "45.52, -122.68"),
    ],
)
def test_what_is_typed_is_found(gazetteer: Gazetteer, typed: str, first: str) -> None:
    assert [place.name for place in gazetteer.find(typed)][:1] == [first]


def test_a_postal_code_of_two_countries_gives_both_until_one_is_named(gazetteer: Gazetteer) -> None:
    assert [place.country_code for place in gazetteer.find("80331")] == ["DE", "FR"]
    assert [place.country_code for place in gazetteer.find("80331", "FR")] == ["FR"]


def test_springfield_gives_every_springfield(gazetteer: Gazetteer) -> None:
    assert [place.region_code for place in gazetteer.find("Springfield")] == ["US-MA", "US-IL"]


@pytest.mark.parametrize(
    "typed", ["", "   ", "xqzzy", "99999", "Ab" * 500, "'; DROP TABLE names; --", "\x00", "91.5, 200.1"]
)
def test_what_means_nothing_finds_nothing(gazetteer: Gazetteer, typed: str) -> None:
    assert gazetteer.find(typed) == []


def test_names_meet_in_one_spelling() -> None:
    assert place_key("Saint-Étienne") == place_key("st. etienne")
    assert place_key("Fort Worth") == place_key("FT WORTH")
    assert place_key("Łódź") == "lodz"


@pytest.mark.parametrize(
    ("code", "country_code", "key"),
    [
        ("SW1A 1AA", "GB", "SW1A"),
        ("sw1a", "GB", "SW1A"),
        ("K1A-0B1", "CA", "K1A"),
        ("D02 AF30", "IE", "D02"),
        ("D-80331", "DE", "80331"),
        ("1011 AB", "NL", "1011"),
        ("10115", "NL", ""),
        ("97201-1234", "US", "97201"),
        ("972011", "US", ""),
    ],
)
def test_a_postal_code_is_cut_to_the_part_that_is_known(code: str, country_code: str, key: str) -> None:
    assert postcode_key(code, country_code) == key


def test_a_gazetteer_says_where_its_tables_come_from(gazetteer: Gazetteer) -> None:
    statements = dict(gazetteer.db.execute("SELECT package, statement FROM attributions"))
    assert "CC BY 4.0" in statements["geotz"]


def test_a_missing_gazetteer_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no gazetteer at"):
        Gazetteer.open(tmp_path / "gazetteer.db")


def test_a_gazetteer_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "gazetteer.db") as db:
        db.execute("CREATE TABLE towns (id INTEGER)")
    with pytest.raises(ValueError, match="`ldn gazetteer` renews it"):
        Gazetteer.open(tmp_path / "gazetteer.db")


def test_a_failed_build_leaves_the_gazetteer_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.db"
    path.write_bytes(b"the old one")

    def broken() -> list[PostalCode]:
        raise OSError("the table cannot be read")

    with pytest.raises(OSError, match="cannot be read"):
        build_gazetteer(path, sources=replace(SMALL, postal_codes=broken))
    assert [found.name for found in tmp_path.iterdir()] == ["gazetteer.db"]
    assert path.read_bytes() == b"the old one"
