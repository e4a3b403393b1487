"""Whether a page still says what made it the evidence of a listing: that it is about low-dose naltrexone."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

from ldn_directory.model import Extraction, Problem

from .page import Page, drop_hidden

SILENT = "no longer speaks of low-dose naltrexone"
NOT_THERE = "says that the page is not there any more"
NOT_READ = "is a {kind} file, in which nothing is looked for"
_MARKS = re.compile(r"[\s\-\u00ad\u2010-\u2015\u2212_/()\[\]{}\"'`´\u2018-\u201f«»®™*]+")
_TITLE_SIGNS = re.compile(r"[^\w ]+")


def extract(page: Page) -> Extraction:
    """Nothing if the page speaks of low-dose naltrexone; a problem that says why it is no evidence if it does not.

    Raises ValueError for a page that cannot be judged: a file that is no text.
    """
    if page.kind not in ("html", "text", "xml", "json"):
        raise ValueError(NOT_READ.format(kind=page.kind))
    said, title = (page.text, "") if page.kind != "html" else _shown(page)
    if _says_not_found(title) and not speaks_of_ldn(title):
        return Extraction(problems=(Problem(page=page.url, what=NOT_THERE),))
    return Extraction() if speaks_of_ldn(said) else Extraction(problems=(Problem(page=page.url, what=SILENT),))


def speaks_of_ldn(text: str) -> bool:
    """Whether a text says "low-dose naltrexone" in one of nine languages. The letters LDN alone do not count."""
    return bool(_phrases().search(folded(text)))


def folded(text: str) -> str:
    """The text in lower case, without accents, hyphens, quotes and brackets, spaces collapsed; sentences keep their stops."""
    plain = unicodedata.normalize("NFKD", text.replace("\u00ad", "").replace("ø", "o").replace("Ø", "O"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _MARKS.sub(" ", bare.casefold())


def _shown(page: Page) -> tuple[str, str]:
    """(what the page tells readers and machines, its title and main heading)."""
    title = " ".join([*page.root.xpath("//title/text()")[:1], *(h.text_content() for h in page.root.xpath("//h1")[:2])])
    described = page.root.xpath("//meta[@name='description' or @property='og:title' or @property='og:description']/@content")
    stated = page.root.xpath("//script[contains(@type, 'json')]/text()")
    body = drop_hidden(page.root)
    for element in body.iter():
        element.tail = f" {element.tail or ''}" if element.tag in ("br", "p", "div", "li", "td", "h1", "h2", "h3") else element.tail
    return " \n. ".join([title, *map(str, described), body.text_content(), *map(str, stated)]), title


def _says_not_found(title: str) -> bool:
    said = _TITLE_SIGNS.sub(" ", folded(title))
    return any(re.search(rf"(?<!\w){re.escape(mark)}(?!\w)", said) for mark in _stated()["not_found"]["titles"])


@cache
def _stated() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("ldn_directory.extract").joinpath("evidence.toml").read_text("utf-8"))


@cache
def _phrases() -> re.Pattern[str]:
    every = sorted({phrase for phrases in _stated()["phrases"].values() for phrase in phrases}, key=lambda phrase: (-len(phrase), phrase))
    patterns = (" ?".join(re.escape(word).replace(r"\*", r"\w{0,4}") for word in phrase.split(" ")) for phrase in every)
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")
