"""Whether a page ends too early, as when a connection broke off or a server gave up in the middle."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter

from .page import Page, split_url
from .sheets.file import delimiter_of

_NEVER_LEFT_OPEN = re.compile(r"<(/?)(table|ul|ol|dl|div|section|main|article|form|script|select)\b", re.IGNORECASE)
"""Elements whose end tag no standard allows to leave out."""
_UNSEEN = re.compile(r"<!--.*?(?P<closed>-->|\Z)|<script\b.*?(?P<ended></script|\Z)", re.IGNORECASE | re.DOTALL)
"""Comments and scripts. One that is never closed goes to the end: else each such beginning would be read to there."""
_END_OF_HTML = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_XML_ROOT = re.compile(r"<([A-Za-z_][\w:.-]*)")
_END_LENGTH = 4096


def how_cut_off(page: Page) -> str | None:
    """How one sees that a page ends too early, in words; None if nothing shows it."""
    try:
        match page.kind:
            case "html":
                return _html(page.text)
            case "json":
                return _json(page)
            case "xml":
                return _xml(page.text)
            case "pdf":
                return None if b"%%EOF" in page.body[-_END_LENGTH:] else "a PDF file without its end"
            case "text" if _is_csv(page):
                return _csv(page.text)
    except (ValueError, csv.Error):
        pass
    return None


def _html(text: str) -> str | None:
    """Where `</html>` and `</body>` are left out, as they may be, all that must be closed is closed."""
    if _END_OF_HTML.search(text[-_END_LENGTH:]) or not text.strip():
        return None
    if text.rfind("<") > text.rfind(">"):
        return "it ends within a tag"
    if any(not (found["closed"] or found["ended"]) for found in _UNSEEN.finditer(text)):
        return "it ends within a comment or script"
    seen = Counter((end, name.lower()) for end, name in _NEVER_LEFT_OPEN.findall(_UNSEEN.sub("", text)))
    left_open = [name for end, name in seen if not end and seen["", name] > seen["/", name]]
    return f"it ends within <{left_open[-1]}>" if left_open else None


def _json(page: Page) -> str | None:
    try:
        page.json  # noqa: B018  asked for its error
    except ValueError as error:
        cause = error.__cause__
        text = page.text.strip("\ufeff \t\r\n")
        if isinstance(cause, json.JSONDecodeError) and text[:1] in ("{", "["):
            at_end = cause.pos >= len(cause.doc.rstrip()) - 1 or cause.msg.startswith("Unterminated")
            return "its JSON ends in the middle" if at_end else None
    return None


def _xml(text: str) -> str | None:
    root = _XML_ROOT.search(text)
    if root is None or f"</{root[1]}" in text[-_END_LENGTH:] or text.rstrip().endswith(("/>", "-->")):
        return None
    return f"it ends without </{root[1]}>"


def _is_csv(page: Page) -> bool:
    stated = (page.content_type or "").lower()
    return "csv" in stated or "tab-separated" in stated or split_url(page.url).path.lower().endswith((".csv", ".tsv"))


def _csv(text: str) -> str | None:
    """Whether the last row, without an end of line, has fewer cells than all others, or an open quotation mark."""
    if text.endswith(("\n", "\r")):
        return None
    lines = text.splitlines(keepends=True)
    lengths = [len(row) for row in csv.reader(lines, delimiter=delimiter_of(text)) if row]
    if len(lengths) > 2 and lengths[-1] < min(lengths[:-1]):
        return f"its last row has {lengths[-1]} of {lengths[0]} cells"
    return "its last row ends within quotation marks" if text.count('"') % 2 else None
