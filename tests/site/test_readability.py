"""How easy the patient pages are to read: a reading age of about 12, and no sentence of more than twenty words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lxml import html
from readability import KincaidGradeLevel
from readability.langdata import LANGDATA

from ldn_directory.site.i18n.locale import LANGUAGES

from .sites import KeptSite

MOST_GRADE = 7.0
"""Flesch-Kincaid grade: 7 is an age of 12 to 13."""
MOST_WORDS = 20
PAGES = {
    "find": "/",
    "find by place": "/?near=Portland,+Oregon&within=100",
    "find in words": "/?q=pharmacy+ohio",
    "find nothing": "/?q=qzxqzx",
    "find nothing near": "/?near=Nuuk&within=10",
    "find a wrong number": "/?within=far",
    "provider": "/provider/5",
    "pharmacy": "/provider/{pharmacy}",
    "visit": "/visit?pick=5,9",
    "visit without anybody": "/visit",
    "about": "/about",
    "sources": "/sources",
    "privacy": "/privacy",
    "removal": "/removal",
    "removal of an entry": "/removal?entry=5",
    "questions": "/questions",
    "regions": "/regions",
    "country": "/regions/US",
    "region": "/regions/US-OH",
    "nobody there": "/regions/AQ",
    "pharmacies": "/pharmacies",
    "pharmacies of a region": "/pharmacies/US-OH",
    "map": "/map",
    "map of a country": "/map/US",
    "map of nobody": "/map/AQ",
    "changes": "/changes",
    "not found": "/nowhere",
    "no such entry": "/provider/999999",
    "no such region": "/regions/QQ",
}
_BLOCKS = "div, section, form, p, li, dt, dd, h1, h2, h3, summary, figcaption, caption, th, td, label, option"
_VALUES = (
    "svg, q, code, pre, time, del, ins, datalist, script, .page-address, .value, .said, a[href*='/provider/'],"
    " #places li"
)
"""What lists say, and other software: names, addresses, quotations."""
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[^a-z])")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")


@pytest.fixture(scope="module")
def site(packaged_directory: Path) -> Iterator[KeptSite]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LDN_CONTACT", "keeper@example.org")
        site = KeptSite(packaged_directory)
        yield site
        site.close()


@pytest.fixture(scope="module")
def pharmacy(packaged_directory: Path) -> int:
    with closing(sqlite3.connect(packaged_directory)) as db:
        return db.execute("SELECT min(id) FROM providers WHERE kind = 'pharmacy'").fetchone()[0]


def prose_of(page: str) -> list[str]:
    """The sentences of a page. What lists say counts as one word; labels and addresses end without a full stop."""
    main = html.fromstring(page).cssselect("main")[0]
    for value in main.cssselect(_VALUES):
        tail = value.tail or ""
        value.clear()
        value.text, value.tail = "it", tail
    for block in main.cssselect(_BLOCKS):
        block.text = "\n" + (block.text or "")
        block.tail = "\n" + (block.tail or "")
    texts = (" ".join(text.split()) for text in main.text_content().split("\n\n") if text.strip())
    lines = (" ".join(line.split()) for text in texts for line in text.split("\n"))
    return [
        one for line in lines if line.endswith((".", "?", "!")) for one in _SENTENCE.split(line) if _WORD.search(one)
    ]


def words_of(sentence: str) -> list[str]:
    return _WORD.findall(sentence)


def grade_of(sentences: list[str]) -> float:
    """The Flesch-Kincaid grade. The package counts none for words such as "the": every word has a syllable."""
    count, words = LANGDATA["en"]["syllables"], [word for one in sentences for word in words_of(one)]
    return KincaidGradeLevel(sum(max(1, count(word)) for word in words), len(words), len(sentences))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_no_sentence_has_more_than_twenty_words(site, pharmacy, name, language):
    (page,) = site.ask(f"/{language}" + PAGES[name].format(pharmacy=pharmacy))
    sentences = prose_of(page.text)
    assert sentences
    assert [one for one in sentences if len(words_of(one)) > MOST_WORDS] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_reader_of_twelve_understands_it(site, pharmacy, name):
    (page,) = site.ask("/en" + PAGES[name].format(pharmacy=pharmacy))
    assert grade_of(prose_of(page.text)) <= MOST_GRADE


def test_long_words_and_sentences_are_noticed():
    page = "<main><p>The directory’s methodology necessitates longitudinal verification of practitioners.</p></main>"
    assert grade_of(prose_of(page)) > 15
    assert prose_of("<main><p>Dr. Example, 1 Main Street, Salem</p><p>Call first. Is it far?</p></main>") == [
        "Call first.",
        "Is it far?",
    ]
