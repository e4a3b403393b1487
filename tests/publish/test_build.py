"""From a ledger to what is published."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ldn_directory.ledger import Ledger
from ldn_directory.model import Evidence, Harvest, Kind, Listing, Phone, Source
from ldn_directory.privacy.suppression import Suppressions
from ldn_directory.publish.build import build
from ldn_directory.publish.swap import BuildError, BuildRefused
from tests import forked_python


def name_like(key: str) -> str:
    """A name for each key, unlike all others."""
    letters = "".join(chr(97 + int(digit, 16)) for digit in hashlib.sha256(key.encode()).hexdigest())
    return f"{letters[:6].title()} {letters[6:14].title()}"


def listing(source: str, key: str, **changed) -> Listing:
    facts = {"name": name_like(key), "city": "Austin", "country": "United States", "country_code": "US"} | changed
    return Listing(
        source=source, key=key, page="https://example.org/list", kind=Kind.PRESCRIBER, evidence=Evidence.LISTED, **facts
    )


def ingest(data: Path, day: int, listings: list[Listing], evidence: Evidence = Evidence.LISTED) -> None:
    source_id = listings[0].source
    source = Source(title=source_id, homepage="https://example.org/", evidence=evidence, record_key="id")
    at = f"2026-11-{day:02}T00:00:00Z"
    with Ledger.open(data / "ledger.db") as ledger:
        ledger.ingest(
            Harvest(
                run=f"202611{day:02}T000000Z-0000",
                source_id=source_id,
                source=source,
                started=at,
                finished=at,
                lines=tuple(one.as_line() for one in listings),
            )
        )


def published(data: Path, query: str, *values) -> list[tuple]:
    with sqlite3.connect(data / "ldn.db") as db:
        return db.execute(query, values).fetchall()


def built(data: Path, **options):
    return build(data / "ledger.db", data / "ldn.db", **options)


PHONE = (Phone(raw="512 555 0101", e164="+15125550101"),)


def test_listings_with_the_same_name_and_phone_are_one_provider_and_keep_all_claims(tmp_path):
    ingest(tmp_path, 1, [listing("north", "a", name="Jane Roe", phones=PHONE, city="Austin")])
    ingest(tmp_path, 2, [listing("south", "z", name="Dr. Jane Roe", phones=PHONE, city="Dallas")])
    assert built(tmp_path).providers == 1
    assert published(tmp_path, "SELECT city, listings FROM providers") == [("Dallas", 2)]
    assert published(tmp_path, "SELECT value, shown FROM claims WHERE field = 'city' ORDER BY value") == [
        ("Austin", 0),
        ("Dallas", 1),
    ]


def test_different_register_numbers_are_never_one_provider(tmp_path):
    same = {"name": "Jane Roe", "phones": PHONE, "register": "npi"}
    ingest(
        tmp_path,
        1,
        [
            listing("north", "a", register_number="1111111112", **same),
            listing("north", "b", register_number="1222222228", **same),
        ],
    )
    assert built(tmp_path).providers == 2


def test_two_people_with_one_phone_stay_two(tmp_path):
    ingest(
        tmp_path,
        1,
        [listing("north", "a", name="Jane Roe", phones=PHONE), listing("north", "b", name="John Doe", phones=PHONE)],
    )
    assert built(tmp_path).providers == 2


def test_the_same_ledger_gives_the_same_bytes(tmp_path):
    ingest(tmp_path, 1, [listing("north", key) for key in "abcdef"])
    sums = set()
    for _ in range(2):
        built(tmp_path)
        sums.add(hashlib.sha256((tmp_path / "ldn.db").read_bytes()).hexdigest())
    assert len(sums) == 1


def test_a_provider_keeps_its_number_when_others_come_and_go(tmp_path):
    ingest(tmp_path, 1, [listing("north", "b")])
    built(tmp_path)
    before = published(tmp_path, "SELECT id FROM providers")
    ingest(tmp_path, 2, [listing("north", "a"), listing("north", "b")])
    built(tmp_path)
    assert published(tmp_path, "SELECT id FROM providers WHERE name = ?", name_like("b")) == before


def test_a_directory_that_lost_too_much_is_not_published(tmp_path):
    ingest(tmp_path, 1, [listing("north", f"k{n}") for n in range(20)])
    built(tmp_path)
    for day in (2, 3):
        ingest(tmp_path, day, [listing("north", f"k{n}") for n in range(5)])
    with pytest.raises(BuildRefused, match="5 providers instead of 20"):
        built(tmp_path)
    assert published(tmp_path, "SELECT count(*) FROM providers") == [(20,)]
    assert built(tmp_path, allow_shrink=True).providers == 5


def test_an_empty_ledger_publishes_nothing_and_says_what_to_do(tmp_path):
    Ledger.open(tmp_path / "ledger.db").close()
    with pytest.raises(BuildRefused, match="crawl first"):
        built(tmp_path)
    assert not (tmp_path / "ldn.db").exists()


def test_a_forgotten_person_is_in_no_byte_of_what_is_published(tmp_path):
    ingest(tmp_path, 1, [listing("north", "a", name="Wilhelmina Thrushcross", phones=PHONE), listing("north", "b")])
    row = listing("north", "a", name="Wilhelmina Thrushcross", phones=PHONE).as_json() | {
        "phones": [{"e164": "+15125550101"}]
    }
    Suppressions(tmp_path / "suppressions.jsonl", tmp_path / "suppression.key").add([row], "2026-11-02")
    built(tmp_path)
    assert b"Thrushcross" not in (tmp_path / "ldn.db").read_bytes()
    assert b"Thrushcross" not in (tmp_path / "suppressions.jsonl").read_bytes()


def test_the_last_five_directories_are_kept(tmp_path):
    ingest(tmp_path, 1, [listing("north", "a")])
    for age in range(8):
        built(tmp_path)
        os.utime(tmp_path / "ldn.db", (1_700_000_000 + age, 1_700_000_000 + age))
    assert len(list(tmp_path.glob("ldn-*.db"))) == 5


def test_a_read_only_folder_is_a_clear_error(tmp_path):
    ingest(tmp_path, 1, [listing("north", "a")])
    blocked = tmp_path / "a file"
    blocked.write_text("")
    with pytest.raises(BuildError, match="nothing was published"):
        build(tmp_path / "ledger.db", blocked / "ldn.db")


FULL_DISK = """
import resource, sys
from pathlib import Path
from ldn_directory.errors import BuildError
from ldn_directory.publish.build import build
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
data = Path(sys.argv[1])
try:
    build(data / "ledger.db", data / "ldn.db")
except BuildError as error:
    print(error)
    sys.exit(2)
"""


def test_a_full_disk_leaves_the_published_directory_as_it_was(tmp_path):
    ingest(tmp_path, 1, [listing("north", "a")])
    built(tmp_path)
    before = (tmp_path / "ldn.db").read_bytes()
    ingest(tmp_path, 2, [listing("north", f"k{n}", remark="long " * 200) for n in range(300)])
    done = forked_python.run(["-c", FULL_DISK, str(tmp_path)])
    assert done.returncode == 2, done.stderr
    assert "nothing was published" in done.stdout
    assert (tmp_path / "ldn.db").read_bytes() == before


AT_WORK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_build import built, ingest, listing
data, day = Path(sys.argv[1]), int(sys.argv[3])
print("ready", flush=True)
while True:
    ingest(data, day, [listing("north", f"k{n}", remark=f"day {day}") for n in range(400)])
    built(data)
    day = day % 28 + 1
"""


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_what_is_served_is_whole(tmp_path):
    ingest(tmp_path, 1, [listing("north", f"k{n}") for n in range(400)])
    built(tmp_path)
    chance = random.Random(7)
    for turn in range(25):
        command = ["-c", AT_WORK, str(tmp_path), str(Path(__file__).parent), str(turn % 28 + 1)]
        process = forked_python.Process(command)
        while not process.said():
            assert process.poll() is None, process.communicate()
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert published(tmp_path, "PRAGMA integrity_check") == [("ok",)]
        assert published(tmp_path, "SELECT count(*) FROM providers") == [(400,)]
    assert built(tmp_path).providers == 400
    assert not list(tmp_path.glob(".ldn.building*"))
    with sqlite3.connect(tmp_path / "ledger.db") as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)


FORGOTTEN = listing("north", "a", name="Wilhelmina Thrushcross", phones=PHONE)


def forget(data: Path) -> Path:
    """Puts the forgotten person on the list; gives the list's path."""
    row = FORGOTTEN.as_json() | {"phones": [{"e164": "+15125550101"}]}
    Suppressions(data / "suppressions.jsonl", data / "suppression.key").add([row], "2026-11-02")
    return data / "suppressions.jsonl"


def test_a_lost_key_publishes_nothing_instead_of_showing_the_forgotten_again(tmp_path):
    ingest(tmp_path, 1, [FORGOTTEN, listing("north", "b")])
    forget(tmp_path)
    (tmp_path / "suppression.key").unlink()
    with pytest.raises(BuildError, match="restore it from its backup"):
        built(tmp_path)
    assert not (tmp_path / "suppression.key").exists()
    assert not (tmp_path / "ldn.db").exists()


@pytest.mark.parametrize("line", ["{", "[]", '{"hash": "abc"}', '{"since": "2026-11-02"}', "\x00", "[" * 100_000])
def test_a_line_that_is_no_suppression_is_named_and_publishes_nothing(tmp_path, line):
    ingest(tmp_path, 1, [FORGOTTEN])
    with forget(tmp_path).open("a") as file:
        file.write(line + "\n")
    lines = len((tmp_path / "suppressions.jsonl").read_text().splitlines())
    with pytest.raises(BuildError, match=f"line {lines} is no suppression"):
        built(tmp_path)


def test_a_key_that_was_overwritten_is_named(tmp_path):
    ingest(tmp_path, 1, [FORGOTTEN])
    forget(tmp_path)
    (tmp_path / "suppression.key").write_text("changeme")
    with pytest.raises(BuildError, match="is no key"):
        built(tmp_path)


def test_a_place_known_by_its_street_is_not_shown_again_by_its_town_alone(tmp_path):
    same = {"name": "Jane Roe", "phones": PHONE}
    ingest(tmp_path, 1, [listing("north", "a", street="1 Elm Street", region_code="US-TX", **same)])
    ingest(tmp_path, 2, [listing("south", "b", **same)])
    ingest(tmp_path, 3, [listing("west", "c", city="Dallas", **same)])
    built(tmp_path)
    assert sorted(published(tmp_path, "SELECT street, city FROM locations"), key=str) == [
        ("1 Elm Street", "Austin"),
        (None, "Dallas"),
    ]


def test_one_place_written_in_two_ways_is_shown_once_and_two_streets_twice(tmp_path):
    same = {"name": "Jane Roe", "phones": PHONE}
    ingest(tmp_path, 1, [listing("north", "a", street="1 Elm Street", **same)])
    ingest(tmp_path, 2, [listing("south", "b", street="1 Elm St, Floor 2", **same)])
    ingest(tmp_path, 3, [listing("west", "c", street="2 Elm Street", **same)])
    ingest(tmp_path, 4, [listing("east", "d", street="1 Elm Street", city="Dallas", **same)])
    built(tmp_path)
    assert sorted(published(tmp_path, "SELECT street, city FROM locations")) == [
        ("1 Elm St, Floor 2", "Austin"),
        ("1 Elm Street", "Dallas"),
        ("2 Elm Street", "Austin"),
    ]


def test_branches_are_entries_of_their_own_and_linked_each_way_until_one_is_gone(tmp_path):
    def shops(day: int, streets: tuple[str, ...]) -> list[tuple]:
        facts = {"name": "Lantern Remedies", "website": "https://lantern.example.org/"}
        ingest(tmp_path, day, [replace(listing("north", at, street=at, **facts), kind=Kind.PHARMACY) for at in streets])
        built(tmp_path, allow_shrink=True)
        return published(tmp_path, "SELECT provider, relation, other FROM related ORDER BY 1, 3")

    streets = ("1 Teasel Row", "22 Sundial Lane")
    assert shops(1, streets) == [(1, "branch", 2), (2, "branch", 1)]
    shops(2, streets[:1])
    assert shops(3, streets[:1]) == []
