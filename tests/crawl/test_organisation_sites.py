"""The own sites of the organisations in the curated list, from the crawl to the entry that shows what they say."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.publish.build import build_data_folder
from ldn_directory.site.queries.provider import Entry, get_entry
from tests.generators.sites import KINDS, Site, all_sites
from tests.generators.sites.crawled import OrganisationServer, crawl, judge, write_curated

all_sites()
MOST_WRONG, LEAST_RIGHT = 0.06, 0.8
"""Shares of the values of sites that were held out."""


@pytest.fixture
def folder(tmp_path: Path, world: Path) -> Path:
    (tmp_path / "gazetteer.db").symlink_to(world)
    return tmp_path


def published(data: Path, name: str) -> Entry | None:
    build_data_folder(data, allow_shrink=True)
    with closing(sqlite3.connect(data / "ldn.db")) as db:
        row = db.execute("SELECT id FROM providers WHERE name = ?", (name,)).fetchone()
        return get_entry(db, row[0]) if row else None


def made(*kinds: str, **changed: str) -> list[Site]:
    """Sites of these kinds; `changed` are cells of the rows that a person has noted otherwise."""
    sites = [KINDS[kind]() for kind in kinds]
    return [Site(kind=one.kind, row={**one.row, **changed}, pages=one.pages, truth=one.truth) for one in sites]


def read(data: Path, server: OrganisationServer, sites: list[Site]) -> dict[str, Any]:
    write_curated(data, [site.row for site in sites])
    return crawl(data, server.port, "curated", "organisation_sites")["organisation_sites"]


def claims(entry: Entry, field: str) -> Iterator[tuple[str, str, bool]]:
    """(value, page, whether it is shown) as its own site states it."""
    for one in entry.claims:
        if one["field"] == field and one["source"] == "organisation_sites":
            yield one["value"], one["page"], bool(one["shown"])


def test_an_entry_shows_what_its_own_site_says_with_the_page_and_the_day(folder):
    sites = made("json_ld_only", "multi_branch_cards")
    with OrganisationServer(sites) as server:
        report = read(folder, server, sites)
    entry = published(folder, "Longhorn Integrative Clinic")
    assert report["outcome"] == "passed"
    assert (entry.provider["city"], entry.provider["phone"]) == ("Austin", "+15125550102")
    assert next(claims(entry, "city")) == ("Austin", "https://longhornintegrative.example/locations", True)
    assert {one["last_confirmed"] for one in entry.claims if one["source"] == "organisation_sites"} == {
        report["finished"]
    }
    assert next(place["city"] for place in entry.locations) == "Austin"
    assert {place["city"] for place in entry.locations} == {"Austin", "Waco", "Dallas"}
    hours = published(folder, "Bright Cove Integrative Health")
    assert next(claims(hours, "hours"))[0] == "Mo-Th 08:30-17:00; Fr 09:00-13:00"


def test_what_a_person_noted_is_shown_and_another_value_is_a_disagreement(folder):
    sites = made("one_page", phone="512-555-0199", city="Waco", region="Texas")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
    entry = published(folder, "Juniper Hollow Clinic")
    assert (entry.provider["phone"], entry.provider["city"]) == ("+15125550199", "Waco")
    assert {one.field for one in entry.disagreements} == {"phone", "address"}


def test_a_street_in_the_town_that_a_person_noted_completes_it(folder):
    sites = made("one_page", city="Austin", region="Texas")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
    entry = published(folder, "Juniper Hollow Clinic")
    assert (entry.provider["street"], entry.disagreements) == ("418 Larkspur Lane", ())


def test_reading_its_site_does_not_confirm_that_an_entry_speaks_of_ldn(folder):
    sites = made("one_page")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
    provider = published(folder, "Juniper Hollow Clinic").provider
    assert (provider["status"], provider["last_confirmed"], provider["source"]) == ("unchecked", None, "curated")
    assert json.loads(provider["sources"]) == ["curated"]


def test_a_site_that_is_down_keeps_its_values_however_often(folder):
    sites = made("one_page", "agency_footer")
    with OrganisationServer(sites) as server:
        first = read(folder, server, sites)
        server.down.add("juniperhollow.example")
        for _ in range(3):
            report = read(folder, server, sites)
            assert report["outcome"] == "passed"
    entry = published(folder, "Juniper Hollow Clinic")
    assert entry.provider["phone"] == "+15125550142"
    (listing,) = (one for one in entry.listings if one["source"] == "organisation_sites")
    assert (listing["status"], listing["last_confirmed"]) == ("unconfirmed", first["finished"])
    down = next(row for row in report["organisations"] if row["organisation"] == "Juniper Hollow Clinic")
    assert down["outcome"] == "down"


def test_a_page_that_is_down_today_does_not_cost_its_values(folder):
    sites = made("agency_footer")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
        server.down.add("goldfinchclinic.example/contact-us")
        read(folder, server, sites)
    assert published(folder, "Goldfinch Clinic").provider["street"] == "23 Meadowlark Road"


def test_without_a_network_nothing_changes(folder):
    sites = made("one_page")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
        server.down.add("juniperhollow.example")
        report = read(folder, server, sites)
    assert report["outcome"] == "unreachable"
    (listing,) = (one for one in published(folder, "Juniper Hollow Clinic").listings if one["source"] != "curated")
    assert listing["status"] == "confirmed"


def test_a_domain_that_now_belongs_to_another_loses_its_values_and_gives_none(folder):
    sites = made("one_page", "agency_footer")
    sold = KINDS["sold_domain"]()
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
        for path in ("https://juniperhollow.example", "https://juniperhollow.example/ldn"):
            server.answers[path] = sold.pages["https://bramblehillclinic.example/"]
        for _ in range(2):
            read(folder, server, sites)
    entry = published(folder, "Juniper Hollow Clinic")
    assert (entry.provider["phone"], entry.provider["city"]) == (None, None)


def test_a_row_that_is_taken_out_leaves_with_all_that_its_site_said(folder):
    sites = made("one_page", "agency_footer", "partners", "wix_like", "meta_refresh", "uk_pharmacy")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
        read(folder, server, sites[1:])
    assert published(folder, "Juniper Hollow Clinic") is None
    with closing(sqlite3.connect(folder / "ldn.db")) as db:
        assert db.execute("SELECT count(*) FROM providers").fetchone() == (5,)


def test_who_is_forgotten_is_not_read_back_from_the_site(folder):
    sites = made("one_page", "agency_footer")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
        rows = (folder / "runs").glob("*/organisation_sites/listings.jsonl")
        row = next(json.loads(line) for path in rows for line in path.read_bytes().splitlines() if b"Juniper" in line)
        Suppressions.in_folder(folder).add([row], "2026-11-02")
        report = read(folder, server, sites)
    assert published(folder, "Juniper Hollow Clinic") is None
    assert "Juniper" not in json.dumps(report)


def test_a_second_build_from_the_last_directory_is_that_of_building_anew(folder):
    sites = made("one_page", "agency_footer", "multi_branch_cards")
    with OrganisationServer(sites) as server:
        read(folder, server, sites)
        published(folder, "")
        read(folder, server, sites)
    published(folder, "")
    continued = (folder / "ldn.db").read_bytes()
    (folder / "filling.db").unlink()
    published(folder, "")
    assert (folder / "ldn.db").read_bytes() == continued


def test_half_of_the_kinds_of_sites_were_held_out_and_are_read_well(folder):
    sites = all_sites()
    with OrganisationServer(sites) as server:
        report = read(folder, server, sites)
    path = folder / "runs" / report["run"] / "organisation_sites" / "listings.jsonl"
    listings = [json.loads(line) for line in path.read_bytes().splitlines()]
    outcomes = {row["site"]: row["outcome"] for row in report["organisations"]}
    verdicts = [
        verdict
        for site in sites
        if site.is_held_out
        for verdict, *_ in judge(site, listings, outcomes[site.row["website"].split("://")[1]]).values()
        if verdict != "silent"
    ]
    assert len(sites) >= 40
    assert verdicts.count("wrong") <= MOST_WRONG * len(verdicts)
    assert verdicts.count("right") >= LEAST_RIGHT * len(verdicts)
