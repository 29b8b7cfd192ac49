"""Radiation dose of people on the Moon's surface, from what was measured there.

Galactic cosmic rays and what they knock out of the ground, near solar minimum. Not here: storms of
the Sun, the turn of years of the Sun (dose falls by about half towards its maximum), the make of a
shield: one declared factor stands for it.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["SURFACE_DOSE_EQUIVALENT_SV_H", "SURFACE_DOSE_GY_H", "cumulated_dose"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray

# Dosimeter LND of Chang'e-4, in early 2019: 13.2 +- 1 uGy/h absorbed in silicon, about 57 uSv/h of
# dose equivalent (Zhang et al. 2020, doi:10.1126/sciadv.aaz1334).
SURFACE_DOSE_GY_H = 13.2e-6
SURFACE_DOSE_EQUIVALENT_SV_H = 57.0e-6


def cumulated_dose(
    inside_h: Values, outside_h: Values, *, rate_h: float, shielding_factor: float
) -> FloatArray:
    """Dose of a person by the end of each step, in the unit of `rate_h` without its hour.

    `inside_h` and `outside_h` are the hours of each step spent in the cabin and in the open;
    `shielding_factor` is the dose inside over that in the open.
    """
    weighted = np.asarray(inside_h) * shielding_factor + np.asarray(outside_h)
    return np.asarray(np.cumsum(weighted * rate_h))
