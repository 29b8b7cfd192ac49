"""Benchmarks of the moon room (asv): horizon, light and heat on made-up ground, fixed sizes."""

from typing import ClassVar

import numpy as np

from ilrs.moon.grid import Grid
from ilrs.moon.heat import column_temperature_k
from ilrs.moon.horizon import horizon_profile
from ilrs.moon.light import sun_visible_fraction
from ilrs.moon.terrain import Terrain

SITE = {"latitude_deg": -89.99, "longitude_deg": 30.0, "mast_heights_m": [2.0, 10.0]}


def rough_terrain(*, pixels: int, pixel_m: float, seed: int = 7) -> Terrain:
    """Random ground around the south pole, rough at all scales down to a pixel."""
    rng = np.random.default_rng(seed)
    middle = (np.arange(pixels) + 0.5 - 0.5 * pixels) * pixel_m
    x, y = np.meshgrid(middle, -middle)
    heights = np.zeros_like(x)
    for wave_m in np.geomspace(4.0 * pixel_m, pixels * pixel_m, 12):
        turn, phase = rng.uniform(0.0, 2.0 * np.pi, 2)
        along = np.cos(turn) * x + np.sin(turn) * y
        heights += 0.02 * wave_m * np.sin(2.0 * np.pi * along / wave_m + phase)
    grid = Grid(
        rows=pixels, columns=pixels, pixel_m=pixel_m, west_m=-0.5 * pixels * pixel_m,
        north_m=0.5 * pixels * pixel_m, projection="south polar stereographic",
    )  # fmt: skip
    return Terrain(name=f"rough_{pixel_m:g}m", grid=grid, heights_m=heights.astype(np.float32))


class Horizon:
    """One site, two masts, three nested grids."""

    params: ClassVar = [72, 720]
    param_names: ClassVar = ["azimuths"]

    def setup(self, azimuths: int) -> None:
        sizes = ((256, 40.0), (256, 200.0), (512, 2000.0))
        self.terrains = [rough_terrain(pixels=n, pixel_m=pixel_m) for n, pixel_m in sizes]
        self.azimuths = np.arange(azimuths) * 360.0 / azimuths
        horizon_profile(self.terrains, **SITE, azimuths_deg=self.azimuths)  # compiled before timing

    def time_profile(self, azimuths: int) -> None:
        horizon_profile(self.terrains, **SITE, azimuths_deg=self.azimuths)

    def peakmem_profile(self, azimuths: int) -> None:
        horizon_profile(self.terrains, **SITE, azimuths_deg=self.azimuths)


class Light:
    """Hours of Sun over one site, one mast."""

    params: ClassVar = [8766, 163_104]  # a year, a turn of the lunar node
    param_names: ClassVar = ["hours"]

    def setup(self, hours: int) -> None:
        self.profile = horizon_profile([rough_terrain(pixels=256, pixel_m=200.0)], **SITE)
        turn = 2.0 * np.pi * np.arange(hours)
        self.azimuth_deg = np.degrees(turn / 708.7) % 360.0
        self.elevation_deg = 1.54 * np.sin(turn / 8766.0)

    def time_sun_visible_fraction(self, hours: int) -> None:
        self._light()

    def peakmem_sun_visible_fraction(self, hours: int) -> None:
        self._light()

    def _light(self) -> None:
        sun_visible_fraction(
            self.azimuth_deg, self.elevation_deg, angular_radius_deg=0.2666,
            profile=self.profile, mast_height_m=2.0,
        )  # fmt: skip


class Heat:
    """A regolith column under a polar year."""

    params: ClassVar = [8766]
    param_names: ClassVar = ["hours"]

    def setup(self, hours: int) -> None:
        self.heat = np.maximum(20.0 * np.sin(2.0 * np.pi * np.arange(hours) / 8766.0), 0.0)
        column_temperature_k(self.heat[:10], step_s=3600.0)

    def time_column(self, hours: int) -> None:
        column_temperature_k(self.heat, step_s=3600.0)

    def peakmem_column(self, hours: int) -> None:
        column_temperature_k(self.heat, step_s=3600.0)
