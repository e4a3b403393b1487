"""`ldn`, the command line: a module for each group of commands."""

from .app import main

__all__ = ["main"]
