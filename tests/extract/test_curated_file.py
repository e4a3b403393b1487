"""The list that people keep in the project is read row by row: a bad row is named and left out, the others are read."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest

from ldn_directory.crawl.page_worker import parse
from ldn_directory.extract.page import Page
from ldn_directory.extract.sheets.curated import COLUMNS, Fault, Row, UnreadableFile, extract, read_rows
from ldn_directory.model import Grade, Kind, Listing
from ldn_directory.normalize.mapping import map_record
from ldn_directory.spiders.curated import Curated
from ldn_directory.storage import PROJECT

TODAY = date(2026, 11, 30)
GOOD = {
    "kind": "pharmacy",
    "organisation": "Quayside Pharmacy",
    "region": "Texas",
    "country": "United States",
    "phone": "512-555-0142",
    "website": "https://quayside.example.org",
    "evidence_url": "https://quayside.example.org/ldn",
    "evidence": "Says that it compounds LDN.",
    "grade": "offers",
    "noted_on": "2026-11-22",
}
OTHER = GOOD | {"organisation": "Elm Pharmacy", "phone": "", "website": "https://elm.example.org"}


def written(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def read(text: str | bytes) -> tuple[list[Row], list[Fault]]:
    return read_rows(text if isinstance(text, bytes) else text.encode(), TODAY)


def fault_of(**changed: str) -> str:
    """What is said of the good row with these cells instead, between two good rows, which are read."""
    rows, faults = read(
        written(OTHER, GOOD | changed, OTHER | {"organisation": "Oak", "website": "https://oak.example"})
    )
    assert [row["organisation"] for row in rows] == ["Elm Pharmacy", "Oak"]
    (fault,) = faults
    assert fault.number == 3
    return fault.what


def test_a_good_row_becomes_a_listing_with_all_that_was_noted():
    row = GOOD | {"facts_url": "https://quayside.example.org/contact"}
    (record,) = extract(Page("file:///curated.csv", written(row).encode()), TODAY).records
    mapped = map_record(record, Curated.source, "curated")
    (listing,) = mapped.listings
    assert mapped.unplaced == ()
    assert (listing.name, listing.kind, listing.region_code) == ("Quayside Pharmacy", Kind.PHARMACY, "US-TX")
    assert (listing.page, listing.remark) == (GOOD["evidence_url"], GOOD["evidence"])
    assert (listing.noted_on, listing.grade, listing.facts_page) == ("2026-11-22", Grade.OFFERS, row["facts_url"])


def test_who_only_writes_about_it_is_never_listed_as_a_prescriber():
    body = written(
        *(
            GOOD
            | {
                "kind": "prescriber",
                "website": f"https://{grade}.example",
                "grade": grade,
                "phone": "",
                "organisation": grade,
            }
            for grade in Grade
        )
    ).encode()
    result = parse(Curated, Page("file:///curated.csv", body), {}, {})
    kinds = {listing.name: listing.kind for listing in map(Listing.from_json, map(json.loads, result.lines))}
    assert kinds == {"offers": Kind.PRESCRIBER, "writes_about": Kind.CLINIC}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"evidence": ""}, "evidence is empty"),
        ({"evidence_url": ""}, "evidence_url is empty"),
        ({"evidence_url": "quayside.example.org/ldn"}, "no http or https address"),
        ({"evidence_url": "javascript:alert(1)"}, "no http or https address"),
        ({"facts_url": "see the website"}, "no http or https address"),
        ({"organisation": " "}, "organisation is empty"),
        ({"kind": "shop"}, "kind is 'shop'; it must be one of prescriber, clinic, pharmacy, telehealth"),
        ({"grade": "Offers"}, "it must be one of offers, writes_about"),
        ({"telehealth": "maybe"}, "it must be one of yes, no"),
        ({"noted_on": "22.11.2026"}, "must be a day such as 2026-01-31"),
        ({"noted_on": "2026-02-30"}, "must be a day such as 2026-01-31"),
        ({"noted_on": "2026-12-02"}, "is in the future"),
        ({"noted_on": "0026-11-22"}, "too long ago"),
        ({"country": "Atlantis", "region": ""}, "no country's English name"),
        ({"region": "Ontario"}, "no state, province or region of United States"),
        ({"country": ""}, "region is stated without a country"),
        ({"country": "", "region": ""}, "phone needs a country"),
        ({"phone": "555-0142"}, "not a valid number of United States"),
        ({"phone": "020 7946 0123"}, "not a valid number of United States"),
        ({"phone": "ask for Jo"}, "no telephone number"),
        ({"email": "quayside at example"}, "no e-mail address"),
        ({"website": "http://www.elm.example.org/"}, "website is that of row 2 (Elm Pharmacy)"),
        ({"organisation": "ELM Pharmacy", "phone": ""}, "organisation, region and phone are those of row 2"),
        ({"evidence": "x" * 1001}, "1,001 characters"),
    ],
)  # fmt: skip
def test_a_row_with_a_bad_cell_is_left_out_with_its_number_and_what_is_wrong(changed, said):
    assert said in fault_of(**changed)


def test_all_that_is_wrong_with_a_row_is_said_at_once():
    said = fault_of(kind="shop", phone="1", noted_on="soon")
    assert all(name in said for name in ("kind", "phone", "noted_on"))


def test_branches_may_have_pages_of_their_own_on_one_website():
    north, south = ({"organisation": f"Elm {way}", "website": f"https://elm.example.org/{way}", "phone": ""}
                    for way in ("north", "south"))  # fmt: skip
    rows, faults = read(written(GOOD | north, GOOD | south))
    assert (len(rows), faults) == (2, [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('pharmacy,"Open Pharmacy,,,,,,,,https://open.example,,,https://open.example/ldn,Yes.,offers,,2026-11-22',
         "opens a quote that is not closed"),
        ('pharmacy,"Open" Pharmacy,,,,,,,,https://open.example,,,https://open.example/ldn,Yes.,offers,,2026-11-22',
         "write it twice"),
        ("pharmacy,Open Pharmacy,,,,,,,,https://open.example,,,https://open.example/ldn,Yes.,offers", "too short"),
        ("pharmacy,Open Pharmacy,,,,,,,,https://open.example,,,https://open.example/ldn,Yes, we do.,offers,,2026-11-22",
         "too long"),
        (f"pharmacy,Open Pharmacy,,,,,,,,https://open.example,,,https://open.example/ldn,{'Y' * 200_000},offers,,2026-11-22",
         "1,000 are allowed in each cell"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_row_costs_itself_and_swallows_no_other(line, said):
    header, first, second = written(GOOD, OTHER).splitlines()
    rows, (fault,) = read("\n".join([header, first, line, "", second]))
    assert [row["organisation"] for row in rows] == ["Quayside Pharmacy", "Elm Pharmacy"]
    assert (fault.number, fault.text) == (3, line)
    assert said in fault.what and "Open" in fault.row


def test_a_file_from_a_spreadsheet_reads_the_same():
    text = written(GOOD, OTHER | {"organisation": "Taché Pharmacy", "evidence": 'Says "yes", it does.'})
    expected = read(text)
    assert expected[1] == []
    for body in (text.replace("\n", "\r\n"), "\ufeff" + text, text.rstrip("\n")):
        assert read(body) == expected


def test_in_a_file_of_another_encoding_the_rows_that_cannot_be_read_are_named():
    rows, (fault,) = read(written(GOOD, OTHER | {"organisation": "Taché Pharmacy"}).encode("latin-1"))
    assert len(rows) == 1
    assert fault.number == 3 and "is not UTF-8" in fault.what


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (written(GOOD).replace(",", ";"), "separated by semicolons"),
        (written(GOOD).replace(",", "\t"), "separated by tabs"),
        (written(GOOD).encode("utf-16"), "is not UTF-8 text"),
        (written(GOOD).replace("noted_on", "noted", 1), "lacks 'noted_on'; has unknown columns: 'noted'"),
        (written(GOOD).replace("facts_url", "grade", 1), "names twice: 'grade'"),
        ("", "the first row is empty"),
        ("\n" + written(GOOD), "the first row is empty"),
        (b"PK\x03\x04\x14\x00\x06\x00", "Excel workbook"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused_with_the_remedy(text, said):
    with pytest.raises(UnreadableFile, match=said):
        read(text)


def test_columns_may_stand_in_any_order_and_optional_ones_may_be_missing():
    text = io.StringIO()
    table = csv.DictWriter(text, ["noted_on", "grade", "evidence", "evidence_url", "organisation", "kind"],
                           extrasaction="ignore")  # fmt: skip
    table.writeheader()
    table.writerow(GOOD)
    (row,), faults = read(text.getvalue())
    assert faults == [] and (row["organisation"], row["phone"]) == ("Quayside Pharmacy", "")


def test_the_projects_own_list_is_good_and_maps_wholly():
    page = Page("file:///curated.csv", (PROJECT / "data" / "curated.csv").read_bytes(), "text/csv")
    found = extract(page, date.today())
    assert found.problems == ()
    mapped = [map_record(record, Curated.source, "curated") for record in found.records]
    listings = [listing for one in mapped for listing in one.listings]
    assert len(listings) == len(found.records) == len({listing.key for listing in listings}) > 100
    assert {label for one in mapped for label in one.unplaced} == set()
    assert all(listing.grade and listing.noted_on and listing.remark for listing in listings)
