"""What commands say when something is wrong, and the code they end with."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ldn_directory.archive.harvests import advice
from tests import forked_python


def ldn(*arguments: str) -> CompletedProcess[str]:
    return forked_python.run(["-m", "ldn_directory", *arguments])


def test_a_ledger_that_is_no_database_is_not_taken_for_one_that_was_never_filled(tmp_path):
    (tmp_path / "ledger.db").write_bytes(b"this is no database\n" * 400)
    done = ldn("status", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "is damaged" in done.stderr


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_cannot_be_is_wrong_usage(port):
    assert ldn("serve", "--port", port).returncode == 64


def test_accepting_is_advised_only_where_it_can_be_right():
    report = {"run": "r", "source": "north", "listings": 3, "failures": []}
    assert "ldn accept north" in advice(report)
    assert "accept" not in advice(report | {"listings": 0})
    assert "accept" not in advice(report | {"failures": ["https://example.org/2 answered 500"]})


def test_a_file_that_is_not_there_is_said_once_and_not_asked_for_again(tmp_path):
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom ldn_directory.crawl.runner import crawl\nfrom ldn_directory.spiders.curated import Curated\n"
        "class Missing(Curated):\n"
        "    addresses = classmethod(lambda cls: [Path(sys.argv[1], 'absent.csv').as_uri()])\n"
        "(report,) = crawl(Path(sys.argv[1]), [Missing])\nprint(json.dumps(report['reasons']))"
    )
    done = forked_python.run(["-c", code, str(Path(tmp_path))])
    assert "absent.csv could not be fetched" in done.stdout
    assert "retry" not in done.stderr.lower() and "ERROR" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    "link", ["map.example/{lat},{lon}", "https://map.example/", "javascript:{lat}{lon}", "https://map.example/{lat}"]
)
def test_a_map_link_that_leads_nowhere_is_wrong_usage(link):
    done = ldn("serve", "--map-link", link)
    assert done.returncode == 64 and "{lat} and {lon}, or {address}" in done.stderr


@pytest.mark.parametrize(("contact", "warns"), [("", True), ("keeper@example.org", False)])
def test_serving_without_a_contact_warns_that_nobody_can_report_a_mistake(monkeypatch, contact, warns):
    monkeypatch.setenv("LDN_CONTACT", contact)
    done = ldn("serve", "--host", "192.0.2.1", "--port", "0")
    assert ("WARNING: no contact is set" in done.stderr) is warns
    assert "cannot listen" in done.stderr
