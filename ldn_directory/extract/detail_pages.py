"""Finds entries whose contact data are on a page of their own, and merges that page into the entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import reduce
from typing import Any
from urllib.parse import urlsplit

from ldn_directory.model import Extraction, Labelled, Link, Problem, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.phones import has_phone
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.web import emails

from .html import generic, structured_data
from .merging import CONTACTS, NAMES, merge_records
from .page import Page, host_of

_WORD = re.compile(r"[^\W\d_]{3,}")
_NO_WORDS = frozenset(
    {"the", "and", "dr", "clinic", "center", "centre", "pharmacy", "medical", "health", "wellness", "med", "prof"}
)


def lacks_contact(record: Record) -> bool:
    """Whether the entry states no phone, e-mail or street."""
    if any(link.href.lower().startswith(("tel:", "mailto:")) for link in record.links):
        return False
    return not any(
        field_of(text.label) in CONTACTS or has_phone(text.text) or emails(text.text) for text in record.texts
    )


def incomplete_entries(page: Page, records: Sequence[Record]) -> list[tuple[str, Record]]:
    """(address of the entry's page, entry) for entries without contact data. The key comes from the address."""
    lacking = ((detail_address(page, record), record) for record in records if lacks_contact(record))
    found = [(address, record) for address, record in lacking if address]
    alone = len({address for address, _ in found}) == len(found)
    return [(address, _with_key(record, address, alone=alone)) for address, record in found]


def detail_address(page: Page, record: Record) -> str | None:
    """The address of the entry's own page on the same site, if it has one."""
    here, host = page.base.split("#")[0], host_of(page.base)
    links = [
        link.href for link in record.links if link.rel == "detail" and link.href.startswith(("http://", "https://"))
    ]
    return next((href for href in links if host_of(href) == host and href.split("#")[0] != here), None)


def _with_key(record: Record, address: str, *, alone: bool) -> Record:
    """The entry with the path of its page as key, which does not depend on what that page adds."""
    if record.key:
        return record
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return replace(record, key=path if alone else f"{path}|{fold(_name(record))}")


def _name(record: Record) -> str:
    named = " ".join(text.text for text in record.texts if field_of(text.label) in NAMES)
    practices = (text.text for text in record.texts if field_of(text.label) == "practice")
    return named or next(practices, record.texts[0].text if record.texts else "")


def extract(page: Page, listed: Record) -> Extraction:
    """Merges the entry's own page into the listed entry. Reports a problem if the page is about somebody else."""
    about = [record for record in _records_about(page) if _name_the_same(listed, record)] if page.body.strip() else []
    if about:
        return Extraction(records=(reduce(merge_records, about, listed),))
    what = "the entry's own page is not about it: only the values from the list are kept"
    return Extraction(records=(listed,), problems=(Problem(page=page.url, record=listed.key, what=what),))


def _records_about(page: Page) -> Iterator[Record]:
    """The single entries that the page's structured data and text describe."""
    stated = structured_data.extract(page).records
    yield from stated if len(stated) == 1 else ()
    for candidate in generic.candidates(page):
        if len(candidate.extraction.records) == 1:
            yield candidate.extraction.records[0]


def _name_the_same(listed: Record, found: Record) -> bool:
    """Whether two records share at least half of the name's words."""
    names = (text.text for text in found.texts if field_of(text.label) in NAMES | {"practice"})
    one, other = _words(_name(listed)), _words(" ".join(names))
    return bool(one & other) and (len(one & other) * 2 >= len(one))


def _words(text: str) -> set[str]:
    words = set(_WORD.findall(fold(text)))
    return words - _NO_WORDS or words


def record_to_json(record: Record) -> dict[str, Any]:
    """The record as JSON values, for the context of a request."""
    return asdict(record)


def record_from_json(row: Mapping[str, Any]) -> Record:
    """The record that `record_to_json` wrote."""
    return Record(
        page=row["page"],
        key=row["key"],
        texts=tuple(Labelled(**text) for text in row["texts"]),
        headings=tuple(row["headings"]),
        links=tuple(Link(**link) for link in row["links"]),
        point=tuple(row["point"]) if row["point"] else None,
    )
