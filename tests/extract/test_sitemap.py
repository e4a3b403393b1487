"""Sitemaps as sites publish them, well-formed or hostile."""

from __future__ import annotations

import gzip

import pytest

from ldn_directory.extract import sitemap
from ldn_directory.extract.page import MAX_BYTES, Page

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def read(body: str | bytes, url: str = "https://lists.example.org/sitemap.xml") -> sitemap.Sitemap | None:
    return sitemap.read(Page(url, body.encode() if isinstance(body, str) else body))


def urlset(*addresses: str) -> str:
    return (
        f'<?xml version="1.0"?><urlset xmlns="{NAMESPACE}">'
        + "".join(f"<url><loc> {a} </loc></url>" for a in addresses)
        + "</urlset>"
    )


def test_pages_are_named_once_each_and_only_on_the_own_site():
    found = read(
        urlset(
            "https://lists.example.org/a",
            "https://www.lists.example.org/b",
            "https://lists.example.org/a",
            "https://other.example.net/c",
        )
    )
    assert found is not None
    assert found.pages == ("https://lists.example.org/a", "https://www.lists.example.org/b")
    assert found.dropped == 1


def test_an_index_names_sitemaps():
    found = read(
        f'<sitemapindex xmlns="{NAMESPACE}"><sitemap><loc>https://lists.example.org/1.xml.gz</loc></sitemap></sitemapindex>'
    )
    assert found == sitemap.Sitemap(sitemaps=("https://lists.example.org/1.xml.gz",))


def test_images_within_an_entry_are_no_pages():
    image = f'<urlset xmlns="{NAMESPACE}" xmlns:i="x"><url><loc>/a</loc><i:image><i:loc>/a.png</i:loc></i:image></url></urlset>'
    assert read(image) == sitemap.Sitemap(pages=("https://lists.example.org/a",))


def test_a_gzipped_sitemap_is_unzipped():
    assert read(gzip.compress(urlset("/a").encode())) == sitemap.Sitemap(pages=("https://lists.example.org/a",))


def test_a_plain_list_of_addresses_is_a_sitemap():
    assert read(
        "https://lists.example.org/a\nhttps://lists.example.org/b\n", "https://lists.example.org/sitemap.txt"
    ) == sitemap.Sitemap(pages=("https://lists.example.org/a", "https://lists.example.org/b"))


def test_robots_txt_names_sitemaps():
    found = read(
        "User-agent: *\nDisallow: /x\nSITEMAP: /a.xml\nSitemap: https://lists.example.org/b.xml\n",
        "https://lists.example.org/robots.txt",
    )
    assert found is not None
    assert found.sitemaps == ("https://lists.example.org/a.xml", "https://lists.example.org/b.xml")


def test_a_page_is_no_sitemap():
    assert read("<!DOCTYPE html><title>A list</title><p>Names") is None


def test_a_gzip_bomb_is_refused():
    with pytest.raises(ValueError, match="unzipped"):
        read(gzip.compress(b" " * (MAX_BYTES + 1)))


def test_an_entity_bomb_is_not_unfolded():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + urlset("https://lists.example.org/&b;")
    found = read(bomb)
    assert found is None or all("aaa" not in page for page in found.pages)
