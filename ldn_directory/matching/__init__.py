"""Which listings are the same provider: candidates, comparison, scores, groups, and what people decided."""
