"""Records in JSON answers and in the scripts of pages."""
