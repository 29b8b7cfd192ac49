"""A horizon map cut into tiles over which the sky turns as one, and what the sky is over each.

Grid azimuth a of a horizon map is the great circle from a pixel towards the point e(a), 90 deg from
the map's centre (on a polar map: of the equator), which lies in that direction from it. Let u and m
be upwards at the pixel and at the tile's middle. A direction at grid azimuth a and elevation h over
the pixel stands, over the middle, at the elevation h' with sin h' = (m u) sin h + (m d) cos h,
where d is e - (e u) u brought to length 1, and at nearly the same grid azimuth. So one table of the
sky serves all the pixels of a tile.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.angles import azimuth_deg as on_circle_deg
from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.horizon_map import HORIZON_STEP_DEG, NO_HORIZON
from ilrs.moon.map_layout import map_grid, map_on
from ilrs.moon.march import local_axes
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.sky import Sky

__all__ = [
    "HORIZON_STEP_DEG",
    "NO_HORIZON",
    "DiscTrack",
    "Tile",
    "VisiblePart",
    "disc_track",
    "even_step_s",
    "grid_azimuth_deg",
    "grid_of",
    "limb_elevation_deg",
    "map_like",
    "pixel_tilt",
    "row_strips",
    "tiles_of",
    "true_azimuth_deg",
    "turned_sine",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
#: How much of a disc must stand above the horizon for the body to count as in view.
VisiblePart: TypeAlias = Literal["any", "half", "all"]

# Half a diagonal of 28 km, 0.93 deg: within it the grid azimuth turns by that times the tangent of
# the body's height over the plane through the Moon's middle that faces the map's centre. On a polar
# map that is 0.03 deg for the Sun and 0.12 deg for the Earth, whose place shifts by less than
# 0.005 deg in parallax. On any other a high Sun turns by more, where no horizon reaches: one that
# is h high c away from the centre meets a Sun no higher than h + c: 0.16 deg for 10 deg in all.
_TILE_M = 40_000.0
_STRIP_BYTES = 2**28  # of horizons held at once
_CODE_RAD = np.float32(np.radians(HORIZON_STEP_DEG))
_ONE = np.float32(1.0)
_HALF, _SIXTH, _24TH, _120TH = (np.float32(1.0 / n) for n in (2.0, 6.0, 24.0, 120.0))
_LIMB = {"any": 1.0, "half": 0.0, "all": -1.0}


class Tile(NamedTuple):
    """Rows and columns of a part of a map."""

    rows: slice
    columns: slice


class DiscTrack(NamedTuple):
    """Where a body's disc stands over a tile's middle, each of shape (epochs,)."""

    azimuth_deg: FloatArray  # grid azimuth
    elevation_deg: FloatArray
    angular_radius_deg: FloatArray
    distance_m: FloatArray


def grid_of(horizons: xr.Dataset) -> Grid:
    """The grid that a horizon map's attributes describe.

    Raises IlrsError as `ilrs.moon.map_layout.map_grid`, for a map without horizons, and for one
    that is not stereographic: only there is one grid azimuth one direction for the whole map.
    """
    grid = map_grid(horizons)
    if "horizon_code" not in horizons:
        raise IlrsError(
            f"a map of {', '.join(map(str, horizons)) or 'nothing'} in place of horizons",
            "ilrs.moon.horizon_map makes maps of horizon_code",
            "Make the horizon map first, or open the right file.",
        )
    if not grid.is_stereographic:
        raise IlrsError(
            f"a horizon map in the projection {grid.projection}",
            "light is mapped on stereographic maps, where a grid azimuth is one direction",
            "Make the horizon map on a grid of ilrs.moon.grid.stereographic_grid.",
        )
    return grid


def grid_azimuth_deg(
    azimuth_deg: npt.ArrayLike, *, latitude_deg: float, longitude_deg: float, grid: Grid
) -> FloatArray:
    """Azimuth clockwise from map up, of true azimuths at a place, 0 <= a < 360. [deg]

    The direction from the map's centre to the point 90 deg away where the great circle of that
    azimuth arrives.
    """
    up, north, east = local_axes(latitude_deg, longitude_deg)
    azimuth = np.radians(np.asarray(azimuth_deg, dtype=np.float64))[..., None]
    ahead = np.cos(azimuth) * north + np.sin(azimuth) * east
    right, above, out = grid.axes
    there = (up @ out) * ahead - (ahead @ out)[..., None] * up
    return on_circle_deg(np.degrees(np.arctan2(there @ right, there @ above)))


def true_azimuth_deg(
    grid_azimuth_deg: npt.ArrayLike, *, latitude_deg: float, longitude_deg: float, grid: Grid
) -> FloatArray:
    """Azimuth from true north of grid azimuths at a place, 0 <= a < 360. [deg]"""
    _, north, east = local_axes(latitude_deg, longitude_deg)
    azimuth = np.radians(np.asarray(grid_azimuth_deg, dtype=np.float64))[..., None]
    right, above, _ = grid.axes
    there = np.cos(azimuth) * above + np.sin(azimuth) * right
    return on_circle_deg(np.degrees(np.arctan2(there @ east, there @ north)))


def tiles_of(grid: Grid, *, tile_m: float = _TILE_M) -> Iterator[Tile]:
    """Tiles that cover a grid, none wider than `tile_m`, of nearly even size."""
    for rows in _cuts(grid.rows, tile_m / grid.pixel_m):
        for columns in _cuts(grid.columns, tile_m / grid.pixel_m):
            yield Tile(rows, columns)


def row_strips(tile: Tile, *, azimuths: int) -> Iterator[Tile]:
    """A tile in strips of rows whose horizons fit into 256 MB."""
    columns = tile.columns.stop - tile.columns.start
    at_once = max(1, _STRIP_BYTES // (2 * azimuths * columns))
    for start in range(tile.rows.start, tile.rows.stop, at_once):
        yield Tile(slice(start, min(start + at_once, tile.rows.stop)), tile.columns)


def _cuts(count: int, most: float) -> list[slice]:
    parts = int(np.ceil(count / max(most, 1.0)))
    edges = np.linspace(0, count, parts + 1).round().astype(int)
    return [slice(int(a), int(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def disc_track(body: int, tdb_s: FloatArray, *, grid: Grid, tile: Tile, sky: Sky) -> DiscTrack:
    """The way of a body's disc over the middle of a tile, on the 1737.4 km sphere."""
    x_m, y_m = _middle_m(grid, tile)
    latitude, longitude = (float(value) for value in grid.locate(x_m, y_m))
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (body,),
            tdb_s,
            latitude_deg=latitude,
            longitude_deg=longitude,
            **sky.kernels,
        )
    )
    radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[body])
    turned = grid_azimuth_deg(azimuth, latitude_deg=latitude, longitude_deg=longitude, grid=grid)
    return DiscTrack(turned, elevation, radius, distance)


def limb_elevation_deg(
    elevation_deg: FloatArray, angular_radius_deg: FloatArray, *, visible_part: VisiblePart
) -> FloatArray:
    """Elevation of the point of a disc that must clear the horizon to be in view. [deg]

    Raises IlrsError for a part that is none of any, half and all.
    """
    if visible_part not in _LIMB:
        raise IlrsError(
            f"no part of a disc is called {visible_part!r}",
            f"known are {', '.join(_LIMB)}: its upper limb, its centre, its lower limb",
            "Choose one of these.",
        )
    return np.asarray(elevation_deg + _LIMB[visible_part] * angular_radius_deg)


def even_step_s(tdb_s: npt.ArrayLike) -> tuple[FloatArray, float]:
    """Epochs as an array, and their step. [s]

    Raises IlrsError for fewer than two epochs and for steps that differ by more than a second (a
    leap second may lie between them).
    """
    epochs = np.atleast_1d(np.asarray(tdb_s, dtype=np.float64))
    steps = np.diff(epochs)
    if steps.size == 0 or steps.min() <= 0.0 or np.ptp(steps) > 1.1:
        raise IlrsError(
            f"{epochs.size} epochs with steps from {steps.min(initial=np.inf):g}"
            f" to {steps.max(initial=-np.inf):g} s",
            "the length of darkness is counted in even steps of time",
            "Give epochs such as ilrs.foundation.time.time_grid makes.",
        )
    return epochs, float(np.median(steps))


def pixel_tilt(grid: Grid, tile: Tile, *, part: Tile) -> npt.NDArray[np.float32]:
    """What `turned_sine` wants of the pixels of a part of a tile: (5, rows, columns).

    With X, Y the map's axes and Z upwards at the pole: m u, the X and Y parts of m - (m u) u (which
    make m d but for its length), and those of u. A pixel at x, y, in units of the radius, has
    u = (x X + y Y + (1 - q) Z) / (1 + q) with q = (x x + y y) / 4 (Snyder 1987, chapter 21).
    """
    size_m = grid.radius_m * grid.scale
    up = _up(*(value / size_m for value in _middle_m(grid, tile)))
    columns = np.arange(part.columns.start, part.columns.stop)[None, :]
    rows = np.arange(part.rows.start, part.rows.stop)[:, None]
    ux, uy, uz = _up(
        (grid.west_m + (columns + 0.5) * grid.pixel_m) / size_m,
        (grid.north_m - (rows + 0.5) * grid.pixel_m) / size_m,
    )
    along = up[0] * ux + up[1] * uy + up[2] * uz
    return np.stack([along, up[0] - along * ux, up[1] - along * uy, ux, uy]).astype(np.float32)


@numba.njit(cache=True, error_model="numpy", inline="always")
def turned_sine(code: Any, tilt: Any, sine: Any, cosine: Any) -> Any:
    """Sine h' over the tile's middle of a horizon code, at a grid azimuth by its sine and cosine.

    `tilt` holds a pixel's five numbers of `pixel_tilt`. Sine and cosine of the code are their
    series in 32 bits: right to 1e-7 where a polar Sun may be (12 deg), and still on the right side
    of the Sun up to 90 deg.
    """
    along, middle_x, middle_y, up_x, up_y = tilt
    ahead = up_x * sine + up_y * cosine
    across = (middle_x * sine + middle_y * cosine) / np.sqrt(_ONE - ahead * ahead)
    angle = _CODE_RAD * np.float32(code)
    square = angle * angle
    high = angle * (_ONE - square * (_SIXTH - square * _120TH))
    level = _ONE - square * (_HALF - square * _24TH)
    return along * high + across * level


def _middle_m(grid: Grid, tile: Tile) -> tuple[float, float]:
    row = 0.5 * (tile.rows.start + tile.rows.stop)
    column = 0.5 * (tile.columns.start + tile.columns.stop)
    return grid.west_m + column * grid.pixel_m, grid.north_m - row * grid.pixel_m


def _up(x: Any, y: Any) -> tuple[Any, Any, Any]:
    q = 0.25 * (x * x + y * y)
    return x / (1.0 + q), y / (1.0 + q), (1.0 - q) / (1.0 + q)


def map_like(
    horizons: xr.Dataset, variables: Mapping[str, tuple[Any, str, str]], **attrs: Any
) -> xr.Dataset:
    """A map on the grid of a horizon map, with what that says of its observer and its terrain.

    `variables` maps a name to values, unit and long name.
    """
    known = ("observer_height_m", "terrain", "terrain_sha256", "note")
    kept = {name: horizons.attrs[name] for name in known if name in horizons.attrs}
    return map_on(grid_of(horizons), variables, **kept, **attrs)
