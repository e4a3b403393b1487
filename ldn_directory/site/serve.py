"""`ldn serve`: Datasette with our plugin, private by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import uvicorn
import yaml
from datasette.app import Datasette

from ldn_directory.wayfinding import PROJECT

SETTINGS = {
    "suggest_facets": False,
    "sql_time_limit_ms": 500,
    "facet_time_limit_ms": 200,
    "allow_csv_stream": False,
    "max_returned_rows": 500,
    "default_page_size": 50,
    "default_facet_size": 50,
    "allow_download": True,
    "cache_size_kb": 20_000,
    "num_sql_threads": 4,
    "truncate_cells_html": 300,
}


def stated_metadata() -> dict[str, Any]:
    """What `metadata.yml` says of the tables."""
    path = PROJECT / "metadata.yml"
    return dict(yaml.safe_load(path.read_text("utf-8"))) if path.exists() else {}


def datasette_for(directory: Path, *, allow_sql: bool = False) -> Datasette:
    """Datasette with the directory open, if it is there yet; arbitrary SQL answers 403 unless `allow_sql`."""
    metadata = stated_metadata() | {"ldn_directory": {"path": str(directory.absolute())}}
    return Datasette(
        [],
        immutables=[str(directory.absolute())] if directory.exists() else [],
        metadata=metadata,
        settings=SETTINGS | {"default_allow_sql": allow_sql},
        memory=False,
    )


def application(directory: Path, *, allow_sql: bool = False) -> Any:
    """The ASGI application."""
    return datasette_for(directory, allow_sql=allow_sql).app()


def serve(directory: Path, *, host: str = "127.0.0.1", port: int = 8001, allow_sql: bool = False, workers: int = 1) -> None:
    """Serves until stopped. No access log is written: what a patient types stays nowhere."""
    config = uvicorn.Config(
        application(directory, allow_sql=allow_sql), host=host, port=port, log_level="warning", access_log=False,
        server_header=False, lifespan="on", timeout_keep_alive=30,
    )  # fmt: skip
    uvicorn.Server(config).run()
