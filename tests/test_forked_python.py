"""What is run in a fork of a Python that has imported the project is what a new Python would run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests import forked_python

TELL = """
import json, os, sys
import ldn_directory.settings
print(json.dumps([sys.argv, sys.path[0], os.environ["LDN_CONTACT"], ldn_directory.settings.LDN_CONTACT, os.getcwd()]))
print(__name__, sys.stdin.read(), vars().keys() & {"told", "_serve"}, file=sys.stderr)
"""
ENDS = {
    "the end": "print('a')",
    "a number": "import sys; print('a'); sys.exit(3)",
    "no number": "raise SystemExit",
    "a sentence": "import sys; sys.exit('nothing was done')",
    "what runs at the end": "import atexit, sys; atexit.register(print, 'last'); sys.exit(1)",
    "a thread that is not waited for": "import threading, time; threading.Timer(0.05, print, ['late']).start()",
    "a signal": "import os; os.kill(os.getpid(), 9)",
}


def both(arguments: list[str], **how) -> list[tuple[int, str, str]]:
    new = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60, **how)
    fork = forked_python.run(arguments, **how)
    return [(one.returncode, one.stdout, one.stderr) for one in (new, fork)]


def test_arguments_environment_folder_and_input_are_those_of_a_new_one(tmp_path):
    env = os.environ | {"LDN_CONTACT": "keeper@example.org"}
    new, fork = both(["-c", TELL, "a b", "--c"], env=env, cwd=tmp_path, input="given")
    assert new == fork
    assert fork[0] == 0 and "keeper@example.org" in fork[1]


def test_a_module_of_the_environments_path_is_found_and_run(tmp_path):
    (tmp_path / "of_this_test.py").write_text("import sys; print(__name__, sys.argv[1:])")
    new, fork = both(["-m", "of_this_test", "x"], env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert new == fork == (0, "__main__ ['x']\n", "")


@pytest.mark.parametrize("code", ENDS.values(), ids=list(ENDS))
def test_it_ends_as_a_new_one(code):
    new, fork = both(["-c", code])
    assert new == fork


def test_an_error_is_shown_with_its_place():
    (code, _, said) = both(["-c", "1 / 0"])[1]
    assert code == 1 and said.startswith("Traceback") and said.endswith("ZeroDivisionError: division by zero\n")


def test_a_fork_can_be_watched_and_killed():
    process = forked_python.Process(["-c", "import time; print('begun', flush=True); time.sleep(60)"])
    while not process.said():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.communicate() == ("begun\n", "")
    assert process.returncode == -signal.SIGTERM
