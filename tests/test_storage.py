"""Files are written whole, with the permissions that they had or were to have."""

from __future__ import annotations

import os
import stat

import pytest

from ldn_directory.storage import write_atomically


def mode_of(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_permissions_that_are_asked_for_and_a_replaced_one_keeps_its_own(tmp_path):
    path = tmp_path / "folder" / "key"
    write_atomically(path, b"first", mode=0o600)
    assert (path.read_bytes(), mode_of(path)) == (b"first", 0o600)
    path.chmod(0o640)
    write_atomically(path, b"second")
    assert (path.read_bytes(), mode_of(path)) == (b"second", 0o640)


def test_a_file_that_cannot_be_written_stays_as_it_was_and_leaves_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "list"
    write_atomically(path, b"before")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"after")
    assert [one.name for one in tmp_path.iterdir()] == ["list"] and path.read_bytes() == b"before"
