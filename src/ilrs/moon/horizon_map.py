"""The horizon of every pixel of a map, per grid azimuth. See docs/horizons.md."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.gnomonic import TILE
from ilrs.moon.grid import Grid
from ilrs.moon.nested_levels import Levels, nested_levels
from ilrs.moon.sweep import NO_CODE, sweep
from ilrs.moon.terrain import Terrain

__all__ = [
    "HORIZON_STEP_DEG",
    "NO_HORIZON",
    "BLOCK_PIXELS",
    "CODE_ATTRS",
    "DIMENSIONS",
    "MapPlan",
    "block_codes",
    "codes_to_deg",
    "horizon_map",
    "map_plan",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int16]

#: One step of a code. [deg]
HORIZON_STEP_DEG = 0.003
#: The code where a pixel has no height, or its ray meets no terrain at all.
NO_HORIZON = NO_CODE
#: Blocks of a map begin at multiples of this many rows and columns.
BLOCK_PIXELS = TILE

# numba's plain pool of threads may not be entered from two threads; a dask worker may have more.
_ONE_AT_A_TIME = threading.Lock()
DIMENSIONS = ("grid_azimuth_deg", "y_m", "x_m")
CODE_ATTRS: dict[str, Any] = {
    "units": f"{HORIZON_STEP_DEG} deg",
    "long_name": "elevation of the terrain horizon",
    "no_horizon": NO_HORIZON,
}

# At 45 deg from its centre a stereographic map is stretched by 17 %; farther out another map serves
# better, and the gnomonic plane of the sweep becomes very large.
_FARTHEST_DEG = 45.0


def horizon_map(
    terrains: Sequence[Terrain],
    *,
    grid: Grid | None = None,
    observer_height_m: float,
    grid_azimuths_deg: npt.ArrayLike | int = 360,
) -> xr.Dataset:
    """Horizon of every pixel as codes of 0.003 deg: `horizon_code` (grid azimuth, y, x), int16.

    `grid` is the map wanted, by default the finest terrain's; it must be stereographic, about a
    pole or any other point (`ilrs.moon.grid.stereographic_grid`). `grid_azimuths_deg` are the
    azimuths, clockwise from map up, or how many evenly spaced ones from 0. A ray follows the great
    circle through the pixel towards the point 90 deg from the map's centre that lies in that
    direction from it. The observer stands `observer_height_m` above the ground.

    Near terrain (64 pixels) is followed along the pixel's own ray, far terrain between two parallel
    lines one pixel apart; curvature is exact. Terrain other than the finest serves beyond the map
    and in holes; it is not looked at where a finer one knows the ground. The map's own pixel is as
    fine as the sweep sees the ground under the map. All codes are held in memory: 2 bytes per
    pixel and azimuth; `ilrs.moon.horizon_store` computes maps larger than that. Layout:
    docs/rooms.md; algorithm and errors: docs/horizons.md.

    Raises IlrsError for a map that is not stereographic, not on the terrain, or more than 45 deg
    from its centre, for azimuths off the circle and for an observer below ground.
    """
    plan = map_plan(
        terrains,
        grid=grid,
        observer_height_m=observer_height_m,
        grid_azimuths_deg=grid_azimuths_deg,
    )
    codes = block_codes(plan, rows=slice(0, plan.grid.rows), columns=slice(0, plan.grid.columns))
    return xr.Dataset(
        {"horizon_code": (DIMENSIONS, codes, CODE_ATTRS)}, plan.coordinates, plan.attrs
    )


def codes_to_deg(code: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Elevation of horizon codes, NaN where there is no horizon; any shape. [deg]"""
    given = np.asarray(code)
    degrees = given.astype(np.float32) * np.float32(HORIZON_STEP_DEG)
    return np.asarray(np.where(given == NO_HORIZON, np.float32(np.nan), degrees))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapPlan:
    """A horizon map that is about to be computed: where it lies, what is seen and from where."""

    grid: Grid
    grid_azimuths_deg: FloatArray
    observer_height_m: float
    levels: Levels
    attrs: dict[str, str | float]

    @property
    def coordinates(self) -> dict[str, tuple[str, FloatArray, dict[str, Any]]]:
        """The map's coordinates, as xarray takes them."""
        grid = self.grid
        x_m = np.asarray(grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m)
        y_m = np.asarray(grid.north_m - (np.arange(grid.rows) + 0.5) * grid.pixel_m)
        return {
            "grid_azimuth_deg": (
                "grid_azimuth_deg",
                self.grid_azimuths_deg,
                {"units": "deg", "long_name": "azimuth clockwise from map up"},
            ),
            "y_m": ("y_m", y_m, {"units": "m", "long_name": "map coordinate upwards"}),
            "x_m": ("x_m", x_m, {"units": "m", "long_name": "map coordinate to the right"}),
        }


def map_plan(
    terrains: Sequence[Terrain],
    *,
    grid: Grid | None = None,
    observer_height_m: float,
    grid_azimuths_deg: npt.ArrayLike | int = 360,
    scratch: Path | None = None,
) -> MapPlan:
    """What `horizon_map` computes, checked, with the terrain laid out for it.

    In memory, or in a file without a name in the folder `scratch`.
    Raises IlrsError as `horizon_map` does.
    """
    ordered = sorted(terrains, key=lambda terrain: terrain.grid.pixel_m)
    if not ordered:
        raise IlrsError(
            "a horizon map without terrain",
            "the horizon is computed from at least one grid of heights",
            "Give terrain, for instance from ilrs.moon.terrain.read_terrain.",
        )
    wanted = ordered[0].grid if grid is None else grid
    _check_grid(wanted, ordered)
    if not 0.0 <= observer_height_m <= 10_000.0:
        raise IlrsError(
            f"an observer {observer_height_m:g} m above the ground",
            "an observer stands from 0 to 10000 m above the ground",
            "Give the height above ground in metres.",
        )
    azimuths = _azimuths_deg(grid_azimuths_deg)
    levels = nested_levels(
        ordered, grid=wanted, observer_height_m=observer_height_m, scratch=scratch
    )
    if not levels.is_known(wanted).any():
        raise IlrsError(
            f"no terrain on the map wanted ({wanted})",
            "; ".join(f"{terrain.name}: {terrain.grid}" for terrain in ordered),
            "Give terrain that holds the map, or move the map.",
        )
    return MapPlan(
        grid=wanted,
        grid_azimuths_deg=azimuths,
        observer_height_m=float(observer_height_m),
        levels=levels,
        attrs={
            **asdict(wanted),
            "observer_height_m": float(observer_height_m),
            "terrain": ", ".join(terrain.name for terrain in ordered),
            "terrain_sha256": ", ".join(terrain.sha256 for terrain in ordered),
            "note": _note(ordered, levels, grid=wanted),
        },
    )


def block_codes(plan: MapPlan, *, rows: slice, columns: slice) -> Codes:
    """Codes of a part of a map, shape (azimuths, rows, columns).

    Where the part begins at multiples of BLOCK_PIXELS its bits are those of the whole map. Memory:
    the codes, and 4 to 8 bytes per pixel of the part for each thread.
    """
    pad, azimuths = plan.levels.pad, plan.grid_azimuths_deg
    size = rows.stop - rows.start, columns.stop - columns.start
    codes = np.empty((azimuths.size, *size), np.int16)
    block = np.array([rows.start, rows.stop, columns.start, columns.stop]) + pad
    with _ONE_AT_A_TIME:
        sweep(
            codes,
            plan.levels.reduced_m,
            plan.levels.table,
            block,
            plan.observer_height_m,
            azimuths,
        )
    return codes


def _azimuths_deg(given: npt.ArrayLike | int) -> FloatArray:
    if isinstance(given, int):
        if given < 1:
            raise IlrsError(
                f"a map of {given} azimuths",
                "a map has at least one azimuth",
                "Give how many, evenly spaced from 0, or the azimuths themselves.",
            )
        return np.asarray(np.arange(given) * (360.0 / given))
    azimuths = np.atleast_1d(np.asarray(given, dtype=np.float64))
    wrong = azimuths[~((azimuths >= 0.0) & (azimuths < 360.0))]
    if wrong.size or azimuths.size == 0:
        asked = f"a grid azimuth of {wrong.flat[0]:g} deg" if wrong.size else "a map of 0 azimuths"
        raise IlrsError(
            asked,
            "grid azimuths go from 0 to below 360 deg, clockwise from map up",
            "Bring it onto the circle, for instance with ilrs.foundation.angles.azimuth_deg.",
        )
    return azimuths


def _check_grid(grid: Grid, terrains: Sequence[Terrain]) -> None:
    if not grid.is_stereographic:
        raise IlrsError(
            f"a horizon map in the projection {grid.projection}",
            "horizon maps are made on stereographic grids, where one grid azimuth is one direction"
            " for the whole map",
            "Lay one over the terrain with ilrs.moon.grid.stereographic_grid and give it as grid.",
        )
    farthest_m = float(np.hypot(max(-grid.west_m, grid.east_m), max(-grid.south_m, grid.north_m)))
    angle = 2.0 * np.degrees(np.arctan(farthest_m / (2.0 * grid.radius_m * grid.scale)))
    if angle > _FARTHEST_DEG:
        raise IlrsError(
            f"a horizon map that reaches {angle:.0f} deg from its centre",
            f"horizon maps reach at most {_FARTHEST_DEG:g} deg from their centre",
            "Give a smaller map.",
        )
    for terrain in terrains:
        if terrain.grid.pole * grid.pole < 0:
            raise IlrsError(
                f"the map and the terrain {terrain.name} belong to opposite poles",
                f"the map is {grid.projection}, {terrain.name} is {terrain.grid.projection}",
                "Give terrain of the map's pole.",
            )


def _note(ordered: Sequence[Terrain], levels: Levels, *, grid: Grid) -> str:
    """How fine the ground is that was looked at, and where it ends."""
    near, *far = (_length(pixel_m) for pixel_m in levels.pixels_m)
    cells = ", ".join(f"{terrain.name} {_length(terrain.grid.pixel_m)}" for terrain in ordered)
    parts = [f"cells: {cells}", f"ground sampled every {near} under the map"]
    if far:
        parts.append(f"beyond it every {', then '.join(far)}")
    holes = int((~levels.is_known(grid)).sum())
    if holes:
        parts.append(f"{holes} pixels of the map have no known ground and hide nothing")
    if levels.reach_m < levels.range_m:
        parts.append(
            f"terrain is looked at up to {_length(levels.reach_m)} beyond the map's edges, ground"
            f" up to {_length(levels.range_m)} away could be seen"
        )
    return "; ".join(parts)


def _length(metres: float) -> str:
    return f"{metres / 1e3:.3g} km" if metres >= 1e3 else f"{metres:.3g} m"
