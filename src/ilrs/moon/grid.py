"""A grid that knows where it lies on the lunar sphere: projection, origin and pixel."""

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["Grid", "Projection", "cut_grid", "cut_values", "stereographic_grid"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Projection: TypeAlias = Literal[
    "simple cylindrical",
    "stereographic",
    "south polar stereographic",
    "north polar stereographic",
]
_POLES = {"south polar stereographic": -1, "north polar stereographic": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows and columns of square pixels, north row first, in a map projection of a sphere.

    `west_m` and `north_m` are the outer edges of the first pixel. `scale` is the map's scale at
    its centre (stereographic) or along its equator (cylindrical); 1 in every LOLA product. A
    stereographic map lies about any point and has north upwards there; of the polar ones
    `central_latitude_deg` is always their pole's, whatever is given.
    """

    rows: int
    columns: int
    pixel_m: float
    west_m: float
    north_m: float
    projection: Projection
    central_latitude_deg: float = 0.0
    central_longitude_deg: float = 0.0
    radius_m: float = MOON_RADIUS_M
    scale: float = 1.0
    frame: str = "MOON_ME"

    def __post_init__(self) -> None:
        if self.pole:  # frozen: the field says what the projection's name says
            object.__setattr__(self, "central_latitude_deg", 90.0 * self.pole)

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
        """-1 for a south polar stereographic map, 1 for a north polar one, 0 for any other."""
        return _POLES.get(self.projection, 0)

    @property
    def is_stereographic(self) -> bool:
        """Whether the map is stereographic: about a pole or about any other point."""
        return self.projection != "simple cylindrical"

    @property
    def axes(self) -> FloatArray:
        """Map right, map up and outwards at the map's centre, as unit vectors of the body frame.

        Rows of a 3 x 3 array, so that `axes @ vector` is the vector seen from the map.
        """
        phi, lam = np.radians(self.central_latitude_deg), np.radians(self.central_longitude_deg)
        sine, cosine = np.sin(phi), np.cos(phi)
        if abs(self.central_latitude_deg) == 90.0:
            cosine = 0.0  # exactly, so that a polar map is the same bits by any name
        right = (-np.sin(lam), np.cos(lam), 0.0)
        up = (-sine * np.cos(lam), -sine * np.sin(lam), cosine)
        return np.array([right, up, (cosine * np.cos(lam), cosine * np.sin(lam), sine)])

    @property
    def circumference_m(self) -> float:
        """Length of the whole parallel on a cylindrical map. [m]"""
        return 2.0 * np.pi * self.radius_m * self.scale

    @property
    def wraps(self) -> bool:
        """Whether the last column touches the first: a map of all longitudes."""
        if self.is_stereographic:
            return False
        return abs(self.east_m - self.west_m - self.circumference_m) < 0.5 * self.pixel_m

    def project(
        self, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Map coordinates x (east) and y (north) of places; any shape. [m]

        Spherical closed forms, Snyder 1987 (USGS Professional Paper 1395), chapters 12 and 21. On
        a cylindrical map of all longitudes x is brought between the map's edges. The point
        opposite the centre lies beyond every edge of a stereographic map: x and y are then huge.
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
        if not self.pole:
            _, cosine, sine = self.axes[:, 2]
            towards = np.cos(latitude) * np.cos(radians)
            outwards = sine * np.sin(latitude) + cosine * towards
            stretch = 2.0 * size / np.maximum(1.0 + outwards, 1e-15)
            upwards = cosine * np.sin(latitude) - sine * towards
            return stretch * np.cos(latitude) * np.sin(radians), stretch * upwards
        rho = 2.0 * size * np.tan(0.25 * np.pi - 0.5 * self.pole * latitude)
        return rho * np.sin(radians), -self.pole * rho * np.cos(radians)

    def locate(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Latitude and longitude, 0 <= l < 360, of map coordinates; undoes `project`. [deg]"""
        x, y = np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)
        size = self.radius_m * self.scale
        if self.projection == "simple cylindrical":
            latitude, longitude = np.degrees(y / size), np.degrees(x / size)
        elif not self.pole:
            _, cosine, sine = self.axes[:, 2]
            right, up = x / size, y / size
            out = 1.0 - 0.25 * (right * right + up * up)
            towards = cosine * out - sine * up
            latitude = np.degrees(np.arctan2(sine * out + cosine * up, np.hypot(towards, right)))
            longitude = np.degrees(np.arctan2(right, towards))
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

    def bounds_around(
        self, latitude_deg: float, longitude_deg: float, *, within_m: float
    ) -> tuple[float, float, float, float]:
        """West, south, east and north, in map metres, of what lies within a distance of a place.

        The distance is the sphere's. The grid's own edges where that goes around the Moon.
        """
        x, y = (float(value) for value in self.project(latitude_deg, longitude_deg))
        size, angle = self.radius_m * self.scale, within_m / self.radius_m
        own = self.west_m, self.south_m, self.east_m, self.north_m
        if self.is_stereographic:  # circles stay circles, but for their middles
            out = float(np.hypot(x, y))
            away = 2.0 * np.arctan(out / (2.0 * size))
            if away + angle >= 0.999 * np.pi:
                return own
            near, far = (size * np.tan(0.5 * (away + side)) for side in (-angle, angle))
            x, y = ((near + far) * value / out if out > 0.0 else 0.0 for value in (x, y))
            return x - (far - near), y - (far - near), x + (far - near), y + (far - near)
        south, north = y - size * angle, y + size * angle
        phi = abs(np.radians(latitude_deg))
        if phi + angle >= 0.5 * np.pi:
            return own[0], south, own[2], north
        half = size * float(np.arcsin(np.sin(angle) / np.cos(phi)))
        if self.wraps and not (own[0] <= x - half and x + half <= own[2]):
            return own[0], south, own[2], north
        return x - half, south, x + half, north

    @property
    def drawn(self) -> str:
        """The projection in words, with its centre where the name does not tell it."""
        if self.projection != "stereographic":
            return self.projection
        return (
            f"stereographic about latitude {self.central_latitude_deg:g},"
            f" longitude {self.central_longitude_deg:g}"
        )

    def __str__(self) -> str:
        return (
            f"{self.rows} x {self.columns} pixels of {self.pixel_m:g} m, {self.drawn}, "
            f"x {self.west_m / 1e3:g} to {self.east_m / 1e3:g} km, "
            f"y {self.south_m / 1e3:g} to {self.north_m / 1e3:g} km"
        )


def stereographic_grid(
    *,
    latitude_deg: float,
    longitude_deg: float,
    size_m: float,
    pixel_m: float,
    frame: str = "MOON_ME",
) -> Grid:
    """A square stereographic grid about a place, `size_m` wide or up to a pixel wider.

    The place lies at its middle, north is upwards there; at a pole the grid is that pole's, turned
    to `longitude_deg`. Raises IlrsError for a place off the sphere and a grid under 2 x 2 pixels.
    """
    if not (abs(latitude_deg) <= 90.0 and abs(longitude_deg) <= 360.0):
        raise IlrsError(
            f"a map about latitude {latitude_deg:g}, longitude {longitude_deg:g}",
            "latitudes go from -90 to 90 deg and longitudes from -360 to 360 deg, east positive",
            "Give degrees; latitude stands before longitude.",
        )
    if not 0.0 < 2.0 * pixel_m <= size_m < np.inf:
        raise IlrsError(
            f"a map {size_m:g} m wide with pixels of {pixel_m:g} m",
            "a map has at least two rows and two columns",
            "Give its width and its pixel in metres.",
        )
    count = int(np.ceil(size_m / pixel_m - 1e-9))
    poles: dict[float, Projection] = {
        -90.0: "south polar stereographic",
        90.0: "north polar stereographic",
    }
    return Grid(
        rows=count,
        columns=count,
        pixel_m=pixel_m,
        west_m=-0.5 * count * pixel_m,
        north_m=0.5 * count * pixel_m,
        projection=poles.get(latitude_deg, "stereographic"),
        central_latitude_deg=latitude_deg,
        central_longitude_deg=longitude_deg,
        frame=frame,
    )


def cut_grid(grid: Grid, *, x_m: tuple[float, float], y_m: tuple[float, float]) -> Grid:
    """The part of a grid, in whole pixels, that covers a rectangle of its map."""
    first = max(0, int(np.floor((x_m[0] - grid.west_m) / grid.pixel_m)))
    last = min(grid.columns, int(np.ceil((x_m[1] - grid.west_m) / grid.pixel_m)))
    top = max(0, int(np.floor((grid.north_m - y_m[1]) / grid.pixel_m)))
    bottom = min(grid.rows, int(np.ceil((grid.north_m - y_m[0]) / grid.pixel_m)))
    return replace(
        grid,
        rows=bottom - top,
        columns=last - first,
        west_m=grid.west_m + first * grid.pixel_m,
        north_m=grid.north_m - top * grid.pixel_m,
    )


def cut_values(values: npt.NDArray[Any], *, whole: Grid, part: Grid) -> npt.NDArray[Any]:
    """Of values on a grid, rows x columns, those on a part of it that `cut_grid` made."""
    top = round((whole.north_m - part.north_m) / whole.pixel_m)
    left = round((part.west_m - whole.west_m) / whole.pixel_m)
    return values[top : top + part.rows, left : left + part.columns]
