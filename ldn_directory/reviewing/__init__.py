"""Doubtful matches for a person to decide: which there are, and how they are shown."""
