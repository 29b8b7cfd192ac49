"""Heat that people and the machines of their air bring into a cabin, beside electric power."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.station.cabin import CARBON_DIOXIDE_OUT_KG_D, MOLAR_MASS_KG_MOL, OXYGEN_IN_KG_D

__all__ = ["PERSON_HEAT_W", "cabin_heat_w", "metabolic_heat_w"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray

_DAY_S = 86400.0
_LITRES_MOL = 22.414  # of a gas at 0 degC and 101.325 kPa, in which Weir's formula counts
_J_KCAL = 4184.0
# Standard enthalpies at 298 K, CODATA: liquid water -285.83 kJ/mol, CO2 -393.51, methane -74.6.
_ELECTROLYSIS_J_MOL = 2.0 * 285.83e3  # 2 H2O -> 2 H2 + O2, by mol of oxygen
_SABATIER_J_MOL = 2.0 * 285.83e3 + 74.6e3 - 393.51e3  # CO2 + 4 H2 -> CH4 + 2 H2O, liquid


def metabolic_heat_w(oxygen_kg_d: Values, carbon_dioxide_kg_d: Values) -> FloatArray:
    """Heat of people who breathe so much, nitrogen in urine left out. [W] Any shape.

    Weir, J. Physiol. 109 (1949), 1-9: 3.941 kcal a litre of oxygen taken, 1.106 a litre of CO2.
    """
    oxygen = np.asarray(oxygen_kg_d) / MOLAR_MASS_KG_MOL["oxygen"] * _LITRES_MOL
    carbon_dioxide = np.asarray(carbon_dioxide_kg_d) / MOLAR_MASS_KG_MOL["carbon dioxide"]
    kcal = 3.941 * oxygen + 1.106 * carbon_dioxide * _LITRES_MOL
    return np.asarray(kcal * _J_KCAL / _DAY_S)


#: Of one person on a nominal day.
PERSON_HEAT_W = float(metabolic_heat_w(OXYGEN_IN_KG_D, CARBON_DIOXIDE_OUT_KG_D))


def cabin_heat_w(
    people_inside: Values, oxygen_made_kg: Values, co2_reacted_kg: Values, *, step_s: float
) -> FloatArray:
    """Heat of a step that comes beside the electric power used. [W] Any shape; may be less than 0.

    People give theirs, steam included: it condenses in the cabin. Electrolysis keeps a part of its
    power in the gases that it makes, a Sabatier reactor gives some of it back.
    """
    split_w = np.asarray(oxygen_made_kg) / MOLAR_MASS_KG_MOL["oxygen"] * _ELECTROLYSIS_J_MOL
    joined_w = np.asarray(co2_reacted_kg) / MOLAR_MASS_KG_MOL["carbon dioxide"] * _SABATIER_J_MOL
    return np.asarray(people_inside * PERSON_HEAT_W + (joined_w - split_w) / step_s)
