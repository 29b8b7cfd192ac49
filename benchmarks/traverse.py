"""Benchmarks of routes over moving light (asv), on made-up ground and light of fixed seed."""

from typing import Any, ClassVar

import numpy as np
import xarray as xr

from benchmarks.horizon_map import rough_ground
from benchmarks.light import made_horizons
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.moon.map_layout import height_map
from ilrs.moon.relief import slope_map
from ilrs.moon.window_map import light_window_map
from ilrs.operations.traverse import earliest, latest, scene
from ilrs.programme.entities import Mobility
from ilrs.sky.sky import open_sky

STEP_S = 200.0
BATTERY_WH = 150.0

#: A rover of 5 cm/s that climbs 25 deg, waits six hours in the dark and drives in light.
ROVER = Mobility.model_validate(
    {
        "kind": "rover", "slope_limit": "25 deg", "speed": "5 cm/s", "speed_at_limit": "2 cm/s",
        "drive_power": "100 W", "wait_power": "25 W", "array_power": "200 W",
    }
)  # fmt: skip


def epochs(days: float) -> Any:
    """Middles of steps of 200 s, from the southern midwinter of 2036 on. [s TDB]"""
    start = tdb_from_utc(parse_utc("2036-06-01"))
    return start + STEP_S * (np.arange(round(days * DAY_S / STEP_S)) + 0.5)


def made_ground(*, pixels: int) -> xr.Dataset:
    """Rough ground of 20 m pixels with its slopes, 18 deg rms."""
    rough = rough_ground(pixels=pixels, pixel_m=20.0)
    return height_map(rough).assign(slope_deg=slope_map(rough)["slope_deg"])


def light_of(horizons: xr.Dataset, *, days: float) -> xr.Dataset:
    """When each pixel of a horizon map is lit."""
    return light_window_map(horizons, tdb_s=epochs(days), sky=open_sky())


def made_light(*, pixels: int, days: float) -> xr.Dataset:
    """When each pixel is lit, under made-up horizons."""
    return light_of(made_horizons(pixels=pixels), days=days)


def start_of(made: Any) -> tuple[tuple[int, int], float]:
    """A cell near the middle that is open and lit early, and the first instant of its light."""
    middle = made.shape[0] // 2
    for row in range(middle, made.shape[0]):
        for column in range(middle, made.shape[1]):
            cell = made.cell((row, column))
            first, after = made.drives.first[cell : cell + 2]
            if made.ways.half[cell].any() and first < after and made.drives.start[first] == 0:
                return (row, column), 0.0
    raise RuntimeError("no cell is lit at the start")


class Arrivals:
    """Earliest arrival and latest life over a whole map."""

    params: ClassVar = [128, 512]
    param_names: ClassVar = ["pixels"]

    def setup(self, pixels: int) -> None:
        ground, light = made_ground(pixels=pixels), made_light(pixels=pixels, days=14.0)
        self.made = scene(ground, light, vehicle=ROVER, battery_wh=BATTERY_WH)
        self.start, self.depart_s = start_of(self.made)
        earliest(self.made, self.start, depart_s=self.depart_s)

    def time_earliest(self, pixels: int) -> None:
        earliest(self.made, self.start, depart_s=self.depart_s)

    def time_latest(self, pixels: int) -> None:
        latest(self.made)

    def peakmem_earliest(self, pixels: int) -> None:
        earliest(self.made, self.start, depart_s=self.depart_s)
