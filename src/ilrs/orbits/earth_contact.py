"""How much of each time cell an antenna on the Moon and any antenna on Earth see each other.

A quick answer for years at once: `ilrs.orbits.sightlines.site_station_access` finds the windows of
one pair to 0.01 s, here margins are taken every ten minutes and are straight between. They bend by
0.014 deg in it as Earth turns, so that edges come within some 4 s; where an antenna on Earth only
grazes the ground of the Moon, within half a minute.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.angles import azimuth_deg
from ilrs.orbits.earth_station import EarthStation, stations_vectors
from ilrs.orbits.places import body_place
from ilrs.orbits.relay import site_position_m
from ilrs.orbits.skyline import SurfaceAntenna, sphere_horizon_deg
from ilrs.sky.kernels import EARTH
from ilrs.sky.sky import Sky
from ilrs.sky.sphere import site_axes

__all__ = ["earth_open_fraction"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_SAMPLE_S = 600.0
_EARTH_RADIUS_DEG = 1.1  # seen from the Moon, 1.02 at most, and how it moves in a sample


def earth_open_fraction(
    antennas: Sequence[SurfaceAntenna],
    stations: Sequence[EarthStation],
    *,
    edge_s: FloatArray,
    sky: Sky,
) -> FloatArray:
    """Part of each cell in which some station and each antenna see each other, (antennas, cells).

    The antennas stand at one place and differ in horizon and mask; cells are even, between edges in
    TDB past J2000. Above the terrain, and both masks.
    """
    cells = edge_s.size - 1
    parts = max(int(np.ceil((edge_s[-1] - edge_s[0]) / cells / _SAMPLE_S)), 1)
    t = np.interp(np.arange(cells * parts + 1), np.arange(cells + 1) * parts, edge_s)
    near = np.flatnonzero(_may_be_up(antennas, t, sky=sky))
    steps = near[:-1][np.diff(near) == 1]
    # Within a step a station is seen from its beginning on, or up to its end: the longest of each
    # kind together make the union of all stations.
    begun, ended = np.zeros((2, len(antennas), t.size - 1))
    for azimuth, elevation, over_deg in _views(antennas[0], stations, t[near], sky=sky):
        from_earth = _above(over_deg)
        for k, antenna in enumerate(antennas):
            from_moon = _above(elevation - _lowest_deg(antenna, azimuth))
            low = np.maximum(from_earth[0], from_moon[0])
            part = np.maximum(np.minimum(from_earth[1], from_moon[1]) - low, 0.0)
            part, at_end = part[np.diff(near) == 1], low[np.diff(near) == 1] > 0.0
            begun[k, steps] = np.maximum(begun[k, steps], np.where(at_end, 0.0, part))
            ended[k, steps] = np.maximum(ended[k, steps], np.where(at_end, part, 0.0))
    seen = np.minimum(begun + ended, 1.0)
    return np.asarray(seen.reshape(len(antennas), cells, parts).mean(axis=-1))


def _may_be_up(
    antennas: Sequence[SurfaceAntenna], t: FloatArray, *, sky: Sky
) -> npt.NDArray[np.bool_]:
    """Whether some of Earth may stand above what each antenna can use, with room for a sample."""
    place = antennas[0]
    _, elevation = _seen(place, _earth_m(t, sky=sky), sky.orientation.matrices(t))
    lowest = min(float(_lowest_deg(one, np.arange(0.0, 360.0, 0.5)).min()) for one in antennas)
    return np.asarray(elevation > lowest - _EARTH_RADIUS_DEG)


def _views(
    place: SurfaceAntenna, stations: Sequence[EarthStation], t: FloatArray, *, sky: Sky
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Azimuth and elevation of each station from the place, and the place's height above its mask.

    The second is in the station's own sky. [deg]
    """
    turns, earth_m = sky.orientation.matrices(t), _earth_m(t, sky=sky)
    here_m = site_position_m(place.latitude_deg, place.longitude_deg, height_m=place.height_m)
    site_m = here_m @ turns  # the transposed rotation
    for station, (at_m, zenith) in zip(stations, stations_vectors(stations, t), strict=True):
        line = site_m - earth_m - at_m
        sine = np.sum(zenith * line, axis=-1) / np.linalg.norm(line, axis=-1)
        azimuth, elevation = _seen(place, earth_m + at_m, turns)
        yield azimuth, elevation, np.degrees(np.arcsin(sine)) - station.mask_deg


def _earth_m(t: FloatArray, *, sky: Sky) -> FloatArray:
    """Where Earth's light comes from as it reaches the Moon, ICRF from the Moon's centre. [m]"""
    position_m, _ = body_place(EARTH, ephemeris=sky.ephemeris).ball(t, np.zeros_like(t))
    return position_m


def _seen(
    place: SurfaceAntenna, position_m: FloatArray, turns: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Azimuth and elevation of ICRF positions from a place on the Moon. [deg]"""
    here_m = site_position_m(place.latitude_deg, place.longitude_deg, height_m=place.height_m)
    axes = site_axes(place.latitude_deg, place.longitude_deg)
    line = np.einsum("nij,nj->ni", turns, position_m) - here_m
    east, north, up = axes @ line.T
    level = np.hypot(east, north)
    return azimuth_deg(np.degrees(np.arctan2(east, north))), np.degrees(np.arctan2(up, level))


def _lowest_deg(antenna: SurfaceAntenna, azimuth: FloatArray) -> FloatArray:
    """The lowest elevation that the antenna can use in each azimuth."""
    if antenna.azimuths_deg is None or antenna.horizon_deg is None:
        horizon = np.full(azimuth.shape, sphere_horizon_deg(antenna.height_m))
    else:
        horizon = np.interp(azimuth, antenna.azimuths_deg, antenna.horizon_deg, period=360.0)
    return np.asarray(np.maximum(horizon, antenna.mask_deg))


def _above(margin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """From and up to which part of each step a margin, straight between samples, is above 0."""
    first, last = margin[:-1], margin[1:]
    crosses = (first > 0.0) != (last > 0.0)
    at = np.where(crosses, first / np.where(crosses, first - last, 1.0), 0.0)
    low = np.where(crosses & (last > 0.0), at, 0.0)
    high = np.where(crosses & (first > 0.0), at, np.where(last > 0.0, 1.0, 0.0))
    return low, high
