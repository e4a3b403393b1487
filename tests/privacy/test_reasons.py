"""The words with which a person accepts or retires a list are published, so they name nobody who was forgotten."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ldn_directory.crawl.harvest_extension import accept
from ldn_directory.crawl.undo import retire
from tests.ledger.test_taking_back import harvest

from .conftest import JANE, JOHN, Folder, person, said

NAMED = "Dr. Thrushcross, Jane, told us so"
NAMELESS = "The page above it says so"
NOW = datetime(2026, 11, 30, tzinfo=UTC)
PUBLISHED = "SELECT id, coalesce(justification, retired_because) FROM sources WHERE id <> 'north' ORDER BY id"


def give_reasons(folder: Folder) -> None:
    for day, (source, words) in enumerate([("east", NAMELESS), ("south", NAMED), ("west", NAMELESS)], 1):
        ann = person("ann", "Ann Poe", source=source)
        accept(folder.data, harvest(day, [ann.as_line()], source=source), words if source != "west" else None)
    retire(folder.data, "west", NAMED, NOW)


@pytest.mark.parametrize("is_before", [True, False])
def test_who_is_forgotten_before_or_after_is_named_in_none(tmp_path, is_before):
    folder = Folder(tmp_path / "data")
    folder.crawl(JANE, JOHN)
    if is_before:
        give_reasons(folder)
    folder.build()
    said(folder.ldn("forget", str(folder.number("Jane Thrushcross")), "--yes", "--json"))
    if not is_before:
        give_reasons(folder)
        folder.build()
    assert folder.published(PUBLISHED) == [
        ("east", NAMELESS),
        ("south", "[name left out]"),
        ("west", "[name left out]"),
    ]
    assert folder.files_with("thrushcross") == []


def test_a_copy_whose_sources_name_somebody_is_deleted(tmp_path):
    folder = Folder(tmp_path / "data")
    folder.crawl(JOHN)
    give_reasons(folder)
    folder.build()
    folder.crawl(JOHN)
    folder.build()
    arguments = ("--name", "Jane Thrushcross", "--region", "Texas", "--in-advance", "--yes", "--json")
    assert len(said(folder.ldn("forget", *arguments))["copies"]) == 2
    assert folder.files_with("thrushcross") == []
