"""Joint observations: when two craft can look at one place, in its light, near enough in time.

Emission is the angle at the place between its vertical and the craft; the terrain around the place
and the Moon itself stand in the way. Light is that of level ground: shadows are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows, find_windows
from ilrs.orbits.places import craft_place, surface_place
from ilrs.orbits.sightlines import within_range
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.directions import site_directions
from ilrs.sky.sky import Sky

__all__ = ["JointLook", "joint_pairs", "joint_windows", "lit_windows", "look_windows"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_LIGHT_STEP_S = 1_800.0  # the Sun rises by at most 0.25 deg in it


@dataclass(frozen=True, slots=True)
class JointLook:
    """A window of each craft in which it looks at the place, TDB past J2000, near in time."""

    first_s: tuple[float, float]
    second_s: tuple[float, float]

    @property
    def apart_s(self) -> float:
        """Time between the two, 0 where they overlap. [s]"""
        return max(self.second_s[0] - self.first_s[1], self.first_s[0] - self.second_s[1], 0.0)


def lit_windows(
    place: SurfaceAntenna,
    *,
    sun_elevation_limits_deg: tuple[float, float],
    span_s: tuple[float, float],
    sky: Sky,
) -> Windows:
    """Windows (TDB) in which the Sun's centre stands within limits over level ground at a place.

    Edges are right to 1 s; what lasts less than half an hour may be missed.
    """
    low, high = sun_elevation_limits_deg

    def holds(tdb_s: FloatArray) -> npt.NDArray[np.bool_]:
        sun = site_directions(
            tdb_s=tdb_s, latitude_deg=place.latitude_deg, longitude_deg=place.longitude_deg,
            height_m=place.height_m, **sky.kernels,
        )["sun_elevation_deg"].values  # fmt: skip
        return np.asarray((sun >= low) & (sun <= high))

    return find_windows(holds, span_s, step_s=_LIGHT_STEP_S)


def look_windows(
    craft: Trajectory,
    place: SurfaceAntenna,
    *,
    most_emission_deg: float,
    most_range_m: float | None = None,
    span_s: tuple[float, float],
    sky: Sky,
) -> Windows:
    """Windows (TDB) in which a craft sees a place within an emission angle and a distance.

    Over the place's terrain; the place's own mask counts too. Raises IlrsError for an emission that
    is no angle from above 0 to 90 deg, and for a distance that is not above 0 m.
    """
    if not 0.0 < most_emission_deg <= 90.0:
        raise IlrsError(
            f"looks at {place.name} under up to {most_emission_deg:g} deg of emission",
            "emission is the angle from the vertical, above 0 and up to 90 deg",
            "Give 90 for every look above the horizon.",
        )
    steep = replace(place, mask_deg=max(place.mask_deg, 90.0 - most_emission_deg))
    inside = span_s[0], min(span_s[1], craft.span_tdb_s[1])
    if not inside[1] > inside[0]:
        return Windows()
    seen = surface_access([craft], [steep], span_s=inside, orientation=sky.orientation)
    found = seen[craft.name, steep.name]
    if most_range_m is None:
        return found
    ground = surface_place(place, orientation=sky.orientation)
    return found & within_range(
        craft_place(craft), ground, most_range_m=most_range_m, span_s=inside
    )


def joint_pairs(
    first: Windows, second: Windows, *, most_offset_s: float = 0.0
) -> tuple[JointLook, ...]:
    """Every pair of looks of two craft that overlap, or lie at most so far apart in time."""
    pairs = []
    for look in first:
        near = (second.start_s <= look[1] + most_offset_s) & (
            second.end_s >= look[0] - most_offset_s
        )
        if most_offset_s <= 0.0:  # half open: looks that touch share no instant
            near &= (second.start_s < look[1]) & (second.end_s > look[0])
        others: Sequence[tuple[float, float]] = list(
            zip(second.start_s[near].tolist(), second.end_s[near].tolist(), strict=True)
        )
        pairs += [JointLook(look, other) for other in others]
    return tuple(pairs)


def joint_windows(first: Windows, second: Windows, *, most_offset_s: float = 0.0) -> Windows:
    """When the first craft looks and the second one does, at once or within the offset of it."""
    near = Windows((a - most_offset_s, b + most_offset_s) for a, b in second)
    return first & near
