"""Where on the Moon a GeoTIFF lies, and how large its pixels are, from its reference system.

A map whose parallels are straight (geographic, equidistant cylindrical, Mercator) covers a box; any
other one a polygon whose edges are dense enough that its great circles follow the map's edge. A map
of the Earth, Mars or any other body is refused, and so is one that does not say its body.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ilrs.datacentre.label_place import MOON_RADIUS_M, box_deg
from ilrs.datacentre.place import Box, Place, Polygon
from ilrs.foundation.errors import IlrsError

__all__ = ["Footprint", "read_footprint"]

_RADII_M = (1_730_000.0, 1_741_000.0)  # pole to highest equatorial radius used for the Moon's maps
_PER_EDGE = 32
_STRAIGHT = {"Equidistant Cylindrical", "Equidistant Cylindrical (Spherical)", "Mercator",
             "Mercator (variant A)", "Mercator (variant B)", "Plate Carree", "Equirectangular",
             "Popular Visualisation Pseudo Mercator"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a raster covers on the Moon and the size of its pixels at its middle."""

    place: Place
    pixel_m: float


def read_footprint(path: Path) -> Footprint:
    """The footprint of a raster file; only its header is read.

    Raises IlrsError where it cannot be read, says no body, or is a map of another one.
    """
    import pyproj  # noqa: PLC0415  heavy: only those who read rasters wait for it
    import rasterio  # noqa: PLC0415

    try:
        with rasterio.open(path) as raster:
            wkt = raster.crs.to_wkt() if raster.crs else ""
            transform, shape = raster.transform, (raster.height, raster.width)
    except rasterio.errors.RasterioError as error:
        raise IlrsError(
            f"{path.name} cannot be read as a raster: {' '.join(str(error).split())[:200]}",
            "GeoTIFF and Cloud Optimised GeoTIFF are read",
            "Deliver the file whole.",
        ) from None
    if not wkt:
        raise IlrsError(
            f"{path.name} has no reference system",
            "a map says its body and projection",
            "Add them, or state the place in a sidecar.",
        )
    try:
        crs = pyproj.CRS.from_wkt(wkt)
        _require_moon(crs, path.name)
        return _footprint(crs, transform, shape, pyproj)
    except pyproj.exceptions.ProjError as error:
        raise IlrsError(
            f"the reference system of {path.name} cannot be used: {' '.join(str(error).split())}",
            "systems that PROJ knows are read",
            "State the place in a sidecar.",
        ) from None


def _require_moon(crs: Any, name: str) -> None:
    ellipsoid = crs.ellipsoid
    radius = float("nan") if ellipsoid is None else float(ellipsoid.semi_major_metre)
    if not _RADII_M[0] <= radius <= _RADII_M[1]:
        raise IlrsError(
            f"{name} is a map of a body with a radius of {radius / 1000.0:.1f} km",
            f"the Moon's is {MOON_RADIUS_M / 1000.0:.1f} km",
            "File maps of the Moon only, or correct the reference system.",
        )


def _footprint(crs: Any, transform: Any, shape: tuple[int, int], pyproj: Any) -> Footprint:
    rows, columns = shape
    geographic = pyproj.CRS.from_wkt(crs.geodetic_crs.to_wkt())
    to_degrees = pyproj.Transformer.from_crs(crs, geographic, always_xy=True).transform
    x, y = _edge(transform, rows, columns)
    longitude, latitude = (np.asarray(v, float) for v in to_degrees(x, y))
    if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
        raise IlrsError(
            "the map reaches beyond its projection",
            "each pixel on its edge lies on the Moon",
            "State the place in a sidecar.",
        )
    u, v = columns / 2.0, rows / 2.0
    at = (
        transform.a * u + transform.b * v + transform.c,
        transform.d * u + transform.e * v + transform.f,
    )
    beside = (at[0] + transform.a, at[1] + transform.d)
    pixel_m = _distance_m(to_degrees(*at), to_degrees(*beside))
    if crs.is_geographic or _method(crs) in _STRAIGHT:
        return Footprint(_box(crs, x, longitude, latitude), pixel_m)
    ring = [*zip(longitude.tolist(), latitude.tolist(), strict=True)]
    try:
        return Footprint(Polygon(((*ring, ring[0]),)), pixel_m)
    except IlrsError:  # more than a hemisphere: what lies between the parallels that it touches
        return Footprint(_cap(to_degrees, at, latitude), pixel_m)


def _method(crs: Any) -> str:
    operation = crs.coordinate_operation
    return "" if operation is None else str(operation.method_name)


def _edge(transform: Any, rows: int, columns: int) -> tuple[Any, Any]:
    """Map coordinates around the raster's outer edge."""
    part = np.arange(_PER_EDGE) / _PER_EDGE
    zero, one = np.zeros(_PER_EDGE), np.ones(_PER_EDGE)
    u = np.concatenate([part, one, 1.0 - part, zero]) * columns
    v = np.concatenate([zero, part, one, 1.0 - part]) * rows
    return (
        transform.a * u + transform.b * v + transform.c,
        transform.d * u + transform.e * v + transform.f,
    )


def _box(crs: Any, x: Any, longitude: Any, latitude: Any) -> Box:
    """West and east as the map goes from left to right: a full turn keeps its width."""
    south, north = (float(np.clip(v, -90.0, 90.0)) for v in (latitude.min(), latitude.max()))
    if crs.is_geographic:
        return box_deg(float(x.min()), south, float(x.max()), north)
    left, right = int(np.argmin(x)), int(np.argmax(x))
    width_deg = math.degrees(float(x.max() - x.min()) / crs.ellipsoid.semi_major_metre)
    parallel = next((p.value for p in crs.coordinate_operation.params
                     if p.name.startswith("Latitude of 1st standard parallel")), 0.0)  # fmt: skip
    width_deg /= math.cos(math.radians(parallel))
    if width_deg >= 360.0 - 1e-6:
        return Box(-180.0, south, 180.0, north)
    return Box(float(longitude[left]), south, float(longitude[right]), north)


def _cap(to_degrees: Any, at: tuple[float, float], latitude: Any) -> Box:
    middle = to_degrees(*at)[1]
    if middle >= 0.0:
        return Box(-180.0, float(latitude.min()), 180.0, 90.0)
    return Box(-180.0, -90.0, 180.0, float(latitude.max()))


def _distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Along the Moon's sphere. [m]"""
    (x1, y1), (x2, y2) = (tuple(map(math.radians, p)) for p in (a, b))
    half = (math.sin((y2 - y1) / 2.0) ** 2
            + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2.0) ** 2)  # fmt: skip
    return 2.0 * MOON_RADIUS_M * math.asin(min(math.sqrt(half), 1.0))
