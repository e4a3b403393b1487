"""Checks that a page which is evidence for a listing still mentions low-dose naltrexone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lxml.html import HtmlElement

from ldn_directory.model import Extraction, Problem
from ldn_directory.normalize.text_hygiene import without_accents

from .dead_ends import is_empty_frame
from .facts import facts, phrase_pattern
from .notices import is_bot_challenge, visible_text
from .page import UNSEEN_TAGS, Page, is_hidden, walk

NOT_MENTIONED = "no longer mentions low-dose naltrexone"
NOT_OFFERED = "says that it does not, or no longer, offer low-dose naltrexone: “{said}”"
NOT_FOUND = "says that the page no longer exists"
NOT_SEARCHED = "is a {kind} file, which is not searched"
EMPTY_WITHOUT_SCRIPTS = "shows nothing before its scripts run: open it in a browser and check"
COOKIE_BANNER = "shows only a cookie banner: open it in a browser and check"
BOT_CHECK = "shows a bot check instead of its content: open it in a browser and check"
FEW_WORDS = 600
"""A page with a cookie banner and less text than this shows nothing else."""
_MARKS = re.compile(r"[\s\-\u00ad\u2010-\u2015\u2212_/()\[\]{}\"'`´\u2018-\u201f«»®™*]+")
_NO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NO_WORD = re.compile(r"\W+")
_TITLE_SIGNS = re.compile(r"[^\w ]+")
_TITLE_PARTS = re.compile(r"\s+[-–—]\s+|\s*[|·•»:]\s*")
_LETTERS = (("ø", "o"), ("Ø", "O"), ("æ", "ae"), ("Æ", "AE"))
_INLINE = frozenset(facts("marks")["tags"]["inline"])
"""Elements that HTML's rendering rules (section 15.3) set within a line. Others separate words."""
_OPENED_BY = "//*/@aria-controls | //*/@data-target | //*/@data-bs-target | //a[starts-with(@href, '#')]/@href"
_COLLAPSED = re.compile(
    r"accordion|collaps|panel|toggle|tab(?:s|bed)?[-_ ]?(?:pane|panel|content|body)|faq|answer", re.IGNORECASE
)


def extract(page: Page) -> Extraction:
    """An empty extraction if the page mentions low-dose naltrexone, otherwise a problem that gives the reason.

    Raises ValueError if the page cannot be judged: a file without text, a page that is empty until scripts run, a
    cookie banner or a bot check.
    """
    if page.kind not in ("html", "text", "xml", "json"):
        raise ValueError(NOT_SEARCHED.format(kind=page.kind))
    title, texts = texts_shown(page)
    shown = [title, *texts, *stated_data(page)]
    mentioned = mentions_ldn(" ".join(shown)) or mentions_ldn(" . ".join(shown))
    if denial := find_denial(" . ".join(shown)):
        return _no_evidence(page, NOT_OFFERED.format(said=denial))
    if says_not_found(title) and not mentions_ldn(title):
        return _no_evidence(page, NOT_FOUND)
    if mentioned:
        return Extraction()
    if page.kind == "html" and (reason := _unjudgeable(page)):
        raise ValueError(reason)
    return _no_evidence(page, NOT_MENTIONED)


def mentions_ldn(text: str) -> bool:
    """Whether the text says "low-dose naltrexone" in one of ten languages. The letters LDN alone do not count."""
    spaced = _NO_WIDTH.sub(" ", text)
    return any(_mention_pattern().search(fold_text(one)) for one in ((text,) if spaced == text else (text, spaced)))


def find_denial(text: str) -> str | None:
    """The sentence in which a practice says that it does not, or no longer, offer it; None if there is none."""
    return _find_saying("denials", text)


def find_offer(text: str) -> str | None:
    """The words, folded, in which a practice or pharmacy says that it offers it; None if there are none."""
    return _find_saying("offers", text)


def _find_saying(table: str, text: str) -> str | None:
    folded = fold_text(text)
    found = _saying_pattern(table).search(_mention_pattern().sub(lambda drug: _DRUG * len(drug[0]), folded))
    return folded[found.start() : found.end()][:200].strip() if found else None


def fold_text(text: str) -> str:
    """The text in lower case, without accents, hyphens, quotes and brackets. Full stops are kept."""
    if text.isascii():
        return _MARKS.sub(" ", text.lower())
    text = _NO_WIDTH.sub("", text)
    for letter, plain in _LETTERS:
        text = text.replace(letter, plain)
    return _MARKS.sub(" ", without_accents(text).casefold())


def folded_words(text: str) -> str:
    """The words of a text as `fold_text` has them, a space between each."""
    return _NO_WORD.sub(" ", fold_text(text)).strip()


def _no_evidence(page: Page, what: str) -> Extraction:
    return Extraction(problems=(Problem(page=page.url, what=what),))


def _unjudgeable(page: Page) -> str | None:
    """Why the page cannot be judged, if it does not mention low-dose naltrexone."""
    said = visible_text(page)
    if is_bot_challenge(page):
        return BOT_CHECK
    if not said or is_empty_frame(page):
        return EMPTY_WITHOUT_SCRIPTS
    if len(said) < FEW_WORDS and phrase_pattern("evidence", "consent").search(fold_text(said)):
        return COOKIE_BANNER
    return None


def texts_shown(page: Page) -> tuple[str, list[str]]:
    """(title and headings, description and texts of all boxes) of what a web page tells its readers.

    Of a file that is no web page, no title and its whole text.
    """
    if page.kind != "html":
        return "", [page.text]
    title = " | ".join(
        [*page.root.xpath("//title/text()")[:1], *(h.text_content() for h in page.root.xpath("//h1")[:2])]
    )
    described = page.root.xpath(
        "//meta[@name='description' or @property='og:title' or @property='og:description']/@content"
    )
    return title, [*map(str, described), *_boxes(page.root)]


def stated_data(page: Page) -> list[str]:
    """The texts of a web page's scripts that hold JSON: what it tells machines. None of another file."""
    if page.kind != "html":
        return []
    return [str(text) for text in page.root.xpath("//script[contains(@type, 'json')]/text()")]


def _boxes(root: HtmlElement) -> Iterator[str]:
    """The text of each box. Includes what unfolds on a click, but not what is never shown."""
    opened = {str(target).lstrip("#") for target in root.xpath(_OPENED_BY)}
    said: list[str] = []
    for element, step in walk(root, lambda element: _is_shown(element, opened)):
        edge = "" if element.tag in _INLINE else "\n"
        if step == "start":
            said += [edge, element.text or "", _alternative_text(element)]
        else:
            said += [" " if element.tag == "br" else edge if step == "end" else "", element.tail or ""]
    text = "".join(part if part == "\n" else part.replace("\n", " ") for part in said)
    return filter(str.strip, text.split("\n"))


def _is_shown(element: HtmlElement, opened: set[str]) -> bool:
    # The parser leaves a menu that stands before the first paragraph in the head.
    if element.tag == "head" or not is_hidden(element):
        return True
    if not isinstance(element.tag, str) or element.tag in UNSEEN_TAGS or element.tag == "input":
        return False
    named = " ".join(filter(None, (element.get("class"), element.get("id"), element.get("role"))))
    return element.get("role") == "tabpanel" or element.get("id") in opened or bool(_COLLAPSED.search(named))


def _alternative_text(element: HtmlElement) -> str:
    said = element.get("alt") if element.tag in ("img", "area") else element.get("aria-label")
    return f" {said} " if said else ""


def says_not_found(title: str) -> bool:
    """Whether a title, with headings, is that of a page which is not there although the server answers 200."""
    parts = {_TITLE_SIGNS.sub(" ", fold_text(part)).strip() for part in _TITLE_PARTS.split(title)}
    said = _TITLE_SIGNS.sub(" ", fold_text(title))
    return bool(parts & set(facts("evidence")["not_found_parts"])) or bool(
        phrase_pattern("evidence", "not_found_titles").search(said)
    )


def _alternatives(phrases: list[str]) -> str:
    """A pattern for any of the phrases, longest first, with optional spaces."""
    longest = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return "|".join(
        " ?".join(re.escape(word).replace(r"\*", r"\w{0,14}") for word in phrase.split(" ")) for phrase in longest
    )


@cache
def _ldn_pattern() -> str:
    """The pattern for low-dose naltrexone."""
    drug = f"(?:{_alternatives(facts('evidence')['drug_names'])})"
    ways = []
    for language in facts("evidence")["languages"].values():
        low, of, into = (f"(?:{_alternatives(language[name])})" for name in ("low", "of", "in"))
        ways += [
            f"{low} ?(?:{of} ){{0,2}}{drug}",
            f"{drug} (?:{into} )?{low}",
            rf"{drug} ?, (?:{into} )?{low}(?= ?(?:[.,;:!?]|$))",
        ]
    return f"(?:{'|'.join(ways)})"


@cache
def _mention_pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_ldn_pattern()}(?!\w)")


_DRUG = "\x01"
"""Stands for each letter of a mention, so that the pattern of denials need not hold that of mentions many times."""


@cache
def _saying_pattern(table: str) -> re.Pattern[str]:
    subject = rf"(?:{_DRUG}+|(?<!\w)ldn(?!\w))"
    said = (one.replace("~", r"(?:[^\s.!?]+ ){0,5}?").replace("@", subject) for one in facts("evidence")[table])
    return re.compile(rf"(?<!\w)(?:{'|'.join(said)})")
