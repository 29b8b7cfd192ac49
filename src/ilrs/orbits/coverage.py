"""How much of the time one or several craft stand above the horizon, over the whole Moon.

Maps are for the smooth sphere, sampled in steps: for choosing orbits. A site with its terrain is
answered by `ilrs.orbits.surface_access`, to the second.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.compiled import compiled
from ilrs.foundation.errors import IlrsError
from ilrs.orbits.ground_track import moon_fixed_m
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.orientation import Orientation

__all__ = ["coverage_map"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def coverage_map(
    trajectories: Sequence[Trajectory],
    *,
    latitudes_deg: npt.ArrayLike,
    longitudes_deg: npt.ArrayLike,
    span_s: tuple[float, float],
    step_s: float,
    orientation: Orientation,
    mask_deg: float = 0.0,
) -> xr.Dataset:
    """How well craft cover the ground, on dimensions `latitude_deg` and `longitude_deg`.

    `view_fraction`: share of the time with any of them above `mask_deg` [1]; `longest_gap_s`:
    longest time without [s], in whole steps; `mean_in_view`: how many stand there on average [1].
    For level ground on the 1737.4 km sphere. Spells shorter than `step_s` may be missed. Raises
    IlrsError for no craft, a mask of 90 deg or more, and a step that does not fit the span;
    TrajectoryRangeError where a craft is not known.
    """
    start_s, end_s = span_s
    if not trajectories or not -90.0 < mask_deg < 90.0 or not 0.0 < step_s <= end_s - start_s:
        raise IlrsError(
            f"the coverage by {len(trajectories)} craft above {mask_deg:g} deg in steps of"
            f" {step_s:g} s over {end_s - start_s:g} s",
            "there is at least one craft, a mask between -90 and 90 deg, and a step above 0 s that"
            " fits into the span",
            "Correct what does not fit.",
        )
    t = np.arange(start_s, end_s, step_s)
    craft_m = np.stack([moon_fixed_m(way, t, orientation=orientation) for way in trajectories])
    latitude = np.asarray(latitudes_deg, dtype=np.float64)
    longitude = np.asarray(longitudes_deg, dtype=np.float64)
    phi, lam = np.meshgrid(np.radians(latitude), np.radians(longitude), indexing="ij")
    up = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
    found = np.empty((3, phi.size))
    _count(craft_m, up.reshape(-1, 3), np.sin(np.radians(mask_deg)), found)
    fraction, gap, count = found.reshape(3, *phi.shape)
    dimensions = ("latitude_deg", "longitude_deg")

    def _map(values: FloatArray, units: str, long_name: str) -> tuple[Any, FloatArray, Any]:
        return dimensions, values, {"units": units, "long_name": long_name}

    return xr.Dataset(
        {
            "view_fraction": _map(fraction, "1", "share of the time with a craft in view"),
            "longest_gap_s": _map(gap * step_s, "s", "longest time without a craft in view"),
            "mean_in_view": _map(count, "1", "craft in view, on average"),
        },
        coords={
            "latitude_deg": ("latitude_deg", latitude, {"units": "deg"}),
            "longitude_deg": ("longitude_deg", longitude, {"units": "deg"}),
        },
        attrs={
            "craft": ", ".join(way.name for way in trajectories),
            "mask_deg": mask_deg,
            "step_s": step_s,
            "orientation": orientation.name,
        },
    )


@compiled(makes_arrays=False)
def _count(craft_m: FloatArray, up: FloatArray, least_sine: float, found: FloatArray) -> None:
    """Share of epochs in view, most epochs in a row without, and mean number in view, by place."""
    craft, epochs = craft_m.shape[0], craft_m.shape[1]
    for p in range(up.shape[0]):
        x, y, z = up[p]
        seen = gap = longest = total = 0
        for k in range(epochs):
            here = 0
            for c in range(craft):
                cx, cy, cz = craft_m[c, k]
                rise = cx * x + cy * y + cz * z - MOON_RADIUS_M
                far2 = (
                    (cx - MOON_RADIUS_M * x) ** 2
                    + (cy - MOON_RADIUS_M * y) ** 2
                    + (cz - MOON_RADIUS_M * z) ** 2
                )
                here += rise > least_sine * np.sqrt(far2)
            total += here
            if here:
                seen += 1
                gap = 0
            else:
                gap += 1
                longest = max(longest, gap)
        found[0, p] = seen / epochs
        found[1, p] = longest
        found[2, p] = total / epochs
