"""Addresses as the lists of many countries write them: on one line or several, with commas or without."""

from __future__ import annotations

import pytest

from ldn_directory.model import Evidence, Labelled, Listing, Record, Source
from ldn_directory.normalize.mapping import map_record
from ldn_directory.normalize.postal_address import parse_address

SOURCE = Source(title="t", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")


def listing(*texts: tuple[str | None, str]) -> Listing:
    labelled = tuple(Labelled(label=label, text=text) for label, text in texts)
    (found,) = map_record(Record(page="https://example.org/list", texts=labelled), SOURCE, "s").listings
    return found


@pytest.mark.parametrize(
    ("written", "street", "city", "region_code", "postcode"),
    [
        # a town that looks like a street, a unit or a direction
        ("4 Ember Road, Floral Park, NY 11001", "4 Ember Road", "Floral Park", "US-NY", "11001"),
        ("18 Sorrel Court, Circle, MT 59215", "18 Sorrel Court", "Circle", "US-MT", "59215"),
        ("402 Nib Ave, Unit 3, Rocky Point, NY 11778", "402 Nib Ave, Unit 3", "Rocky Point", "US-NY", "11778"),
        # no comma before it
        ("1204 Sable St Saint Paul MN 55104", "1204 Sable St", "Saint Paul", "US-MN", "55104"),
        ("88 Hollow Oak Grand Rapids, Michigan 49503", "88 Hollow Oak", "Grand Rapids", "US-MI", "49503"),
        ("710 Saddle Rd Winston-Salem North Carolina 27101", "710 Saddle Rd", "Winston-Salem", "US-NC", "27101"),
        ("450 Bramble Road Medicine Hat, AB T1A 0A1", "450 Bramble Road", "Medicine Hat", "CA-AB", "T1A 0A1"),
        # routes with the letters of a state, which are no Dutch postal codes
        ("6001 FL-60 Unit 12, Vero Beach, FL 32966", "6001 FL-60 Unit 12", "Vero Beach", "US-FL", "32966"),
        ("310 CA 116 N, Sebastopol, CA 95472", "310 CA 116 N", "Sebastopol", "US-CA", "95472"),
        # a ZIP code that lost its zero
        ("8 Elder Row, Bangor, ME 4401", "8 Elder Row", "Bangor", "US-ME", "04401"),
    ],
)
def test_american_addresses(written, street, city, region_code, postcode) -> None:
    found = parse_address(written)
    assert (found.street, found.city, found.region_code, found.postcode) == (street, city, region_code, postcode)


@pytest.mark.parametrize(
    ("written", "street", "city", "postcode", "country_code"),
    [
        ("Mühlgasse 12 A-8010 Graz Österreich", "Mühlgasse 12", "Graz", "8010", "AT"),
        ("Chemin du Moulin 7, CH-1205 Genève", "Chemin du Moulin 7", "Genève", "1205", "CH"),
        ("4 bis place du Lavoir, 84000 Avignon, France", "4 bis place du Lavoir", "Avignon", "84000", "FR"),
        ("Via dei Fabbri 10 06121 Perugia (PG) Italia", "Via dei Fabbri 10", "Perugia", "06121", "IT"),
        ("Calle del Almendro 8 2ºA 28005 Madrid España", "Calle del Almendro 8 2ºA", "Madrid", "28005", "ES"),
        ("Keizersteeg 4 1012 AB Amsterdam", "Keizersteeg 4", "Amsterdam", "1012 AB", "NL"),
        ("Linnégränd 5 413 04 Göteborg Sweden", "Linnégränd 5", "Göteborg", "413 04", "SE"),
        ("ul. Lipowa 7/3 00-316 Warszawa Polska", "ul. Lipowa 7/3", "Warszawa", "00-316", "PL"),
        ("Veveří 12, 602 00 Brno, Czechia", "Veveří 12", "Brno", "602 00", "CZ"),
        ("Rua das Acácias, 55, Penedo - AL, 57200-000, Brasil", "Rua das Acácias, 55", "Penedo", "57200-000", "BR"),
        ("21 Mill Brow Kirkby Lonsdale LA6 2AT Cumbria UK", "21 Mill Brow", "Kirkby Lonsdale", "LA6 2AT", "GB"),
        ("14 Skerry Street, Galway, H91 X4P2, Ireland", "14 Skerry Street", "Galway", "H91 X4P2", "IE"),
        ("12 MG Road, Bengaluru 560001, Karnataka, India", "12 MG Road", "Bengaluru", "560001", "IN"),
        ("Laugavegur 3, 101 Reykjavík, Iceland", "Laugavegur 3", "Reykjavík", "101", "IS"),
    ],
)
def test_addresses_in_the_order_of_their_countries(written, street, city, postcode, country_code) -> None:
    found = parse_address(written)
    assert (found.street, found.city, found.postcode, found.country_code) == (street, city, postcode, country_code)


@pytest.mark.parametrize(
    "written", ["QUAI DU VIEUX PUITS", "12 place du Vieux Puits", "Via del Pozzo, 5", "Am Hügel 7a"]
)
def test_what_stands_under_address_is_all_street_if_the_town_has_its_own_column(written) -> None:
    found = listing(("nom", "Jane Roe"), ("adresse", written), ("ville", "Nantua"), ("code postal", "01130"))
    assert ((found.street or "").lower(), found.city, found.postcode) == (written.lower(), "Nantua", "01130")


def test_a_part_on_each_line_is_one_address() -> None:
    lines = ["Dr. Jane Roe", "31 Comb Street", "Suite 4", "Missoula", "Montana", "59801-1234"]
    found = listing(*((None, line) for line in lines))
    assert (found.name, found.street, found.city) == ("Jane Roe", "31 Comb Street, Suite 4", "Missoula")
    assert (found.region_code, found.postcode) == ("US-MT", "59801-1234")


@pytest.mark.parametrize(
    ("country", "street"), [("Argentina", "Av. del Pino 1200"), ("United States", "1200 Av. del Pino")]
)
def test_a_house_number_of_its_own_stands_where_the_country_writes_it(country, street) -> None:
    found = listing(
        ("name", "Jane Roe"),
        ("street", "Av. del Pino"),
        ("house number", "1200.0"),
        ("city", "Salta"),
        ("country", country),
    )
    assert found.street == street


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        ("39.74", "-104.99", (39.74, -104.99)),
        ("-104.99", "39.74", (39.74, -104.99)),
        ("39,74", "-104,99", (39.74, -104.99)),
        ("0", "0", (None, None)),
        ("-84.2", "39.7", (None, None)),  # nobody lives there, and the other way round it is not in Colorado
    ],
)
def test_a_point_lies_where_its_address_does(latitude, longitude, point) -> None:
    found = listing(("name", "Jane Roe"), ("state", "CO"), ("city", "Denver"), ("lat", latitude), ("lng", longitude))
    assert (found.latitude, found.longitude) == point


@pytest.mark.parametrize(
    ("written", "street", "city", "region_code", "postcode", "country_code"),
    [
        ("〒650-0045 兵庫県神戸市北通り3丁目27", "北通り3丁目27", "神戸市", "JP-28", "650-0045", "JP"),
        ("〒220-0023 神奈川県横浜市栄町57-5 日本", "栄町57-5", "横浜市", "JP-14", "220-0023", "JP"),
        ("〒060-0067 札幌市栄町71-5\n日本", "栄町71-5", "札幌市", "JP-01", "060-0067", "JP"),
        ("〒100-0001 某県某所1-2", None, None, None, "100-0001", "JP"),  # no town that is known
        ("שדרות האלון 66\nבאר שבע 8448416", "שדרות האלון 66", "באר שבע", None, "8448416", "IL"),
        ("Rua Nova 3, Imbé de Minas - MG, 35323-000", "Rua Nova 3", "Imbé de Minas", "BR-MG", "35323-000", "BR"),
    ],
)
def test_addresses_that_show_their_country(written, street, city, region_code, postcode, country_code) -> None:
    found = parse_address(written)
    assert (found.street, found.city, found.region_code) == (street, city, region_code)
    assert (found.postcode, found.country_code) == (postcode, country_code)


def test_the_postcode_of_a_town_in_its_own_letters_is_no_telephone_number() -> None:
    found = listing(("name", "נועה ברקת"), (None, "רחוב הגפן 46"), (None, "אשדוד 7731709"), (None, "03-000-3242"))
    assert ([phone.raw for phone in found.phones], found.postcode) == (["03-000-3242"], "7731709")
