"""Safe headers on every answer."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from ldn_directory.site.plugin.middleware import HEADERS
from ldn_directory.site.server.serve import asgi_app

from .sites import answers_of

ADDRESSES = [
    "/",
    "/de/",
    "/provider/1",
    "/provider/1.json",
    "/provider/99",
    "/regions/US",
    "/map",
    "/sources",
    "/changes.atom",
    "/search.csv",
    "/openapi.json",
    "/sitemap.xml",
    "/robots.txt",
    "/static/style.css",
    "/static/none.css",
    "/ldn",
    "/ldn/",
    "/ldn.db",
    "/ldn/providers",
    "/ldn/providers.json",
    "/ldn/nothing",
    "/ldn?sql=select+1",
    "/-/settings",
    "/-/static/app.css",
    "/-/static/none",
    "/nowhere",
    "/?page=0",
    "/search.nothing",
]
EXPECTED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-permitted-cross-domain-policies": "none",
}
# What the OWASP Secure Headers Project lists as telling of the software behind a site.
TELLING = ("server", "x-powered-by", "x-aspnet-version", "via", "x-generator", "x-runtime", "x-databases", "set-cookie")


def asked(directory, *requests, **options):
    """What a site of its own with these options answers."""
    return asyncio.run(answers_of(asgi_app(directory, look_every_s=0, **options), *requests))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_every_answer_has_every_safe_header_once_and_says_how_it_may_be_kept(kept_site, method):
    for answer in kept_site.ask(*((method, address, {}) for address in ADDRESSES)):
        where = f"{answer.request.url} {answer.status_code}"
        for name, value in EXPECTED.items():
            assert answer.headers.get_list(name) == [value], where
        assert len(answer.headers.get_list("content-security-policy")) == 1
        assert "permissions-policy" in answer.headers
        assert method == "OPTIONS" or answer.headers["cache-control"], where
        assert not [name for name in TELLING if name in answer.headers], where


def test_the_content_policy_lets_nothing_inline_and_nobody_else_in(kept_site):
    (page,) = kept_site.ask("/")
    policy = dict(one.strip().partition(" ")[::2] for one in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert (
        "unsafe" not in page.headers["content-security-policy"] and "*" not in page.headers["content-security-policy"]
    )


def test_datasette_s_own_html_may_use_its_own_inline_styles_and_scripts(directory):
    pages = ["/ldn", "/ldn/providers", "/de/ldn/providers", "/ldn/providers/1", "/ldn/by_region"]
    for page in asked(directory, *pages, "/ldn?sql=select+1", "/ldn/providers?_facet=city", allow_sql=True):
        policy = dict(one.strip().partition(" ")[::2] for one in page.headers["content-security-policy"].split(";"))
        assert page.status_code == 200 and policy["style-src"] == "'self' 'unsafe-inline'"
        assert policy["script-src"].startswith("'self' 'sha256-") and "unsafe" not in policy["script-src"]
        for script in re.findall("<script>(.*?)</script>", page.text, re.DOTALL):
            digest = b64encode(sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy["script-src"], script
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"


def test_all_other_answers_keep_the_strict_policy(kept_site):
    strict = HEADERS["content-security-policy"]
    others = ["/ldn/nothing", "/ldn/providers?_sort=nothing", "/ldn/providers.json", "/ldn/providers.csv", "/ldn.db"]
    for answer in kept_site.ask("/", "/provider/1", "/about", *others):
        assert answer.headers["content-security-policy"] == strict, answer.request.url


def test_an_unchanged_answer_keeps_the_headers(kept_site):
    (page,) = kept_site.ask("/about")
    (unchanged,) = kept_site.ask(("GET", "/about", {"if-none-match": page.headers["etag"]}))
    assert (
        unchanged.status_code == 304
        and unchanged.headers["cache-control"]
        and "content-security-policy" in unchanged.headers
    )


@pytest.mark.parametrize(
    ("url", "secure"), [("https://directory.example.org", True), ("http://directory.example.org", False), ("", False)]
)
def test_https_is_insisted_on_where_it_is_the_stated_address(directory, url, secure):
    answers = asked(directory, "/", "/nowhere", "/ldn.db", ("POST", "/", {}), url=url)
    assert [answer.headers.get_list("strict-transport-security") for answer in answers] == [
        ["max-age=31536000"] if secure else []
    ] * 4
