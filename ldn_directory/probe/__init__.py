"""`ldn probe`: has one page, or a file, looked at, tells what was found, and keeps the spider."""

from ldn_directory.crawl.fetch import CannotFetch

from .inspect import Look, file_page, look_at
from .save import CannotKeep, Kept, saved

__all__ = ["CannotFetch", "CannotKeep", "Kept", "Look", "file_page", "look_at", "saved"]
