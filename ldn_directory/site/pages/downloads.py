"""What can be downloaded beside the published file: only what the manifest of the downloads names, and only while it is as stated there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ldn_directory.publish.packages import FOLDER, Manifest, NoManifest, Packed
from ldn_directory.site.app_state import FileIdentity

KEPT = "public, max-age=86400, s-maxage=0, immutable"
"""A name never means other bytes, so whoever has them need not ask. Caches that many share ask each time whether they are still offered:
of somebody who was forgotten nothing may be given out."""
LATEST = {"latest.db.gz": "database", "latest.datapackage.zip": "datapackage"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is offered now."""

    folder: Path
    manifest: Manifest
    is_current: bool
    """Whether it was made of the directory that is being served."""

    @classmethod
    def beside(cls, directory: Path, served: FileIdentity | None) -> Offer | None:
        """What is offered beside a published file of which that version is served; None if nothing is."""
        folder = directory.parent / FOLDER
        try:
            manifest = Manifest.of(folder)
        except NoManifest:
            return None
        made_of = (manifest.directory.bytes, manifest.directory.mtime_ns)
        return cls(
            folder=folder,
            manifest=manifest,
            is_current=served is not None and made_of == (served.size, served.mtime_ns),
        )

    def named(self, name: str) -> Packed | None:
        """The file of that name, if it is offered."""
        return next((one for one in self.manifest.files if one.name == name), None)

    def latest(self, name: str) -> Packed | None:
        """What `latest.db.gz` or `latest.datapackage.zip` means now."""
        return self.manifest.file(LATEST[name]) if name in LATEST else None

    def opened(self, packed: Packed) -> BinaryIO | None:
        """The file, open; None if it is not there as stated."""
        try:
            handle = os.open(self.folder / packed.name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        file = os.fdopen(handle, "rb")
        if os.fstat(handle).st_size == packed.bytes:
            return file
        file.close()
        return None
