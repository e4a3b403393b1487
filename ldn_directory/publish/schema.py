"""The tables of the published directory, and its full-text search as sqlite-utils configures it."""

from __future__ import annotations

import sqlite3
from importlib.resources import files

from sqlite_utils.db import Database, Table

SEARCHED_COLUMNS = ("name", "credentials", "practice", "specialty", "city", "region", "postcode", "country")
TOKENIZER = "unicode61 remove_diacritics 2"


def create_tables(db: sqlite3.Connection) -> None:
    """Creates all tables, empty."""
    db.executescript(files("ldn_directory.publish").joinpath("directory.sql").read_text("utf-8"))
    _providers(db).enable_fts(SEARCHED_COLUMNS, tokenize=TOKENIZER)


def rebuild_full_text(db: sqlite3.Connection) -> None:
    """Fills `providers_fts` from the providers. There are no triggers, as a published file is only read."""
    _providers(db).rebuild_fts()


def _providers(db: sqlite3.Connection) -> Table:
    # sqlite-utils has plugins of its own, and a pragma for triggers: neither is wanted in a build.
    return Database(db, recursive_triggers=False, execute_plugins=False).table("providers")
