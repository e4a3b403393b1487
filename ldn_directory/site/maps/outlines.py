"""Outlines of the world, of countries and of regions as SVG paths, read from `outlines.json` (docs/outlines.md)."""

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
    """An outline: the box around it (degrees), where a count can be put (units of the drawing), and its SVG path."""

    code: str
    """ISO 3166-1 alpha-2 or ISO 3166-2; empty for land without a code."""
    box: Box
    at: Point
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Outlines in a rectangle of `width` by `height` units, and the frames that place points of the globe in it."""

    width: int
    height: int
    frames: tuple[tuple[Frame, Projection], ...]
    shapes: Mapping[str, Shape]

    def place(self, lon: float, lat: float) -> Point | None:
        """Where a point of the globe (degrees) is drawn; None if the drawing does not show it."""
        return place(self.frames, self.width, self.height, lon, lat)

    def units_a_km(self, lon: float, lat: float) -> float:
        """Units per kilometre at a point; much the same everywhere in a frame, as both projections keep areas."""
        return next(
            (frame.units_a_km for frame, _ in self.frames if frame.box is None or frame.box.holds(lon, lat)), 0.0
        )

    @classmethod
    def read(cls, stated: Mapping[str, Any]) -> Self:
        """Reads a drawing of the data file."""
        frames = [Frame.read(one) for one in stated["frames"]]
        shapes = {code: _shape(code, one) for code, one in stated["shapes"].items()}
        placed = tuple((frame, frame.projection()) for frame in frames)
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
    """The coasts of the world as one path, coarser and without borders."""
    countries: Mapping[str, Drawing]
    """ISO 3166-1 alpha-2 -> its drawing: a shape for each region, or one shape under the country's own code."""
    attributions: Sequence[Mapping[str, str]]
    """The packages and their licences, with the columns of the table `attributions`."""

    def has_regions(self, country_code: str) -> bool:
        """Whether there are outlines of the country's regions."""
        drawing = self.countries.get(country_code)
        return drawing is not None and country_code not in drawing.shapes


@lru_cache(maxsize=1)
def outlines() -> Outlines:
    """The outlines, read once."""
    stated = json.loads(files("ldn_directory.site.maps").joinpath("outlines.json").read_text("utf-8"))
    return Outlines(
        world=Drawing.read(stated["world"]),
        coasts=stated["world"]["coasts"],
        attributions=tuple(stated["attributions"]),
        countries={code: Drawing.read(one) for code, one in stated["countries"].items()},
    )
