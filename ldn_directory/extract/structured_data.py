"""Entries that a page states for machines: schema.org as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ldn_directory.model import Extraction, Labelled, Link, Record
from ldn_directory.normalize.web import is_safe_url

from .page import Page

MOST_SCRIPTS = 200
MOST_DEPTH = 8
PERSONS = frozenset({"person", "physician", "individualphysician"})
PLACES = frozenset(
    {"medicalclinic", "medicalbusiness", "pharmacy", "hospital", "healthandbeautybusiness", "medicalorganization",
     "professionalservice", "localbusiness", "physiciansoffice"}
)  # fmt: skip
_NOT_INTO = frozenset({"author", "publisher", "review", "reviews", "creator", "editor", "comment", "isPartOf", "breadcrumb", "provider"})
_PLAIN = ("telephone", "email", "medicalSpecialty", "areaServed", "knowsLanguage", "isAcceptingNewPatients", "usNPI")


def extract(page: Page) -> Extraction:
    """One record for each person or practice with contact data; the publisher's own data and authors are left out."""
    records: list[Record] = []
    for script in page.root.xpath("//script[contains(@type, 'ld+json')]")[:MOST_SCRIPTS]:
        try:
            value = json.loads((script.text_content() or "").strip(), strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(value, 0):
            record = _record(page, thing)
            if record is not None and record not in records:
                records.append(record)
    return Extraction(records=tuple(records))


def _things(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > MOST_DEPTH:
        return
    if isinstance(value, list):
        for inner in value:
            yield from _things(inner, depth + 1)
    elif isinstance(value, dict):
        if types_of(value) & (PERSONS | PLACES):
            yield value
            return
        for name, inner in value.items():
            if name not in _NOT_INTO and isinstance(inner, (dict, list)):
                yield from _things(inner, depth + 1)


def types_of(thing: Mapping[str, Any]) -> set[str]:
    """The schema.org types of a thing, in lower case."""
    stated = thing.get("@type", ())
    return {str(name).rsplit("/", 1)[-1].lower() for name in (stated if isinstance(stated, list) else [stated])}


def _record(page: Page, thing: Mapping[str, Any]) -> Record | None:
    texts: list[Labelled] = []
    name = _text(thing.get("name"))
    if not name:
        return None
    texts.append(Labelled(label="name", text=name))
    for label in _PLAIN:
        if said := _text(thing.get(label)):
            texts.append(Labelled(label=label, text=said.removeprefix("mailto:")))
    if practice := _text(thing.get("worksFor") or thing.get("affiliation")):
        texts.append(Labelled(label="practice", text=practice))
    texts += _address(thing.get("address") or _inner_address(thing.get("worksFor")))
    links = tuple(Link(text=label, href=said) for label in ("url",) if (said := _text(thing.get(label))) and is_safe_url(said))
    if len(texts) < 2 or not any(text.label in ("telephone", "email", "streetAddress", "addressLocality", "address") for text in texts):
        return None
    return Record(page=page.url, key=_text(thing.get("@id")), texts=tuple(texts), links=links, point=_point(thing.get("geo")))


def _inner_address(value: Any) -> Any:
    return value.get("address") if isinstance(value, dict) else None


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(said for inner in value[:10] if (said := _text(inner))) or None
    if isinstance(value, dict):
        return _text(value.get("name") or value.get("@value"))
    return str(value).strip() or None if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None


def _address(value: Any) -> list[Labelled]:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str):
        return [Labelled(label="address", text=value)]
    if not isinstance(value, dict):
        return []
    parts = ("streetAddress", "addressLocality", "addressRegion", "postalCode", "addressCountry")
    lowered = {str(name).lower(): inner for name, inner in value.items()}
    return [Labelled(label=part, text=said) for part in parts if (said := _text(lowered.get(part.lower())))]


def _point(geo: Any) -> tuple[float, float] | None:
    try:
        return float(geo["latitude"]), float(geo["longitude"])
    except (TypeError, KeyError, ValueError):
        return None
