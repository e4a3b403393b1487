"""Serving on the public web: hot swap, cache, rate limit, downloads."""
