"""An installed package works without the project around it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
BUILD = "import setuptools.build_meta as backend, sys; print(backend.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, as an installer unpacks them. It is built from a copy, as setuptools leaves its work in the project."""
    folder = tmp_path_factory.mktemp("wheel")
    names = shutil.ignore_patterns("__pycache__", "*.db", "*.db-*", "runs", "demo", "*.egg-info")
    for name in ("ldn_directory", "data"):
        shutil.copytree(PROJECT / name, folder / "project" / name, ignore=names)
    for name in (
        "pyproject.toml",
        "setup.py",
        "MANIFEST.in",
        "README.md",
        "metadata.yml",
        "requirements.in",
        "LICENSE",
    ):
        shutil.copy(PROJECT / name, folder / "project" / name)
    (folder / "project" / "docs").mkdir()
    shutil.copy(PROJECT / "docs" / "data-sources.md", folder / "project" / "docs")
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=folder / "project", check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def test_an_installed_package_reads_the_curated_list_and_publishes_it(installed, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(installed)}
    environment.pop("LDN_DATA", None)
    environment.pop("LDN_CONTACT", None)
    command = [sys.executable, "-m", "ldn_directory", "update", "curated", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout)["built"]["providers"] > 20
    assert (tmp_path / "data" / "ldn.db").exists()
    code = "from ldn_directory.publish.data_package import stated_metadata; print(len(stated_metadata()['databases']['ldn']['tables']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert int(done.stdout) > 5, done.stderr


def test_the_table_of_places_and_the_licences_of_all_data_are_installed_too(installed):
    assert (installed / "ldn_directory" / "places" / "places.db.xz").stat().st_size > 1_000_000
    assert (installed / "ldn_directory" / "normalize" / "towns.bin").stat().st_size > 1_000_000
    (sources,) = installed.glob("*.dist-info/licenses/**/data-sources.md")
    assert "GeoNames" in sources.read_text()


def test_a_checkout_goes_on_using_its_own_files():
    code = "from ldn_directory.storage import DATA, PROJECT, editable_file as of; print(PROJECT, DATA, of('/nowhere', 'curated.csv'), sep='\\n')"
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd="/", env=environment, capture_output=True, text=True, timeout=60
    ).stdout.splitlines()
    assert said == [str(PROJECT), str(PROJECT / "data"), str(PROJECT / "data" / "curated.csv")]
