"""The served directory: a Datasette plugin with pages for patients."""
