"""Whether a new list is about low-dose naltrexone: the pages around it are asked when it does not say so itself."""

from __future__ import annotations

import pytest

SAYS_SO = "<title>Find a prescriber of low-dose naltrexone</title>"
SAYS_NOTHING = "<title>LDN prescribers</title><p>Naltrexone, and London.</p>"


@pytest.fixture
def crawl(ldn, site):
    """Crawls the list that does not say what it is about; gives its report."""

    def crawled(*words: str) -> dict:
        return ldn("crawl", "unspoken", "--json", *words).sources["unspoken"]

    return crawled


def test_the_page_about_the_list_says_it(crawl, site):
    site.says("/about", SAYS_SO, Content_Type="text/html")
    report = crawl()
    assert report["gates"] == ["first"]
    assert report["topic"]["words"] == "Find a prescriber of low-dose naltrexone"
    assert report["topic"]["page"].endswith("/about") and "/" not in site.asked


def test_else_the_front_page_is_asked_and_a_page_that_is_not_there_costs_nothing(crawl, site):
    site.says("/", SAYS_SO, Content_Type="text/html")
    report = crawl()
    assert report["gates"] == ["first"] and report["listings"] == 2 and not report["failures"]
    about, front = report["looked_at"]
    assert about.endswith("/about (answered 404)") and front == f"{site.url}/"


def test_a_list_around_which_nothing_says_it_is_held_for_that_too(crawl, site):
    site.says("/about", SAYS_NOTHING, Content_Type="text/html")
    site.says("/", SAYS_NOTHING, Content_Type="text/html")
    report = crawl()
    assert report["gates"] == ["off topic", "first"] and report["topic"] is None
    assert site.asked.count("/about") == site.asked.count("/") == 1


def test_a_list_that_says_it_itself_costs_no_further_page(crawl, site):
    site.says("/good.csv", "Low-dose naltrexone\nName,Phone\nJane Roe,512-555-0142\n", Content_Type="text/csv")
    assert crawl()["topic"]
    assert "/about" not in site.asked and "/" not in site.asked


def test_what_robots_txt_forbids_is_not_asked_for(crawl, site):
    site.says("/robots.txt", "User-agent: *\nDisallow: /about\nDisallow: /$\n")
    report = crawl()
    assert "/about" not in site.asked and "robots.txt" in report["looked_at"][0]


def test_once_it_is_in_the_ledger_it_is_not_asked_about_again(crawl, ldn, site):
    crawl()
    assert ldn("accept", "unspoken", "--yes", "--why", "The newsletter of May says so").code == 0
    asked = len(site.asked)
    assert crawl()["outcome"] == "passed"
    assert "/about" not in site.asked[asked:] and "/" not in site.asked[asked:]
