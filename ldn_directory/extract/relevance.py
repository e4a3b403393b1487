"""Decides whether extracted entries can be prescribers or pharmacies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from ldn_directory.model import Kind, Listing, Record
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import fold

from .facts import facts, phrase_pattern
from .kinds import kind_said
from .page import Page, split_url

UNCONFIRMED = (
    "nothing on the page shows that these are prescribers or pharmacies: check the entries before you keep them"
)
MAX_LINE = 50
"""Longer lines are prose, which may mention all kinds of people."""
SHARE_MEDICAL = 0.2
SHARE_OTHER = 0.5
_SAMPLE = 200
_PEOPLE = frozenset(("name", "title", "credentials"))
_SEPARATORS = re.compile(r"[_./\\\x1f-]+|(?<=[a-z])(?=[A-Z])")


def describe_off_topic(records: Sequence[Record], listings: Sequence[Listing]) -> str | None:
    """Why the entries are surely something else (staff, adverts, orders, departments); None if nothing shows that.

    Job titles count only if most of the people have no medical degree.
    """
    records, listings = records[:_SAMPLE], listings[:_SAMPLE]
    lists = ["matter"] if _count_credentials(listings) >= SHARE_OTHER * len(listings) else ["matter", "roles"]
    matched = [word for record in records if (word := _other(record, lists))]
    departments = [
        listing.name
        for listing in listings
        if listing.name and phrase_pattern("relevance", "departments").fullmatch(fold(listing.name))
    ]
    of_orders = [label for record in records if (label := _foreign_label(record))]
    for found, of, least in ((of_orders, records, 1), (matched, records, 2), (departments, listings, 2)):
        if len(found) >= max(least, SHARE_OTHER * len(of)):
            said = f"{len(found)} of {len(of)} entries say “{max(found, key=found.count)}” or similar"
            return f"{said}: they are not prescribers or pharmacies"
    return None


def is_medical_list(page: Page, records: Sequence[Record], listings: Sequence[Listing]) -> bool:
    """Whether the title, a heading, the address, a label or a fifth of the entries mention medicine or pharmacies."""
    if any(is_medical(text) for text in _surrounding_texts(page, records)):
        return True
    entries = records[:_SAMPLE]
    return max(_count_credentials(listings[:_SAMPLE]), sum(is_medical(record.block) for record in entries)) >= max(
        1, SHARE_MEDICAL * len(entries)
    )


def kind_of_list(page: Page) -> Kind | None:
    """Pharmacies, if the page's title, heading or address says so, and none names a kind of people; else None."""
    said = [text for text in _about_page(page) if text]
    people = (word for text in said for word in re.findall(r"[^\W\d_]{4,}", text.casefold()))
    is_mixed = any(field_of(word) in _PEOPLE for word in people)
    return Kind.PHARMACY if not is_mixed and any(kind_said(text) == "pharmacy" for text in said) else None


def _count_credentials(listings: Sequence[Listing]) -> int:
    return sum(bool(listing.credentials) for listing in listings)


def _foreign_label(record: Record) -> str | None:
    """A label of orders, gifts or trials."""
    labels = (fold(_words(text.label)) for text in record.texts if text.label)
    return next((label for label in labels if phrase_pattern("relevance", "labels").fullmatch(label)), None)


def _other(record: Record, lists: Sequence[str]) -> str | None:
    """The words by which the entry says that it is of somebody else."""
    for text in record.texts:
        for said in (fold(_words(text.label or "")), *map(fold, text.text.split("\n"))):
            found = next((word for name in lists if (word := phrase_pattern("relevance", name).search(said))), None)
            if found and len(said) <= MAX_LINE:
                return found[0]
    return next(
        (
            found[0]
            for heading in record.headings
            if (found := phrase_pattern("relevance", "roles").fullmatch(fold(heading)))
        ),
        None,
    )


def names_other_role(text: str) -> bool:
    """Whether the job title is that of somebody who neither prescribes nor dispenses."""
    return bool(phrase_pattern("relevance", "roles").search(fold(text)))


def _surrounding_texts(page: Page, records: Sequence[Record]) -> Iterator[str]:
    """The page's title, main headings and path, and the headings and labels of the entries."""
    yield from _about_page(page)
    if page.kind == "html":
        yield from (heading.text_content() for heading in page.root.xpath("//h2")[:20])
    yield from dict.fromkeys(heading for record in records[:_SAMPLE] for heading in record.headings)
    yield from dict.fromkeys(_words(text.label) for record in records[:_SAMPLE] for text in record.texts if text.label)


def _about_page(page: Page) -> Iterator[str]:
    """The page's path, title and main heading."""
    yield _words(unquote(split_url(page.url).path if page.url.startswith("http") else ""))
    if page.kind == "html":
        yield from (str(text) for text in page.root.xpath("//title/text()")[:1])
        yield from (heading.text_content() for heading in page.root.xpath("//h1")[:5])


def _words(label: str) -> str:
    return _SEPARATORS.sub(" ", label)


def is_medical(text: str) -> bool:
    """Whether the text has a word of medicine, pharmacies or naltrexone."""
    return bool(phrase_pattern("relevance", "medical").search(fold(text))) or any(
        part in text for part in facts("relevance")["medical_parts"]
    )
