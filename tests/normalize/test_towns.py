"""Which names are those of towns, and which words at the end of a line are its town."""

from __future__ import annotations

import time

import pytest

from ldn_directory.normalize import towns
from ldn_directory.normalize.towns import is_inside, is_town, longest_town_suffix, packed


@pytest.mark.parametrize(
    ("name", "country_code", "region_code"),
    [
        ("Flint", "US", "US-MI"),
        ("The Colony", "US", "US-TX"),
        ("THE COLONY", "US", None),
        ("St. Louis", None, "US-MO"),
        ("Saint Louis", None, "US-MO"),
        ("Nîmes", "FR", None),
        ("nimes", "FR", None),
        ("München", "DE", "DE-BY"),
        ("Munich", "DE", None),
        ("Galway", "IE", "IE-G"),  # of a country whose towns have no region in the table
        ("Bergen", None, None),
    ],
)
def test_a_name_is_that_of_a_town_in_any_spelling(name, country_code, region_code) -> None:
    assert is_town(name, country_code, region_code)


@pytest.mark.parametrize(
    ("name", "country_code", "region_code"),
    [
        ("Flint", "US", "US-HI"),
        ("Flint", "DE", None),
        ("Suite 4", "US", None),
        ("Zzyzxqa", None, None),
        ("", None, None),
    ],
)
def test_a_town_elsewhere_or_no_town_is_none(name, country_code, region_code) -> None:
    assert not is_town(name, country_code, region_code)


@pytest.mark.parametrize(
    ("line", "country_code", "region_code", "town"),
    [
        ("12 Fictional Way Suite 4 Bozeman", "US", "US-MT", "Bozeman"),
        ("3 Invented Hill Chapel Hill", "US", "US-NC", "Chapel Hill"),
        ("7 Quay Cape Girardeau", "US", "US-MO", "Cape Girardeau"),
        ("9 Example St St. Louis", "US", "US-MO", "St. Louis"),
        ("1 Sample Rd Coeur d'Alene", "US", "US-ID", "Coeur d'Alene"),
        ("44 Van Muster Gopher Township", "US", "US-MI", "Gopher Township"),
        ("2 rue Inventée Aix-en-Provence", "FR", None, "Aix-en-Provence"),
        ("Beispielstraße 4 60311 Frankfurt am Main", "DE", None, "Frankfurt am Main"),
        ("Bozeman", "US", None, "Bozeman"),
        ("12 Fictional Way Suite 4", "US", "US-MT", None),
        ("12 Fictional Way Bozeman", "US", "US-OH", None),
        ("", "US", None, None),
    ],
)
def test_the_longest_run_of_words_at_the_end_that_is_a_town(line, country_code, region_code, town) -> None:
    assert longest_town_suffix(line, country_code, region_code) == town


def test_the_file_is_small_and_read_quickly() -> None:
    towns._table.cache_clear()
    started = time.process_time()
    assert len(towns._table().checksums) > 500_000
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("point", "country_code", "region_code", "inside"),
    [
        ((39.7, -84.2), "US", "US-OH", True),
        ((-84.2, 39.7), "US", "US-OH", False),
        ((52.5, 13.4), "DE", None, True),
        ((13.4, 52.5), "DE", None, False),
        ((52.5, 13.4), None, None, None),
    ],
)
def test_a_point_is_in_an_area_or_not_or_nobody_knows(point, country_code, region_code, inside) -> None:
    assert is_inside(point, country_code, region_code) is inside


def test_the_same_names_give_the_same_bytes() -> None:
    names = [("flint", "US-MI", 43.0, -83.7), ("flint", "GB-WLS", 53.3, -3.1), ("york", "GB-ENG", 53.9, -1.1)]
    content, head = packed(names), b"GB-ENG=53,-2,54,-1 GB-WLS=53,-4,54,-3 US-MI=43,-84,43,-83\n"
    assert packed(reversed(names)) == content
    assert content.startswith(head) and len(content) == len(head) + 3 * 6
