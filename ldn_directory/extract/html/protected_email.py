"""Decodes e-mail addresses that Cloudflare has obfuscated."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from ldn_directory.normalize.web import cloudflare_email

_PROTECTED_LINK = re.compile(r"/cdn-cgi/l/email-protection#([0-9a-fA-F]{6,})")


def protected_email(element: HtmlElement) -> str | None:
    """The address in `data-cfemail` or a protection link; None if there is none or it cannot be decoded."""
    attributes = element.attrib
    if not attributes:
        return None
    if hidden := attributes.get("data-cfemail"):
        return cloudflare_email(hidden)
    href = attributes.get("href")
    if href and (found := _PROTECTED_LINK.search(href)):
        return cloudflare_email(found[1])
    return None
