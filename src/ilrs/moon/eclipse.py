"""Earth's eclipses of the Sun, as a place on the Moon sees them: on Earth, lunar eclipses."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb
from ilrs.moon.sun_disc import LIMB_DARKENING, sun_uncovered_fraction
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky

__all__ = ["earth_eclipses"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

# Sun and Earth pass each other at half a degree an hour; an eclipse of any kind ends within 3 h of
# its middle, so that hourly steps cannot miss a passage and 4 h lie outside every eclipse.
_STEP_S = 3600.0
_HALF_S = 4.0 * 3600.0
_TOLERANCE_S = 0.1
_EDGES = ("begins", "total_begins", "greatest", "total_ends", "ends")
_EDGE_NAMES = (
    "Earth's disc touches the Sun's", "the Sun is covered", "centres are nearest",
    "the Sun comes out again", "Earth's disc leaves the Sun's",
)  # fmt: skip


class _Passage(NamedTuple):
    """Separation of the centres and the two angular radii, each of the epochs' shape. [deg]"""

    separation_deg: FloatArray
    sun_deg: FloatArray
    earth_deg: FloatArray


def earth_eclipses(
    start_tdb_s: float,
    end_tdb_s: float,
    *,
    latitude_deg: float,
    longitude_deg: float,
    height_m: float = 0.0,
    sky: Sky,
    limb_darkening: float = LIMB_DARKENING,
) -> xr.Dataset:
    """Eclipses whose greatest moment lies in a span, on the dimension `eclipse`, in order.

    `begins_tdb_s`, `total_begins_tdb_s`, `greatest_tdb_s`, `total_ends_tdb_s`, `ends_tdb_s` [s] and
    the same as `…_utc`; the edges of totality are NaN (NaT) where the Sun is never wholly covered.
    `least_sun_fraction`: part of the Sun's light left at the greatest moment [1]. Times hold to 0.1
    s for a spherical Earth without air, whether or not the place's terrain lets the Sun be seen.
    Raises IlrsError for an empty span.
    """
    if not end_tdb_s > start_tdb_s:
        raise IlrsError(
            f"a span that ends {start_tdb_s - end_tdb_s:g} s before it starts",
            "eclipses are looked for from a start to a later end",
            "Exchange or correct the two.",
        )

    def passage(tdb_s: FloatArray) -> _Passage:
        return _passage(
            tdb_s, latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m,
            **sky.kernels,
        )  # fmt: skip

    greatest = _nearest(passage, start_tdb_s, end_tdb_s)
    near = passage(greatest)
    is_eclipse = near.separation_deg < near.sun_deg + near.earth_deg
    greatest, near = greatest[is_eclipse], _Passage(*(values[is_eclipse] for values in near))

    def partial(tdb_s: FloatArray) -> npt.NDArray[np.bool_]:
        at = passage(tdb_s)
        return at.separation_deg < at.sun_deg + at.earth_deg

    def total(tdb_s: FloatArray) -> npt.NDArray[np.bool_]:
        at = passage(tdb_s)
        return at.separation_deg + at.sun_deg <= at.earth_deg

    is_total = total(greatest)
    edges = np.array([
        _edge(partial, greatest, -_HALF_S),
        np.where(is_total, _edge(total, greatest, -_HALF_S), np.nan),
        greatest,
        np.where(is_total, _edge(total, greatest, _HALF_S), np.nan),
        _edge(partial, greatest, _HALF_S),
    ])  # fmt: skip
    least = sun_uncovered_fraction(
        near.separation_deg,
        sun_angular_radius_deg=near.sun_deg,
        earth_angular_radius_deg=near.earth_deg,
        limb_darkening=limb_darkening,
    )
    return _dataset(edges, np.where(is_total, 0.0, least))


def _passage(tdb_s: FloatArray, **place: Any) -> _Passage:
    azimuth, elevation, distance = apparent_directions((SUN, EARTH), tdb_s, **place)
    turn = np.radians(azimuth[1] - azimuth[0])
    rise = np.radians(elevation[1] - elevation[0])
    level = np.cos(np.radians(elevation[0])) * np.cos(np.radians(elevation[1]))
    # Haversines, which keep their digits for small separations.
    square = np.sin(0.5 * rise) ** 2 + level * np.sin(0.5 * turn) ** 2
    separation = 2.0 * np.degrees(np.arcsin(np.minimum(np.sqrt(square), 1.0)))
    sun, earth = (
        angular_radius_deg(distance[index], radius_m=BODY_RADIUS_M[body])
        for index, body in enumerate((SUN, EARTH))
    )
    return _Passage(separation, sun, earth)


def _nearest(
    passage: Callable[[FloatArray], _Passage], start_tdb_s: float, end_tdb_s: float
) -> FloatArray:
    """Moments within the span at which Earth passes the Sun within 3 deg, to the tolerance."""
    t = np.arange(start_tdb_s - _STEP_S, end_tdb_s + 2.0 * _STEP_S, _STEP_S)
    separation = passage(t).separation_deg
    middle = separation[1:-1]
    lowest = (middle <= separation[:-2]) & (middle < separation[2:]) & (middle < 3.0)
    low, high = t[:-2][lowest], t[2:][lowest]
    while low.size and float((high - low).max()) > _TOLERANCE_S:
        third = (high - low) / 3.0
        falls = passage(low + third).separation_deg > passage(high - third).separation_deg
        low, high = np.where(falls, low + third, low), np.where(falls, high, high - third)
    found = 0.5 * (low + high)
    return np.asarray(found[(found >= start_tdb_s) & (found < end_tdb_s)])


def _edge(
    holds: Callable[[FloatArray], npt.NDArray[np.bool_]], inside_s: FloatArray, away_s: float
) -> FloatArray:
    """Where `holds` ends between moments inside and so far away from them, by bisection."""
    inside, outside = inside_s.copy(), inside_s + away_s
    for _ in range(int(np.ceil(np.log2(abs(away_s) / _TOLERANCE_S)))):
        middle = 0.5 * (inside + outside)
        still = holds(middle)
        inside, outside = np.where(still, middle, inside), np.where(still, outside, middle)
    return 0.5 * (inside + outside)


def _dataset(edges: FloatArray, least: FloatArray) -> xr.Dataset:
    variables: dict[str, Any] = {}
    for name, text, values in zip(_EDGES, _EDGE_NAMES, edges, strict=True):
        known = np.isfinite(values)
        utc = np.full(values.shape, np.datetime64("NaT", "ns"))
        utc[known] = utc_from_tdb(values[known])
        variables[f"{name}_tdb_s"] = (
            "eclipse", values, {"units": "s", "long_name": f"{text}, TDB past J2000"},
        )  # fmt: skip
        variables[f"{name}_utc"] = ("eclipse", utc, {"long_name": f"{text}, UTC"})
    variables["least_sun_fraction"] = (
        "eclipse", least, {"units": "1", "long_name": "part of the Sun's light left at the most"},
    )  # fmt: skip
    return xr.Dataset(variables)
