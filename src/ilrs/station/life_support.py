"""Life support of a station through a run: air, water, food, power asked, dose, and how long it
lasts; every step closes in mass.

Between visits the cabin stays pressurised and leaks. Not here: absorbers for CO2 that need no
power, stores of CO2 and hydrogen between the machines, humidity of the air, work that
makes people breathe more, storms of the Sun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.foundation.windows import Windows
from ilrs.programme.entities import CrewVisit, Element
from ilrs.station.air import days_to_draw_down, days_to_fill
from ilrs.station.balance import Balance, mass_balance
from ilrs.station.cabin import (
    CARBON_DIOXIDE_OUT_KG_D,
    FLOWS,
    FOOD_IN_KG_D,
    HELD,
    OXYGEN_IN_KG_D,
    PROCESSORS,
    SUPPLIES,
    WATER_IN_KG_D,
    run_cabin,
)
from ilrs.station.cabin_sizes import Cabin, cabin_of
from ilrs.station.dose import (
    SURFACE_DOSE_EQUIVALENT_SV_H,
    SURFACE_DOSE_GY_H,
    cumulated_dose,
)
from ilrs.station.metabolism import cabin_heat_w

__all__ = ["LONGEST_STAY_D", "life_support"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray

#: How far a stay is carried on to see when something runs out.
LONGEST_STAY_D = 365.0
_HOUR_S = 3600.0
_SLIVER_S = 1e-3
_SUBSTANCES = (
    "oxygen", "carbon dioxide", "nitrogen", "water", "hydrogen", "methane", "solids",
)  # fmt: skip
_TANKS = HELD[3:]
_VARIABLES = {
    "people_aboard": (("time",), "1", "people in the station, mean of the step"),
    "oxygen_pressure_pa": (("time",), "Pa", "partial pressure of oxygen"),
    "co2_pressure_pa": (("time",), "Pa", "partial pressure of carbon dioxide"),
    "cabin_pressure_pa": (("time",), "Pa", "pressure of the cabin's air, dry"),
    "cabin_gas_kg": (("gas", "time"), "kg", "mass of a gas in the cabin"),
    "tank_kg": (("tank", "time"), "kg", "mass in the tanks"),
    "brought_kg": (("time",), "kg", "supplies taken in"),
    "refused_kg": (("supply", "time"), "kg", "supplies brought for which no tank had room"),
    "lacking_kg": (("supply", "time"), "kg", "supplies asked for and not there"),
    "body_kg": (("time",), "kg", "given by people's bodies for want of oxygen, water or food"),
    "overboard_kg": (("substance", "time"), "kg", "leaked, vented or dumped"),
    "overflow_kg": (("tank", "time"), "kg", "part of it that found its tank full"),
    "processed_kg": (("processor", "time"), "kg", "taken up, or oxygen made, by machines"),
    "life_support_power_requested_w": (("time",), "W", "power that life support asks for"),
    "life_support_power_w": (("time",), "W", "power that life support is given"),
    "cabin_heat_w": (("time",), "W", "heat of people and reactions, beside electric power"),
    "haven_d": (("time",), "d", "how long the people aboard live without power and supplies"),
    "dose_gy": (("time",), "Gy", "dose in silicon of one person since the visit began"),
    "dose_equivalent_sv": (("time",), "Sv", "dose equivalent of one person of the visit"),
    "stay_d": (("visit",), "d", "how long the people could stay on at the end of a visit"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crew:
    """What visits ask in each step."""

    people: FloatArray
    sorties: FloatArray  # begun
    suit_d: FloatArray  # person-days outside
    supplies_kg: FloatArray  # time, SUPPLIES
    visits_s: tuple[tuple[float, float], ...]
    inside_h: FloatArray  # of one person of each visit in turn; the next two likewise
    outside_h: FloatArray


def life_support(
    elements: Sequence[Element],
    visits: Sequence[CrewVisit],
    *,
    time: xr.Dataset,
    power_fraction: Values = 1.0,
) -> xr.Dataset | None:
    """The life-support Dataset of a run (docs/rooms.md), its mass closed to 1e-9 in every step.

    `time` is any Dataset with the time axis; `power_fraction` is the part of the power asked that
    is given, 0 to 1. None where no element has life support. attrs: `mass_residual`, the worst of
    the steps; what is carried overboard, brought and lacking in all; the limits; and those of the
    time axis. Raises IlrsError for input that cannot be run, MassBalanceError where this program
    fails to close its books.
    """
    step_s = float(time.attrs["step_s"])
    cabin = cabin_of(elements, step_s=step_s)
    if cabin is None:
        return None
    crew = _crew(visits, time)
    share = _power_fraction(power_fraction, steps=crew.people.size)
    held = cabin.start_kg.copy()
    record, flows = _run(cabin, held, crew, share, day=step_s / DAY_S)
    residual = _closed(cabin.start_kg, record, flows)
    values = _values(cabin, record, flows, crew, step_s=step_s)
    values["stay_d"] = np.array(
        [_stay_d(cabin, record, crew, visit, time) for visit in crew.visits_s]
    )
    return _dataset(values, cabin, time, residual=residual, visits=visits)


def _run(
    cabin: Cabin, held: FloatArray, crew: _Crew, share: FloatArray, *, day: float
) -> tuple[FloatArray, npt.NDArray[np.void]]:
    steps = crew.people.size
    record, flows = np.zeros((steps, len(HELD))), np.zeros(steps, FLOWS)
    run_cabin(
        cabin.sizes, held, crew.people, crew.sorties, crew.suit_d, crew.supplies_kg, share, day,
        record, flows,
    )  # fmt: skip
    return record, flows


def _power_fraction(power_fraction: Values, *, steps: int) -> FloatArray:
    given = np.asarray(power_fraction, dtype=np.float64)
    if given.shape not in {(), (steps,)} or not ((given >= 0.0) & (given <= 1.0)).all():
        raise IlrsError(
            f"a power_fraction of shape {given.shape} from {given.min():g} to {given.max():g}",
            f"it is one number, or one for each of the {steps} steps, from 0 to 1",
            "Pass the part of the power asked that the station gives.",
        )
    return np.ascontiguousarray(np.broadcast_to(given, (steps,)))


def _crew(visits: Sequence[CrewVisit], time: xr.Dataset) -> _Crew:
    """What the visits ask, in the cells of the time axis."""
    t_s = np.asarray(time["t_s"].values, dtype=np.float64)
    step_s = float(time.attrs["step_s"])
    edge_s = np.append(t_s, t_s[-1] + step_s)
    epoch_s = float(tdb_from_utc(parse_utc(str(time.attrs["epoch_utc"]))))
    people, sorties, suit_d = np.zeros((3, t_s.size))
    inside_h, outside_h = np.zeros((2, t_s.size))
    supplies_kg = np.zeros((t_s.size, len(SUPPLIES)))
    spans = []
    for visit in visits:
        _check_visit(visit)
        start_s, end_s = (
            _snapped(float(tdb_from_utc(parse_utc(utc))) - epoch_s, edge_s)
            for utc in (visit.start, visit.end)
        )
        part = Windows([(start_s, end_s)]).overlap_fraction(edge_s)
        if not part.any():
            continue
        spans.append((start_s, end_s))
        people += visit.people * part
        first = int(np.argmax(part > 0.0))
        supplies_kg[first] += [visit.brings_kg.get(name, 0.0) for name in SUPPLIES]
        begun_s, outside = _sorties(visit, (start_s, end_s), edge_s)
        sorties += np.histogram(begun_s, bins=edge_s)[0]
        out_d = outside * step_s / DAY_S
        suit_d += visit.sortie_people * out_d
        # On average each person has the same share of the work outside.
        each_h = out_d * 24.0 * visit.sortie_people / max(visit.people, 1)
        outside_h += each_h
        inside_h += part * step_s / _HOUR_S - each_h
    return _Crew(
        people=people, sorties=sorties, suit_d=suit_d, supplies_kg=supplies_kg,
        visits_s=tuple(spans), inside_h=inside_h, outside_h=outside_h,
    )  # fmt: skip


def _snapped(t_s: float, edge_s: FloatArray) -> float:
    """The edge of a cell where an instant is one: else rounding leaves a sliver of a visit."""
    nearest = float(edge_s[int(np.argmin(np.abs(edge_s - t_s)))])
    return nearest if abs(nearest - t_s) < _SLIVER_S else t_s


def _sorties(
    visit: CrewVisit, span_s: tuple[float, float], edge_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """When the visit's sorties begin [s], and the part of each cell in which one goes on."""
    start_s, end_s = span_s
    slots = start_s + (end_s - start_s) * (np.arange(visit.sorties) + 0.5) / max(visit.sorties, 1)
    begun_s = slots - 0.5 * visit.sortie_s
    outside = Windows((s, s + visit.sortie_s) for s in begun_s.tolist())
    return begun_s, outside.overlap_fraction(edge_s)


def _check_visit(visit: CrewVisit) -> None:
    name = f"the visit from {visit.start} to {visit.end}"
    unknown = [key for key in visit.brings_kg if key not in SUPPLIES]
    if unknown:
        raise IlrsError(
            f"{name} brings {', '.join(unknown)}",
            f"it can bring {', '.join(SUPPLIES)}",
            "Correct its `brings`.",
        )
    length_s = float(tdb_from_utc(parse_utc(visit.end)) - tdb_from_utc(parse_utc(visit.start)))
    if length_s <= 0.0:
        raise IlrsError(f"{name} is empty", "a visit ends after it starts", "Correct its dates.")
    if visit.sorties * visit.sortie_s > length_s:
        raise IlrsError(
            f"{name} has {visit.sorties} sorties of {visit.sortie_s / _HOUR_S:g} h",
            f"one after the other they fit into {length_s / _HOUR_S:g} h",
            "Take fewer, or shorter ones.",
        )
    if visit.sortie_people > visit.people and visit.sorties:
        raise IlrsError(
            f"{name} sends {visit.sortie_people} people out",
            f"it has {visit.people}",
            "Correct `sortie_people`.",
        )


def _closed(start_kg: FloatArray, record: FloatArray, flows: npt.NDArray[np.void]) -> float:
    """The worst residual of the balances of mass of all steps and of the whole run. [1]

    Relative to what there is. Raises MassBalanceError where one does not close.
    """
    before = np.vstack([start_kg, record[:-1]]).sum(axis=1)
    there, gone = before + flows["brought"] + flows["body"], flows["overboard"].sum(axis=1)
    left = record.sum(axis=1)
    # A gap that is no number counts as the largest.
    k = int(np.argmax(np.abs(there - gone - left) / np.maximum(there, np.finfo(float).tiny)))
    step = Balance(made=float(there[k]), used=float(gone[k]), stored=float(left[k]), lost=0.0)
    whole = Balance(
        made=float(before[0] + flows["brought"].sum() + flows["body"].sum()),
        used=float(gone.sum()),
        stored=float(left[-1]),
        lost=0.0,
    )
    return max(mass_balance(step).residual, mass_balance(whole).residual)


def _values(
    cabin: Cabin, record: FloatArray, flows: npt.NDArray[np.void], crew: _Crew, *, step_s: float
) -> dict[str, FloatArray]:
    gases = np.ascontiguousarray(record[:, :3].T)
    pressures = [
        cabin.pressure_pa(row, gas)
        for row, gas in zip(gases, ("oxygen", "carbon dioxide", "nitrogen"), strict=True)
    ]
    factor = cabin.limits.shielding_factor
    dose = {
        name: _per_visit(
            cumulated_dose(crew.inside_h, crew.outside_h, rate_h=rate_h, shielding_factor=factor),
            crew,
        )
        for name, rate_h in (
            ("dose_gy", SURFACE_DOSE_GY_H),
            ("dose_equivalent_sv", SURFACE_DOSE_EQUIVALENT_SV_H),
        )
    }
    return {
        "people_aboard": crew.people,
        "oxygen_pressure_pa": pressures[0],
        "co2_pressure_pa": pressures[1],
        "cabin_pressure_pa": np.asarray(sum(pressures)),
        "cabin_gas_kg": gases,
        "tank_kg": np.ascontiguousarray(record[:, 3:].T),
        "brought_kg": flows["brought"].copy(),
        "refused_kg": flows["refused"].T.copy(),
        "lacking_kg": flows["lacking"].T.copy(),
        "body_kg": flows["body"].copy(),
        "overboard_kg": flows["overboard"].T.copy(),
        "overflow_kg": flows["overflow"].T[3:].copy(),
        "processed_kg": flows["processed"].T.copy(),
        "life_support_power_requested_w": flows["asked_w"].copy(),
        "life_support_power_w": flows["used_w"].copy(),
        "cabin_heat_w": _heat_w(flows, crew, step_s=step_s),
        "haven_d": _haven_d(cabin, record, crew.people),
        **dose,
    }


def _heat_w(flows: npt.NDArray[np.void], crew: _Crew, *, step_s: float) -> FloatArray:
    """Heat of those who are inside, and of the machines' reactions; suits get rid of their own."""
    processed = {name: flows["processed"][:, k] for k, name in enumerate(PROCESSORS)}
    return cabin_heat_w(
        crew.people - crew.suit_d * DAY_S / step_s, processed["electrolysis"],
        processed["sabatier"], step_s=step_s,
    )  # fmt: skip


def _per_visit(cumulated: FloatArray, crew: _Crew) -> FloatArray:
    """The same, counted anew where people come to an empty station; 0 while nobody is there."""
    here = crew.people > 0.0
    arrives = here & ~np.concatenate([[False], here[:-1]])
    before = np.concatenate([[0.0], cumulated[:-1]])
    base = np.maximum.accumulate(np.where(arrives, before, 0.0))
    return np.where(here, cumulated - base, 0.0)


def _haven_d(cabin: Cabin, record: FloatArray, people: FloatArray) -> FloatArray:
    """How long people live from each step on, without power, supplies or washing. [d]

    What ends it first: CO2 at its emergency limit, oxygen at its lowest pressure once the tank no
    longer fills the cabin, water, or food. Not a number where nobody is there.
    """
    aboard = np.where(people > 0.0, np.ceil(people), np.nan)
    held = {name: record[:, k] for k, name in enumerate(HELD)}
    leak, full_kg = cabin.leakage_per_day, float(cabin.sizes["oxygen_kg"][0])
    limits = cabin.limits
    co2_d = days_to_fill(
        held["cabin carbon dioxide"], cabin.gas_kg(limits.co2_emergency_pa, "carbon dioxide"),
        made_kg_d=CARBON_DIOXIDE_OUT_KG_D * aboard, leakage_per_day=leak,
    )  # fmt: skip
    breathed = OXYGEN_IN_KG_D * aboard
    fills = np.minimum(np.maximum(full_kg - held["cabin oxygen"], 0.0), held["oxygen"])
    held_d = (held["oxygen"] - fills) / (breathed + leak * full_kg)
    falls_d = days_to_draw_down(
        held["cabin oxygen"] + fills, cabin.gas_kg(limits.oxygen_lowest_pa, "oxygen"),
        used_kg_d=breathed, leakage_per_day=leak,
    )  # fmt: skip
    water_d = held["water"] / (WATER_IN_KG_D * aboard)
    food_d = held["food"] / (FOOD_IN_KG_D * aboard)
    shortest = np.minimum.reduce([co2_d, held_d + falls_d, water_d, food_d])
    return np.where(np.isnan(aboard), np.nan, shortest)


def _stay_d(
    cabin: Cabin, record: FloatArray, crew: _Crew, visit_s: tuple[float, float], time: xr.Dataset
) -> float:
    """How long the people of a visit could stay on with power but no supplies and sorties. [d]"""
    step_s = float(time.attrs["step_s"])
    t_s = np.asarray(time["t_s"].values, dtype=np.float64)
    last = int(np.searchsorted(t_s, visit_s[1])) - 1
    steps = int(np.ceil(LONGEST_STAY_D * DAY_S / step_s))
    nothing = np.zeros(steps)
    people = np.full(steps, np.ceil(crew.people[last]))
    onward = _Crew(
        people=people, sorties=nothing, suit_d=nothing, visits_s=(), inside_h=nothing,
        outside_h=nothing, supplies_kg=np.zeros((steps, len(SUPPLIES))),
    )  # fmt: skip
    after, flows = _run(cabin, record[last].copy(), onward, np.ones(steps), day=step_s / DAY_S)
    limits = cabin.limits
    ends = flows["lacking"].any(axis=1)
    ends |= cabin.pressure_pa(after[:, 0], "oxygen") < limits.oxygen_lowest_pa
    ends |= cabin.pressure_pa(after[:, 1], "carbon dioxide") > limits.co2_highest_pa
    return float(np.argmax(ends) * step_s / DAY_S) if ends.any() else LONGEST_STAY_D


def _dataset(
    values: dict[str, FloatArray], cabin: Cabin, time: xr.Dataset, *, residual: float,
    visits: Sequence[CrewVisit],
) -> xr.Dataset:  # fmt: skip
    data = {
        name: (axes, values[name], {"units": units, "long_name": text})
        for name, (axes, units, text) in _VARIABLES.items()
    }
    names = {
        "gas": ("oxygen", "carbon dioxide", "nitrogen"), "tank": _TANKS, "supply": SUPPLIES,
        "substance": _SUBSTANCES, "processor": PROCESSORS,
    }  # fmt: skip
    coords: dict[str, Any] = {
        "time": time["time"].values,
        "t_s": ("time", time["t_s"].values, dict(time["t_s"].attrs)),
    }
    coords |= {axis: np.array(keys, dtype=np.str_) for axis, keys in names.items()}
    limits = cabin.limits
    attrs = {key: time.attrs[key] for key in ("site", "epoch_utc", "step_s") if key in time.attrs}
    attrs |= {
        "cabins": ", ".join(cabin.names),
        "mass_residual": residual,
        "brought_total_kg": float(values["brought_kg"].sum()),
        "overboard_total_kg": float(values["overboard_kg"].sum()),
        "body_total_kg": float(values["body_kg"].sum()),
        "co2_highest_pa": limits.co2_highest_pa,
        "co2_emergency_pa": limits.co2_emergency_pa,
        "oxygen_lowest_pa": limits.oxygen_lowest_pa,
        "shielding_factor": limits.shielding_factor,
    }
    return xr.Dataset(data, coords=coords, attrs=attrs)
