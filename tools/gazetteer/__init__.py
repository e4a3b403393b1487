"""Builds the table of places from packages that carry GeoNames tables. A maintainer runs it; the directory does not."""
