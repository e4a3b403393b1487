"""A page as fiction: the same structure, labels and lengths without its people, for a test that may be published."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import lxml.html
from lxml.html import HtmlElement

from ldn_directory.extract.json.api import answer_of
from ldn_directory.extract.page import Page
from ldn_directory.model import Listing
from ldn_directory.normalize.web import cloudflare_email

from .fiction import Fiction, is_fictional, phone, printable, rules, words_of

ENDINGS = {"html": "html", "json": "json", "text": "txt"}
"""The kinds of page that can be rewritten safely, each with the ending of its file."""
_DROPPED_TAGS = ("style", "svg", "template", "object", "embed", "canvas", "video", "audio", "link", "base")
_EXAMPLE_HOST = re.compile(r"[@/.]example\.(?:com|org|net)")
_TAG = re.compile(r"<[^<>]*>")
_NAMES_OF_MARKUP = re.compile(r"</?[a-zA-Z][\w:-]*|\s[\w:@.-]+=(?=\")|\"[\w@-]+\"(?=:)|&\w+;")
_ATTRIBUTE = re.compile(r"[a-zA-Z_][\w.-]*")
_PLAIN_KEYS = re.compile(r"^(?:@?type|@context|.*_?type|locale|lang(?:uage)?|status|format|currency)$", re.IGNORECASE)


class CannotInvent(Exception):
    """The page cannot be turned into fiction; the message says why."""


def fictional_page(page: Page, listings: Sequence[Listing]) -> bytes:
    """The page as fiction, UTF-8. Raises CannotInvent if it cannot be made, or still holds anything of a listing."""
    fiction = Fiction(listings)
    match page.kind:
        case "html":
            made = _html(page, fiction)
        case "json":
            made = json.dumps(_value(answer_of(page), "", fiction), ensure_ascii=False, indent=1)
        case "text":
            made = "\n".join(fiction.text(line) for line in page.text.splitlines())
        case _:
            raise CannotInvent(f"a {page.kind} file cannot be rewritten as fiction: invent a small one by hand")
    if left := leaks(made, listings, fiction):
        real = f"{len(left)} real values (such as {sorted(left)[0]!r})"
        raise CannotInvent(f"the fiction still holds {real}: nothing was kept of the page")
    return made.encode("utf-8", "replace")


def leaks(made: str, listings: Sequence[Listing], fiction: Fiction) -> set[str]:
    """Whatever of the listings still stands in the text: words of names, numbers, addresses, streets."""
    plain = made.casefold()
    words = words_of([_NAMES_OF_MARKUP.sub(" ", made)])
    left = {word for word in fiction.personal if len(word) > 2 and word in words}
    digits = re.sub(r"(?<=\d)[^\d<>\"'=,\n]{1,3}(?=\d)", "", made)
    for listing in listings:
        numbers = (one.raw for one in listing.phones if re.sub(r"\D", "", one.raw) in digits)
        left |= {number for number in numbers if not is_fictional(number)}
        street = listing.street if re.search(r"\d", listing.street or "") else None
        values = (one for one in (listing.email, listing.website, street) if one and len(one) > 6)
        left |= {one for one in values if one.casefold().rstrip("/") in plain and not _EXAMPLE_HOST.search(one)}
    return left


def _html(page: Page, fiction: Fiction) -> str:
    root: HtmlElement = lxml.html.fromstring(lxml.html.tostring(page.root, encoding="unicode"))
    for element in list(root.iter()):
        if element.tag in _DROPPED_TAGS and element.getparent() is not None:
            element.drop_tree()
    _rewrite(root, fiction)
    return "<!DOCTYPE html>\n" + str(lxml.html.tostring(root, encoding="unicode"))


def _rewrite(root: HtmlElement, fiction: Fiction) -> None:
    """Turns the texts and attributes of all elements into fiction."""
    for element in root.iter():
        if isinstance(element.tag, str):
            _rewrite_attributes(element, fiction)
            if element.tag == "script":
                element.text = _script(element, fiction)
            elif element.text:
                element.text = fiction.text(element.text)
            element.tail = fiction.text(element.tail) if element.tail else element.tail


def _script(element: HtmlElement, fiction: Fiction) -> str | None:
    """Structured data as fiction; programs are left out."""
    if "json" not in (element.get("type") or ""):
        return None
    try:
        made = _value(json.loads(element.text or "", strict=False), "", fiction)
        return json.dumps(made, ensure_ascii=False).replace("</", "<\\/")
    except (ValueError, RecursionError):
        return None


def _rewrite_attributes(element: HtmlElement, fiction: Fiction) -> None:
    """Each attribute as fiction. One whose name is malformed is left out: bad quoting makes names of people's words."""
    tables = rules()["attributes"]
    attributes = list(element.attrib.items())
    element.attrib.clear()
    for name, value in attributes:
        personal = words_of(re.split(r"[\W_]+", name)) & fiction.personal
        if _ATTRIBUTE.fullmatch(name) and not personal and name not in tables["dropped"] and not name.startswith("on"):
            element.attrib[name] = printable(_attribute(element, name, value, tables, fiction))


def _attribute(element: HtmlElement, name: str, value: str, tables: dict[str, list[str]], fiction: Fiction) -> str:
    if name == "data-cfemail":
        return _mask_email(fiction.email(cloudflare_email(value) or "office@example.org"))
    if name in tables["pictures"] and element.tag in ("img", "source", "input", "script", "iframe", "body", "td"):
        return "/picture.png" if element.tag != "iframe" else fiction.address(value)
    if name in tables["addresses"]:
        return _href(value, fiction)
    if name in tables["kept"] or (name == "name" and element.tag != "a"):
        return " ".join(_identifier(token, fiction) for token in value.split())
    return fiction.text(value)


def _href(value: str, fiction: Fiction) -> str:
    scheme, _, rest = value.strip().partition(":")
    match scheme.lower():
        case "mailto":
            return f"mailto:{fiction.email(rest.split('?')[0])}" if "@" in rest else "mailto:"
        case "tel" | "callto" | "sms" | "fax":
            return f"{scheme}:{phone(rest)}"
        case "javascript" | "data" | "vbscript":
            return "#"
        case _:
            return fiction.address(value.strip())


def _identifier(token: str, fiction: Fiction) -> str:
    """A class or id: kept, but for words of people in it."""
    words = words_of(re.split(r"[\W\d_]+", token))
    return fiction.text(token) if words & fiction.personal else token


def _mask_email(address: str) -> str:
    """The address as Cloudflare masks it."""
    key = 0x5A
    return bytes([key, *(byte ^ key for byte in address.encode())]).hex()


def _value(value: Any, key: str, fiction: Fiction) -> Any:
    match value:
        case dict():
            return {name: _value(inner, str(name), fiction) for name, inner in value.items()}
        case list():
            return [_value(inner, key, fiction) for inner in value]
        case str() if _PLAIN_KEYS.match(key) and not words_of([value]) & fiction.personal:
            return value
        case str() if value.startswith(("http://", "https://", "//", "/", "mailto:", "tel:")) and " " not in value:
            return _href(value, fiction)
        case str() if "<" in value:
            return _fragment(value, fiction)
        case str():
            return fiction.text(value)
        case float():
            return round(value) + 0.5
        case int() if abs(value) >= 10_000:
            return int(fiction.text(str(value)).replace(" ", ""))
        case _:
            return value


def _fragment(markup: str, fiction: Fiction) -> str:
    """Markup in a string: tags keep their names and classes, text and addresses become fiction."""
    try:
        box = lxml.html.fragment_fromstring(markup, create_parent="div")
    except (ValueError, lxml.etree.LxmlError):
        return fiction.text(_TAG.sub(" ", markup))
    for element in [*box.iter("script"), *box.iter("style")]:
        element.text = None
    _rewrite(box, fiction)
    return str(lxml.html.tostring(box, encoding="unicode")).removeprefix("<div>").removesuffix("</div>")
