"""A page decodes, parses and tells its kind, whatever its server says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ldn_directory.extract.page import MAX_BYTES, Page, PageTooBig, is_hidden
from ldn_directory.probe.detect import probe

URL = "https://list.example/prescribers"


def test_a_page_of_closing_tags_alone_is_an_empty_page():
    assert Page("https://lists.example.org/", b"</footer>", "text/html").root.find("body") is not None


def test_a_wrong_charset_header_does_not_spoil_good_utf_8() -> None:
    assert Page(URL, "<p>Praxis Müller, Zürich</p>".encode(), "text/html; charset=iso-8859-1").text.count("ü") == 2


def test_latin_bytes_under_a_utf_8_header_are_read_as_windows_1252() -> None:
    body = "<p>Médecin à Genève</p>".encode("cp1252")
    assert Page(URL, body, "text/html; charset=utf-8").text == "<p>Médecin à Genève</p>"


def test_a_charset_stated_only_in_the_page_is_used() -> None:
    body = '<meta charset="shift_jis"><p>クリニック</p>'.encode("shift_jis")
    assert "クリニック" in Page(URL, body, "text/html").text


def test_a_byte_order_mark_wins_over_the_header() -> None:
    assert Page(URL, b"\xff\xfe" + "<p>ok</p>".encode("utf-16-le"), "text/html; charset=utf-8").text == "<p>ok</p>"


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b"<!DOCTYPE html><html></html>", None, "html"),
        (b"<p>a fragment</p>", "text/html", "html"),
        (b'{"a": 1}', "text/html", "json"),
        (b"[1, 2]", None, "json"),
        (b"[see below] Jane Roe, MD", "text/plain", "text"),
        (b'<?xml version="1.0"?><kml></kml>', "text/html", "xml"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html></html>', "application/xhtml+xml", "html"),
        (b"%PDF-1.7 ...", "application/octet-stream", "pdf"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"[Content_Types].xml", None, "xlsx"),
        (b"PK\x03\x04" + b"\x00" * 26 + b"doc.kml", None, "zip"),
        (b"Jane Roe, MD\nSpringfield", "text/plain", "text"),
    ],
)
def test_the_kind_is_told_by_the_bytes_first(body: bytes, content_type: str | None, kind: str) -> None:
    assert Page(URL, body, content_type).kind == kind


def test_a_page_that_is_too_big_is_refused_with_its_address_and_size() -> None:
    with pytest.raises(PageTooBig, match=r"list\.example"):
        _ = Page(URL, b" " * (MAX_BYTES + 1)).text


def test_more_elements_than_a_tree_may_have_are_refused() -> None:
    with pytest.raises(PageTooBig, match="elements"):
        _ = Page(URL, b"<p>" * 700_000).root


def test_a_hundred_thousand_nested_elements_are_cut_off_not_crashed_on() -> None:
    assert len(list(Page(URL, b"<div>" * 100_000).root.iter())) < 3_000


def test_unclosed_font_tags_do_not_hide_the_end_of_an_old_page() -> None:
    body = b"<FONT size=2>Jane Roe, MD<br>" * 5_000 + b"<p>the last</p>"
    assert "the last" in Page(URL, body).root.text_content()


def test_relative_links_start_from_the_base_element() -> None:
    page = Page(URL, b'<base href="/members/"><a href="roe"></a>')
    assert page.absolute("roe") == "https://list.example/members/roe"
    assert page.absolute("javascript:alert(1)") is None


def test_json_that_is_not_json_says_where() -> None:
    with pytest.raises(ValueError, match=r"list\.example"):
        _ = Page(URL, b"{oops").json


def test_scripts_templates_and_honeypots_are_hidden_and_the_text_around_them_is_not() -> None:
    markup = b'<p>a<script>x</script>b<span style="display: none">trap</span>c<template>t</template>d</p>'
    paragraph = Page(URL, markup).root.find(".//p")
    assert not is_hidden(paragraph)
    assert [is_hidden(element) for element in paragraph] == [True, True, True]


@given(st.binary(max_size=400), st.sampled_from([None, "text/html; charset=utf-16", "text/html; charset=nonsense"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_a_text_a_tree_and_a_kind(body: bytes, content_type: str | None) -> None:
    page = Page(URL, body, content_type)
    assert page.root.tag == "html"
    assert page.kind


@pytest.mark.parametrize("body", ["<??>", "<!---->", " ", "<!doctype>", "<!-- - -- -->", "<?x?"])
def test_what_stands_before_the_first_element_is_read_once_however_long_it_is(body):
    start = '<?xml version="1.0"?>'
    assert Page("https://example.org/", (start + body * 4_000).encode()).kind in ("html", "text", "xml")


@pytest.mark.parametrize("address", ["https://info[at]example.com/", "https://[::1/list"])
def test_a_page_whose_own_address_is_malformed_is_read_all_the_same(address):
    card = b"<div class=card><h3>%s, MD</h3><p>1%d Quay St<br>Akron, OH 44308</p><p>512-555-010%d</p></div>"
    people = enumerate((b"Ada Lunt", b"Eve Brandt", b"Una Ruscoe"))
    cards = b"".join(card % (name, number, number) for number, name in people)
    page = Page(address, b"<title>Doctors</title><main>" + cards + b"</main>", "text/html")
    assert [one.name for one in probe(page).listings] == ["Ada Lunt", "Eve Brandt", "Una Ruscoe"]


@pytest.mark.parametrize(
    "text", ["José Muñoz, Köln – “heute”", "Łódź, Žižkov", "יעל בן-ארי", "松風 美咲", "Иван Петров"]
)
def test_utf_8_that_was_read_as_windows_1252_is_repaired(text: str) -> None:
    spoilt = "".join(_as_browsers_show(byte) for byte in text.encode())
    assert Page(URL, f"<p>{spoilt}</p><p>Zürich</p>".encode()).text == f"<p>{text}</p><p>Zürich</p>"


def _as_browsers_show(byte: int) -> str:
    found = bytes([byte]).decode("cp1252", "replace")
    return chr(byte) if found == "\ufffd" else found


@pytest.mark.parametrize("text", ["„Spaß“ und „Ä“", "IRMÃ MARIA", "im “CAFÉ”", "PÃO", "«À»", "naïve – ﬁn…", "NÃO©"])
def test_what_may_be_written_so_is_not_repaired(text: str) -> None:
    assert Page(URL, f"<p>{text}</p>".encode()).text == f"<p>{text}</p>"
