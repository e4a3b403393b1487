"""Forgetting: who is on the suppression list, how they are recognised, and how they are taken out of what is kept."""
