"""Footprints of GeoTIFFs: the real polar maps, and maps made up about the Moon and other bodies."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio import Affine

from ilrs.datacentre.place import Box, Point, Polygon
from ilrs.datacentre.raster_read import read_footprint
from ilrs.datacentre.reading import read
from ilrs.datacentre.spherical import intersects, within
from ilrs.foundation.errors import IlrsError

MOON = "+R=1737400 +no_defs"
SOUTH = f"+proj=stere +lat_0=-90 {MOON}"


def at(west: float, north: float, width: float, height: float) -> Affine:
    return Affine(width, 0.0, west, 0.0, -height, north)


def put(
    folder: Path, crs: str | None, transform: Any, *, size: tuple[int, int] = (50, 100)
) -> Path:
    path = folder / "map.tif"
    rows, columns = size
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="uint8", crs=crs,
        transform=transform,
    ) as raster:  # fmt: skip
        raster.write(np.zeros((1, rows, columns), "uint8"))
    return path


def test_real_polar_map_holds_the_pole_and_its_own_corners(shared: Path) -> None:
    path = shared / "data" / "terrain" / "shackleton_ridge_200m.tif"
    made = read_footprint(path)
    # SOURCES.md: 200 m pixels in polar stereographic, x from -30 km, y from 15 km
    assert made.pixel_m == pytest.approx(200.0, abs=0.01)
    assert isinstance(made.place, Polygon)
    assert within(Point(0.0, -90.0), made.place)
    with rasterio.open(path) as raster:
        left, bottom, right, top = raster.bounds
    for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)):
        # Snyder (1987), eq. 21-8 on a sphere: rho = 2 R tan(c/2) about the pole
        colatitude = math.degrees(2.0 * math.atan(math.hypot(x, y) / (2.0 * 1_737_400.0)))
        corner = Point(math.degrees(math.atan2(x, y)), -90.0 + colatitude * (1.0 - 1e-6))
        assert intersects(corner, made.place)
        out = Point(corner.longitude_deg, -90.0 + colatitude * 1.001)
        assert not intersects(out, made.place)


@pytest.mark.parametrize(
    ("crs", "transform", "place"),
    [
        (f"+proj=longlat {MOON}", at(0, 90, 3.6, 3.6), Box(0.0, -90.0, 360.0, 90.0)),
        (f"+proj=longlat {MOON}", at(170, 10, 0.2, 0.2), Box(170.0, 0.0, 190.0, 10.0)),
    ],
)  # fmt: skip
def test_map_with_straight_parallels_is_a_box(
    tmp_path: Path, crs: str, transform: Any, place: Box
) -> None:
    assert read_footprint(put(tmp_path, crs, transform)).place == place


def test_equidistant_map_across_180_degrees(tmp_path: Path) -> None:
    crs = f"+proj=eqc +lon_0=180 {MOON}"
    made = read_footprint(put(tmp_path, crs, at(-100e3, 50e3, 2e3, 2e3)))
    half = math.degrees(100e3 / 1_737_400.0)
    assert isinstance(made.place, Box)
    assert made.place.west_deg == pytest.approx(180.0 - half)
    assert made.place.east_deg == pytest.approx(-180.0 + half)
    assert made.pixel_m == pytest.approx(2e3, rel=1e-3)


def test_edges_follow_the_map(tmp_path: Path) -> None:
    # A straight line of the polar map is an arc of a small circle on the sphere: the polygon's
    # great circles stay within a thousandth of the map's width of it.
    made = read_footprint(put(tmp_path, SOUTH, at(-500e3, 250e3, 10e3, 10e3)))
    middle_of_edge = Point(0.0, -90.0 + math.degrees(2 * math.atan(249.5e3 / (2 * 1_737_400.0))))
    beyond = Point(0.0, -90.0 + math.degrees(2 * math.atan(250.5e3 / (2 * 1_737_400.0))))
    assert intersects(middle_of_edge, made.place)
    assert not intersects(beyond, made.place)


def test_map_of_more_than_a_hemisphere_is_what_its_parallels_bound(tmp_path: Path) -> None:
    made = read_footprint(put(tmp_path, SOUTH, at(-5000e3, 2500e3, 100e3, 100e3)))
    assert isinstance(made.place, Box)
    assert (made.place.south_deg, made.place.width_deg) == (-90.0, 360.0)


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        ("EPSG:4326", "map.tif is a map of a body with a radius of 6378.1 km; the Moon's is "
         "1737.4 km. File maps of the Moon only, or correct the reference system."),
        ("+proj=longlat +R=3396190 +no_defs", "map.tif is a map of a body with a radius of 3396.2 "
         "km; the Moon's is 1737.4 km. File maps of the Moon only, or correct the reference "
         "system."),
        (None, "map.tif has no reference system; a map says its body and projection. Add them, or "
         "state the place in a sidecar."),
    ],
)  # fmt: skip
def test_map_of_another_body_is_refused(tmp_path: Path, crs: str | None, message: str) -> None:
    path = put(tmp_path, crs, at(0, 10, 0.1, 0.1))
    with pytest.raises(IlrsError) as caught:
        read_footprint(path)
    assert str(caught.value) == message
    (made,) = read(path)
    assert [(f.kind, f.severity) for f in made.findings] == [
        ("label", "warning"), ("content", "error"),
    ]  # fmt: skip


def test_damaged_file_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "map.tif").write_bytes(b"II*\0garbage")
    (made,) = read(tmp_path / "map.tif")
    assert [f.kind for f in made.findings] == ["label", "content"]
    assert made.record.place is None
