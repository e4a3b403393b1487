"""CSV files of `scrapy crawl NAME -o FILE.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrapy.exporters import CsvItemExporter


class ListingCsvExporter(CsvItemExporter):
    """Writes several phones, languages or regions of a listing into one cell, separated by semicolons."""

    def serialize_field(self, field: Mapping[str, Any], name: str, value: Any) -> Any:
        """The text of a cell."""
        if not isinstance(value, list):
            return super().serialize_field(field, name, value)
        if name == "phones":
            value = [phone["e164"] or phone["raw"] for phone in value]
        return "; ".join(part if isinstance(part, str) else ": ".join(part) for part in value)
