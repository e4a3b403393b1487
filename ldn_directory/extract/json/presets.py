"""Known back ends: where their data is, how it is paged, and what their own names for fields mean.

The facts are `presets.toml`. A preset with a site or key gives the addresses; an address of such data gives its preset.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, cast

from ldn_directory.extract.page import Page

MOST_SCANNED = 2_000_000
MOST_KEYS = 5

Paging = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """The facts of one back end. `key_pattern` is None where a site alone suffices."""

    name: str
    title: str
    address: str
    known_by: re.Pattern[str]
    embedded: tuple[re.Pattern[str], ...] = ()
    key_pattern: re.Pattern[str] | None = None
    default_key: str | None = None
    rows: str | None = None
    paging: Paging | None = None
    caps: tuple[int, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field by the back end's own label, folded to lower case."""
    form: Mapping[str, str] | None = None
    countries: Literal["fips_10_4"] | None = None
    empty_is_none: bool = False
    """Whether an empty body means that there are no entries."""
    note: str | None = None
    """What a maintainer should know about this data."""

    @property
    def needs_site(self) -> bool:
        return "{site}" in self.address

    def address_of(self, site: str | None = None, key: str | None = None) -> str:
        """The address of the data. Raises ValueError, which says what is missing or wrong."""
        return self.address.format_map(self._values(site, key))

    def rows_of(self, key: str | None) -> str | None:
        """The dotted path of the entries."""
        return self.rows.replace("{key}", key or "") if self.rows is not None else None

    def _values(self, site: str | None, key: str | None) -> dict[str, str]:
        if self.needs_site and not re.match(r"https?://[^/\s]+", site or ""):
            raise ValueError(
                f'preset {self.name!r} needs the site\'s address, such as site = "https://clinic.example"; got {site!r}'
            )
        values = {"site": (site or "").rstrip("/")}
        if self.key_pattern is None:
            return values
        stated = key or self.default_key
        found = self.key_pattern.fullmatch(stated) if stated else None
        if found is None:
            raise ValueError(f"preset {self.name!r} needs a key like {self.key_pattern.pattern}; got {stated!r}")
        return {**values, "key": cast(str, stated), **found.groupdict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A preset with the site or key of one list."""

    preset: Preset
    site: str | None = None
    key: str | None = None

    @property
    def address(self) -> str:
        return self.preset.address_of(self.site, self.key)


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset by its name."""
    facts = tomllib.loads(Path(__file__).with_name("presets.toml").read_text("utf-8"))
    return {name: _preset(name, stated) for name, stated in facts.items()}


def preset_named(name: str) -> Preset:
    """The preset of that name. Raises ValueError, which lists the names."""
    found = presets().get(name)
    if found is None:
        raise ValueError(f"there is no preset {name!r}; there are: {', '.join(sorted(presets()))}")
    return found


def use_of(url: str) -> Use | None:
    """The preset that an address belongs to, with its site or key. WordPress, the most general, is tried last."""
    for preset in sorted(presets().values(), key=lambda one: one.name == "wordpress"):
        if found := preset.known_by.match(url):
            return Use(preset=preset, **_site_and_key(preset, found.groupdict()))
    return None


def embedded_uses(page: Page) -> list[Use]:
    """The presets whose widgets a page embeds."""
    text = page.text[:MOST_SCANNED].replace("&amp;", "&").replace("\\/", "/")
    uses: dict[str, Use] = {}
    for preset in presets().values():
        for found in (one for pattern in preset.embedded for one in islice(pattern.finditer(text), MOST_KEYS)):
            if use := _embedded_use(page, preset, found):
                uses.setdefault(use.address, use)
    return list(uses.values())


def _embedded_use(page: Page, preset: Preset, found: re.Match[str]) -> Use | None:
    if found.re.groupindex:
        return Use(preset=preset, **_site_and_key(preset, found.groupdict()))
    if not preset.needs_site:
        return Use(preset=preset, key=found[1])
    site = page.absolute(found[1])
    return Use(preset=preset, site=site, key=preset.default_key) if site and site.startswith("http") else None


def _site_and_key(preset: Preset, groups: Mapping[str, str | None]) -> dict[str, str | None]:
    others = [value for name, value in groups.items() if name not in ("site", "key") and value]
    return {"site": groups.get("site"), "key": groups.get("key") or "/".join(others) or None}


def _preset(name: str, facts: Mapping[str, Any]) -> Preset:
    patterns = {key: re.compile(facts[key]) for key in ("known_by", "key_pattern") if key in facts}
    lists = {key: tuple(facts[key]) for key in ("paging", "caps") if key in facts}
    embedded = tuple(map(re.compile, facts.get("embedded", ())))
    return Preset(**{**facts, **patterns, **lists, "embedded": embedded, "name": name})


UNKNOWN = Preset(name="", title="", address="", known_by=re.compile(r"(?!)"))
"""The preset of a back end that is not known."""
