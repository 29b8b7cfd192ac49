"""How long parts of a body's disc stand in each piece of the sky: light without stepping.

For every grid azimuth a table says, for every horizon there could be, what share of a span the disc
stands above it. A place's mean light is then one look-up per azimuth, for any span.

The disc is cut into vertical strips (Gauss-Chebyshev, as in `ilrs.moon.light`), so a strip counts
in the azimuth where it stands, not where the disc's centre does. Between two grid azimuths a strip
counts in both, by nearness: light is linear between azimuths there, where stepping takes the
horizon as linear.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from ilrs.foundation.errors import IlrsError

__all__ = ["SkyDensity", "sky_density"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_STRIPS = 15
# Tables run over the sine of the horizon's elevation, in steps as fine as a horizon map's codes.
_SINE_STEP = 5e-5  # 0.0029 deg
# Where the body goes high, steps are coarser, so that tables stay below 24 MB each: what half a
# step can err is 6e-5 of its whole swing, and of its light.
_MOST_SINES = 8192


class SkyDensity(NamedTuple):
    """Tables over grid azimuth and the sine of a horizon's elevation; only azimuths ever visited.

    `tables` has the shape (1 + 1 + weights, azimuths, sines): the share of the epochs in which the
    limb stands above the horizon; the mean part of the disc above it; the same times each weight.
    """

    azimuth_index: npt.NDArray[np.int64]
    sine_azimuth: FloatArray
    cosine_azimuth: FloatArray
    ceiling_sine: FloatArray  # highest point of the disc ever nearest to that azimuth, else -2
    first_sine: float
    sine_step: float
    tables: npt.NDArray[np.float32]


def sky_density(
    azimuth_deg: FloatArray,
    elevation_deg: FloatArray,
    *,
    angular_radius_deg: FloatArray,
    limb_deg: FloatArray,
    weights: FloatArray,
    grid_azimuths_deg: FloatArray,
) -> SkyDensity:
    """The density of a disc over the sky, from its way through it; arrays of shape (epochs,).

    `limb_deg` is the elevation of the point that decides whether the body is in view; `weights`
    (weights, epochs) are for instance the irradiance. Raises IlrsError for azimuths that are not
    spread evenly over the circle.
    """
    first_deg, step_deg = _even_circle(grid_azimuths_deg)
    top = np.radians(elevation_deg + angular_radius_deg)
    bottom = np.radians(elevation_deg - angular_radius_deg)
    lowest = np.sin(max(float(bottom.min()), -0.5 * np.pi))
    last = np.sin(min(float(top.max()), 0.5 * np.pi))
    sine_step = max(_SINE_STEP, float(last - lowest) / _MOST_SINES)
    first = lowest - 2.0 * sine_step
    sines = int((last - first) / sine_step) + 4
    count = grid_azimuths_deg.size
    kinks = np.zeros((1 + len(weights), count, sines))
    steps = np.zeros((count, sines))
    ceiling = np.full(count, -2.0)
    _deposit(
        (azimuth_deg - first_deg) / step_deg,
        np.radians(elevation_deg), np.radians(angular_radius_deg), np.radians(limb_deg),
        np.vstack([np.ones(azimuth_deg.size), weights]) / azimuth_deg.size,
        np.degrees(1.0) / step_deg, first, sine_step, kinks, steps, ceiling,
    )  # fmt: skip
    slopes = np.cumsum(kinks, axis=2)
    ramps = np.zeros_like(kinks)
    np.cumsum(slopes[:, :, :-1], axis=2, out=ramps[:, :, 1:])
    shares = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    tables = np.concatenate([shares[None], ramps - ramps[:, :, -1:]])
    visited = np.flatnonzero(tables[:2, :, 0].max(axis=0) > 0.0)
    angle = np.radians(grid_azimuths_deg[visited])
    return SkyDensity(
        visited, np.sin(angle), np.cos(angle), ceiling[visited], first, sine_step,
        np.ascontiguousarray(np.maximum(tables[:, visited], 0.0), dtype=np.float32),
    )  # fmt: skip


def _even_circle(grid_azimuths_deg: FloatArray) -> tuple[float, float]:
    count = grid_azimuths_deg.size
    step_deg = 360.0 / max(count, 1)
    wanted = grid_azimuths_deg[:1] + step_deg * np.arange(count)
    if count < 8 or not np.allclose(grid_azimuths_deg, wanted, atol=1e-6):
        raise IlrsError(
            f"{count} grid azimuths that are not spread evenly over the circle",
            "at least 8 azimuths, 360 deg over their number apart, are needed to map light",
            "Make the horizon map with such azimuths, for instance 0, 1, 2, … 359 deg.",
        )
    return float(grid_azimuths_deg[0]), step_deg


@njit(cache=True, error_model="numpy")
def _deposit(
    place: FloatArray,
    elevation: FloatArray,
    radius: FloatArray,
    limb: FloatArray,
    weights: FloatArray,
    places_per_radian: float,
    first_sine: float,
    sine_step: float,
    kinks: FloatArray,
    steps: FloatArray,
    ceiling: FloatArray,
) -> None:
    """Adds every strip's fall from seen to unseen as two kinks, and every limb as a step."""
    count, sines = steps.shape
    for t in range(place.size):
        across = radius[t] / max(np.cos(elevation[t]), 1e-3) * places_per_radian
        limb_node = int((np.sin(limb[t]) - first_sine) / sine_step)
        centre = int(np.floor(place[t]))
        near = place[t] - centre
        steps[centre % count, limb_node] += weights[0, t] * (1.0 - near)
        steps[(centre + 1) % count, limb_node] += weights[0, t] * near
        for i in range(_STRIPS):
            turn = (i + 1) * np.pi / (_STRIPS + 1)
            share = 2.0 / (_STRIPS + 1) * np.sin(turn) ** 2
            half = radius[t] * np.sin(turn)
            # At the zenith a disc would reach over to the other side.
            top = min(elevation[t] + half, 0.5 * np.pi)
            low = (np.sin(max(elevation[t] - half, -0.5 * np.pi)) - first_sine) / sine_step
            high = (np.sin(top) - first_sine) / sine_step
            strip = place[t] + across * np.cos(turn)
            cell = int(np.floor(strip))
            near = strip - cell
            under = (cell + (1 if near > 0.5 else 0)) % count
            ceiling[under] = max(ceiling[under], np.sin(top))
            for side in range(2):
                k = (cell + side) % count
                part = share * (near if side else 1.0 - near) / (high - low)
                for edge in range(2):
                    q = high if edge else low
                    node = int(q)
                    f = q - node
                    for w in range(weights.shape[0]):
                        slope = part * weights[w, t] * (1.0 if edge else -1.0)
                        kinks[w, k, node] += slope * (1.0 - f)
                        kinks[w, k, node + 1] += slope * f
