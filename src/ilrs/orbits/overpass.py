"""What an antenna on the Moon sees of a craft: its way over the sky, and its overpasses."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.time import utc_from_tdb
from ilrs.orbits.frames import Orientation
from ilrs.orbits.relay import look_angles, site_position_m
from ilrs.orbits.skyline import SurfaceAntenna, clear_above_deg, skyline
from ilrs.orbits.surface_access import track_access
from ilrs.orbits.track import MoonFixedTrack, moon_fixed_track
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.directions import LIGHT_M_S

__all__ = ["overpasses", "site_view"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Function: TypeAlias = Callable[[FloatArray], FloatArray]

_GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
_ROUNDS = 40  # 0.618^40 is 4e-9: a second of a bracket of years
_PER_PIECE = 4  # samples per piece of a track, of which there are 64 or more in a turn


def site_view(
    trajectory: Trajectory,
    antenna: SurfaceAntenna,
    *,
    tdb_s: npt.ArrayLike,
    orientation: Orientation,
) -> xr.Dataset:
    """A craft as an antenna on the Moon sees it, on `time`, at epochs that rise.

    `azimuth_deg`, `elevation_deg`, `clearance_deg` (elevation above horizon, mask and solid Moon:
    above 0 it is seen), `range_m`, `range_rate_m_s` (receding is positive) and the one-way
    `light_time_s`; without light time and aberration. Raises TrajectoryRangeError outside the
    trajectory.
    """
    t = np.atleast_1d(np.asarray(tdb_s, dtype=np.float64))
    trajectory.position_m(t)  # says which epochs it does not cover
    start, end = float(t.min()), float(t.max())
    if start == end:  # a track has a length
        ends = trajectory.span_tdb_s
        start, end = max(start - 1.0, ends[0]), min(end + 1.0, ends[1])
    track = moon_fixed_track(trajectory, (start, end), orientation=orientation)
    position_m, velocity_m_s = track.states(t)
    azimuth, elevation, distance = look_angles(position_m, **_place(antenna))
    away_m = position_m - site_position_m(
        antenna.latitude_deg, antenna.longitude_deg, height_m=antenna.height_m
    )
    values = {
        "azimuth_deg": (azimuth, "deg", "azimuth of the craft, from north"),
        "elevation_deg": (elevation, "deg", "elevation of the craft"),
        "clearance_deg": (
            elevation - clear_above_deg(antenna, azimuth), "deg",
            "elevation above the horizon, the antenna's mask and the solid Moon",
        ),
        "range_m": (distance, "m", "distance of the craft"),
        "range_rate_m_s": (
            np.sum(away_m * velocity_m_s, axis=-1) / distance, "m s-1", "speed of recession"
        ),
        "light_time_s": (distance / LIGHT_M_S, "s", "one-way light time"),
    }  # fmt: skip
    return xr.Dataset(
        {name: ("time", *_described(*value)) for name, value in values.items()},
        coords={
            "time": utc_from_tdb(t),
            "tdb_s": ("time", *_described(t, "s", "seconds TDB past J2000")),
        },
        attrs=_attrs(trajectory, antenna, track),
    )


def overpasses(
    trajectory: Trajectory,
    antenna: SurfaceAntenna,
    *,
    span_s: tuple[float, float],
    orientation: Orientation,
) -> xr.Dataset:
    """Every overpass of a craft over an antenna in a span (TDB past J2000), on `overpass`.

    `aos_utc`, `los_utc` and the same as `aos_tdb_s`, `los_tdb_s`; `duration_s`; `aos_azimuth_deg`,
    `los_azimuth_deg`; `highest_elevation_deg` with `highest_utc` and `highest_tdb_s`;
    `shortest_range_m`. A ridge across the sky makes two overpasses of one revolution. Raises as
    `ilrs.orbits.surface_access.surface_access`.
    """
    track = moon_fixed_track(trajectory, span_s, orientation=orientation)
    found = track_access(track, skyline(antenna))
    start, end = found.start_s, found.end_s

    def look(t_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        return look_angles(track.states(t_s)[0], **_place(antenna))

    highest_s, highest = _greatest(lambda t_s: look(t_s)[1], start, end, track=track)
    _, nearest = _greatest(lambda t_s: -look(t_s)[2], start, end, track=track)
    values: dict[str, tuple[Any, str, str]] = {
        "aos_tdb_s": (start, "s", "acquisition of signal, TDB past J2000"),
        "los_tdb_s": (end, "s", "loss of signal, TDB past J2000"),
        "duration_s": (end - start, "s", "length of the overpass"),
        "aos_azimuth_deg": (look(start)[0], "deg", "azimuth at acquisition, from north"),
        "los_azimuth_deg": (look(end)[0], "deg", "azimuth at loss, from north"),
        "highest_elevation_deg": (highest, "deg", "highest elevation"),
        "highest_tdb_s": (highest_s, "s", "instant of the highest elevation, TDB past J2000"),
        "shortest_range_m": (-nearest, "m", "shortest distance"),
    }
    table = {name: ("overpass", *_described(*value)) for name, value in values.items()}
    for name, of, text in (
        ("aos_utc", start, "acquisition of signal, UTC"),
        ("los_utc", end, "loss of signal, UTC"),
        ("highest_utc", highest_s, "instant of the highest elevation, UTC"),
    ):
        table[name] = ("overpass", utc_from_tdb(of), {"long_name": text})
    return xr.Dataset(table, attrs=_attrs(trajectory, antenna, track))


def _greatest(
    value: Function, start_s: FloatArray, end_s: FloatArray, *, track: MoonFixedTrack
) -> tuple[FloatArray, FloatArray]:
    """In each window the instant at which a value is greatest, and the value there.

    The greatest of samples, four to a piece of the track, and a golden section about it.
    """
    if not start_s.size:
        return start_s, start_s
    step_s = float(np.median(np.diff(track.edges_s))) / _PER_PIECE
    counts = np.ceil((end_s - start_s) / step_s).astype(np.int64) + 2
    first = np.cumsum(counts) - counts
    which = np.repeat(np.arange(counts.size), counts)
    share = (np.arange(which.size) - first[which]) / (counts[which] - 1)
    t = start_s[which] + share * (end_s - start_s)[which]
    order = np.lexsort((value(t), which))
    best = order[first + counts - 1]
    low = t[np.maximum(best - 1, first)]
    high = t[np.minimum(best + 1, first + counts - 1)]
    for _ in range(_ROUNDS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        is_left = value(left) > value(right)
        low, high = np.where(is_left, low, left), np.where(is_left, right, high)
    middle = 0.5 * (low + high)
    return middle, value(middle)


def _place(antenna: SurfaceAntenna) -> dict[str, float]:
    return {
        "latitude_deg": antenna.latitude_deg,
        "longitude_deg": antenna.longitude_deg,
        "height_m": antenna.height_m,
    }


def _described(values: Any, units: str, long_name: str) -> tuple[Any, dict[str, str]]:
    return values, {"units": units, "long_name": long_name}


def _attrs(
    trajectory: Trajectory, antenna: SurfaceAntenna, track: MoonFixedTrack
) -> dict[str, str | float]:
    return {
        "craft": trajectory.name,
        "antenna": antenna.name,
        "mask_deg": antenna.mask_deg,
        "model": trajectory.model,
        "orientation": track.frame,
    }
