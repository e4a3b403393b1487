"""Probe touches the web under the rules of a crawl."""

from __future__ import annotations

import gzip
import socket

import pytest

from ldn_directory.crawl.fetch import NO_CONTACT
from ldn_directory.example.server import Reply
from tests.generators.faulty_site import FaultySite

CARD = (
    '<div class="card"><h3>{name}, MD</h3><p>Quayside Clinic</p><p>{number} Harbour Street, Akron, OH 44301</p>'
    "<p>Phone: (330) 555-01{number}</p></div>"
)
CARDS = (
    "<html><title>List</title><body><main>"
    + "".join(
        CARD.format(name=name, number=10 + ordinal)
        for ordinal, name in enumerate(
            ("Ada Marsh", "Ben Odell", "Carla Whitcombe", "Dorian Pell", "Edith Vane", "Felix Thorne")
        )
    )
    + "</main></body></html>"
)
ENTRIES = (
    b'{"stores": ['
    + b",".join(
        b'{"name": "%s, MD", "phone": "(330) 555-01%d", "city": "Akron", "state": "OH"}' % (name, 20 + ordinal)
        for ordinal, name in enumerate((b"Ada Marsh", b"Ben Odell", b"Carla Whitcombe", b"Dorian Pell"))
    )
    + b"]}"
)
AS_JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def answers(looks):
    """What the addresses of the example site answer, and some that do not exist. All are probed in one process."""
    with FaultySite(seed=1, size=60) as site:
        paths = ["/cards", "/secret", "/forbidden", "/challenge", "/elsewhere", "/inside", "/metadata", "/nowhere"]
        found = looks(
            *(site.url + path for path in paths),
            "http://127.0.0.1:9/",
            "http://[::1",
            "https://lists.example.org/",
            "http://10.0.0.1/",
            "http://[::ffff:127.0.0.1]:9/",
            "http://lists.internal/",
            RETRY_TIMES=0,
        )
        return dict(zip([*paths, "closed", "malformed", "web", "named", "mapped", "internal"], found, strict=True)), [
            asked.path for asked in site.requests
        ]


def test_an_allowed_page_is_read(answers):
    found, _ = answers
    assert found["/cards"]["family"] == "html_cards"
    assert found["/cards"]["listings"]


def test_what_robots_txt_forbids_is_not_requested(answers):
    found, asked = answers
    assert "robots.txt forbids" in found["/secret"]["cannot"]
    assert "/secret" not in asked


@pytest.mark.parametrize("path", ["/forbidden", "/challenge"])
def test_a_refusal_is_reported_and_requested_once(answers, path):
    found, asked = answers
    assert "does not want robots" in found[path]["cannot"]
    assert asked.count(path) == 1


@pytest.mark.parametrize(
    ("path", "why"), [("/elsewhere", "another site"), ("/inside", "private address"), ("/metadata", "private address")]
)
def test_a_redirect_off_the_site_is_not_followed(answers, path, why):
    assert why in answers[0][path]["cannot"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/nowhere", "there is no such page"),
        ("closed", "robots.txt of 127.0.0.1:9 could not be fetched"),
        ("malformed", "is no address"),
        ("web", NO_CONTACT),
        ("named", "is a private address: not fetched"),
        ("mapped", "is a private address: not fetched"),
        ("internal", "is a private address: not fetched"),
    ],
)
def test_what_cannot_be_fetched_is_explained(answers, path, why):
    assert why in answers[0][path]["cannot"]


def test_a_robots_txt_that_fails_forbids_everything(serve, looks):
    site = serve({"/robots.txt": Reply(503, {}, b""), "/list": CARDS})
    (found,) = looks(f"{site.url}/list", RETRY_TIMES=0)
    assert "answered 503, so nothing is fetched" in found["cannot"]
    assert "/list" not in site.asked


def test_pages_above_the_limit_packed_or_not_are_refused(serve, looks):
    bomb = Reply(200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzip.compress(b" " * 3_000_000))
    site = serve({"/large": "x" * 3_000_000, "/bomb": bomb})
    large, unpacked = looks(f"{site.url}/large", f"{site.url}/bomb", DOWNLOAD_MAXSIZE=1_048_576)
    assert "larger than the 1 MB" in large["cannot"]
    assert "larger than the 1 MB" in unpacked["cannot"]


def test_a_list_in_a_frame_is_fetched_and_the_spider_reads_the_frame(serve, looks):
    site = serve(
        {"/page": '<html><body><h1>Find help</h1><iframe src="/inner"></iframe></body></html>', "/inner": CARDS}
    )
    (found,) = looks(f"{site.url}/page")
    assert len(found["listings"]) == 6
    assert found["loaded_from"] == f"{site.url}/inner"
    assert f'start_urls = ["{site.url}/inner"]' in found["spider"]
    assert any(f"the list is loaded from {site.url}/inner" in problem for problem in found["problems"])


def test_a_frame_that_robots_txt_forbids_is_named_but_not_fetched(serve, looks):
    site = serve(
        {"/robots.txt": "User-agent: *\nDisallow: /inner\n", "/page": '<iframe src="/inner"></iframe>', "/inner": CARDS}
    )
    (found,) = looks(f"{site.url}/page")
    assert found["family"] is None
    assert any("robots.txt forbids" in problem for problem in found["problems"])
    assert "/inner" not in site.asked


def test_a_page_may_not_send_us_to_another_private_address(serve, looks):
    other = serve({"/inner": CARDS})
    site = serve({"/page": f'<iframe src="{other.url}/inner"></iframe>'})
    (found,) = looks(f"{site.url}/page")
    assert any("is a private address: not fetched" in problem for problem in found["problems"])
    assert other.asked == []


def test_a_page_may_not_send_us_to_this_machine_by_another_spelling(serve, looks):
    other = serve({"/inner": CARDS})
    hosts = ["2130706433", "0177.0.0.1", "127.1", "localhost.", "①27.0.0.1", "[::ffff:7f00:1]"]
    frames = [other.url.replace("127.0.0.1", host) + "/inner" for host in hosts]
    site = serve({f"/{number}": f'<iframe src="{frame}"></iframe>' for number, frame in enumerate(frames)})
    found = looks(*(f"{site.url}/{number}" for number in range(len(hosts))), LDN_CONTACT="crawl@example.org")
    for only in found:
        assert any("is a private address: not fetched" in problem for problem in only["problems"])
    assert other.asked == []


def test_a_name_that_leads_to_this_machine_is_refused_with_that_reason(serve, looks):
    name = socket.gethostname()
    if not socket.gethostbyname(name).startswith("127."):
        pytest.skip("this machine's name does not lead to itself")
    site = serve({"/list": CARDS})
    (found,) = looks(f"{site.url.replace('127.0.0.1', name)}/list", LDN_CONTACT="crawl@example.org", RETRY_TIMES=0)
    assert "leads to the private address 127." in found["cannot"]
    assert site.asked == []


def test_frames_are_followed_one_hop_and_no_further(serve, looks):
    site = serve({"/a": '<iframe src="/b"></iframe>', "/b": '<iframe src="/c"></iframe>', "/c": CARDS})
    (found,) = looks(f"{site.url}/a")
    assert found["family"] is None
    assert "/c" not in site.asked


def test_headers_against_text_mining_are_reported(serve, looks):
    reserved = Reply(
        200, {"Content-Type": "application/json", "tdm-reservation": "1", "X-Robots-Tag": "noindex"}, ENTRIES
    )
    site = serve({"/entries": reserved})
    (found,) = looks(f"{site.url}/entries")
    assert len(found["listings"]) == 4
    assert any("tdm-reservation" in problem for problem in found["problems"])
    assert any("X-Robots-Tag" in problem for problem in found["problems"])


def test_a_crawl_delay_is_kept_between_a_page_and_what_it_embeds(serve, looks):
    site = serve(
        {"/robots.txt": "User-agent: *\nCrawl-delay: 1\n", "/page": '<iframe src="/inner"></iframe>', "/inner": CARDS}
    )
    looks(f"{site.url}/page")
    times = {one.path: one.at for one in site.server.log()}
    assert times["/inner"] - times["/page"] > 0.9
