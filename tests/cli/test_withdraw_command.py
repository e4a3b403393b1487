"""`ldn withdraw`: a source whose listings leave the directory."""

from __future__ import annotations

import json
import sqlite3

from click.testing import CliRunner

from ldn_directory.cli.app import main


def test_all_listings_of_a_source_are_gone_and_the_next_build_shows_none_of_them(tmp_path):
    def ldn(*words: str):
        return CliRunner().invoke(main, [*words, "--data", str(tmp_path)])

    def published() -> int:
        with sqlite3.connect(tmp_path / "ldn.db") as db:
            return db.execute("SELECT count(*) FROM providers").fetchone()[0]

    from ldn_directory.crawl.harvest_extension import accept
    from ldn_directory.model import Evidence, Harvest, Kind, Listing
    from ldn_directory.spiders.curated import Curated

    at = "2026-11-01T00:00:00Z"
    listing = Listing(
        source="curated",
        key="1",
        page="https://clinic.example.org/",
        kind=Kind.CLINIC,
        evidence=Evidence.OWN_SITE,
        name="Quayside Clinic",
    )
    run = "20261101T000000Z-0000"
    lines = (listing.as_line(),)
    accept(
        tmp_path,
        Harvest(run=run, source_id="curated", source=Curated.source, started=at, finished=at, lines=lines),
    )
    assert ldn("build").exit_code == 0
    assert published() == 1

    done = ldn("withdraw", "curated", "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, {"gone": 1})
    assert ldn("build", "--allow-shrink").exit_code == 0
    assert published() == 0


def test_a_source_that_does_not_exist_cannot_be_withdrawn(tmp_path):
    assert CliRunner().invoke(main, ["withdraw", "nobody", "--data", str(tmp_path)]).exit_code == 64


def test_a_source_that_was_never_crawled_cannot_be_withdrawn(tmp_path):
    done = CliRunner().invoke(main, ["withdraw", "curated", "--yes", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "curated has no harvest in the ledger: there is nothing to withdraw" in done.output
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone() == (0,)
