"""Apparent directions of Sun, Earth and other bodies, seen from places on the Moon.

Azimuth runs clockwise from local north, elevation is above the local horizontal of the 1737.4 km
sphere. At the exact pole the given longitude decides: azimuth 0 is what north is all along that
meridian. At 90 S it points down the meridian of that longitude (longitude 0: towards the Earth), at
90 N down the opposite one. Terrain plays no part here.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.compiled import compiled, compiled_part
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb
from ilrs.sky.kernels import BARYCENTRE, EARTH, MOON, SUN, Ephemeris
from ilrs.sky.orientation import MOON_SPIN_RAD_S, Orientation
from ilrs.sky.sphere import MOON_RADIUS_M

__all__ = [
    "ABERRATIONS",
    "BODY_RADIUS_M",
    "LIGHT_M_S",
    "MOON_RADIUS_M",
    "Directions",
    "angle_rad",
    "angular_radius_deg",
    "apparent_directions",
    "site_directions",
    "subpoint_deg",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Sun: IAU 2015 Resolution B3 (doi:10.3847/0004-6256/152/2/41). Earth: equatorial radius, IAU
#: working group report (Archinal et al. 2018, doi:10.1007/s10569-017-9805-5).
BODY_RADIUS_M = {SUN: 695_700_000.0, EARTH: 6_378_136.6}

#: Corrections by SPICE's names: light time and stellar aberration, light time alone, none.
ABERRATIONS = ("LT+S", "LT", "NONE")

#: Speed of light [m/s].
LIGHT_M_S = 299_792_458.0
_DEGREES = 180.0 / np.pi
_BLOCK = 4096  # epochs at a time, so that what lies between the steps stays in the second cache


class Directions(NamedTuple):
    """Where bodies stand; every array has the shape (bodies, *places, *epochs)."""

    azimuth_deg: FloatArray  # clockwise from local north, 0 <= a < 360
    elevation_deg: FloatArray
    distance_m: FloatArray  # as the light travelled, unless without corrections


def apparent_directions(
    bodies: Sequence[int],
    tdb_s: npt.ArrayLike,
    *,
    latitude_deg: npt.ArrayLike,
    longitude_deg: npt.ArrayLike,
    height_m: npt.ArrayLike = 0.0,
    ephemeris: Ephemeris,
    orientation: Orientation,
    aberration: str = "LT+S",
) -> Directions:
    """Azimuth [deg], elevation [deg] and distance [m] of bodies, seen from places on the Moon.

    Bodies go by their NAIF numbers; latitude, longitude and height broadcast, so that one place
    or a whole map may be asked. As SPICE's `azlcpo` for an observer at rest on the Moon; the body's
    way during the light time is taken as straight, which is right to 1e-9 deg for Sun and Earth (to
    5e-6 deg for planets). Raises IlrsError for a latitude beyond 90 deg and an unknown correction,
    EphemerisRangeError outside the kernels.
    """
    places = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (latitude_deg, longitude_deg, height_m))
    )
    _require_places(places)
    latitude, longitude, height = (np.ravel(value) for value in places)
    axes = _east_north_up(np.radians(latitude), np.radians(longitude))
    site_km = axes[:, 2, :] * (MOON_RADIUS_M + height[:, None]) / 1e3
    epochs = np.asarray(tdb_s, dtype=np.float64)
    found = _seen_from(
        (site_km, axes),
        bodies,
        tdb_s=np.ravel(epochs),
        ephemeris=ephemeris,
        orientation=orientation,
        aberration=aberration,
    )
    shape = (len(bodies), *places[0].shape, *epochs.shape)
    return Directions(*(values.reshape(shape) for values in found))


def subpoint_deg(
    body: int,
    tdb_s: npt.ArrayLike,
    *,
    ephemeris: Ephemeris,
    orientation: Orientation,
    aberration: str = "LT+S",
) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude [deg] at which a body stands overhead, from the Moon's centre.

    Longitude 0 <= l < 360; both of the shape of `tdb_s`.
    """
    epochs = np.asarray(tdb_s, dtype=np.float64)
    # Seen from the centre with x for north and y for east, azimuth and elevation are the
    # longitude and the latitude.
    centre = np.zeros((1, 3)), np.eye(3)[None, [1, 0, 2], :]
    found = _seen_from(
        centre,
        (body,),
        tdb_s=np.ravel(epochs),
        ephemeris=ephemeris,
        orientation=orientation,
        aberration=aberration,
    )
    return found.elevation_deg.reshape(epochs.shape), found.azimuth_deg.reshape(epochs.shape)


def angular_radius_deg(distance_m: npt.ArrayLike, *, radius_m: float) -> FloatArray:
    """Half the angle that a sphere fills, seen from a distance to its centre. [deg]"""
    return np.asarray(np.degrees(np.arcsin(radius_m / np.asarray(distance_m, dtype=np.float64))))


def site_directions(
    *,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float,
    tdb_s: npt.ArrayLike,
    ephemeris: Ephemeris,
    orientation: Orientation,
    aberration: str = "LT+S",
) -> xr.Dataset:
    """Sun and Earth seen from one site: the Dataset on `time` that docs/rooms.md lays down.

    Raises as `apparent_directions` does.
    """
    epochs = np.atleast_1d(np.asarray(tdb_s, dtype=np.float64))
    found = apparent_directions(
        (SUN, EARTH),
        epochs,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        height_m=height_m,
        ephemeris=ephemeris,
        orientation=orientation,
        aberration=aberration,
    )
    variables = {}
    for index, (body, number) in enumerate((("sun", SUN), ("earth", EARTH))):
        azimuth, elevation, distance = (values[index] for values in found)
        radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[number])
        name = body.capitalize()
        for key, values, unit, text in (
            ("azimuth_deg", azimuth, "deg", f"Azimuth of the {name}, clockwise from local north"),
            ("elevation_deg", elevation, "deg", f"Elevation of the {name}'s centre"),
            ("distance_m", distance, "m", f"Distance to the {name}'s centre"),
            ("angular_radius_deg", radius, "deg", f"Angular radius of the {name}"),
        ):
            variables[f"{body}_{key}"] = ("time", values, {"units": unit, "long_name": text})
    attrs = {
        "ephemeris": ephemeris.name,
        "orientation": orientation.name,
        "aberration": aberration,
    }
    return xr.Dataset(variables, coords={"time": utc_from_tdb(epochs)}, attrs=attrs)


def _require_places(places: Sequence[FloatArray]) -> None:
    latitude, longitude, height = places
    if not (np.abs(latitude) <= 90.0).all():
        worst = latitude[~(np.abs(latitude) <= 90.0)].flat[0]
        raise IlrsError(
            f"a latitude of {worst:g} deg",
            "latitudes reach from -90 (south pole) to 90 deg",
            "Correct it; latitude stands before longitude.",
        )
    bad = ~(np.isfinite(longitude) & np.isfinite(height) & (height > -MOON_RADIUS_M))
    if bad.any():
        raise IlrsError(
            f"a place at longitude {longitude[bad][0]:g} deg and height {height[bad][0]:g} m",
            "longitudes are numbers, and heights count in metres from the 1737.4 km sphere",
            "Correct the place.",
        )


def _slownesses(aberration: str) -> tuple[float, float]:
    """Seconds per kilometre of light, for the light time and for the aberration; 0 switches off."""
    if aberration not in ABERRATIONS:
        raise IlrsError(
            f"no correction is called {aberration!r}",
            f"known are {', '.join(ABERRATIONS)} (SPICE's names)",
            "Choose one of these.",
        )
    slowness = 1e3 / LIGHT_M_S
    return slowness * (aberration != "NONE"), slowness * (aberration == "LT+S")


def _east_north_up(latitude_rad: FloatArray, longitude_rad: FloatArray) -> FloatArray:
    """Rows east, north and up in the body frame, (places, 3, 3)."""
    sin_lat, cos_lat = np.sin(latitude_rad), np.cos(latitude_rad)
    sin_lon, cos_lon = np.sin(longitude_rad), np.cos(longitude_rad)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=-1)
    return np.stack([east, north, up], axis=1)


def _seen_from(
    place: tuple[FloatArray, FloatArray],
    bodies: Sequence[int],
    *,
    tdb_s: FloatArray,
    ephemeris: Ephemeris,
    orientation: Orientation,
    aberration: str,
) -> Directions:
    """Directions of shape (bodies, places, epochs) from places given by position and axes."""
    if (tdb_s[1:] < tdb_s[:-1]).any():  # in order, neighbours share their polynomials
        order = np.argsort(tdb_s, kind="stable")
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        ordered = _seen_from(
            place,
            bodies,
            tdb_s=tdb_s[order],
            ephemeris=ephemeris,
            orientation=orientation,
            aberration=aberration,
        )
        return Directions(*(values[..., back] for values in ordered))
    slownesses = _slownesses(aberration)
    shape = (len(bodies), len(place[0]), tdb_s.size)
    found = Directions(np.empty(shape), np.empty(shape), np.empty(shape))
    for start in range(0, tdb_s.size, _BLOCK):
        epochs = tdb_s[start : start + _BLOCK]
        position_km, velocity_km_s = ephemeris.states((*bodies, MOON, BARYCENTRE), epochs)
        matrices = orientation.component_matrices(epochs)
        moon_km_s = _turned(matrices, velocity_km_s[MOON])
        for index, body in enumerate(bodies):
            target_km = _turned(matrices, position_km[body] - position_km[MOON])
            target_km_s = _turned(matrices, velocity_km_s[body])
            motion = (target_km, target_km_s, moon_km_s)
            _horizontal(*place, *motion, *slownesses, start, *(values[index] for values in found))
    return found


def _arctangent_polynomial() -> FloatArray:
    """Coefficients of arctan(t) / t in t * t for |t| <= tan(pi / 8), right to 1e-15."""
    reach = math.tan(math.pi / 8.0) ** 2
    fit = np.polynomial.Chebyshev.interpolate(
        lambda z: np.arctan(np.sqrt(z)) / np.sqrt(z), 9, domain=[0.0, reach]
    )
    return np.asarray(fit.convert(kind=np.polynomial.Polynomial).coef)


_ARCTANGENT = _arctangent_polynomial()
_EIGHTH_TURN = math.tan(math.pi / 8.0)


@compiled_part(makes_arrays=False, forceinline=True)
def angle_rad(y: float, x: float) -> float:
    """arctan2(y, x) without branches and calls, so that the loop around it becomes vector code.

    There it takes 1 ns where the library's takes 10 ns; right to 1e-15 rad.
    """
    wide, tall = abs(x), abs(y)
    ratio = min(wide, tall) / max(wide, tall, 1e-300)
    steep = ratio > _EIGHTH_TURN
    t = (ratio - 1.0) / (ratio + 1.0) if steep else ratio
    z = t * t
    series = 0.0
    for k in range(9, -1, -1):
        series = _ARCTANGENT[k] + z * series
    angle = t * series + (0.25 * np.pi if steep else 0.0)
    angle = 0.5 * np.pi - angle if tall > wide else angle
    angle = np.pi - angle if x < 0.0 else angle
    return -angle if y < 0.0 else angle


def _turned(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    turned = np.empty_like(vectors)
    _turn(matrices, vectors, turned)
    return turned


@compiled(makes_arrays=False)
def _turn(matrices: FloatArray, vectors: FloatArray, turned: FloatArray) -> None:
    for j in range(vectors.shape[1]):
        x, y, z = vectors[0, j], vectors[1, j], vectors[2, j]
        for row in range(3):
            turned[row, j] = (
                matrices[row, 0, j] * x + matrices[row, 1, j] * y + matrices[row, 2, j] * z
            )


@compiled(makes_arrays=False)
def _horizontal(
    site_km: FloatArray,
    axes: FloatArray,
    target_km: FloatArray,
    target_km_s: FloatArray,
    moon_km_s: FloatArray,
    slowness_s_km: float,
    aberration_s_km: float,
    offset: int,
    azimuth_deg: FloatArray,
    elevation_deg: FloatArray,
    distance_m: FloatArray,
) -> None:
    """Azimuth, elevation and distance for every place and epoch; vectors are in the body frame.

    Light time: one step from the geometric distance, as SPICE's LT. Aberration: the direction u is
    turned towards the observer's velocity v by asin|u x v/c|, as SPICE's `stelab`.
    """
    for i in range(site_km.shape[0]):
        east, north, up = axes[i, 0], axes[i, 1], axes[i, 2]
        sx, sy, sz = site_km[i, 0], site_km[i, 1], site_km[i, 2]
        # Librations change the Moon's rotation by 5e-4 of itself: 4e-10 deg of aberration.
        spin_x, spin_y = -MOON_SPIN_RAD_S * sy, MOON_SPIN_RAD_S * sx
        for j in range(target_km.shape[1]):
            x, y, z = target_km[0, j] - sx, target_km[1, j] - sy, target_km[2, j] - sz
            light_s = slowness_s_km * np.sqrt(x * x + y * y + z * z)
            x -= light_s * target_km_s[0, j]
            y -= light_s * target_km_s[1, j]
            z -= light_s * target_km_s[2, j]
            distance = np.sqrt(x * x + y * y + z * z)
            x, y, z = x / distance, y / distance, z / distance
            vx = aberration_s_km * (moon_km_s[0, j] + spin_x)
            vy = aberration_s_km * (moon_km_s[1, j] + spin_y)
            vz = aberration_s_km * moon_km_s[2, j]
            along = x * vx + y * vy + z * vz
            vx, vy, vz = vx - along * x, vy - along * y, vz - along * z
            cosine = np.sqrt(1.0 - (vx * vx + vy * vy + vz * vz))
            x, y, z = cosine * x + vx, cosine * y + vy, cosine * z + vz
            e = east[0] * x + east[1] * y + east[2] * z
            n = north[0] * x + north[1] * y + north[2] * z
            u = up[0] * x + up[1] * y + up[2] * z
            turn = _DEGREES * angle_rad(e, n)
            turn = turn + 360.0 if turn < 0.0 else turn
            azimuth_deg[i, offset + j] = turn if turn < 360.0 else 0.0  # -1e-20 + 360 is 360
            elevation_deg[i, offset + j] = _DEGREES * angle_rad(u, np.sqrt(e * e + n * n))
            distance_m[i, offset + j] = 1e3 * distance
