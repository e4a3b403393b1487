"""Invented lists of practitioners in every family, served on loopback: for the demo.

>>> with ExampleSite(seed=1, size=300) as site:
...     print(site.addresses["cards"])  # doctest: +SKIP
"""

from .practitioners import Practitioner
from .server import LoggedRequest
from .site import ExampleSite
from .truth import Entry, Truth

__all__ = ["Entry", "ExampleSite", "LoggedRequest", "Practitioner", "Truth"]
