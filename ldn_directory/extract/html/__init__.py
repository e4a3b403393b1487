"""Records in web pages: tables, cards, prose, microdata."""
