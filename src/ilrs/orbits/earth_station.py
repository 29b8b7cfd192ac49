"""Antennas on the turning Earth: where they are, and how high a place stands in their sky.

Precession and nutation are those of IAU 2006/2000B, through ERFA. UT1 is taken as UTC plus
`dut1_s`: left at 0 it turns the Earth by at most 0.9 s of time, 0.004 deg, and moves rise and set
by as much time. Polar motion (0.6 arcsec, 0.04 s) and refraction (0.1 deg at 9 deg of elevation,
where it lengthens a contact by up to a minute) are left out; so is the light time, 1.2 to 1.4 s
between the clocks of the two ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import erfa
import numpy as np
import numpy.typing as npt

from ilrs.foundation.angles import azimuth_deg
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.time import DAY_S, utc_from_tdb
from ilrs.orbits.places import Place, body_place
from ilrs.sky.kernels import EARTH, Ephemeris
from ilrs.sky.sphere import site_axes

__all__ = ["EARTH_SPIN_RAD_S", "EarthStation", "station_look_angles", "station_named",
           "station_place", "station_vectors", "stations_vectors"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Rate of the Earth rotation angle, IAU 2000 Resolution B1.8. [rad/s]
EARTH_SPIN_RAD_S = 2 * np.pi * 1.00273781191135448 / DAY_S

_WGS84 = 1  # ERFA's number of the ellipsoid
_J2000 = 2_451_545.0
_J2000_NOON = np.datetime64("2000-01-01T12:00:00", "us")
# The pole's fastest nutation of note takes 5 d and 0.1 arcsec: straight lines between nodes 2 h
# apart leave (2 h)^2 / 8 * 0.1 arcsec * (2 pi / 5 d)^2 = 1.4e-4 arcsec of it, 4 mm on the ground.
_NODE_S = 7_200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EarthStation:
    """An antenna on Earth by geodetic coordinates, its height above the WGS84 ellipsoid."""

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float = 0.0
    mask_deg: float = 10.0

    def __post_init__(self) -> None:
        if not (abs(self.latitude_deg) <= 90.0 and abs(self.longitude_deg) <= 360.0):
            raise IlrsError(
                f"the station {self.name} at latitude {self.latitude_deg:g} deg, longitude "
                f"{self.longitude_deg:g} deg",
                "latitudes lie between -90 and 90 deg, longitudes between -360 and 360, east "
                "positive",
                "Correct its coordinates; they may be exchanged.",
            )
        if not -1e3 <= self.height_m <= 1e4:
            raise IlrsError(
                f"the station {self.name} at a height of {self.height_m:g} m",
                "heights count in metres from the WGS84 ellipsoid, from -1000 to 10000 m",
                "Correct its height.",
            )
        if not abs(self.mask_deg) <= 90.0:
            raise IlrsError(
                f"the station {self.name} with a mask of {self.mask_deg:g} deg",
                "a mask is an elevation, from -90 (none) to 90 deg",
                "Give the lowest elevation that the antenna can use.",
            )


def station_named(name: str, stations: Sequence[EarthStation]) -> EarthStation:
    """The station of a name. Raises IlrsError, with the nearest name, where there is none."""
    names = [station.name for station in stations]
    if name not in names:
        raise IlrsError(
            f"there is no Earth station {name!r}",
            f"the stations are {', '.join(names) or '(none)'}",
            did_you_mean(name, names, otherwise="Name one of them, or add it to the list."),
        )
    return stations[names.index(name)]


def station_vectors(
    station: EarthStation, tdb_s: npt.ArrayLike, *, dut1_s: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Position from the Earth's centre [m] and zenith (a unit vector), ICRF, (n, 3) each."""
    (vectors,) = stations_vectors([station], tdb_s, dut1_s=dut1_s)
    return vectors


def stations_vectors(
    stations: Sequence[EarthStation], tdb_s: npt.ArrayLike, *, dut1_s: float = 0.0
) -> list[tuple[FloatArray, FloatArray]]:
    """The vectors of `station_vectors` of several stations, the Earth turned once for all."""
    to_earth = _icrf_to_earth(np.asarray(tdb_s, dtype=np.float64), dut1_s=dut1_s)
    return [
        (
            np.einsum("nij,i->nj", to_earth, _fixed_m(station)),
            np.einsum(
                "nij,i->nj", to_earth, site_axes(station.latitude_deg, station.longitude_deg)[2]
            ),
        )
        for station in stations
    ]


def station_look_angles(
    position_m: npt.ArrayLike,
    tdb_s: npt.ArrayLike,
    *,
    station: EarthStation,
    ephemeris: Ephemeris,
    dut1_s: float = 0.0,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Azimuth [deg], elevation [deg] and range [m] of places, seen from a station, (n,) each.

    Positions (n, 3) are ICRF from the Moon's centre; the elevation is above the ellipsoid's plane.
    """
    t = np.asarray(tdb_s, dtype=np.float64)
    centre_m, _ = body_place(EARTH, ephemeris=ephemeris).ball(t, np.zeros_like(t))
    from_earth_m = np.asarray(position_m, dtype=np.float64) - centre_m
    in_earth_m = np.einsum("nij,nj->ni", _icrf_to_earth(t, dut1_s=dut1_s), from_earth_m)
    away_m = in_earth_m - _fixed_m(station)
    axes = site_axes(station.latitude_deg, station.longitude_deg)
    east, north, up = (away_m @ axes.T).T
    level = np.hypot(east, north)
    return (
        azimuth_deg(np.degrees(np.arctan2(east, north))),
        np.degrees(np.arctan2(up, level)),
        np.hypot(level, up),
    )


def station_place(station: EarthStation, *, ephemeris: Ephemeris, dut1_s: float = 0.0) -> Place:
    """A station as an end of a link. Its ball raises EphemerisRangeError outside the ephemeris."""
    earth = body_place(EARTH, ephemeris=ephemeris)
    speed_m_s = EARTH_SPIN_RAD_S * 6.4e6

    def ball(t_s: FloatArray, half_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        centre_m, reach_m = earth.ball(t_s, half_s)
        position_m, _ = station_vectors(station, t_s, dut1_s=dut1_s)
        return centre_m + position_m, reach_m + speed_m_s * half_s

    return Place(name=station.name, ball=ball, joins_s=np.empty(0))


def _fixed_m(station: EarthStation) -> FloatArray:
    longitude, latitude = np.radians([station.longitude_deg, station.latitude_deg])
    return np.asarray(erfa.gd2gc(_WGS84, longitude, latitude, station.height_m))


def _icrf_to_earth(tdb_s: FloatArray, *, dut1_s: float) -> FloatArray:
    """Rotations from the ICRF's axes to the Earth's, (n, 3, 3), without polar motion."""
    if not tdb_s.size:
        return np.empty((0, 3, 3))
    utc_s = (utc_from_tdb(tdb_s) - _J2000_NOON) / np.timedelta64(1, "s")
    angle = erfa.era00(_J2000, (utc_s + dut1_s) / DAY_S)
    to_intermediate = erfa.c2ixys(*_pole(tdb_s))
    return np.asarray(erfa.c2tcio(to_intermediate, angle, np.eye(3)))


def _pole(tdb_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """X, Y of the celestial intermediate pole and the locator s, from nodes around. [rad]

    TDB serves for TT: the pole moves by 1e-9 arcsec in the 2 ms between them.
    """
    nodes, place = np.unique(np.floor(tdb_s / _NODE_S), return_inverse=True)
    x, y, s = (
        values.reshape(2, -1) for values in _pole_at(np.concatenate([nodes, nodes + 1.0]) * _NODE_S)
    )
    share = tdb_s / _NODE_S - nodes[place]

    def _between(values: FloatArray) -> FloatArray:
        return np.asarray((1.0 - share) * values[0, place] + share * values[1, place])

    return _between(x), _between(y), _between(s)


def _pole_at(tt_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    days = tt_s / DAY_S
    matrix = erfa.pn06(_J2000, days, *erfa.nut00b(_J2000, days))[-1]
    x, y = erfa.bpn2xy(matrix)
    return x, y, erfa.s06(_J2000, days, x, y)
