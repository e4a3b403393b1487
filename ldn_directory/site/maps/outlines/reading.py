"""Reads the data file of outlines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Self

from .projection import Box, Frame, Point, Projection, place


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An outline: what it encloses (degrees), where in it a count can stand (units of the drawing), and its SVG path."""

    code: str
    """ISO 3166-1 alpha-2 or ISO 3166-2; empty for land that has no code."""
    box: Box
    at: Point
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Outlines that belong together, in a rectangle of `width` by `height` units, and how points of the globe come into it."""

    width: int
    height: int
    frames: tuple[tuple[Frame, Projection], ...]
    shapes: Mapping[str, Shape]

    def place(self, lon: float, lat: float) -> Point | None:
        """Where a point of the globe (degrees) is drawn; None if the drawing does not show it."""
        return place(self.frames, self.width, self.height, lon, lat)

    def units_a_km(self, lon: float, lat: float) -> float:
        """How many units a kilometre is there; both projections keep areas, so it is much the same everywhere in a frame."""
        return next(
            (frame.units_a_km for frame, _ in self.frames if frame.box is None or frame.box.holds(lon, lat)), 0.0
        )

    @classmethod
    def read(cls, stated: Mapping[str, Any]) -> Self:
        """A drawing as the data file states it."""
        frames = [Frame.read(one) for one in stated["frames"]]
        shapes = {code: _shape(code, one) for code, one in stated["shapes"].items()}
        placed = tuple((frame, frame.projected()) for frame in frames)
        return cls(width=stated["width"], height=stated["height"], frames=placed, shapes=shapes)


def _shape(code: str, stated: Mapping[str, Any]) -> Shape:
    west, south, east, north = stated["box"]
    x, y = stated["at"]
    return Shape(code=code, box=Box(west=west, south=south, east=east, north=north), at=(x, y), path=stated["path"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """Everything in the data file."""

    world: Drawing
    coasts: str
    """The coasts of the world drawing as one path, coarser and without borders."""
    countries: Mapping[str, Drawing]
    """ISO 3166-1 alpha-2 -> its drawing: a shape for each region, or one shape under the country's own code."""
    attributions: Sequence[Mapping[str, str]]
    """What the packages are and ask to be said: as the table `attributions` has it."""

    def has_regions(self, country_code: str) -> bool:
        """Whether outlines of a country's regions are known."""
        drawing = self.countries.get(country_code)
        return drawing is not None and country_code not in drawing.shapes


@lru_cache(maxsize=1)
def outlines() -> Outlines:
    """The outlines; read once."""
    stated = json.loads(files("ldn_directory.site.maps.outlines").joinpath("outlines.json").read_text("utf-8"))
    return Outlines(
        world=Drawing.read(stated["world"]),
        coasts=stated["world"]["coasts"],
        attributions=tuple(stated["attributions"]),
        countries={code: Drawing.read(one) for code, one in stated["countries"].items()},
    )
