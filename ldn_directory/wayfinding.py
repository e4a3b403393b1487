"""Where files lie: what people write comes with the project, what is generated lies in the data folder."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"
"""What `setup.py` puts into an installed package, which has no project around it."""
PROJECT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
"""The folder that holds what people write: `metadata.yml`, `data/curated.csv`."""
DATA = Path("data").absolute() if PROJECT == _SHIPPED else PROJECT / "data"
"""Where generated files lie unless something else is said: in the project, or in the current folder beside an installed package."""


def written_by_people(data: str | Path, name: str) -> Path:
    """The absolute path of a file that people write: from the data folder if it is there, else from the project's `data/`."""
    here = Path(data) / name
    return (here if here.exists() else PROJECT / "data" / name).absolute()


def gazetteer_for(data: str | Path) -> Path:
    """The absolute path of the gazetteer: in the data folder, else the project's own; it need not exist yet."""
    here = Path(data) / "gazetteer.db"
    shared = DATA / "gazetteer.db"
    return (shared if shared.exists() and not here.exists() else here).absolute()
