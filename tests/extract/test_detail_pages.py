"""What an entry's own page adds to what the list says of it."""

from __future__ import annotations

from ldn_directory.extract import detail_pages
from ldn_directory.extract.page import Page
from ldn_directory.model import Labelled, Link, Record

LIST = Page("https://lists.example.org/people", b"<html></html>", "text/html")
PROFILE = """<!DOCTYPE html><title>{name}</title><h1>{name}</h1><dl><dt>Practice</dt><dd>Elm Clinic</dd><dt>Address</dt>
<dd>12 Elm Street, Austin, TX 78701</dd><dt>Phone</dt><dd>512-555-0142</dd><dt>City</dt><dd>Dallas</dd></dl>"""

ADA = "https://lists.example.org/people/ada"


def entry(name: str = "Ada Marsh, MD", href: str = ADA, *more: Labelled, key: str | None = None) -> Record:
    return Record(
        page=LIST.url,
        key=key,
        texts=(Labelled(label="name", text=name), Labelled(label="city", text="Austin"), *more),
        headings=("Texas",),
        links=(Link(text=name, href=href, rel="detail"),),
    )


def completed(record: Record, markup: str) -> tuple[Record, tuple[object, ...]]:
    found = detail_pages.extract(Page("https://lists.example.org/people/ada", markup.encode(), "text/html"), record)
    return found.records[0], found.problems


def said(record: Record, label: str) -> list[str]:
    return [text.text for text in record.texts if (text.label or "").lower() == label]


def test_the_lists_own_values_win_and_its_key_stays():
    whole, problems = completed(entry(key="7"), PROFILE.format(name="Ada Marsh, MD"))
    assert (said(whole, "city"), said(whole, "practice"), said(whole, "phone")) == (
        ["Austin"],
        ["Elm Clinic"],
        ["512-555-0142"],
    )
    assert (whole.key, whole.headings, problems) == ("7", ("Texas",), ())


def test_a_page_about_somebody_else_adds_nothing_and_is_reported():
    whole, problems = completed(entry(), PROFILE.format(name="Ben Odell, DO"))
    assert whole == entry()
    assert problems


def test_only_entries_without_contact_data_are_awaited_under_their_pages_path():
    with_phone = entry(
        "Ben Odell, DO", "https://lists.example.org/people/ben", Labelled(label=None, text="512-555-0143")
    )
    elsewhere = entry("Carla Whitcombe", "https://elsewhere.example.net/carla")
    ((address, record),) = detail_pages.incomplete_entries(LIST, [entry(), with_phone, elsewhere])
    assert (address, record.key) == ("https://lists.example.org/people/ada", "/people/ada")


def test_two_entries_of_one_page_have_different_keys():
    first, second = detail_pages.incomplete_entries(LIST, [entry(), entry("Ben Odell, DO")])
    assert first[1].key != second[1].key


def test_a_record_survives_its_way_through_a_request():
    assert detail_pages.record_from_json(detail_pages.record_to_json(entry())) == entry()
