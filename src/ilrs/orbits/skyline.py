"""What stands before an antenna on the Moon: its horizon, the antenna's mask, and the Moon itself.

An antenna sees a craft where the craft's elevation is above all three. A horizon profile has the
word on terrain. Under it lies a Moon that no profile can talk away: a sphere 9.2 km below the
reference sphere, lower than any ground. So an antenna sees nothing through the Moon, whatever a
profile leaves out, and one on a crater's floor sees what the profile of that floor leaves free. A
craft nearer than the horizon and below it, such as a lander over the next slope, counts as hidden.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import horizon_at
from ilrs.sky.directions import MOON_RADIUS_M
from ilrs.sky.sphere import site_axes

__all__ = [
    "SOLID_RADIUS_M",
    "Skyline",
    "SurfaceAntenna",
    "antenna_on",
    "clear_above_deg",
    "skyline",
    "sphere_horizon_deg",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

#: Below this the Moon is solid everywhere [m]: 9,200 m under the sphere of heights, while the
#: lowest ground, in Antoniadi, lies 9,117 m under it (Smith et al. 2010, doi:10.1029/2010GL043751).
SOLID_RADIUS_M = MOON_RADIUS_M - 9_200.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SurfaceAntenna:
    """An antenna on the Moon: where it stands, what terrain it sees, and how low it works.

    `height_m` is that of the antenna itself, above the 1737.4 km sphere. `horizon_deg` holds the
    terrain's elevation at `azimuths_deg`, between which it is linear; without them the horizon is
    that of the smooth sphere (0 below it, where what hides the sky is terrain: give a profile).
    """

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float
    mask_deg: float = 0.0
    azimuths_deg: FloatArray | None = None
    horizon_deg: FloatArray | None = None

    def __post_init__(self) -> None:
        site_axes(self.latitude_deg, self.longitude_deg)  # refuses a place off the Moon
        if not (np.isfinite(self.height_m) and self.height_m > SOLID_RADIUS_M - MOON_RADIUS_M):
            raise IlrsError(
                f"the antenna {self.name} at a height of {self.height_m:g} m",
                "heights count in metres from the 1737.4 km sphere, and no ground lies lower than "
                "9200 m below it",
                "Correct its height.",
            )
        if not abs(self.mask_deg) <= 90.0:
            raise IlrsError(
                f"the antenna {self.name} with a mask of {self.mask_deg:g} deg",
                "a mask is an elevation, from -90 (none) to 90 deg",
                "Give the lowest elevation that the antenna can use.",
            )
        if self.horizon_deg is not None:
            _check_horizon(self)


def antenna_on(
    profile: xr.Dataset, *, name: str, mast_height_m: float, mask_deg: float = 0.0
) -> SurfaceAntenna:
    """An antenna on a mast at the place of a horizon profile, before the profile's terrain.

    Raises IlrsError for a mast height that the profile does not enclose, and for a mask that is no
    elevation.
    """
    azimuths = np.asarray(profile["azimuth_deg"].values, dtype=np.float64)
    return SurfaceAntenna(
        name=name,
        latitude_deg=float(profile.attrs["latitude_deg"]),
        longitude_deg=float(profile.attrs["longitude_deg"]),
        height_m=float(profile.attrs["ground_height_m"]) + mast_height_m,
        mask_deg=mask_deg,
        azimuths_deg=azimuths,
        horizon_deg=horizon_at(profile, azimuths, mast_height_m=mast_height_m),
    )


def _check_horizon(antenna: SurfaceAntenna) -> None:
    azimuths, horizon = antenna.azimuths_deg, antenna.horizon_deg
    if azimuths is None or horizon is None or azimuths.shape != horizon.shape or azimuths.ndim != 1:
        raise IlrsError(
            f"the antenna {antenna.name} with a horizon and azimuths that do not match",
            "there is one elevation of the horizon per azimuth",
            "Give both on the same azimuths, or make the antenna with `antenna_on`.",
        )
    good = np.isfinite(horizon) & (np.abs(horizon) <= 90.0) & (azimuths >= 0.0) & (azimuths <= 360)
    if not (azimuths.size and good.all() and np.all(np.diff(azimuths) > 0.0)):
        raise IlrsError(
            f"the antenna {antenna.name} with a horizon that is not known all around",
            "a horizon has finite elevations from -90 to 90 deg at azimuths that rise from 0 to 360"
            " deg",
            "Compute the profile with terrain on every side.",
        )


def sphere_horizon_deg(height_m: npt.ArrayLike) -> FloatArray:
    """Elevation at which a site sees the edge of the 1737.4 km sphere: 0 or below. [deg]

    -acos(R / (R + h)) for a raised site. A site below the sphere (a crater floor) gets 0: what
    hides its sky is terrain, which a sphere says nothing about.
    """
    above = np.maximum(np.asarray(height_m, dtype=np.float64), 0.0)
    # acos(R / (R + h)) as an atan, which keeps its digits at small heights
    return np.asarray(
        -np.degrees(np.arctan(np.sqrt(above * (2 * MOON_RADIUS_M + above)) / MOON_RADIUS_M))
    )


def clear_above_deg(antenna: SurfaceAntenna, azimuth_deg: npt.ArrayLike) -> FloatArray:
    """Elevation above which an antenna sees a craft: horizon, mask and solid Moon. [deg]"""
    azimuths, horizon, floor_deg = _standing(antenna)
    under = np.interp(np.asarray(azimuth_deg, dtype=np.float64), azimuths, horizon, period=360.0)
    return np.asarray(np.maximum(under, floor_deg))


def _standing(antenna: SurfaceAntenna) -> tuple[FloatArray, FloatArray, float]:
    """Azimuths and elevations of the horizon, and mask or solid Moon, whichever is higher. [deg]"""
    solid_deg = -np.degrees(np.arccos(SOLID_RADIUS_M / (MOON_RADIUS_M + antenna.height_m)))
    floor_deg = max(antenna.mask_deg, float(solid_deg))
    if antenna.azimuths_deg is None or antenna.horizon_deg is None:
        return np.zeros(1), sphere_horizon_deg([antenna.height_m]), floor_deg
    return antenna.azimuths_deg, antenna.horizon_deg, floor_deg


class Skyline(NamedTuple):
    """An antenna as arrays: its place, and what it must see over, in radians.

    The knots of the horizon go twice around the circle, so that a span across north is one run of
    them. `lowest` and `highest` hold in row r the extremes of 2^r knots from each knot on, so that
    any run of knots takes two looks.
    """

    axes: FloatArray  # (3, 3): east, north, up in the body frame
    radius_m: float
    floor_rad: float  # mask or solid Moon, whichever is higher
    least_rad: float  # nothing lower can be seen in any direction
    knots_rad: FloatArray
    horizon_rad: FloatArray
    first: IntArray  # the last knot at or before the start of each of equal bins
    lowest: FloatArray
    highest: FloatArray


def skyline(antenna: SurfaceAntenna) -> Skyline:
    """What an antenna must see over, ready for the loops."""
    azimuths, horizon, floor_deg = _standing(antenna)
    floor_rad = float(np.radians(floor_deg))
    unique = azimuths < 360.0  # 360 repeats 0
    if not unique.all() and azimuths[0] > 0.0:
        azimuths, horizon = np.roll(azimuths, 1) % 360.0, np.roll(horizon, 1)
    else:
        azimuths, horizon = azimuths[unique], horizon[unique]
    around = [azimuths[-1:] - 360.0, azimuths, azimuths + 360.0, azimuths[:1] + 720.0]
    knots = np.radians(np.concatenate(around))
    values = np.radians(np.concatenate([horizon[-1:], horizon, horizon, horizon[:1]]))
    bins = np.arange(2 * azimuths.size) * (4 * np.pi / (2 * azimuths.size))
    return Skyline(
        axes=site_axes(antenna.latitude_deg, antenna.longitude_deg),
        radius_m=MOON_RADIUS_M + antenna.height_m,
        floor_rad=floor_rad,
        least_rad=max(floor_rad, float(values.min())),
        knots_rad=knots,
        horizon_rad=values,
        first=np.searchsorted(knots, bins, side="right") - 1,
        lowest=_runs(values, np.minimum),
        highest=_runs(values, np.maximum),
    )


def _runs(values: FloatArray, least: np.ufunc) -> FloatArray:
    """Row r: the extreme of 2^r values from each one on (of those that remain, near the end)."""
    rows = [values]
    while 2 ** len(rows) <= values.size:
        reach = 2 ** (len(rows) - 1)
        ahead = np.concatenate([rows[-1][reach:], np.full(reach, rows[-1][-1])])
        rows.append(least(rows[-1], ahead))
    return np.stack(rows)
