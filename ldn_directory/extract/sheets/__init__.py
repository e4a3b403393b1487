"""Records in CSV, TSV and XLSX files."""
