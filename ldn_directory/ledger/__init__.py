"""The system of record: every accepted harvest, with the history of every value."""

from ldn_directory.errors import LedgerError

from .checks import NEVER_CHECKED, Check, DuePage, Outcome, RecheckStatus, count_pages, recheck_statuses
from .claims import claims_of, page_of
from .connection import ask_ledger, transaction
from .harvest_diff import ChangedEntry, FieldChange, HarvestDiff, compare_harvest
from .ingest import IngestCounts
from .ledger import LastHarvest, Ledger, final_number, is_future, select_listings
from .retirement import Orphan, Retirement, find_orphans, listings_leaving, require_not_retired, retirements
from .undo import TakenBack, all_sources, runs_since, sources_of, taken_back_last, taken_out, undone_runs

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
    "Orphan",
    "Outcome",
    "RecheckStatus",
    "Retirement",
    "TakenBack",
    "all_sources",
    "ask_ledger",
    "claims_of",
    "compare_harvest",
    "count_pages",
    "final_number",
    "find_orphans",
    "is_future",
    "listings_leaving",
    "page_of",
    "recheck_statuses",
    "require_not_retired",
    "retirements",
    "runs_since",
    "select_listings",
    "sources_of",
    "taken_back_last",
    "taken_out",
    "transaction",
    "undone_runs",
]
