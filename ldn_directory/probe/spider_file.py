"""The file of a spider that reads a page, filled in as far as the page itself says it."""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import parse_qsl, unquote

from ldn_directory.extract.notices import terms_link
from ldn_directory.extract.page import Page, split_url
from ldn_directory.model import Kind, Listing, Record
from ldn_directory.normalize.regions import fold
from ldn_directory.normalize.text_hygiene import clean
from ldn_directory.normalize.web import host_of

MOST_NAME = 50
AT_LEAST = 0.8
"""Share of the entries found now that every later harvest must reach."""
_PAGE_NUMBERS = ("page", "paged", "pg", "p", "page_number", "pagenumber")
_NO_WORDS = frozenset(
    ("html", "htm", "php", "aspx", "asp", "json", "csv", "xml", "index", "www", "wp", "wp-json", "api")
)


def spider_file(
    page: Page,
    base: str,
    listings: Sequence[Listing],
    records: Sequence[Record],
    attributes: Mapping[str, object] | None = None,
    home: Page | None = None,
    *,
    is_about_ldn: bool = True,
) -> str:
    """Python source of a spider class that reads `page`, to be looked through by a person.

    `base` is the class in `families.py`, `attributes` are its further attributes; one with a `preset` needs no
    address. `home` is the page that embeds the list, where the list itself stands at another address. What the page
    does not say is left out, or None where it must be looked up. A list that `is_about_ldn` is one of LDN prescribers.
    """
    shown, attributes = home or page, attributes or {}
    address = _address_of(shown)
    name = source_name(address)
    facts = [
        f"title={_string_literal(title_of(shown) or host_of(address) or name)}",
        *_if("publisher", publisher_of(shown)),
        f"homepage={_string_literal(_home_of(address))}",
        f"terms={_string_literal(terms_link(shown))}",
        *_if("about_page", home.url if home and home.url.startswith("http") else None),
        f"evidence=Evidence.{'OWN_SITE' if base == 'OwnPage' else 'LISTED' if is_about_ldn else 'PROXY'}",
        f"record_key={_string_literal(record_key(records))}",
        *(["kind=Kind.PHARMACY"] if kind_of(listings) is Kind.PHARMACY else []),
        *_if("country", country_of(listings)),
        *_if("language", language_of(shown)),
        f"expect=Expect(at_least={max(1, int(len(listings) * AT_LEAST))})",
    ]
    used = ["Evidence", "Expect", *(["Kind"] if any("Kind." in line for line in facts) else []), "Source"]
    lines = [
        f"from ldn_directory.families import {base}",
        f"from ldn_directory.model import {', '.join(used)}",
        "",
        "",
        f"class {class_name(name)}({base}):",
        '    """Say whose list this is, and what it lists."""',
        "",
        f"    name = {_string_literal(name)}",
        "    source = Source(",
        *(f"        {line}," for line in facts),
        "    )",
        *([] if "preset" in attributes else [f"    start_urls = [{_string_literal(page.url)}]"]),
        *(
            f"    {key} = {_string_literal(value) if isinstance(value, str) else repr(value)}"
            for key, value in attributes.items()
        ),
    ]
    return "\n".join([*lines, ""])


def as_list_for_ldn(spider: str) -> str:
    """The file of a spider whose list turned out to be about low-dose naltrexone after all."""
    return spider.replace("\n        evidence=Evidence.PROXY,\n", "\n        evidence=Evidence.LISTED,\n", 1)


def source_name(url: str) -> str:
    """A module name for the source at an address or of a file: ASCII, an identifier, at most 50 characters."""
    parts = split_url(url)
    if parts.scheme == "file":
        words = _words(" ".join(unquote(parts.path).split("/")[-2:]))
    else:
        host = host_of(url)
        words = _words("at " + host if re.fullmatch(r"[\d.:a-f\[\]]*[\d:][\d.:a-f\[\]]*", host) else _without_top(host))
        words += [word for word in _words(unquote(parts.path)) if word not in words]
    words = [word for word in words if word not in _NO_WORDS]
    while len("_".join(words)) > MOST_NAME and len(words) > 1:
        words.pop()
    name = "_".join(words)[:MOST_NAME].strip("_")
    if not any(letter.isalpha() for letter in name):
        name = f"list_{name or hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()[:8]}"
    name = f"list_{name}" if name[0].isdigit() else name
    return f"{name}_list" if keyword.iskeyword(name) else name


def class_name(name: str) -> str:
    """The class name that belongs to a module name."""
    return "".join(word.capitalize() for word in name.split("_"))


def title_of(page: Page) -> str | None:
    """The page's own title, or its first heading."""
    if page.kind != "html":
        return None
    for text in (page.root.findtext(".//head/title"), page.root.xpath("string((//h1)[1])")):
        if text and (title := " ".join(clean(str(text)).split())):
            return title if len(title) <= 100 else f"{title[:99].rstrip()}…"
    return None


def publisher_of(page: Page) -> str | None:
    """Who publishes the site, as it says for machines; None if it does not."""
    names = "//meta[@property='og:site_name']/@content | //meta[@name='application-name']/@content"
    stated = page.root.xpath(names) if page.kind == "html" else ()
    return next((text for one in stated if (text := " ".join(clean(str(one)).split()))), None)


def language_of(page: Page) -> str | None:
    """ISO 639-1 code of the page's language, if it states one."""
    root = page.root.attrib if page.kind == "html" else {}
    stated = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    found = re.match(r"([a-z]{2})(?:$|[-_])", stated.strip().lower())
    return found[1] if found else None


def country_of(listings: Sequence[Listing]) -> str | None:
    """The country that every single entry states; None as soon as one does not."""
    stated = {listing.country_code for listing in listings}
    return next(iter(stated)) if len(stated) == 1 else None


def kind_of(listings: Sequence[Listing]) -> Kind:
    """Pharmacies, if four of five entries are; else prescribers."""
    pharmacies = sum(listing.kind is Kind.PHARMACY for listing in listings)
    return Kind.PHARMACY if pharmacies * 5 >= len(listings) * 4 and listings else Kind.PRESCRIBER


def record_key(records: Sequence[Record]) -> str:
    """In words, what will identify an entry of the list, and what is known of how long that lasts."""
    keyed = sum(bool(record.key) for record in records)
    hashed = "hash of name, region and phone; changes when one of these does"
    if not keyed:
        return hashed
    if keyed == len(records) and len({record.key for record in records}) == keyed:
        return "the page's own key of each entry, seen in one reading only: look whether it lasts"
    return f"the page's own key where an entry has one ({keyed} of {len(records)}), else {hashed}"


def paging_of(page: Page, found: int) -> dict[str, object]:
    """How a JSON endpoint turns its pages, where its address says so; empty if it does not."""
    query = {name: int(value) for name, value in parse_qsl(split_url(page.url).query) if value.isdigit()}
    for name, value in query.items():
        if name.lower() in _PAGE_NUMBERS:
            return {"paging": ("page", name, value)}
        if name.lower() in ("offset", "skip", "start") and found:
            sizes = (size for key, size in query.items() if key.lower() in ("limit", "per_page", "count", "take"))
            return {"paging": ("offset", name, next(sizes, found))}
    return {}


def _address_of(page: Page) -> str:
    """Where the page stands on the web; for a saved one the address that it says it had, or else its own."""
    saved = page.kind == "html" and not page.url.startswith("http")
    return page.base if saved and page.base.startswith("http") else page.url


def _home_of(address: str) -> str:
    parts = split_url(address)
    if parts.scheme == "file":
        return "/sources"
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else address


def _without_top(host: str) -> str:
    """The host without its top-level domain, readable where it is internationalised."""
    with suppress(UnicodeError):
        host = host.encode("ascii").decode("idna") if "xn--" in host else host
    return host.rsplit(".", 1)[0]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", fold(text.replace(".", " ").replace("_", " ")))


def _string_literal(text: str | None) -> str:
    """A string literal in double quotes, or None; whatever a page puts into it stays inside."""
    if text is None:
        return "None"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in escaped) + '"'


def _if(name: str, value: str | None) -> list[str]:
    return [f"{name}={_string_literal(value)}"] if value else []
