"""A page as fiction: the same structure, labels and lengths without its people, for a test that may be published.

Nothing is trusted: a word stays only if it is known to mean structure, and the same text becomes the same fiction
wherever it stands.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import lxml.html
from lxml.html import HtmlElement

from ldn_directory.example.practitioners import facts, towns
from ldn_directory.extract.facts import facts as extract_facts
from ldn_directory.extract.json.api import answer_of
from ldn_directory.extract.page import Page
from ldn_directory.model import Listing
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.words import read_toml

ENDINGS = {"html": "html", "json": "json", "text": "txt"}
"""The kinds of page that can be rewritten safely, each with the ending of its file."""
_DROPPED_TAGS = ("style", "svg", "template", "object", "embed", "canvas", "video", "audio", "link", "base")
_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(
    r"(?:https?:)?//[^\s<>\"'|]+|\bwww\.[^\s<>\"'|,;]+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|health|clinic|care|de|nl|fr|co\.uk|ca|au|io)\b(?:/[^\s<>\"'|,;]*)?",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\uefff\uf900-\ufffd\U00010000-\U000effff]")
_PHONE = re.compile(r"(?<![\w@])\+?\(?\d(?:[\d\s().\u2010-\u2015\u00a0/·-]{5,22})\d(?!\w)")
_ZIP_OR_DATE = re.compile(r"\d{5}-\d{4}|\d{4}-\d\d-\d\d")
_EXAMPLE_HOST = re.compile(r"[@/.]example\.(?:com|org|net)")
_TAG = re.compile(r"<[^<>]*>")
_NAMES_OF_MARKUP = re.compile(r"</?[a-zA-Z][\w:-]*|\s[\w:@.-]+=(?=\")|\"[\w@-]+\"(?=:)|&\w+;")
_ATTRIBUTE = re.compile(r"[a-zA-Z_][\w.-]*")
_PLAIN_KEYS = re.compile(r"^(?:@?type|@context|.*_?type|locale|lang(?:uage)?|status|format|currency)$", re.IGNORECASE)
_MARK = 0xF0000
"""Start of a private-use plane, whose characters stand for what is replaced already."""


class CannotInvent(Exception):
    """The page cannot be turned into fiction; the message says why."""


@cache
def rules() -> dict[str, Any]:
    """The tables of `fiction.toml`."""
    return tomllib.loads(Path(__file__).with_name("fiction.toml").read_text(encoding="utf-8"))


@cache
def kept_words() -> frozenset[str]:
    """Words that mean structure, in lower case: the table's, those of labels and those of marks."""
    labels = (label for labels in read_toml("labels.toml").values() for label in labels)
    marks = extract_facts("marks")
    icons = (word for table in ("icons", "classes") for words in marks[table].values() for word in words)
    return frozenset(
        word.casefold() for word in _WORD.findall(" ".join((rules()["kept"], *labels, *icons, *marks["labels"])))
    )


def fictional_page(page: Page, listings: Sequence[Listing]) -> bytes:
    """The page as fiction, UTF-8. Raises CannotInvent if it cannot be made, or still holds anything of a listing."""
    fiction = Fiction(listings)
    match page.kind:
        case "html":
            made = fiction.markup(page.root)
        case "json":
            made = json.dumps(fiction.value(answer_of(page)), ensure_ascii=False, indent=1)
        case "text":
            made = "\n".join(map(fiction.text, page.text.splitlines()))
        case _:
            raise CannotInvent(f"a {page.kind} file cannot be rewritten as fiction: invent a small one by hand")
    if left := leaks(made, listings, fiction.personal):
        real = f"{len(left)} real values (such as {sorted(left)[0]!r})"
        raise CannotInvent(f"the fiction still holds {real}: nothing was kept of the page")
    return made.encode("utf-8", "replace")


def leaks(made: str, listings: Sequence[Listing], personal: Iterable[str]) -> set[str]:
    """Whatever of the listings still stands in the text: words of names, numbers, addresses, streets."""
    plain = made.casefold()
    words = words_of(_NAMES_OF_MARKUP.sub(" ", made))
    left = {word for word in personal if len(word) > 2 and word in words}
    digits = re.sub(r"(?<=\d)[^\d<>\"'=,\n]{1,3}(?=\d)", "", made)
    for listing in listings:
        numbers = (one.raw for one in listing.phones if re.sub(r"\D", "", one.raw) in digits)
        left |= {one for one in numbers if not re.search(r"55501\d\d$|207946\d{4}$", re.sub(r"\D", "", one))}
        street = listing.street if re.search(r"\d", listing.street or "") else None
        values = (one for one in (listing.email, listing.website, street) if one and len(one) > 6)
        left |= {one for one in values if one.casefold().rstrip("/") in plain and not _EXAMPLE_HOST.search(one)}
    return left


class Fiction:
    """Turns texts of one page into fiction. What the listings hold is known to be personal."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        named = words_of(" ".join(f"{one.name or ''} {one.practice or ''}" for one in listings))
        self.personal = named - kept_words()
        self._first = {first for one in listings for first in _WORD.findall(one.name or "")[:1]}
        self._degrees = {
            word
            for one in listings
            for word in _WORD.findall(one.credentials or "")
            if len(word) <= 8 and word[0].isupper() and word.casefold() not in self.personal
        }
        self._exact: dict[str, str] = {}
        for listing in listings:
            self._learn_place(listing)
        exact = sorted(self._exact, key=len, reverse=True)
        self._known = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in exact) or r"(?!)", re.I)

    def _learn_place(self, listing: Listing) -> None:
        """Keeps the region and country, and takes another town of the region for the town."""
        for place in (listing.region, listing.country):
            if place and len(place) > 2 and not words_of(place) & self.personal:
                self._exact.setdefault(place.casefold(), place)
        known = towns().get(listing.country_code or "", ())
        if known and listing.city and len(listing.city) > 2:
            near = [town for town in known if town.region_code == listing.region_code] or known
            town = self._pick(near, listing.city)
            self._exact.setdefault(listing.city.casefold(), town.city)
            if listing.postcode and " " not in listing.postcode:
                self._exact.setdefault(listing.postcode.casefold(), town.postcode)

    def text(self, text: str) -> str:
        """The text as fiction: labels, regions, countries and structure are kept, all else is replaced in shape."""
        text = _UNPRINTABLE.sub("", text)
        if not text.strip() or self._is_structure(text.strip(" :*,()\n\t")):
            return text
        done: list[str] = []

        def finish(value: str) -> str:
            done.append(value)
            return chr(_MARK + len(done) - 1)

        text = _EMAIL.sub(lambda found: finish(self.email(found[0])), text)
        text = _ADDRESS.sub(lambda found: finish(self.address(found[0])), text)
        text = self._known.sub(lambda found: finish(_match_case(self._exact[found[0].casefold()], found[0])), text)
        text = _PHONE.sub(lambda found: finish(phone(found[0])), text)
        text = _WORD.sub(lambda found: self.word(found[0]), re.sub(r"\d+", lambda found: _digits(found[0]), text))
        return re.sub(f"[{chr(_MARK)}-{chr(_MARK + 0xFFFD)}]", lambda found: done[ord(found[0]) - _MARK], text)

    def _is_structure(self, plain: str) -> bool:
        """Whether a text is a label, a region or a country. Labels of machines are dotted, as addresses are."""
        if len(plain) > 40 or re.search(r"[.@/\d]", plain) or words_of(plain) & self.personal:
            return False
        return bool(field_of(plain) or region(plain) or country(plain))

    def word(self, word: str) -> str:
        """One word: kept if it means structure, else replaced by one of the same writing and case."""
        folded = word.casefold()
        is_code = len(word) == 2 and word.isupper() and (country(word) or any(region(word, at) for at in ("US", "CA")))
        if folded not in self.personal and (
            len(word) == 1 or folded in kept_words() or word in self._degrees or is_code
        ):
            return word
        if not word[0].isascii() and ord(word[0]) > 0x24F:
            return "".join(map(_other_letter, word))
        words = facts("words")
        pool = words["first_names"] if word in self._first else _surnames() if word[0].isupper() else rules()["prose"]
        return _match_case(self._pick(pool, folded), word)

    def _pick(self, pool: Sequence[Any], key: str) -> Any:
        """One of the pool, always the same for a key, and none that is a word of the page's people."""
        start = _number(key)
        turns = (pool[(start + turn) % len(pool)] for turn in range(len(pool)))
        return next(one for one in turns if not words_of(getattr(one, "city", one)) & self.personal)

    def email(self, address: str) -> str:
        """Another address of the same shape, at example.com."""
        mailbox, _, host = address.partition("@")
        return f"{self._path(mailbox)}@{self._host(host)}"

    def address(self, address: str) -> str:
        """Another web address of the same shape, at example.com; one without a host keeps none."""
        scheme, slashes, rest = address.rpartition("//") if "//" in address[:8] else ("", "", address)
        if not slashes and address.startswith(("/", "?", "#", ".")):
            return self._path(address)
        host, path = re.match(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
        return scheme + slashes + ("www." if host.startswith("www.") else "") + self._host(host) + self._path(path)

    def _host(self, host: str) -> str:
        plain = host.lower().removeprefix("www.")
        made = (self._pick(rules()["prose"], key) for key in (plain, plain[::-1]))
        return plain if plain in ("example.com", "example.org", "example.net") else f"{'-'.join(made)}.example.com"

    def _path(self, path: str) -> str:
        words = _WORD.sub(lambda found: self.word(found[0]), unquote(path))
        return quote(re.sub(r"\d+", lambda found: _digits(found[0]), words), safe="/?=&.-_~%:,+;[]#")

    def markup(self, root: HtmlElement) -> str:
        """A page's elements as fiction."""
        root = lxml.html.fromstring(lxml.html.tostring(root, encoding="unicode"))
        for element in list(root.iter(*_DROPPED_TAGS)):
            if element.getparent() is not None:
                element.drop_tree()
        self._rewrite(root)
        return "<!DOCTYPE html>\n" + str(lxml.html.tostring(root, encoding="unicode"))

    def _rewrite(self, root: HtmlElement) -> None:
        """Turns the texts and attributes of all elements into fiction; programs are left out."""
        for element in root.iter():
            if isinstance(element.tag, str):
                attributes = list(element.attrib.items())
                element.attrib.clear()
                element.attrib.update(
                    (name, made) for name, value in attributes if (made := self._attribute(name, value))
                )
                if element.tag == "script":
                    element.text = self._script(element.text or "") if "json" in element.get("type", "") else None
                elif element.text:
                    element.text = self.text(element.text)
                element.tail = self.text(element.tail) if element.tail else element.tail

    def _script(self, text: str) -> str | None:
        try:
            return json.dumps(self.value(json.loads(text, strict=False)), ensure_ascii=False).replace("</", "<\\/")
        except (ValueError, RecursionError):
            return None

    def _attribute(self, name: str, value: str) -> str | None:
        """Another value. None for names that are malformed: bad quoting makes names of people's words."""
        tables, value = rules()["attributes"], _UNPRINTABLE.sub("", value)
        personal = words_of(name.replace("_", " ")) & self.personal
        if not _ATTRIBUTE.fullmatch(name) or personal or name in tables["dropped"] or name.startswith("on"):
            return None
        if name in tables["addresses"]:
            return self._href(value)
        if name in tables["kept"]:
            tokens = value.split()
            return " ".join(
                self.text(one) if words_of(one.replace("_", " ")) & self.personal else one for one in tokens
            )
        return self.text(value)

    def _href(self, value: str) -> str:
        scheme, _, rest = value.strip().partition(":")
        match scheme.lower():
            case "mailto":
                return f"mailto:{self.email(rest.split('?')[0])}"
            case "tel" | "callto" | "sms" | "fax":
                return f"{scheme}:{phone(rest)}"
            case "javascript" | "data" | "vbscript":
                return "#"
            case _:
                return self.address(value.strip())

    def value(self, value: Any, key: str = "") -> Any:
        """A value of JSON."""
        match value:
            case dict():
                return {name: self.value(inner, str(name)) for name, inner in value.items()}
            case list():
                return [self.value(inner, key) for inner in value]
            case str() if _PLAIN_KEYS.match(key) and not words_of(value) & self.personal:
                return value
            case str() if value.startswith(("http://", "https://", "/", "mailto:", "tel:")) and " " not in value:
                return self._href(value)
            case str() if "<" in value:
                return self._fragment(value)
            case str():
                return self.text(value)
            case float():
                return round(value) + 0.5
            case int() if abs(value) >= 10_000:
                return int(self.text(str(value)))
            case _:
                return value

    def _fragment(self, markup: str) -> str:
        """Markup in a string: tags keep their names and classes, text and addresses become fiction."""
        try:
            box = lxml.html.fragment_fromstring(markup, create_parent="div")
        except (ValueError, lxml.etree.LxmlError):
            return self.text(_TAG.sub(" ", markup))
        self._rewrite(box)
        return str(lxml.html.tostring(box, encoding="unicode")).removeprefix("<div>").removesuffix("</div>")


def phone(written: str) -> str:
    """A number set aside for fiction, written the same way: +1 ... 555-01xx, +44 20 7946 0xxx, or one of no country."""
    digits = re.sub(r"\D", "", written)
    if len(digits) < 7 or _ZIP_OR_DATE.fullmatch(written.strip()):
        return re.sub(r"\d+", lambda found: _digits(found[0]), written)
    seed = _number(digits)
    if digits.startswith("44") and len(digits) == 12:
        invented = f"44207946{seed % 1000:04d}"
    elif digits.startswith("0") and len(digits) == 11 and not written.lstrip().startswith("+"):
        invented = f"0207946{seed % 1000:04d}"
    elif len(digits) in (7, 10) or (len(digits) == 11 and digits[0] == "1"):
        invented = f"{digits[:-7]}55501{seed % 100:02d}"
    else:
        invented = digits[:4] + _digits(digits[4:])
    following = iter(invented)
    return re.sub(r"\d", lambda _: next(following), written)


def words_of(text: str) -> set[str]:
    """The words of a text, in lower case, from two letters on."""
    return {word.casefold() for word in _WORD.findall(text) if len(word) > 1}


def _digits(digits: str) -> str:
    """Other digits, as many; a leading zero, or none, stays so."""
    seed = _number(digits)
    other = "".join(str((seed >> 5 * place) % 10) for place in range(len(digits)))
    return ("0" if digits[0] == "0" else str(int(other[0]) % 9 + 1)) + other[1:]


def _other_letter(letter: str) -> str:
    """Another letter of the same writing and case: one of its neighbours in Unicode."""
    start = ord(letter) & ~0x1F
    near = [one for one in map(chr, range(start, start + 0x20)) if one.isalpha() and one.isupper() == letter.isupper()]
    return near[_number(letter) % len(near)] if near else letter


def _match_case(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    if like.islower():
        return word.lower()
    return word if word[:1].isupper() else word.capitalize()


@cache
def _surnames() -> tuple[str, ...]:
    words = facts("words")
    return tuple(start + end for start in words["surname_starts"] for end in words["surname_ends"])


def _number(key: str) -> int:
    return int(hashlib.sha256(key.casefold().encode()).hexdigest(), 16)
