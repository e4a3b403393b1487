"""The system of record: every accepted harvest, with the history of every value."""

from .checks import NEVER_CHECKED, Check, Due, Outcome, Standing, standings
from .claims import claims_of
from .ledger import Harvested, Ingested, Ledger, LedgerError

__all__ = [
    "NEVER_CHECKED",
    "Check",
    "Due",
    "Harvested",
    "Ingested",
    "Ledger",
    "LedgerError",
    "Outcome",
    "Standing",
    "claims_of",
    "standings",
]
