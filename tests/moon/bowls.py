"""Bowl craters (caps of a sphere) on pixels, with the light that falls into them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bowl:
    """A bowl that fills 77 % of the width of a square grid of level ground."""

    pixels: int
    depth_to_diameter: float
    pixel_m: float = 100.0

    @property
    def diameter_m(self) -> float:
        return self.pixels * 50.0 / 65.0 * self.pixel_m

    @property
    def depth_m(self) -> float:
        return self.depth_to_diameter * self.diameter_m

    @property
    def sphere_m(self) -> float:
        return (0.25 * self.diameter_m**2 + self.depth_m**2) / (2.0 * self.depth_m)

    @property
    def share(self) -> float:
        """Part of the view of any point in the bowl that is bowl."""
        return 1.0 / (1.0 + 0.25 / self.depth_to_diameter**2)

    @property
    def east_m(self) -> np.ndarray:
        middle = (np.arange(self.pixels) - self.pixels // 2) * self.pixel_m
        return np.broadcast_to(middle, (self.pixels, self.pixels))

    @property
    def north_m(self) -> np.ndarray:
        return -self.east_m.T

    @property
    def radius_m(self) -> np.ndarray:
        return np.hypot(self.east_m, self.north_m)

    @property
    def heights_m(self) -> np.ndarray:
        under = np.sqrt(np.maximum(self.sphere_m**2 - self.radius_m**2, 0.0))
        floor = self.sphere_m - self.depth_m - under
        return np.where(self.radius_m < 0.5 * self.diameter_m, floor, 0.0)

    def sunlight_w_m2(self, elevation_deg: float, irradiance_w_m2: float) -> np.ndarray:
        """On the bowl's own surface, with its shadow exact, from a Sun in the east."""
        sun = np.array([np.cos(np.radians(elevation_deg)), 0.0, np.sin(np.radians(elevation_deg))])
        centre_m = self.sphere_m - self.depth_m
        place = np.stack([self.east_m, self.north_m, self.heights_m - centre_m])
        inwards = -np.tensordot(sun, place, axes=1)  # half the chord towards the Sun
        leaves_at_m = self.heights_m + 2.0 * inwards * sun[2]
        is_lit = (self.radius_m < 0.5 * self.diameter_m) & (leaves_at_m >= 0.0)
        return np.where(is_lit, irradiance_w_m2 * np.maximum(inwards / self.sphere_m, 0.0), 0.0)
