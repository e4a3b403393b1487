"""Recognises what lists of other things contain: events, news, jobs, products, hotels, quotations, sponsors."""

from __future__ import annotations

import re
from functools import lru_cache

from ldn_directory.extract.facts import any_of

_OTHER_MATTER = re.compile(any_of("other_matter"), re.I)
_OTHER_HEADING = re.compile(rf"\b{any_of('other_heading')}\b", re.I)
_QUOTATION = re.compile(r"^[“\"„«].{50,}")
_OTHER_ORGANISATION = re.compile(rf"\b{any_of('other_organisation')}$", re.I)
_NO_OTHER_MATTER = re.compile(rf"\b{any_of('no_other_matter')}\b", re.I)


@lru_cache(65536)
def is_other_matter(text: str) -> bool:
    """Whether the line belongs to an event, a post, a job, a product or a quotation."""
    return bool(_OTHER_MATTER.search(text[:300])) and not _NO_OTHER_MATTER.search(text[:60])


@lru_cache(65536)
def is_other_organisation(text: str) -> bool:
    """Whether the name is that of a hotel, a restaurant or the like."""
    return bool(_OTHER_ORGANISATION.search(text.strip()))


@lru_cache(8192)
def is_other_heading(text: str) -> bool:
    """Whether a heading announces sponsors, speakers or others who are not there for patients."""
    return len(text) <= 80 and bool(_OTHER_HEADING.search(text))


def is_quotation(text: str) -> bool:
    """Whether the line is a long quotation."""
    return bool(_QUOTATION.match(text))
