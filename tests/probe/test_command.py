"""`ldn probe` as it is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ldn_directory.example import ExampleSite

PAGES = Path(__file__).parent.parent / "pages"
CURATED = Path(__file__).parents[2] / "data" / "curated.csv"


def test_a_file_with_a_list_ends_with_0_and_shows_family_sample_and_spider(ldn):
    done = ldn("probe", PAGES / "html_cards" / "bootstrap" / "page.html")
    assert done.returncode == 0
    assert done.stdout.startswith("html_cards: 12 listings")
    assert "Ada Marsh, MD" in done.stdout
    assert "class HtmlCardsBootstrap" in done.stdout or "(AnyHtml):" in done.stdout


def test_json_is_all_that_is_printed_and_has_the_promised_keys(ldn):
    done = ldn("probe", "--json", PAGES / "html_cards" / "bootstrap" / "page.html")
    found = json.loads(done.stdout)
    assert {"family", "confidence", "listings", "problems", "spider"} <= found.keys()
    assert found["fill"]["name"] == 1.0
    assert len(found["texts"]) == len(found["listings"]) == 12
    assert found["explanation"][0].startswith("Taken for entries: boxes that repeat (html_cards)")


def test_a_page_without_a_list_ends_with_1(ldn):
    done = ldn("probe", PAGES / "nothing" / "shop" / "page.html")
    assert done.returncode == 1
    assert "No list was found" in done.stdout


def test_nothing_found_in_json_is_json_too(ldn):
    done = ldn("probe", "--json", PAGES / "nothing" / "shop" / "page.html")
    assert done.returncode == 1
    assert json.loads(done.stdout)["family"] is None


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("https://lists.example.org/doctors", "no contact address is set"),
        ("/nowhere/at/all.html", "there is no such file"),
        ("/dev/zero", "is no file"),
        (".", "is no file"),
        ("http://127.0.0.1:9/", "robots.txt of 127.0.0.1:9 could not be fetched"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_one_sentence(ldn, where, why):
    done = ldn("probe", where)
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [("probe",), ("probe", "a", "b"), ("probe", "--jsn", "a")])
def test_wrong_usage_ends_with_64(ldn, arguments):
    assert ldn(*arguments).returncode == 64


def test_an_address_is_probed_from_the_command_line(ldn):
    with ExampleSite(seed=1, size=60) as site:
        done = ldn("probe", f"{site.url}/drupal/prescribers")
    assert done.returncode == 0
    assert "html_table" in done.stdout
    assert done.stderr == ""


def test_a_page_with_hostile_bytes_is_read_or_refused_but_never_breaks(ldn, tmp_path):
    for name, body in {
        "a.html": b"\x00\xff<table>" * 50,
        "b.json": b"[" * 20_000,
        "c.pdf": b"%PDF-1.7\n%%EOF",
        "d.xlsx": b"PK\x03\x04xl/",
        "e": b"",
    }.items():
        file = tmp_path / name
        file.write_bytes(body)
        done = ldn("probe", file)
        assert done.returncode in (1, 2), (name, done.stderr)
        assert "Traceback" not in done.stderr


def test_an_existing_spider_is_run_on_a_page(ldn):
    done = ldn("probe", "--spider", "curated", CURATED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The spider curated reads ")
    found = json.loads(ldn("probe", "--spider", "curated", "--json", CURATED).stdout)
    assert found["read_by"] == "curated"
    assert len(found["listings"]) > 20


def test_an_existing_spider_is_run_on_a_page_of_this_machine_that_a_person_names(ldn):
    with ExampleSite(seed=1, size=60) as site:
        done = ldn("probe", "--spider", "ldn_research_trust_prescribers", f"{site.url}/drupal/prescribers")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The spider ldn_research_trust_prescribers reads ")


def test_a_spider_that_does_not_exist_or_is_to_be_saved_again_is_wrong_usage(ldn, tmp_path):
    assert ldn("probe", "--spider", "nobody", tmp_path).returncode == 64
    assert ldn("probe", "--spider", "curated", "--save", tmp_path).returncode == 64
