"""The potential of a gravity field, by scipy's Legendre functions and not by our recursions."""

import numpy as np
from scipy.special import sph_legendre_p_all

from ilrs.orbits.gravity import GravityField


def potential_m2_s2(field: GravityField, position_m: np.ndarray) -> np.ndarray:
    """Potential (positive) at points (n, 3) in the field's own axes. [m2 s-2]"""
    x, y, z = position_m.T
    r = np.linalg.norm(position_m, axis=1)
    longitude, degree = np.arctan2(y, x), field.degree
    functions = sph_legendre_p_all(degree, degree, np.arctan2(np.hypot(x, y), z))[0]
    total = np.zeros(r.size)
    for n in range(degree + 1):
        for m in range(n + 1):
            # of unit integral over the sphere and with the sign (-1)^m; geodesy has 4 pi and none
            scale = np.sqrt(4.0 * np.pi * (2 - (m == 0))) * (-1) ** m
            wave = field.cosine[n, m] * np.cos(m * longitude)
            wave += field.sine[n, m] * np.sin(m * longitude)
            total += scale * (field.radius_m / r) ** n * functions[n, m] * wave
    return field.gm_m3_s2 / r * total
