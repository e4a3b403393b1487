"""Finds where the pages of a list speak of low-dose naltrexone. The letters LDN alone do not count."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import unquote

from lxml import etree

from ldn_directory.model import Mention, Record, Where

from .evidence import find_denial, fold_text, folded_words, mentions_ldn, says_not_found, stated_data, texts_shown
from .facts import facts
from .page import Page, split_url
from .pdf.pages import open_pdf, sheets_of
from .unpacking import open_archive, read_member

MAX_QUOTE = 160
"""Letters of a quote. Longer texts are cut to the mention and some words around it."""
CONTEXT_WORDS = 6
MAX_UNPACKED = 64_000_000
PDF_PAGES = 2
"""Pages of a PDF file that are searched: what a list is about is said where it begins."""
_MARKUP = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]*>")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_CELL_END = re.compile(r"[\n\t;,|]+")
_EDGE = 3
"""How many of the first and last entries show where a page's entries begin and end."""
_LEAST_LETTERS = 6
_PART = 4_000
_PACKED_TEXTS = (".kml", ".xml")


def find_mention(page: Page, records: Sequence[Record] = ()) -> Mention | None:
    """Where a page speaks of low-dose naltrexone, apart from its entries if possible; None if it does not.

    `records` are the page's entries: what one of many practices says of itself does not tell what the list is about.
    A page with one entry is that entry's. Raises ValueError for a file that cannot be read.
    """
    blocks = [record.block for record in records]
    path = unquote(split_url(page.url).path)
    if page.kind == "html" and not (_names_drug(page.text) or _names_drug(path) or _names_drug(_all_text(page))):
        return None
    title, texts = _texts(page)
    # What a web page's entries say stands among its texts.
    entries = blocks if page.kind != "html" else []
    if not _names_drug(" ".join([path, title, *texts, *entries])) or says_not_found(title):
        return None
    if len(records) == 1:
        words = next(_quotes([title, *texts, *blocks]), None)
        return Mention(words=words, where=Where.ENTRIES, page=page.url, entries=1) if words else None
    if words := next(_quotes(title.split(" | ")), None):
        return Mention(words=words, where=Where.TITLE, page=page.url)
    around, within = _split_at_entries(list(_quotes(texts)), texts, blocks)
    if around:
        return Mention(words=around[0], where=Where.TEXT, page=page.url)
    if mentions_ldn(path):
        return Mention(words=path, where=Where.ADDRESS, page=page.url)
    if said := list(_quotes(blocks)):
        within = max(within, said, key=len)
    if within:
        return Mention(words=within[0], where=Where.ENTRIES, page=page.url, entries=min(len(within), len(records)))
    return None


def _split_at_entries(quotes: list[str], texts: list[str], blocks: list[str]) -> tuple[list[str], list[str]]:
    """(the quotes that stand before or after the entries, those that stand among them)."""
    if not quotes or not blocks:
        return quotes, []
    flat, entries = folded_words(" ".join(texts)), folded_words(" ".join(blocks))
    starts = [
        place for block in blocks[:_EDGE] for line in _own_lines(block, entries) if (place := flat.find(line)) >= 0
    ]
    ends = [flat.rfind(line) + len(line) for block in blocks[-_EDGE:] for line in _own_lines(block, entries)]
    start, end = min(starts, default=len(flat)), max(ends, default=0)
    around: list[str] = []
    within: list[str] = []
    for quote in quotes:
        core = folded_words(_core(quote, 1))
        is_within = core in entries or start <= flat.find(core) < end
        (within if is_within else around).append(quote)
    return around, within


def _own_lines(block: str, entries: str) -> list[str]:
    """What only one entry says: not the region or the word that many have."""
    lines = (folded_words(line.partition(": ")[2] or line) for line in block.split("\n"))
    return [line for line in lines if len(line) >= _LEAST_LETTERS and entries.count(line) == 1]


def _names_drug(text: str) -> bool:
    """Whether a text may name naltrexone: quickly found, so that most pages are not searched any further."""
    stem = facts("evidence")["drug_stem"]
    return any(stem in fold_text(part) for part in _parts(text))


def _parts(text: str) -> Iterator[str]:
    """The text in parts that end between words, because folding takes several times the memory."""
    start = 0
    while start < len(text):
        end = text.find(" ", start + _PART)
        end = end if end >= 0 else len(text)
        yield text[start:end]
        start = end


def _quotes(texts: Sequence[str]) -> Iterator[str]:
    """Each text's mention as a quote; if no text has one, that of all texts one after another.

    A text that says that somebody does without is none.
    """
    likely = [text for text in texts if _names_drug(text)]
    mentions = [text for text in likely if mentions_ldn(text)]
    yield from (_quote(text) for text in mentions if not find_denial(text))
    if likely and not mentions and mentions_ldn(joined := " ".join(texts)):
        yield _quote(joined)


def _quote(text: str) -> str:
    """The sentence with the mention; of a long one the mention and some words around it."""
    sentence = " ".join(next((one for one in _SENTENCE_END.split(text) if mentions_ldn(one)), text).split())
    if len(sentence) <= MAX_QUOTE:
        return sentence
    quote = _core(sentence, CONTEXT_WORDS)
    before, after = "" if sentence.startswith(quote) else "… ", "" if sentence.endswith(quote) else " …"
    return f"{before}{quote}{after}"


def _core(text: str, around: int) -> str:
    """The mention in a text, with so many words on either side."""
    words = text.split()
    end = _least(1, len(words), lambda count: mentions_ldn(" ".join(words[:count])))
    size = _least(1, end, lambda count: mentions_ldn(" ".join(words[end - count : end])))
    return " ".join(words[max(0, end - size - around) : end + around])


def _least(low: int, high: int, is_enough: Callable[[int], bool]) -> int:
    """The least number that is enough; `high` if none is."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return low


def _all_text(page: Page) -> str:
    """All text of a web page, shown or not, for a quick look."""
    return str(etree.tostring(page.root, method="text", encoding="unicode"))


def _texts(page: Page) -> tuple[str, list[str]]:
    """(the page's title if it has one, its texts). Of data in JSON only what is outside lists of entries."""
    match page.kind:
        case "html":
            title, texts = texts_shown(page)
            return title, [*texts, *(text for data in stated_data(page) for text in _strings(_json_of(data)))]
        case "json":
            return "", list(_strings(_json_of(page.text)))
        case "pdf":
            return _pdf_texts(page)
        case "xlsx" | "zip":
            return "", [text for content in _unpack(page) for text in _texts_between(content)]
        case "xml":
            return "", _texts_between(page.text)
        case _:
            return "", _CELL_END.split(page.text)


def _json_of(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _strings(value: Any) -> Iterator[str]:
    """The texts in JSON values, but not those in lists of objects, which are entries."""
    stack = [value]
    while stack:
        match stack.pop():
            case str() as text:
                yield " ".join(_texts_between(text)) if "<" in text else text
            case dict() as members:
                stack.extend(reversed(members.values()))
            case list() as items if not all(isinstance(item, dict) for item in items):
                stack.extend(reversed(items))


def _texts_between(markup: str) -> list[str]:
    """The texts between tags; of a text that is markup itself, as feeds and maps have it, the words."""
    return [_MARKUP.sub(" ", html.unescape(text)) for text in _MARKUP.split(markup) if text.strip()]


def _unpack(page: Page) -> list[str]:
    """The XML in a packed file: a workbook's cells and names of sheets, or the maps of a KMZ file.

    Raises ArchiveRefused.
    """
    with open_archive(page.body, MAX_UNPACKED) as archive:
        names = [name for name in archive.namelist() if name.endswith(_PACKED_TEXTS)]
        return [read_member(archive, name).decode("utf-8", "replace") for name in names]


def _pdf_texts(page: Page) -> tuple[str, list[str]]:
    with open_pdf(page) as pdf:
        title = str((pdf.metadata or {}).get("Title") or "")
        sheets = [sheet for sheet in islice(sheets_of(pdf), PDF_PAGES) if not isinstance(sheet, tuple)]
    return title, [segment.text for sheet in sheets for row in sheet.rows for segment in row.segments]
