"""`ldn`: the directory from the command line, one module a group of commands."""

from .app import main

__all__ = ["main"]
