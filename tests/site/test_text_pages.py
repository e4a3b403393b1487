"""The pages that explain: about the data, privacy, removal."""

from __future__ import annotations

import asyncio
import re

import pytest

PROMISES = [
    "No cookies",
    "No log of searches or visitors",
    "for five minutes",
    "scrambled with a random key",
    "which language you prefer",
    "Such a program can keep a log",
    "Your browser contacts only this site",
    "Websites are not told that you came from here",
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
    for id in ("order", "distance", "confirmed", "registers", "joined", "privacy"):
        assert f'id="{id}"' in page, id
    for path in ("/privacy", "/removal", "/sources", "/api", "/download"):
        assert f'href="{path}"' in page, path


def test_a_distance_is_told_as_its_reader_measures(read):
    assert "within 30 miles, unless you choose another" in read("/about", **{"Accept-Language": "en-US"})
    assert "within 50 km, unless you choose another" in read("/about", **{"Accept-Language": "en-IE"})


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
        told.index("Write to removal@example.org") < told.index("What happens next")
        and "Say that it’s about entry 5. One sentence is enough." in told
    )


KEPT = "UPDATE sources SET kept_here = 'yes', pages = 3, pages_checked = 0 WHERE id = 'harbour';"
OWN_SITES = "UPDATE sources SET id = 'organisation_sites' WHERE id = 'own';"
NEVER_READ = "UPDATE sources SET last_read = NULL WHERE id = 'organisation_sites';"


@pytest.mark.parametrize("path", ["/about", "/sources"])
@pytest.mark.parametrize(
    ("sources", "is_said"),
    [("", False), (KEPT, True), (KEPT + OWN_SITES + NEVER_READ, True), (KEPT + OWN_SITES, False)],
)
def test_until_the_own_sites_of_organisations_were_read_pages_say_so(
    tmp_path, publish, visitor, people, path, sources, is_said
):
    directory = publish(tmp_path / "ldn.db", people, lambda db: db.executescript(sources))
    page = asyncio.run(visitor(directory)(path)).text
    assert ("We have not read the organisations’ own pages yet" in page) == is_said


def test_an_entry_without_town_and_phone_says_that_its_own_pages_were_not_read(tmp_path, publish, visitor, people):
    bare = people[0] | {"city": None, "phone": None, "phone_written": None}
    directory = publish(tmp_path / "ldn.db", [bare, people[1]], lambda db: db.executescript(KEPT))
    told = [asyncio.run(visitor(directory)(f"/provider/{number}")).text for number in (1, 2)]
    assert ["We have not read its own pages yet" in page for page in told] == [True, False]
