"""Benchmarks of light over maps and time (asv), on made-up horizons of fixed seed."""

from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np
import xarray as xr

from ilrs.foundation.time import parse_utc, tdb_from_utc, time_grid
from ilrs.moon.eclipse import earth_eclipses
from ilrs.moon.grid import Grid
from ilrs.moon.horizon_map import HORIZON_STEP_DEG
from ilrs.moon.light_map import light_map
from ilrs.moon.spell_map import light_spell_map, lunation_map
from ilrs.sky.sky import open_sky

SPANS = {"year": ("2026-01-01", "2027-01-01"), "node": ("2026-01-01", "2044-08-10")}


def hours(span: str) -> Any:
    """Hourly epochs of a named span."""
    start, end = (parse_utc(date) for date in SPANS[span])
    return tdb_from_utc(time_grid(start, end, 3600.0))


def made_horizons(*, pixels: int, azimuths: int = 360, seed: int = 3) -> xr.Dataset:
    """A horizon map of 20 m pixels near the south pole: 64 rough skylines, each pixel another tilt.

    Skylines stand 0.2 deg high in the mean and 1 deg up and down, as on polar highlands.
    """
    rng = np.random.default_rng(seed)
    grid = Grid(
        rows=pixels, columns=pixels, pixel_m=20.0, west_m=-20_000.0, north_m=-10_000.0,
        projection="south polar stereographic",
    )  # fmt: skip
    turn = np.radians(np.arange(azimuths) * 360.0 / azimuths)[:, None]
    skylines = rng.normal(0.2, 0.3, (1, 64)) + np.zeros((azimuths, 1))
    for wave in range(1, 90):
        skylines += 0.9 / wave * np.cos(wave * turn + rng.uniform(0.0, 2.0 * np.pi, (1, 64)))
    which = rng.integers(0, 64, (pixels, pixels))
    offset = rng.normal(0.0, 0.3 / HORIZON_STEP_DEG, (pixels, pixels)).astype(np.int16)
    steps = np.round(skylines / HORIZON_STEP_DEG).astype(np.int16)
    codes = np.empty((azimuths, pixels, pixels), dtype=np.int16)
    for k in range(azimuths):
        np.add(steps[k][which], offset, out=codes[k])
    middle = (np.arange(pixels) + 0.5) * grid.pixel_m
    return xr.Dataset(
        {"horizon_code": (("grid_azimuth_deg", "y_m", "x_m"), codes)},
        coords={
            "grid_azimuth_deg": np.arange(azimuths) * 360.0 / azimuths,
            "y_m": grid.north_m - middle,
            "x_m": grid.west_m + middle,
        },
        attrs=asdict(grid),
    )


class LightMap:
    """Mean light of a map, whatever the span."""

    params: ClassVar = [[128, 512], ["year", "node"]]
    param_names: ClassVar = ["pixels", "span"]

    def setup(self, pixels: int, span: str) -> None:
        self.horizons, self.epochs, self.sky = made_horizons(pixels=pixels), hours(span), open_sky()
        light_map(made_horizons(pixels=8), tdb_s=self.epochs[:100], sky=self.sky)

    def time_light_map(self, pixels: int, span: str) -> None:
        light_map(self.horizons, tdb_s=self.epochs, sky=self.sky)

    def peakmem_light_map(self, pixels: int, span: str) -> None:
        light_map(self.horizons, tdb_s=self.epochs, sky=self.sky)


class Spells:
    """Longest darkness and light per lunation: stepping, pixel by pixel."""

    params: ClassVar = [[128], ["year", "node"]]
    param_names: ClassVar = ["pixels", "span"]

    def setup(self, pixels: int, span: str) -> None:
        self.horizons, self.epochs, self.sky = made_horizons(pixels=pixels), hours(span), open_sky()
        small = made_horizons(pixels=8)
        light_spell_map(small, tdb_s=self.epochs[:1000], sky=self.sky)
        lunation_map(small, tdb_s=self.epochs[:1000], sky=self.sky)

    def time_spells(self, pixels: int, span: str) -> None:
        light_spell_map(self.horizons, tdb_s=self.epochs, sky=self.sky)

    def time_lunations(self, pixels: int, span: str) -> None:
        lunation_map(self.horizons, tdb_s=self.epochs, sky=self.sky)

    def peakmem_spells(self, pixels: int, span: str) -> None:
        light_spell_map(self.horizons, tdb_s=self.epochs, sky=self.sky)


class Eclipses:
    """Every eclipse of a span, with its edges."""

    params: ClassVar = ["year", "node"]
    param_names: ClassVar = ["span"]

    def setup(self, span: str) -> None:
        epochs = hours(span)
        self.ends, self.sky = (float(epochs[0]), float(epochs[-1])), open_sky()

    def time_eclipses(self, span: str) -> None:
        earth_eclipses(*self.ends, latitude_deg=-89.5, longitude_deg=0.0, sky=self.sky)

    def peakmem_eclipses(self, span: str) -> None:
        earth_eclipses(*self.ends, latitude_deg=-89.5, longitude_deg=0.0, sky=self.sky)
