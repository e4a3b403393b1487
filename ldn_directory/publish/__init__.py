"""From the ledger to the published directory: `build` makes it, `packages` makes its downloads."""
