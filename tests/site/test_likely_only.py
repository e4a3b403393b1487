"""Entries of a directory that is not about LDN are never shown, or handed on, as those of a list of LDN prescribers."""

from __future__ import annotations

import asyncio
import html
import re

import pytest

from ldn_directory.site.i18n.labels import word
from ldn_directory.site.i18n.locale import LANGUAGES, LOCALES, Reader

PAGES = ("/", "/?q=muster", "/provider/1", "/regions", "/regions/US", "/regions/US-OR", "/visit?pick=1,2", "/sources")
EXPORTS = ("provider/1.vcf", "provider/1.json", "provider/1.csv", "provider/1.fhir", "search.json", "search.csv")
CLAIMS = re.compile(
    r"lists? (?:of|for) (?:LDN|low-dose)[^.;]{0,20}prescrib|LDN prescribers|prescribes? LDN|lists name for|LDN-Verschreibende"
    r"|(?:receta|recetan|recete) LDN",
    re.IGNORECASE,
)


@pytest.fixture
def ask(tmp_path, publish, people, visitor):
    """Asks a directory in which everybody is from a directory that is not about LDN."""

    def likely(db):
        for table in ("providers", "listings", "sources"):
            db.execute(f"UPDATE {table} SET evidence = 'proxy'")
        db.execute("UPDATE sources SET title = 'General directory'")

    return visitor(publish(tmp_path / "ldn.db", people, likely))


def said(ask, address: str) -> str:
    """What a page says, without its markup."""
    answer = asyncio.run(ask(address))
    assert answer.status_code == 200, address
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_page_calls_them_so_and_cards_and_entries_say_what_they_are(ask, language):
    prefix = "" if language == "en" else f"/{language}"
    reader = Reader(LOCALES[language])
    for page in PAGES:
        text = said(ask, (prefix + page).removesuffix("/") or "/")
        assert not CLAIMS.search(text), (page, CLAIMS.search(text))
        assert word("evidence", "listed", reader) not in text, page
        assert page.startswith("/regions") or word("evidence", "proxy", reader) in text, page


@pytest.mark.parametrize("address", EXPORTS)
def test_no_export_calls_them_so(ask, address):
    text = said(ask, f"/{address}")
    assert not CLAIMS.search(text)
    assert "fhir" in address or "proxy" in text or "Only likely" in text
