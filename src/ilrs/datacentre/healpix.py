"""Where a direction falls in HEALPix's nested order: neighbours on the sphere, near in the order.

Gorski et al. 2005, ApJ 622, 759, section 4 (doi:10.1086/427976): twelve faces of nside by nside
cells of equal area; within a face the bits of a cell's two coordinates are interleaved.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["nested_cell"]

Ints: TypeAlias = npt.NDArray[np.int64]


def nested_cell(xyz: Any, *, order: int) -> Ints:
    """The nested cell that holds each unit vector (last axis x, y, z), with 4**order per face."""
    x, y, z = (np.asarray(xyz, dtype=np.float64)[..., axis] for axis in range(3))
    nside = np.int64(1) << order
    quarter = np.mod(np.arctan2(y, x) / (np.pi / 2.0), 4.0)
    quarter = np.where(quarter >= 4.0, 0.0, quarter)
    belt = _belt(quarter, z, nside)
    # hypot keeps the digits that 1 - |z| loses beside a pole
    polar = np.hypot(x, y) / np.sqrt(1.0 + np.abs(z))
    caps = _caps(quarter, z, polar, nside)
    face, column, row = (
        np.where(np.abs(z) <= 2.0 / 3.0, *pair) for pair in zip(belt, caps, strict=True)
    )
    return np.asarray((face << (2 * order)) | _spread(column) | (_spread(row) << 1))


def _belt(quarter: Any, z: Any, nside: Any) -> tuple[Ints, Ints, Ints]:
    """Face and coordinates within it between the parallels of |z| = 2/3 (their equation 8)."""
    along, across = nside * (0.5 + quarter), nside * 0.75 * z
    falling = np.floor(along - across).astype(np.int64)
    rising = np.floor(along + across).astype(np.int64)
    a, b = falling // nside, rising // nside
    face = np.where(a == b, (a & 3) + 4, np.where(a < b, a & 3, (b & 3) + 8))
    return face, rising & (nside - 1), nside - 1 - (falling & (nside - 1))


def _caps(quarter: Any, z: Any, polar: Any, nside: Any) -> tuple[Ints, Ints, Ints]:
    """The same about the poles (their equation 9); `polar` is the square root of 1 - |z|."""
    quadrant = np.minimum(np.floor(quarter), 3.0)
    part, scale = quarter - quadrant, nside * np.sqrt(3.0) * polar
    falling = np.minimum(np.floor(part * scale).astype(np.int64), nside - 1)
    rising = np.minimum(np.floor((1.0 - part) * scale).astype(np.int64), nside - 1)
    face = quadrant.astype(np.int64)
    north = z >= 0.0
    return (
        np.where(north, face, face + 8),
        np.where(north, nside - 1 - rising, falling),
        np.where(north, nside - 1 - falling, rising),
    )


def _spread(numbers: Any) -> Ints:
    """The bits of each number with a zero between any two, for numbers below 2**31."""
    spread = np.asarray(numbers, dtype=np.int64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333), (1, 0x5555555555555555),
    ):  # fmt: skip
        spread = (spread | (spread << shift)) & mask
    return spread
