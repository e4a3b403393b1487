"""`ldn`, the command line: a module for each group of commands."""

from __future__ import annotations

import os
import sys
import traceback


def main() -> None:
    """The program `ldn`. If it cannot even be loaded, it exits with 70: Python would exit with 1, which says "done"."""
    try:
        from .app import main as run
    except Exception:
        traceback.print_exc()
        sys.exit(os.EX_SOFTWARE)
    run()
