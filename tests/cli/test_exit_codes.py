"""A crash never ends as "done, but a source failed" does, so that whoever watches the exit code can tell them apart."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ldn_directory.cli import health
from ldn_directory.cli.app import main
from ldn_directory.cli.common import CRASHED, WITH_LOSSES

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.parametrize("error", [RuntimeError("a fault"), RecursionError(), MemoryError(), AssertionError()])
def test_a_fault_of_the_program_ends_with_70_and_says_what_it_is(tmp_path, monkeypatch, error):
    def fail(data):
        raise error

    monkeypatch.setattr(health, "status_rows", fail)
    done = CliRunner().invoke(main, ["status", "--data", str(tmp_path)])
    assert done.exit_code == CRASHED == 70
    assert type(error).__name__ in done.stderr
    assert "This is a fault in the program. Please report the lines above." in done.stderr


def test_a_program_that_cannot_be_loaded_ends_with_70():
    broken = "import sys; sys.modules['click'] = None; from ldn_directory.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, timeout=60)
    assert done.returncode == CRASHED
    assert "ImportError" in done.stderr or "ModuleNotFoundError" in done.stderr


def test_the_unit_takes_only_done_but_for_a_success():
    unit = (DEPLOY / "ldn-update.service").read_text()
    assert re.findall(r"^SuccessExitStatus=(.*)$", unit, re.M) == [str(WITH_LOSSES)]
    assert 'test "$code" -le 1' in (DEPLOY / "update.yml").read_text()
