"""A client for an LDN directory. Standard library only: copy it into your own program and change what you like.

directory = Directory("http://127.0.0.1:8001")
for provider in directory.search(near="Dayton, Ohio", telehealth="yes"):
    print(provider["name"], provider["phone"])
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

Json = dict[str, Any]
CHUNK_BYTES = 1 << 18


class Gone(Exception):
    """The entry is no longer in the directory: take it out of what you keep."""


class Damaged(Exception):
    """What was downloaded is not what the site offers; it has been deleted."""


@dataclass(frozen=True, slots=True)
class Directory:
    """A site, by its address."""

    address: str
    tries: int = 3
    timeout_s: float = 30.0

    def search(self, **asked: str) -> Iterator[Json]:
        """Every provider that matches, page after page. Takes the parameters of `/search.json`: q, near, kind, ..."""
        page: str | None = f"/search.json?{urlencode({'size': '100'} | asked)}"
        while page:
            found = self._json(page)
            yield from found["providers"]
            page = found["next"]

    def provider(self, number: int) -> Json:
        """One provider, with who says what and since when. One that was merged is followed. Raises Gone."""
        return self._json(f"/provider/{number}.json")

    def changes(self, since: str) -> tuple[list[Json], str]:
        """What has changed since a day (`2026-11-01`) or a cursor, oldest first, and the cursor for the next time."""
        changes: list[Json] = []
        page: str | None = f"/changes.json?{urlencode({'since': since, 'size': '500'})}"
        while page:
            found = self._json(page)
            changes += found["changes"]
            since, page = found["cursor"], found["next"]
        return changes, since

    def download(self, folder: Path, ending: str = ".db.gz") -> Path:
        """Downloads the directory (`.db.gz`) or the data package (`.datapackage.zip`); returns the checked file's path.

        After a ConnectionError, the next call resumes the download. A file that is complete is not fetched again.
        Raises Damaged, and FileNotFoundError for an ending that is not offered.
        """
        lines = (line.split("  ") for line in self._text("/download/SHA256SUMS").splitlines())
        offered = {Path(name).name: digest for digest, name in lines if name.endswith(ending)}
        if not offered:
            raise FileNotFoundError(f"no file that ends in {ending} is offered")
        name, digest = offered.popitem()
        whole, part = folder / name, folder / f"{name}.part"
        if not whole.exists():
            self._fetch(f"/download/{name}", part)
            if _sha256(part) != digest:
                part.unlink()
                raise Damaged(f"{name} did not arrive as offered: try again")
            part.replace(whole)
        return whole

    def _fetch(self, path: str, part: Path) -> None:
        there = part.stat().st_size if part.exists() else 0
        try:
            answer = self._asked(path, {"Range": f"bytes={there}-"} if there else {})
        except HTTPError as error:
            if error.code == 416:  # all of it is there
                return
            raise
        with answer, part.open("ab" if answer.status == 206 else "wb") as file:
            while chunk := answer.read(CHUNK_BYTES):
                file.write(chunk)
            if answer.length:
                raise ConnectionError(f"{path} broke off: ask again, it goes on from there")

    def _json(self, path: str) -> Json:
        found: Json = json.loads(self._text(path))
        return found

    def _text(self, path: str) -> str:
        try:
            with self._asked(path) as answer:
                return answer.read().decode()
        except HTTPError as error:
            if error.code == 410:
                raise Gone(path) from None
            raise

    def _asked(self, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
        """The answer; a site that is busy is asked again when it says so."""
        request = Request(urljoin(self.address, path), headers=headers or {})  # noqa: S310
        for left in reversed(range(self.tries)):
            try:
                answer: HTTPResponse = urlopen(request, timeout=self.timeout_s)  # noqa: S310
                return answer
            except HTTPError as error:
                if error.code not in (429, 503) or not left:
                    raise
                time.sleep(min(float(error.headers.get("Retry-After") or 5), 60))
        raise AssertionError("unreachable")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(address: str) -> None:
    """Shows what there is."""
    directory = Directory(address)
    for provider in directory.search(region="Ohio"):
        print(provider["id"], provider["name"], provider["city"] or "", provider["phone"] or "")
    changes, cursor = directory.changes("2026-01-01")
    print(f"{len(changes)} changes; next time ask since {cursor}")
    print(directory.download(Path()))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8001")
