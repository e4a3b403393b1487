"""Postal codes as keys: what people type and what the packages write meet in one spelling."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files


@cache
def _shapes() -> dict[str, re.Pattern[str]]:
    table = tomllib.loads(files(__package__).joinpath("postcodes.toml").read_text(encoding="utf-8"))
    return {country_code: re.compile(shape) for country_code, shape in table["shape"].items()}


@lru_cache(maxsize=10_000)
def postcode_key(code: str, country_code: str, known_length: int | None = None) -> str:
    """The part of a postal code that the gazetteer knows, without spaces and hyphens; empty for what is no such code.

    The outward code in the United Kingdom, the first three characters in Canada and Ireland, the first five digits of
    a ZIP+4, the digits in the Netherlands; `known_length` cuts where the gazetteer keeps a country coarse.
    """
    plain = re.sub(r"[^0-9A-Z]", "", code.upper())
    if shape := _shapes().get(country_code):
        whole = shape.fullmatch(plain)
        plain = whole[1] if whole else ""
    return plain[:known_length] if known_length else plain
