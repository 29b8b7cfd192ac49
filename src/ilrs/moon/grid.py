"""A grid that knows where it lies on the lunar sphere: projection, origin and pixel."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["Grid", "Projection"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Projection: TypeAlias = Literal[
    "simple cylindrical", "south polar stereographic", "north polar stereographic"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows and columns of square pixels, north row first, in a map projection of a sphere.

    `west_m` and `north_m` are the outer edges of the first pixel. `scale` is the map's scale along
    its pole (stereographic) or its equator (cylindrical); 1 in every LOLA product.
    """

    rows: int
    columns: int
    pixel_m: float
    west_m: float
    north_m: float
    projection: Projection
    central_longitude_deg: float = 0.0
    radius_m: float = MOON_RADIUS_M
    scale: float = 1.0
    frame: str = "MOON_ME"

    @property
    def east_m(self) -> float:
        """Outer edge of the last column. [m]"""
        return self.west_m + self.columns * self.pixel_m

    @property
    def south_m(self) -> float:
        """Outer edge of the last row. [m]"""
        return self.north_m - self.rows * self.pixel_m

    @property
    def pole(self) -> int:
        """-1 for a map around the south pole, 1 around the north pole, 0 around neither."""
        return {"south polar stereographic": -1, "north polar stereographic": 1}.get(
            self.projection, 0
        )

    @property
    def circumference_m(self) -> float:
        """Length of the whole parallel on a cylindrical map. [m]"""
        return 2.0 * np.pi * self.radius_m * self.scale

    @property
    def wraps(self) -> bool:
        """Whether the last column touches the first: a map of all longitudes."""
        if self.projection != "simple cylindrical":
            return False
        return abs(self.east_m - self.west_m - self.circumference_m) < 0.5 * self.pixel_m

    def project(
        self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Map coordinates x (east) and y (north) of places; any shape. [m]

        Spherical closed forms, Snyder 1987 (USGS Professional Paper 1395), chapters 12 and 21. On
        a cylindrical map of all longitudes x is brought between the map's edges. The
        opposite pole lies beyond every edge of a stereographic map: x and y are then huge.
        """
        latitude = np.radians(np.asarray(latitude_deg, dtype=np.float64))
        longitude = np.asarray(longitude_deg, dtype=np.float64) - self.central_longitude_deg
        size = self.radius_m * self.scale
        if self.projection == "simple cylindrical":
            middle = 0.5 * (self.west_m + self.east_m)
            x = np.asarray(size * np.radians(longitude))
            turns = np.round((x - middle) / self.circumference_m)
            return x - turns * self.circumference_m, size * latitude
        radians = np.radians(longitude)
        rho = 2.0 * size * np.tan(0.25 * np.pi - 0.5 * self.pole * latitude)
        return rho * np.sin(radians), -self.pole * rho * np.cos(radians)

    def locate(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude, 0 <= l < 360, of map coordinates; undoes `project`. [deg]"""
        x, y = np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)
        size = self.radius_m * self.scale
        if self.projection == "simple cylindrical":
            latitude, longitude = np.degrees(y / size), np.degrees(x / size)
        else:
            from_pole = 2.0 * np.degrees(np.arctan(np.hypot(x, y) / (2.0 * size)))
            latitude = self.pole * (90.0 - from_pole)
            longitude = np.degrees(np.arctan2(x, -self.pole * y))
        return np.asarray(latitude), np.mod(longitude + self.central_longitude_deg, 360.0)

    def pixel_at(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Row and column counted from the middle of the first pixel, as real numbers."""
        column = (np.asarray(x_m, dtype=np.float64) - self.west_m) / self.pixel_m - 0.5
        row = (self.north_m - np.asarray(y_m, dtype=np.float64)) / self.pixel_m - 0.5
        return row, column

    def holds(self, x_m: float, y_m: float) -> bool:
        """Whether map coordinates lie between the outer edges of the grid."""
        inside_x = self.wraps or self.west_m <= x_m <= self.east_m
        return bool(inside_x and self.south_m <= y_m <= self.north_m)

    def __str__(self) -> str:
        return (
            f"{self.rows} x {self.columns} pixels of {self.pixel_m:g} m, {self.projection}, "
            f"x {self.west_m / 1e3:g} to {self.east_m / 1e3:g} km, "
            f"y {self.south_m / 1e3:g} to {self.north_m / 1e3:g} km"
        )
