"""Invented lists of practitioners in every family, served on loopback: for the demo, the tests and the benchmarks.

>>> with ExampleSite(seed=1, size=300) as site:
...     print(site.addresses["cards"])  # doctest: +SKIP
"""

from ldn_directory.example.practitioners import Practitioner
from ldn_directory.example.server import Asked
from ldn_directory.example.site import ExampleSite
from ldn_directory.example.truth import Entry, Truth

__all__ = ["Asked", "Entry", "ExampleSite", "Practitioner", "Truth"]
