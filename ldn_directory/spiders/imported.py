"""Lists that somebody mailed in: spreadsheets that `ldn import` keeps in the data folder, each a source of its own.

`imported/NAME/source.json` declares the source, with the permission and the day on which its file was received. The
file lies beside it. Such a list is never fetched: a newer file is imported under the same name.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from scrapy.http import Request

from ldn_directory.crawl.spider_loader import BrokenSpider
from ldn_directory.errors import LdnError
from ldn_directory.extract.readings import CannotRead, Fields, check_fields
from ldn_directory.families import TabularFile
from ldn_directory.model import Evidence, Kind, Source
from ldn_directory.storage import DATA, write_atomically

FOLDER, DECLARATION = "imported", "source.json"
NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")
"""Names of sources: in commands, file names and the ledger."""
ASK_AGAIN_DAYS = 183
"""After how many days the publisher should be asked for a newer file."""
HOMEPAGE = "/sources"
"""What a list links to that is on no website."""


class BadDeclaration(LdnError):
    """A declaration cannot be used. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is stated about an imported list."""

    title: str
    permission: str
    """Who allowed it, when and how; it is published."""
    received_on: str
    """The day on which the file was received: `2026-11-03`."""
    imported: str
    """When the file was imported, UTC."""
    file: str
    """Its name beside the declaration."""
    publisher: str | None = None
    homepage: str = HOMEPAGE
    country: str | None = None
    kind: Kind = Kind.PRESCRIBER
    evidence: Evidence = Evidence.LISTED
    sheet: str | None = None
    fields: Fields = field(default_factory=dict)
    """field -> the header of its column, or several: what was understood when the file was first looked at."""

    @classmethod
    def read(cls, path: Path) -> Declaration:
        """The declaration in a file. Raises BadDeclaration."""
        try:
            values = json.loads(path.read_bytes())
            known = {one.name for one in fields(cls)}
            if unknown := sorted(values.keys() - known):
                raise BadDeclaration(f"it has no {unknown[0]!r}; it may have: {', '.join(sorted(known))}")
            pinned = {name: at if isinstance(at, str) else tuple(at) for name, at in values.get("fields", {}).items()}
            kind, evidence = Kind(values.get("kind", Kind.PRESCRIBER)), Evidence(values.get("evidence", "listed"))
            found = cls(**values | {"fields": pinned, "kind": kind, "evidence": evidence})
            date.fromisoformat(found.received_on)
            check_fields(found.fields)
        except (OSError, ValueError, TypeError, AttributeError, CannotRead) as error:
            raise BadDeclaration(f"it cannot be read: {error}") from error
        if Path(found.file).name != found.file:
            raise BadDeclaration(f"file is {found.file!r}; it must be the name of a file in the same folder")
        return found

    def write(self, path: Path) -> None:
        """Writes it, all or nothing. Raises OSError."""
        stated = {name: value for name, value in asdict(self).items() if value not in (None, {})}
        write_atomically(path, json.dumps(stated, ensure_ascii=False, indent=2).encode() + b"\n")

    @property
    def licence(self) -> str:
        """Where the list is from and by what right it is published, for the Sources page."""
        return f"From a file received on {self.received_on}, with permission: {self.permission}"

    @property
    def source(self) -> Source:
        """The source that it declares."""
        return Source(
            title=self.title,
            publisher=self.publisher,
            homepage=self.homepage,
            licence=self.licence,
            evidence=self.evidence,
            record_key="the file's own number for an entry, else a hash of name, region and phone",
            kind=self.kind,
            country=self.country,
            every_days=ASK_AGAIN_DAYS,
            received_on=self.received_on,
        )


class ImportedFile(TabularFile):
    """A spreadsheet that was mailed in. `spider_of` makes a class of it for each declaration."""

    declared_in: ClassVar[Path]
    imported: ClassVar[str]

    @classmethod
    def changed_at(cls) -> str | None:
        return cls.imported

    def about_request(self) -> Request | None:
        """None: whether a file is a list for LDN is said by the file, or by whoever imports it. Nothing is fetched."""
        return None


_spiders: dict[str, type[ImportedFile]] = {}
"""Those that were last made, by name."""


def __getattr__(name: str) -> type[ImportedFile]:
    """The spider of a name: worker processes ask for it as for any class in a module."""
    if name not in _spiders and NAME.fullmatch(name):
        path = folder_of(Path(os.environ.get("LDN_DATA", DATA)), name) / DECLARATION
        if path.exists():
            spider_of(path, Declaration.read(path))
    try:
        return _spiders[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def folder_of(data: Path, name: str) -> Path:
    """The folder of an imported list."""
    return data / FOLDER / name


def imported_files(data: Path) -> list[Path]:
    """The files that lists were imported from, without their declarations."""
    return sorted(path for path in data.glob(f"{FOLDER}/*/*") if path.name != DECLARATION)


def spider_of(path: Path, declared: Declaration) -> type[ImportedFile]:
    """The spider of the list whose declaration is at `path`."""
    name = path.parent.name
    attributes: Mapping[str, Any] = {
        "__module__": __name__,
        "__doc__": declared.title,
        "name": name,
        "source": declared.source,
        "start_urls": [(path.absolute().parent / declared.file).as_uri()],
        "sheet": declared.sheet,
        "fields": dict(declared.fields) or None,
        "declared_in": path,
        "imported": declared.imported,
    }
    _spiders[name] = type(name, (ImportedFile,), dict(attributes))
    return _spiders[name]


def declared_spiders(data: Path) -> Iterator[type[ImportedFile] | BrokenSpider]:
    """The spiders of the lists that were imported into a data folder, and what is wrong with the others."""
    for path in sorted(data.glob(f"{FOLDER}/*/{DECLARATION}")):
        try:
            if not NAME.fullmatch(path.parent.name):
                raise BadDeclaration(f"{path.parent.name!r} is no name of a source: small letters, digits and _")
            yield spider_of(path, Declaration.read(path))
        except BadDeclaration as error:
            text = json.dumps([path.parent.name])
            yield BrokenSpider(file=str(path), line=None, what=f"{error}; this source is left out", text=text)
