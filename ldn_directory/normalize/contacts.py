"""How an entry is reached: numbers that may be published, e-mail, website, its page, its point on the map."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ldn_directory.model import Link, Phone, Record, Source

from .draft import Draft
from .phones import phones
from .web import emails, is_safe_url, website

MOST_VALUE = 500


def phones_of(draft: Draft, links: Iterable[Link], code: str | None, source: Source) -> tuple[Phone, ...]:
    hidden = {re.sub(r"\D", "", text) for text in draft.hidden}
    found: dict[str, Phone] = {}
    texts = [*draft.all("phone"), *(link.href for link in links if link.href.lower().startswith("tel:"))]
    for text in texts:
        if _is_known(text, found):
            continue
        for phone in phones(text, code):
            digits = re.sub(r"\D", "", phone.raw)
            if any(digits and digits[-7:] in other for other in hidden) or phone.e164 in source.ignore_contacts:
                continue
            found.setdefault(phone.e164 or digits, phone)
    return tuple(found.values())[:5]


def _is_known(text: str, found: dict[str, Phone]) -> bool:
    """Whether a `tel:` link repeats a number that is written beside it."""
    digits = re.sub(r"\D", "", text) if text[:4].lower() == "tel:" else ""
    return len(digits) > 8 and any(digits.endswith(known[-9:]) for known in found if known.startswith("+"))


def email_of(draft: Draft, links: Iterable[Link], source: Source) -> tuple[str | None, str | None]:
    texts = [*draft.all("email"), *(link.href[7:] for link in links if link.href.lower().startswith("mailto:"))]
    for text in texts:
        for address in emails(text):
            if (
                address.lower() not in source.ignore_contacts
                and address.rpartition("@")[2] not in source.ignore_contacts
            ):
                return address, text[:MOST_VALUE]
    return None, None


def website_of(draft: Draft, record: Record, source: Source) -> str | None:
    outward = [
        link
        for link in record.links
        if link.rel not in ("detail", "evidence", "image", "map")
        and is_safe_url(link.href)
        and not _same_host(link.href, record.page)
    ]
    for text in [*draft.all("website"), None]:
        found = website(text, outward if text is None else ())
        if found and not any(host in found for host in source.ignore_contacts):
            return found
    return None


def _same_host(one: str, other: str) -> bool:
    return _host_in(one) == _host_in(other)


@lru_cache(maxsize=4096)
def _host_in(url: str) -> str:
    return re.sub(r"^[a-z]+://(?:www\.)?([^/:?#]*).*", r"\1", url.lower())


def page_of(record: Record) -> str:
    detail = next(
        (link.href for link in record.links if link.rel in ("evidence", "detail") and is_safe_url(link.href)), None
    )
    return detail or record.page


def point_of(draft: Draft, record: Record) -> tuple[float | None, float | None]:
    try:
        latitude, longitude = record.point or (
            float(draft.first("latitude") or ""),
            float(draft.first("longitude") or ""),
        )
    except ValueError:
        return None, None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or (latitude == 0 and longitude == 0):
        return None, None
    return latitude, longitude
