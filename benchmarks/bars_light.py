"""Bars of light over maps: mean light over 18.6 years and over a year, and how true it is."""

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.bar import Bar, bar
from benchmarks.light import hours, made_horizons
from ilrs.moon.horizon_map import HORIZON_STEP_DEG
from ilrs.moon.light import sun_visible_fraction
from ilrs.moon.light_map import light_map
from ilrs.moon.map_tiles import grid_of
from ilrs.moon.spell_map import light_spell_map
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import open_sky

PIXELS = 1000  # a side: 10^6 in all
SAMPLE = 12
STEPPED_SIDE = 256  # of the peer, scaled to 10^6 pixels by their number


@functools.cache
def horizons() -> xr.Dataset:
    """A million pixels with 360 azimuths each, 720 MB."""
    return made_horizons(pixels=PIXELS)


def core_seconds(work: Callable[[], Any], *, runs: int = 3) -> float:
    """Median of the processor seconds of all threads, after one run that compiles."""
    took = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        took.append(time.process_time() - begin)
    return sorted(took)[len(took) // 2]


def stepping_core_s(span: str) -> float:
    """Stepping (16-bit compares, in order) on a part of the pixels, scaled to all."""
    part = made_horizons(pixels=STEPPED_SIDE)
    light_spell_map(made_horizons(pixels=8), tdb_s=hours("year"), sky=open_sky())
    begin = time.process_time()
    light_spell_map(part, tdb_s=hours(span), sky=open_sky())
    return (time.process_time() - begin) * (PIXELS / STEPPED_SIDE) ** 2


def stepped_light(row: int, column: int, epochs: Any) -> float:
    """Mean part of the disc at a pixel, by its own directions and horizon, epoch by epoch."""
    made, grid = horizons(), grid_of(horizons())
    latitude, longitude = (
        float(value) for value in grid.locate(made["x_m"].values[column], made["y_m"].values[row])
    )
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,), epochs, latitude_deg=latitude, longitude_deg=longitude, **open_sky().kernels
        )
    )
    true_deg = (made["grid_azimuth_deg"].values + grid.pole * longitude) % 360.0
    order = np.argsort(true_deg)
    horizon = made["horizon_code"].values[order, row, column] * HORIZON_STEP_DEG
    profile = xr.Dataset(
        {"horizon_deg": (("mast_height_m", "azimuth_deg"), horizon[None])},
        coords={"mast_height_m": [0.0], "azimuth_deg": true_deg[order]},
    )
    radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN])
    return float(
        sun_visible_fraction(
            azimuth, elevation, angular_radius_deg=radius, profile=profile, mast_height_m=0.0
        ).mean()
    )


def _light_bar(name: str, span: str, limit: float) -> Bar:
    made, epochs, sky = horizons(), hours(span), open_sky()
    light_map(made_horizons(pixels=8), tdb_s=epochs[:100], sky=sky)
    took = core_seconds(lambda: light_map(made, tdb_s=epochs, sky=sky))
    return Bar(
        name, took, limit, "core-s", "<=",
        peer=f"stepping in order, 16-bit compares: {stepping_core_s(span):.0f} core-s",
        note=f"10^6 px, 360 azimuths, {epochs.size} h; peer measured on {STEPPED_SIDE}^2 px",
    )  # fmt: skip


@bar
def light_node_turn() -> Bar:
    """Mean light, share of time lit, irradiance and shadow over 18.6 years."""
    return _light_bar("mean light over 18.6 years, 10^6 px", "node", 6.0)


@bar
def light_year() -> Bar:
    """The same over one year of hours: hours lit and mean part of the disc."""
    return _light_bar("one year of hourly light, 10^6 px", "year", 5.0)


@bar
def light_truth() -> Bar:
    """Worst of a sample of pixels against stepping hourly through 18.6 years."""
    epochs = hours("node")
    found = light_map(horizons(), tdb_s=epochs, sky=open_sky())["illumination_fraction"].values
    rng = np.random.default_rng(1)
    errors = []
    for row, column in rng.integers(0, PIXELS, (SAMPLE, 2)):
        stepped = stepped_light(int(row), int(column), epochs)
        errors.append(100.0 * abs(float(found[row, column]) / stepped - 1.0))
    return Bar(
        "mean light against stepping hourly, worst", max(errors), 0.3, "%", "<=",
        note=f"{SAMPLE} pixels; median {float(np.median(errors)):.3f} %",
    )  # fmt: skip
