"""Shadows of what we build: a lander, a mast, an array or a berm added to a horizon profile.

Each obstacle is an upright rectangle that faces the observer, as opaque as ground: it hides what
lies behind it from the ground up to its top. A truss that light passes through, or a panel that
leaves sky below it, is therefore taken as darker than it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.angles import azimuth_deg as on_circle_deg
from ilrs.foundation.angles import azimuth_difference_deg
from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import horizon_at
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = ["Obstacle", "with_obstacles"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_EDGE_DEG = 1e-3  # an upright edge leans over this little: 4 arcseconds, half a metre at 30 km
_FARTHEST_M = 100_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A thing that stands beside the observer: where its middle is, how wide and how high.

    `base_height_m` is the height of the ground under it above the ground under the observer. A berm
    or wall that runs past the observer is given as several obstacles.
    """

    name: str
    distance_m: float
    azimuth_deg: float
    width_m: float
    height_m: float
    base_height_m: float = 0.0

    @property
    def half_width_deg(self) -> float:
        """Half the angle it fills along the horizon. [deg]"""
        return float(np.degrees(np.arctan2(0.5 * self.width_m, self.distance_m)))


def with_obstacles(profile: xr.Dataset, obstacles: Sequence[Obstacle]) -> xr.Dataset:
    """The profile with obstacles standing before its terrain; laid out as `horizon_profile` does.

    Azimuths are added at the edges of each obstacle, so that a mast narrower than the profile's
    step keeps its true width; `horizon_at` and `ilrs.moon.light` take such azimuths as they are.
    `horizon_distance_m` becomes the obstacle's where it is the horizon. Each of the profile's masts
    sees the obstacles from its own height. Raises IlrsError for an obstacle that cannot be.
    """
    for obstacle in obstacles:
        _check(obstacle)
    old_deg = np.asarray(profile["azimuth_deg"].values, dtype=np.float64)
    azimuths = np.unique(np.round(np.concatenate([old_deg, *map(_edges_deg, obstacles)]), 6))
    masts = np.asarray(profile["mast_height_m"].values, dtype=np.float64)
    horizon = np.stack([horizon_at(profile, azimuths, mast_height_m=float(m)) for m in masts])
    distance = np.asarray(profile["horizon_distance_m"].values, dtype=np.float64)
    distance = distance[:, _nearest(azimuths, old_deg)]
    for obstacle in obstacles:
        tops = np.stack([_top_deg(obstacle, azimuths, mast_height_m=float(m)) for m in masts])
        is_higher = tops > horizon
        horizon = np.where(is_higher, tops, horizon)
        distance = np.where(is_higher, obstacle.distance_m, distance)
    names = ", ".join(obstacle.name for obstacle in obstacles)
    note = f"{profile.attrs.get('note', '')}; before it stand {names}" if names else None
    dims = profile["horizon_deg"].dims
    return profile.drop_dims("azimuth_deg").assign(
        horizon_deg=(dims, horizon, profile["horizon_deg"].attrs),
        horizon_distance_m=(dims, distance, profile["horizon_distance_m"].attrs),
    ).assign_coords(
        azimuth_deg=("azimuth_deg", azimuths, profile["azimuth_deg"].attrs)
    ).assign_attrs({"note": note.removeprefix("; ")} if note else {})  # fmt: skip


def _nearest(azimuths_deg: FloatArray, old_deg: FloatArray) -> npt.NDArray[np.intp]:
    """For each azimuth the index of the old one nearest to it around the circle."""
    apart = np.abs(azimuth_difference_deg(azimuths_deg[:, None], old_deg[None, :]))
    return np.asarray(np.argmin(apart, axis=1))


def _edges_deg(obstacle: Obstacle) -> FloatArray:
    """Azimuths just inside and outside both edges, and the middle, where the top is highest."""
    half = obstacle.half_width_deg
    offsets = np.array([-half - _EDGE_DEG, -half, 0.0, half, half + _EDGE_DEG])
    return on_circle_deg(obstacle.azimuth_deg + offsets)


def _top_deg(obstacle: Obstacle, azimuths_deg: FloatArray, *, mast_height_m: float) -> FloatArray:
    """Elevation of the top edge, -90 beside it; exact on the 1737.4 km sphere. [deg]"""
    offset = azimuth_difference_deg(azimuths_deg, obstacle.azimuth_deg)
    beside = np.abs(offset) > obstacle.half_width_deg + 1e-6  # azimuths are rounded to that
    away = np.where(beside, 0.0, np.radians(offset))
    angle = obstacle.distance_m / np.cos(away) / MOON_RADIUS_M
    top = obstacle.base_height_m + obstacle.height_m
    rise = (MOON_RADIUS_M + top) * np.cos(angle) - (MOON_RADIUS_M + mast_height_m)
    level = (MOON_RADIUS_M + top) * np.sin(angle)
    return np.where(beside, -90.0, np.degrees(np.arctan2(rise, level)))


def _check(obstacle: Obstacle) -> None:
    faults = {
        f"at azimuth {obstacle.azimuth_deg:g} deg": 0.0 <= obstacle.azimuth_deg <= 360.0,
        f"{obstacle.distance_m:g} m away": 0.0 < obstacle.distance_m <= _FARTHEST_M,
        f"{obstacle.width_m:g} m wide": 0.0 < obstacle.width_m <= _FARTHEST_M,
        f"{obstacle.height_m:g} m high": 0.0 < obstacle.height_m <= _FARTHEST_M,
        f"on ground {obstacle.base_height_m:g} m above the observer's": (
            abs(obstacle.base_height_m) <= _FARTHEST_M
        ),
    }
    for fault, is_right in faults.items():
        if not is_right:
            raise IlrsError(
                f"the obstacle {obstacle.name} stands {fault}",
                "an obstacle is up to 100 km away, wide and high, each more than 0 m, at an azimuth"
                " from 0 to 360 deg",
                "Give its place as seen from the observer.",
            )
