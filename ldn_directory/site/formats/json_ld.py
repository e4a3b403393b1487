"""JSON-LD with the vocabulary of https://schema.org/, as an answer of its own and inside pages.

The document states what it is a page of and which pages it is based on. The entry itself is a `MedicalBusiness` or
something more specific. A person is its employee, as address, new patients and area belong to a business.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from ldn_directory.site.i18n.labels import web_link, word
from ldn_directory.site.search import Results

from .content import LICENCE, EntryView, Point, Row, SearchPage, compact_json, is_exact, point_of, terms

EXTENSION, MEDIA_TYPE = "jsonld", "application/ld+json"
CONTEXT = "https://schema.org/"
_TYPES = {"clinic": "MedicalClinic", "pharmacy": "Pharmacy"}
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def format_entry(shown: EntryView) -> str:
    """The page of an entry, the entry, and the pages of lists that it is based on."""
    return compact_json({"@context": CONTEXT} | _page_of(shown))


def format_search(page: SearchPage) -> str:
    """A page of results: a list of entries, each as on its own page but without its sources."""
    items = [{"item": _business(shown)} for shown in page.shown]
    following = page.next_address(EXTENSION)
    found = {
        "@context": CONTEXT,
        "@type": "SearchResultsPage",
        "url": page.base + page.address(EXTENSION),
        "relatedLink": page.base + following if following else None,
        "license": LICENCE,
        "mainEntity": _list(page.results, items),
    }
    return compact_json(_without_empty(found))


def format_list(results: Results, base: str) -> str:
    """The results as addresses and names, for the search page."""
    items = [{"url": f"{base}/provider/{row['id']}", "name": row["name"]} for row in results.rows]
    return compact_json({"@context": CONTEXT} | _list(results, items))


def script_json(text: str) -> Markup:
    """JSON for a `script` element, escaped so that nothing in it can end the element (HTML, section 4.12.1.3)."""
    return Markup(text.translate(_ESCAPED))  # noqa: S704 (everything that could be markup is escaped)


def _list(results: Results, items: Iterable[Row]) -> Row:
    elements = [
        {"@type": "ListItem", "position": position} | item for position, item in enumerate(items, results.start + 1)
    ]
    return {
        "@type": "ItemList",
        "numberOfItems": results.total,
        "itemListOrder": "https://schema.org/ItemListOrderAscending",
        "itemListElement": elements,
    }


def _page_of(shown: EntryView) -> Row:
    listings = (listing for listing in shown.entry.listings if web_link(listing["page"]))
    return _without_empty(
        {
            "@type": "WebPage",
            "@id": shown.url,
            "url": shown.url,
            "name": shown.provider["name"],
            "lastReviewed": shown.reviewed_on,
            "license": LICENCE,
            "mainEntity": _business(shown),
            "isBasedOn": [_source_page(shown, listing) for listing in listings],
        }
    )


def _source_page(shown: EntryView, listing: Row) -> Row:
    source = shown.source_of(listing)
    publisher = _without_empty(
        {"@type": "Organization", "name": source.get("publisher"), "url": web_link(source["homepage"])}
    )
    return _without_empty(
        {
            "@type": "WebPage",
            "url": listing["page"],
            "name": source["title"],
            "publisher": publisher if source.get("publisher") else None,
        }
    )


def _business(shown: EntryView) -> Row:
    row, places = shown.provider, shown.entry.locations
    first, *further = places or (row,)
    return _without_empty(
        {
            "@type": _type_of(shown),
            "@id": f"{shown.url}#entry",
            "name": _business_name(shown),
            "description": shown.caution,
            "mainEntityOfPage": shown.url,
            "url": shown.website,
            "telephone": shown.phone or shown.phone_text,
            "email": shown.email,
            "address": _address(first),
            "geo": _geo(point_of(first)) if _can_be_visited(first) else None,
            "location": [_place(place) for place in further],
            "employee": _person(shown) if shown.is_person else None,
            "isAcceptingNewPatients": {"yes": True, "no": False}.get(row["accepts_new"]),
            "medicalSpecialty": _specialties(shown),
            "knowsAbout": row["specialty"],
            "knowsLanguage": None if shown.is_person else _languages(shown),
            "areaServed": _areas(shown),
            "makesOffer": _telehealth() if row["telehealth"] == "yes" else None,
            "identifier": [_number(found) for found in shown.registrations],
            "sameAs": [found["link"] for found in shown.registrations if web_link(found["link"])],
            "alternateName": [] if shown.is_person else [said.value for said in shown.entry.other_names],
        }
    )


def _type_of(shown: EntryView) -> str | list[str]:
    """The type: Physician only with a physician's credential; a service without a place is no local business.

    MedicalOrganization has new patients and specialties, MedicalBusiness places; the other types are both.
    """
    if shown.is_physician:
        return "Physician"
    if shown.provider["kind"] in _TYPES:
        return _TYPES[shown.provider["kind"]]
    is_local = any(map(_can_be_visited, shown.entry.locations or (shown.provider,)))
    return ["MedicalBusiness", "MedicalOrganization"] if is_local else "MedicalOrganization"


def _can_be_visited(place: Row) -> bool:
    """Whether more than a region or country is stated."""
    return any(place[part] for part in ("address", "street", "city", "postcode"))


def _business_name(shown: EntryView) -> str:
    return str((shown.is_person and shown.provider["practice"]) or shown.provider["name"])


def _person(shown: EntryView) -> Row:
    parts = shown.parts
    return _without_empty(
        {
            "@type": "Person",
            "name": shown.provider["name"],
            "givenName": parts and parts.given[0],
            "additionalName": parts and " ".join(parts.given[1:]),
            "familyName": parts and parts.family,
            "honorificSuffix": shown.provider["credentials"],
            "alternateName": [said.value for said in shown.entry.other_names],
            "knowsLanguage": _languages(shown),
        }
    )


def _address(place: Row) -> Row | None:
    # The whole address, if its street is not known separately.
    street = place["street"] or place["address"]
    address = _without_empty(
        {
            "streetAddress": street,
            "addressLocality": place["city"],
            "addressRegion": place["region"],
            "postalCode": place["postcode"],
            "addressCountry": place["country_code"] or place["country"],
        }
    )
    return {"@type": "PostalAddress"} | address if address else None


def _geo(point: Point | None) -> Row | None:
    if point is None:
        return None
    exact = {"@type": "GeoCoordinates", "latitude": point.latitude, "longitude": point.longitude}
    if is_exact(point):
        return exact
    return {"@type": "GeoCircle", "geoMidpoint": exact, "geoRadius": f"{(point.precision_km or 0) * 1000:.0f}"}


def _place(place: Row) -> Row:
    return _without_empty(
        {"@type": "Place", "name": place["practice"], "address": _address(place), "geo": _geo(point_of(place))}
    )


def _specialties(shown: EntryView) -> list[str]:
    members = terms()["specialties"]
    stated = [text.strip().casefold() for text in (shown.provider["specialty"] or "").replace(";", ",").split(",")]
    return list(dict.fromkeys(f"https://schema.org/{members[text]}" for text in stated if text in members))


def _languages(shown: EntryView) -> list[Any]:
    return [
        _without_empty({"@type": "Language", "name": one.name, "alternateName": one.tag}) for one in shown.languages
    ]


def _areas(shown: EntryView) -> list[Row]:
    return [
        {"@type": "AdministrativeArea", "name": region["region"], "identifier": region["region_code"]}
        for region in shown.entry.serves
    ]


def _telehealth() -> Row:
    return {"@type": "Offer", "itemOffered": {"@type": "Service", "serviceType": "Telehealth"}}


def _number(found: Row) -> Row:
    register = word("register", found["register"])
    return {"@type": "PropertyValue", "propertyID": found["register"], "name": register, "value": found["number"]}


def _without_empty(node: Row) -> Row:
    """The node without empty properties."""
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}
