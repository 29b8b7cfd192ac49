"""Made-up horizon maps, and light found the slow way: hour by hour, for one pixel."""

from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import xarray as xr

from ilrs.foundation.time import parse_utc, tdb_from_utc, time_grid
from ilrs.moon.grid import Grid
from ilrs.moon.horizon_map import HORIZON_STEP_DEG
from ilrs.moon.light import sun_visible_fraction
from ilrs.moon.map_tiles import grid_of
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky

SPHERE = pyproj.Geod(a=1_737_400.0, b=1_737_400.0)
NODE_TURN = ("2026-01-01", "2044-08-10")  # the span of the truth table's G rows


def hours(start: str, end: str, *, step_s: float = 3600.0) -> npt.NDArray[np.float64]:
    return tdb_from_utc(time_grid(parse_utc(start), parse_utc(end), step_s))


def map_grid(**changes: Any) -> Grid:
    usual = {"rows": 6, "columns": 5, "pixel_m": 20.0, "west_m": -12_000.0, "north_m": -9_000.0,
             "projection": "south polar stereographic"}  # fmt: skip
    return Grid(**(usual | changes))


def horizon_map_of(codes_deg: Any, grid: Grid, *, azimuths: int = 360) -> xr.Dataset:
    """A horizon map of elevations that broadcast to (azimuths, rows, columns)."""
    shape = (azimuths, grid.rows, grid.columns)
    values = np.broadcast_to(np.asarray(codes_deg, dtype=np.float64), shape)
    codes = np.round(values / HORIZON_STEP_DEG).astype(np.int16)
    middle = 0.5 + np.arange(max(grid.rows, grid.columns))
    return xr.Dataset(
        {"horizon_code": (("grid_azimuth_deg", "y_m", "x_m"), codes)},
        coords={
            "grid_azimuth_deg": np.arange(azimuths) * 360.0 / azimuths,
            "y_m": grid.north_m - middle[: grid.rows] * grid.pixel_m,
            "x_m": grid.west_m + middle[: grid.columns] * grid.pixel_m,
        },
        attrs=asdict(grid) | {"observer_height_m": 2.0, "terrain": "made"},
    )


def rough_skyline_deg(grid: Grid, *, azimuths: int = 360, seed: int = 3) -> Any:
    """Skylines of 0.1 to 2 deg over all scales, another at every pixel."""
    rng = np.random.default_rng(seed)
    turn = np.radians(np.arange(azimuths) * 360.0 / azimuths)[:, None, None]
    skyline = rng.normal(0.2, 0.5, (1, grid.rows, grid.columns))
    for wave in range(1, 90):
        phase = rng.uniform(0.0, 2.0 * np.pi, (1, grid.rows, grid.columns))
        skyline = skyline + 0.9 / wave * np.cos(wave * turn + phase)
    return skyline


def true_azimuth_deg(grid_azimuth_deg: Any, latitude: float, longitude: float, grid: Grid) -> Any:
    """True azimuth at a place of the great circle towards the point 90 deg from the map's centre
    at a grid azimuth, by PROJ's geodesics on a sphere."""
    azimuth = np.atleast_1d(np.asarray(grid_azimuth_deg, dtype=np.float64))
    all_of = np.ones_like(azimuth)
    far_longitude, far_latitude, _ = SPHERE.fwd(
        grid.central_longitude_deg * all_of, grid.central_latitude_deg * all_of, azimuth,
        0.5 * np.pi * SPHERE.a * all_of,
    )  # fmt: skip
    found = SPHERE.inv(longitude * all_of, latitude * all_of, far_longitude, far_latitude)[0]
    return np.reshape(np.mod(found, 360.0), np.shape(grid_azimuth_deg))


def profile_of_pixel(horizons: xr.Dataset, row: int, column: int) -> xr.Dataset:
    """The pixel's horizon over true azimuth, with its place."""
    grid = grid_of(horizons)
    latitude, longitude = (
        float(value)
        for value in grid.locate(
            horizons["x_m"].values[column] if "x_m" in horizons.coords else 0.0,
            horizons["y_m"].values[row] if "y_m" in horizons.coords else 0.0,
        )
    )
    turned = true_azimuth_deg(horizons["grid_azimuth_deg"].values, latitude, longitude, grid)
    order = np.argsort(turned)
    codes = horizons["horizon_code"].values[:, row, column][order]
    return xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), (codes * HORIZON_STEP_DEG)[None])},
        coords={"mast_height_m": [2.0], "azimuth_deg": turned[order]},
        attrs={"latitude_deg": latitude, "longitude_deg": longitude, "ground_height_m": 0.0},
    )


def stepped_light(profile: xr.Dataset, tdb_s: Any, sky: Sky) -> npt.NDArray[np.float64]:
    """Visible part of the Sun's disc at every epoch, over a profile's lowest mast."""
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,), tdb_s, latitude_deg=profile.attrs["latitude_deg"],
            longitude_deg=profile.attrs["longitude_deg"], **sky.kernels,
        )
    )  # fmt: skip
    return sun_visible_fraction(
        azimuth,
        elevation,
        angular_radius_deg=angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN]),
        profile=profile,
        mast_height_m=float(profile["mast_height_m"].values[0]),
    )
