"""What the pages say: values of the database in words, and links that are safe to follow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import quote, urlsplit

KINDS = {"prescriber": "Prescriber", "clinic": "Clinic", "pharmacy": "Pharmacy", "telehealth": "Telehealth service"}
EVIDENCE = {
    "listed": "on a list of LDN prescribers or pharmacies", "own_site": "stated on its own website",
    "proxy": "in a directory of likely prescribers",
}  # fmt: skip
FACET_TITLES = {
    "country": "Country", "region": "Region", "kind": "Kind", "telehealth": "Telehealth", "evidence": "Why it is here",
    "source": "Listed by",
}  # fmt: skip
FIELDS = {
    "name": "Name", "credentials": "Credentials", "practice": "Practice", "specialty": "Specialty", "phone": "Phone",
    "email": "E-mail", "website": "Website", "address": "Address as written", "street": "Street", "city": "City",
    "region": "Region", "region_code": "Region code", "postcode": "Postcode", "country": "Country",
    "country_code": "Country code", "telehealth": "Telehealth", "accepts_new": "Accepts new patients",
    "serves": "Serves", "languages": "Languages", "remark": "Remark", "kind": "Kind", "register": "Register",
    "register_number": "Register number", "latitude": "Latitude", "longitude": "Longitude",
}  # fmt: skip


def age(when: str, today: date) -> str:
    """How long ago, in words."""
    days = max(0, (today - datetime.fromisoformat(when).date()).days)
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def day(when: str) -> str:
    """A date for reading, such as 24 November 2026."""
    moment = datetime.fromisoformat(when).astimezone(UTC)
    return f"{moment.day} {moment:%B %Y}"


def web_link(url: str | None) -> str | None:
    """The address if it is plain http or https, else None: anything else is text."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def phone_link(phone: str | None) -> str | None:
    """A tel: link (RFC 3966) for a number in E.164, else None."""
    return f"tel:{phone}" if phone and phone.startswith("+") and phone[1:].isdigit() else None


def mail_link(email: str | None) -> str | None:
    """A mailto: link for a plain address, else None."""
    return f"mailto:{quote(email, safe='@')}" if email and email.count("@") == 1 and not set(email) & set(" ?&<>\"'\n") else None


def host_of(url: str) -> str:
    """The host of an address, for showing."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def facet_value(facet: str, value: str, sources: dict[str, str]) -> str:
    """A facet's value in words."""
    tables: dict[str, dict[str, str]] = {
        "kind": KINDS, "evidence": EVIDENCE, "telehealth": {"yes": "Offered", "no": "Not offered"}, "source": sources,
    }  # fmt: skip
    return tables.get(facet, {}).get(value, value)
