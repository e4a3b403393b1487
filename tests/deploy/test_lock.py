"""The lock installs on every Python that the project promises to run on."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

PROJECT = Path(__file__).parents[2]
FIRST_PROMISED = "3.11.0"


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_no_locked_package_asks_for_a_later_python_than_the_project(lock):
    locked = re.findall(r"^([\w.-]+)==", (PROJECT / lock).read_text(), re.MULTILINE)
    assert locked
    asked = {name: distribution(name).metadata["Requires-Python"] for name in locked}
    assert [
        name for name, python in asked.items() if python and not SpecifierSet(python).contains(FIRST_PROMISED)
    ] == []
