"""`ldn accept`: what a person is shown, and that nothing is let in without an answer."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ldn_directory.archive.page_result import PageResult
from ldn_directory.cli.acceptance import Acceptance
from ldn_directory.cli.acceptance_text import head_of
from ldn_directory.cli.app import main
from ldn_directory.cli.reports import mention_text
from ldn_directory.crawl.harvest_extension import conclude
from ldn_directory.crawl.run import CrawlRun
from ldn_directory.model import Evidence, Kind, Listing, Mention, Phone, Where
from ldn_directory.spiders.ldn_research_trust import LdnResearchTrustPrescribers as Spider

PAGE = "https://list.example.org/prescribers"
SAYS_SO = Mention(words="Low-dose naltrexone prescribers", where=Where.TITLE, page=PAGE)


def person(number: int, **changed) -> Listing:
    name = f"Person {number:03}"
    values: dict[str, Any] = {
        "evidence": Evidence.LISTED,
        "phones": (Phone(raw=f"(512) 555-{number:04}", e164=f"+1512555{number:04}"),),
        "city": "Austin",
        "region": "Texas",
        "country": "United States",
        "text": f"PERSON {number:03}\nAustin, TX\n(512) 555-{number:04}",
        "written": (("name", f"PERSON {number:03}"), ("region", "TX")),
    }
    return Listing(
        source=Spider.name,
        key=str(number),
        page=PAGE,
        kind=Kind.PRESCRIBER,
        name=name,
        **values | changed,
    )


def crawl(data: Path, people: Sequence[Listing], day: int = 1, mention: Mention | None = SAYS_SO) -> dict:
    """The report of a crawl that found these people."""
    run = CrawlRun(data, f"202611{day:02}T000000Z-0000", Spider.name, Spider.source)
    visit = run.archive.add_visit(PAGE, b"page", {}, None)
    run.add_page(visit, PageResult(lines=tuple(one.as_line() for one in people), mention=mention))
    run.archive.close()
    return conclude(run, finished=True)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose first harvest, of sixty people, is held."""
    assert crawl(tmp_path, [person(number) for number in range(60)])["outcome"] == "held"
    return tmp_path


def ldn(data: Path, *words: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, [*words, "--data", str(data)], input=answer)


def accept(data: Path, *words: str, answer: str = "") -> Result:
    return ldn(data, "accept", Spider.name, *words, answer=answer)


def in_ledger(data: Path) -> int:
    with sqlite3.connect(data / "ledger.db") as db:
        return db.execute("SELECT count(*) FROM listings WHERE state = 'live'").fetchone()[0]


def test_of_a_first_harvest_a_sample_across_the_list_is_shown_with_the_pages_own_words(data):
    told = accept(data, answer="n\n").output
    shown = re.findall(r"^name +(Person \d+)", told, re.MULTILINE)
    assert len(shown) == 15 and (shown[0], shown[-1]) == ("Person 000", "Person 059") and shown == sorted(shown)
    line = next(line for line in told.splitlines() if line.startswith("region"))
    assert "Texas" in line and line.endswith("| TX")
    assert f"From         {PAGE}" in told and f"Terms        {Spider.source.terms}" in told
    assert f"“Low-dose naltrexone prescribers” (title of {PAGE})" in " ".join(told.split())


def test_a_value_that_the_entry_does_not_have_is_marked(data):
    told = accept(data, answer="n\n").output
    line = next(line for line in told.splitlines() if line.startswith("country"))
    assert "United States" in line and "not in the entry" in line


def test_an_answer_lets_it_in_and_says_what_comes_next(data):
    done = accept(data, answer="y\n")
    assert (done.exit_code, in_ledger(data)) == (0, 60)
    assert "Accepted: 60 added. Now run: ldn build" in done.output
    again = accept(data)
    assert again.exit_code == 2 and "accepted already" in again.stderr


@pytest.mark.parametrize(
    ("words", "answer", "code", "said"),
    [
        ((), "n\n", 2, "nothing was accepted"),
        ((), "\n", 2, "nothing was accepted"),
        ((), "what?\nn\n", 2, "Please answer y or n"),
        ((), "", 2, "nobody could be asked"),
        (("--json",), "y\n", 2, '"difference": null'),
        (("--html", "page.html"), "y\n", 0, "Nothing was accepted"),
        (("--html", "page.html", "--json"), "y\n", 2, "Nothing was accepted"),
    ],
)
def test_nothing_is_accepted_without_a_yes(data, monkeypatch, words, answer, code, said):
    monkeypatch.chdir(data)
    done = accept(data, *words, answer=answer)
    assert (done.exit_code, in_ledger(data)) == (code, 0)
    assert said in done.output


def test_a_page_that_is_written_beside_an_acceptance_does_not_deny_it(data, tmp_path):
    done = accept(data, "--html", str(tmp_path / "page.html"), "--yes")
    assert (done.exit_code, in_ledger(data)) == (0, 60)
    assert "Written: " in done.output and "Nothing was accepted" not in done.output


def test_the_run_of_a_replay_may_be_named_before_its_source(data):
    (data / "runs" / "20261101T000000Z-0000").rename(data / "runs" / "20261101T000000Z-0000-1a2b")
    assert ldn(data, "accept", "20261101T000000Z-0000-1a2b", Spider.name, answer="n\n").exit_code == 2


def test_json_with_yes_accepts_and_gives_the_changes(data):
    done = accept(data, "--json", "--yes")
    assert done.exit_code == 0 and json.loads(done.stdout)["added"] == 60 == in_ledger(data)


def test_everybody_who_would_vanish_is_named_and_the_new_and_changed_with_old_and_new_values(data):
    accept(data, "--yes")
    moved = person(3, phones=(Phone(raw="(512) 555-9999", e164="+15125559999"),))
    assert crawl(data, [*(person(n) for n in range(20, 60)), moved, person(70)], 2)["outcome"] == "held"
    told = accept(data, answer="n\n").output
    vanishing = re.findall(r"^  - (Person \d+)", told, re.MULTILINE)
    assert vanishing == [f"Person {n:03}" for n in range(20) if n != 3]
    assert "  + Person 070 | Austin | Texas" in told
    assert "      phone: +15125550003 → +15125559999" in told
    assert "fewer than 80% of the 60 last time" in told
    assert "(19 gone, 1 new, 1 changed)" in told


def test_who_is_missing_for_the_second_time_is_told_apart(data):
    accept(data, "--yes")
    crawl(data, [person(n) for n in range(55)], 2)
    crawl(data, [person(n) for n in range(40)], 3)
    told = accept(data, answer="n\n").output
    second, first = told.split("missing for the first time")
    assert len(re.findall(r"^  - ", second, re.MULTILINE)) == 5 and len(re.findall(r"^  - ", first, re.MULTILINE)) == 15


def test_the_old_form_with_the_run_first_still_works_and_another_run_can_be_named(data):
    crawl(data, [person(number) for number in range(50)], 2)
    assert ldn(data, "accept", "20261101T000000Z-0000", Spider.name, "--yes", "--json").exit_code == 0
    assert in_ledger(data) == 60
    assert json.loads(accept(data, "--json").stdout)["run"] == "20261102T000000Z-0000"
    assert accept(data, "--run", "20261101T000000Z-0000").exit_code == 2


@pytest.mark.parametrize("words", [("20261101T000000Z-0000",), ("a", "b"), ("a", "b", "c"), ("nobody",)])
def test_what_names_no_source_is_wrong_usage(data, words):
    assert ldn(data, "accept", *words).exit_code == 64


def test_nothing_that_a_terminal_or_a_browser_obeys_gets_out(tmp_path):
    people = [person(n, practice="\x1b[2J\u202e<script>alert(1)</script>") for n in range(50)]
    crawl(tmp_path, people)
    told = accept(tmp_path, "--html", str(tmp_path / "page.html")).output + accept(tmp_path, answer="n\n").output
    page = (tmp_path / "page.html").read_text()
    assert "\x1b" not in told + page and "\u202e" not in told + page
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"""(?:src|srcset|action)=|@import|url\(|<link""", page)


def test_a_list_that_does_not_speak_of_ldn_is_accepted_only_with_words_that_justify_it(tmp_path):
    report = crawl(tmp_path, [person(number) for number in range(60)], mention=None)
    assert report["gates"] == ["off topic", "first"]
    refused = accept(tmp_path, "--yes")
    assert (refused.exit_code, in_ledger(tmp_path)) == (2, 0)
    assert "Evidence.PROXY" in refused.stderr and "--why" in refused.stderr
    assert accept(tmp_path, answer="\ny\n").exit_code == 2
    done = accept(tmp_path, answer="“Our LDN list” in the newsletter of May\ny\n")
    assert (done.exit_code, in_ledger(tmp_path)) == (0, 60)
    assert ldn(tmp_path, "build").exit_code == 0
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        assert db.execute("SELECT justification FROM sources").fetchone() == (
            "“Our LDN list” in the newsletter of May",
        )
    later = crawl(tmp_path, [person(number) for number in range(60)], 2, mention=None)
    assert later["outcome"] == "passed"


def test_what_was_held_as_listed_is_let_in_as_proxy_once_its_spider_says_so(tmp_path, monkeypatch):
    crawl(tmp_path, [person(number) for number in range(60)], mention=None)
    monkeypatch.setattr(Spider, "source", replace(Spider.source, evidence=Evidence.PROXY))
    assert accept(tmp_path, "--yes").exit_code == 0
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        query = "SELECT DISTINCT json_extract(line, '$.evidence') FROM listings"
        assert db.execute(query).fetchall() == [("proxy",)]


def test_a_list_that_was_taken_as_proxy_is_held_when_it_claims_to_be_more(tmp_path, monkeypatch):
    monkeypatch.setattr(Spider, "source", replace(Spider.source, evidence=Evidence.PROXY))
    people = [person(number, evidence=Evidence.PROXY) for number in range(60)]
    crawl(tmp_path, people, mention=None)
    accept(tmp_path, "--yes")
    monkeypatch.setattr(Spider, "source", replace(Spider.source, evidence=Evidence.LISTED))
    assert crawl(tmp_path, [person(n) for n in range(60)], 2, mention=None)["gates"] == ["off topic"]
    assert crawl(tmp_path, [person(n) for n in range(60)], 3)["outcome"] == "passed"


def test_without_a_held_harvest_it_says_why(tmp_path):
    never = accept(tmp_path)
    assert never.exit_code == 2 and f"ldn crawl {Spider.name}" in never.stderr
    crawl(tmp_path, [])
    empty = accept(tmp_path, "--yes")
    assert empty.exit_code == 2 and "is empty" in empty.stderr


def test_of_a_list_that_is_kept_here_no_publisher_and_no_page_about_it_is_named(tmp_path):
    report = crawl(tmp_path, [person(1)]) | {"homepage": "/sources", "topic": None}
    shown = Acceptance(
        report=report,
        source="curated",
        evidence="own_site",
        addresses=("file:///srv/my%20data/curated.csv",),
        sample=(),
        difference=None,
        mention=None,
        looked_at=(),
        needs_words=False,
    )
    said = dict(head_of(shown))
    assert said["From"] == "/srv/my data/curated.csv" and said["Publisher"].startswith("this directory itself")
    assert "About LDN" not in said and "Terms" not in said


def test_that_no_page_speaks_of_it_is_said_in_a_sentence():
    assert mention_text(None).startswith("no: its pages do not speak of low-dose naltrexone")
    assert "neither its pages nor /about speak of" in mention_text(None, ["/about"])
