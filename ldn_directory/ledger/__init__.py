"""The system of record: every accepted harvest, with the history of every value."""

from ldn_directory.errors import LedgerError

from .checks import NEVER_CHECKED, Check, DuePage, Outcome, RecheckStatus, count_pages, recheck_statuses
from .claims import claims_of, page_of
from .ingest import IngestCounts
from .ledger import LastHarvest, Ledger, final_number, select_listings, transaction

__all__ = [
    "NEVER_CHECKED",
    "Check",
    "DuePage",
    "IngestCounts",
    "LastHarvest",
    "Ledger",
    "LedgerError",
    "Outcome",
    "RecheckStatus",
    "claims_of",
    "count_pages",
    "final_number",
    "page_of",
    "recheck_statuses",
    "select_listings",
    "transaction",
]
