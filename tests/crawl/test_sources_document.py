"""The worked examples of docs/sources.md run, and it names every attribute."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import fields
from typing import Any

import pytest

from ldn_directory import families
from ldn_directory.crawl.base_spider import ListSpider
from ldn_directory.crawl.page_worker import parse_body
from ldn_directory.model import Source
from ldn_directory.storage import PROJECT

TEXT = (PROJECT / "docs" / "sources.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
TYPES = {
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "xml": "application/vnd.google-earth.kml+xml",
}


def spiders_in_order() -> dict[str, tuple[type[ListSpider], list[tuple[str, str]]]]:
    """Each example's class, and the blocks between it and the next."""
    namespace: dict[str, Any] = {"__name__": __name__}
    found: dict[str, tuple[type[ListSpider], list[tuple[str, str]]]] = {}
    for language, text in BLOCKS:
        if language == "python":
            before = set(namespace)
            exec(text, namespace)
            (name,) = {name for name in set(namespace) - before if re.search(rf"^class {name}\b", text, re.MULTILINE)}
            following: list[tuple[str, str]] = []
            found[name] = (namespace[name], following)
        else:
            following.append((language, text))
    return found


EXAMPLES = spiders_in_order()
FAMILIES = [
    family
    for family in vars(families).values()
    if inspect.isclass(family) and issubclass(family, ListSpider) and family.__module__ == families.__name__
]


@pytest.mark.parametrize("name", [name for name, (_, blocks) in EXAMPLES.items() if blocks])
def test_an_example_yields_the_listings_that_it_shows(name):
    spider, ((language, page), (_, expected)) = EXAMPLES[name]
    (address,) = spider.addresses()
    result = parse_body(spider, address, page.encode(), {"content-type": TYPES[language]}, {})
    rows = [json.loads(line) for line in result.lines]
    shown = [f"{row['name']} | {row['phones'][0]['raw']} | {row['city']}" for row in rows]
    assert shown == expected.splitlines()
    assert result.error is None


def test_every_family_has_an_example():
    used = {base for spider, _ in EXAMPLES.values() for base in spider.__mro__}
    assert {family.__name__ for family in FAMILIES} - {base.__name__ for base in used} == set()


def test_every_attribute_of_a_source_and_of_each_family_is_named():
    attributes = {one.name for one in fields(Source)}
    for family in FAMILIES:
        attributes |= {name for name in inspect.get_annotations(family) if name[0] != "_"}
    attributes |= {"addresses", "form", "pre_process", "post_process", "name", "start_urls"}
    assert {name for name in attributes if not re.search(rf"`{name}\b", TEXT)} == set()
