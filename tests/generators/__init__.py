"""Invented data that only tests and benchmarks need: overlapping lists, register files, and a site with faults."""
