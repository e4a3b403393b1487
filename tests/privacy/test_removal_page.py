"""What the site tells those who want to be taken out, and whoever asks for somebody who was."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from ldn_directory.site.server.serve import asgi_app

from .conftest import Folder, person, said

SENTENCE = "The person or practice asked us to remove this entry. It won’t come back, and we kept nothing of it."


@pytest.fixture
def listed(folder: Folder, monkeypatch) -> Folder:
    monkeypatch.setenv("LDN_CONTACT", "")
    folder.crawl(person("jane", "Jane Thrushcross", phone="0142"), person("john", "John Doe", phone="0143"))
    folder.build()
    return folder


def asked(folder: Folder, *addresses: str) -> list[httpx.Response]:
    """The answers of a site over the folder as it is now."""

    async def ask() -> list[httpx.Response]:
        site = asgi_app(folder.data / "ldn.db", look_every_s=0)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=site), base_url="http://directory.example"
        ) as client:
            answers = [await client.get(address) for address in addresses]
        await site.close()
        return answers

    return asyncio.run(ask())


def letters(page: httpx.Response) -> list[str]:
    return re.findall(r'href="(mailto:[^"]*|https?://[^"]*)"', page.text)


def test_every_page_leads_to_it_and_an_entry_with_its_number(listed):
    number = listed.number("John Doe")
    for page in asked(
        listed,
        "/",
        "/about",
        "/regions",
        "/sources",
        f"/provider/{number}",
        "/ldn/providers",
        "/removal",
        "/provider/77",
    ):
        assert '<a href="/removal"' in page.text, page.url
    (entry,) = asked(listed, f"/provider/{number}")
    assert f'<a href="/removal?entry={number}">How to be removed</a>' in entry.text


def test_it_says_where_to_write_and_puts_the_number_into_the_letter(listed, monkeypatch):
    monkeypatch.setenv("LDN_CONTACT", "removal@example.org")
    plain, numbered = asked(listed, "/removal", "/removal?entry=12")
    assert plain.status_code == numbered.status_code == 200
    assert letters(plain) == ["mailto:removal@example.org?subject=Removal"]
    assert letters(numbered) == ["mailto:removal@example.org?subject=Removal%20of%20entry%2012"]
    assert "about entry 12" in numbered.text and "Give the number at the end" in plain.text


def test_a_contact_that_is_a_page_is_linked_and_without_any_it_says_so(listed, monkeypatch):
    monkeypatch.setenv("LDN_CONTACT", "https://example.org/contact")
    assert letters(asked(listed, "/removal")[0]) == ["https://example.org/contact"]
    monkeypatch.setenv("LDN_CONTACT", "javascript:alert(1)")
    (page,) = asked(listed, "/removal?entry=12")
    assert letters(page) == [] and "javascript:" not in page.text
    assert "have not said how to reach them" in page.text and "about entry 12" in page.text


@pytest.mark.parametrize("entry", ["<script>", "1&subject=x", "%C2%B2", "9" * 40, "-1", "1 2"])
def test_what_is_no_number_is_not_taken_into_the_letter(listed, monkeypatch, entry):
    monkeypatch.setenv("LDN_CONTACT", "removal@example.org")
    (page,) = asked(listed, f"/removal?entry={entry.replace('&', '%26')}")
    assert page.status_code == 200 and letters(page) == ["mailto:removal@example.org?subject=Removal"]
    assert "Give the number at the end" in page.text


def test_it_says_what_happens_and_what_cannot(listed):
    text = re.sub(r"\s+", " ", asked(listed, "/removal")[0].text)
    for sentence in (
        "No reason needed",
        "at once, with its history",
        "We keep only its number and the day",
        "a scrambled form of your name and contact details",
        "we hold that entry back until a person has looked",
        "Ask us, and we do it in older ones too",
        "We can’t change the lists that named you",
        "we can’t call back copies that others have downloaded",
    ):
        assert sentence in text
    assert "<form" not in text.partition("<main")[2].partition("</main>")[0]


def test_the_address_of_who_was_forgotten_answers_410_with_a_sentence_as_page_and_as_json(listed):
    jane, john = listed.number("Jane Thrushcross"), listed.number("John Doe")
    said(listed.ldn("forget", str(jane), "--yes", "--json"))
    page, values, other, never = asked(
        listed, f"/provider/{jane}", f"/provider/{jane}.json", f"/provider/{john}", "/provider/77"
    )
    assert (page.status_code, values.status_code, other.status_code, never.status_code) == (410, 410, 200, 404)
    assert SENTENCE in page.text and SENTENCE not in never.text
    assert values.json()["ok"] is False and values.json()["error"] == SENTENCE
    assert "hrushcross" not in page.text + values.text


def test_a_site_that_is_running_forgets_with_the_next_request(listed):
    jane = listed.number("Jane Thrushcross")

    async def ask() -> tuple[list[int], str]:
        site = asgi_app(listed.data / "ldn.db", look_every_s=0)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=site), base_url="http://directory.example"
        ) as client:
            addresses = (f"/provider/{jane}", "/search.json?q=thrushcross", "/suggest.json?q=thrush", "/ldn.db")
            before = [await client.get(address) for address in addresses]
            await asyncio.to_thread(listed.ldn, "forget", str(jane), "--yes")
            after = [
                await client.get(address, headers={"If-None-Match": one.headers.get("etag", "")})
                for address, one in zip(addresses, before, strict=True)
            ]
        await site.close()
        return [one.status_code for one in (*before, *after)], "".join(one.content.decode("latin-1") for one in after)

    codes, text = asyncio.run(ask())
    assert codes == [200, 200, 200, 200, 410, 200, 200, 200]
    assert "Jane Thrushcross" not in text and "5550142" not in text
