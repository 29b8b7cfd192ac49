"""Angles in degrees: wrapping and differences that are right across north."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["azimuth_deg", "azimuth_difference_deg", "longitude_deg"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def azimuth_deg(angle_deg: npt.ArrayLike) -> FloatArray:
    """Angle brought into 0 <= a < 360. [deg]"""
    wrapped = np.mod(np.asarray(angle_deg, dtype=np.float64), 360.0)
    return np.asarray(np.where(wrapped >= 360.0, 0.0, wrapped))  # -1e-20 % 360 rounds up to 360


def longitude_deg(angle_deg: npt.ArrayLike) -> FloatArray:
    """East-positive longitude brought into -180 <= l < 180. [deg]"""
    return np.asarray(azimuth_deg(np.asarray(angle_deg, dtype=np.float64) + 180.0) - 180.0)


def azimuth_difference_deg(to_deg: npt.ArrayLike, from_deg: npt.ArrayLike) -> FloatArray:
    """Shortest turn from one azimuth to another, -180 <= d < 180, clockwise positive. [deg]"""
    return longitude_deg(np.asarray(to_deg, dtype=np.float64) - np.asarray(from_deg))
