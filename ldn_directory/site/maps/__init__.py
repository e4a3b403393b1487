"""Maps drawn as SVG from outlines."""
