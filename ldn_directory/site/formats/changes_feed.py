"""Changes as an Atom feed (RFC 4287) and as JSON."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from xml.etree import ElementTree

from ldn_directory.site.i18n.labels import change_in_words, what_changed, word
from ldn_directory.site.queries.provider import Row
from ldn_directory.site.search.changes import ChangeQuery, Page

from .content import compact_json

ATOM = "application/atom+xml; charset=utf-8"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XMLNS = "http://www.w3.org/2005/Atom"
LONG_AGO = "1970-01-01T00:00:00Z"


def as_json(asked: ChangeQuery, page: Page) -> str:
    """The changes, the address of the next page, and the cursor for later requests."""
    following = asked.address("/changes.json", since=page.cursor)
    found = {"changes": page.rows, "next": following if page.more else None, "cursor": page.cursor}
    return compact_json(found)


def as_atom(asked: ChangeQuery, page: Page, titles: Mapping[str, str], read: str | None, base: str) -> str:
    """The changes as a feed; `read` is when lists were last read, the feed's date if it has no entry.

    `base` is the public address of the site: ids are universally unique (RFC 4287, section 4.2.6) only with it.
    """
    feed = ElementTree.Element("feed", xmlns=_XMLNS)
    _put(feed, "id", _id(base + asked.address("/changes")))
    _put(feed, "title", "LDN directory: changes")
    _put(feed, "subtitle", ", ".join(asked.filters.values()) or "Everything that changed in the lists")
    _put(feed, "updated", page.rows[0]["at"] if page.rows else read or LONG_AGO)
    _put(ElementTree.SubElement(feed, "author"), "name", "LDN directory")
    here = {"before": asked.before or ""}
    _link(feed, "self", base + asked.address("/changes.atom", **here), "application/atom+xml")
    _link(feed, "alternate", base + asked.address("/changes", **here), "text/html")
    if asked.before:
        _link(feed, "first", base + asked.address("/changes.atom"), "application/atom+xml")
    if page.more:
        _link(feed, "next", base + asked.address("/changes.atom", before=page.more), "application/atom+xml")
    for row in page.rows:
        _entry(feed, row, titles, base)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode") + "\n"


def _entry(feed: ElementTree.Element, row: Row, titles: Mapping[str, str], base: str) -> None:
    entry = ElementTree.SubElement(feed, "entry")
    _put(entry, "id", _id(f"{base}/changes#{row['id']}"))
    who = row["name"] or (f"Entry {row['provider']}" if row["provider"] else "An entry")
    _put(entry, "title", f"{who}: {what_changed(row).lower()}")
    _put(entry, "updated", row["at"])
    ElementTree.SubElement(entry, "category", term=row["what"], label=word("change", row["what"]))
    page = f"/provider/{row['provider']}" if row["name"] else f"/changes?before={row['id'] + 1}&size=1"
    _link(entry, "alternate", base + page, "text/html")
    _put(entry, "content", change_in_words(row, titles.get(row["source"])))


def _id(address: str) -> str:
    """A UUID from an address (RFC 9562, version 5)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, address).urn


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _NO_XML.sub("", text)


def _link(parent: ElementTree.Element, relation: str, address: str, kind: str) -> None:
    ElementTree.SubElement(parent, "link", rel=relation, href=address, type=kind)
