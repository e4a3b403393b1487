"""Where places are, offline: a gazetteer built from packages that carry their tables, and look-ups in it.

>>> build_gazetteer(Path("data/gazetteer.db"))  # doctest: +SKIP
>>> Gazetteer.open(Path("data/gazetteer.db")).find("Portland OR")  # doctest: +SKIP
"""

from .gazetteer import Counts, build_gazetteer
from .locate import Gazetteer, Place

__all__ = ["Counts", "Gazetteer", "Place", "build_gazetteer"]
