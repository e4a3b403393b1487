"""Who was forgotten does not come back when a harvest is taken back, and stays in nothing that is kept for it."""

from __future__ import annotations

from pathlib import Path

from ldn_directory.ledger import Ledger
from ldn_directory.privacy.erasing import sweep
from ldn_directory.privacy.suppression import Suppressions
from tests.ledger.test_taking_back import NOW, STATES, harvest, line

SECOND = "20260102T000000Z-0000"


def forget(data: Path, ledger: Ledger, row: dict) -> None:
    suppressions = Suppressions(data / "suppressions.jsonl", data / "suppression.key")
    suppressions.add([row], NOW[:10])
    sweep(ledger, suppressions, NOW)


def test_a_former_entry_under_a_key_that_another_has_taken_over_is_erased_and_does_not_come_back(tmp_path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.ingest(harvest(1, [line("a", text="Jane Afield, MD"), line("b")]))
        ledger.ingest(harvest(2, [line("a", phone=105, name="Otto Elsewhere"), line("b")]))
        forget(tmp_path, ledger, {"name": "Jane Afield", "region_code": "US-TX", "country_code": "US"})
        assert b"Afield" not in (tmp_path / "ledger.db").read_bytes()
        ledger.unaccept(SECOND, "harbour", NOW)
        assert [row[2].count("Bfield") for row in ledger.db.execute(STATES)] == [1]


def test_a_former_text_that_names_somebody_forgotten_comes_back_without_the_name(tmp_path):
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.ingest(harvest(1, [line("b", text="Ask for Jane Thrushcross"), line("c")]))
        ledger.ingest(harvest(2, [line("b", text="Ask for somebody"), line("c")]))
        forget(tmp_path, ledger, {"name": "Jane Thrushcross", "region_code": "US-TX", "country_code": "US"})
        ledger.unaccept(SECOND, "harbour", NOW)
        assert b"Thrushcross" not in (tmp_path / "ledger.db").read_bytes()
        assert len(ledger.db.execute(STATES).fetchall()) == 2
