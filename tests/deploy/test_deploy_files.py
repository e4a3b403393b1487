"""What is deployed starts commands that exist, is shut in, and takes no secrets along."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml

from ldn_directory.cli.app import main

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))


def unit(path: Path) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text())
    return parser


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_starts_a_command_that_exists(path: Path) -> None:
    command = unit(path)["Service"]["ExecStart"].split()
    assert command[0] == "/opt/ldn/.venv/bin/ldn"
    assert command[1] in main.commands
    options = {name for option in main.commands[command[1]].params for name in option.opts}
    assert set(filter(lambda word: word.startswith("--"), command)) <= options


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_runs_as_nobody_special_and_writes_only_its_own_folder(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "ldn"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert f"LDN_DATA=/var/lib/{service['StateDirectory']}" in service["Environment"]


def test_the_site_reaches_nothing_but_this_machine() -> None:
    service = unit(DEPLOY / "ldn-serve.service")["Service"]
    assert (service["IPAddressDeny"], service["IPAddressAllow"]) == ("any", "localhost")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_finds_no_fault_but_the_program_that_is_not_installed() -> None:
    units = [str(path) for path in DEPLOY.iterdir() if path.suffix in {".service", ".timer"}]
    told = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60).stderr
    assert [line for line in told.splitlines() if "is not executable" not in line] == []


def test_the_image_takes_only_what_it_names() -> None:
    lines = (DEPLOY / "Containerfile.dockerignore").read_text().split()
    assert "*" in lines
    assert not any(re.search(r"ledger|key|\.db", line) for line in lines if line.startswith("!"))


def test_the_workflow_never_runs_twice_at_once_and_keeps_the_ledger() -> None:
    workflow = yaml.safe_load((DEPLOY / "update.yml").read_text())
    steps = [step.get("name") for step in workflow["jobs"]["update"]["steps"]]
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert steps.index("Fetch the ledger") < steps.index("Crawl and build") < steps.index("Keep the ledger")
