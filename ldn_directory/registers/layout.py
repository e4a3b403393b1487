"""How the published register files are laid out, as `layout.toml` has it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(files("ldn_directory.registers").joinpath("layout.toml").read_text("utf-8"))


@cache
def nppes_columns() -> tuple[str, ...]:
    """The 330 columns of `npidata_pfile_*.csv`, in order."""
    said = _facts()["columns"]
    taxonomies = [name.format(n) for n in range(1, said["taxonomies"] + 1) for name in said["taxonomy"]]
    identifiers = [name.format(n) for n in range(1, said["identifiers"] + 1) for name in said["identifier"]]
    groups = [said["group"].format(n) for n in range(1, said["taxonomies"] + 1)]
    return (*said["before"], *taxonomies, *identifiers, *said["middle"], *groups, *said["after"])


def columns_of(part: str) -> tuple[str, ...]:
    """The columns of another file: `other_names`, `other_places`, `endpoints`, `deactivated` or `leie`."""
    return tuple(_facts()[part]["columns"])


@cache
def used_columns(kind: str) -> dict[str, str]:
    """Our name and that of the main file, of the columns that are read: `texts` or `dates`."""
    return dict(_facts()["used"][kind])


def deactivated_sheet() -> str:
    """Name of the sheet in the report of deactivated NPIs."""
    return str(_facts()["deactivated"]["sheet"])


LEIE_COLUMNS = columns_of("leie")
"""Columns of the OIG's list of exclusions, `UPDATED.csv`: https://oig.hhs.gov/exclusions/exclusions_list.asp."""
