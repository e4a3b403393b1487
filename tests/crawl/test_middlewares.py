from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse, Request

from ldn_directory.crawl.addresses import is_loopback, is_private, leaves_site
from ldn_directory.crawl.middlewares import PublicAddressMiddleware, Refused, refusal, seconds_to_wait


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
        "https://lists.example.org:22/",
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


BY_NAME = ("localhost", "localhost.", "LOCALHOST", "pages.localhost", "printer.local", "metadata.google.internal")
NUMBERS = ("127.0.0.1", "127.8.9.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1")
ODD_NUMBERS = ("127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0", "167772161")
VERSION_6 = ("::1", "[::1]", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fd00::1", "ff02::1")
VERSION_4_IN_6 = ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:a00:1::")
PRIVATE = (*BY_NAME, *NUMBERS, *ODD_NUMBERS, *VERSION_6, *VERSION_4_IN_6)
PUBLIC = ("example.org", "93.184.216.34", "2606:2800:220:1::1", "internal.example.org", "dead.beef", "8.8.8.8")


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_is_known_however_it_is_spelt(host):
    assert is_private(host)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_no_private_one(host):
    assert not is_private(host)


def test_of_the_spellings_of_this_machine_only_the_plain_ones_may_be_named():
    plain = [host for host in PRIVATE if is_loopback(host)]
    assert plain == ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "[::1]"]


def asked(*requests: Request) -> list[str]:
    """Which of these requests are let through, one after another."""
    middleware, through = PublicAddressMiddleware(), []
    for request in requests:
        try:
            middleware.process_request(request)
            through.append(request.url)
        except Refused:
            pass
    return through


def named(url: str) -> Request:
    return Request(url, meta={"is_start_request": True})


def test_only_what_a_person_has_named_is_asked_on_this_machine():
    start = named("http://127.0.0.1:8000/list")
    links = (
        "http://127.0.0.1:8000/list?page=2",
        "http://127.0.0.1:9999/",
        "http://localhost:8000/",
        "http://[::1]:8000/",
    )
    assert asked(start, *map(Request, links)) == [start.url, links[0]]
    redirected = Request("http://127.0.0.1:9999/", meta=start.meta | {"redirect_urls": [start.url]})
    assert asked(start, redirected) == [start.url]


def test_the_private_network_is_not_asked_even_if_a_person_has_named_it():
    assert (
        asked(*(named(f"http://{host}/") for host in ("10.0.0.1", "169.254.169.254", "nas.local", "[fd00::1]"))) == []
    )


def test_a_link_to_another_port_of_a_site_is_not_followed():
    start = named("https://lists.example.org/")
    assert asked(start, Request("https://lists.example.org:22/"), Request("http://lists.example.org:6379/")) == [
        start.url
    ]
    odd = named("https://lists.example.org:8443/")
    assert asked(odd, Request("https://lists.example.org:8443/2"), Request("https://lists.example.org/3")) == [
        "https://lists.example.org:8443/",
        "https://lists.example.org:8443/2",
        "https://lists.example.org/3",
    ]
