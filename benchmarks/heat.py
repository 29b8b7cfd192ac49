"""Benchmarks of heat (asv): columns, view factors and exchange between facets, made-up ground."""

from typing import ClassVar

import numpy as np

from ilrs.moon.column import run_columns
from ilrs.moon.heat import sunlight_absorbed_w_m2
from ilrs.moon.view_factors import ViewFactors, received_w_m2, view_factors

DAY_S = 29.530589 * 86400.0


def lunar_day_w_m2(steps: int, latitudes_deg: np.ndarray, *, normal_albedo: float = 0.12):
    """Absorbed sunlight of a lunar day at 1 au, from noon on, (steps, latitudes)."""
    turn = 2.0 * np.pi * (np.arange(steps)[:, None] + 0.5) / steps
    elevation = np.degrees(np.arcsin(np.cos(np.radians(latitudes_deg)) * np.cos(turn)))
    return sunlight_absorbed_w_m2(1361.0, elevation, normal_albedo=normal_albedo)


def hills_m(pixels: int) -> np.ndarray:
    """Hills of the same shape at any number of pixels over 12 km, seed 7."""
    random = np.random.default_rng(7)
    x, y = np.meshgrid(*[(np.arange(pixels) + 0.5) / pixels] * 2)
    heights = np.zeros((pixels, pixels))
    for kx in range(-4, 5):
        for ky in range(1, 5):
            size = 500.0 * random.normal() / np.hypot(kx, ky) ** 1.5
            heights += size * np.cos(2.0 * np.pi * (kx * x + ky * y + random.uniform()))
    return heights


def hill_views(pixels: int) -> ViewFactors:
    return view_factors(hills_m(pixels), pixel_m=12_000.0 / pixels)


class Columns:
    """A lunar day from a cold start until it repeats, hourly."""

    params: ClassVar = [1, 16, 512]
    param_names: ClassVar = ["pixels"]

    def setup(self, pixels: int) -> None:
        self.heat = lunar_day_w_m2(709, np.linspace(0.0, 85.0, pixels))
        run_columns(self.heat[:2], step_s=3600.0)

    def time_columns(self, pixels: int) -> None:
        run_columns(self.heat, step_s=DAY_S / 709)

    def peakmem_columns(self, pixels: int) -> None:
        run_columns(self.heat, step_s=DAY_S / 709)


class Views:
    """View factors of hills, and one exchange of 64 steps."""

    params: ClassVar = [32, 64, 128]
    param_names: ClassVar = ["pixels"]

    def setup(self, pixels: int) -> None:
        hill_views(8)
        self.views = hill_views(pixels)
        self.leaving = np.ones((64, pixels * pixels), dtype=np.float32)
        received_w_m2(self.views, self.leaving[:1])

    def time_view_factors(self, pixels: int) -> None:
        hill_views(pixels)

    def time_exchange(self, pixels: int) -> None:
        received_w_m2(self.views, self.leaving)

    def peakmem_view_factors(self, pixels: int) -> None:
        hill_views(pixels)
