"""What `ldn add` finds on invented sites of organisations, none of which its names and kinds were worked out on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ldn_directory.crawl.fetch import CannotFetch, FetchedPage
from ldn_directory.crawl.places_check import KnownPlaces
from ldn_directory.errors import LdnError
from ldn_directory.probe.organisation import Look, read_site, walk
from tests.generators.sites import Site, all_sites

ELSEWHERE = frozenset({"moved_redirect", "robots_forbidden"})
"""Sites that a crawl does not read, whatever they hold: there it is the middlewares that refuse."""


async def _fetch(site: Site, url: str) -> FetchedPage:
    answer = site.pages.get(url) or site.pages.get(url.rstrip("/")) or site.pages.get(f"{url}/")
    if answer is None or answer.status != 200:
        raise CannotFetch(f"{url} did not answer")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return FetchedPage(url=url, body=answer.body, headers=headers)


def _look(site: Site, places: KnownPlaces) -> Look:
    async def fetch(url: str, *, is_named: bool = False) -> FetchedPage:
        return await _fetch(site, url)

    pages, failed = asyncio.run(walk(fetch, site.row["evidence_url"], ""))
    return read_site(pages, places, failed, land=site.row.get("country", ""))


@pytest.fixture(scope="module")
def looks(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Site, Look]]]:
    data = tmp_path_factory.mktemp("places")
    (data / "gazetteer.db").symlink_to(world)
    found = []
    with closing(KnownPlaces(data)) as places:
        for site in all_sites():
            # A page that cannot be had, or does not speak of it, is no evidence.
            with suppress(LdnError):
                found.append((site, _look(site, places)))
        yield [(site, look) for site, look in found if site.kind not in ELSEWHERE]


def test_nineteen_of_twenty_organisations_are_called_by_their_names(looks):
    wrong = [site.kind for site, look in looks if not look.name or look.name.value != site.row["organisation"]]
    assert len(wrong) <= len(looks) // 20, wrong


def test_of_fifty_towns_and_numbers_one_may_be_wrong(looks):
    stated = sum(column in look.facts() for _, look in looks for column in ("city", "phone"))
    wrong = []
    for site, look in looks:
        facts, truth = look.facts(), site.truth
        towns = {town.casefold() for town in (truth.city, *truth.branches) if town}
        if "city" in facts and towns and facts["city"].value.casefold() not in towns:
            wrong.append((site.kind, facts["city"].value))
        digits = re.sub(r"\D", "", facts["phone"].value) if "phone" in facts else ""
        if digits and not any(phone.lstrip("0") in digits for phone in truth.phones):
            wrong.append((site.kind, digits))
    assert len(wrong) * 50 <= stated, wrong


def test_all_facts_of_a_row_are_from_one_page(looks):
    for _, look in looks:
        pages = {value.page for column, value in look.facts().items() if column != "telehealth"}
        assert len(pages) <= 1
