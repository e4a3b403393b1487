"""A fetched page as text, tree or JSON, each made once and within limits.

The charset rules are those of the WHATWG Encoding Standard and of HTML's "determining the character encoding", with
two repairs for servers that state a wrong charset.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal
from urllib.parse import SplitResult, urljoin, urlsplit

import lxml.html
from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from .mojibake import repaired

PageKind = Literal["html", "json", "xml", "pdf", "xlsx", "zip", "text"]

WalkStep = Literal["start", "end", "hidden"]

MAX_BYTES = 32_000_000
"""Larger pages are refused. The longest known list is a twentieth of it."""

MAX_ELEMENTS = 600_000
"""Pages with more opening tags are refused, because their tree would need too much memory."""

MAX_ATTRIBUTES = 2_000
"""Limit for one element. The parser compares each attribute with all others."""

UNCLOSED_AT_MOST = 500
"""Number of text-level tags that may be left open before they are ignored. Each nests the rest one level deeper, and
libxml2 drops what is below 2,048 levels.
"""

# Never shown to a reader. `noscript` is: it often holds the plain list that a script would replace.
UNSEEN_TAGS = frozenset({"script", "style", "template", "head", "svg", "math", "object", "embed", "canvas", "iframe"})
_HEAD_TAGS = frozenset(("base", "link", "meta", "noscript", "script", "style", "template", "title"))
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?(?![.\d]))", re.I)
_OFF_SCREEN = re.compile(r"(?:left|top|text-indent)\s*:\s*-\d{4,}", re.I)
_MEDIA_KINDS: tuple[tuple[str, PageKind], ...] = (
    ("spreadsheetml", "xlsx"),
    ("pdf", "pdf"),
    ("zip", "zip"),
    ("json", "json"),
    ("xhtml", "html"),
    ("html", "html"),
    ("xml", "xml"),
    ("kml", "xml"),
    ("text/", "text"),
)
_SINGLE_BYTE = re.compile(r"^(?:ascii|cp\d+|iso-?8859|latin|koi8|mac)", re.I)
_XSSI_PREFIX = re.compile(r"^\)\]\}'?,?\s*\n?")
_START_OF_HTML = re.compile(
    r"<(?:!doctype html|html|head|body|div|table|p|ul|ol|dl|section|article|main|span|h[1-6])\b", re.I
)
_START_OF_XML = re.compile(r"<(?:kml|rss|feed|urlset|sitemapindex|markers|store)\b")
# Absolute already, and nothing in it that joining would change.
_STEP = r"[\w~%+@,&=!:$*()'-]*(?:\.[\w~%+@,&=!:$*()'-]+)*"
_PLAIN_ADDRESS = re.compile(
    rf"(?:https?://[\w.-]+(?::\d{{1,5}})?(?:/(?!\.){_STEP})*|mailto:[\w.+-]+@[\w.-]+|tel:[\d+().-]+)", re.A
)
_PLAIN_PATH = re.compile(rf"(?:/(?![./]){_STEP})+", re.A)
_FIRST_ELEMENT = re.compile(
    r"(?>\s+|<\?(?>[^?]+|\?(?!>))*+\?>|<!--(?>[^-]+|-(?!->))*+-->|<!doctype[^>]*+>)*+<([\w:.-]++)", re.I | re.S
)
_CROWDED_TAG = re.compile(
    r"<[a-zA-Z][^\s<>/]*+(?:\s++[^\s=<>\"']++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s<>\"']*+))?+){"
    + str(MAX_ATTRIBUTES)
    + "}"
)
_TEXT_LEVEL_TAG = re.compile(r"<(/?(?:font|b|i|u|span|strong|em|small|big|center))\b", re.I)


class PageTooBig(ValueError):
    """The page is larger than the limit. The message names the page and its size."""


@dataclass(frozen=True)
class Page:
    """A response or file: its address, its bytes and the stated media type."""

    url: str
    body: bytes
    content_type: str | None = None

    def __repr__(self) -> str:
        return f"Page({self.url!r}, {len(self.body)} bytes, {self.content_type!r})"

    @cached_property
    def text(self) -> str:
        """The decoded page, mojibake repaired. Undecodable bytes become U+FFFD.

        Raises PageTooBig above MAX_BYTES.
        """
        self._check_size()
        charset, bom = charset_of(self.body, self.content_type)
        return repaired(self.body[bom:].decode(charset, errors="replace").replace("\x00", ""))

    @cached_property
    def root(self) -> HtmlElement:
        """The page as an lxml HTML tree, scripts included; an empty document if there is no markup.

        Raises PageTooBig above MAX_BYTES or MAX_ELEMENTS. Levels below 2,048 are left out, see `is_cut`.
        """
        return self._parse_result[0]

    @property
    def is_cut(self) -> bool:
        """Whether `root` leaves out a part that is nested too deeply. False as long as nobody has used `root`."""
        return "_parse_result" in vars(self) and self._parse_result[1]

    @cached_property
    def _parse_result(self) -> tuple[HtmlElement, bool]:
        markup = _drop_unclosed_tags(_without_declaration(self.text)) if self.text.strip() else "<html></html>"
        markup = markup.replace("</br>", "<br>")  # as browsers read it
        if markup.count("<") - markup.count("</") > MAX_ELEMENTS:
            raise PageTooBig(f"{self.url}: more than the {MAX_ELEMENTS:,} elements that are read")
        if _CROWDED_TAG.search(markup):
            raise PageTooBig(f"{self.url}: an element with more than the {MAX_ATTRIBUTES:,} attributes that are read")
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
        try:
            root = lxml.html.document_fromstring(
                markup.encode("utf-8", "replace"), parser=parser, ensure_head_body=True
            )
        except etree.ParserError:
            # Only closing tags, or the like: nothing that opens an element.
            root = lxml.html.document_fromstring("<html></html>", ensure_head_body=True)
        _move_to_body(root)
        return root, any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)

    @cached_property
    def json(self) -> Any:
        """The page as JSON values. Raises ValueError, with the address, if it is not JSON."""
        try:
            return json.loads(_XSSI_PREFIX.sub("", self.text.lstrip("\ufeff \t\r\n")), strict=False)
        except RecursionError as error:
            raise ValueError(f"{self.url}: JSON nested too deeply to be read") from error
        except ValueError as error:
            raise ValueError(f"{self.url}: not JSON ({error})") from error

    @cached_property
    def kind(self) -> PageKind:
        """The kind of page, from its first bytes, or else from the media type."""
        return _kind_by_magic(self.body) or _kind_by_look(self) or _kind_by_media_type(self.content_type) or "text"

    @cached_property
    def base(self) -> str:
        """The base of relative links: `<base href>`, or the canonical address of a saved file."""
        url = self.url if self.url.startswith("http") else self._canonical() or self.url
        stated = self.root.xpath("string(//base/@href)").strip()
        return absolute(url, stated) or url if stated else url

    def _canonical(self) -> str | None:
        said = self.root.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content")
        return next((str(address) for address in said if str(address).startswith("http")), None)

    def absolute(self, href: str) -> str | None:
        """The absolute address for a link on this page; None if it is no address."""
        return absolute(self.base, href)

    def _check_size(self) -> None:
        if len(self.body) > MAX_BYTES:
            raise PageTooBig(f"{self.url}: {len(self.body):,} bytes, more than the {MAX_BYTES:,} that are read")


def charset_of(body: bytes, content_type: str | None) -> tuple[str, int]:
    """(Python codec name, length of the byte order mark).

    Order: BOM, header, meta. Then two repairs: a single-byte charset is ignored if the bytes are valid UTF-8, and UTF-8
    is ignored if they mostly are not.
    """
    marked, bom = read_bom(body)
    if marked and bom:
        return marked, len(bom)
    in_header = resolve_encoding(http_content_type_encoding(content_type) or "")
    stated = in_header or html_body_declared_encoding(body[:4096])
    if stated and stated.startswith("utf-16") and b"\x00" not in body[:200]:
        stated = None
    if stated and stated not in ("utf-8", "ascii") and not _SINGLE_BYTE.match(stated):
        return stated, 0
    return (_utf8_or(body, stated) if not body.isascii() else "utf-8"), 0


def _utf8_or(body: bytes, stated: str | None) -> str:
    try:
        body.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    broken = body.decode("utf-8", "replace").count("\ufffd")
    multi_byte = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]", body))
    if multi_byte > broken:
        return "utf-8"
    return stated if stated and stated not in ("utf-8", "ascii") else "cp1252"


def absolute(base: str, href: str) -> str | None:
    """`href` joined to `base`; None for scripts and for empty or malformed addresses."""
    if _PLAIN_ADDRESS.fullmatch(href):
        return href
    if _PLAIN_PATH.fullmatch(href) and (site := _site_of(base)):
        return site + href
    href = re.sub(r"[\t\r\n]", "", href).strip()
    if not href or href.lower().startswith(("javascript:", "data:", "vbscript:", "about:")):
        return None
    try:
        joined = urljoin(base, href)
        urlsplit(joined)
    except ValueError:
        return None
    return joined


def split_url(url: str) -> SplitResult:
    """The parts of an address; all of them empty for one that is malformed, as in saved pages."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


@lru_cache(4096)
def host_of(url: str) -> str:
    """The host of an address in lower case, without `www.`."""
    return re.sub(r"^[a-z]+://(?:www\.)?([^/:?#]*).*", r"\1", url.lower(), flags=re.S)


@lru_cache(256)
def _site_of(base: str) -> str | None:
    """Scheme and host of an address; None if a path cannot simply be appended."""
    found = re.match(r"https?://[\w.-]+(?::\d{1,5})?(?=/|$)", base, re.A)
    return found[0] if found else None


@lru_cache(512)
def _compile(css: str) -> Any:
    try:
        return CSSSelector(css, translator="html")
    except SelectorError as error:
        raise ValueError(f"{css!r} is not a valid CSS selector ({error})") from error


def select(element: HtmlElement, css: str) -> list[HtmlElement]:
    """The elements at or under `element` that match the selector, in document order.

    Raises ValueError for an invalid selector.
    """
    return list(_compile(css)(element))


def is_hidden(element: HtmlElement) -> bool:
    """Whether a browser would not show the element itself. Ancestors are not checked.

    Honeypots, templates and closed dialogs are hidden. Columns of responsive tables are not, see `html.table`.
    """
    tag = element.tag
    return not isinstance(tag, str) or is_hidden_markup(tag, element.attrib)


def is_hidden_markup(tag: str, attributes: Mapping[str, str]) -> bool:
    """The same of an element with this tag and these attributes."""
    if tag in UNSEEN_TAGS:
        return True
    if not attributes:
        return False
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if tag == "input" and attributes.get("type") == "hidden":
        return True
    style = attributes.get("style")
    return bool(style and (_HIDING_STYLE.search(style) or _OFF_SCREEN.search(style)))


def walk(root: HtmlElement, is_shown: Callable[[HtmlElement], bool]) -> Iterator[tuple[HtmlElement, WalkStep]]:
    """Yields shown elements at their start and end, and hidden ones once, without their content."""
    stack = [(root, False)]
    while stack:
        element, entered = stack.pop()
        if entered or not is_shown(element):
            yield element, "end" if entered else "hidden"
        else:
            yield element, "start"
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))


def _move_to_body(root: HtmlElement) -> None:
    """Puts what libxml2 leaves in the head into the body, as browsers do: it knows no `main` and `section`."""
    head, body = root.find("head"), root.find("body")
    if head is None or body is None:
        return
    out_of_place = [child for child in head if isinstance(child.tag, str) and child.tag not in _HEAD_TAGS]
    for index, child in enumerate(out_of_place):
        body.insert(index, child)


def _without_declaration(text: str) -> str:
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)


def _drop_unclosed_tags(markup: str) -> str:
    """The markup without text-level tags that are opened far more often than closed."""
    seen = Counter(tag.lower() for tag in _TEXT_LEVEL_TAG.findall(markup))
    left_open = [tag for tag in seen if not tag.startswith("/") and seen[tag] - seen["/" + tag] > UNCLOSED_AT_MOST]
    return re.sub(rf"</?(?:{'|'.join(left_open)})\b[^<>]*>", "", markup, flags=re.I) if left_open else markup


def _kind_by_magic(body: bytes) -> PageKind | None:
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if body.startswith(b"PK\x03\x04"):
        return "xlsx" if b"xl/" in body[:4000] or b"[Content_Types].xml" in body[:200] else "zip"
    return None


def _kind_by_media_type(content_type: str | None) -> PageKind | None:
    stated = (content_type or "").lower()
    return next((kind for word, kind in _MEDIA_KINDS if word in stated), None)


def _kind_by_look(page: Page) -> PageKind | None:
    """The kind that the first characters show; None if the media type says more."""
    if len(page.body) > MAX_BYTES:
        return None
    start = page.text[:4000].lstrip("\ufeff \t\r\n")
    stated = _kind_by_media_type(page.content_type)
    if start[:1] in ("{", "[") or _XSSI_PREFIX.match(start):
        try:
            page.json  # noqa: B018  asked for its error
            return "json"
        except ValueError:
            return stated
    if start.startswith("<?xml") and (first := _FIRST_ELEMENT.match(start)) and first[1].lower() != "html":
        return "xml"
    if _START_OF_XML.match(start):
        return "xml"
    is_html = re.match(r"<!doctype html|<html\b", start, re.I) or (stated is None and _START_OF_HTML.search(start))
    return "html" if is_html and stated in (None, "text") else None
