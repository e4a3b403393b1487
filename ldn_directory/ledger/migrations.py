"""The migrations of `ledger.db`, applied by sqlite-utils and recorded in its table `_sqlite_migrations`.

Each one also sets `PRAGMA user_version`, so that an older program refuses a newer ledger. To change the schema, add a
script and a function for it, and raise `SCHEMA_VERSION` in connection.py. Scripts that were released never change.

    sqlite-utils migrate --list data/ledger.db ldn_directory/ledger/migrations.py
"""

from __future__ import annotations

import sqlite3
from importlib.resources import files

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("ldn_directory.ledger")


@MIGRATIONS()
def migration_1_tables(db: Database) -> None:
    """Creates the tables."""
    _run_script(db, "migration_1_tables", 1)


@MIGRATIONS()
def migration_2_checks(db: Database) -> None:
    """Adds the checks of evidence pages."""
    _run_script(db, "migration_2_checks", 2)


@MIGRATIONS()
def migration_3_acceptances(db: Database) -> None:
    """Adds the harvests that a person accepted, and ends the claims of listings that have gone."""
    _run_script(db, "migration_3_acceptances", 3)


@MIGRATIONS()
def migration_4_forgotten(db: Database) -> None:
    """Adds forgotten providers, and numbers of changes that are never used twice."""
    _run_script(db, "migration_4_forgotten", 4)


@MIGRATIONS()
def migration_5_renewed_keys(db: Database) -> None:
    """Adds the ids that lists gave their entries later, and what people accepted with a harvest."""
    _run_script(db, "migration_5_renewed_keys", 5)


@MIGRATIONS()
def migration_6_taking_back(db: Database) -> None:
    """Adds what is needed to take a run back, and to retire a source."""
    _run_script(db, "migration_6_taking_back", 6)


@MIGRATIONS()
def migration_7_forgetting(db: Database) -> None:
    """Adds the forgetting that is under way."""
    _run_script(db, "migration_7_forgetting", 7)


@MIGRATIONS()
def migration_8_confirmations(db: Database) -> None:
    """Adds when checks saw the claims of a listing on its page."""
    _run_script(db, "migration_8_confirmations", 8)


@MIGRATIONS()
def migration_9_justifications(db: Database) -> None:
    """Adds the words with which a person accepted a list that does not speak of low-dose naltrexone."""
    _run_script(db, "migration_9_justifications", 9)


@MIGRATIONS()
def migration_10_readings(db: Database) -> None:
    """Adds how the pages of lists are read whose reading a person accepted with a harvest."""
    _run_script(db, "migration_10_readings", 10)


def _run_script(db: Database, name: str, version: int) -> None:
    """Runs a script, unless `user_version` shows that it ran before migrations were recorded in a table."""
    if db.execute("PRAGMA user_version").fetchone()[0] < version:
        db.executescript(files("ldn_directory.ledger").joinpath(f"{name}.sql").read_text("utf-8"))
        db.execute(f"PRAGMA user_version = {version}")


def apply_migrations(connection: sqlite3.Connection) -> None:
    """Applies the missing migrations within the caller's transaction: all of them, or none."""
    MIGRATIONS.apply(Database(connection, execute_plugins=False))
