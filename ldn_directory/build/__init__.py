"""From the ledger to the published directory."""

from .building import Built, build
from .packaging import Manifest, PackagingError, package
from .publish import BuildError, BuildRefused
from .suppress import Suppressions

__all__ = ["BuildError", "BuildRefused", "Built", "Manifest", "PackagingError", "Suppressions", "build", "package"]
