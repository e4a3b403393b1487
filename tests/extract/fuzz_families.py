"""Fuzzes every extractor with atheris, for so many seconds: `python tests/extract/fuzz_families.py 60`.

The first byte chooses the family, the rest is the page, read by the same road as in a crawl. An exception, or a page that is not
given up within its limit, ends the run with a traceback and a file `crash-*`. Without atheris it says so and does nothing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

SECONDS = 60
MOST_BYTES = 20_000
FAMILIES = {
    "json_api": ("json.api", "application/json"),
    "geojson": ("maps.geojson", "application/geo+json"),
    "embedded_json": ("json.embedded", "text/html"),
    "tabular_file": ("sheets.file", "text/csv"),
    "structured_data": ("html.structured_data", "text/html"),
    "kml": ("maps.kml", "application/vnd.google-earth.kml+xml"),
    "pdf_list": ("pdf.list", "application/pdf"),
    "generic": ("html.generic", "text/html"),
    "drupal_view": ("html.drupal_view", "text/html"),
    "own_page": ("html.own_page", "text/html"),
    "evidence": ("evidence", "text/html"),
    "sitemap": ("sitemap", "application/xml"),
}
"""The module and the media type of each family."""
PAGES = Path(__file__).parent.parent / "pages"


def readers() -> list[tuple[Any, str]]:
    """(reader, media type) of each family."""
    from importlib import import_module

    import hostile

    found = []
    for name, (path, media_type) in FAMILIES.items():
        module = import_module(f"ldn_directory.extract.{path}")
        found.append((_reader(hostile.Anything, name, module), media_type))
    return found


def _reader(base: Any, name: str, module: ModuleType) -> Any:
    def extract(page: Any, headers: Any, context: Any) -> Any:
        return module.extract(page) if hasattr(module, "extract") else _nothing(module.read(page))

    return type(f"Fuzzed_{name}", (base,), {"name": name, "extract": staticmethod(extract)})


def _nothing(_: object) -> Any:
    from ldn_directory.model import Extraction

    return Extraction()


def once(data: bytes, chosen: list[tuple[Any, str]]) -> None:
    """Reads one page. Raises what the extractor must not, and TimeoutError for a page that is not given up."""
    from ldn_directory.crawl.page_worker import parse_body

    if not data:
        return
    reader, media_type = chosen[data[0] % len(chosen)]
    started = time.monotonic()
    parse_body(reader, "https://lists.example.com/list", data[1:], {"content-type": media_type}, {})
    if (taken := time.monotonic() - started) > reader.page_seconds + 3:
        raise TimeoutError(f"{reader.name}: {taken:.1f} s for {len(data)} bytes")


def seeds(names: list[str]) -> list[bytes]:
    """The pages of the tests, small ones, each with the byte that chooses its family."""
    found = []
    for case in sorted(PAGES.glob("*/*/page.*")):
        family = case.parent.parent.name if case.parent.parent.name in names else "generic"
        found.append(bytes([names.index(family)]) + case.read_bytes()[:MOST_BYTES])
    return found


def main(seconds: int) -> int:
    try:
        import atheris
    except ImportError:
        sys.stdout.write("atheris is not installed: nothing was fuzzed\n")
        return 0
    sys.path[:0] = [str(Path(__file__).parent)]
    with atheris.instrument_imports(include=["ldn_directory.extract", "ldn_directory.normalize"]):
        chosen = readers()
    with tempfile.TemporaryDirectory() as corpus:
        for ordinal, seed in enumerate(seeds(list(FAMILIES))):
            Path(corpus, str(ordinal)).write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=20", "-rss_limit_mb=1500"]
        atheris.Setup([sys.argv[0], corpus, *limits], lambda data: once(data, chosen))
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
