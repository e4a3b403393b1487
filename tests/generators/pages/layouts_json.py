"""Layouts of JSON: ten shapes in which endpoints and scripts answer."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from .html_parts import shell
from .people import ENGLISH, Entry
from .plan import Plan, layout

JSON_TYPE = "application/json; charset=utf-8"
DATA = ("list", "keys", "cells", "data")
KEYS: tuple[dict[str, str], ...] = (
    {
        "name": "name", "credentials": "credentials", "practice": "practice", "street": "address", "city": "city",
        "region": "state", "postcode": "zip", "country": "country", "phone": "phone", "fax": "fax", "email": "email",
        "website": "website", "specialty": "specialty", "notes": "notes", "latitude": "lat", "longitude": "lng", "number": "house_number",
    },
    {
        "name": "fullName", "credentials": "degrees", "practice": "officeName", "street": "streetAddress", "city": "addressLocality",
        "region": "stateProvince", "postcode": "postalCode", "country": "countryName", "phone": "telephone", "fax": "faxNumber",
        "email": "emailAddress", "website": "url", "specialty": "focus", "notes": "remarks", "latitude": "latitude",
        "longitude": "longitude", "number": "streetNumber",
    },
    {
        "name": "provider", "credentials": "letters", "practice": "organisation", "street": "addr_1", "city": "town",
        "region": "region", "postcode": "postcode", "country": "nation", "phone": "tel", "fax": "fax_no", "email": "mail",
        "website": "homepage", "specialty": "area", "notes": "info", "latitude": "y", "longitude": "x", "number": "addr_no",
    },
)  # fmt: skip
PARTS = ("street", "city", "region", "postcode", "country")


def key(plan: Plan, field: str) -> str:
    """The page's key for a field; where it has a language other than English, sometimes the word of that."""
    if plan.keys == 2 and plan.language not in ENGLISH and field in plan.labels:
        return plan.prefix + re.sub(r"\W+", "_", plan.labels[field].casefold()).strip("_")
    return f"{plan.prefix}{KEYS[plan.keys][field]}"


def texts(plan: Plan, entry: Entry) -> dict[str, str]:
    """What the entry says, by field, in the page's order; fields without a value are empty."""
    found = {"name": f"{entry.mark}{entry.title}{entry.name}"}
    if any(one.credentials for one in plan.entries):
        found["credentials"] = entry.credentials
    for block in plan.blocks:
        match block:
            case "address":
                found |= _place(plan, entry)
            case "phone":
                found["phone"] = " / ".join(entry.phones)
                if plan.has("fax_beside"):
                    found["fax"] = entry.fax if entry.phones else ""
            case "notes":
                found["notes"] = "; ".join([*entry.notes, *entry.extras])
            case _:
                found[block] = str(getattr(entry, block))
    if entry.extras and "notes" not in plan.blocks:
        found["notes"] = "; ".join(entry.extras)
    return found


def _place(plan: Plan, entry: Entry) -> dict[str, str]:
    parts = {
        "street": entry.street,
        "city": entry.city,
        "region": entry.region,
        "postcode": entry.postcode,
        "country": entry.country,
    }
    used = {name for one in plan.entries for name in PARTS if getattr(one, name)}
    found = {name: value for name, value in parts.items() if name in used}
    if plan.has("street_in_two") and found.get("street"):
        numbers = [word for word in entry.street.split() if word.strip(",")[:1].isdigit()]
        number = numbers[0] if numbers else ""
        rest = " ".join(word for word in entry.street.split() if word != number).strip(" ,")
        found = {"number": number.strip(","), **found, "street": rest}
    return found


def row(plan: Plan, entry: Entry, *, point: bool = False) -> dict[str, Any]:
    """The entry as one flat object."""
    found: dict[str, Any] = {key(plan, field): value for field, value in texts(plan, entry).items()}
    if point:
        found |= {key(plan, "latitude"): entry.point[0], key(plan, "longitude"): entry.point[1]}
    return found


def dump(value: Any) -> str:
    """JSON as servers write it."""
    return json.dumps(value, ensure_ascii=False)


@layout("json", *DATA, "point", media_type=JSON_TYPE, number=(5, 20))
def json_flat(plan: Plan) -> str:
    """A list of flat objects with numbers and dates among them."""
    return dump(
        [
            {"id": 900 + place, **row(plan, entry, point=True), "updated": "2031-04-02"}
            for place, entry in enumerate(plan.entries)
        ]
    )


@layout("json", *DATA, media_type=JSON_TYPE, number=(5, 20), always=("address",))
def json_nested(plan: Plan) -> str:
    """Objects within objects: the address, the contacts, and the person's name in its parts."""
    rows = []
    for place, entry in enumerate(plan.entries):
        said = texts(plan, entry)
        where = {key(plan, name): value for name, value in said.items() if name in (*PARTS, "number")}
        reach = {key(plan, name): value for name, value in said.items() if name in ("phone", "fax", "email", "website")}
        rest = {
            key(plan, name): value
            for name, value in said.items()
            if name in ("practice", "specialty", "notes", "credentials")
        }
        person = (
            {"first_name": entry.first, "last_name": entry.last}
            if entry.first and not plan.has("last_name_first")
            else {key(plan, "name"): said["name"]}
        )
        rows.append({"id": place, "person": person, **rest, "location": where, "contact": reach})
    return dump({"success": True, "data": {"items": rows, "total": len(rows)}})


@layout("json", *DATA, media_type=JSON_TYPE, number=(5, 12))
def json_parallel_arrays(plan: Plan) -> str:
    """One array a field, all of one length."""
    rows = [row(plan, entry) for entry in plan.entries]
    return dump(
        {name: [one.get(name, "") for one in rows] for name in dict.fromkeys(name for one in rows for name in one)}
    )


@layout("json", *DATA, "point", media_type="application/geo+json", number=(5, 20))
def json_geojson(plan: Plan) -> str:
    """Features with a point and properties."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [entry.point[1], entry.point[0]]},
            "properties": row(plan, entry),
        }
        for entry in plan.entries
    ]
    return dump({"type": "FeatureCollection", "features": features})


@layout("json", *DATA, "point", media_type=JSON_TYPE, number=(5, 20))
def json_elasticsearch(plan: Plan) -> str:
    """The answer of a search server: hits within hits, each with its source."""
    hits = []
    for place, entry in enumerate(plan.entries):
        source = {**row(plan, entry), "location": {"lat": entry.point[0], "lon": entry.point[1]}}
        hits.append({"_index": "people", "_id": f"k{place}", "_score": 1.0, "_source": source})
    return dump(
        {"took": 3, "timed_out": False, "hits": {"total": {"value": len(hits), "relation": "eq"}, "hits": hits}}
    )


@layout("json", *DATA, media_type=JSON_TYPE, number=(5, 20))
def json_columns_and_rows(plan: Plan) -> str:
    """The names of the columns apart from the rows of values."""
    rows = [row(plan, entry) for entry in plan.entries]
    names = list(dict.fromkeys(name for one in rows for name in one))
    return dump(
        {"columns": [{"name": name} for name in names], "rows": [[one.get(name, "") for name in names] for one in rows]}
    )


@layout("json", "list", "data", "marks", "lines", media_type=JSON_TYPE, number=(4, 12))
def json_escaped_markup(plan: Plan) -> str:
    """A list of posts whose text is markup."""
    posts = []
    for place, entry in enumerate(plan.entries):
        said = [escape(entry.practice)] if entry.practice else []
        said += [escape(line) for line in entry.address_lines if entry.city]
        said += [f"{escape(plan.labels['phone'])}: {escape(number)}" for number in entry.phones]
        said += (
            [f'<a href="{escape(entry.email_href)}">{escape(entry.email)}</a>']
            if entry.email_href
            else [escape(entry.email)]
            if entry.email
            else []
        )
        said += [f'<a href="{escape(entry.website)}">{escape(plan.labels["website"])}</a>'] if entry.website else []
        said += [escape(line) for line in (entry.specialty, *entry.notes, *entry.extras) if line]
        text = f"<p>{'<br />'.join(said)}</p>\n"
        posts.append(
            {
                "id": 40 + place,
                "slug": f"p{place}",
                "title": {"rendered": escape(entry.whole_name)},
                "content": {"rendered": text, "protected": False},
            }
        )
    return dump(posts)


@layout("json", "list", "data", number=(3, 10), always=("address",))
def json_ld_graph(plan: Plan) -> str:
    """A page whose entries stand in a JSON-LD graph, and on the page only their names."""
    graph: list[dict[str, Any]] = [
        {"@type": "WebSite", "name": plan.publisher.practice, "url": "https://lists.example.org/"}
    ]
    for entry in plan.entries:
        address = {
            "@type": "PostalAddress", "streetAddress": entry.street, "addressLocality": entry.city,
            "addressRegion": entry.region, "postalCode": entry.postcode, "addressCountry": entry.country,
        }  # fmt: skip
        node: dict[str, Any] = {
            "@type": "Pharmacy" if plan.pharmacies else "Physician",
            "name": f"{entry.title}{entry.name}",
        }
        node |= {"honorificSuffix": entry.credentials} if entry.credentials else {}
        node |= {"address": {name: value for name, value in address.items() if value}} if entry.city else {}
        node |= {"telephone": entry.phones[0]} if entry.phones else {}
        node |= {name: value for name, value in (("email", entry.email), ("url", entry.website)) if value}
        node |= {"worksFor": {"@type": "MedicalOrganization", "name": entry.practice}} if entry.practice else {}
        graph.append(node)
        entry.truth.pop("accepts_new", None)
        entry.truth.pop("telehealth", None)
    script = f'<script type="application/ld+json">{dump({"@context": "https://schema.org", "@graph": graph})}</script>'
    names = "".join(f"<li>{escape(entry.title + entry.name)}</li>" for entry in plan.entries)
    return shell(plan, f"{script}<ul>{names}</ul>")


@layout(
    "json", "keys", "cells", "data", "point", "one", media_type=JSON_TYPE, number=(1, 1), always=("address", "phone")
)
def json_one_object(plan: Plan) -> str:
    """The answer about one practice: one object, its address nested."""
    entry = plan.entries[0]
    said = texts(plan, entry)
    where = {key(plan, name): value for name, value in said.items() if name in (*PARTS, "number")}
    rest = {key(plan, name): value for name, value in said.items() if name not in (*PARTS, "number")}
    return dump(
        {
            "id": "a81",
            "type": "listing",
            **rest,
            "location": {**where, "lat": entry.point[0], "lng": entry.point[1]},
            "views": 118,
        }
    )


@layout("json", *DATA, media_type="application/x-ndjson", number=(5, 20))
def json_lines(plan: Plan) -> str:
    """One object a line."""
    return "\n".join(dump(row(plan, entry)) for entry in plan.entries) + "\n"
