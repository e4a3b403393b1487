"""The project's own list of organisations that state on a public page that they prescribe or compound LDN."""

from __future__ import annotations

import os

from ldn_directory.families import TabularFile
from ldn_directory.model import Evidence, Expect, Kind, Source
from ldn_directory.storage import DATA, editable_file


class Curated(TabularFile):
    """Organisations with the page that is their evidence, one row each, in `data/curated.csv`."""

    name = "curated"
    source = Source(
        title="Organisations that state it themselves",
        publisher="LDN directory",
        homepage="/sources",
        licence="Facts from each organisation's own public page; the compilation is CC BY 4.0",
        evidence=Evidence.OWN_SITE,
        record_key="hash of name, region and phone; changes when an organisation is renamed",
        kind=Kind.PHARMACY,
        every_days=1,
        expect=Expect(at_least=20),
        needs_acceptance=False,
        rechecked=True,
    )

    @classmethod
    def addresses(cls) -> list[str]:
        """The file in the data folder if it is there, else the project's own."""
        return [editable_file(os.environ.get("LDN_DATA", DATA), "curated.csv").as_uri()]
