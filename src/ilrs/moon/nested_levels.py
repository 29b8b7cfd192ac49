"""Nested grids of heights around a map, from fine at the pixels to coarse at the far skyline.

The sweep of `ilrs.moon.sweep` wants, for every distance, one grid that is known everywhere it
looks. The finest level is the map's own grid with a margin; each further level reaches as far as
one terrain does, and where its cells are very much coarser a level lies between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.moon.grid import Grid
from ilrs.moon.march import sight_range_m
from ilrs.moon.sweep import LEVEL, LOW_M, NEAR_PIXELS
from ilrs.moon.terrain import Terrain

__all__ = ["Levels", "nested_levels"]

HeightArray: TypeAlias = npt.NDArray[np.float32]

# A level begins this many of its own pixels away from the map: there the neighbouring lines that a
# pixel lies between differ little.
_MARGIN_PIXELS = 4
_MOST_RATIO = 40.0  # of one level's pixel to the next finer one's
# Coarse terrain is sampled up to four times per cell, while that takes no more memory than this.
_MOST_FINENESS, _MOST_PIXELS = 4, 2048
_ROWS_AT_ONCE = 128
# A gnomonic plane ends 90 deg from its pole; levels end 60 deg from it.
_MOST_MAP = 2.0 * float(np.tan(np.radians(30.0)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """What the sweep takes: heights of all levels in one array, and a table of where they lie."""

    heights_m: HeightArray  # one level after the other, finest first; LOW_M where none is known
    table: npt.NDArray[np.void]  # of dtype LEVEL
    pad: int  # rows and columns around the map in the finest level


class _Box(NamedTuple):
    """Outer edges in map coordinates. [m]"""

    west: float
    south: float
    east: float
    north: float

    def grown(self, metres: float) -> "_Box":
        return _Box(
            self.west - metres, self.south - metres, self.east + metres, self.north + metres
        )

    def within(self, other: "_Box") -> "_Box":
        return _Box(
            max(self.west, other.west), max(self.south, other.south),
            min(self.east, other.east), min(self.north, other.north),
        )  # fmt: skip

    def joined(self, other: "_Box") -> "_Box":
        return _Box(
            min(self.west, other.west), min(self.south, other.south),
            max(self.east, other.east), max(self.north, other.north),
        )  # fmt: skip


def nested_levels(terrains: Sequence[Terrain], *, grid: Grid, observer_height_m: float) -> Levels:
    """Levels for a map on a polar grid, from terrain ordered finest first."""
    plan = list(_plan(terrains, grid, _range_m(terrains, observer_height_m)))
    placed: list[Grid] = []
    for n, (box, pixel_m) in enumerate(plan):
        margin_m = (NEAR_PIXELS + 2) * pixel_m if n == 0 else 2.0 * pixel_m
        if n + 1 < len(plan):
            margin_m = max(margin_m, _MARGIN_PIXELS * plan[n + 1][1]) + _sagitta_m(box, grid)
        placed.append(_level_grid(grid, box, pixel_m=pixel_m, pad=int(np.ceil(margin_m / pixel_m))))
    sizes = [level.rows * level.columns for level in placed]
    heights = np.full(sum(sizes), LOW_M, np.float32)
    starts = np.cumsum([0, *sizes])
    for level, start in zip(placed, starts, strict=False):
        fill_heights(
            heights[start : start + level.rows * level.columns].reshape(level.rows, level.columns),
            terrains,
            grid=level,
        )
    pad = round((grid.west_m - placed[0].west_m) / grid.pixel_m)
    return Levels(heights_m=heights, table=_table(placed, starts), pad=pad)


def _range_m(terrains: Sequence[Terrain], observer_height_m: float) -> float:
    highest_m = max(float(np.nanmax(terrain.heights_m)) for terrain in terrains)
    lowest_m = min(float(np.nanmin(terrain.heights_m)) for terrain in terrains)
    return sight_range_m(
        observer_height_m=highest_m + observer_height_m, highest_m=highest_m, lowest_m=lowest_m
    )


def _plan(
    terrains: Sequence[Terrain], grid: Grid, range_m: float
) -> Iterator[tuple[_Box, float]]:
    """Outer edges and pixel of each level, without margins."""
    box = _Box(grid.west_m, grid.south_m, grid.east_m, grid.north_m)
    most_m = _MOST_MAP * grid.radius_m * grid.scale
    # 1.25: no map within 45 deg of its pole is stretched by more (Snyder 1987, chapter 21).
    reach = box.grown(1.25 * range_m).within(_Box(-most_m, -most_m, most_m, most_m))
    pixel_m = grid.pixel_m
    yield box, pixel_m
    for terrain in terrains:
        wider = box.joined(_extent(terrain.grid, grid, reach).within(reach))
        if max(abs(a - b) for a, b in zip(wider, box, strict=True)) < pixel_m:
            continue
        across = max(wider.east - wider.west, wider.north - wider.south) / terrain.grid.pixel_m
        fineness = int(np.clip(_MOST_PIXELS / across, 1, _MOST_FINENESS))
        target_m = max(pixel_m, terrain.grid.pixel_m / fineness)
        between = int(np.ceil(np.log(target_m / pixel_m) / np.log(_MOST_RATIO))) - 1
        for _ in range(max(between, 0)):
            pixel_m *= (target_m / pixel_m) ** (1.0 / (between + 1))
            yield box, pixel_m
        box, pixel_m = wider, target_m
        yield box, pixel_m


def _extent(there: Grid, grid: Grid, reach: _Box) -> _Box:
    """Where a terrain lies on the map; all within reach where that is no upright rectangle."""
    is_same = there.projection == grid.projection
    if not is_same or there.central_longitude_deg != grid.central_longitude_deg:
        return reach
    scale = grid.radius_m * grid.scale / (there.radius_m * there.scale)
    return _Box(
        there.west_m * scale, there.south_m * scale, there.east_m * scale, there.north_m * scale
    )


def _sagitta_m(box: _Box, grid: Grid) -> float:
    """How far a straight edge of the map leaves the straight line between its ends. [m]

    Along y = c the gnomonic y grows as c (1 + (x^2 + c^2) / 4) in radii; a quarter more is margin.
    """
    size_m = grid.radius_m * grid.scale
    farthest = max(abs(value) for value in box) / size_m
    return 1.25 * size_m * 0.25 * farthest**3


def _level_grid(grid: Grid, box: _Box, *, pixel_m: float, pad: int) -> Grid:
    """A grid with the map's projection around a box, its pixels counted from the box's corner."""
    return replace(
        grid,
        rows=int(np.ceil((box.north - box.south) / pixel_m - 1e-6)) + 2 * pad,
        columns=int(np.ceil((box.east - box.west) / pixel_m - 1e-6)) + 2 * pad,
        pixel_m=pixel_m,
        west_m=box.west - pad * pixel_m,
        north_m=box.north + pad * pixel_m,
    )


def fill_heights(heights_m: HeightArray, terrains: Sequence[Terrain], *, grid: Grid) -> None:
    """Writes into LOW_M pixels the height of the finest terrain that knows one there. [m]

    Terrain whose pixels are the grid's is copied, not interpolated, so that it stays as it is.
    """
    for terrain in terrains:
        shift = _shift(terrain.grid, grid)
        if shift is not None:
            _copy(heights_m, terrain, shift)
            continue
        for top in range(0, grid.rows, _ROWS_AT_ONCE):
            block = heights_m[top : top + _ROWS_AT_ONCE]
            rows, columns = np.nonzero(block == np.float32(LOW_M))
            if rows.size == 0:
                continue
            x_m = grid.west_m + (columns + 0.5) * grid.pixel_m
            y_m = grid.north_m - (top + rows + 0.5) * grid.pixel_m
            found = terrain.height_m(*terrain.grid.project(*grid.locate(x_m, y_m)))
            known = np.isfinite(found)
            block[rows[known], columns[known]] = found[known]


def _shift(there: Grid, grid: Grid) -> tuple[int, int] | None:
    """Rows and columns from the grid's first pixel to a terrain's, where pixels coincide."""
    alike = ("pixel_m", "projection", "central_longitude_deg", "radius_m", "scale")
    if any(getattr(there, name) != getattr(grid, name) for name in alike):
        return None
    down = (grid.north_m - there.north_m) / grid.pixel_m
    right = (there.west_m - grid.west_m) / grid.pixel_m
    if max(abs(down - round(down)), abs(right - round(right))) > 1e-6:
        return None
    return round(down), round(right)


def _copy(heights_m: HeightArray, terrain: Terrain, shift: tuple[int, int]) -> None:
    rows, columns = heights_m.shape
    top, left = max(shift[0], 0), max(shift[1], 0)
    bottom = min(shift[0] + terrain.grid.rows, rows)
    right = min(shift[1] + terrain.grid.columns, columns)
    if bottom <= top or right <= left:
        return
    there = terrain.heights_m[top - shift[0] : bottom - shift[0], left - shift[1] : right - shift[1]]
    here = heights_m[top:bottom, left:right]
    np.copyto(here, there, where=(here == np.float32(LOW_M)) & np.isfinite(there))


def _table(placed: Sequence[Grid], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
    """The levels as numbers, map coordinates in radii."""
    table = np.zeros(len(placed), LEVEL)
    for n, level in enumerate(placed):
        size_m = level.radius_m * level.scale
        inner = (np.inf, -np.inf, np.inf, -np.inf)  # nothing lies within the finest level
        if n > 0:
            finer = placed[n - 1]
            top, left = level.pixel_at(finer.west_m, finer.north_m)
            bottom, right = level.pixel_at(finer.east_m, finer.south_m)
            inner = (float(top), float(bottom), float(left), float(right))
        table[n] = (
            starts[n], level.rows, level.columns,
            level.west_m / size_m, level.north_m / size_m, level.pixel_m / size_m, *inner,
        )  # fmt: skip
    return table
