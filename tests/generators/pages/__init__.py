"""Invented pages of practitioners with their truth: layouts x faults x orders of fields x languages x seeds."""
