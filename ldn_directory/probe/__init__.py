"""`ldn probe`: reads one page or file in every way there is, reports what was found, and saves a spider for it."""

from ldn_directory.crawl.fetch import CannotFetch

from .detect import Choice
from .explain import explain
from .save import CannotSave, SavedSpider, save_spider
from .targets import Report, probe_target, read_file

__all__ = [
    "CannotFetch",
    "CannotSave",
    "Choice",
    "Report",
    "SavedSpider",
    "explain",
    "probe_target",
    "read_file",
    "save_spider",
]
