"""Electric power made on the Moon: vertical solar arrays on masts, and generators.

Not here yet: shadows of one array on another, temperature of the cells, dust, cables.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.angles import azimuth_difference_deg
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import JULIAN_YEAR_S

__all__ = ["array_power_w", "at_mast_height", "facing_fraction", "remaining_fraction"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray


def at_mast_height(
    visible_fraction: Values, mast_height_m: float, *, heights_m: Values
) -> FloatArray:
    """Visible part of a disc at one mast height, linear between the heights known. [1]

    `visible_fraction` has shape (height, time), `heights_m` the heights of its rows; the answer
    has shape (time). Raises IlrsError for a height outside those known: the horizon seen from a
    higher mast is another horizon, and is computed, not guessed.
    """
    rows = np.asarray(visible_fraction, dtype=np.float64)
    heights = np.asarray(heights_m, dtype=np.float64)
    order = np.argsort(heights)
    rows, heights = rows[order], heights[order]
    if not heights[0] <= mast_height_m <= heights[-1]:
        raise IlrsError(
            f"a mast of {mast_height_m:g} m",
            f"the environment holds the light from {heights[0]:g} m to {heights[-1]:g} m",
            "Choose a height between them, or add that height to the site's horizon profile.",
        )
    above = int(np.searchsorted(heights, mast_height_m))
    if heights[above] == mast_height_m:
        return np.array(rows[above])
    weight = (mast_height_m - heights[above - 1]) / (heights[above] - heights[above - 1])
    return np.asarray((1.0 - weight) * rows[above - 1] + weight * rows[above])


def facing_fraction(
    sun_azimuth_deg: Values,
    sun_elevation_deg: Values,
    *,
    panel_azimuth_deg: float | None = None,
) -> FloatArray:
    """Cosine of the Sun's incidence on a vertical panel; 0 when the Sun is behind it. [1]

    Without `panel_azimuth_deg` the panel turns after the Sun's azimuth. Any shape, degrees.
    Duffie and Beckman, Solar Engineering of Thermal Processes, eq. 1.6.3 with a slope of 90 deg,
    doi:10.1002/9781118671603.
    """
    level = np.cos(np.radians(np.asarray(sun_elevation_deg, dtype=np.float64)))
    if panel_azimuth_deg is None:
        return np.broadcast_arrays(level, np.asarray(sun_azimuth_deg))[0].copy()
    turn = np.radians(azimuth_difference_deg(sun_azimuth_deg, panel_azimuth_deg))
    return np.asarray(level * np.maximum(np.cos(turn), 0.0))


def array_power_w(
    solar_irradiance_w_m2: Values,
    sun_visible_fraction: Values,
    *,
    facing: Values,
    area_m2: float,
    efficiency: float,
) -> FloatArray:
    """Electric power of a flat array: area x efficiency x light that falls on it. [W]

    `solar_irradiance_w_m2` is that of the whole disc, normal to the Sun; `facing` the cosine of
    its incidence. All arrays of one shape.
    """
    light = np.asarray(solar_irradiance_w_m2, dtype=np.float64) * sun_visible_fraction
    return np.asarray(area_m2 * efficiency * light * np.asarray(facing, dtype=np.float64))


def remaining_fraction(t_s: Values, *, loss_per_year: float) -> FloatArray:
    """What is left after `t_s` seconds when a fixed part is lost in every Julian year. [1]

    The yearly losses compound: (1 - loss) ** years, as radioactive decay does. Used for solar
    cells, radioisotope generators and the self-discharge of stores alike.
    """
    years = np.asarray(t_s, dtype=np.float64) / JULIAN_YEAR_S
    return np.asarray((1.0 - loss_per_year) ** years)
