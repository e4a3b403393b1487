"""How published texts become values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.model import Evidence, Labelled, Link, Record, Source
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.mapping import map_record
from ldn_directory.normalize.names import people
from ldn_directory.normalize.phones import phones
from ldn_directory.normalize.postal_address import parse_address
from ldn_directory.normalize.regions import country, region, regions_in
from ldn_directory.normalize.telehealth import accepts_new, served_regions, telehealth
from ldn_directory.normalize.web import cloudflare_email, emails, website

SOURCE = Source(title="t", homepage="https://example.org/", evidence=Evidence.LISTED, record_key="id")


def record(*texts: tuple[str | None, str], **more) -> Record:
    return Record(
        page="https://example.org/list", texts=tuple(Labelled(label=label, text=text) for label, text in texts), **more
    )


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("SMITH, JANE A., D.O.", [("Jane A Smith", "DO")]),
        ("Dr. A Bee and Dr. C Dee", [("A Bee", None), ("C Dee", None)]),
        ("Jane Smith, MD & John Roe, NP", [("Jane Smith", "MD"), ("John Roe", "NP")]),
        ("Smith III, Alex", [("Alex Smith III", None)]),
        ("Dr. med. Hans Müller", [("Hans Müller", None)]),
        ("Jane Doe MS, RD, LDN", [("Jane Doe", "MS, RD, LDN")]),
        ("Kim Do", [("Kim Do", None)]),
        ("Harbor Pharmacy", []),
        ("Read more", []),
    ],
)
def test_names_are_told_from_titles_credentials_and_organisations(written, names):
    assert [(person.name, person.credentials) for person in people(written)] == names


@pytest.mark.parametrize(
    ("written", "country_code", "numbers"),
    [
        ("Tel: (512) 555-0101, Fax: 512-555-0102", "US", ["+15125550101"]),
        ("020 7946 0123", "GB", ["+442079460123"]),
        ("+44 (0)20 7946 0123", None, ["+442079460123"]),
        ("512-555-0101 (cell)", "US", []),
        ("78701-1234", "US", []),
        ("03 5550 1234", None, [None]),
    ],
)
def test_phones_become_e164_and_private_ones_are_left_out(written, country_code, numbers):
    assert [phone.e164 for phone in phones(written, country_code)] == numbers


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("123 Main St Suite 4 Springfield, IL 62704", ("123 Main St Suite 4", "Springfield", "US-IL", "62704", "US")),
        ("PO BOX 12, AUSTIN, TX 78701-1234", ("PO Box 12", "Austin", "US-TX", "78701-1234", "US")),
        ("10 High Street\nLondon SW1A 1AA\nUK", ("10 High Street", "London", None, "SW1A 1AA", "GB")),
        ("12 Queen St W, Toronto, ON M5H 2N2, Canada", ("12 Queen St W", "Toronto", "CA-ON", "M5H 2N2", "CA")),
        ("Keizersgracht 1, 1015 CN Amsterdam, Nederland", ("Keizersgracht 1", "Amsterdam", None, "1015 CN", "NL")),
        ("Michigan", (None, None, "US-MI", None, "US")),
    ],
)
def test_addresses_are_read_from_the_right(written, parts):
    found = parse_address(written)
    assert (found.street, found.city, found.region_code, found.postcode, found.country_code) == parts


def test_regions_and_countries_go_by_their_many_names():
    assert country("United Sates").code == "US"
    assert country("Deutschland").code == "DE"
    assert region("Fla.", "US").code == "US-FL"
    assert region("Georgia").code == "US-GA"
    assert country("Georgia").code == "GE"
    assert region("IH") is None
    assert regions_in("CA, NY and Texas", "US") == ("US-CA", "US-NY", "US-TX")


def test_emails_are_unmasked_and_placeholders_dropped():
    masked = "5a" + "".join(f"{ord(letter) ^ 0x5A:02x}" for letter in "info@example.org")
    assert cloudflare_email(masked) == "info@example.org"
    assert emails("info (at) example (dot) org") == ("info@example.org",)
    assert emails("[email protected]") == ()


def test_a_website_is_only_ever_http():
    assert website("javascript:alert(1)") is None
    assert website("www.example.com") == "https://www.example.com"
    assert website(None, [Link(text="x", href="data:text/html,x")]) is None


def test_silence_about_telehealth_is_not_no():
    assert telehealth("Integrative medicine") is None
    assert telehealth("Telehealth visits available") is True
    assert telehealth("no telehealth") is False
    assert served_regions("Telehealth to CA, NY", "US") == ("US-CA", "US-NY")
    assert accepts_new("Not taking new patients") is False


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Telefon:", "phone"),
        ("PLZ", "postcode"),
        ("views-field-field-city", "city"),
        ("streetAddress", "street"),
        ("Fax", "phone_unlisted"),
        ("Mode", None),
    ],
)
def test_labels_of_many_languages_and_machines_are_known(label, field):
    assert field_of(label) == field


def test_two_doctors_in_an_entry_become_two_listings_with_keys_of_their_own():
    mapped = map_record(record(("Name", "Jane Roe, MD & John Doe, NP"), ("City", "Austin"), key="17"), SOURCE, "s")
    assert [(one.name, one.key) for one in mapped.listings] == [("Jane Roe", "17#1"), ("John Doe", "17#2")]


def test_a_fax_number_is_in_no_part_of_the_listing():
    mapped = map_record(
        record(("Name", "Jane Roe, MD"), ("Fax", "512-555-0102"), ("Phone", "512-555-0101"), ("Country", "USA")),
        SOURCE,
        "s",
    )
    assert b"0102" not in mapped.listings[0].as_line()


def test_an_unknown_label_is_reported_and_a_huge_cell_costs_only_itself():
    mapped = map_record(
        record(("Name", "Jane Roe"), ("Mode", "x"), ("Notes", "y" * 2_000_000), ("City", "Austin")), SOURCE, "s"
    )
    assert mapped.unplaced == ("Mode",)
    assert "2,000,000" in mapped.problems[0].what
    assert mapped.listings[0].city == "Austin"


def test_a_closed_practice_is_no_listing():
    mapped = map_record(record(("Name", "Jane Roe"), ("Status", "Closed")), SOURCE, "s")
    assert mapped.listings == () and "closed" in mapped.problems[0].what


def test_block_lines_are_told_apart_by_their_look():
    block = "Jane Roe, MD\nHarbor Clinic\n12 Oak St\nAustin, TX 78701\nTel: 512-555-0101\nTelehealth to CA, NY\nNot taking new patients"
    (found,) = map_record(record((None, block)), SOURCE, "s").listings
    assert (found.name, found.credentials, found.practice) == ("Jane Roe", "MD", "Harbor Clinic")
    assert (found.street, found.city, found.region_code, found.postcode) == ("12 Oak St", "Austin", "US-TX", "78701")
    assert (found.telehealth, found.serves, found.accepts_new) == (True, ("US-CA", "US-NY"), False)


@settings(max_examples=150, deadline=2000)
@given(st.text(max_size=400))
def test_no_text_is_too_strange(text):
    people(text)
    phones(text, "US")
    emails(text)
    website(text)
    parse_address(text)
    field_of(text)
    map_record(record(("Name", text), (None, text), ("Address", text)), SOURCE, "s")
