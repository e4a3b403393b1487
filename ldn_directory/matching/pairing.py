"""Finds the pairs of listings to compare, with DuckDB, and scores them by the model, with Splink.

The weight of a pair depends on its two listings and the model alone. So scores are kept (in `matching.duckdb`, a
cache that may be deleted at any time), and a build scores only the pairs of new and changed listings. The result is
the same.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb
import numpy as np

from ldn_directory.storage import version_of

from .candidates import blocking_keys
from .comparison import CLINIC, PERSON, Comparable, to_comparable
from .model import ID, Model

MEMORY = "1GB"
MOST_BRANCHES = 10
_CHUNK = 20_000
_FIELDS = [field.name for field in dataclasses.fields(Comparable)]
_LISTS = ("forenames", "own", "surnames", "phones", "written", "streets")
_TYPES = {"rarity": "INTEGER", "bare": "BOOLEAN", "is_listed": "BOOLEAN", "point": "DOUBLE[]"}
_TYPES |= dict.fromkeys(_LISTS, "VARCHAR[]")
_COLUMNS = f"{ID} BIGINT, digest BLOB, " + ", ".join(f"{name} {_TYPES.get(name, 'VARCHAR')}" for name in _FIELDS)
_CODE = ("model.py", "normalize", "matching")
_LIBRARIES = ("anyascii", "duckdb", "jellyfish", "nicknames", "splink")
"""Files and libraries that decide what a pair weighs."""
_log = logging.getLogger(__name__)

Line = tuple[int, bytes, dict[str, Any]]
"""A listing's key, the digest of what it says, and what it says as JSON values."""
Pair = tuple[int, int, float, tuple[int, ...]]
"""Two listings' keys, the lesser first, the total weight in bits, and the level of each comparison."""


class PairStore:
    """The scored pairs of listings, kept in a DuckDB file from build to build."""

    def __init__(self, db: Any, model: Model) -> None:
        self.db, self.model = db, model

    @classmethod
    @contextmanager
    def open(cls, path: Path | None, model: Model) -> Iterator[PairStore]:
        """A context manager. Without a path nothing is kept. A damaged file, or one of another version, is replaced."""
        version = version_of(*_CODE, libraries=_LIBRARIES)
        db = _connect(path)
        try:
            try:
                known = db.execute("SELECT version FROM made_by").fetchall()
            except duckdb.Error:
                known = None
            if known != [(version,)]:
                db = _create_store(db, path, version)
            yield cls(db, model)
        finally:
            db.close()

    def update(self, lines: Iterable[tuple[int, bytes]], read: Any, shown_version: str = "") -> None:
        """Scores the pairs of new and changed listings, and deletes those of listings that are no longer there.

        `lines` are (key, digest) of all listings; `read(keys)` gives the lines of some. `shown_version` is the
        version of the rules by which they were selected.
        """
        self.db.execute("BEGIN")
        try:
            self._register_present(lines)
            self.db.execute("UPDATE made_by SET chosen_by = ?", [shown_version])
            self.db.execute(_STALE)
            self.db.execute(_FRESH)
            self._update_pairs(read)
            self.db.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):
                self.db.execute("ROLLBACK")
            raise

    def shown_before(self, shown_version: str) -> dict[int, bytes]:
        """key -> digest of each listing of the last update, if that had the same version of the rules; else empty."""
        if self.db.execute("SELECT chosen_by FROM made_by").fetchall() != [(shown_version,)]:
            return {}
        return dict(self.db.execute(f"SELECT {ID}, digest FROM listings").fetchall())

    def pairs(self) -> list[Pair]:
        """All pairs that weigh at least `model.lower`, in the order of their keys."""
        levels = ", ".join(f"gammas[{place}]" for place, _ in enumerate(self.model.columns, 1))
        # As NumPy columns: rows of DuckDB's own cost three times as much.
        found = self.db.sql(f"SELECT one, other, weight, {levels} FROM pairs ORDER BY one, other").fetchnumpy()
        ones, others, weights, *gammas = (column.tolist() for column in found.values())
        return list(zip(ones, others, weights, zip(*gammas, strict=True), strict=True))

    def keys(self) -> list[int]:
        """The keys of all listings, in order."""
        return [pk for (pk,) in self.db.execute(f"SELECT {ID} FROM listings ORDER BY {ID}").fetchall()]

    def comparables(self, others: Iterable[int] = ()) -> dict[int, Comparable]:
        """The listings in a pair or with a register number, and `others`, by key."""
        self.db.register("others", {ID: np.fromiter(others, np.int64)})
        rows = self.db.execute(
            f"SELECT {', '.join([ID, *_FIELDS])} FROM listings WHERE register <> '' OR {ID} IN (FROM others)"
            f" OR {ID} IN (SELECT one FROM pairs) OR {ID} IN (SELECT other FROM pairs)"
        ).fetchall()
        return {key: Comparable(**dict(zip(_FIELDS, row, strict=True))) for key, *row in rows}

    def works_at(self) -> list[tuple[int, int]]:
        """(a person's listing, a clinic's listing) with one phone, or one website or practice in one town; sorted."""
        return self.db.execute(_WORKS_AT).fetchall()  # type: ignore[no-any-return]

    def branches(self) -> list[tuple[int, int]]:
        """Listings of organisations with one name, and one phone, website or e-mail address; sorted.

        Of a chain each is paired with the next `MOST_BRANCHES` only.
        """
        return self.db.execute(_BRANCHES).fetchall()  # type: ignore[no-any-return]

    def _register_present(self, lines: Iterable[tuple[int, bytes]]) -> None:
        everything = list(lines)
        keys = np.fromiter((pk for pk, _ in everything), np.int64, len(everything))
        self.db.register("present", {ID: keys, "digest": _objects([digest for _, digest in everything])})

    def _update_pairs(self, read: Any) -> None:
        run = self.db.execute
        run("CREATE OR REPLACE TEMP TABLE before AS SELECT key, count(*) AS size FROM keys GROUP BY key")
        run(f"DELETE FROM listings WHERE {ID} IN (FROM stale)")
        run(f"DELETE FROM keys WHERE {ID} IN (FROM stale)")
        run("DELETE FROM pairs WHERE one IN (FROM stale) OR other IN (FROM stale)")
        fresh = [pk for (pk,) in run(f"SELECT {ID} FROM fresh ORDER BY {ID}").fetchall()]
        self._load(read(fresh))
        run(
            "CREATE OR REPLACE TEMP TABLE blocks AS"
            " SELECT key, count(*) AS size FROM keys GROUP BY key HAVING count(*) > 1"
        )
        self._drop_outgrown()
        run(_CANDIDATES.format(most=self.model.most_in_a_block))
        run("DROP TABLE before")
        if run("SELECT count(*) FROM candidates").fetchall() != [(0,)]:
            self._score()
        run("DROP TABLE candidates")

    def _drop_outgrown(self) -> None:
        """Deletes the pairs that shared only keys which too many listings share now."""
        self.db.execute(
            f"CREATE OR REPLACE TEMP TABLE outgrown AS SELECT b.key FROM blocks AS b JOIN before AS o ON o.key = b.key"
            f" WHERE b.size > {self.model.most_in_a_block} AND o.size <= {self.model.most_in_a_block}"
        )
        self.db.execute(_OUTGROWN.format(most=self.model.most_in_a_block))

    def _load(self, lines: Iterable[Line]) -> None:
        rest = iter(lines)
        while chunk := list(islice(rest, _CHUNK)):
            rows = [to_comparable(row) for _, _, row in chunk]
            columns = {
                ID: np.fromiter((pk for pk, _, _ in chunk), np.int64, len(chunk)),
                "digest": _objects([digest for _, digest, _ in chunk]),
            }
            columns |= {name: _objects([getattr(one, name) for one in rows]) for name in _FIELDS}
            keyed = [(key, pk) for (pk, _, _), one in zip(chunk, rows, strict=True) for key in blocking_keys(one)]
            self.db.register("some_listings", columns)
            self.db.register(
                "some_keys",
                {
                    "key": _objects([key for key, _ in keyed]),
                    ID: np.fromiter((pk for _, pk in keyed), np.int64, len(keyed)),
                },
            )
            self.db.execute("INSERT INTO listings FROM some_listings")
            self.db.execute(f"INSERT INTO keys SELECT hash(key), {ID} FROM some_keys")
            self.db.unregister("some_listings")
            self.db.unregister("some_keys")

    def _score(self) -> None:
        """Scores the candidates with Splink, and keeps those that may be one provider."""
        # Importing Splink takes a moment, and most commands do not need it.
        from splink import DuckDBAPI, Linker

        logging.getLogger("splink").setLevel(logging.ERROR)
        api = DuckDBAPI(connection=self.db)
        linker = Linker(api.register("listings"), _parsed_settings(self.model), log_level=None, validate_settings=False)
        linker.table_management.register_blocked_pairs_for_predict(api.register("candidates"))
        found = linker.inference.predict(threshold_match_weight=self.model.lower, warning_mode="never")
        gammas = ", ".join(self.model.columns)
        self.db.execute(
            f"INSERT INTO pairs SELECT {ID}_l, {ID}_r, round(match_weight, 6), [{gammas}] FROM {found.physical_name}"
        )
        found.drop_table_from_database_and_remove_from_cache()


@cache
def _parsed_settings(model: Model) -> Any:
    """The model as Splink takes it, parsed once: that takes as long as to score some thousand pairs."""
    from splink import SettingsCreator

    class Parsed(SettingsCreator):
        def get_settings(self, sql_dialect_str: str) -> Any:
            return parsed

    parsed = SettingsCreator(**model.settings()).get_settings("duckdb")
    return Parsed(**model.settings())


_STALE = f"""
    CREATE OR REPLACE TEMP TABLE stale AS
    SELECT l.{ID} FROM listings AS l LEFT JOIN present AS p ON p.{ID} = l.{ID} AND p.digest = l.digest
    WHERE p.{ID} IS NULL
"""
_FRESH = f"""
    CREATE OR REPLACE TEMP TABLE fresh AS
    SELECT p.{ID} FROM present AS p LEFT JOIN listings AS l ON l.{ID} = p.{ID} AND l.digest = p.digest
    WHERE l.{ID} IS NULL
"""
_CANDIDATES = f"""
    CREATE OR REPLACE TABLE candidates AS
    WITH small AS (SELECT b.key, coalesce(o.size, 0) > {{most}} AS shrunk
                   FROM blocks AS b LEFT JOIN before AS o ON o.key = b.key
                   WHERE b.size <= {{most}}),
         kept AS (SELECT k.key, k.{ID}, s.shrunk OR k.{ID} IN (FROM fresh) AS anew
                  FROM keys AS k JOIN small AS s ON s.key = k.key)
    SELECT DISTINCT one.{ID} AS join_key_l, other.{ID} AS join_key_r, '0' AS match_key
    FROM kept AS one JOIN kept AS other ON one.key = other.key AND one.{ID} < other.{ID}
    WHERE (one.anew OR other.anew) AND (one.{ID}, other.{ID}) NOT IN (SELECT (p.one, p.other) FROM pairs AS p)
"""
_OUTGROWN = f"""
    DELETE FROM pairs WHERE (one, other) IN (
        SELECT (a.{ID}, b.{ID}) FROM outgrown AS o JOIN keys AS a ON a.key = o.key
        JOIN keys AS b ON b.key = o.key AND a.{ID} < b.{ID}
    ) AND NOT EXISTS (
        SELECT 1 FROM keys AS a JOIN keys AS b ON a.key = b.key JOIN blocks AS s ON s.key = a.key
        WHERE a.{ID} = pairs.one AND b.{ID} = pairs.other AND s.size <= {{most}}
    )
"""

_WORKS_AT = f"""
    WITH people AS (SELECT * FROM listings WHERE sort = '{PERSON}'),
         clinics AS (SELECT * FROM listings WHERE sort = '{CLINIC}')
    SELECT p.{ID}, c.{ID} FROM (SELECT {ID}, unnest(phones) AS phone FROM people) AS p
      JOIN (SELECT {ID}, unnest(phones) AS phone FROM clinics) AS c ON p.phone = c.phone
    UNION
    SELECT p.{ID}, c.{ID} FROM people AS p JOIN clinics AS c
      ON p.town = c.town AND p.country = c.country AND p.site = c.site
     WHERE p.town <> '' AND p.site <> ''
    UNION
    SELECT p.{ID}, c.{ID} FROM people AS p JOIN clinics AS c
      ON p.town = c.town AND p.country = c.country AND p.practice = c.title
     WHERE p.town <> '' AND p.practice <> ''
    ORDER BY 1, 2
"""

_BRANCHES = f"""
    WITH offices AS (SELECT {ID}, sort, title, unnest(list_concat(phones, [site, email])) AS shared
                     FROM listings WHERE sort <> '{PERSON}' AND title <> ''),
         numbered AS (SELECT *, row_number() OVER (PARTITION BY sort, title, shared ORDER BY {ID}) AS place
                      FROM offices WHERE shared <> '')
    SELECT DISTINCT one.{ID}, other.{ID} FROM numbered AS one JOIN numbered AS other
      ON one.sort = other.sort AND one.title = other.title AND one.shared = other.shared
     AND other.place BETWEEN one.place + 1 AND one.place + {MOST_BRANCHES}
    ORDER BY 1, 2
"""


def _objects(values: list[Any]) -> Any:
    """The values as a column that DuckDB reads; NumPy would make a table of lists that are equally long."""
    return np.fromiter(values, object, len(values))


def _connect(path: Path | None) -> Any:
    config: dict[str, Any] = {"threads": 2, "memory_limit": MEMORY, "preserve_insertion_order": "false"}
    try:
        db = duckdb.connect(str(path or ":memory:"), config=config)
    except duckdb.Error as error:
        if path is None:
            raise
        _log.warning("%s cannot be used (%s) and is made anew", path, error)
        delete_store(path)
        db = duckdb.connect(str(path), config=config)
    # Else there is a bar among what the commands print.
    db.execute("SET enable_progress_bar = false")
    # The type of a column is told by all of its values: the first thousand lists may be empty.
    db.execute(f"SET pandas_analyze_sample = {_CHUNK}")
    return db


def _create_store(db: Any, path: Path | None, version: str) -> Any:
    if path is not None:
        db.close()
        delete_store(path)
        db = _connect(path)
    db.execute(f"CREATE TABLE listings ({_COLUMNS})")
    db.execute(f"CREATE TABLE keys (key UBIGINT, {ID} BIGINT)")
    db.execute("CREATE TABLE pairs (one BIGINT, other BIGINT, weight DOUBLE, gammas INTEGER[])")
    db.execute("CREATE TABLE made_by AS SELECT ? AS version, '' AS chosen_by", [version])
    return db


def delete_store(path: Path) -> None:
    """Deletes the file, and the files that DuckDB leaves beside it if it is killed."""
    for name in (path.name, f"{path.name}.wal"):
        path.with_name(name).unlink(missing_ok=True)
    rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)
