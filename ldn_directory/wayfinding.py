"""Where files lie: what people write comes with the project, what is generated lies in the data folder."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def written_by_people(data: str | Path, name: str) -> Path:
    """The absolute path of a file that people write: from the data folder if it is there, else from the project's `data/`."""
    here = Path(data) / name
    return (here if here.exists() else PROJECT / "data" / name).absolute()


def gazetteer_for(data: str | Path) -> Path:
    """The absolute path of the gazetteer: in the data folder, else the project's own; it need not exist yet."""
    here = Path(data) / "gazetteer.db"
    shared = PROJECT / "data" / "gazetteer.db"
    return (shared if shared.exists() and not here.exists() else here).absolute()
