"""Full-text search of a published directory by the programs that people know: Datasette and sqlite-utils."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def run(program: str, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_datasette_finds_providers_by_words_in_any_column_and_without_accents(directory):
    def found(words: str) -> list[str]:
        answer = run("datasette", str(directory), "--get", f"/ldn/providers.json?_search={words}&_shape=array")
        return [row["name"] for row in json.loads(answer)]

    assert found("elodie+london") == ["Élodie Specimen"]
    assert found("bayern") == ["Finn Beispiel"]
    assert found("apothecary") == []


def test_sqlite_utils_finds_providers(directory):
    answer = run("sqlite-utils", "search", str(directory), "providers", "elodie", "-c", "name")
    assert json.loads(answer) == [{"name": "Élodie Specimen"}]


def test_tables_that_only_serve_a_search_are_hidden_without_any_metadata(directory):
    tables = json.loads(run("datasette", str(directory), "--get", "/ldn.json"))["tables"]
    hidden = {table["name"] for table in tables if table["hidden"]}
    assert {"providers_fts", "providers_fts_words", "providers_fts_data"} <= hidden
    assert "providers" not in hidden
