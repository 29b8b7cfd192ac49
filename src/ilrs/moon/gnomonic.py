"""The plane in which a horizon map is swept: gnomonic, where great circles are straight.

Map and plane are counted in units of the sphere's radius.
"""

from typing import Any

import numba
import numpy as np

__all__ = ["FAST", "LEVEL", "TILE", "on_map", "on_plane", "snapped"]

#: One grid of heights as the kernel sees it: place in the flat array of heights, size, outer edges
#: and pixel, the rows and columns that the finer grid inside it covers, and those between which it
#: knows the ground: half a pixel beyond the middles of the outermost pixels with a height.
LEVEL = np.dtype(
    [(name, np.int64) for name in ("start", "rows", "columns")]
    + [(name, np.float64) for name in ("west", "north", "pixel")]
    + [(name, np.float64) for name in ("inner_top", "inner_bottom", "inner_left", "inner_right")]
    + [(name, np.float64) for name in ("known_top", "known_bottom", "known_left", "known_right")]
)
#: Pixels that share one list of near steps; anchored to the whole map, never to a block of it.
TILE = 64
#: Sums keep their order and nothing is fused, so that a pixel's bits do not depend on its block.
FAST = {"nnan", "nsz"}


@numba.njit(cache=True, error_model="numpy")
def on_plane(x: float, y: float) -> Any:
    """Gnomonic coordinates of stereographic ones, in radii."""
    stretch = 1.0 / (1.0 - 0.25 * (x * x + y * y))
    return x * stretch, y * stretch


@numba.njit(cache=True, error_model="numpy")
def on_map(x: float, y: float) -> Any:
    """Stereographic coordinates of gnomonic ones, in radii."""
    stretch = 2.0 / (1.0 + np.sqrt(1.0 + x * x + y * y))
    return x * stretch, y * stretch


@numba.njit(cache=True, error_model="numpy")
def snapped(pixels: Any) -> Any:
    """A thousandth of a pixel off a row is on it, else rays along a map's edge would leave it."""
    whole = np.rint(pixels)
    return whole if abs(pixels - whole) < 1e-3 else pixels
