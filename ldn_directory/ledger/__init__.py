"""The system of record: every accepted harvest, with the history of every value."""

from .claims import claims_of
from .ledger import Harvested, Ingested, Ledger, LedgerError

__all__ = ["Harvested", "Ingested", "Ledger", "LedgerError", "claims_of"]
