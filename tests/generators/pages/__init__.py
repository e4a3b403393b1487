"""Invented pages of practitioners with their truth: layouts crossed with faults, orders of fields, languages and seeds."""
