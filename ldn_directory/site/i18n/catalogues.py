"""Keeps the catalogues of translations: `python -m ldn_directory.site.i18n.catalogues` takes up new texts and lists what is missing.

The English texts are found in the code (`phrase`, `phrases`), in the templates (`trans`, `_`, `ngettext`) and in `words.toml`, whose
groups are contexts. Translations are kept in `catalogue/<language>.po`, read as they are when the site starts.
"""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from .locale import LANGUAGES

_SITE = Path(__file__).resolve().parent
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Dates in the files would only make changes where nothing has changed."""
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "phrase": None,
    "phrases": (1, 2),
}
_TEMPLATES = {
    "extensions": "jinja2.ext.i18n",
    "trimmed": "true",
    "silent": "false",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
}


def texts() -> Catalog:
    """Every text that a reader may see, with where it stands."""
    found = Catalog(
        project="ldn-directory", charset="utf-8", fuzzy=False, header_comment="# Texts of the LDN directory."
    )
    for path, message, comments, context in _extracted():
        found.add(message, None, [(path, 1)], auto_comments=comments, context=context)
    return found


def _extracted() -> Iterator[tuple[str, Any, list[str], str | None]]:
    for path in sorted(_SITE.rglob("*")):
        method = {".py": "python", ".html": "jinja2.ext:babel_extract"}.get(path.suffix)
        if method:
            options = _TEMPLATES if path.suffix == ".html" else {}
            for _line, message, comments, context in extract(
                method, io.BytesIO(path.read_bytes()), _KEYWORDS, options=options
            ):
                yield path.relative_to(_SITE).as_posix(), message, comments, context
    for group, words in tomllib.loads((_SITE / "words.toml").read_text("utf-8")).items():
        yield from (("words.toml", word, [], group) for word in words.values())


def path_of(language: str) -> Path:
    """Where a language's translations are kept."""
    return _SITE / "catalogue" / f"{language}.po"


def kept(language: str) -> Catalog:
    """The translations of a language; none if there is no file yet."""
    path = path_of(language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)


def taken_up(language: str) -> int:
    """Writes the catalogue with the present texts, translations kept; gives how many are still to be translated."""
    catalogue = kept(language)
    catalogue.update(texts(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy, catalogue.header_comment = False, f"# The LDN directory in {LANGUAGES[language]}."
    catalogue.project, catalogue.version, catalogue.creation_date = "ldn-directory", "1", _SINCE
    catalogue.revision_date, catalogue.last_translator, catalogue.language_team = _SINCE, "LDN directory", language
    written = io.BytesIO()
    write_po(written, catalogue, width=140, sort_output=True, include_lineno=False, omit_header=False)
    path_of(language).parent.mkdir(exist_ok=True)
    path_of(language).write_bytes(written.getvalue())
    return sum(not _is_translated(message) for message in catalogue if message.id)


def _is_translated(message: Any) -> bool:
    given = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(given) and all(given)


def main() -> int:
    """All languages but English. Exit code 1 if something is still to be translated."""
    missing = {language: taken_up(language) for language in LANGUAGES if language != "en"}
    for language, count in missing.items():
        print(f"{path_of(language)}: {count} still to be translated" if count else f"{path_of(language)}: complete")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
