"""Records in KML and GeoJSON maps."""
