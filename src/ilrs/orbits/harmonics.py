"""The pull of a gravity field at a point, without singular places.

Pines' formulation (1973), AIAA Journal 11, 1508, doi:10.2514/3.50619, with fully normalised
coefficients: the potential is a polynomial in the direction cosines of the point, so the poles are
places like any other. Recursions run over the degree within an order, the stable way.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled, compiled_part
from ilrs.orbits.gravity import GravityField

__all__ = ["Harmonics", "field_acceleration_m_s2", "harmonics_of", "pull"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Harmonics(NamedTuple):
    """A field as its kernel wants it."""

    gm: float
    radius: float
    first: FloatArray  # (degree + 1,): of each order, the function of its first degree
    terms: FloatArray  # (degree + 1, degree + 1, 6), by order and degree


def harmonics_of(field: GravityField) -> Harmonics:
    """A field with the factors of the recursion worked out."""
    size = field.degree + 1
    ratio = np.array([1.0, 1.0 if size == 1 else np.sqrt(3.0)])[:size]
    m = np.arange(2.0, size)
    first = np.cumprod(np.concatenate([ratio, np.sqrt((2 * m + 1) / (2 * m))]))
    m, n = np.meshgrid(np.arange(float(size)), np.arange(float(size)), indexing="ij")
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = (n - m) * (n + m)
        one = np.sqrt((4 * n * n - 1) / apart)
        two = np.sqrt((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((2 * n - 3) * apart))
        slope = np.sqrt((n - m) * (n + m + 1) * np.where(m == 0, 0.5, 1.0))
    cosine, sine = field.cosine.T.copy(), field.sine.T
    cosine[0, 0] -= 1.0  # the central pull is added by itself
    terms = np.zeros((size, size, 6))
    terms[..., 0] = np.where(n > m, one, 0.0)
    terms[..., 1] = np.where(n > m + 1, two, 0.0)
    terms[..., 2], terms[..., 3] = cosine, sine
    # The slope of a function is the function of the order above: what multiplies it stands there.
    above = np.where(n > m, slope, 0.0)[:-1]
    terms[1:, :, 4], terms[1:, :, 5] = above * cosine[:-1], above * sine[:-1]
    return Harmonics(field.gm_m3_s2, field.radius_m, first, terms)


def field_acceleration_m_s2(field: GravityField, position_m: npt.ArrayLike) -> FloatArray:
    """Acceleration by a field at points in its own axes, shape (..., 3). [m s-2]"""
    points = np.asarray(position_m, dtype=np.float64)
    flat = points.reshape(-1, 3)
    found = np.empty(flat.shape)
    _pulls(harmonics_of(field), flat, found)
    return found.reshape(points.shape)


@compiled(makes_arrays=False)
def _pulls(harmonics: Harmonics, points: FloatArray, found: FloatArray) -> None:
    for k in range(points.shape[0]):
        x, y, z = points[k, 0], points[k, 1], points[k, 2]
        r2 = x * x + y * y + z * z
        central = -harmonics.gm / (r2 * np.sqrt(r2))
        ax, ay, az = pull(harmonics, x, y, z)
        found[k, 0], found[k, 1], found[k, 2] = ax + central * x, ay + central * y, az + central * z


@compiled_part(makes_arrays=False, fastmath={"contract"})
def pull(harmonics: Harmonics, x: float, y: float, z: float) -> tuple[float, float, float]:
    """What a field adds to its central pull at a point in its own axes. [m s-2]"""
    terms, size = harmonics.terms, harmonics.first.size
    r = np.sqrt(x * x + y * y + z * z)
    s, t, u, q = x / r, y / r, z / r, harmonics.radius / r
    uq, q2 = u * q, q * q
    re, im, re_below, im_below = 1.0, 0.0, 0.0, 0.0  # (s + i t) to the power of the order
    power = 1.0
    east = north = up = out = 0.0
    for m in range(size):
        value, last, last_but_one = harmonics.first[m] * power, 0.0, 0.0
        c0 = s0 = cn = sn = cz = sz = 0.0
        for n in range(m, size):
            if n > m:
                value = (terms[m, n, 0] * uq) * last - (terms[m, n, 1] * q2) * last_but_one
            c, d = terms[m, n, 2] * value, terms[m, n, 3] * value
            c0 += c
            s0 += d
            cn += (n + 1) * c
            sn += (n + 1) * d
            cz += terms[m, n, 4] * value
            sz += terms[m, n, 5] * value
            last_but_one, last = last, value
        east += m * (c0 * re_below + s0 * im_below)
        north += m * (s0 * re_below - c0 * im_below)
        up += cz * re_below + sz * im_below
        out += (cn + m * c0) * re + (sn + m * s0) * im
        re_below, im_below = re, im
        re, im = s * re - t * im, s * im + t * re
        power *= q
    out += u * up
    strength = harmonics.gm / (r * r)
    return (
        strength * (east - s * out), strength * (north - t * out), strength * (up - u * out),
    )  # fmt: skip
