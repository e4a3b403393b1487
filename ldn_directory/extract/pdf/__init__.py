"""Records in PDF files with text in them."""
