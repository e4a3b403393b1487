"""Describes what a page has instead of a list: a search form, an application, a frame, a login."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from .facts import facts
from .notices import asks_for_login, notice_pattern, visible_text
from .page import Page, host_of, is_hidden

MAX_NAMED = 5
_FEW_WORDS = 400
"""A page with scripts and less visible text than this is taken to be empty until they run."""
_SITE_SEARCH = frozenset(
    ("s", "q", "search", "query", "keys", "search_block_form", "searchword", "search_api_fulltext")
)
_UNASKED = frozenset(("hidden", "submit", "button", "image", "reset", "password", "checkbox", "radio", "file"))
_FRAMES_BESIDE = re.compile(
    r"youtube|youtu\.be|vimeo|facebook|twitter|doubleclick|googletagmanager|recaptcha|hcaptcha|google\.[a-z.]+/maps/embed|addthis|"
    r"mailchimp|calendly|stripe|paypal|spotify|soundcloud|instagram|consent|cookie|disqus|about:blank|hubspot",
    re.IGNORECASE,
)
_FILE_ASKED = re.compile(
    r"[?&](?:format|output)=(?:csv|tsv|xlsx)|tqx=out:csv|\.(?:csv|tsv|xlsx)(?:$|\?)", re.IGNORECASE
)
_SIGN_IN = re.compile(r"sign[- ]in|log[- ]?in", re.IGNORECASE)
_ENDPOINT = re.compile(
    r"[\"'`]((?:https?:)?(?:\\?/\\?/[\w.-]+)?\\?/[\w./\\?=&%{}$:-]{2,160})[\"'`]",
)
_ENDPOINT_LOOK = re.compile(
    r"/wp-json/|/api/|admin-ajax\.php|graphql|\.json(?:$|\?)|\.geojson|\.kml|\.csv(?:$|\?)|/locations?\b|/stores?\b|/providers?\b|/practitioners?\b",
    re.IGNORECASE,
)
_NO_ENDPOINT = re.compile(r"\.(?:js|css|png|jpe?g|svg|woff2?)(?:$|\?)|/themes/|oembed|[{}$]")
_APP_IDS = frozenset(("root", "app", "__next", "___gatsby", "q-app", "__nuxt"))


def frame_addresses(page: Page) -> tuple[str, ...]:
    """The addresses of visible frames that may hold a list. Videos, adverts and the like are left out."""
    if page.kind != "html":
        return ()
    found = (frame.get("src") or frame.get("data-src") or "" for frame in page.root.iter("iframe", "frame", "embed"))
    addresses = (page.absolute(source) for source in found if source and not _FRAMES_BESIDE.search(source))
    return tuple(dict.fromkeys(address for address in addresses if address and address.startswith("http")))[:MAX_NAMED]


def describe_dead_ends(page: Page) -> tuple[str, ...]:
    """Sentences on what the page has instead of a list, and what to do next."""
    if page.kind == "json":
        return _instead_of_json(page)
    if page.kind != "html":
        return ()
    said = [*_unshared_file(page), *_forms(page), *_application(page), *_members(page)]
    said += [f"the page shows another page in a frame: probe {address}" for address in frame_addresses(page)]
    return tuple(dict.fromkeys(said))


def _unshared_file(page: Page) -> Iterator[str]:
    """Recognises a login page that came instead of a file, as Google Sheets sends for sheets that are not shared."""
    signs = page.root.xpath(
        "//a[contains(@href, 'accounts.google.com')] | //form[contains(@action, 'accounts.google.com')]"
    )
    title = page.root.findtext(".//title") or ""
    signs = signs or asks_for_login(page) or _SIGN_IN.search(title)
    if host_of(page.url) == "accounts.google.com" or (_FILE_ASKED.search(page.url) and signs):
        came = "a login page came instead"
        yield f"the sheet or file is not shared with everybody: {came}; ask its owner to publish it"


def _instead_of_json(page: Page) -> tuple[str, ...]:
    try:
        answer = page.json
    except ValueError:
        return ("the answer claims to be JSON, but is not: open the address in a browser to see what it is",)
    return tuple(dict.fromkeys([*_forms(_markup_in(page, answer)), *_form_in_json(answer)]))


def _forms(page: Page) -> Iterator[str]:
    for form in page.root.iter("form"):
        if len(asked := _questions_of(form)) and not _is_site_search(form):
            method = (form.get("method") or "get").upper()
            goal = page.absolute(form.get("action") or page.url) or page.url
            yield (
                f"a search form asks for {_join(asked)}{_options(form)}: the list is behind it; "
                f"search once in a browser and probe the address of the results ({method} {goal})"
            )


def _form_in_json(answer: Any) -> Iterator[str]:
    """Recognises a form described in JSON: objects with a label and a type, one of them about searching."""
    objects = (value for value in _values(answer) if isinstance(value, dict) and isinstance(value.get("type"), str))
    labels = [" ".join(value["label"].split())[:60] for value in objects if isinstance(value.get("label"), str)]
    if any(notice_pattern("searching").search(label) for label in labels):
        shown = "; ".join(list(dict.fromkeys(labels))[:MAX_NAMED])
        yield (
            f"the answer describes a search form ({shown}) and holds no entries: search once in a browser, "
            "find the address that answers in its network panel, and probe that"
        )


def _markup_in(page: Page, answer: Any) -> Page:
    """The HTML forms inside the strings of a JSON answer, as a page."""
    found = "".join(value for value in _values(answer) if isinstance(value, str) and "<form" in value)
    return Page(page.url, found.encode("utf-8", "replace"), "text/html")


def _values(answer: Any) -> Iterator[Any]:
    """The answer and all values nested in it."""
    waiting = [answer]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, (dict, list)):
            waiting.extend(reversed(list(value.values() if isinstance(value, dict) else value)))


def _questions_of(form: HtmlElement) -> list[str]:
    """What the form asks for, in the words of `notices.toml`, in the order of its fields."""
    found: dict[str, None] = {}
    for field in _fields(form):
        if not is_hidden(field):
            stated = [field.get(name) for name in ("name", "id", "placeholder", "aria-label")]
            labels = form.xpath(".//label[@for=$identity]", identity=field.get("id")) if field.get("id") else []
            said = " ".join(filter(None, [*stated, *(label.text_content() for label in labels[:1])]))
            meanings = facts("notices")["asked"].items()
            meant = next((meaning for meaning, look in meanings if re.search(look, said, re.IGNORECASE)), None)
            found |= {meant: None} if meant else {}
    return list(found)


def _fields(form: HtmlElement) -> list[HtmlElement]:
    return [field for field in form.iter("input", "select") if (field.get("type") or "text").lower() not in _UNASKED]


def _is_site_search(form: HtmlElement) -> bool:
    """Whether the form is a site search, a contact form or a newsletter sign-up."""
    if form.xpath(".//textarea | .//input[@type='email' or @type='password']"):
        return True
    names = {(field.get("name") or "").lower() for field in _fields(form)}
    return (form.get("role") == "search" and len(names) == 1) or (bool(names) and names <= _SITE_SEARCH)


def _options(form: HtmlElement) -> str:
    """The number of choices in the longest select, with examples."""
    choices = [select.xpath(".//option[string-length(@value) > 0]") for select in form.iter("select")]
    longest = max(([" ".join(one.text_content().split()) for one in some] for some in choices), key=len, default=[])
    longest = [text for text in longest if text]
    return f" (one of {len(longest)}: {', '.join(longest[:3])}, …)" if len(longest) > 3 else ""


def is_empty_frame(page: Page) -> bool:
    """Whether the page has almost no text and a script that may fill it."""
    return len(visible_text(page)) <= _FEW_WORDS and bool(page.root.xpath("//script[@src]") or _roots(page))


def _roots(page: Page) -> list[HtmlElement]:
    """The nearly empty elements into which applications render."""
    boxes = (box for box in page.root.iter("div", "app-root") if box.tag == "app-root" or box.get("id") in _APP_IDS)
    return [box for box in boxes if len(" ".join(box.text_content().split())) < 200]


def _application(page: Page) -> Iterator[str]:
    if not _roots(page) and not is_empty_frame(page):
        return
    named = endpoints(page)
    if named:
        yield f"the page is empty until its scripts run; they mention {_join(list(named))}: probe these"
    else:
        yield (
            "the page is empty until its scripts run: in the network panel of a browser, find the address "
            "that returns the entries, and probe that; or save the finished page and probe the file"
        )


def endpoints(page: Page) -> tuple[str, ...]:
    """Addresses in the page's own scripts that look as if data came from them. They are named only, never requested."""
    scripts = [script.text or "" for script in page.root.iter("script") if not script.get("src")]
    targets = (match[1].replace("\\/", "/") for text in scripts for match in _ENDPOINT.finditer(text[:500_000]))
    looking = (target for target in targets if _ENDPOINT_LOOK.search(target) and not _NO_ENDPOINT.search(target))
    found = [address for target in looking if (address := page.absolute(target)) and address.startswith("http")]
    return tuple(dict.fromkeys(address for address in found if host_of(address)))[:MAX_NAMED]


def _members(page: Page) -> Iterator[str]:
    if notice_pattern("members").search(visible_text(page)) or (
        asks_for_login(page) and len(visible_text(page)) < 1500
    ):
        yield "the list is kept for members: only public pages may be read; ask the publisher for a file"


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
