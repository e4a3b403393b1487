"""Register files and answers in the forms in which they are published, with invented entries."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from ldn_directory.registers.layout import LEIE_COLUMNS, columns_of, deactivated_sheet, nppes_columns

LINES_AT_ONCE = 2_000
_EMPTY = '""'
_OTHERS = ",".join([_EMPTY] * 200)
_GROUPS = ",".join([_EMPTY] * 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the register, in capitals as published."""

    given: str = ""
    middle: str = ""
    surname: str = ""
    suffix: str = ""
    credential: str = ""
    other_surname: str = ""
    organisation: str = ""
    other_organisation: str = ""
    street: str = ""
    unit: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    phone: str = ""
    taxonomy: str = ""
    enumerated: str = ""
    deactivated: str = ""
    reactivated: str = ""


def write_deactivated(path: Path, as_of: date, numbers: dict[str, str]) -> Path:
    """Writes the monthly report of deactivated NPIs (number -> MM/DD/YYYY) as a zip with its spreadsheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(deactivated_sheet())
    sheet.append([f"CMS Deactivated NPI Report as of {as_of:%m/%d/%Y}"])
    sheet.append(list(columns_of("deactivated")))
    for number, day in numbers.items():
        sheet.append([number, day])
    content = io.BytesIO()
    book.save(content)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(f"NPPES Deactivated NPI Report {as_of:%Y%m%d}.xlsx", content.getvalue())
    return path


def write_leie(path: Path, rows: list[dict[str, str]]) -> Path:
    """Writes the OIG's list of exclusions; what a row does not state is empty, numbers and dates zero, as published."""
    nothing = {"NPI": "0000000000", "REINDATE": "00000000", "WAIVERDATE": "00000000"}
    with path.open("w", newline="", encoding="ascii") as out:
        out.write(",".join(LEIE_COLUMNS) + "\r\n")
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerows([row.get(name, nothing.get(name, "")) for name in LEIE_COLUMNS] for row in rows)
    return path


def header() -> str:
    return quoted(nppes_columns())


def quoted(values: tuple[str, ...]) -> str:
    return ",".join(f'"{value}"' for value in values) + "\n"


def csv_lines(entries: Iterator[tuple[str, Entry]]) -> Iterator[bytes]:
    lines = [header()]
    for number, entry in entries:
        lines.append(line_of(number, entry))
        if len(lines) >= LINES_AT_ONCE:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


def line_of(number: str, e: Entry) -> str:
    """A row as published: 330 fields in quotation marks."""
    if not e.surname and not e.organisation:
        return _DEACTIVATED % (number, e.deactivated)
    kind = "2" if e.organisation else "1"
    ein = "<UNAVAIL>" if e.organisation else ""
    place = f'"{e.street}","{e.unit}","{e.city}","{e.state}","{e.postcode}","US","{e.phone}",""'
    other = '"","","",""' if not e.other_surname else f'"{e.given}","","",""'
    official = '"DOE","PAT","","OWNER","3705550100"' if e.organisation else '"","","","",""'
    return (
        f'"{number}","{kind}","","{ein}","{e.organisation}","{e.surname}","{e.given}","{e.middle}","","{e.suffix}","{e.credential}",'
        f'"{e.other_organisation}","{"3" if e.other_organisation else ""}","{e.other_surname}",{other},'
        f'"","{"1" if e.other_surname else ""}",{place},{place},"{e.enumerated}","{e.enumerated}","","{e.deactivated}","{e.reactivated}",'
        f'"",'
        f'{official},"{e.taxonomy}","","","Y",{_TAXONOMIES},{_OTHERS},"N","N","","","","","",{_GROUPS},"{e.enumerated}"\n'
    )


_TAXONOMIES = ",".join([_EMPTY] * 56)
_DEACTIVATED = '"%s",' + ",".join([_EMPTY] * 38) + ',"%s",' + ",".join([_EMPTY] * 290) + "\n"


def api_result(number: str, entry: Entry) -> dict[str, Any]:
    """An entry as the NPPES interface (version 2.1) gives it in `results`."""
    place = {
        "country_code": "US",
        "country_name": "United States",
        "address_type": "DOM",
        "address_1": entry.street,
        "address_2": entry.unit,
        "city": entry.city,
        "state": entry.state,
        "postal_code": entry.postcode,
        "telephone_number": f"{entry.phone[:3]}-{entry.phone[3:6]}-{entry.phone[6:]}" if entry.phone else "",
    }
    dates = {"enumeration_date": _iso(entry.enumerated), "last_updated": _iso(entry.enumerated), "status": "A"}
    if entry.organisation:
        basic = {"organization_name": entry.organisation, "organizational_subpart": "NO", **dates}
    else:
        basic = {
            "first_name": entry.given,
            "last_name": entry.surname,
            "middle_name": entry.middle,
            "credential": entry.credential,
            "sole_proprietor": "NO",
            "sex": "",
            "name_prefix": "--",
            "name_suffix": entry.suffix or "--",
            **dates,
        }
    other = {"type": "Former Name", "code": "1", "first_name": entry.given, "last_name": entry.other_surname}
    return {
        "created_epoch": "1183680000000",
        "last_updated_epoch": "1269302400000",
        "enumeration_type": "NPI-2" if entry.organisation else "NPI-1",
        "number": number,
        "addresses": [place | {"address_purpose": "MAILING"}, place | {"address_purpose": "LOCATION"}],
        "practiceLocations": [],
        "basic": basic,
        "identifiers": [],
        "endpoints": [],
        "other_names": [other] if entry.other_surname else [],
        "taxonomies": [
            {
                "code": entry.taxonomy,
                "taxonomy_group": "",
                "desc": "",
                "state": entry.state,
                "license": "",
                "primary": True,
            }
        ],
    }


def api_answer(results: list[dict[str, Any]]) -> bytes:
    """A whole answer of the NPPES interface."""
    return json.dumps({"result_count": len(results), "results": results}).encode()


API_ERRORS = json.dumps(
    {"Errors": [{"description": "No valid search criteria provided", "field": "", "number": "03"}]}
).encode()
"""What the interface answers, under status 200, to what it does not understand."""


def ods_answer(organisations: list[tuple[str, str, str, bool]]) -> bytes:
    """An answer of the NHS Organisation Data Service (ORD 2-0-0) with (code, name, postcode, whether active)."""
    return json.dumps(
        {
            "Organisations": [
                {
                    "Name": name,
                    "OrgId": code,
                    "Status": "Active" if active else "Inactive",
                    "OrgRecordClass": "RC1",
                    "PostCode": postcode,
                    "LastChangeDate": "2026-03-31",
                    "PrimaryRoleId": "RO182",
                    "PrimaryRoleDescription": "PHARMACY",
                    "OrgLink": f"https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations/{code}",
                }
                for code, name, postcode, active in organisations
            ]
        }
    ).encode()


def _iso(day: str) -> str:
    return f"{day[6:]}-{day[:2]}-{day[3:5]}" if day else ""
