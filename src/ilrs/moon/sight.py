"""Who sees whom over the ground: two masts, a whole map from one mast, a direction in the sky.

Light and radio go straight here: the Moon has no air, and waves bent around crests (diffraction)
are left out, so a link may reach a little farther than these figures say. Curvature is exact on the
1737.4 km sphere. Where grids are nested, the finest that knows a height is asked at every step.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.angles import azimuth_deg as on_circle_deg
from ilrs.foundation.errors import IlrsError
from ilrs.moon.horizon import horizon_at
from ilrs.moon.march import ground_radius, kernel_terrain
from ilrs.moon.terrain import Terrain
from ilrs.sky.directions import MOON_RADIUS_M

__all__ = [
    "clearance_deg",
    "ground_height_m",
    "line_of_sight",
    "observer_ground_m",
    "ordered_terrains",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

# As in the horizon's march: steps grow with the distance from the nearer end up to a quarter pixel.
_STEP_FRACTION = 0.02
_STEP_PIXELS = 0.25
_FIRST_STEP_M = 1.0
_HIGHEST_M = 1e7  # above ground; beyond, orbits are the business of `ilrs.orbits`


def clearance_deg(
    profile: xr.Dataset,
    azimuth_deg: npt.ArrayLike,
    *,
    elevation_deg: npt.ArrayLike,
    mast_height_m: float,
) -> FloatArray:
    """How far a direction stands above a site's horizon; negative behind the ground. [deg]

    For Earth, an orbiter, the Sun's centre: anything beyond the terrain. Broadcasts; raises as
    `ilrs.moon.horizon.horizon_at`.
    """
    horizon = horizon_at(profile, azimuth_deg, mast_height_m=mast_height_m)
    return np.asarray(np.asarray(elevation_deg, dtype=np.float64) - horizon)


def ground_height_m(
    terrains: Sequence[Terrain], *, latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike
) -> FloatArray:
    """Height of the ground by the finest terrain that knows one, NaN where none does. [m]

    The two arrays broadcast. Raises IlrsError for no terrain at all, terrains in different frames
    and latitudes beyond 90 deg.
    """
    ordered = ordered_terrains(terrains)
    latitude, longitude = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (latitude_deg, longitude_deg))
    )
    if not (np.abs(latitude) <= 90.0).all():
        raise IlrsError(
            f"a latitude of {latitude[~(np.abs(latitude) <= 90.0)].flat[0]:g} deg",
            "latitudes reach from -90 (south pole) to 90 deg",
            "Correct it; latitude stands before longitude.",
        )
    found = np.full(latitude.shape, np.nan)
    for terrain in ordered:
        here = terrain.height_m(*terrain.grid.project(latitude, longitude))
        found = np.where(np.isnan(found), here, found)
    return found


def line_of_sight(
    terrains: Sequence[Terrain],
    *,
    latitude_deg: float,
    longitude_deg: float,
    mast_height_m: float,
    to_latitude_deg: npt.ArrayLike,
    to_longitude_deg: npt.ArrayLike,
    to_mast_height_m: npt.ArrayLike,
) -> xr.Dataset:
    """Whether the tops of two masts see each other, for one place and many others.

    On dimension `point`, the other places broadcast and raveled: `is_visible`; `clearance_m`, the
    least height of the straight line over the ground between the masts, negative where the ground
    is higher [m]; `clearance_distance_m`, where that is, from the first place along the sphere [m];
    `slant_range_m` between the tops [m]; `azimuth_deg` and `elevation_deg` of the other top seen
    from the first; `unknown_m`, how much of the way no terrain covers: it hides nothing here [m].
    A mast of a rover, a lander, or a hopper in flight: all count from the ground. Samples are at
    most a quarter of a pixel apart, so a sharp crest comes out low by up to an eighth of the height
    between neighbouring pixels; exchanging the two ends gives the same answer.

    Raises IlrsError for a place without a known height and a mast below ground.
    """
    ordered = ordered_terrains(terrains)
    places = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(value, dtype=np.float64))
            for value in (to_latitude_deg, to_longitude_deg, to_mast_height_m)
        )
    )
    latitude, longitude, masts = (
        np.concatenate(([first], np.ravel(others)))
        for first, others in zip(
            (latitude_deg, longitude_deg, mast_height_m), places, strict=True
        )
    )  # fmt: skip
    _check_masts(masts)
    ground = _known_ground_m(ordered, latitude, longitude)
    places_up = _unit(np.radians(latitude), np.radians(longitude))
    radii = MOON_RADIUS_M + ground + masts
    results = _sights(*kernel_terrain(ordered), places_up, radii)
    return _sight_dataset(
        results, places_up, radii,
        {
            "latitude_deg": float(latitude_deg), "longitude_deg": float(longitude_deg),
            "mast_height_m": float(mast_height_m), "ground_height_m": float(ground[0]),
            "frame": ordered[0].grid.frame,
            "terrain": ", ".join(terrain.name for terrain in ordered),
            "terrain_sha256": ", ".join(terrain.sha256 for terrain in ordered),
        },
    )  # fmt: skip


def ordered_terrains(terrains: Sequence[Terrain]) -> list[Terrain]:
    ordered = sorted(terrains, key=lambda terrain: terrain.grid.pixel_m)
    frames = sorted({terrain.grid.frame for terrain in ordered})
    if len(frames) != 1:
        said = f"terrains in the frames {' and '.join(frames)}" if frames else "no terrain at all"
        raise IlrsError(
            said,
            "lines of sight are drawn over one or more terrains in one frame",
            "Give terrain files in MOON_ME.",
        )
    return ordered


def observer_ground_m(
    ordered: Sequence[Terrain],
    latitude_deg: float,
    longitude_deg: float,
    *,
    masts_m: Sequence[float],
) -> float:
    """Height of the ground under an observer; raises for masts below ground and unknown places."""
    _check_masts(np.asarray(masts_m, dtype=np.float64))
    place = np.array([latitude_deg]), np.array([longitude_deg])
    return float(_known_ground_m(ordered, *place)[0])


def _known_ground_m(
    ordered: Sequence[Terrain], latitude_deg: FloatArray, longitude_deg: FloatArray
) -> FloatArray:
    ground = ground_height_m(ordered, latitude_deg=latitude_deg, longitude_deg=longitude_deg)
    unknown = np.isnan(ground)
    if unknown.any():
        held = "; ".join(f"{terrain.name}: {terrain.grid}" for terrain in ordered)
        raise IlrsError(
            f"the place at latitude {latitude_deg[unknown][0]:g},"
            f" longitude {longitude_deg[unknown][0]:g} has no known height",
            held,
            "Give terrain that holds it, or correct its coordinates.",
        )
    return ground


def _check_masts(masts_m: FloatArray) -> None:
    wrong = masts_m[~((masts_m >= 0.0) & (masts_m <= _HIGHEST_M))]
    if wrong.size:
        raise IlrsError(
            f"a mast of {wrong[0]:g} m",
            f"tops stand from 0 to {_HIGHEST_M:g} m above the ground",
            "Give the height above ground in metres.",
        )


def _unit(latitude_rad: FloatArray, longitude_rad: FloatArray) -> FloatArray:
    """Unit vectors of places in the body frame, (places, 3)."""
    level = np.cos(latitude_rad)
    return np.stack(
        [level * np.cos(longitude_rad), level * np.sin(longitude_rad), np.sin(latitude_rad)],
        axis=-1,
    )


def _sight_dataset(
    results: tuple[FloatArray, FloatArray, FloatArray],
    places_up: FloatArray,
    radii_m: FloatArray,
    attrs: dict[str, Any],
) -> xr.Dataset:
    clearance, distance, unknown = results
    longitude = np.radians(attrs["longitude_deg"])
    up, east = places_up[0], np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    way = places_up[1:] * radii_m[1:, None] - up * radii_m[0]
    rise, level = way @ up, (way @ east, way @ np.cross(up, east))
    variables = {
        "is_visible": (clearance >= 0.0, "1", "the tops of both masts see each other"),
        "clearance_m": (clearance, "m", "least height of the line over the ground"),
        "clearance_distance_m": (distance, "m", "where that is, along the sphere from here"),
        "slant_range_m": (np.linalg.norm(way, axis=1), "m", "distance from top to top"),
        "azimuth_deg": (
            on_circle_deg(np.degrees(np.arctan2(*level))),
            "deg",
            "azimuth of the other top, clockwise from local true north",
        ),
        "elevation_deg": (
            np.degrees(np.arctan2(rise, np.hypot(*level))),
            "deg",
            "elevation of the other top",
        ),
        "unknown_m": (unknown, "m", "length of the way that no terrain covers"),
    }
    return xr.Dataset(
        {
            name: ("point", values, {"units": unit, "long_name": text})
            for name, (values, unit, text) in variables.items()
        },
        attrs=attrs,
    )


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _sights(heights: Any, frames: Any, places_up: Any, radii: Any) -> Any:
    """Clearance, its distance and the unknown way, from the first place to every other one."""
    count = radii.size - 1
    clearance, distance, unknown = np.empty(count), np.empty(count), np.empty(count)
    for k in numba.prange(count):
        found = _sight(heights, frames, places_up[0], places_up[k + 1], radii[0], radii[k + 1])
        clearance[k], distance[k], unknown[k] = found
    return clearance, distance, unknown


@numba.njit(cache=True, error_model="numpy")
def _sight(heights: Any, frames: Any, start: Any, end: Any, start_m: float, end_m: float) -> Any:
    """Walks in from both ends alike. Over the angle a of the whole angle w the line's radius is
    r1 r2 sin w / (r1 sin a + r2 sin(w - a)), the polar equation of a straight line.
    """
    ahead = end - np.dot(start, end) * start
    sine = np.sqrt(np.dot(ahead, ahead))
    whole = np.arctan2(sine, np.dot(start, end))
    least, least_m, unknown = np.inf, 0.0, 0.0
    if sine < 1e-12:
        return least, least_m, unknown  # one above the other: nothing stands between
    ahead /= sine
    length_m = whole * MOON_RADIUS_M
    walked, step = 0.0, _FIRST_STEP_M
    while walked < 0.5 * length_m:
        before, walked = walked, min(walked + step, 0.5 * length_m)
        finest = frames.shape[0]
        for side in range(2):
            s = walked if side == 0 else length_m - walked
            angle = s / MOON_RADIUS_M
            along, across = np.cos(angle), np.sin(angle)
            place = (
                along * start[0] + across * ahead[0],
                along * start[1] + across * ahead[1],
                along * start[2] + across * ahead[2],
            )
            ground, used = ground_radius(heights, frames, place)
            if np.isnan(ground):
                unknown += walked - before
                continue
            finest = min(finest, used)
            line = start_m * end_m * sine / (start_m * across + end_m * np.sin(whole - angle))
            if line - ground < least:
                least, least_m = line - ground, s
        pixel = frames[min(finest, frames.shape[0] - 1), 5]
        step = min(_STEP_FRACTION * walked + _FIRST_STEP_M, _STEP_PIXELS * pixel)
    return least, least_m, unknown
