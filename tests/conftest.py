"""What several rooms' tests need."""

from __future__ import annotations

from pathlib import Path

import pytest

from ldn_directory.gazetteering import is_usable
from ldn_directory.places import build_gazetteer
from ldn_directory.wayfinding import PROJECT


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gazetteer of the installed packages: the project's own if it has been built, else one built now."""
    if is_usable(PROJECT / "data" / "gazetteer.db"):
        return PROJECT / "data" / "gazetteer.db"
    path = tmp_path_factory.mktemp("world") / "gazetteer.db"
    build_gazetteer(path)
    return path
