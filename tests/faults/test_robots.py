"""What a robots.txt may be: it is obeyed, it fails closed, and it does no harm. All cases are crawled in one run."""

from __future__ import annotations

import pytest


def robots(body: str | bytes = b"", status: int = 200, **headers: str):
    return lambda site: site.says("/robots.txt", body, status, **headers)


def away(site):
    site.says("/robots.txt", b"", 302, Location="http://lists.example.net/robots.txt")


def inside(site):
    site.says("/robots.txt", b"", 302, Location="/rules")
    site.says("/rules", "User-agent: *\nDisallow: /\n")


def inside_a_private_network(site):
    site.says("/robots.txt", b"", 302, Location="http://169.254.169.254/robots.txt")


HTML = "<!DOCTYPE html><html><body><h1>Welcome</h1>Disallow: nothing here is meant for robots</body></html>"
LONG = "".join(f"Disallow: /old/{number:05}\n" for number in range(30_000))

READ = {
    "missing": robots("not here", 404),
    "forbidden_itself": robots("no", 403),
    "empty": robots(""),
    "html": robots(HTML, Content_Type="text/html"),
    "binary": robots(bytes(range(256)) * 40),
    "huge": robots(f"User-agent: *\n{LONG}"),
    "delay_infinite": robots("User-agent: *\nCrawl-delay: inf\n"),
    "delay_negative": robots("User-agent: *\nCrawl-delay: -5\n"),
    "delay_no_number": robots("User-agent: *\nCrawl-delay: soon\n"),
    "for_others": robots("User-agent: other\nDisallow: /\n\nUser-agent: ldn-directory\nDisallow:\n"),
    "for_another_version_of_others": robots("User-agent: not-ldn-directory/1.0\nDisallow: /\n"),
    "only_in_a_remark": robots("User-agent: other # not ldn-directory/1.0\nDisallow: /\n"),
}
CLOSED = {
    "error_500": robots("oops", 500),
    "error_503": robots("oops", 503),
    "too_many": robots("later", 429),
    "silent": lambda site: site.hangs("/robots.txt"),
    "cut_off": robots("User-agent: *\n", Content_Length="4000"),
    "away": away,
    "private": inside_a_private_network,
    "broken_gzip": robots(b"\x1f\x8bbroken", Content_Encoding="gzip"),
}
REFUSED = {
    "everybody": robots("User-agent: *\nDisallow: /\n"),
    "by_name": robots("User-agent: *\nDisallow:\n\nUser-agent: ldn-directory\nDisallow: /list\n"),
    "by_name_and_version": robots("User-agent: *\nDisallow:\n\nUser-Agent: LDN-directory/1.0\nDisallow: /list\n"),
    "by_header": robots("User-agent: ldn-directory/2.1 (+https://example.org/)\r\nDisallow: /list\r\n"),
    "by_name_in_two_groups": robots(
        "User-agent: ldn-directory\nDisallow: /a\n\nUser-agent: ldn-directory/1\nDisallow: /list"
    ),
    "huge_and_no": robots(f"User-agent: *\nDisallow: /list.csv\n{LONG}"),
    "redirected_within": inside,
}
BLOCKED = {
    "delay_for_our_version": robots("User-agent: *\nDisallow:\n\nUser-agent: ldn-directory/1.0\nCrawl-delay: 86400\n"),
    "delay_of_a_day": robots("User-agent: *\nCrawl-delay: 86400\n"),
    "come_back_tomorrow": robots("later", 503, Retry_After="86400"),
}


@pytest.fixture(scope="module")
def crawled(crawl_each):
    return crawl_each(READ | CLOSED | REFUSED | BLOCKED, DOWNLOAD_TIMEOUT=2)


@pytest.mark.parametrize("case", READ)
def test_a_robots_txt_that_forbids_nothing_lets_the_list_be_read(crawled, case):
    assert crawled[case].outcome == "passed", crawled[case].said
    assert crawled[case].report["listings"] == 2


@pytest.mark.parametrize("case", CLOSED)
def test_a_robots_txt_that_cannot_be_had_is_taken_as_no(crawled, case):
    assert crawled[case].outcome == "unreachable", crawled[case].said
    assert "robots.txt" in crawled[case].said and "so nothing is fetched" in crawled[case].said
    assert crawled[case].times_asked() == 0


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_robots_txt_forbids_is_not_asked_for(crawled, case):
    assert crawled[case].outcome == "held"
    assert "forbidden by the site's robots.txt" in crawled[case].said
    assert crawled[case].times_asked() == 0


@pytest.mark.parametrize("case", BLOCKED)
def test_a_site_that_wants_to_be_asked_once_a_day_is_reported_as_blocked_and_left_alone(crawled, case):
    assert crawled[case].outcome == "blocked", crawled[case].said
    assert "86400 s" in crawled[case].said
    assert crawled[case].times_asked() == 0


def test_of_a_huge_robots_txt_the_beginning_is_obeyed_and_the_report_says_so(crawled):
    assert "the first 512,000 are obeyed" in crawled["huge"].said


def test_nobody_is_shown_a_stack_trace(crawled):
    assert "Traceback" not in crawled["missing"].err, crawled["missing"].err
