"""A horizon map cut into tiles over which the sky turns as one, and what the sky is over each.

Over a tile the Sun's way differs from pixel to pixel by a rotation of the local horizontal plane
alone. A direction at grid azimuth a and elevation h over a pixel has, in the horizontal plane of
the tile's middle, an elevation h' with sin h' = A sin h + (E sin a + N cos a) cos h, where A, E, N
depend on the pixel only. So one table of the sky per tile serves all its pixels.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_grid, map_on
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions

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
    "turned_sine",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
#: How much of a disc must stand above the horizon for the body to count as in view.
VisiblePart: TypeAlias = Literal["any", "half", "all"]

HORIZON_STEP_DEG = 0.003
NO_HORIZON = -32768

# Half a diagonal of 28 km, 0.93 deg: within it the azimuth of a body near the horizon turns by less
# than 0.05 deg and the Earth's place by parallax by less than 0.005 deg.
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

    Raises IlrsError as `ilrs.moon.map_layout.map_grid`, for a map without horizons, and for one that
    is not polar: only there is one grid azimuth one direction for the whole map.
    """
    grid = map_grid(horizons)
    if "horizon_code" not in horizons:
        raise IlrsError(
            f"a map of {', '.join(map(str, horizons)) or 'nothing'} in place of horizons",
            "ilrs.moon.horizon_map makes maps of horizon_code",
            "Make the horizon map first, or open the right file.",
        )
    if grid.pole == 0:
        raise IlrsError(
            f"a horizon map in the projection {grid.projection}",
            "light is mapped on polar stereographic maps, where a grid azimuth is one direction",
            "Make the horizon map on a polar grid.",
        )
    return grid


def grid_azimuth_deg(
    azimuth_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike, *, grid: Grid
) -> FloatArray:
    """Azimuth clockwise from map up, of true azimuths at a longitude, 0 <= a < 360. [deg]

    On a polar stereographic map north turns by the longitude itself.
    """
    turned = np.asarray(azimuth_deg, dtype=np.float64) - grid.pole * (
        np.asarray(longitude_deg, dtype=np.float64) - grid.central_longitude_deg
    )
    wrapped = np.mod(turned, 360.0)
    return np.asarray(np.where(wrapped >= 360.0, 0.0, wrapped))


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


def disc_track(
    body: int, tdb_s: FloatArray, *, grid: Grid, tile: Tile, ephemeris: Any, orientation: Any
) -> DiscTrack:
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
            ephemeris=ephemeris,
            orientation=orientation,
        )
    )
    radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[body])
    return DiscTrack(grid_azimuth_deg(azimuth, longitude, grid=grid), elevation, radius, distance)


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
    """A, E, N of the pixels of a part of a tile, as the head of this file says: (3, rows, columns).

    With Z up at the pole, a pixel's up is u = ((1 - q) Z + x X + y Y) / (1 + q) with x, y in units
    of the radius and q = (x x + y y) / 4; its map axes are X and Y turned along with Z.
    """
    size_m = grid.radius_m * grid.scale
    up = _up(*(value / size_m for value in _middle_m(grid, tile)))
    x = (grid.west_m + (np.arange(part.columns.start, part.columns.stop) + 0.5) * grid.pixel_m)[
        None, :
    ] / size_m
    y = (grid.north_m - (np.arange(part.rows.start, part.rows.stop) + 0.5) * grid.pixel_m)[
        :, None
    ] / size_m
    ux, uy, uz = _up(x, y)
    along = up[0] * ux + up[1] * uy + up[2] * uz
    east = up[0] - 0.5 * x * (up[2] + along)
    north = up[1] - 0.5 * y * (up[2] + along)
    return np.stack([along, east, north]).astype(np.float32)


@numba.njit(cache=True, error_model="numpy", inline="always")
def turned_sine(code: Any, along: Any, across: Any) -> Any:
    """Sine h' of a horizon code in the frame of the tile's middle; `across` is E sin a + N cos a.

    Sine and cosine of the code are their series in 32 bits: right to 1e-7 where a polar Sun may be
    (12 deg), and still on the right side of the Sun up to 90 deg.
    """
    angle = _CODE_RAD * np.float32(code)
    square = angle * angle
    sine = angle * (_ONE - square * (_SIXTH - square * _120TH))
    cosine = _ONE - square * (_HALF - square * _24TH)
    return along * sine + across * cosine


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
