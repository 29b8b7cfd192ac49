"""Benchmarks of horizon maps (asv): rough made-up ground, fixed sizes."""

from typing import ClassVar

import numpy as np

from ilrs.moon.grid import Grid
from ilrs.moon.horizon_map import horizon_map
from ilrs.moon.terrain import Terrain

AZIMUTHS = 12


def rough_ground(*, pixels: int, pixel_m: float, slope_deg: float = 18.0) -> Terrain:
    """Ground around the south pole that is rough at every scale: Hurst exponent 0.85."""
    rng = np.random.default_rng(7)
    wave = np.hypot(np.fft.fftfreq(pixels)[:, None], np.fft.rfftfreq(pixels)[None, :])
    wave[0, 0] = np.inf
    noise = rng.normal(size=wave.shape) + 1j * rng.normal(size=wave.shape)
    heights = np.fft.irfft2(noise * wave**-1.85, s=(pixels, pixels))
    slopes = np.gradient(heights, pixel_m)
    heights *= np.tan(np.radians(slope_deg)) / np.sqrt(np.mean(slopes[0] ** 2 + slopes[1] ** 2))
    grid = Grid(
        rows=pixels, columns=pixels, pixel_m=pixel_m, west_m=-0.5 * pixels * pixel_m,
        north_m=0.5 * pixels * pixel_m, projection="south polar stereographic",
    )  # fmt: skip
    return Terrain(name=f"rough_{pixel_m:g}m", grid=grid, heights_m=heights.astype(np.float32))


class HorizonMap:
    """A map of 12 azimuths, alone and with coarse terrain around it."""

    params: ClassVar = ([256, 1000], [1, 2])
    param_names: ClassVar = ["pixels", "terrains"]

    def setup(self, pixels: int, terrains: int) -> None:
        near = rough_ground(pixels=pixels, pixel_m=100.0)
        self.terrains = [near, rough_ground(pixels=200, pixel_m=4000.0)][:terrains]
        self._map(1)  # compiled before timing

    def time_map(self, pixels: int, terrains: int) -> None:
        self._map(AZIMUTHS)

    def peakmem_map(self, pixels: int, terrains: int) -> None:
        self._map(AZIMUTHS)

    def _map(self, azimuths: int) -> None:
        horizon_map(self.terrains, observer_height_m=2.0, grid_azimuths_deg=azimuths)
