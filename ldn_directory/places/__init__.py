"""Where places are, offline: a table of postal codes, towns, regions and countries that ships with the package.

>>> counts = unpack(Path("data/gazetteer.db"))  # doctest: +SKIP
>>> Gazetteer.open(Path("data/gazetteer.db")).find("Portland OR")  # doctest: +SKIP
"""

from .gazetteer import Gazetteer
from .table import Place, unpack

__all__ = ["Gazetteer", "Place", "unpack"]
