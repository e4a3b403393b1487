"""The look at pages that are listings' evidence, over loopback: what is found, kept and shown."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from ldn_directory.example.server import LoopbackServer, Reply
from ldn_directory.ledger import NEVER_CHECKED, Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.publish.build import build
from tests import forked_python

HTML = {"Content-Type": "text/html; charset=utf-8"}
RECHECK = """
import json, sys
from pathlib import Path
from ldn_directory.crawl.runner import Recheck, crawl, last_checks
data, changed = Path(sys.argv[1]), json.loads(sys.argv[2])
days = changed.pop("days", 0)
sources = tuple(changed.pop("sources", ("own",)))
crawl(data, [], contact="test@example.org", recheck=Recheck(sources=sources, days=days, unknown_days=days), **changed)
print(json.dumps(last_checks(data)))
"""


class Pages:
    """A practice's site whose pages are set by the test."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.slow = Event()
        self.server = LoopbackServer(self._reply, 0)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def show(self, path: str, words: str, status: int = 200, **headers: str) -> str:
        body = f"<!DOCTYPE html><title>Elm Clinic</title><h1>Our treatments</h1><p>{words}</p>".encode()
        self.replies[path] = Reply(
            status, HTML | {name.replace("_", "-"): value for name, value in headers.items()}, body
        )
        return self.url + path

    def _reply(self, target: str, headers: Mapping[str, str]) -> Reply:
        if target == "/slow":
            self.slow.wait(30)
        found = self.replies.get(target, Reply(404, HTML, b"<title>404</title>"))
        if "ETag" in found.headers and headers.get("if-none-match") == found.headers["ETag"]:
            return Reply(304, found.headers, b"")
        return found


@pytest.fixture
def pages() -> Iterator[Pages]:
    pages = Pages()
    thread = Thread(target=pages.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield pages
    pages.slow.set()
    pages.server.shutdown()
    thread.join()
    pages.server.server_close()


@pytest.fixture
def recheck(tmp_path: Path) -> Callable[..., dict[str, tuple[str, str | None]]]:
    """Looks at the pages in a process of its own; gives (outcome, reason) by page."""

    def rechecked(**changed: object) -> dict[str, tuple[str, str | None]]:
        done = forked_python.run(["-c", RECHECK, str(tmp_path), json.dumps({"RETRY_TIMES": 0, **changed})])
        assert done.returncode == 0, done.stderr
        return {
            check["page"]: (check["outcome"], check["reason"]) for check in json.loads(done.stdout.splitlines()[-1])
        }

    return rechecked


def listed(data: Path, *addresses: str, day: int = 1, source_id: str = "own", **values: object) -> None:
    """A harvest of an own list whose listings have these evidence pages, and these values."""
    source = Source(
        title="Own list", homepage="/sources", evidence=Evidence.OWN_SITE, record_key="name", rechecked=True
    )
    lines = tuple(
        Listing(
            source=source_id,
            key=address,
            page=address,
            kind=Kind.CLINIC,
            evidence=Evidence.OWN_SITE,
            **{"name": f"Clinic {number}", "city": "Austin"} | values,
        ).as_line()
        for number, address in enumerate(addresses)
    )
    at = f"2026-01-{day:02}T00:00:00Z"
    harvest = Harvest(
        run=f"202601{day:02}T000000Z-0000", source_id=source_id, source=source, started=at, finished=at, lines=lines
    )
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(harvest)


def published(data: Path) -> dict[str, list[str | None]]:
    build(data / "ledger.db", data / "ldn.db", allow_shrink=True)
    with sqlite3.connect(data / "ldn.db") as db:
        return {
            page: row
            for page, *row in db.execute("SELECT page, status, last_confirmed, unconfirmed_because FROM listings")
        }


def test_each_page_is_judged_by_itself(pages, recheck, tmp_path):
    speaking = {
        pages.show("/english", "We prescribe low-dose naltrexone."),
        pages.show("/german", "Niedrig dosiertes Naltrexon seit 2019"),
        pages.show("/norwegian", "Vi skriver ut lavdose naltrexon"),
        pages.show("/french", "naltrexone à faible dose"),
        pages.show("/moved-within", "", 301, Location="/english"),
    }
    silent = pages.show("/silent", "We prescribe LDN.")
    gone = {pages.url + "/gone": "answered 404", pages.show("/gone-for-good", "", 410): "answered 410"}
    refusing = pages.show("/refusing", "low-dose naltrexone", 403)
    elsewhere = pages.show("/elsewhere", "", 302, Location="https://other.example.net/")
    failing, slow = pages.show("/failing", "low-dose naltrexone", 503), pages.url + "/slow"
    listed(tmp_path, *speaking, silent, *gone, refusing, elsewhere, failing, slow)

    found = recheck(DOWNLOAD_TIMEOUT=2)

    assert {page for page, (outcome, _) in found.items() if outcome == "confirmed"} == speaking
    assert found[silent] == ("unconfirmed", "its page no longer mentions low-dose naltrexone")
    assert all(found[page][0] == "unconfirmed" and reason in found[page][1] for page, reason in gone.items())
    assert found[refusing] == ("unconfirmed", "its site refuses programs (answered 403): a person has to look")
    assert found[elsewhere] == ("unconfirmed", "its page leads to another site")
    assert found[failing][0] == found[slow][0] == "unknown"


def test_a_look_confirms_a_listing_and_the_reading_of_the_list_does_not(pages, recheck, tmp_path):
    address = pages.show("/ldn", "low-dose naltrexone")
    listed(tmp_path, address)
    assert published(tmp_path)[address] == ["unchecked", None, NEVER_CHECKED]
    recheck()
    status, confirmed, because = published(tmp_path)[address]
    assert (status, because) == ("confirmed", None)
    assert confirmed
    listed(tmp_path, address, day=20)
    assert published(tmp_path)[address][1] == confirmed


def test_a_page_that_loses_the_words_keeps_its_last_date_and_says_why(pages, recheck, tmp_path):
    address = pages.show("/ldn", "low-dose naltrexone")
    listed(tmp_path, address)
    recheck()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE checks SET checked = '2026-11-01T00:00:00Z'")
    confirmed = published(tmp_path)[address][1]
    pages.show("/ldn", "We now do acupuncture.")
    recheck()
    assert published(tmp_path)[address] == [
        "unconfirmed",
        confirmed,
        "its page no longer mentions low-dose naltrexone",
    ]


def test_a_site_without_an_answer_confirms_nothing_and_loses_nothing(pages, recheck, tmp_path):
    address = pages.show("/ldn", "low-dose naltrexone")
    listed(tmp_path, address)
    recheck()
    before = published(tmp_path)
    pages.show("/ldn", "Busy", 503)
    assert recheck()[address][0] == "unknown"
    assert published(tmp_path) == before


def test_a_page_that_scripts_fill_is_no_answer_and_one_that_says_it_does_without_is_no_evidence(
    pages, recheck, tmp_path
):
    shell = pages.show("/shell", '<html><body><div id="root"></div><script src="/app.js"></script></body></html>')
    without = pages.show("/without", "<p>We no longer prescribe low dose naltrexone.</p>")
    listed(tmp_path, shell, without)
    found = recheck()
    assert (found[shell][0], found[without][0]) == ("unknown", "unconfirmed")
    assert "before its scripts run" in found[shell][1]


def test_robots_txt_is_obeyed_and_one_that_fails_is_no_answer(pages, recheck, tmp_path):
    address = pages.show("/ldn", "low-dose naltrexone")
    listed(tmp_path, address)
    pages.replies["/robots.txt"] = Reply(200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /ldn\n")
    assert recheck()[address] == ("unconfirmed", "the robots.txt of its site forbids the look at its page")
    pages.replies["/robots.txt"] = Reply(503, {"Content-Type": "text/plain"}, b"")
    assert recheck()[address] == ("unknown", "the robots.txt of its site cannot be had")
    assert "/ldn" not in [asked.path for asked in pages.server.log()]


def test_a_site_that_asks_to_come_back_much_later_or_leads_in_circles_is_no_answer(pages, recheck, tmp_path):
    later = pages.show("/later", "Busy", 503, Retry_After="86400")
    circle = pages.show("/circle", "", 302, Location="/circle-2")
    pages.show("/circle-2", "", 302, Location="/circle-1")
    pages.show("/circle-1", "", 302, Location="/circle-2")
    listed(tmp_path, later, circle)
    found = recheck(RETRY_TIMES=1)
    assert (found[later][0], found[circle][0]) == ("unknown", "unknown")


def test_a_server_that_is_not_there_is_no_answer(recheck, tmp_path):
    listed(tmp_path, "http://127.0.0.1:9/ldn")
    assert recheck()["http://127.0.0.1:9/ldn"] == ("unknown", "the robots.txt of its site cannot be had")


def test_an_unchanged_page_is_asked_about_conditionally_and_confirms_again(pages, recheck, tmp_path):
    address = pages.show("/ldn", "low-dose naltrexone", ETag='"1"')
    listed(tmp_path, address)
    recheck()
    assert recheck()[address] == ("confirmed", None)
    assert [asked.status for asked in pages.server.log() if asked.path == "/ldn"] == [200, 304]


def test_a_page_is_left_alone_until_it_is_due_and_asked_once_for_all_its_listings(pages, recheck, tmp_path):
    address = pages.show("/ldn", "low-dose naltrexone")
    listed(tmp_path, address)
    recheck()
    recheck(days=6.5)
    assert len([asked for asked in pages.server.log() if asked.path == "/ldn"]) == 1


def test_a_look_confirms_the_values_that_the_page_states_and_no_others(pages, recheck, tmp_path):
    words = "low-dose naltrexone. Elm Clinic, Salem, OR 97301. Call (503) 555-0142. We treat people from Portland."
    address = pages.show("/ldn", words)
    stated = {"name": "Elm Clinic", "city": "Salem", "region": "Oregon", "region_code": "US-OR"}
    listed(tmp_path, address, phones=(Phone(raw="503-555-0142", e164="+15035550142"),), noted_on="2025-12-20", **stated)
    elsewhere = pages.show("/other", "low-dose naltrexone in Portland and Oregon, 503-555-0199")
    listed(tmp_path, elsewhere, source_id="other", phones=(Phone(raw="503-555-0143", e164="+15035550143"),),
           name="Oak Clinic", city="Portland", noted_on="2025-12-21", facts_page="https://oak.example/contact")  # fmt: skip
    recheck(sources=("own", "other"))
    published(tmp_path)
    with sqlite3.connect(tmp_path / "ldn.db") as db:
        rows = db.execute("SELECT source, field, page, last_confirmed, noted_on FROM claims").fetchall()
    seen = {(source, field) for source, field, _, confirmed, _ in rows if confirmed}
    assert seen == {("own", field) for field in (*stated, "phone")}
    assert {page for source, field, page, *_ in rows if (source, field) == ("other", "phone")} == {
        "https://oak.example/contact"
    }
    assert {noted for *_, noted in rows} == {"2025-12-20", "2025-12-21"}


def test_a_look_in_vain_does_not_count_against_what_a_person_has_read_since(pages, recheck, tmp_path):
    address = pages.show("/ldn", "low-dose naltrexone", 403)
    listed(tmp_path, address, noted_on="2025-12-20")
    recheck()
    assert published(tmp_path)[address][0] == "unconfirmed"
    listed(tmp_path, address, noted_on="2999-01-01", day=2)
    assert published(tmp_path)[address][0] == "unchecked"
