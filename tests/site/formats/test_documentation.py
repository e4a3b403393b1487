"""What docs/formats.md says of the formats is what they give."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ldn_directory.site.formats import FORMATS, fhir, vcard

from .test_json_ld import PROPERTIES
from .test_vcard import unfolded

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text("utf-8")
OF_EVERY_CARD = {"BEGIN", "END", "VERSION", "PRODID"}
OF_A_LIST = {
    "numberOfItems",
    "itemListOrder",
    "itemListElement",
    "position",
    "item",
    "itemOffered",
    "value",
    "propertyID",
    "geoMidpoint",
    "latitude",
    "longitude",
    "streetAddress",
    "addressLocality",
    "addressRegion",
    "postalCode",
    "addressCountry",
    "employee",
}
"""What schema.org itself says best."""


def test_every_format_is_there():
    for form in FORMATS:
        assert f"| `{form.extension}` | `{form.media_type.partition(';')[0]}`" in DOCS


def test_every_property_of_schema_org_is_there():
    assert not [name for name in PROPERTIES.keys() - OF_A_LIST if f"`{name}`" not in DOCS]


def test_every_resource_of_fhir_is_there(everybody):
    kinds = {
        entry["resource"]["resourceType"] for one in everybody for entry in json.loads(fhir.format_entry(one))["entry"]
    }
    assert not [kind for kind in kinds if f"`{kind}" not in DOCS]


def test_every_property_of_a_card_is_there(everybody):
    names = {re.split("[;:]", line)[0] for one in everybody for line in unfolded(vcard.format_entry(one))}
    assert not [name for name in names - OF_EVERY_CARD if f"`{name}" not in DOCS]
