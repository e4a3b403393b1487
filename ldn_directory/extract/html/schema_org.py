"""Interprets schema.org items: what they are, and the records they give. The vocabulary is in `schema_org.toml`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from ldn_directory.extract.facts import facts
from ldn_directory.extract.page import Page, host_of
from ldn_directory.model import Labelled, Link, Record
from ldn_directory.normalize.names import looks_like_organisation
from ldn_directory.normalize.web import is_safe_url

from .linked_data import Graph, Item

MAX_VALUES = 20
MAX_PLACES = 50
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,100}>", re.I)
_TAG = re.compile(r"</?[a-z][^<>]{0,500}>", re.I)
_WORD = re.compile(r"[^\W\d_]{4,}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_AT = re.compile(r"[@=/](-?\d{1,2}\.\d+)(?:,|%2C)(-?\d{1,3}\.\d+)")
_ADDRESS = ("streetAddress", "addressLocality", "addressRegion", "postalCode", "addressCountry")
REACHING = frozenset({"telephone", "email", "streetAddress", "addressLocality", "postalCode", "address"})
_MAX_CREDENTIALS = 60
_KINDS = {"pharmacy": {"pharmacy", "drugstore"}, "clinic": {"medicalclinic", "hospital"}}
_TYPES, _PROPERTIES = facts("schema_org")["types"], facts("schema_org")["properties"]
PERSONS, PRACTICES = frozenset(_TYPES["persons"]), frozenset(_TYPES["practices"])
BUSINESSES, ORGANISATIONS = frozenset(_TYPES["businesses"]), frozenset(_TYPES["organisations"])
WRITINGS, WORKPLACES = frozenset(_TYPES["writings"]), tuple(_PROPERTIES["workplaces"])
PATH_TO_ENTRIES, STAFF = frozenset(_PROPERTIES["path_to_entries"]), frozenset(_PROPERTIES["staff"])
MAIN_SUBJECT, ASIDES = frozenset(_PROPERTIES["main_subject"]), frozenset(_PROPERTIES["asides"])


def types_of(item: Item) -> frozenset[str]:
    """The item's schema.org types in lower case, without prefix or URL."""
    stated = item.get("@type") or item.get("type") or ()
    listed = stated[:MAX_VALUES] if isinstance(stated, list) else [stated]
    return frozenset(_local_name(name) for name in listed if isinstance(name, str))


@lru_cache(maxsize=4_096)
def _local_name(name: str) -> str:
    return re.split(r"[/#:]", name.rstrip("/"))[-1].lower()


def text_of(value: Any, graph: Graph | None = None) -> str | None:
    """A value as text. Items give their name, lists are joined with commas."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return _plain(value) or None
        case int() | float():
            return str(value)
        case list():
            said = dict.fromkeys(text for inner in value[:MAX_VALUES] if (text := text_of(inner, graph)))
            return ", ".join(said) or None
        case Mapping():
            whole = graph.resolve(value) if graph else value
            inner = next((whole[name] for name in ("name", "@value", "value", "termCode") if whole.get(name)), None)
            return text_of(inner) if isinstance(inner, (str, int, float)) else None
    return None


def _plain(text: str) -> str:
    """The text without markup and entities."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", _BREAK.sub("\n", text))
    return text.strip()


def name_of(item: Item) -> str | None:
    """The item's name on one line, composed from its parts if necessary."""
    stated = item.get("name") or item.get("legalName")
    whole = text_of(stated[0] if isinstance(stated, list) and stated else stated)
    parts = (text_of(item.get(name)) for name in ("givenName", "additionalName", "familyName"))
    return " ".join((whole or " ".join(filter(None, parts))).split())[:200] or None


def item_records(page: Page, graph: Graph, item: Item, *, own_page: bool) -> Iterator[Record]:
    """One record for each place of the item; none without a name or a way to contact it."""
    whole = graph.resolve(item)
    name = name_of(whole)
    if not name:
        return
    is_person = bool(types_of(whole) & PERSONS)
    work = workplace_of(whole, graph) if is_person else None
    places = _places(whole, work, graph)
    for ordinal, place in enumerate(places[:MAX_PLACES], 1):
        holders = (whole, place, work) if is_person else (place, whole)
        reaching = [*_contact_texts(holders, graph), *_address(place.get("address"), graph)]
        texts = [*_name_texts(name, is_person, whole, work, graph), *reaching, *_detail_texts(whole, graph)]
        if not any(text.label in REACHING for text in texts):
            continue
        sites, links = _sites(page, whole, work, own_page=own_page)
        key = _key(page, whole)
        yield Record(
            page=page.url,
            key=f"{key}|{ordinal}" if key and ordinal > 1 else key,
            texts=(*texts, *sites),
            links=links,
            point=_point(place) or (_point(whole) if len(places) == 1 else None),
        )


def _key(page: Page, item: Item) -> str | None:
    """The item's `@id`. On the page's own site without scheme and host, which change more often than paths."""
    identity = item.get("@id")
    if not isinstance(identity, str) or not identity.strip() or identity.startswith("_:"):
        return None
    whole = page.absolute(identity) or identity
    return whole.split("/", 3)[-1] if host_of(whole) == host_of(page.base) else whole


def workplace_of(person: Item, graph: Graph) -> Item | None:
    """Where a person works, with at least a name; None if the page does not say."""
    for name in WORKPLACES:
        value = person.get(name)
        first = graph.resolve(value[0] if isinstance(value, list) and value else value)
        if isinstance(first, Mapping) and name_of(first):
            return first
        if isinstance(first, str) and first.strip() and not first.startswith("http"):
            return {"name": first}
    return None


def _places(item: Item, work: Item | None, graph: Graph) -> list[Item]:
    """The items that hold the addresses: the item itself, its locations or its workplace. At least the item."""
    found = [{**item, "address": address} for address in as_list(item.get("address"))]
    resolve = [graph.resolve(place) for name in _PROPERTIES["places"] for place in as_list(item.get(name))]
    inner = [place for place in resolve if isinstance(place, Mapping) and not _stands_alone(place, item)]
    phone = {"telephone": item.get("telephone")}
    found += [
        {**phone, **place, "address": address} for place in inner for address in as_list(place.get("address"))[:1]
    ]
    if not found and work is not None:
        found = [{**work, "address": address} for address in as_list(work.get("address"))[:1]]
    distinct = {repr(_address(place.get("address"), graph)): place for place in reversed(found)}
    return list(reversed(distinct.values())) or [item]


def _stands_alone(place: Item, item: Item) -> bool:
    """Whether a location is a practice with its own name, and so an entry of its own."""
    return bool(types_of(place) & (PRACTICES | BUSINESSES)) and name_of(place) not in (
        None,
        name_of(item),
    )


def as_list(value: Any) -> list[Any]:
    """The values of a property, which holds one or several. Empty values are left out."""
    return [inner for inner in (value[:MAX_PLACES] if isinstance(value, list) else [value]) if inner]


def _name_texts(name: str, is_person: bool, item: Item, work: Item | None, graph: Graph) -> list[Labelled]:
    label = "name" if is_person or not looks_like_organisation(name) else "practice"
    texts = [Labelled(label=label, text=name)]
    for stated in ("honorificSuffix", "hasCredential"):
        said = _credentials(item.get(stated), graph)
        if said and said.casefold() not in name.casefold():
            texts.append(Labelled(label="credentials", text=said))
    if work is not None and (practice := name_of(work)) and practice != name:
        texts.append(Labelled(label="practice", text=practice))
    kind = next((kind for kind, types in _KINDS.items() if types_of(item) & types), None)
    if kind and not is_person:
        texts.append(Labelled(label="kind", text=kind))
    return texts


def _credentials(value: Any, graph: Graph) -> str | None:
    stated = [graph.resolve(one) for one in as_list(value)]
    names = ("abbreviation", "alternateName", "credentialCategory")
    said = [
        text_of(next(filter(None, map(one.get, names)), one) if isinstance(one, Mapping) else one) for one in stated
    ]
    return ", ".join(text for text in said if text and len(text) <= _MAX_CREDENTIALS and "://" not in text) or None


def _contact_texts(holders: Sequence[Item | None], graph: Graph) -> list[Labelled]:
    """The first phone and the first e-mail address among the holders."""
    texts = []
    for label in ("telephone", "email"):
        stated = (_contact(holder, label, graph) for holder in holders if holder)
        if said := next(filter(None, stated), None):
            texts.append(Labelled(label=label, text=said))
    return texts


def _contact(item: Item, label: str, graph: Graph) -> str | None:
    points = map(graph.resolve, as_list(item.get("contactPoint") or item.get("contactPoints")))
    items = [point for point in points if isinstance(point, Mapping)]
    holders = [item, *(point for point in items if "fax" not in str(point.get("contactType", "")).lower())]
    said = next(filter(None, (text_of(holder.get(label)) for holder in holders)), None)
    return re.sub(r"^(?:tel|mailto):\s*", "", said, flags=re.I)[:300] if said else None


def _address(value: Any, graph: Graph) -> list[Labelled]:
    value = graph.resolve(value[0] if isinstance(value, list) and value else value)
    if isinstance(value, str):
        return [Labelled(label="address", text=whole)] if (whole := _plain(value)) else []
    if not isinstance(value, Mapping):
        return []
    lowered = {str(name).lower(): inner for name, inner in value.items()}
    texts = [
        Labelled(label=part, text=said) for part in _ADDRESS if (said := text_of(lowered.get(part.lower()), graph))
    ]
    if not texts and (said := text_of(value.get("name") or value.get("description"))):
        return [Labelled(label="address", text=said)]
    return texts


def _detail_texts(item: Item, graph: Graph) -> list[Labelled]:
    found = {
        "job title": text_of(item.get("jobTitle"), graph),
        "medicalSpecialty": _specialties(item.get("medicalSpecialty") or item.get("specialty"), graph),
        "areaServed": text_of([area for area in as_list(item.get("areaServed")) if not _is_circle(area)], graph),
        "languages": text_of(item.get("knowsLanguage") or item.get("availableLanguage"), graph),
        "isAcceptingNewPatients": text_of(item.get("isAcceptingNewPatients"), graph),
        "npi": _npi(item, graph),
    }
    return [Labelled(label=label, text=text) for label, text in found.items() if text]


def _specialties(value: Any, graph: Graph) -> str | None:
    said = (text_of(one, graph) for one in as_list(value))
    plain = (_CAMEL.sub(" ", re.split(r"[/#]", text)[-1]) if "schema.org" in text else text for text in said if text)
    return ", ".join(dict.fromkeys(text for text in plain if "://" not in text)) or None


def _is_circle(area: Any) -> bool:
    return isinstance(area, Mapping) and bool(types_of(area) & {"geocircle", "geoshape"})


def _npi(item: Item, graph: Graph) -> str | None:
    if said := text_of(item.get("usNPI") or item.get("npi")):
        return said
    for one in as_list(item.get("identifier")):
        whole = graph.resolve(one)
        if isinstance(whole, Mapping) and re.search(r"\bnpi\b", f"{whole.get('propertyID')} {whole.get('name')}", re.I):
            return text_of(whole.get("value"))
    return None


def _sites(
    page: Page, item: Item, work: Item | None, *, own_page: bool
) -> tuple[tuple[Labelled, ...], tuple[Link, ...]]:
    """(website, links to the entry's page). An address on the page's host is taken for a page in a directory,
    unless the site is the practice's own.
    """
    stated = [said for holder in (item, work or {}) for name in ("url", "sameAs") for said in as_list(holder.get(name))]
    joined = (page.absolute(said) for said in stated if isinstance(said, str))
    addresses = [address for address in joined if address and is_safe_url(address)]
    host = host_of(page.base)
    here = [address for address in addresses if host_of(address) == host and "#" not in address]
    away = (address for address in addresses if host_of(address) != host and not is_third_party_site(address))
    if not page.base.startswith("http"):
        away = (address for address in away if not _is_page_in_a_directory(address, name_of(item) or ""))
    site = min(here, key=len) if own_page and here else next(away, None)
    details = [] if own_page else [address for address in here[:1] if address != page.base]
    texts = (Labelled(label="website", text=site),) if site else ()
    return texts, tuple(Link(text="page", href=address, rel="detail") for address in details)


def _is_page_in_a_directory(address: str, name: str) -> bool:
    """Whether the address is that of an entry's page, on a host that is not named after it. For pages read from files,
    whose own host is not known.
    """
    words = set(_WORD.findall(name.casefold()))
    slug = set(_WORD.findall(urlsplit(address).path.rsplit("/", 1)[-1].casefold()))
    return bool(slug & words) and not any(word in host_of(address) for word in words)


def is_third_party_site(address: str) -> bool:
    """Whether the address belongs to social media, maps, registers or the like."""
    host = f"{host_of(address)}/"
    return any(mark in host for mark in _PROPERTIES["not_sites"])


def _point(item: Item) -> tuple[float, float] | None:
    geo = item.get("geo")
    holders: tuple[Any, ...] = (geo[0] if isinstance(geo, list) and geo else geo, item)
    for holder in holders:
        try:
            return _degrees(holder["latitude"]), _degrees(holder["longitude"])
        except (TypeError, KeyError, ValueError):
            continue
    found = _AT.search(next((said for said in as_list(item.get("hasMap")) if isinstance(said, str)), "")[:1_000])
    return (float(found[1]), float(found[2])) if found else None


def _degrees(value: Any) -> float:
    return float(value.strip().replace(",", ".") if isinstance(value, str) else value)
