"""From the ledger to the published directory."""

from ldn_directory.errors import BuildError, BuildRefused
from ldn_directory.privacy.suppression import Suppressions

from .build import Built, build
from .packages import Manifest, PackagingError, package

__all__ = ["BuildError", "BuildRefused", "Built", "Manifest", "PackagingError", "Suppressions", "build", "package"]
