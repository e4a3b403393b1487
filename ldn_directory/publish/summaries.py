"""Writes what depends on all providers: regions, search indexes, attributions."""

from __future__ import annotations

import sqlite3

from ldn_directory.normalize.regions import country_named
from ldn_directory.places import Gazetteer

from .schema import rebuild_full_text
from .word_index import write_index


def write_summaries(db: sqlite3.Connection, gazetteer: Gazetteer | None) -> None:
    """Counts listings and regions, builds the search indexes, and copies the attributions of the gazetteer."""
    db.execute("UPDATE sources SET listings = (SELECT count(*) FROM listings WHERE listings.source = sources.id)")
    _write_regions(db)
    write_index(db)
    if gazetteer:
        db.executemany(
            "INSERT INTO attributions VALUES (?, ?, ?, ?, ?, ?)",
            gazetteer.db.execute("SELECT * FROM attributions ORDER BY package"),
        )
    rebuild_full_text(db)
    db.execute("ANALYZE")


def _write_regions(db: sqlite3.Connection) -> None:
    """Writes a row for each country and first-level region that has providers or is served from afar."""
    db.execute(
        "INSERT INTO regions SELECT country_code, coalesce(max(country), country_code), country_code, '', count(*), 0"
        " FROM providers WHERE country_code IS NOT NULL GROUP BY country_code ORDER BY country_code"
    )
    db.execute(
        "INSERT OR IGNORE INTO regions"
        " SELECT region_code, coalesce(max(region), region_code), substr(region_code, 1, 2), '', count(*), 0"
        " FROM providers WHERE region_code IS NOT NULL GROUP BY region_code ORDER BY region_code"
    )
    served = "SELECT region_code, max(region), country_code, count(*) FROM serves GROUP BY 1 ORDER BY 1"
    for code, name, land, count in db.execute(served).fetchall():
        db.execute("INSERT OR IGNORE INTO regions VALUES (?, ?, ?, '', 0, 0)", (code, name, land))
        db.execute("UPDATE regions SET telehealth_providers = ? WHERE code = ?", (count, code))
    for (land,) in db.execute("SELECT DISTINCT country_code FROM regions").fetchall():
        name = getattr(country_named(land), "name", land)
        db.execute("UPDATE regions SET country = ? WHERE country_code = ?", (name, land))
