"""The published tables as a Frictionless Data Package: a CSV file each, and `datapackage.json` that says what is in
them.

The descriptor follows the Data Package and Table Schema specifications, version 1
(https://specs.frictionlessdata.io/). Types, keys and allowed values are those that the database declares;
descriptions are those of `metadata.yml`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO

import yaml

from ldn_directory.storage import PROJECT

Json = dict[str, Any]
ROWS_AT_ONCE = 1_000
TYPES = {"INTEGER": "integer", "REAL": "number", "TEXT": "string"}
UNIX, READABLE = 3, 0o644 << 16
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can state: the same rows give the same bytes whenever they are packed."""
TABLES = """
SELECT name, sql FROM sqlite_schema
WHERE type = 'table' AND name IN (SELECT name FROM pragma_table_list WHERE type = 'table')
  AND name NOT LIKE 'sqlite_%' ORDER BY rowid
"""
ABOUT = (
    " CSV files are UTF-8 with lines that end in CR LF (RFC 4180); an empty cell is a value that no source states."
    " A text that a spreadsheet would take for a formula has an apostrophe before it, which is not part of the value."
)
_ALLOWED = re.compile(r"CHECK \(\s*(\w+) IN \(([^)]+)\)\s*\)")
_FORMULA = re.compile(r"'*(?:[=@＝＠\t\r\n]|[-+－＋](?![\d ().-]*$))")
_WEB = re.compile(r"https?://\S+")


def stated_metadata() -> Mapping[str, Any]:
    """What `metadata.yml` says about the tables; empty without the file."""
    path = PROJECT / "metadata.yml"
    return dict(yaml.safe_load(path.read_text("utf-8"))) if path.exists() else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One published table: its name and its Table Schema."""

    name: str
    description: str
    schema: Json


def write_datapackage(db: sqlite3.Connection, file: BinaryIO, stated: Mapping[str, Any], version: str) -> None:
    """Writes the package as a zip. `stated` is `metadata.yml`. Rows are never all in memory."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        resources = [_write_table(db, package, table) for table in tables_of(db, stated)]
        described = json.dumps(_descriptor(db, stated, version, resources), indent=2, ensure_ascii=False) + "\n"
        with package.open(_member("datapackage.json"), "w") as member:
            member.write(described.encode())


def tables_of(db: sqlite3.Connection, stated: Mapping[str, Any]) -> list[Table]:
    """The tables for readers, in the order in which the database declares them."""
    metadata = stated.get("databases", {}).get("ldn", {}).get("tables", {})
    tables = []
    for name, sql in db.execute(TABLES).fetchall():
        if name not in _settings()["left_out"]:
            about = metadata.get(name, {})
            schema = _schema(db, name, sql, about.get("columns", {}))
            tables.append(Table(name=name, description=about.get("description", ""), schema=schema))
    return tables


@cache
def _settings() -> Json:
    return tomllib.loads(files("ldn_directory.publish").joinpath("data_package.toml").read_text("utf-8"))


def _schema(db: sqlite3.Connection, table: str, sql: str, descriptions: Mapping[str, str]) -> Json:
    allowed = {name: _values(listed) for name, listed in _ALLOWED.findall(sql)}
    columns = db.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY cid', (table,)).fetchall()
    keys = db.execute('SELECT "from", "table", "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC', (table,))
    return {
        "fields": [
            _field(name, kind, bool(stated or key), allowed.get(name), descriptions.get(name))
            for name, kind, stated, key in columns
        ],
        "missingValues": [""],
        "primaryKey": [name for name, _, _, key in sorted(columns, key=lambda column: column[3]) if key],
        "foreignKeys": [
            {"fields": [own], "reference": {"resource": other, "fields": [its]}} for own, other, its in keys
        ],
    }


def _values(listed: str) -> list[Any]:
    found = [one.strip() for one in listed.split(",")]
    return [one.strip("'") if one.startswith("'") else int(one) for one in found]


def _field(name: str, kind: str, required: bool, allowed: list[Any] | None, description: str | None) -> Json:
    constraints: Json = {"required": True} if required else {}
    if allowed:
        constraints["enum"] = allowed
    field: Json = {"name": name, "type": _settings()["types"].get(name, TYPES[kind]) if kind == "TEXT" else TYPES[kind]}
    return (
        field
        | ({"description": description} if description else {})
        | ({"constraints": constraints} if constraints else {})
    )


def _write_table(db: sqlite3.Connection, package: zipfile.ZipFile, table: Table) -> Json:
    """Writes one table. Returns its resource descriptor."""
    names = [field["name"] for field in table.schema["fields"]]
    rows = db.execute(f"SELECT {', '.join(names)} FROM {table.name} ORDER BY {', '.join(table.schema['primaryKey'])}")
    digest, size = hashlib.sha256(), 0
    with package.open(_member(f"{table.name}.csv"), "w", force_zip64=True) as member:
        for piece in _lines(names, rows):
            digest.update(piece)
            size += len(piece)
            member.write(piece)
    schema = table.schema | {"fields": [_field_as_written(db, table.name, one) for one in table.schema["fields"]]}
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest.hexdigest()}",
        "schema": schema,
    }


def _field_as_written(db: sqlite3.Connection, table: str, field: Json) -> Json:
    """The field; not required if the table has an empty text there, which CSV cannot tell from a missing value."""
    constraints = field.get("constraints", {})
    if (
        not constraints.get("required")
        or not db.execute(f"SELECT 1 FROM {table} WHERE {field['name']} = ''").fetchone()
    ):
        return field
    return field | {"constraints": {name: value for name, value in constraints.items() if name != "required"}}


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIRST_DAY)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, UNIX, READABLE
    return info


def _lines(names: Sequence[str], rows: sqlite3.Cursor) -> Iterator[bytes]:
    """The table as CSV (RFC 4180), some rows at a time."""
    yield _as_csv([names])
    while chunk := rows.fetchmany(ROWS_AT_ONCE):
        yield _as_csv([cell(value) for value in row] for row in chunk)


def _as_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def cell(value: object) -> object:
    """A value for a CSV cell: an apostrophe makes text of what a spreadsheet would take for a formula.

    Text that begins with apostrophes before a formula gets one more, so taking one away always gives the value.
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _descriptor(db: sqlite3.Connection, stated: Mapping[str, Any], version: str, resources: list[Json]) -> Json:
    (read,) = db.execute("SELECT max(finished) FROM runs").fetchone()
    return {
        "profile": "tabular-data-package",
        "name": "ldn-directory",
        "title": stated.get("title", "LDN directory"),
        "description": stated.get("description", "") + ABOUT,
        "version": version,
        **({"created": read} if read else {}),
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "path": "https://creativecommons.org/licenses/by/4.0/",
                "title": "Creative Commons Attribution 4.0",
            }
        ],
        "sources": _sources(db),
        "contributors": _contributors(db),
        "keywords": ["low-dose naltrexone", "LDN", "prescribers", "pharmacies", "directory"],
        "resources": resources,
    }


def _sources(db: sqlite3.Connection) -> list[Json]:
    """The lists that were read, and the tables by which places were located."""
    lists = db.execute("SELECT iif(title = '', id, title), homepage FROM sources ORDER BY title, id").fetchall()
    tables = db.execute("SELECT iif(statement = '', package, statement), url FROM attributions ORDER BY package")
    return [{"title": title, **_path(address)} for title, address in [*lists, *tables]]


def _contributors(db: sqlite3.Connection) -> list[Json]:
    """Whoever publishes a list."""
    rows = db.execute(
        "SELECT publisher, min(homepage) FROM sources WHERE publisher <> '' GROUP BY publisher ORDER BY publisher"
    )
    return [{"title": publisher, **_path(address), "role": "contributor"} for publisher, address in rows]


def _path(address: str) -> Json:
    return {"path": address} if _WEB.fullmatch(address) else {}
