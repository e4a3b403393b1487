"""The lists that a page leads to: pages of one place or letter, files, embedded maps, frames, answers to a form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from lxml.html import HtmlElement

from ldn_directory.normalize.regions import country, region

from .dead_ends import endpoints, frame_addresses
from .json.presets import embedded_uses
from .page import Page, host_of

MOST_ADDRESSES = 400
"""Of one way."""
MOST_LINKS = 5_000
"""Of one page that are looked at."""
_MAPS_AND_SHEETS = (
    (
        re.compile(r"google\.[a-z.]+/maps/d/(?:u/\d/)?(?:embed|viewer|edit)\?[^\"'\s]*?mid=([\w-]+)"),
        "https://www.google.com/maps/d/kml?mid={}&forcekml=1",
    ),
    (
        re.compile(r"docs\.google\.com/spreadsheets/d/e/([\w-]+)/pubhtml"),
        "https://docs.google.com/spreadsheets/d/e/{}/pub?output=csv",
    ),
)
_FILES = re.compile(r"\.(pdf|csv|tsv|xlsx|kml|kmz|geojson|json|xml)$")
_COUNT = re.compile(r"\s*\(\d+\)$|\s+\d+$|\s*[›»→]$")
_STATED = (
    "//*[@*[starts-with(name(), 'data-') and (contains(., '.json') or contains(., '/api/') or contains(., '.kml'))]]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way onward from a page, and the addresses that it leads to now."""

    kind: str
    """`places` (pages of one place or letter), `below` (pages below this one's address), `files pdf` and the like,
    `maps` (or sheets, embedded), `frames`, `data` (what scripts load), `form NAME` (the options of a filter)."""
    addresses: tuple[tuple[str, str | None], ...]
    """(absolute address, the place that it is about: a heading for its entries, or None)."""

    @property
    def may_leave_site(self) -> bool:
        """Whether it is common that another host keeps it: the page itself embeds or links to it."""
        return self.kind in ("maps", "frames", "data") or self.kind.startswith("files")


def ways_onward(page: Page) -> tuple[Way, ...]:
    """All ways onward from a web page, the likeliest first; none for other kinds of page."""
    if page.kind != "html":
        return ()
    found: dict[str, dict[str, str | None]] = {}
    for kind, address, place in _steps(page):
        known = found.setdefault(kind, {})
        if len(known) < MOST_ADDRESSES and address.split("#")[0] != page.url.split("#")[0]:
            known.setdefault(address.split("#")[0], place)
    return tuple(Way(kind=kind, addresses=tuple(known.items())) for kind, known in found.items() if known)


def embedded_lists(page: Page) -> tuple[str, ...]:
    """Addresses of the data behind maps and sheets that the page embeds."""
    if page.kind not in ("html", "xml"):
        return ()
    text = page.text[:2_000_000].replace("&amp;", "&").replace("\\/", "/")
    known = [address.format(key) for pattern, address in _MAPS_AND_SHEETS for key in pattern.findall(text)[:5]]
    return tuple(dict.fromkeys([*known, *(use.address for use in embedded_uses(page))]))


def _steps(page: Page) -> Iterator[tuple[str, str, str | None]]:
    yield from (("maps", address, None) for address in embedded_lists(page))
    frames = (
        address for address in frame_addresses(page) if not any(map_.search(address) for map_, _ in _MAPS_AND_SHEETS)
    )
    yield from (("frames", address, None) for address in frames)
    yield from (("data", address, None) for address in (*endpoints(page), *_stated_addresses(page)))
    anchors = islice(page.root.iter("a"), MOST_LINKS)
    links = [(address, _text(link)) for link in anchors if (address := _target(page, link))]
    for address, _ in links:
        if ending := _FILES.search(urlsplit(address).path.lower()):
            yield f"files {ending[1]}", address, None
    own = [
        (address, text) for address, text in links if host_of(address) == host_of(page.base) and not _is_file(address)
    ]
    places = [(address, place) for address, text in own if (place := _place(text, address))]
    letters = [(address, "") for address, text in own if len(text) == 1 and text.isalpha()]
    for some in (places, letters):
        if len({address for address, _ in some}) > 1:
            yield from (("places", address, place or None) for address, place in some)
    yield from _options(page)
    named = {address for address, _ in (*places, *letters)}
    yield from (("below", address, None) for address, _ in own if _is_below(page.url, address) and address not in named)


def _target(page: Page, link: HtmlElement) -> str | None:
    href = (link.get("href") or "").strip()
    address = page.absolute(href) if href and not href.startswith("#") else None
    return address if address and address.startswith(("http://", "https://")) else None


def _text(link: HtmlElement) -> str:
    return " ".join(link.text_content().split())[:200]


def _is_file(address: str) -> bool:
    return bool(_FILES.search(urlsplit(address).path.lower()))


def _place(text: str, address: str) -> str | None:
    """The country or region that a link is about, by its text or the end of its address."""
    parts = urlsplit(address)
    last = unquote(parts.path.rstrip("/").rsplit("/", 1)[-1])
    values = [value for _, value in parse_qsl(parts.query)]
    for said in (_COUNT.sub("", text), *values, re.sub(r"[-_+]+", " ", last)):
        if len(said) > 2 and (country(said) or region(said)):
            return said
    return None


def _is_below(here: str, address: str) -> bool:
    """Whether an address is below this page's, or the same with another query."""
    one, other = urlsplit(here), urlsplit(address)
    path, there = one.path.rstrip("/"), other.path.rstrip("/")
    return bool(path) and (there.startswith(f"{path}/") or (there == path and other.query not in ("", one.query)))


def _stated_addresses(page: Page) -> Iterator[str]:
    """What attributes name for scripts to load."""
    for element in islice(page.root.xpath(_STATED), 200):
        for name, value in element.items():
            if name.startswith("data-") and 3 < len(value) < 500 and not set(value) & set(" {}<>\n"):
                address = page.absolute(value)
                if address and address.startswith(("http://", "https://")):
                    yield address


def _options(page: Page) -> Iterator[tuple[str, str, str | None]]:
    """The answers to a form with GET, one for each option of one choice: of a place, or else the longest."""
    for form in page.root.iter("form"):
        if (form.get("method") or "get").lower() != "get" or form.xpath(".//input[@type='password' or @type='email']"):
            continue
        choices = [(select, _choices(select)) for select in form.iter("select") if select.get("name")]
        choices = [(select, some) for select, some in choices if len(some) > 1]
        if not choices:
            continue
        select, some = max(choices, key=lambda choice: (_share_of_places(choice[1]), len(choice[1])))
        sent, chosen = list(_defaults(form)), select.get("name")
        goal = page.absolute(form.get("action") or page.url) or page.url
        if not goal.startswith(("http://", "https://")):
            continue
        for value, label in some:
            query = urlencode([(name, value if name == chosen else usual) for name, usual in sent])
            place = label if _share_of_places([(value, label)]) else None
            yield f"form {chosen}", f"{goal.split('?')[0].split('#')[0]}?{query}", place


def _choices(select: HtmlElement) -> list[tuple[str, str]]:
    """(value, text) of the options that stand for something."""
    found = []
    for option in select.iter("option"):
        text = " ".join(option.text_content().split())
        value = option.get("value", text)
        if value.strip() and value.lower() not in ("all", "any", "0", "-1", "none"):
            found.append((value, text))
    return found


def _share_of_places(choices: Sequence[tuple[str, str]]) -> float:
    return sum(bool(country(text) or region(text)) for _, text in choices) / len(choices)


def _defaults(form: HtmlElement) -> Iterator[tuple[str, str]]:
    """What a browser would send with the form if nothing in it is changed."""
    for field in form.iter("input", "select"):
        name, kind = field.get("name"), (field.get("type") or "text").lower()
        if not name or kind in ("submit", "button", "image", "reset", "file"):
            continue
        if field.tag == "select":
            chosen = next(iter(field.xpath("./option[@selected] | .//option")), None)
            yield name, "" if chosen is None else chosen.get("value", " ".join(chosen.text_content().split()))
        elif kind not in ("checkbox", "radio") or field.get("checked") is not None:
            yield name, field.get("value", "on" if kind in ("checkbox", "radio") else "")
