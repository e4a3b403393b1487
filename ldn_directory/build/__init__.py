"""From the ledger to the published directory."""

from .building import Built, build
from .publish import BuildError, BuildRefused
from .suppress import Suppressions

__all__ = ["BuildError", "BuildRefused", "Built", "Suppressions", "build"]
