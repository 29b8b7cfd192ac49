"""What pulls and pushes a craft about the Moon, and the acceleration of all of it.

The Moon's field acts in the principal axes it belongs to, Earth and Sun as points, sunlight on a
ball. Where Earth and Sun are and how the axes lie is tabulated over the span of a propagation as
polynomials of half a day, which keep 15 digits; the kernel then needs no file and no calendar.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

from ilrs.foundation.compiled import compiled, compiled_part
from ilrs.foundation.errors import IlrsError
from ilrs.moon.light import ASTRONOMICAL_UNIT_M, SOLAR_IRRADIANCE_W_M2
from ilrs.orbits.gravity import GravityField, default_gravity_field
from ilrs.orbits.harmonics import Harmonics, harmonics_of, pull
from ilrs.sky.directions import BODY_RADIUS_M, LIGHT_M_S, MOON_RADIUS_M
from ilrs.sky.kernels import EARTH, MOON, SUN
from ilrs.sky.sky import Sky

__all__ = ["EARTH_GM_M3_S2", "SUN_GM_M3_S2", "ForceModel", "Forces", "acceleration",
           "accelerations_m_s2", "forces_over", "sunlit"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]

EARTH_GM_M3_S2 = 3.9860043550702266e14  # DE440, BODY399_GM of NAIF's gm_de440.tpc
SUN_GM_M3_S2 = 1.3271244004127942e20  # DE440, BODY10_GM

_SUN_RADIUS_M = BODY_RADIUS_M[SUN]
# In half a day the Moon turns by 0.115 rad: the tenth polynomial of such an arc is 1e-18. The edges
# of DE440 and of the librations' records (4 and 8 days from a midnight TDB) fall on edges of ours.
_TABLE_S = 43_200.0
_TABLE_SIZE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceModel:
    """What acts on a craft; each part can be left out."""

    gravity: GravityField = field(default_factory=default_gravity_field)
    has_earth: bool = True
    has_sun: bool = True
    area_to_mass_m2_kg: float = 0.0  # sunlit area over mass; 0 leaves the pressure of light out
    reflectivity: float = 0.0  # 0 takes up all light, 1 sends it all back

    def __post_init__(self) -> None:
        if not (0.0 <= self.area_to_mass_m2_kg < 1e3 and 0.0 <= self.reflectivity <= 1.0):
            raise IlrsError(
                f"a craft of {self.area_to_mass_m2_kg:g} m2/kg and reflectivity "
                f"{self.reflectivity:g}",
                "area over mass is 0 or more (0.005 to 0.05 for most craft), reflectivity 0 to 1",
                "Give the area that faces the Sun in m2 over the mass in kg.",
            )

    @property
    def text(self) -> str:
        """What acts, in words, for provenance."""
        parts = [self.gravity.text]
        parts += ["Earth"] * self.has_earth + ["Sun"] * self.has_sun
        if self.area_to_mass_m2_kg:
            light = f"sunlight on {self.area_to_mass_m2_kg:g} m2/kg"
            parts.append(f"{light} of reflectivity {self.reflectivity:g}")
        return ", ".join(parts)


class Forces(NamedTuple):
    """A force model over a span, as its kernel wants it; times in it count from an origin."""

    first_s: float  # where the first interval of an uncut table would begin
    bounds_s: FloatArray  # (intervals, 2): middle and half length
    table: FloatArray  # (intervals, polynomials, 15): axes by row, Earth [m], Sun [m]
    harmonics: Harmonics
    earth_gm: float  # 0 where Earth is left out
    sun_gm: float
    light: float  # acceleration by full sunlight, times its distance squared [m3 s-2]


def forces_over(
    model: ForceModel,
    span_tdb_s: tuple[float, float],
    *,
    origin_tdb_s: float,
    sky: Sky,
) -> Forces:
    """A force model made ready for a span, times counting from an origin.

    The orientation of `sky` is that of the field's own axes. Raises EphemerisRangeError where it or
    the ephemeris does not cover the span.
    """
    start_s, end_s = span_tdb_s
    _places(np.array([start_s, end_s]), sky)  # before the long work
    first_s = np.floor(start_s / _TABLE_S) * _TABLE_S
    count = max(int(np.ceil((end_s - first_s) / _TABLE_S)), 1)
    edges_s = first_s + _TABLE_S * np.arange(count + 1)
    edges_s[0], edges_s[-1] = start_s, end_s  # a kernel may end here
    half = 0.5 * np.diff(edges_s)
    middle = edges_s[:-1] + half
    nodes = chebyshev.chebpts1(_TABLE_SIZE)
    values = _places((middle[:, None] + half[:, None] * nodes).ravel(), sky)
    fit = chebyshev.chebvander(nodes, _TABLE_SIZE - 1).T * (2.0 / _TABLE_SIZE)
    fit[0] *= 0.5
    pressure = SOLAR_IRRADIANCE_W_M2 / LIGHT_M_S * ASTRONOMICAL_UNIT_M**2
    return Forces(
        first_s=float(first_s - origin_tdb_s),
        bounds_s=np.stack([middle - origin_tdb_s, half], axis=-1),
        table=fit @ values.reshape(count, _TABLE_SIZE, 15),
        harmonics=harmonics_of(model.gravity),
        earth_gm=EARTH_GM_M3_S2 * model.has_earth,
        sun_gm=SUN_GM_M3_S2 * model.has_sun,
        light=pressure * (1.0 + model.reflectivity) * model.area_to_mass_m2_kg,
    )


def _places(tdb_s: FloatArray, sky: Sky) -> FloatArray:
    """Axes by row and the vectors to Earth and Sun, (n, 15)."""
    axes = sky.orientation.matrices(tdb_s).reshape(-1, 9)
    bodies = [1e3 * sky.ephemeris.position_km(body, MOON, tdb_s) for body in (EARTH, SUN)]
    return np.concatenate([axes, *bodies], axis=1)


def accelerations_m_s2(
    forces: Forces, elapsed_s: npt.ArrayLike, position_m: npt.ArrayLike
) -> FloatArray:
    """ICRF accelerations at times from the origin (n,) and positions (n, 3). [m s-2]"""
    times, points = np.atleast_1d(elapsed_s).astype(float), np.atleast_2d(position_m).astype(float)
    found = np.empty(points.shape)
    _accelerations(forces, times, points, found)
    return found


@compiled()
def _accelerations(
    forces: Forces, elapsed_s: FloatArray, position_m: FloatArray, found: FloatArray
) -> None:
    places = np.empty(15)
    for k in range(elapsed_s.size):
        x, y, z = position_m[k, 0], position_m[k, 1], position_m[k, 2]
        found[k, 0], found[k, 1], found[k, 2] = acceleration(forces, places, elapsed_s[k], x, y, z)


# Counts references all the same: without, products and sums contract otherwise, and a relay is half
# a millimetre elsewhere after a year.
@compiled_part(fastmath={"contract"})
def acceleration(
    forces: Forces, places: FloatArray, elapsed_s: float, x: float, y: float, z: float
) -> tuple[float, float, float]:
    """ICRF acceleration at a time from the origin and a place; `places` is scratch. [m s-2]"""
    _places_at(forces, elapsed_s, places)
    gm = forces.harmonics.gm
    r2 = x * x + y * y + z * z
    central = -gm / (r2 * np.sqrt(r2))
    e, n, u = pull(
        forces.harmonics,
        places[0] * x + places[1] * y + places[2] * z,
        places[3] * x + places[4] * y + places[5] * z,
        places[6] * x + places[7] * y + places[8] * z,
    )
    ax = central * x + (places[0] * e + places[3] * n + places[6] * u)
    ay = central * y + (places[1] * e + places[4] * n + places[7] * u)
    az = central * z + (places[2] * e + places[5] * n + places[8] * u)
    if forces.earth_gm:
        bx, by, bz = _tide(forces.earth_gm, places[9], places[10], places[11], x, y, z)
        ax, ay, az = ax + bx, ay + by, az + bz
    if forces.sun_gm:
        bx, by, bz = _tide(forces.sun_gm, places[12], places[13], places[14], x, y, z)
        ax, ay, az = ax + bx, ay + by, az + bz
    if forces.light:
        dx, dy, dz = x - places[12], y - places[13], z - places[14]
        d2 = dx * dx + dy * dy + dz * dz
        push = forces.light * sunlit(dx, dy, dz, x, y, z) / (d2 * np.sqrt(d2))
        ax, ay, az = ax + push * dx, ay + push * dy, az + push * dz
    return ax, ay, az


@compiled_part(makes_arrays=False, fastmath={"contract"})
def _places_at(forces: Forces, elapsed_s: float, places: FloatArray) -> None:
    """Axes, Earth and Sun at a time, into `places`."""
    at = int((elapsed_s - forces.first_s) / _TABLE_S)
    at = min(max(at, 0), forces.table.shape[0] - 1)
    x = (elapsed_s - forces.bounds_s[at, 0]) / forces.bounds_s[at, 1]
    table = forces.table
    before, value = 1.0, x
    for c in range(15):
        places[c] = table[at, 0, c]
    for k in range(1, table.shape[1]):
        for c in range(15):
            places[c] += value * table[at, k, c]
        before, value = value, 2.0 * x * value - before


@compiled_part(makes_arrays=False, fastmath={"contract"})
def _tide(
    gm: float, bx: float, by: float, bz: float, x: float, y: float, z: float
) -> tuple[float, float, float]:
    """A body's pull on a craft less its pull on the Moon, both as points.

    The difference of the two cubes is Battin's f(q), which loses no digits: Battin (1999), An
    Introduction to the Mathematics and Methods of Astrodynamics.
    """
    b2 = bx * bx + by * by + bz * bz
    q = (x * (x - 2.0 * bx) + y * (y - 2.0 * by) + z * (z - 2.0 * bz)) / b2
    near = (1.0 + q) * np.sqrt(1.0 + q)
    f = q * (3.0 + q * (3.0 + q)) / (1.0 + near)
    strength = -gm / (b2 * np.sqrt(b2) * near)
    return strength * (x + f * bx), strength * (y + f * by), strength * (z + f * bz)


@compiled(makes_arrays=False)
def sunlit(dx: float, dy: float, dz: float, x: float, y: float, z: float) -> float:
    """Part of the Sun's disc that the Moon leaves in view, 0 to 1; d leads from Sun to craft."""
    d, r = np.sqrt(dx * dx + dy * dy + dz * dz), np.sqrt(x * x + y * y + z * z)
    sun, moon = np.arcsin(_SUN_RADIUS_M / d), np.arcsin(min(MOON_RADIUS_M / r, 1.0))
    apart = np.arccos(min(max((x * dx + y * dy + z * dz) / (d * r), -1.0), 1.0))
    if apart >= sun + moon:
        return 1.0
    if apart <= abs(moon - sun):
        return 0.0 if moon > sun else 1.0 - (moon / sun) ** 2
    # two discs cut each other in a line; each gives a segment of its own
    to_line = (apart * apart + sun * sun - moon * moon) / (2.0 * apart)
    width = np.sqrt(max(sun * sun - to_line * to_line, 0.0))
    covered = sun * sun * np.arccos(to_line / sun) - to_line * width
    covered += moon * moon * np.arccos((apart - to_line) / moon) - (apart - to_line) * width
    return float(1.0 - covered / (np.pi * sun * sun))
