"""The steps of a cabin with people, compiled: who breathes, eats and drinks, what machines renew.

Figures and formulas stand in this file, because a compiled function that is cached on disk must not
depend on other files. Within a step: supplies come in, people live, suits and the airlock take
theirs, the cabin leaks, CO2 is removed, oxygen is made or let in, CO2 and hydrogen react, water is
won back, nitrogen is let in. Each machine does the part of its work for which it is given power.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = [
    "CABIN", "CARBON_DIOXIDE_OUT_KG_D", "FLOWS", "FOOD_IN_KG_D", "HELD", "MOLAR_MASS_KG_MOL",
    "OXYGEN_IN_KG_D", "PERSON_IN_KG_D", "PERSON_OUT_KG_D", "PROCESSORS", "SUPPLIES",
    "WATER_IN_KG_D", "run_cabin",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any

# One person-day, dry food. NASA, Advanced Life Support Baseline Values and Assumptions Document
# (CR-2004-208941) and its successors: both sides are 5.361 kg, at a respiratory quotient of 0.869.
OXYGEN_IN_KG_D, FOOD_IN_KG_D, WATER_IN_KG_D = 0.835, 0.617, 3.909
CARBON_DIOXIDE_OUT_KG_D = 0.998
_URINE_KG_D, _VAPOUR_KG_D, _FAECAL_WATER_KG_D, _SOLIDS_KG_D = 1.886, 2.277, 0.091, 0.109

PERSON_IN_KG_D = {"oxygen": OXYGEN_IN_KG_D, "food": FOOD_IN_KG_D, "water": WATER_IN_KG_D}
PERSON_OUT_KG_D = {
    "carbon dioxide": CARBON_DIOXIDE_OUT_KG_D, "urine water": _URINE_KG_D,
    "breath and sweat water": _VAPOUR_KG_D, "faecal water": _FAECAL_WATER_KG_D,
    "solids": _SOLIDS_KG_D,
}  # fmt: skip

# Standard atomic weights, abridged (IUPAC 2021). Those of molecules are sums, so that mass closes.
_H, _C, _N, _O = 1.008e-3, 12.011e-3, 14.007e-3, 15.999e-3
MOLAR_MASS_KG_MOL = {
    "oxygen": 2 * _O, "carbon dioxide": _C + 2 * _O, "nitrogen": 2 * _N, "water": 2 * _H + _O,
    "hydrogen": 2 * _H, "methane": _C + 4 * _H,
}  # fmt: skip
# 2 H2O -> 2 H2 + O2 and CO2 + 4 H2 -> CH4 + 2 H2O, in masses
_WATER_PER_OXYGEN = 2 * (2 * _H + _O) / (2 * _O)
_HYDROGEN_PER_CO2 = 8 * _H / (_C + 2 * _O)
_METHANE_PER_CO2 = (_C + 4 * _H) / (_C + 2 * _O)

#: What the station holds, in the order of the kernel's columns: cabin gases, then tanks.
HELD = (
    "cabin oxygen", "cabin carbon dioxide", "cabin nitrogen", "oxygen", "nitrogen", "water",
    "condensate", "urine", "food", "waste water", "waste solids",
)  # fmt: skip
_O2, _CO2, _N2, _O2_TANK, _N2_TANK, _WATER, _CONDENSATE, _URINE, _FOOD, _WET, _DRY = range(11)
#: What a visit may bring, in the order of the kernel's columns.
SUPPLIES = ("oxygen", "nitrogen", "water", "food")
#: Kinds of machines, in the order of the kernel's columns.
PROCESSORS = ("co2_removal", "electrolysis", "sabatier", "urine_recovery", "water_recovery")
_REMOVAL, _ELECTROLYSIS, _SABATIER, _URINE_RECOVERY, _WATER_RECOVERY = range(5)

#: Sizes of a cabin: what it should hold, what it may hold, and what its machines do.
CABIN = np.dtype(
    [
        ("oxygen_kg", "f8"),  # held in the cabin
        ("nitrogen_kg", "f8"),
        ("rated_co2_kg", "f8"),  # CO2 in the cabin from which it is removed at full rate
        ("kept_fraction", "f8"),  # of the cabin's air, through a step with its leak
        ("capacity_kg", "f8", (11,)),  # by column of HELD; waste counts in its first
        ("rate_kg_d", "f8", (5,)),
        ("efficiency", "f8", (5,)),
        ("power_w", "f8", (5,)),
        ("crew_power_w", "f8"),
        ("hygiene_kg_d", "f8"),
        ("suit_water_kg_d", "f8"),
        ("suit_oxygen_kg_d", "f8"),
        ("airlock_loss_kg", "f8"),
    ],
    align=True,
)
#: What goes on in a step. Masses in kg, power in W.
FLOWS = np.dtype(
    [
        ("brought", "f8"),
        ("refused", "f8", (4,)),  # brought, and no tank had room for it
        ("body", "f8"),  # given by people's bodies for want of air, water or food
        ("lacking", "f8", (4,)),  # of each supply, asked for and not there
        ("overboard", "f8", (7,)),  # oxygen, CO2, nitrogen, water, hydrogen, methane, solids
        ("overflow", "f8", (11,)),  # part of it: what found its tank full, by column of HELD
        ("processed", "f8", (5,)),
        ("asked_w", "f8"),
        ("used_w", "f8"),
    ],
    align=True,
)
_OUT_O2, _OUT_CO2, _OUT_N2, _OUT_WATER, _OUT_H2, _OUT_CH4, _OUT_SOLIDS = range(7)
_LACK_OXYGEN, _LACK_NITROGEN, _LACK_WATER, _LACK_FOOD = range(4)


@njit(cache=True)
def _take(held: FloatArray, column: int, wanted_kg: float) -> float:
    got: float = min(held[column], wanted_kg)
    held[column] -= got
    return got


@njit(cache=True)
def _put(held: FloatArray, column: int, kg: float, cabin: Row, flow: Row) -> None:
    """Into a tank; what finds it full goes overboard."""
    # Both kinds of waste lie in one tank.
    there = held[_WET] + held[_DRY] if column >= _WET else held[column]
    capacity_kg = cabin.capacity_kg[_WET if column >= _WET else column]
    kept = min(kg, max(capacity_kg - there, 0.0))
    held[column] += kept
    flow.overflow[column] += kg - kept
    flow.overboard[_OUT_SOLIDS if column == _DRY else _OUT_WATER] += kg - kept


@njit(cache=True)
def _bring(held: FloatArray, supplies_kg: FloatArray, cabin: Row, flow: Row) -> None:
    columns = (_O2_TANK, _N2_TANK, _WATER, _FOOD)
    for k in range(4):
        column = columns[k]
        kept = min(supplies_kg[k], max(cabin.capacity_kg[column] - held[column], 0.0))
        held[column] += kept
        flow.brought += kept
        flow.refused[k] += supplies_kg[k] - kept


@njit(cache=True)
def _need(held: FloatArray, column: int, kg: float, lack: int, flow: Row) -> None:
    """What people must have; their bodies give what is not there."""
    short = kg - _take(held, column, kg)
    flow.lacking[lack] += short
    flow.body += short


@njit(cache=True)
def _people(held: FloatArray, person_d: float, cabin: Row, flow: Row) -> None:
    _need(held, _O2, OXYGEN_IN_KG_D * person_d, _LACK_OXYGEN, flow)
    _need(held, _WATER, WATER_IN_KG_D * person_d, _LACK_WATER, flow)
    _need(held, _FOOD, FOOD_IN_KG_D * person_d, _LACK_FOOD, flow)
    held[_CO2] += CARBON_DIOXIDE_OUT_KG_D * person_d
    _put(held, _CONDENSATE, _VAPOUR_KG_D * person_d, cabin, flow)
    _put(held, _URINE, _URINE_KG_D * person_d, cabin, flow)
    _put(held, _DRY, _SOLIDS_KG_D * person_d, cabin, flow)
    _put(held, _WET, _FAECAL_WATER_KG_D * person_d, cabin, flow)
    wash = cabin.hygiene_kg_d * person_d
    washed = _take(held, _WATER, wash)
    flow.lacking[_LACK_WATER] += wash - washed
    _put(held, _CONDENSATE, washed, cabin, flow)


@njit(cache=True)
def _lose_air(held: FloatArray, fraction: float, flow: Row) -> None:
    for column in (_O2, _CO2, _N2):
        lost = held[column] * fraction
        held[column] -= lost
        flow.overboard[column] += lost  # the three gases come first in both


@njit(cache=True)
def _outside(held: FloatArray, sorties: float, suit_d: float, cabin: Row, flow: Row) -> None:
    """Air that the airlock loses, and what the suits give off."""
    air_kg = held[_O2] + held[_CO2] + held[_N2]
    if sorties > 0.0 and air_kg > 0.0:
        _lose_air(held, min(cabin.airlock_loss_kg * sorties / air_kg, 1.0), flow)
    water, oxygen = cabin.suit_water_kg_d * suit_d, cabin.suit_oxygen_kg_d * suit_d
    got = _take(held, _WATER, water)
    flow.lacking[_LACK_WATER] += water - got
    flow.overboard[_OUT_WATER] += got
    got = _take(held, _O2_TANK, oxygen)
    flow.lacking[_LACK_OXYGEN] += oxygen - got
    flow.overboard[_OUT_O2] += got


@njit(cache=True)
def _run(kind: int, most_kg: float, day: float, share: float, cabin: Row, flow: Row) -> float:
    """What a machine treats of the most that it could, given a share of the power for it."""
    done = share * most_kg
    full_kg = cabin.rate_kg_d[kind] * day
    if full_kg > 0.0:
        flow.asked_w += cabin.power_w[kind] * most_kg / full_kg
        flow.used_w += cabin.power_w[kind] * done / full_kg
    flow.processed[kind] += done
    return done


@njit(cache=True)
def _remove(held: FloatArray, day: float, share: float, cabin: Row, flow: Row) -> float:
    """CO2 taken from the cabin: at full rate above the rated pressure, in proportion below.

    The end of the step decides (backward Euler): stable and never below zero at any step.
    """
    full_kg, rated_kg, there = cabin.rate_kg_d[_REMOVAL] * day, cabin.rated_co2_kg, held[_CO2]
    end = there * rated_kg / (rated_kg + full_kg) if rated_kg > 0.0 else max(there - full_kg, 0.0)
    if end > rated_kg:
        end = there - full_kg
    done = _run(_REMOVAL, there - end, day, share, cabin, flow)
    held[_CO2] -= done
    return done


@njit(cache=True)
def _oxygenate(held: FloatArray, day: float, share: float, cabin: Row, flow: Row) -> float:
    """Fills the cabin's oxygen up, from water first, then from the tank; gives the hydrogen."""
    wanted = max(cabin.oxygen_kg - held[_O2], 0.0)
    most = min(wanted, cabin.rate_kg_d[_ELECTROLYSIS] * day, held[_WATER] / _WATER_PER_OXYGEN)
    made = _run(_ELECTROLYSIS, most, day, share, cabin, flow)
    held[_WATER] = max(held[_WATER] - made * _WATER_PER_OXYGEN, 0.0)
    held[_O2] += made + _take(held, _O2_TANK, wanted - made)
    return made * (_WATER_PER_OXYGEN - 1.0)


@njit(cache=True)
def _react(
    held: FloatArray, co2: float, hydrogen: float, day: float, share: float, cabin: Row, flow: Row
) -> None:
    """Lets removed CO2 react with hydrogen; what is left of both is vented."""
    able = cabin.efficiency[_SABATIER] * min(co2, hydrogen / _HYDROGEN_PER_CO2)
    done = _run(_SABATIER, min(able, cabin.rate_kg_d[_SABATIER] * day), day, share, cabin, flow)
    methane = done * _METHANE_PER_CO2
    used = done * _HYDROGEN_PER_CO2
    flow.overboard[_OUT_CO2] += co2 - done
    flow.overboard[_OUT_H2] += hydrogen - used
    flow.overboard[_OUT_CH4] += methane
    _put(held, _CONDENSATE, done + used - methane, cabin, flow)


@njit(cache=True)
def _recover(held: FloatArray, day: float, share: float, cabin: Row, flow: Row) -> None:
    """Wins condensate from urine and drinking water from condensate; the rest is waste."""
    most = min(held[_URINE], cabin.rate_kg_d[_URINE_RECOVERY] * day)
    done = _run(_URINE_RECOVERY, most, day, share, cabin, flow)
    won = done * cabin.efficiency[_URINE_RECOVERY]
    held[_URINE] -= done
    _put(held, _CONDENSATE, won, cabin, flow)
    _put(held, _WET, done - won, cabin, flow)
    efficiency = cabin.efficiency[_WATER_RECOVERY]
    room = max(cabin.capacity_kg[_WATER] - held[_WATER], 0.0)
    most = min(held[_CONDENSATE], cabin.rate_kg_d[_WATER_RECOVERY] * day)
    if efficiency > 0.0:
        most = min(most, room / efficiency)
    done = _run(_WATER_RECOVERY, most, day, share, cabin, flow)
    won = done * efficiency
    held[_CONDENSATE] -= done
    held[_WATER] += won
    _put(held, _WET, done - won, cabin, flow)


@njit(cache=True)
def run_cabin(
    cabins: npt.NDArray[np.void], held: FloatArray, people: FloatArray, sorties: FloatArray,
    suit_d: FloatArray, supplies_kg: FloatArray, power_fraction: FloatArray, day: float,
    record: FloatArray, flows: npt.NDArray[np.void],
) -> None:  # fmt: skip
    """Fills `record` (time, HELD) with what is held at the end of each step, and `flows`.

    `held` is what there is at the start and, afterwards, at the end.
    """
    cabin = cabins[0]
    for k in range(people.size):
        flow, share = flows[k], power_fraction[k]
        _bring(held, supplies_kg[k], cabin, flow)
        _people(held, people[k] * day, cabin, flow)
        _outside(held, sorties[k], suit_d[k], cabin, flow)
        _lose_air(held, 1.0 - cabin.kept_fraction, flow)
        if people[k] > 0.0:
            flow.asked_w += cabin.crew_power_w
            flow.used_w += cabin.crew_power_w * share
        removed = _remove(held, day, share, cabin, flow)
        hydrogen = _oxygenate(held, day, share, cabin, flow)
        _react(held, removed, hydrogen, day, share, cabin, flow)
        _recover(held, day, share, cabin, flow)
        wanted = max(cabin.nitrogen_kg - held[_N2], 0.0)
        held[_N2] += _take(held, _N2_TANK, wanted)
        record[k] = held
