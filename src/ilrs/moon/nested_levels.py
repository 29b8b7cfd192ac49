"""Nested grids of heights around a map, from fine at the pixels to coarse at the far skyline.

The sweep of `ilrs.moon.sweep` wants, for every distance, one grid that is known everywhere it
looks. The finest level is the map's own grid with a margin; each further level reaches as far as
one terrain does, and where its cells are very much coarser a level lies between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from ilrs.moon.far_ground import LOW_M
from ilrs.moon.gnomonic import LEVEL
from ilrs.moon.grid import Grid
from ilrs.moon.near_ground import NEAR_PIXELS
from ilrs.moon.terrain import Terrain, room_for_heights
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["Levels", "nested_levels"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
HeightArray: TypeAlias = npt.NDArray[np.float32]

# A coarser level begins this many of its own pixels away from the map, where it cannot be told from
# finer ground: _fill fades it in.
_MARGIN_PIXELS = 4
_MOST_RATIO = 40.0  # of one level's pixel to the next finer one's
# Coarse terrain is sampled up to four times per cell, while that takes no more memory than this.
_MOST_FINENESS, _MOST_PIXELS = 4, 2048
_ROWS_AT_ONCE = 128
_OUTLINE = 257  # points along each side of a terrain that is drawn in another projection
# A gnomonic plane ends 90 deg from its centre; levels end 60 deg from it.
_MOST_MAP = 2.0 * float(np.tan(np.radians(30.0)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """What the sweep takes: heights of all levels in one array, and a table of where they lie."""

    # One level after the other, finest first, as h R / (R + h); LOW_M where none is known.
    reduced_m: HeightArray
    table: npt.NDArray[np.void]  # of dtype LEVEL
    pad: int  # rows and columns around the map in the finest level
    pixels_m: tuple[float, ...]  # of each level
    reach_m: float  # how far beyond the map's edges, at least, the outermost level lies
    range_m: float  # how far terrain can be seen at all

    def is_known(self, grid: Grid) -> npt.NDArray[np.bool_]:
        """Where the ground under the map itself is known, rows x columns."""
        rows, columns = int(self.table[0]["rows"]), int(self.table[0]["columns"])
        whole = self.reduced_m[: rows * columns].reshape(rows, columns)
        under = whole[self.pad : self.pad + grid.rows, self.pad : self.pad + grid.columns]
        return np.asarray(under > np.float32(LOW_M))


class _Box(NamedTuple):
    """Outer edges in map coordinates. [m]"""

    west: float
    south: float
    east: float
    north: float

    def grown(self, margin_m: float) -> "_Box":
        return _Box(
            self.west - margin_m, self.south - margin_m, self.east + margin_m, self.north + margin_m
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


class _Edges(NamedTuple):
    """Rows and columns, as real numbers, between which a level knows the ground."""

    top: float
    bottom: float
    left: float
    right: float


def nested_levels(
    terrains: Sequence[Terrain],
    *,
    grid: Grid,
    observer_height_m: float,
    scratch: Path | None = None,
) -> Levels:
    """Levels for a map on a stereographic grid, from terrain ordered finest first.

    Their heights lie in memory, or in a file without a name in the folder `scratch`.
    """
    range_m = _range_m(terrains, observer_height_m)
    plan = list(_plan(terrains, grid, range_m))
    pads = list(_pads(plan, grid))
    placed = [
        _level_grid(grid, box, pixel_m=pixel_m, pad=pad)
        for (box, pixel_m), pad in zip(plan, pads, strict=True)
    ]
    sizes = [level.rows * level.columns for level in placed]
    starts = np.cumsum([0, *sizes])
    heights = room_for_heights((int(starts[-1]),), scratch=scratch)
    heights.fill(LOW_M)
    known = []
    for level, start, pad in zip(placed, starts[:-1], pads, strict=True):
        there = heights[start : start + level.rows * level.columns]
        there = there.reshape(level.rows, level.columns)
        _fill(there, terrains, grid=level, fade_pixels=pad)
        known.append(_hold_edges(there))
        _reduce(there)
    gaps = [abs(far - near) for far, near in zip(plan[-1][0], plan[0][0], strict=True)]
    return Levels(
        reduced_m=heights,
        table=_table(placed, starts, known),
        pad=pads[0],
        pixels_m=tuple(pixel_m for _, pixel_m in plan),
        reach_m=min(gaps),
        range_m=range_m,
    )


def _pads(plan: Sequence[tuple[_Box, float]], grid: Grid) -> Iterator[int]:
    """Pixels of margin around each level, so that the next one begins far enough away."""
    for n, (box, pixel_m) in enumerate(plan):
        margin_m = (NEAR_PIXELS + 2 if n == 0 else 2) * pixel_m
        if n + 1 < len(plan):
            margin_m = max(margin_m, _MARGIN_PIXELS * plan[n + 1][1]) + _sagitta_m(box, grid)
        yield int(np.ceil(margin_m / pixel_m - 1e-6))


def _range_m(terrains: Sequence[Terrain], observer_height_m: float) -> float:
    """Farthest distance along the sphere at which terrain can be seen from terrain. [m]

    The line of sight that reaches it grazes the lowest ground there is.
    """
    highest_m = max(float(np.fmax.reduce(one.heights_m, axis=None)) for one in terrains)
    lowest_m = min(float(np.fmin.reduce(one.heights_m, axis=None)) for one in terrains)
    lowest = MOON_RADIUS_M + lowest_m
    angles = [
        float(np.arccos(lowest / (MOON_RADIUS_M + height_m)))
        for height_m in (highest_m, highest_m + observer_height_m)
    ]
    return MOON_RADIUS_M * sum(angles)


def _plan(terrains: Sequence[Terrain], grid: Grid, range_m: float) -> Iterator[tuple[_Box, float]]:
    """Outer edges and pixel of each level, without margins."""
    box = _Box(grid.west_m, grid.south_m, grid.east_m, grid.north_m)
    most_m = _MOST_MAP * grid.radius_m * grid.scale
    # 1.25: no map within 45 deg of its centre is stretched by more (Snyder 1987, chapter 21).
    reach = box.grown(1.25 * range_m).within(_Box(-most_m, -most_m, most_m, most_m))
    pixel_m = grid.pixel_m
    yield box, pixel_m
    for terrain in terrains:
        extent = _extent(terrain.grid, grid, reach).within(reach)
        if extent.west >= extent.east or extent.south >= extent.north:
            continue
        wider = box.joined(extent)
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
    """Where a terrain lies on the map, at least; all within reach where it goes around the Moon."""
    if _is_same_map(there, grid):
        scale = grid.radius_m * grid.scale / (there.radius_m * there.scale)
        return _Box(
            there.west_m * scale, there.south_m * scale, there.east_m * scale, there.north_m * scale
        )
    opposite = there.project(-grid.central_latitude_deg, grid.central_longitude_deg + 180.0)
    if there.wraps or there.holds(*map(float, opposite)):
        return reach
    part = np.linspace(0.0, 1.0, _OUTLINE)
    low, high = np.zeros(_OUTLINE), np.ones(_OUTLINE)
    right, up = np.concatenate([part, part, low, high]), np.concatenate([low, high, part, part])
    x, y = grid.project(*there.locate(
        there.west_m + right * (there.east_m - there.west_m),
        there.south_m + up * (there.north_m - there.south_m),
    ))  # fmt: skip
    outline = _Box(*map(float, (x.min(), y.min(), x.max(), y.max())))
    return outline.grown(there.pixel_m)  # what bends out between two points of the outline


def _is_same_map(there: Grid, grid: Grid) -> bool:
    """Whether two grids lie on one map, but for its scale."""
    same = ("projection", "central_latitude_deg", "central_longitude_deg")
    return all(getattr(there, name) == getattr(grid, name) for name in same)


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


def _fill(
    heights_m: HeightArray, terrains: Sequence[Terrain], *, grid: Grid, fade_pixels: int
) -> None:
    """Writes into LOW_M pixels the height of the finest terrain that knows one there. [m]

    Terrain whose pixels are the grid's is copied, not interpolated, so that it stays as it is.
    Where coarser terrain takes over, its difference from the finer one at the nearest pixel fades
    out over `fade_pixels`: a coarse cell is the mean of hills and valleys, and would stand at the
    edge as a wall that is not there.
    """
    for terrain in terrains:
        shift = _shift(terrain.grid, grid)
        if shift is not None:
            _copy(heights_m, terrain, shift)
            continue
        is_low = heights_m == np.float32(LOW_M)
        at_once = max(_ROWS_AT_ONCE, fade_pixels)
        for top in range(0, grid.rows, at_once):
            rows = slice(top, min(top + at_once, grid.rows))
            _fill_rows(heights_m, terrain, is_low, grid=grid, rows=rows, fade_pixels=fade_pixels)


def _fill_rows(
    heights_m: HeightArray,
    terrain: Terrain,
    is_low: npt.NDArray[np.bool_],
    *,
    grid: Grid,
    rows: slice,
    fade_pixels: int,
) -> None:
    """Some rows of `_fill`; finer ground farther than the fade reaches is not looked at."""
    low, columns = np.nonzero(is_low[rows])
    low += rows.start
    found = _heights_at(terrain, grid, low, columns)
    first = max(rows.start - fade_pixels, 0)
    around = is_low[first : rows.stop + fade_pixels]
    if low.size and not around.all():
        distance, nearest = distance_transform_edt(around, return_indices=True)
        far = distance[low - first, columns]
        is_near = np.flatnonzero((far < fade_pixels) & np.isfinite(found))
        edge = nearest[:, low[is_near] - first, columns[is_near]]
        edge_rows, edge_columns = edge[0] + first, edge[1]
        step_m = heights_m[edge_rows, edge_columns]
        step_m = step_m - _heights_at(terrain, grid, edge_rows, edge_columns)
        found[is_near] += np.nan_to_num(step_m) * (1.0 - far[is_near] / fade_pixels)
    known = np.isfinite(found)
    heights_m[low[known], columns[known]] = found[known]


def _heights_at(
    terrain: Terrain, grid: Grid, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> FloatArray:
    """Heights of a terrain at the middles of another grid's pixels, NaN off it. [m]"""
    x_m = grid.west_m + (columns + 0.5) * grid.pixel_m
    y_m = grid.north_m - (rows + 0.5) * grid.pixel_m
    return terrain.height_m(*terrain.grid.project(*grid.locate(x_m, y_m)))


def _shift(there: Grid, grid: Grid) -> tuple[int, int] | None:
    """Rows and columns from the grid's first pixel to a terrain's, where pixels coincide."""
    alike = ("pixel_m", "radius_m", "scale")
    if not _is_same_map(there, grid) or any(
        getattr(there, name) != getattr(grid, name) for name in alike
    ):
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
    for first in range(top, bottom, _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, bottom)
        there = terrain.heights_m[
            first - shift[0] : last - shift[0], left - shift[1] : right - shift[1]
        ]
        here = heights_m[first:last, left:right]
        np.copyto(here, there, where=(here == np.float32(LOW_M)) & np.isfinite(there))


def _hold_edges(heights_m: HeightArray) -> _Edges:
    """Lets the outermost heights hold on for a pixel; where the ground ends, half a pixel beyond.

    Terrain ends at the outer edges of its last pixels. Between their middles and the pixels added
    here ground is level; the sweep looks at half of that.
    """
    ends = []
    for axis in (0, 1):
        there = np.flatnonzero(heights_m.max(axis=1 - axis) > np.float32(LOW_M))
        last = heights_m.shape[axis] - 1
        if not there.size:
            ends += [0.0, 0.0]
            continue
        first, final = int(there[0]), int(there[-1])
        lines = heights_m if axis == 0 else heights_m.T
        if first > 0:
            lines[first - 1] = lines[first]
        if final < last:
            lines[final + 1] = lines[final]
        ends += [max(first - 0.5, 0.0), min(final + 0.5, float(last))]
    return _Edges(*ends)


def _reduce(heights_m: HeightArray) -> None:
    """Heights h become h R / (R + h), in which the sweep's tangents are linear."""
    for top in range(0, heights_m.shape[0], _ROWS_AT_ONCE):
        strip = heights_m[top : top + _ROWS_AT_ONCE]
        metres = strip.astype(np.float64)
        reduced = metres * MOON_RADIUS_M / (MOON_RADIUS_M + metres)
        np.copyto(strip, reduced.astype(np.float32), where=strip > np.float32(LOW_M))


def _table(
    placed: Sequence[Grid], starts: npt.NDArray[np.int64], known: Sequence[_Edges]
) -> npt.NDArray[np.void]:
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
            *known[n],
        )  # fmt: skip
    return table
