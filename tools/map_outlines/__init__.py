"""Makes the outlines that the maps are drawn from: `python -m tools.map_outlines FOLDER` (docs/outlines.md)."""
