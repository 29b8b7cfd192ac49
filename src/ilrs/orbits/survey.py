"""Surveys of landing areas from orbit: which passes image which ground, in which light, how finely.

An area is a net of points; a point is imaged where the craft passes it abeam, as a line camera
does. Light is that of flat ground: shadows of terrain are not looked at here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb
from ilrs.orbits.ground_track import moon_fixed_m
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.directions import apparent_directions
from ilrs.sky.kernels import SUN
from ilrs.sky.orientation import Orientation
from ilrs.sky.sky import Sky

__all__ = ["Area", "Camera", "area_points_deg", "covered_fraction", "joint_looks",
           "survey_passes"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_PASSES_AT_ONCE = 256
_FINE_S = 1.0  # between the samples of a pass; a parabola finds the instant between them
# A low orbiter takes 6,500 s for a turn: in 30 s it goes 1.7 deg, and the distance to a place has
# one least value per turn, far wider than that.
_COARSE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A line camera that looks down, and how far the craft may roll it to one side."""

    half_field_deg: float  # half the field of view across the track
    pixel_rad: float  # angle of one pixel: 5e-5 is 3 m from 60 km
    most_roll_deg: float = 0.0

    @property
    def reach_deg(self) -> float:
        """Largest angle from the nadir at which it sees anything. [deg]"""
        return self.half_field_deg + self.most_roll_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A circle of ground that is to be surveyed."""

    name: str
    latitude_deg: float
    longitude_deg: float
    radius_m: float
    height_m: float = 0.0


def area_points_deg(area: Area, *, spacing_m: float) -> tuple[FloatArray, FloatArray]:
    """Latitudes and longitudes of a square net of points over an area, its middle among them. [deg]

    Distances are those on the sphere. Raises IlrsError for an area or a net without size, and an
    area wider than 30 deg of the Moon.
    """
    if not 0.0 < area.radius_m <= np.radians(15.0) * MOON_RADIUS_M:
        raise IlrsError(
            f"the area {area.name} of radius {area.radius_m:g} m",
            "an area to survey has a radius above 0 and up to 450 km",
            "Correct the radius, or divide the area.",
        )
    if not spacing_m > 0.0:
        raise IlrsError(
            f"points {spacing_m:g} m apart", "points lie more than 0 m apart", "Give a spacing."
        )
    count = int(area.radius_m / spacing_m)
    steps = np.arange(-count, count + 1) * spacing_m
    east, north = (values.ravel() for values in np.meshgrid(steps, steps))
    away = np.hypot(east, north)
    inside = away <= area.radius_m
    angle, turn = away[inside] / MOON_RADIUS_M, np.arctan2(east[inside], north[inside])
    phi, lam = np.radians(area.latitude_deg), np.radians(area.longitude_deg)
    sine = np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(turn)
    across = np.sin(turn) * np.sin(angle)
    along = np.cos(phi) * np.cos(angle) - np.sin(phi) * np.sin(angle) * np.cos(turn)
    longitude = np.degrees(lam + np.arctan2(across, along))
    return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))), np.mod(longitude, 360.0)


def survey_passes(
    trajectory: Trajectory,
    area: Area,
    *,
    camera: Camera,
    spacing_m: float,
    sun_elevation_limits_deg: tuple[float, float],
    most_ground_sample_m: float,
    sky: Sky,
    span_s: tuple[float, float] | None = None,
) -> xr.Dataset:
    """Every pass that brings the camera over an area, and which of its points it images.

    Dimensions `overpass` and `point`. Per overpass: `time` and `tdb_s` at which the area's middle
    is abeam, nearest to the ground track. Per overpass and point: `seen_tdb_s`, `off_nadir_deg`,
    `ground_sample_m` (a pixel on level ground, across its longer side), `sun_elevation_deg` over
    level ground, and `is_imaged`: within the camera's rolled field of view, the limits of the Sun's
    elevation and the ground sample. One roll serves a whole pass: towards the area's middle.

    `span_s` is TDB past J2000, by default the trajectory's own. Raises IlrsError for limits that
    are no range, and as `area_points_deg`, TrajectoryRangeError for the span.
    """
    low, high = sun_elevation_limits_deg
    if not -90.0 <= low < high <= 90.0:
        raise IlrsError(
            f"a Sun between {low:g} and {high:g} deg of elevation",
            "the lower limit comes first; both lie between -90 and 90 deg",
            "Exchange or correct the limits.",
        )
    points = np.stack(area_points_deg(area, spacing_m=spacing_m))
    ground_m = _ground_m(*points, height_m=area.height_m)
    middle = _ground_m(area.latitude_deg, area.longitude_deg, height_m=area.height_m)
    start_s, end_s = trajectory.span_tdb_s if span_s is None else span_s
    times_s = _nearest_s(
        trajectory, middle, (start_s, end_s), reach_deg=camera.reach_deg, radius_m=area.radius_m,
        orientation=sky.orientation,
    )  # fmt: skip
    seen_s, off_nadir, sample = _abeam(
        trajectory, ground_m, times_s, camera=camera, radius_m=area.radius_m,
        orientation=sky.orientation,
    )  # fmt: skip
    roll = _roll_deg(trajectory, middle, times_s, camera=camera, orientation=sky.orientation)
    # The Sun moves 0.001 deg in the seconds of a pass, so one instant per pass serves all points.
    sun = apparent_directions(
        (SUN,), times_s, latitude_deg=points[0], longitude_deg=points[1], height_m=area.height_m,
        ephemeris=sky.ephemeris, orientation=sky.orientation,
    ).elevation_deg[0].T  # fmt: skip
    within = np.abs(off_nadir - roll[:, None]) <= camera.half_field_deg
    is_imaged = within & (sun >= low) & (sun <= high) & (sample <= most_ground_sample_m)
    return _dataset(area, trajectory, points, times_s, {
        "seen_tdb_s": (seen_s, "s", "instant at which the point is abeam, TDB past J2000"),
        "off_nadir_deg": (off_nadir, "deg", "angle from the nadir across the track, right is +"),
        "ground_sample_m": (sample, "m", "longer side of a pixel on level ground"),
        "sun_elevation_deg": (sun, "deg", "elevation of the Sun over level ground"),
        "is_imaged": (is_imaged, "1", "whether the point is imaged within all limits"),
    })  # fmt: skip


def covered_fraction(passes: xr.Dataset, *, looks: int = 1) -> xr.DataArray:
    """Part of an area's points imaged at least `looks` times, after each overpass. [1]

    `passes` as `survey_passes` gives it; two looks from different passes make a stereo pair.
    """
    done = np.cumsum(passes["is_imaged"].values, axis=0) >= looks
    return xr.DataArray(
        done.mean(axis=1),
        {"overpass": passes["overpass"], "time": passes["time"]},
        ["overpass"],
        attrs={"units": "1", "long_name": f"part of the area imaged {looks} times or more"},
    )


def _ground_m(
    latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike, *, height_m: float
) -> FloatArray:
    phi, lam = np.radians(latitude_deg), np.radians(longitude_deg)
    up = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
    return np.asarray(up * (MOON_RADIUS_M + height_m))


def _nearest_s(
    trajectory: Trajectory,
    middle_m: FloatArray,
    span_s: tuple[float, float],
    *,
    reach_deg: float,
    radius_m: float,
    orientation: Orientation,
) -> FloatArray:
    """Instants at which the craft passes the area's middle near enough to see part of the area."""
    count = max(int(np.ceil((span_s[1] - span_s[0]) / _COARSE_S)), 2) + 1
    t = np.linspace(*span_s, count)
    near = _cosine(trajectory, middle_m, t, orientation=orientation)
    top = 1 + np.flatnonzero((near[1:-1] >= near[:-2]) & (near[1:-1] > near[2:]))
    at = _vertex_s(t[top], t[1] - t[0], near[top - 1], near[top], near[top + 1])
    # Twice more, each time ten times closer: the last is right to the hundredth of a second.
    for half_s in (0.1 * _COARSE_S, 0.01 * _COARSE_S):
        at = np.clip(at, span_s[0] + half_s, span_s[1] - half_s)
        cosines = [
            _cosine(trajectory, middle_m, at + k * half_s, orientation=orientation)
            for k in (-1, 0, 1)
        ]
        at = _vertex_s(at, half_s, *cosines)
    at = np.clip(at, *span_s)
    position = moon_fixed_m(trajectory, at, orientation=orientation)
    away = np.arccos(np.clip(_cosine_of(position, middle_m), -1.0, 1.0))
    reach = _ground_angle_rad(np.linalg.norm(position, axis=-1), reach_deg)
    return np.asarray(at[away <= reach + radius_m / MOON_RADIUS_M])


def _cosine_of(position_m: FloatArray, ground_m: FloatArray) -> FloatArray:
    """Cosine of the angle at the Moon's centre between craft and ground."""
    sizes = np.linalg.norm(position_m, axis=-1) * np.linalg.norm(ground_m, axis=-1)
    return np.asarray((position_m * ground_m).sum(axis=-1) / sizes)


def _cosine(
    trajectory: Trajectory, ground_m: FloatArray, t: FloatArray, *, orientation: Orientation
) -> FloatArray:
    return _cosine_of(moon_fixed_m(trajectory, t, orientation=orientation), ground_m)


def _vertex_s(
    t: FloatArray, step_s: float, before: FloatArray, here: FloatArray, after: FloatArray
) -> FloatArray:
    """Where the parabola through three values a step apart has its top; at most a step away."""
    bend = before - 2.0 * here + after
    shift = np.where(bend < 0.0, 0.5 * (before - after) / np.where(bend < 0.0, bend, -1.0), 0.0)
    return np.asarray(t + np.clip(shift, -1.0, 1.0) * step_s)


def _ground_angle_rad(radius_m: FloatArray, off_nadir_deg: float) -> FloatArray:
    """Angle at the Moon's centre between nadir and the ground seen off it; to the limb at most."""
    tilt = np.radians(off_nadir_deg)
    sine = radius_m / MOON_RADIUS_M * np.sin(tilt)
    limb = np.arccos(np.clip(MOON_RADIUS_M / radius_m, -1.0, 1.0))
    return np.where(sine < 1.0, np.arcsin(np.minimum(sine, 1.0)) - tilt, limb)


def _abeam(
    trajectory: Trajectory,
    ground_m: FloatArray,
    times_s: FloatArray,
    *,
    camera: Camera,
    radius_m: float,
    orientation: Orientation,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """When each point is abeam in each pass, its signed angle off nadir [deg], its sample [m]."""
    shape = times_s.size, len(ground_m)
    seen, off_nadir, sample = np.empty(shape), np.empty(shape), np.empty(shape)
    for part in _parts(times_s.size):
        t = _abeam_s(trajectory, ground_m, times_s[part], radius_m, orientation)
        position, across = _with_right(trajectory, t, orientation)
        line = ground_m - position
        distance = np.linalg.norm(line, axis=-1)
        up = position / np.linalg.norm(position, axis=-1, keepdims=True)
        sideways, down = (line * across).sum(axis=-1), -(line * up).sum(axis=-1)
        vertical = ground_m / np.linalg.norm(ground_m, axis=-1, keepdims=True)
        slant = -(line * vertical).sum(axis=-1) / distance  # cosine of the emission angle
        seen[part] = t
        off_nadir[part] = np.degrees(np.arctan2(sideways, down))
        # Ground beyond the limb is not seen, however wide the field.
        sample[part] = np.where(
            slant > 0.0, camera.pixel_rad * distance / np.where(slant > 0.0, slant, 1.0), np.inf
        )
    return seen, off_nadir, sample


def _parts(size: int) -> Iterator[slice]:
    for start in range(0, size, _PASSES_AT_ONCE):
        yield slice(start, min(start + _PASSES_AT_ONCE, size))


def _abeam_s(
    trajectory: Trajectory,
    ground_m: FloatArray,
    times_s: FloatArray,
    radius_m: float,
    orientation: Orientation,
) -> FloatArray:
    """Instants of least angle at the Moon's centre to each point, (passes, points)."""
    start_s, end_s = trajectory.span_tdb_s
    crossing_s = radius_m / MOON_RADIUS_M / _slowest_rad_s(trajectory, times_s, orientation)
    count = int(np.ceil(1.2 * crossing_s / _FINE_S)) + 3
    steps = np.arange(-count, count + 1) * _FINE_S
    t = np.clip(times_s[:, None] + steps, start_s, end_s)
    position = moon_fixed_m(trajectory, t, orientation=orientation)
    towards = position / np.linalg.norm(position, axis=-1, keepdims=True)
    near = towards @ (ground_m / np.linalg.norm(ground_m, axis=-1, keepdims=True)).T
    top = np.clip(near.argmax(axis=1), 1, steps.size - 2)  # (passes, points)

    def _at(shift: int) -> FloatArray:
        return np.take_along_axis(near, (top + shift)[:, None, :], axis=1)[:, 0, :]

    middle = np.take_along_axis(t, top, axis=1)
    found = _vertex_s(middle, _FINE_S, _at(-1), _at(0), _at(1))
    return np.asarray(np.clip(found, start_s, end_s))


def _slowest_rad_s(trajectory: Trajectory, times_s: FloatArray, orientation: Orientation) -> float:
    """Least angular speed over the ground among passes. [rad/s]"""
    if not times_s.size:
        return 1e-3
    start_s, end_s = trajectory.span_tdb_s
    pair = [np.clip(times_s + k * _FINE_S, start_s, end_s) for k in (-1, 1)]
    here, there = (moon_fixed_m(trajectory, t, orientation=orientation) for t in pair)
    turned = np.linalg.norm(np.cross(here, there), axis=-1)
    sizes = np.linalg.norm(here, axis=-1) * np.linalg.norm(there, axis=-1)
    return float((turned / sizes / np.maximum(pair[1] - pair[0], 1e-9)).min())


def _with_right(
    trajectory: Trajectory, t: FloatArray, orientation: Orientation
) -> tuple[FloatArray, FloatArray]:
    """Positions, and unit vectors to the right of the way over the ground, in the body frame."""
    start_s, end_s = trajectory.span_tdb_s
    position = moon_fixed_m(trajectory, t, orientation=orientation)
    before = moon_fixed_m(trajectory, np.maximum(t - 0.5, start_s), orientation=orientation)
    after = moon_fixed_m(trajectory, np.minimum(t + 0.5, end_s), orientation=orientation)
    right = np.cross(after - before, position)
    return position, right / np.linalg.norm(right, axis=-1, keepdims=True)


def _roll_deg(
    trajectory: Trajectory,
    middle_m: FloatArray,
    times_s: FloatArray,
    *,
    camera: Camera,
    orientation: Orientation,
) -> FloatArray:
    """Roll of each pass, towards the area's middle as far as the craft may. [deg]"""
    position, right = _with_right(trajectory, times_s, orientation)
    line = middle_m - position
    up = position / np.linalg.norm(position, axis=-1, keepdims=True)
    angle = np.degrees(np.arctan2((line * right).sum(axis=-1), -(line * up).sum(axis=-1)))
    return np.asarray(np.clip(angle, -camera.most_roll_deg, camera.most_roll_deg))


def _dataset(
    area: Area,
    trajectory: Trajectory,
    points: FloatArray,
    times_s: FloatArray,
    values: dict[str, tuple[npt.NDArray[np.generic], str, str]],
) -> xr.Dataset:
    return xr.Dataset(
        {
            name: (("overpass", "point"), array, {"units": units, "long_name": text})
            for name, (array, units, text) in values.items()
        },
        coords={
            "overpass": np.arange(times_s.size),
            "time": ("overpass", utc_from_tdb(times_s)),
            "tdb_s": ("overpass", times_s, {"units": "s", "long_name": "seconds TDB past J2000"}),
            "latitude_deg": ("point", points[0], {"units": "deg"}),
            "longitude_deg": ("point", points[1], {"units": "deg"}),
        },
        attrs={"area": area.name, "craft": trajectory.name, "model": trajectory.model},
    )


def joint_looks(
    first: xr.Dataset, second: xr.Dataset, *, most_offset_s: float, least_fraction: float = 0.5
) -> xr.Dataset:
    """Pairs of overpasses of two craft that image the same area within a time of each other.

    `first` and `second` come from `survey_passes` for one area. Dimension `pair`, in order of time:
    `first_time`, `second_time`, `offset_s` (second minus first), `common_fraction` (part of the
    area's points that both image [1], at least `least_fraction`) and the Sun's elevation in each.
    Raises IlrsError for surveys of different areas or nets.
    """
    if first.attrs["area"] != second.attrs["area"] or first.sizes["point"] != second.sizes["point"]:
        raise IlrsError(
            f"joint looks at {first.attrs['area']} ({first.sizes['point']} points) and "
            f"{second.attrs['area']} ({second.sizes['point']} points)",
            "both surveys are of one area, on one net of points",
            "Compute both with the same area and spacing.",
        )
    t_first, t_second = first["tdb_s"].values, second["tdb_s"].values
    begin = np.searchsorted(t_second, t_first - most_offset_s, side="left")
    end = np.searchsorted(t_second, t_first + most_offset_s, side="right")
    i = np.repeat(np.arange(t_first.size), end - begin)
    within = [np.arange(a, b) for a, b in zip(begin, end, strict=True)]
    j = np.concatenate([np.arange(0), *within])
    both = first["is_imaged"].values[i] & second["is_imaged"].values[j]
    common = both.mean(axis=1)
    keep = (common >= least_fraction) & (common > 0.0)
    i, j, common = i[keep], j[keep], common[keep]
    sun = [d["sun_elevation_deg"].values[k].mean(axis=1) for d, k in ((first, i), (second, j))]
    return xr.Dataset(
        {
            "offset_s": ("pair", t_second[j] - t_first[i], {"units": "s"}),
            "common_fraction": ("pair", common, {"units": "1"}),
            "first_sun_elevation_deg": ("pair", sun[0], {"units": "deg"}),
            "second_sun_elevation_deg": ("pair", sun[1], {"units": "deg"}),
        },
        coords={
            "first_time": ("pair", first["time"].values[i]),
            "second_time": ("pair", second["time"].values[j]),
        },
        attrs={"area": first.attrs["area"], "first": first.attrs["craft"],
               "second": second.attrs["craft"], "most_offset_s": float(most_offset_s)},
    )  # fmt: skip
