"""The example site: invented, repeatable, polite to clients, and able to go wrong in every way that real lists do."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator

import httpx
import openpyxl
import phonenumbers
import pytest
from lxml import etree, html

from ldn_directory.example.feeds import CAP
from ldn_directory.example.markup import protect_email
from ldn_directory.example.pages import RENDERERS
from ldn_directory.example.practitioners import facts, invent_practitioners
from ldn_directory.example.truth import fields_of, truth_of
from ldn_directory.model import Listing
from tests.generators.expected import entries_by_practitioner, expected_listings, expected_people
from tests.generators.faulty_site import FaultySite


@pytest.fixture
def site() -> Iterator[FaultySite]:
    with FaultySite(seed=1, size=300) as running:
        yield running


def get(site: FaultySite, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{site.url}/{path}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_the_same_seed_and_size_give_the_same_bytes_of_every_list(site: FaultySite) -> None:
    with FaultySite(seed=1, size=300) as twin:
        for name in RENDERERS:
            assert get(twin, name).content == get(site, name).content, name


def test_another_seed_gives_other_practitioners() -> None:
    assert invent_practitioners(5, seed=1) != invent_practitioners(5, seed=2)


def test_every_telephone_number_is_one_set_aside_for_fiction() -> None:
    fictional = re.compile(
        r"\+1\d{3}55501\d\d|\+442079460\d{3}|\+6125550\d{4}|\+493023125\d{3}|\+3319900\d{4}|\+468465004\d\d"
    )
    phones = {practitioner.phone for practitioner in invent_practitioners(2000, seed=3)} - {None}
    assert phones
    assert all(fictional.fullmatch(str(phone)) for phone in phones)


def test_every_telephone_number_as_written_is_the_number_of_the_truth(site: FaultySite) -> None:
    country_of = {who.phone: who.country_code for who in site.truth.practitioners.values()}
    for item in get(site, "api/locations?per_page=100").json():
        if item["phone"]:
            matching = {
                phone
                for phone, code in country_of.items()
                if phone and phonenumbers.is_number_match(phonenumbers.parse(item["phone"], code), phone) >= 3
            }
            assert matching, item["phone"]


def test_every_host_and_mailbox_is_reserved_for_examples() -> None:
    for practitioner in invent_practitioners(500, seed=4):
        for address in filter(None, (practitioner.email, practitioner.website)):
            assert re.search(r"\.example\.(com|org|net)/?$", address)


def test_every_list_has_a_page_for_its_entries(site: FaultySite) -> None:
    assert set(RENDERERS) == set(facts("lists")) == set(site.truth.lists)
    for name, entries in site.truth.lists.items():
        assert entries, name
        assert get(site, name).status_code == 200


def test_the_truth_speaks_of_fields_that_a_listing_has(site: FaultySite) -> None:
    known = set(Listing.__dataclass_fields__) - {"phones"} | {"phone"}
    for name in RENDERERS:
        for listing in expected_listings(site.truth, name):
            assert set(listing) <= known


def test_about_three_in_ten_practitioners_stand_on_several_lists() -> None:
    same = entries_by_practitioner(truth_of(invent_practitioners(2000, seed=1), seed=1))
    several = sum(len(entries) > 1 for entries in same.values()) / len(same)
    assert 0.24 < several < 0.36


def test_a_table_of_the_drupal_view_is_captioned_with_its_country(site: FaultySite) -> None:
    page = html.fromstring(get(site, "drupal/prescribers").text)
    captions = page.xpath("//table[contains(@class, 'views-table')]/caption/text()")
    assert captions[0] == "Australia"
    assert page.xpath("//td[starts-with(@class, 'views-field views-field-field-city')]/text()")


def test_the_drupal_pager_leads_through_every_entry(site: FaultySite) -> None:
    seen: list[str] = []
    query: str | None = ""
    while query is not None:
        page = html.fromstring(get(site, f"drupal/prescribers{query}").text)
        seen += [link.rsplit("/", 1)[1] for link in page.xpath("//td/a[contains(@href, '/node/')]/@href")]
        query = next(iter(page.xpath("//a[@rel='next']/@href")), None)
    assert seen == [entry.key for entry in site.truth.lists["drupal/prescribers"]]


def test_the_exposed_filter_shows_one_country(site: FaultySite) -> None:
    page = html.fromstring(get(site, "drupal/prescribers").text)
    (term,) = page.xpath("//select[@name='field_country_target_id']/option[text()='Canada']/@value")
    filtered = html.fromstring(get(site, f"drupal/prescribers?field_country_target_id={term}").text)
    assert filtered.xpath("//caption/text()") == ["Canada"]


def test_a_card_hides_its_address_from_robots_and_shows_its_name(site: FaultySite) -> None:
    page = get(site, "cards").text
    first = site.truth.practitioners[site.truth.lists["cards"][0].people[0]]
    with_email = next(
        who
        for entry in site.truth.lists["cards"][:24]
        if not entry.repeats and (who := site.truth.practitioners[entry.people[0]]).email
    )
    assert first.name in page
    assert protect_email(str(with_email.email)) in page
    assert str(with_email.email) not in page


def test_a_protected_address_reads_back() -> None:
    hidden = bytes.fromhex(protect_email("office@alder-clinic.example.org"))
    assert bytes(byte ^ hidden[0] for byte in hidden[1:]) == b"office@alder-clinic.example.org"


def test_the_api_states_its_totals_and_refuses_a_page_past_the_end(site: FaultySite) -> None:
    answer = get(site, "api/locations?per_page=20")
    entries = site.truth.lists["api/locations"]
    assert answer.headers["X-WP-Total"] == str(len(entries))
    assert len(answer.json()) == 20
    assert get(site, "api/locations?per_page=20&page=99").status_code == 400


def test_the_store_locator_cuts_its_answer_off() -> None:
    with FaultySite(seed=1, size=6000) as big:
        assert len(big.truth.lists["wpsl"]) > CAP
        assert len(get(big, "wpsl").json()) == CAP
        assert len(get(big, "wp-admin/admin-ajax.php?action=store_search&autoload=1").json()) == CAP


def test_the_store_locator_finds_what_is_near(site: FaultySite) -> None:
    store = get(site, "wpsl").json()[0]
    near = get(site, f"wpsl?lat={store['lat']}&lng={store['lng']}&search_radius=5").json()
    assert near[0]["id"] == store["id"]
    assert get(site, "wpsl?lat=0&lng=0&search_radius=5").content == b""


def test_the_spreadsheet_is_not_in_the_encoding_that_it_declares() -> None:
    with FaultySite(seed=1, size=3000) as big:
        answer = get(big, "list.csv")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("cp1252"))))
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        with pytest.raises(UnicodeDecodeError):
            answer.content.decode("utf-8")
        assert len(rows) == len(big.truth.lists["list.csv"])


def test_the_workbook_has_a_row_per_entry_below_its_header(site: FaultySite) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(get(site, "list.xlsx").content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[2][0] == "Doctor"
    assert len(rows) == 3 + len(site.truth.lists["list.xlsx"])


def test_the_map_states_longitude_first(site: FaultySite) -> None:
    root = etree.fromstring(get(site, "map.kml").content)
    stands = root.findall(".//{*}Placemark/{*}Point/{*}coordinates")
    first = expected_listings(site.truth, "map.kml")[0]
    assert len(stands) == len(site.truth.lists["map.kml"])
    assert stands[0].text == f"{first['longitude']},{first['latitude']},0"


def test_a_page_with_json_ld_holds_the_entries_of_the_page(site: FaultySite) -> None:
    page = html.fromstring(get(site, "jsonld").text)
    graph = json.loads(page.xpath("//script[@type='application/ld+json']/text()")[0])["@graph"]
    entry = expected_listings(site.truth, "jsonld")[0]
    assert graph[0]["address"]["addressLocality"] == entry["city"]


def test_the_german_list_declares_the_wrong_encoding(site: FaultySite) -> None:
    answer = get(site, "german")
    assert b"charset=iso-8859-1" in answer.content
    assert "LDN-Ärzteliste" in answer.content.decode("utf-8")


def test_two_doctors_of_one_practice_share_an_entry() -> None:
    truth = truth_of(invent_practitioners(2000, seed=1), seed=1)
    shared = next(entry for entry in truth.lists["text"] if len(entry.people) == 2)
    first, second = expected_people(truth, shared)
    assert first["name"] != second["name"]
    assert first["city"] == second["city"]


def test_some_credentials_are_a_dietitians() -> None:
    assert any(who.credentials == "MS, RD, LDN" for who in invent_practitioners(200, seed=1))


def test_every_list_states_fields_that_the_truth_knows() -> None:
    known = set(Listing.__dataclass_fields__) | {"phone", "fax", "point"}
    for name in RENDERERS:
        assert fields_of(name) <= known


@pytest.mark.parametrize("name", [*RENDERERS, "robots.txt"])
def test_what_has_not_changed_is_answered_with_304(site: FaultySite, name: str) -> None:
    first = get(site, name)
    again = get(site, name, If_None_Match=first.headers["ETag"])
    since = get(site, name, If_Modified_Since=first.headers["Last-Modified"])
    assert (again.status_code, again.content) == (304, b"")
    assert since.status_code == 304


def test_a_change_shows_in_the_lists_that_name_the_practitioner(site: FaultySite) -> None:
    before = {name: get(site, name) for name in RENDERERS}
    (moved,) = site.change(1)
    entries = {name for name, _ in entries_by_practitioner(site.truth)[moved.number]}
    for name in RENDERERS:
        after = get(site, name, If_None_Match=before[name].headers["ETag"])
        assert after.status_code == 304 or name in entries
    assert site.truth.practitioners[moved.number].street == moved.street


def test_a_changed_list_is_modified_later(site: FaultySite) -> None:
    before = get(site, "table").headers["Last-Modified"]
    site.change(200)
    assert get(site, "table", If_Modified_Since=before).status_code == 200


def test_a_removed_practitioner_stands_on_no_list(site: FaultySite) -> None:
    gone = site.remove(20)
    assert len(gone) == 20
    left = {number for entries in site.truth.lists.values() for entry in entries for number in entry.people}
    assert left.isdisjoint(who.number for who in gone)
    assert set(site.truth.practitioners).isdisjoint(who.number for who in gone)


@pytest.mark.parametrize("name", RENDERERS)
def test_a_redesign_changes_the_page_and_can_be_undone(site: FaultySite, name: str) -> None:
    before = get(site, name).content
    site.break_layout(name)
    broken = get(site, name)
    site.restore(name)
    assert broken.status_code == 200
    assert broken.content != before
    assert get(site, name).content == before


def test_a_redesigned_table_has_other_column_names(site: FaultySite) -> None:
    site.break_layout("table")
    assert "Clinic Name" not in get(site, "table").text


def test_a_failing_list_answers_with_the_status_given_and_the_others_go_on(site: FaultySite) -> None:
    site.fail("cards", 500)
    assert get(site, "cards/page/2").status_code == 500
    assert get(site, "table").status_code == 200


def test_robots_txt_can_fail_too(site: FaultySite) -> None:
    site.fail("robots.txt", 503)
    assert get(site, "robots.txt").status_code == 503


def test_an_emptied_list_is_a_good_page_without_entries(site: FaultySite) -> None:
    site.empty("table")
    assert get(site, "table").status_code == 200
    assert not html.fromstring(get(site, "table").text).xpath("//tbody/tr")
    assert site.truth.lists["table"] == ()


def test_an_unknown_list_is_refused_by_name(site: FaultySite) -> None:
    with pytest.raises(ValueError, match="there is no list 'tables'"):
        site.empty("tables")


def test_robots_txt_states_the_delay_and_what_is_shut() -> None:
    with FaultySite(size=5, crawl_delay=2.5) as slow:
        text = get(slow, "robots.txt").text
    assert "Crawl-delay: 2.5" in text
    assert "Disallow: /secret" in text


def test_doors_that_are_shut(site: FaultySite) -> None:
    assert get(site, "forbidden").status_code == 403
    assert "Just a moment" in get(site, "challenge").text
    assert get(site, "elsewhere").headers["Location"].startswith("https://lists.example.net/")
    assert get(site, "inside").headers["Location"].startswith("http://10.0.0.1/")


def test_a_busy_page_asks_once_to_come_again(site: FaultySite) -> None:
    first, second = get(site, "busy"), get(site, "busy")
    assert (first.status_code, first.headers["Retry-After"]) == (503, "1")
    assert second.status_code == 200


def test_every_request_is_in_the_log_with_its_headers(site: FaultySite) -> None:
    get(site, "table?x=1", User_Agent="a-polite-robot")
    (asked,) = site.requests
    assert (asked.path, asked.status, asked.headers["user-agent"]) == ("/table?x=1", 200, "a-polite-robot")
    assert asked.bytes > 1000


def test_a_connection_is_kept_alive(site: FaultySite) -> None:
    with httpx.Client() as client:
        first = client.get(f"{site.url}/table")
        second = client.head(f"{site.url}/table")
    assert first.http_version == "HTTP/1.1"
    assert first.extensions["network_stream"] is second.extensions["network_stream"]
    assert second.content == b""


def test_a_stopped_site_answers_no_more() -> None:
    with httpx.Client() as client:
        with FaultySite(size=5) as running:
            address = running.addresses["table"]
            assert client.get(address).status_code == 200
        with pytest.raises(httpx.TransportError):
            client.get(address)


def test_a_hundred_thousand_practitioners_are_invented_in_seconds() -> None:
    started = time.perf_counter()
    truth_of(invent_practitioners(100_000, seed=1), seed=1)
    assert time.perf_counter() - started < 20
