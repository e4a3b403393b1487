"""Outlines of the world, of countries and of their regions, as SVG paths in the file `outlines.json` (docs/outlines.md)."""

from .reading import Drawing, Outlines, Shape, outlines

__all__ = ["Drawing", "Outlines", "Shape", "outlines"]
