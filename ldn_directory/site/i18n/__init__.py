"""Languages: the catalogues, labels of values, names of places, how dates and numbers are written."""
