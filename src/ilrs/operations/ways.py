"""The ways from each cell of a map to others: how long each takes, none where ground forbids it."""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from ilrs.operations.spans import TICK_S

__all__ = ["Ways", "backward", "drive_ways", "hop_ways"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Ticks: TypeAlias = npt.NDArray[np.int32]
Index: TypeAlias = npt.NDArray[np.int64]

# Clockwise from map up; rows run from north to south.
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))

_TARGETS = 400
_GOLDEN_RAD = np.pi * (3.0 - np.sqrt(5.0))


class Ways(NamedTuple):
    """Ways on a map: way k of cell c leads to c + offset[k] in two halves of `half[c, k]` ticks.

    0 where there is no way. Halves are rounded up, so that a way takes up to 0.2 s too long.
    """

    rows: int
    columns: int
    half: Ticks  # (cells, ways)
    row_step: Index  # (ways,)
    column_step: Index

    @property
    def offset(self) -> Index:
        """How far the other cell of each way lies among the cells, row by row."""
        return self.row_step * self.columns + self.column_step

    @property
    def shortest(self) -> int:
        """Ticks of the shortest way; 1 where there is none."""
        there = self.half[self.half > 0]
        return 2 * int(there.min()) if there.size else 1


def drive_ways(
    height_m: npt.ArrayLike, slope_deg: npt.ArrayLike, *, pixel_m: float, slope_limit_deg: float,
    speed_m_s: float, speed_at_limit_m_s: float,
) -> Ways:  # fmt: skip
    """The ways to the eight neighbours, over ground whose slope is known and within the limit.

    Both the cells and the way itself are no steeper than the limit; the speed changes in proportion
    to the slope along the way, up or down.
    """
    height, slope = (np.asarray(values, dtype=np.float64) for values in (height_m, slope_deg))
    steps, limit = np.array(_AROUND, dtype=np.int64), float(np.radians(slope_limit_deg))
    half = np.zeros((height.size, len(steps)), np.int32)
    _fill_drives(
        height, slope <= slope_limit_deg, steps, float(pixel_m), limit, float(speed_m_s),
        float(speed_at_limit_m_s), TICK_S, half,
    )  # fmt: skip
    return Ways(height.shape[0], height.shape[1], half, steps[:, 0], steps[:, 1])


@njit(cache=True, error_model="numpy")
def _fill_drives(
    height: Any, is_open: Any, steps: Any, pixel_m: float, limit: float, speed: float,
    slowest: float, tick_s: float, half: Any,
) -> None:  # fmt: skip
    rows, columns = height.shape
    steepest = np.tan(limit)
    for row in range(rows):
        for column in range(columns):
            if not is_open[row, column]:
                continue
            for k in range(len(steps)):
                r, c = row + steps[k, 0], column + steps[k, 1]
                if not (0 <= r < rows and 0 <= c < columns and is_open[r, c]):
                    continue
                level = pixel_m * np.sqrt(float(steps[k, 0] ** 2 + steps[k, 1] ** 2))
                rise = abs(height[r, c] - height[row, column])
                if not rise <= steepest * level:
                    continue
                part = np.arctan2(rise, level) / limit if limit > 0.0 else 0.0
                took = 0.5 * np.hypot(rise, level) / (speed + part * (slowest - speed))
                half[row * columns + column, k] = max(np.int32(np.ceil(took / tick_s - 1e-6)), 1)


def hop_ways(
    slope_deg: npt.ArrayLike, *, pixel_m: float, slope_limit_deg: float, speed_m_s: float,
    hop_range_m: float, flight: tuple[int, int] = (0, 0),
) -> Ways:  # fmt: skip
    """The ways of a hopper: flights of up to its range, between ground it can stand on.

    400 targets are spread over the circle as a sunflower's seeds, evenly and without a pattern, so
    that two or three flights end almost anywhere; one flight knows these places alone, and the one
    so many rows and columns away that `flight` names, where it is within the range.
    """
    slope = np.asarray(slope_deg, dtype=np.float64)
    seed = np.arange(1, _TARGETS + 1)
    reach, angle = hop_range_m / pixel_m * np.sqrt(seed / _TARGETS), seed * _GOLDEN_RAD
    # Cut towards nothing, so that no flight is longer than the range.
    seeds = np.trunc(np.stack([-reach * np.cos(angle), reach * np.sin(angle)], axis=1))
    steps = seeds.astype(np.int64)
    if np.hypot(*flight) * pixel_m <= hop_range_m:
        steps = np.vstack([steps, flight])
    steps = np.unique(steps, axis=0)
    steps = steps[steps.any(axis=1)]
    is_open = slope <= slope_limit_deg
    half = np.zeros((slope.size, len(steps)), np.int32)
    for k, (down, right) in enumerate(steps.tolist()):
        here, there = _overlap(slope.shape, down, right)
        took = 0.5 * pixel_m * float(np.hypot(down, right)) / speed_m_s
        ticks = max(int(np.ceil(took / TICK_S - 1e-6)), 1)
        half.reshape(*slope.shape, -1)[(*here, k)] = np.where(
            is_open[here] & is_open[there], ticks, 0
        )
    return Ways(slope.shape[0], slope.shape[1], half, steps[:, 0], steps[:, 1])


def backward(ways: Ways) -> Ways:
    """The same ways gone the other way round: where each could have come from."""
    shape = ways.rows, ways.columns
    half = np.zeros_like(ways.half)
    for k, step in enumerate(zip(ways.row_step.tolist(), ways.column_step.tolist(), strict=True)):
        here, there = _overlap(shape, *step)
        half.reshape(*shape, -1)[(*there, k)] = ways.half.reshape(*shape, -1)[(*here, k)]
    return ways._replace(half=half, row_step=-ways.row_step, column_step=-ways.column_step)


def _overlap(shape: tuple[int, ...], down: int, right: int) -> tuple[Any, Any]:
    """Where a map and itself, so many rows and columns on, lie on each other: here and there."""
    (top, low), (left, end) = (
        (max(0, -step), size - max(0, step))
        for step, size in zip((down, right), shape, strict=True)
    )
    here = slice(top, max(low, top)), slice(left, max(end, left))
    there = tuple(slice(s.start + d, s.stop + d) for s, d in zip(here, (down, right), strict=True))
    return here, there
