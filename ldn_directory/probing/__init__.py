"""`ldn probe`: has one page, or a file, looked at, tells what was found, and keeps the spider."""

from ldn_directory.crawl.fetching import CannotFetch

from .keeping import CannotKeep, Kept, saved
from .looking import Look, file_page, look_at
from .telling import told

__all__ = ["CannotFetch", "CannotKeep", "Kept", "Look", "file_page", "look_at", "saved", "told"]
