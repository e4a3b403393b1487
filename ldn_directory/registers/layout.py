"""How the published register files are laid out, by the facts in `nppes.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LEIE_COLUMNS = (
    "LASTNAME",
    "FIRSTNAME",
    "MIDNAME",
    "BUSNAME",
    "GENERAL",
    "SPECIALTY",
    "UPIN",
    "NPI",
    "DOB",
    "ADDRESS",
    "CITY",
    "STATE",
    "ZIP",
    "EXCLTYPE",
    "EXCLDATE",
    "REINDATE",
    "WAIVERDATE",
    "WVRSTATE",
)
"""Columns of the OIG's list of exclusions, `UPDATED.csv`: https://oig.hhs.gov/exclusions/exclusions_list.asp."""


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(files("ldn_directory.registers").joinpath("nppes.toml").read_text("utf-8"))


@cache
def nppes_columns() -> tuple[str, ...]:
    """The 330 columns of `npidata_pfile_*.csv`, in order."""
    said = _facts()["columns"]
    taxonomies = [name.format(n) for n in range(1, said["taxonomies"] + 1) for name in said["taxonomy"]]
    identifiers = [name.format(n) for n in range(1, said["identifiers"] + 1) for name in said["identifier"]]
    groups = [said["group"].format(n) for n in range(1, said["taxonomies"] + 1)]
    return (*said["before"], *taxonomies, *identifiers, *said["middle"], *groups, *said["after"])


def columns_of(part: str) -> tuple[str, ...]:
    """The columns of another part: `other_names`, `other_places`, `endpoints` or `deactivated`."""
    return tuple(_facts()[part]["columns"])


def deactivated_sheet() -> str:
    """Name of the sheet in the report of deactivated NPIs."""
    return str(_facts()["deactivated"]["sheet"])
