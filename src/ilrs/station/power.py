"""Electric power made on the Moon: solar arrays on masts, and generators.

Not here yet: shadows of one array on another, and light that the ground scatters onto a panel.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.angles import azimuth_difference_deg
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import JULIAN_YEAR_S
from ilrs.station.heat import SKY_K, STEFAN_BOLTZMANN_W_M2_K4

__all__ = [
    "array_power_w", "at_mast_height", "cell_efficiency", "cell_temperature_k", "facing_fraction",
    "remaining_fraction",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray

#: At which the efficiency of space cells is told: 28 degC, AIAA S-111-2005.
REFERENCE_K = 301.15
_NEWTON_STEPS = 6  # the start is at most some 10 K off, and each step squares the error


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
    tilt_deg: float = 90.0,
) -> FloatArray:
    """Cosine of the Sun's incidence on a panel; 0 when the Sun is behind it. [1]

    Without `panel_azimuth_deg` the panel turns after the Sun's azimuth. It stands upright at a tilt
    of 90 deg and lies flat at 0. Any shape, degrees. Duffie and Beckman, Solar Engineering of
    Thermal Processes, eq. 1.6.3, doi:10.1002/9781118671603.
    """
    elevation = np.radians(np.asarray(sun_elevation_deg, dtype=np.float64))
    if panel_azimuth_deg is None:
        turn = np.zeros(np.shape(sun_azimuth_deg))
    else:
        turn = np.radians(azimuth_difference_deg(sun_azimuth_deg, panel_azimuth_deg))
    tilt = np.radians(tilt_deg)
    cosine = np.cos(elevation) * np.cos(turn) * np.sin(tilt) + np.sin(elevation) * np.cos(tilt)
    return np.asarray(np.maximum(cosine, 0.0))


def cell_temperature_k(
    light_w_m2: Values,
    surface_temperature_k: Values,
    *,
    tilt_deg: float,
    efficiency: float,
    temperature_coefficient_per_k: float,
    absorptance: float,
    front_emissivity: float,
    back_emissivity: float,
) -> FloatArray:
    """Temperature at which a panel radiates what light it takes in and makes no power of. [K]

    `light_w_m2` is the light that falls on its front. Front and back see flat ground (taken as
    black) and sky by the panel's tilt. Without conduction to the mast and without delay: a panel of
    a few kg/m2 follows the light within minutes. The balance, of fourth degree in T because the
    efficiency depends on T, is solved by Newton steps; Gilmore, Spacecraft Thermal Control
    Handbook, section 2.
    """
    light = np.asarray(light_w_m2, dtype=np.float64)
    tipped = np.cos(np.radians(tilt_deg))
    both = STEFAN_BOLTZMANN_W_M2_K4 * (front_emissivity + back_emissivity)
    ground = 0.5 * (front_emissivity * (1.0 - tipped) + back_emissivity * (1.0 + tipped))
    ground *= STEFAN_BOLTZMANN_W_M2_K4
    infrared = ground * np.asarray(surface_temperature_k, dtype=np.float64) ** 4
    infrared = infrared + (both - ground) * SKY_K**4
    into = light * (absorptance - efficiency) + infrared
    slope = light * efficiency * temperature_coefficient_per_k  # power gained per kelvin
    temperature = np.asarray((into / both) ** 0.25)
    for _ in range(_NEWTON_STEPS):
        excess = both * temperature**4 + slope * (temperature - REFERENCE_K) - into
        temperature = temperature - excess / (4.0 * both * temperature**3 + slope)
    return np.asarray(temperature)


def cell_efficiency(
    cell_temperature_k: Values, *, efficiency: float, temperature_coefficient_per_k: float
) -> FloatArray:
    """Efficiency of cells at a temperature, linear about that at 28 degC. [1]

    The coefficient is relative to the efficiency at 28 degC, negative for all common cells, as data
    sheets give it for some 100 K about there.
    """
    warmer_k = np.asarray(cell_temperature_k, dtype=np.float64) - REFERENCE_K
    return np.asarray(efficiency * (1.0 + temperature_coefficient_per_k * warmer_k))


def array_power_w(
    solar_irradiance_w_m2: Values,
    sun_visible_fraction: Values,
    *,
    facing: Values,
    area_m2: float,
    efficiency: Values,
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
