"""Texts without people, in the same shape: the same text becomes the same fiction wherever it stands."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ldn_directory.example.practitioners import facts, towns
from ldn_directory.extract.facts import facts as extract_facts
from ldn_directory.model import Listing
from ldn_directory.normalize.labels import field_of
from ldn_directory.normalize.names import looks_like_organisation
from ldn_directory.normalize.regions import country, region
from ldn_directory.normalize.words import read_toml

_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(
    r"(?:https?:)?//[^\s<>\"'|]+|\bwww\.[^\s<>\"'|,;]+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|health|clinic|care|de|nl|fr|co\.uk|ca|au|io)\b(?:/[^\s<>\"'|,;]*)?",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PHONE = re.compile(r"(?<![\w@])\+?\(?\d(?:[\d\s().\u2010-\u2015\u00a0/·-]{5,22})\d(?!\w)")
_POINT = re.compile(r"(?<![\d.-])(-?\d{1,3}\.)\d{2,}(?![\d.])")
_ZIP_OR_DATE = re.compile(r"\d{5}-\d{4}|\d{4}-\d\d-\d\d")
_MARK = 0xF0000
"""Start of a private-use plane, whose characters stand for what is replaced already."""


@cache
def rules() -> dict[str, Any]:
    """The tables of `fiction.toml`."""
    return tomllib.loads(Path(__file__).with_name("fiction.toml").read_text(encoding="utf-8"))


@cache
def kept_words() -> frozenset[str]:
    """Words that mean structure, in lower case: the table's, those of labels and those of marks."""
    labels = (label for labels in read_toml("labels.toml").values() for label in labels)
    icons = (
        word for table in ("icons", "classes") for words in extract_facts("marks")[table].values() for word in words
    )
    known = " ".join((rules()["kept"], *labels, *icons, *extract_facts("marks")["labels"]))
    return frozenset(word.casefold() for word in _WORD.findall(known))


class Fiction:
    """Turns texts of one page into fiction.

    What the listings hold is known to be personal. Nothing else is trusted either: a word stays only if it is known to
    mean structure.
    """

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.personal: set[str] = set()
        self._words: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        for word, pool in self._names(listings):
            if _script(word) == "prose" and word.casefold() not in self._words:
                self._words[word.casefold()] = self._pick(pool, word)
        for listing in listings:
            self._learn_place(listing)
        stated = {word for one in listings for word in _WORD.findall(one.credentials or "")}
        self._degrees = {
            word for word in stated if len(word) <= 8 and word[0].isupper() and word.casefold() not in self.personal
        }
        exact = sorted(self._exact, key=len, reverse=True)
        self._known = (
            re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in exact), re.IGNORECASE) if exact else None
        )

    def _names(self, listings: Sequence[Listing]) -> list[tuple[str, Sequence[str]]]:
        """The words of all names, each with names to take instead. They are personal from here on."""
        found: list[tuple[str, Sequence[str]]] = []
        for listing in listings:
            organisation = looks_like_organisation(listing.name or "") and not listing.credentials
            kept = kept_words() if organisation else frozenset(("dr", "prof"))
            for at, word in enumerate(_WORD.findall(listing.name or "")):
                if word.casefold() not in kept:
                    found.append((word, _surnames() if at or organisation else facts("words")["first_names"]))
            practice = _WORD.findall(listing.practice or "")
            found += [(word, _surnames()) for word in practice if word.casefold() not in kept_words()]
        found = [(word, pool) for word, pool in found if len(word) > 1]
        self.personal |= {word.casefold() for word, _ in found}
        return found

    def _learn_place(self, listing: Listing) -> None:
        for place in (listing.region, listing.country):
            if place and len(place) > 2 and not words_of([place]) & self.personal:
                self._exact.setdefault(place.casefold(), place)
        known = towns().get(listing.country_code or "", ())
        if not known or not listing.city:
            return
        near = [town for town in known if town.region_code == listing.region_code] or list(known)
        town = self._pick(near, listing.city.casefold())
        if len(listing.city) > 2:
            self._exact.setdefault(listing.city.casefold(), town.city)
        if listing.postcode:
            self._exact.setdefault(listing.postcode.casefold(), _postcode(town.postcode, listing.postcode))

    def _pick(self, pool: Sequence[Any], key: str) -> Any:
        """One of the pool, always the same for a key, and none that is a word of the page's people."""
        start = _number(key)
        turns = (pool[(start + turn) % len(pool)] for turn in range(len(pool)))
        free = (one for one in turns if not words_of([getattr(one, "city", one)]) & self.personal)
        return next(free, pool[start % len(pool)])

    def text(self, text: str) -> str:
        """The text as fiction: labels, regions, countries and structure are kept, all else is replaced in shape."""
        if not text.strip() or self._is_label(text) or self._is_region(text):
            return text
        text = printable(text)
        done: list[str] = []

        def finish(value: str) -> str:
            done.append(value)
            return chr(_MARK + len(done) - 1)

        text = "".join(letter for letter in text if not _MARK <= ord(letter) < _MARK + 0xFFFE)
        text = _EMAIL.sub(lambda found: finish(self.email(found[0])), text)
        text = _ADDRESS.sub(lambda found: finish(self.address(found[0])), text)
        if self._known:
            text = self._known.sub(lambda found: finish(_match_case(self._exact[found[0].casefold()], found[0])), text)
        text = _POINT.sub(lambda found: finish(f"{found[1]}5"), text)
        text = _PHONE.sub(lambda found: finish(phone(found[0])) if _is_phone(found[0]) else found[0], text)
        text = re.sub(r"\d+", lambda found: finish(_digits(found[0])), text)
        text = _WORD.sub(lambda found: self.word(found[0]), text)
        return re.sub(f"[{chr(_MARK)}-{chr(_MARK + 0xFFFD)}]", lambda found: done[ord(found[0]) - _MARK], text)

    def _is_label(self, text: str) -> bool:
        plain = text.strip(" :*\n\t")
        # Labels of machines are dotted paths; an address ends in a dot and a word, too.
        return not re.search(r"[.@/\d]", plain) and bool(field_of(plain)) and not words_of([plain]) & self.personal

    def _is_region(self, text: str) -> bool:
        plain = text.strip(" :,()\n\t")
        if len(plain) > 40 or {word.casefold() for word in _WORD.findall(plain)} & self.personal:
            return False
        return bool(region(plain) or country(plain))

    def word(self, word: str) -> str:
        """One word: kept if it means structure, else replaced by one of the same script and case."""
        folded = word.casefold()
        structure = len(word) == 1 or folded in kept_words() or word in self._degrees or self._is_code(word)
        if structure and folded not in self.personal:
            return word
        if folded in self._words:
            return _match_case(self._words[folded], word)
        script = _script(word)
        if script in ("han", "kana"):
            return "".join(self._pick(rules()[_script(letter)], letter) for letter in word)
        pool = _surnames() if script == "prose" and word[0].isupper() else rules()[script]
        return _match_case(self._pick(pool, folded), word)

    def _is_code(self, word: str) -> bool:
        known = country(word) or any(region(word, land) for land in ("US", "CA", "AU"))
        return len(word) == 2 and word.isupper() and bool(known)

    def email(self, address: str) -> str:
        """Another address of the same shape, at example.com."""
        mailbox = "".join(self._slug(part) for part in re.split(r"([.+_%-])", address.split("@")[0]))
        return f"{mailbox}@{self._host(address.split('@')[1])}"

    def address(self, address: str) -> str:
        """Another web address of the same shape, at example.com; one without a host keeps none."""
        try:
            parts = urlsplit(address if "//" in address or address.startswith(("/", "?", "#", ".")) else f"//{address}")
            host = parts.hostname
        except ValueError:
            return "#"
        rest = (("?", parts.query), ("#", parts.fragment))
        path = self._path(parts.path) + "".join(mark + self._path(part) for mark, part in rest if part)
        if not host:
            return path
        start = f"{parts.scheme}://" if parts.scheme else "//" if address.startswith("//") else ""
        return start + ("www." if host.startswith("www.") else "") + self._host(host) + path

    def _host(self, host: str) -> str:
        plain = host.lower().removeprefix("www.")
        if plain in ("example.com", "example.org", "example.net"):
            return plain
        return f"{self._pick(rules()['prose'], plain)}-{self._pick(rules()['prose'], plain[::-1])}.example.com"

    def _path(self, path: str) -> str:
        plain = unquote(path)
        words = _WORD.sub(lambda found: self._slug(found[0]), plain)
        return quote(re.sub(r"\d+", lambda found: _digits(found[0]), words), safe="/?=&.-_~%:,+;[]")

    def _slug(self, word: str) -> str:
        return self.word(word) if _WORD.fullmatch(word) else _digits(word) if word.isdigit() else word


def printable(text: str) -> str:
    """The text without characters that XML has no place for."""
    return _UNPRINTABLE.sub("", text)


def phone(written: str) -> str:
    """A number set aside for fiction, written the same way: +1 ... 555-01xx, +44 20 7946 0xxx, or one of no country."""
    digits = re.sub(r"\D", "", written)
    seed = _number(digits)
    if digits.startswith("44") and len(digits) == 12:
        invented = f"44207946{seed % 1000:04d}"
    elif digits.startswith("0") and len(digits) == 11 and not written.lstrip().startswith("+"):
        invented = f"0207946{seed % 1000:04d}"
    elif len(digits) in (10, 11) and (len(digits) == 10 or digits[0] == "1"):
        invented = f"{digits[:-7]}55501{seed % 100:02d}"
    elif len(digits) == 7:
        invented = f"55501{seed % 100:02d}"
    else:
        invented = digits[:4] + "".join(str((seed >> 4 * place) % 10) for place in range(len(digits) - 4))
    following = iter(invented)
    return re.sub(r"\d", lambda _: next(following), written)


def is_fictional(written: str) -> bool:
    """Whether a number is of a range set aside for fiction."""
    return bool(re.search(r"55501\d\d$|207946\d{4}$", re.sub(r"\D", "", written)))


def _is_phone(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return 7 <= digits <= 15 and not _ZIP_OR_DATE.fullmatch(text.strip())


def _digits(digits: str) -> str:
    """Other digits, as many; a leading zero, or none, stays so."""
    seed = _number(digits)
    other = "".join(str((seed >> 5 * place) % 10) for place in range(min(len(digits), 40)))
    head = "0" if digits[0] == "0" else str(int(other[0]) % 9 + 1)
    return head + other[1:]


def _postcode(start: str, written: str) -> str:
    """The town's postcode, ended as `written` is: a British, Canadian or Irish code's second part is invented."""
    if " " in written and " " not in start:
        ending = written.split(" ", 1)[1]
        return f"{start} {re.sub(r'[A-Z]', 'B', re.sub(r'[0-9]', '1', ending.upper()))}"
    return start


def _match_case(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    if like.islower():
        return word.lower()
    return word if word[:1].isupper() else word.capitalize()


def _script(word: str) -> str:
    name = unicodedata.name(word[0], "")
    return next((table for start, table in rules()["scripts"].items() if name.startswith(start)), "prose")


@cache
def _surnames() -> tuple[str, ...]:
    words = facts("words")
    return tuple(start + end for start in words["surname_starts"] for end in words["surname_ends"])


def _number(key: str) -> int:
    return int(hashlib.sha256(key.casefold().encode()).hexdigest(), 16)


def words_of(texts: Iterable[str]) -> set[str]:
    """The words of texts, in lower case, from two letters on."""
    return {word.casefold() for text in texts for word in _WORD.findall(text) if len(word) > 1}
