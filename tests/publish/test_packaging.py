"""Downloads: the published file compressed and a data package, whole or not there, and nothing of who was forgotten."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from frictionless import Package, validate

from ldn_directory.publish.data_package import cell
from ldn_directory.publish.packages import (
    FOLDER,
    MANIFEST,
    SUMS,
    Manifest,
    NoManifest,
    PackagingError,
    package,
    withdraw,
)
from ldn_directory.publish.schema import create_tables
from ldn_directory.publish.swap import only_writer
from tests import forked_python

DAY = "2026-11-01T00:00:00Z"
HOSTILE = [
    '=HYPERLINK("http://example.org")',
    'a, "b"\r\nc',
    "+1 512-555-0142",
    "-5 or more",
    "'=quoted",
    "Zoë 🙂 مرحبا",
    "@SUM(A1)",
]
LIMITED = """
import resource, sys
from pathlib import Path
from ldn_directory.publish.packages import PackagingError, package
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    package(Path(sys.argv[1]))
except PackagingError as error:
    print(error)
"""


def publish(data: Path, names: list[str], finished: str = DAY) -> Path:
    """A directory with a provider a name, each with a place and a listing, and one number that leads nowhere."""
    data.mkdir(exist_ok=True)
    draft = data / "draft"
    with closing(sqlite3.connect(draft)) as db:
        create_tables(db)
        db.execute("INSERT INTO runs VALUES ('r', ?, ?)", (DAY, finished))
        db.execute(
            "INSERT INTO sources (id, title, publisher, homepage, evidence, record_key, every_days, first_read, last_read, listings)"
            " VALUES ('north', 'North list', 'North Society', 'https://north.example.org/', 'listed', 'id', 7, ?, ?, 1)",
            (DAY, DAY),
        )
        for number, name in enumerate(names, start=1):
            db.execute(
                "INSERT INTO providers (id, kind, name, remark, evidence, source, sources, listings, first_seen, last_confirmed,"
                " status, latitude, longitude) VALUES (?, 'clinic', ?, ?, 'listed', 'north', '[\"north\"]', 1, ?, ?, 'confirmed',"
                " 30.25, -97.75)",
                (number, name, name, DAY, DAY),
            )
            db.execute("INSERT INTO locations (provider, city, latitude) VALUES (?, ?, 30.25)", (number, name))
            db.execute(
                "INSERT INTO listings (id, provider, source, page, evidence, name, text, first_seen, last_confirmed, status)"
                " VALUES (?, ?, 'north', 'https://north.example.org/', 'listed', ?, ?, ?, ?, 'confirmed')",
                (f"{number:016x}", number, name, name, DAY, DAY),
            )
        db.execute("INSERT INTO redirects VALUES (900, NULL, 'gone', ?)", (DAY,))
        db.execute("INSERT INTO providers_fts_words VALUES ('names', ?)", (b"\x00\x01",))
        db.commit()
    return draft.replace(data / "ldn.db")


@pytest.fixture
def directory(tmp_path):
    return publish(tmp_path / "data", ["Harbour Clinic", *HOSTILE])


def offered(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory.parent / FOLDER).iterdir())


def bytes_of(directory: Path, kind: str) -> bytes:
    folder = directory.parent / FOLDER
    return (folder / Manifest.of(folder).file(kind).name).read_bytes()


def test_the_database_unpacks_to_the_published_bytes(directory):
    manifest = package(directory)
    assert gzip.decompress(bytes_of(directory, "database")) == directory.read_bytes()
    assert manifest.directory.sha256 == hashlib.sha256(directory.read_bytes()).hexdigest()


def test_the_data_package_is_valid_to_frictionless_with_its_keys_types_sizes_and_digests(directory):
    package(directory)
    folder = directory.parent / FOLDER
    report = validate(str(folder / Manifest.of(folder).file("datapackage").name), type="package")
    assert report.valid, report.flatten(["title", "type", "message"])
    assert sum(task.stats.get("rows", 0) for task in report.tasks) == 3 * (1 + len(HOSTILE)) + 3


@pytest.mark.parametrize(
    "changes",
    [
        ["INSERT INTO attributions VALUES ('places', '1.0', 'towns', 'CC BY 4.0', '', 'https://places.example.org/')"],
        ["UPDATE sources SET title = '', publisher = '', homepage = ''", "UPDATE providers SET name = ''"],
        [f"DELETE FROM {table}" for table in ("listings", "locations", "redirects", "providers", "sources", "runs")],
    ],
    ids=["an attribution without a statement", "empty texts", "nothing in it"],
)
def test_the_data_package_of_any_directory_is_valid_to_frictionless(directory, changes):
    with closing(sqlite3.connect(directory)) as db:
        for change in changes:
            db.execute(change)
        db.commit()
    package(directory)
    folder = directory.parent / FOLDER
    report = validate(str(folder / Manifest.of(folder).file("datapackage").name), type="package")
    assert report.valid, (report.errors, report.flatten(["title", "type", "message"]))


def test_frictionless_finds_what_is_wrong_in_a_package_that_was_changed(directory, tmp_path):
    package(directory)
    (tmp_path / "package.zip").write_bytes(bytes_of(directory, "datapackage"))
    with zipfile.ZipFile(tmp_path / "package.zip") as whole, zipfile.ZipFile(tmp_path / "changed.zip", "w") as changed:
        for name in whole.namelist():
            changed.writestr(
                name,
                whole.read(name).replace(b"\r\n1,1,", b"\r\n1,77,") if name == "locations.csv" else whole.read(name),
            )
    report = validate(str(tmp_path / "changed.zip"), type="package")
    assert {"hash-count", "foreign-key"} <= {error for (error,) in report.flatten(["type"])}


def test_what_a_spreadsheet_would_run_is_text_and_every_text_comes_back(directory, tmp_path):
    package(directory)
    (tmp_path / "package.zip").write_bytes(bytes_of(directory, "datapackage"))
    names = [row["name"] for row in Package(str(tmp_path / "package.zip")).get_resource("providers").read_rows()]
    assert names == ["Harbour Clinic", *(cell(name) for name in HOSTILE)]
    assert [name for name in names if name.startswith(("=", "@", "-5"))] == []
    assert [name[1:] if name != wanted else name for name, wanted in zip(names[1:], HOSTILE, strict=True)] == HOSTILE


def test_the_descriptor_says_of_every_table_and_column_what_it_is(directory):
    package(directory)
    with zipfile.ZipFile(
        directory.parent / FOLDER / Manifest.of(directory.parent / FOLDER).file("datapackage").name
    ) as packed:
        described = json.loads(packed.read("datapackage.json"))
    tables = {one["name"]: one for one in described["resources"]}
    assert {"providers", "locations", "listings", "claims", "changes", "sources", "regions"} <= set(tables)
    assert not {"providers_fts_words", "providers_fts"} & set(tables)
    undescribed = [
        (name, field["name"])
        for name, one in tables.items()
        for field in one["schema"]["fields"]
        if "description" not in field
    ]
    assert undescribed == [] and all(one["description"] for one in tables.values())
    fields = {field["name"]: field for field in tables["providers"]["schema"]["fields"]}
    assert fields["kind"]["constraints"] == {
        "required": True,
        "enum": ["prescriber", "clinic", "pharmacy", "telehealth"],
    }
    assert (fields["first_seen"]["type"], fields["sources"]["type"], fields["latitude"]["type"]) == (
        "datetime",
        "array",
        "number",
    )
    assert tables["serves"]["schema"]["primaryKey"] == ["provider", "region_code"]
    assert {"title": "North list", "path": "https://north.example.org/"} in described["sources"]
    assert [one["title"] for one in described["contributors"]] == ["North Society"]
    assert described["licenses"][0]["name"] == "CC-BY-4.0"


def test_the_digests_are_those_that_sha256sum_checks(directory):
    package(directory)
    done = subprocess.run(
        ["sha256sum", "-c", SUMS], cwd=directory.parent / FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stdout.count(": OK") == 2


def test_the_same_directory_gives_the_same_names_and_bytes_wherever_and_whenever(directory, tmp_path):
    other = publish(tmp_path / "other", ["Harbour Clinic", *HOSTILE])
    os.utime(other, (1_700_000_000, 1_700_000_000))
    assert package(directory).files == package(other).files


def test_what_is_offered_for_the_same_bytes_is_kept_but_named_for_the_file_that_is_there_now(directory):
    package(directory)
    before = {
        name: (directory.parent / FOLDER / name).stat().st_ino for name in offered(directory) if name.startswith("ldn-")
    }
    os.utime(directory, ns=(1, 1))
    assert package(directory).directory.mtime_ns == 1
    assert {name: (directory.parent / FOLDER / name).stat().st_ino for name in before} == before


def test_the_files_of_the_directory_before_are_deleted_and_a_download_under_way_goes_on(directory):
    first = package(directory)
    with (directory.parent / FOLDER / first.files[0].name).open("rb") as under_way:
        publish(directory.parent, ["Somebody Else"], "2026-11-02T00:00:00Z")
        second = package(directory)
        assert hashlib.sha256(under_way.read()).hexdigest() == first.files[0].sha256
    assert offered(directory) == sorted([MANIFEST, SUMS, *(one.name for one in second.files)])
    assert all(one.name.startswith("ldn-2026-11-02-") for one in second.files)


def test_without_room_what_was_offered_before_still_is(directory):
    before = package(directory)
    publish(directory.parent, [f"Clinic {number}" for number in range(3_000)])
    done = forked_python.run(["-c", LIMITED, str(directory), "20000"])
    assert "File too large" in done.stdout and "ldn package" in done.stdout
    assert Manifest.of(directory.parent / FOLDER) == before
    assert offered(directory) == sorted([MANIFEST, SUMS, *(one.name for one in before.files)])


@pytest.mark.slow
def test_killed_at_any_moment_what_the_manifest_names_is_whole(directory):
    package(directory)
    publish(directory.parent, [f"Clinic {number}" for number in range(20_000)])
    folder = directory.parent / FOLDER
    for begun in ("database.part", "datapackage.part", f".{MANIFEST}.*.part"):
        running = forked_python.Process(["-c", LIMITED, str(directory), "-1"])
        while not any(folder.glob(begun)):
            # The last is there for a moment only: where it is missed, the whole is there, and whole it must be.
            if running.poll() is not None:
                assert MANIFEST in begun, f"{begun} was never there"
                break
            time.sleep(0.001)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        for one in Manifest.of(folder).files:
            assert hashlib.sha256((folder / one.name).read_bytes()).hexdigest() == one.sha256
    assert package(directory).directory.sha256 == hashlib.sha256(directory.read_bytes()).hexdigest()
    assert len(offered(directory)) == 4


def test_while_a_build_runs_nothing_is_packaged(directory):
    other = "import sys; from pathlib import Path; from ldn_directory.publish.packages import package; package(Path(sys.argv[1]))"
    with only_writer(directory.parent):
        done = forked_python.run(["-c", other, str(directory)])
    assert "another build is running" in done.stderr and not (directory.parent / FOLDER).exists()


def test_without_a_directory_the_message_says_to_build(tmp_path):
    with pytest.raises(PackagingError, match="build first"):
        package(tmp_path / "ldn.db")


def test_what_is_withdrawn_is_offered_no_more(directory):
    package(directory)
    withdraw(directory.parent)
    assert offered(directory) == []
    with pytest.raises(NoManifest):
        Manifest.of(directory.parent / FOLDER)


def test_another_list_of_the_forgotten_takes_away_what_was_made_before_even_if_nothing_new_can_be_made(directory):
    package(directory)
    (directory.parent / "suppression.key").write_text("ab" * 32)
    (directory.parent / "suppressions.jsonl").write_text(
        json.dumps({"hash": "cd" * 32, "since": DAY, "kind": "exact"}) + "\n"
    )
    done = forked_python.run(["-c", LIMITED, str(directory), "100"])
    assert "File too large" in done.stdout and offered(directory) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": [{}]}', "\x00"])
def test_a_manifest_that_is_none_of_ours_offers_nothing(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(NoManifest):
        Manifest.of(tmp_path)


def test_a_manifest_cannot_name_files_elsewhere(directory):
    package(directory)
    path = directory.parent / FOLDER / MANIFEST
    stated = json.loads(path.read_text())
    stated["files"][0]["name"] = "../ledger.db"
    path.write_text(json.dumps(stated))
    with pytest.raises(NoManifest, match="no downloads"):
        Manifest.of(path.parent)
