"""What a site may answer instead of its list: refusals, requests to wait, redirects. All cases are crawled in one run."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

CSV = "Name,Phone\nJane Roe,512-555-0142\nJohn Doe,512-555-0143\n"


def answers(status: int, body: str | bytes = "no", **headers: str):
    return lambda site: site.says("/list.csv", body, status, **headers)


def once(status: int, wait):
    """An answer that is another when asked again."""

    def state(site) -> None:
        site.says("/list.csv", "busy", status, Retry_After=wait)
        site.then("/list.csv", CSV)

    return state


def date_in(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def redirects(target: str):
    return lambda site: site.says("/list.csv", "", 302, Location=target.replace("PORT", str(site.port)))


def chain(*targets: str):
    def state(site) -> None:
        path = "/list.csv"
        for target in targets:
            site.says(path, "", 302, Location=target)
            path = target

    return state


REFUSALS = {
    "unauthorised": answers(401),
    "forbidden": answers(403),
    "legal": answers(451),
    "challenge": answers(200, "<html><title>Just a moment...</title></html>", Content_Type="text/html"),
    "challenge_503": answers(503, "<title>Attention Required! | Shield</title>", Content_Type="text/html"),
    "challenge_by_header": answers(200, CSV, cf_mitigated="challenge"),
}
ABSURD_WAITS = {
    "a_day": answers(429, Retry_After="86400"),
    "for_ever": answers(503, Retry_After="9" * 400),
    "till_2099": answers(429, Retry_After="Thu, 31 Dec 2099 23:59:59 GMT"),
}
NO_WAITS = {
    "soon": answers(503, Retry_After="soon"),
    "negative": answers(503, Retry_After="-5"),
    "superscript": answers(503, Retry_After="²"),
    "long_ago": answers(429, Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"),
    "no_such_year": answers(429, Retry_After="Fri, 31 Dec 99999 23:59:59 GMT"),
    "empty": answers(500, Retry_After=""),
}
AWAY = {
    "another_site": redirects("http://lists.example.net/list.csv"),
    "no_scheme": redirects("//lists.example.net/list.csv"),
    "this_machine": redirects("http://localhost:PORT/good"),
    "another_port": redirects("http://127.0.0.1:9/good"),
    "private": redirects("http://10.0.0.1/good"),
    "metadata": redirects("http://169.254.169.254/latest/meta-data/"),
    "private_v6": redirects("http://[::1]:PORT/good"),
    "as_a_number": redirects("http://2130706433:PORT/good"),
    "as_user": redirects("http://127.0.0.1:PORT@lists.example.net/"),
    "file": redirects("file:///etc/hostname"),
    "script": redirects("javascript:alert(1)"),
    "data": redirects("data:text/csv,Name%0AJane%20Roe"),
    "ftp": redirects("ftp://127.0.0.1:PORT/good"),
    "no_address": redirects("http://[nonsense/"),
    "at_the_end_of_a_chain": chain("/one", "/two", "http://lists.example.net/list.csv"),
    "in_a_circle": chain("/one", "/two", "/list.csv"),
}


@pytest.fixture(scope="module")
def crawled(crawl_each):
    refresh = answers(200, '<meta http-equiv="refresh" content="0; url=/good">', Content_Type="text/html")
    endless = {"too_long": chain(*map("/{}".format, range(20))), "meta_refresh": refresh}
    return crawl_each(REFUSALS | ABSURD_WAITS | NO_WAITS | AWAY | endless)


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_reported_and_not_asked_again(crawled, case):
    assert crawled[case].outcome == "blocked", crawled[case].said
    assert crawled[case].times_asked() == 1


@pytest.mark.parametrize("case", ABSURD_WAITS)
def test_a_site_that_asks_to_come_back_much_later_is_left_alone(crawled, case):
    assert crawled[case].outcome == "blocked", crawled[case].said
    assert "asks to come back" in crawled[case].said
    assert crawled[case].times_asked() == 1


@pytest.mark.parametrize("case", NO_WAITS)
def test_a_wait_that_says_nothing_is_no_wait_and_the_error_is_told(crawled, case):
    assert crawled[case].outcome == "held", crawled[case].said
    assert "answered " in crawled[case].said


@pytest.mark.parametrize("case", AWAY)
def test_a_redirect_that_leaves_the_site_is_not_followed(crawled, case):
    assert crawled[case].outcome == "held", crawled[case].said
    assert "not followed" in crawled[case].said
    assert "/good" not in crawled[case].site.asked


def test_redirects_without_end_end(crawled):
    assert crawled["too_long"].outcome == "held"
    assert "max redirections reached" in crawled["too_long"].said
    assert len(crawled["too_long"].site.asked) < 10


def test_a_redirect_in_a_page_is_not_followed(crawled):
    assert crawled["meta_refresh"].outcome == "held"
    assert "/good" not in crawled["meta_refresh"].site.asked


def test_nobody_is_shown_a_stack_trace(crawled):
    assert "Traceback" not in crawled["forbidden"].err, crawled["forbidden"].err


def test_a_wait_is_kept_to_the_second_then_the_list_is_read(crawl_each):
    found = crawl_each({"two_seconds": once(503, "2"), "until_a_date": once(429, lambda: date_in(3))}, RETRY_TIMES=1)
    for case, least_s in (("two_seconds", 2), ("until_a_date", 1)):
        assert found[case].outcome == "passed", found[case].said
        first, second = [
            at
            for path, at in zip(found[case].site.asked, found[case].site.asked_at, strict=True)
            if path == "/list.csv"
        ]
        assert second - first >= least_s


def at(host: str):
    return lambda site: f"http://{host}:{site.port}/list.csv"


def test_a_private_address_is_not_asked_however_it_is_spelt(crawl_each):
    hosts = ("2130706433", "127.1", "0x7f000001", "0177.0.0.1")
    found = crawl_each({f"host_{number}": at(host) for number, host in enumerate(hosts)}, DOWNLOAD_DELAY=0)
    for only in found.values():
        assert only.outcome == "held" and "is a private address: not fetched" in only.said
        assert only.site.asked == []


def test_a_name_that_resolves_to_a_private_address_is_not_asked(crawl_each):
    name = socket.gethostname()
    if not socket.gethostbyname(name).startswith("127."):
        pytest.skip("this machine's name does not lead to itself")
    only = crawl_each({"named": at(name)})["named"]
    assert only.outcome == "unreachable", only.said
    assert "leads to the private address 127." in only.said and "so nothing is fetched" in only.said
    assert only.site.asked == []


def test_further_pages_on_other_hosts_are_not_asked_and_the_harvest_is_held(ldn, site):
    trap = f"http://localhost:{site.port}/trap"
    site.says("/api", json.dumps({"entries": [{"name": "Jane Roe", "phone": "512-555-0142"}], "next": trap}))
    table = f"<table><tr><th>Name<th>Phone<tr><td>Jane Roe<td>512-555-0142</table><a rel=next href={trap}>next</a>"
    site.says("/table", table, Content_Type="text/html")
    reports = ldn("crawl", "--json", "bad_api", "bad_table").sources
    assert reports["bad_api"]["outcome"] == "held" and "another site" in reports["bad_api"]["reasons"][0]
    assert reports["bad_table"]["listings"] == 1
    assert "/trap" not in site.asked
