"""Takes the publisher's own contacts out of the entries of its list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ldn_directory.extract.signals import phones_in
from ldn_directory.model import Record
from ldn_directory.normalize.web import emails

_SHORT = 60
_LEAST_OF_PUBLISHER = 4


def without_publisher(records: list[Record], framed: frozenset[str]) -> list[Record]:
    """Removes contacts that also appear in the page's frame, unless most entries have them, and those in all entries.

    What all entries have is the publisher's if most have another of its kind besides.
    """
    owned = [contact for contact in framed if sum(_states(record, contact) for record in records) * 2 < len(records)]
    owned += _in_all(records)
    return [
        _strip_contacts(record, owned) if any(_states(record, contact) for contact in owned) else record
        for record in records
    ]


def _in_all(records: list[Record]) -> list[str]:
    """The numbers (last nine digits) and e-mail addresses that nearly all entries state beside another one."""
    found: list[str] = []
    for contacts_of in (_numbers_in, _emails_in):
        stated = [contacts_of(record) for record in records]
        counted = Counter(contact for contacts in stated for contact in contacts)
        several = sum(len(contacts) > 1 for contacts in stated) * 10 >= 6 * len(records)
        most = max(_LEAST_OF_PUBLISHER, 0.9 * len(records))
        found += [contact for contact, count in counted.items() if several and count >= most]
    return found


def _numbers_in(record: Record) -> set[str]:
    texts = (text.text for text in record.texts if len(text.text) <= _SHORT)
    return {"".join(filter(str.isdigit, number))[-9:] for text in texts for number in phones_in(text)}


def _emails_in(record: Record) -> set[str]:
    return {found.lower() for text in record.texts if len(text.text) <= _SHORT for found in emails(text.text)}


def _strip_contacts(record: Record, owned: list[str]) -> Record:
    texts = [text for text in record.texts if len(text.text) > _SHORT or not _holds_any(text.text, owned)]
    links = [link for link in record.links if not _holds_any(link.href, owned)]
    return replace(record, texts=tuple(texts), links=tuple(links))


def _states(record: Record, contact: str) -> bool:
    said = (*(text.text for text in record.texts), *(link.href for link in record.links))
    return any(_holds_any(text, [contact]) for text in said)


def _holds_any(text: str, contacts: Sequence[str]) -> bool:
    digits = "".join(filter(str.isdigit, text))
    return any(contact in (digits if contact.isdigit() else text.lower()) for contact in contacts)
