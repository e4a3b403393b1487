"""The system of record: every accepted harvest, with the history of every value."""

from ldn_directory.errors import LedgerError

from .checks import NEVER_CHECKED, Check, DuePage, Outcome, RecheckStatus, recheck_statuses
from .claims import claims_of
from .harvest_diff import ChangedEntry, FieldChange, HarvestDiff, compare_harvest
from .ingest import IngestCounts
from .ledger import LastHarvest, Ledger, final_number, select_listings, transaction

__all__ = [
    "NEVER_CHECKED",
    "ChangedEntry",
    "Check",
    "DuePage",
    "FieldChange",
    "HarvestDiff",
    "IngestCounts",
    "LastHarvest",
    "Ledger",
    "LedgerError",
    "Outcome",
    "RecheckStatus",
    "claims_of",
    "compare_harvest",
    "final_number",
    "recheck_statuses",
    "select_listings",
    "transaction",
]
