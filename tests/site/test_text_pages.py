"""The pages that explain: about the data, privacy, removal."""

from __future__ import annotations

import asyncio
import re

import pytest

from ldn_directory.site.pages.accuracy import figures

PROMISES = [
    "No cookies",
    "No log of questions",
    "for five minutes",
    "keyed hash",
    "which language you prefer",
    "Such a program can write down",
    "your browser asks nobody else",
    "written in your own mail program",
    "What you download",
]


@pytest.fixture
def read(visit):
    def reading(address: str, **headers: str) -> str:
        page = asyncio.run(visit(address, headers=headers)).text
        return " ".join(re.sub(r"<[^>]*>", " ", page[page.index("<main") : page.index("</main>")]).split())

    return reading


def test_about_tells_the_rule_of_the_order_and_leads_everywhere_else(visit):
    page = asyncio.run(visit("/about")).text
    for id in ("order", "distance", "confirmed", "registers", "joined", "accuracy", "privacy"):
        assert f'id="{id}"' in page, id
    for path in ("/privacy", "/removal", "/sources", "/api", "/download"):
        assert f'href="{path}"' in page, path


def test_about_shows_every_figure_with_what_when_and_by_which_command(read):
    told = read("/about")
    for one in figures():
        assert str(one.what) in told and str(one.measured_on) in told and one.command in told
    assert "99.84%" in told and "25 November 2026" in told


def test_a_distance_is_told_as_its_reader_measures(read):
    assert "31 miles unless you choose another" in read("/about", **{"Accept-Language": "en-US"})
    assert "50 km unless you choose another" in read("/about", **{"Accept-Language": "en-IE"})


@pytest.mark.parametrize("promise", PROMISES)
def test_privacy_is_plain_about(read, promise):
    assert promise in read("/privacy")


def test_the_old_address_of_privacy_leads_to_its_page(visit):
    page = asyncio.run(visit("/about")).text
    assert re.search(r'<p id="privacy">[^<]*<a href="/privacy">', page)


def test_no_page_of_ours_claims_that_ldn_works_or_helps(read):
    for address in ("/about", "/privacy", "/removal", "/sources", "/regions", "/pharmacies"):
        assert not re.search(
            r"\b(?:effective|cures?|treats?|heals?|relief|helps? (?:with|against))\b", read(address), re.IGNORECASE
        ), address


def test_removal_begins_with_whom_to_write_to(visit, read, monkeypatch):
    monkeypatch.setenv("LDN_CONTACT", "removal@example.org")
    assert (
        'href="mailto:removal@example.org?subject=Removal%20of%20entry%205"'
        in asyncio.run(visit("/removal?entry=5")).text
    )
    told = read("/removal?entry=5")
    assert (
        told.index("Write to removal@example.org") < told.index("What happens then")
        and "Name entry 5. One sentence is enough." in told
    )
