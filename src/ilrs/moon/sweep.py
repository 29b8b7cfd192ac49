"""The horizon map's inner loop: every pixel of a block, one azimuth after the other.

Near terrain is asked along the pixel's own ray (`near_ground`), far terrain from parallel lines
laid over the map (`far_ground`). See docs/horizons.md.
"""

from typing import Any

import numba
import numpy as np

from ilrs.moon.far_ground import find_horizons, raise_far
from ilrs.moon.gnomonic import FAST, TILE
from ilrs.moon.near_ground import raise_near
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["NO_CODE", "sweep"]

#: What a map holds where there is no terrain.
NO_CODE = -32768


def _arc_tangent_series() -> Any:
    """The arc tangent from -1 to 1 over its argument, fitted in even powers: within 1e-7."""
    x = 0.5 + 0.5 * np.cos((np.arange(64) + 0.5) * np.pi / 64.0)
    series = np.polynomial.Chebyshev.fit(x, np.arctan(np.sqrt(x)) / np.sqrt(x), 7, [0.0, 1.0])
    return series.convert(kind=np.polynomial.Polynomial).coef.astype(np.float32)


_STEP_DEG = 0.003
_NOT_SEEN = -1e3  # a tangent no terrain gives: 0.06 deg off straight down
_KNOWN_M = -1e5  # heights above this are real
_R = MOON_RADIUS_M
# The arc tangent from -1 to 1 over its argument, in even powers: within 1e-7.
_ATAN = tuple(_arc_tangent_series())


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _raise_eyes(eyes: Any, ground: Any, corner: Any, mast_m: float) -> None:
    """Reduced heights of a tile's observers; where the tile overhangs the terrain, of any."""
    mast, per_radius, one = np.float32(mast_m), np.float32(1.0 / _R), np.float32(1.0)
    for i in range(eyes.shape[0]):
        row, eye = ground[corner[0] + i, corner[1] : corner[1] + TILE], eyes[i]
        for j in range(row.size):
            lower = one - row[j] * per_radius
            eye[j] = row[j] + mast * lower * lower / (one + mast * lower * per_radius)


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _scale(tangents: Any, eyes: Any) -> None:
    """Gives near tangents the factor R / (R - s) of their observers."""
    radius = np.float32(_R)
    for i in range(tangents.shape[0]):
        row, eye = tangents[i], eyes[i]
        for j in range(row.size):
            row[j] *= radius / (radius - eye[j])


@numba.njit(cache=True, error_model="numpy", fastmath=FAST)
def _encode(codes: Any, tangents: Any, eyes: Any, fine: Any, corner: Any) -> None:
    """Codes of tangents; none where a pixel has no height or its ray met no terrain.

    The angle is twice that of half its tangent, whose series vector instructions can sum.
    """
    steps_per_half = np.float32(2.0 * np.degrees(1.0) / _STEP_DEG)
    one, lowest, least = np.float32(1.0), np.float32(_KNOWN_M), np.float32(_NOT_SEEN)
    c0, c1, c2, c3, c4, c5, c6, c7 = _ATAN
    top, left = corner
    for i in range(codes.shape[0]):
        row, eye, out = tangents[i], eyes[i], codes[i]
        for j in range(out.size):
            tangent = row[j]
            half = tangent / (one + np.sqrt(one + tangent * tangent))
            x = half * half
            low, high = c0 + x * (c1 + x * (c2 + x * c3)), c4 + x * (c5 + x * (c6 + x * c7))
            code = np.int16(np.rint((low + (x * x) * (x * x) * high) * half * steps_per_half))
            is_seen = (tangent >= least) & (eye[j] >= lowest)
            out[j] = code if is_seen else np.int16(NO_CODE)
        # Heights that only hold on from a neighbour are no ground to stand on.
        first = max(0, int(np.ceil(fine.known_left)) - left)
        last = min(out.size, int(np.floor(fine.known_right)) + 1 - left)
        if not fine.known_top <= top + i <= fine.known_bottom:
            first = last = out.size
        out[: min(first, out.size)] = NO_CODE
        out[max(last, 0) :] = NO_CODE


@numba.njit(cache=True, error_model="numpy")
def _sweep_one(
    codes: Any, heights: Any, levels: Any, block: Any, mast_m: float, azimuth_rad: float
) -> None:
    """One azimuth of `sweep`, tile by tile."""
    fine = levels[0]
    ground = heights[: fine.rows * fine.columns].reshape((fine.rows, fine.columns))
    ahead = (np.sin(azimuth_rad), np.cos(azimuth_rad))
    top, bottom, left, right = block
    box = (float(top), float(bottom), float(left), float(right))
    horizons = find_horizons(levels, heights, box, mast_m, ahead)
    eyes, tangents = np.empty((TILE, TILE), np.float32), np.empty((TILE, TILE), np.float32)
    for i in range(0, bottom - top, TILE):
        for j in range(0, right - left, TILE):
            out = codes[i : i + TILE, j : j + TILE]
            rows, corner = out.shape[0], (top + i, left + j)
            tangents[:] = np.float32(-1e30)
            _raise_eyes(eyes[:rows], ground, corner, mast_m)
            raise_near(tangents[:rows], eyes[:rows], fine, ground, corner, ahead)
            _scale(tangents[:rows], eyes[:rows])
            raise_far(tangents[:rows], eyes[:rows], fine, horizons, corner, ahead)
            _encode(out, tangents, eyes, fine, corner)


@numba.njit(cache=True, error_model="numpy", parallel=True)
def sweep(
    codes: Any,
    heights_m: Any,
    levels: Any,
    block: Any,
    observer_height_m: float,
    grid_azimuths_deg: Any,
) -> None:
    """Fills `codes` (azimuths, rows, columns) with the horizons of a block of the finest level.

    `heights_m` holds the levels' reduced heights h R / (R + h) one after the other, finest first;
    `block` is top, bottom, left and right in the padded rows and columns of the finest. A block
    that begins at whole tiles of the map gets the same bits whatever its size.
    """
    for k in numba.prange(grid_azimuths_deg.size):
        azimuth_rad = np.radians(grid_azimuths_deg[k])
        _sweep_one(codes[k], heights_m, levels, block, observer_height_m, azimuth_rad)
