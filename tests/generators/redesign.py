"""What a site looks like after somebody has redesigned it: the same words under other names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from zlib import crc32

from ldn_directory.example.view import Answer

CLASSES = re.compile(r'\b(class|id|headers|name)=(["\'])(.*?)\2')
LABELS = re.compile(r"(<th\b[^>]*>|<strong>(?=[A-Z][a-z]+:)|<span class=\"views-label[^>]*>)[^<]*")


def redesign(answer: Answer) -> Answer:
    """The answer with its classes, ids, labels and keys renamed; spreadsheets rename their own columns."""
    if answer.content_type.startswith("application/json"):
        return replace(answer, body=json.dumps(_rename_keys(json.loads(answer.body or b"[]"))).encode())
    if answer.content_type.startswith("text/html"):
        return replace(answer, body=_rename_markup(answer.body.decode()).encode())
    if "kml" in answer.content_type:
        return replace(answer, body=answer.body.replace(b"Placemark>", b"NetworkLink>"))
    return answer


def _rename_markup(text: str) -> str:
    plain = LABELS.sub(lambda found: f"{found[1]}&nbsp;", text)
    plain = CLASSES.sub(lambda found: f'{found[1]}="{" ".join(_alias(word) for word in found[3].split())}"', plain)
    return plain.replace("application/ld+json", "application/json")


def _rename_keys(value: object) -> object:
    match value:
        case dict():
            return {_alias(key): _rename_keys(item) for key, item in value.items()}
        case list():
            return [_rename_keys(item) for item in value]
        case _:
            return value


def _alias(name: str) -> str:
    return f"x{crc32(name.encode()):08x}"
