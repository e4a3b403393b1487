from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from ldn_directory.crawl.addresses import is_private, leaves_site
from ldn_directory.crawl.middlewares import refusal, seconds_to_wait


@pytest.mark.parametrize(
    "target",
    [
        "https://other.example.net/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "ftp://lists.example.org/",
        "http://lists.example.org/",
        "//10.0.0.1/",
    ],
)
def test_a_redirect_that_leaves_the_site_is_named_as_such(target):
    goal = "https:" + target if target.startswith("//") else target
    assert leaves_site("https://lists.example.org/a", goal)


def test_a_redirect_within_the_site_or_to_its_www_host_is_followed():
    assert leaves_site("https://example.org/a", "https://www.example.org/b") is None


def test_retry_after_is_read_as_seconds_or_as_a_date():
    assert seconds_to_wait(b"120") == 120
    assert seconds_to_wait(b"Fri, 31 Dec 1999 23:59:59 GMT") == 0
    assert seconds_to_wait(b"soon") == 0


def test_a_challenge_page_with_status_200_is_a_refusal():
    page = HtmlResponse("https://example.org/", body=b"<html><head><title>Just a moment...</title></head></html>")
    assert refusal(page)


def test_private_addresses_are_known():
    assert is_private("192.168.1.1") and is_private("localhost") and not is_private("example.org")
