"""Updates the catalogues of translations from the texts in the code: `python -m tools.message_catalogues`.

English texts are found in the code (`phrase`, `phrases`), in templates (`trans`, `_`, `ngettext`) and in `labels.toml`,
whose groups are message contexts. The site reads the catalogues (`site/catalogue/<language>.po`) when it starts.
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

from ldn_directory.site.i18n.locale import LANGUAGES

_SITE = Path(__file__).parents[1] / "ldn_directory" / "site"
_LABELS = _SITE / "i18n" / "labels.toml"
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
"""A fixed date, so that a file without new texts stays the same."""
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


def extract_texts() -> Catalog:
    """Every text that a reader may see."""
    found = Catalog(project="ldn-directory", charset="utf-8", fuzzy=False)
    for message, comments, context in _extract():
        found.add(message, auto_comments=comments, context=context)
    return found


def _extract() -> Iterator[tuple[Any, list[str], str | None]]:
    for path in sorted(_SITE.rglob("*")):
        method = {".py": "python", ".html": "jinja2.ext:babel_extract"}.get(path.suffix)
        if method:
            options = _TEMPLATES if path.suffix == ".html" else {}
            for _line, message, comments, context in extract(
                method, io.BytesIO(path.read_bytes()), _KEYWORDS, options=options
            ):
                yield message, comments, context
    for group, labels in tomllib.loads(_LABELS.read_text("utf-8")).items():
        yield from ((label, [], group) for label in labels.values())


def catalogue_path(language: str) -> Path:
    """The file with a language's translations."""
    return _SITE / "catalogue" / f"{language}.po"


def read_catalogue(language: str) -> Catalog:
    """The translations of a language; empty if there is no file yet."""
    path = catalogue_path(language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)


def update_catalogue(language: str) -> int:
    """Rewrites a catalogue with the present texts, and keeps translations. Returns how many are missing."""
    catalogue = read_catalogue(language)
    catalogue.update(extract_texts(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy, catalogue.header_comment = False, f"# The LDN directory in {LANGUAGES[language]}."
    catalogue.project, catalogue.version, catalogue.creation_date = "ldn-directory", "1", _CREATED
    catalogue.revision_date, catalogue.last_translator, catalogue.language_team = _CREATED, "LDN directory", language
    content = io.BytesIO()
    # Without locations, so that moving a text from one file to another changes no catalogue.
    write_po(content, catalogue, width=140, sort_output=True, no_location=True)
    catalogue_path(language).write_bytes(content.getvalue())
    return sum(not _is_translated(message) for message in catalogue if message.id)


def _is_translated(message: Any) -> bool:
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(forms) and all(forms)


def main() -> int:
    """Updates all languages but English. Exit code 1 if something is still to be translated."""
    missing = {language: update_catalogue(language) for language in LANGUAGES if language != "en"}
    for language, count in missing.items():
        state = f"{count} still to be translated" if count else "complete"
        print(f"{catalogue_path(language)}: {state}")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
