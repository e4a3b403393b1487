"""Saves the spider of a probe in the project, with a page for its test that holds nobody's data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ldn_directory.errors import LdnError
from ldn_directory.extract.page import Page
from ldn_directory.model import Listing
from ldn_directory.storage import PROJECT

from .detect import Findings, probe
from .fiction import ENDINGS, CannotInvent, fictional_page
from .targets import Report

_NAME = re.compile(r'^    name = "([a-z][a-z0-9_]*)"$', re.MULTILINE)
_FIELDS = ("credentials", "practice", "website", "email", "city", "region", "postcode")
_MEDIA = {"html": "text/html", "json": "application/json", "txt": "text/plain"}


class CannotSave(LdnError):
    """Nothing was written; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSpider:
    """What was written, and what a person must still look at."""

    written: tuple[Path, ...]
    to_check: tuple[str, ...]


def save_spider(report: Report, project: Path = PROJECT) -> SavedSpider:
    """Writes the spider and a fictional page for its test, never over another file.

    The page, with its people replaced, and what is read from it are in `tests/pages/<source>/first_probe/`. Raises
    CannotSave before anything is written.
    """
    if report.found.spider is None:
        raise CannotSave("there is no list, so there is nothing to save")
    name = _name_in(report.found.spider)
    spider = project / "ldn_directory" / "spiders" / f"{name}.py"
    case = project / "tests" / "pages" / name / "first_probe"
    if taken := [path for path in (spider, case) if path.exists()]:
        raise CannotSave(f"{taken[0]} is there already, and is left as it is: rename it, or edit it by hand")
    if not spider.parent.is_dir():
        raise CannotSave(f"{spider.parent} does not exist: save from the project's own folder, not an installed copy")
    fixture, remarks = _fixture(report, name)
    contents = {spider: report.found.spider.encode()} | {case / file: content for file, content in fixture.items()}
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    return SavedSpider(written=tuple(contents), to_check=(*_always_to_check(report), *remarks))


def _name_in(spider: str) -> str:
    found = _NAME.search(spider)
    if not found:
        raise CannotSave("the spider has no name that a file could have")
    return found[1]


def _fixture(report: Report, name: str) -> tuple[dict[str, bytes], list[str]]:
    """The files of the test's folder, and remarks; no files if the page cannot be turned into fiction."""
    try:
        body = fictional_page(report.page, report.found.listings)
    except CannotInvent as error:
        return {}, [f"no test page was written: {error}"]
    ending = ENDINGS[report.page.kind]
    url = f"https://lists.example.com/{name}"
    found = probe(Page(url, body, _MEDIA[ending]), choice=report.found.choice)
    expected = {
        "url": url,
        "family": found.family,
        "records": [_expected_record(listing) for listing in found.listings],
    }
    files = {
        f"page.{ending}": body,
        "expected.json": json.dumps(expected, ensure_ascii=False, indent=1).encode() + b"\n",
    }
    return files, _remarks(report.found, found)


def _expected_record(listing: Listing) -> dict[str, Any]:
    row: dict[str, Any] = {"name": listing.name}
    row |= {field: value for field in _FIELDS if (value := getattr(listing, field))}
    return row | ({"phone": listing.phones[0].raw} if listing.phones else {})


def _remarks(real: Findings, fiction: Findings) -> list[str]:
    if fiction.family == real.family and len(fiction.listings) == len(real.listings):
        return ["read expected.json beside page.*: it says what is read from the fiction, not what ought to be"]
    read = f"{fiction.family or 'no list'} with {len(fiction.listings)} entries"
    wanted = f"{real.family} with {len(real.listings)}"
    return [
        f"the fiction is read as {read}, the page as {wanted}: "
        "correct page.* or expected.json by hand, or delete the folder"
    ]


def _always_to_check(report: Report) -> Sequence[str]:
    terms = f"read {report.found.terms}" if report.found.terms else "the page links to none; look for them"
    on_disk = ("start_urls: it names a file of this machine; put the list's own address there",)
    return (
        *(on_disk if report.page.url.startswith("file:") else ()),
        f"terms: {terms}; a list whose terms forbid it is not added",
        "title, publisher and the class's sentence: say whose list it is and what it lists",
        "evidence: LISTED only if the list itself is one of LDN prescribers or pharmacies",
        "page.*: search it for anybody real before you commit it; programs only know what they recognise",
    )
