"""Limits that a run came up against: nothing is clipped in silence.

A limit that held something back is named with its element, how long it did, when first, and what
it came to: energy not stored, bits dropped, watts not given, hours without work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.programme.entities import Element
from ilrs.programme.power_joints import plugs_w
from ilrs.station.network import cable_name, station_network
from ilrs.station.power import remaining_fraction
from ilrs.station.storage import charge_path

__all__ = ["LIMITS", "LimitHit", "limits_hit"]

BoolArray: TypeAlias = npt.NDArray[np.bool_]
FloatArray: TypeAlias = npt.NDArray[np.float64]

#: What may be hit, in the order of its weight.
LIMITS = (
    "lost", "unserved", "too_cold", "too_hot", "heater", "cable", "joint", "store_empty",
    "discharge_power", "charge_power", "taper", "generator", "data_store", "shed", "spilled",
)  # fmt: skip
_NEAR = 1e-9  # relative: rounding of sums


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHit:
    """One limit of one element (or of the station, without an id) that a run came up against."""

    element: str  # or a cable, by the elements at its ends
    limit: str  # one of LIMITS
    hours: float
    first_s: float  # seconds from the run's epoch
    amount: float | None = None
    unit: str = ""


def _power_hits(one: xr.Dataset, step_h: float) -> Iterator[tuple[str, BoolArray, float, str]]:
    asked, used = one["power_requested_w"].values, one["power_used_w"].values
    short = asked - used > _NEAR * np.maximum(asked, 1.0)
    alive = one["is_alive"].values > 0.0
    missing_kwh = (asked - used) * step_h / 1e3
    for name, when in (("unserved", short & ~alive), ("shed", short & alive)):
        yield name, when, float(missing_kwh[when].sum()), "kWh"


def _store_hits(
    element: Element, one: xr.Dataset, step_h: float
) -> Iterator[tuple[str, BoolArray, float | None, str]]:
    store = element.storage
    if store is None or not store.capacity_wh:
        return
    energy = one["battery_energy_wh"].values
    start = store.capacity_wh * store.initial_state_of_charge
    gained_w = np.diff(energy, prepend=start) / step_h
    floor = store.minimum_state_of_charge * store.capacity_wh
    yield "store_empty", energy <= floor + 1e-6 * store.capacity_wh, None, ""
    path = charge_path(store)
    most_in = path.power_w * path.efficiency
    yield "charge_power", gained_w >= most_in * (1.0 - 1e-6), None, ""
    tapering = energy > path.taper_above * store.capacity_wh
    yield "taper", tapering & (one["power_spilled_w"].values > _NEAR), None, ""
    most_out = store.discharge_power_w / store.discharge_efficiency
    yield "discharge_power", -gained_w >= most_out * (1.0 - 1e-6), None, ""


def _heat_hits(element: Element, one: xr.Dataset) -> Iterator[tuple[str, BoolArray, None, str]]:
    node = element.thermal
    if node is None:
        return
    t_k, heater_w = one["temperature_k"].values, one["heater_power_w"].values
    gone = (t_k < node.survival_minimum_k) | (t_k > node.survival_maximum_k)
    yield "lost", np.logical_or.accumulate(gone), None, ""
    yield "too_cold", t_k < node.operating_minimum_k, None, ""
    yield "too_hot", t_k > node.operating_maximum_k, None, ""
    if node.heater_power_w > 0.0:
        yield "heater", heater_w >= node.heater_power_w * (1.0 - _NEAR), None, ""


def _generator_hits(
    element: Element, one: xr.Dataset, step_h: float
) -> Iterator[tuple[str, BoolArray, float, str]]:
    """Steps in which a generator gives less than its full power while power is short."""
    generator = element.generator
    if generator is None or not generator.is_steered:
        return
    left = remaining_fraction(one["t_s"].values, loss_per_year=generator.decay_per_year)
    missing_w = generator.power_w * left - one["power_made_w"].values
    short = (one["power_unserved_w"].values > _NEAR) & (missing_w > _NEAR * generator.power_w)
    yield "generator", short, float(missing_w[short].sum()) * step_h / 1e3, "kWh"


def _element_hits(
    element: Element, one: xr.Dataset, step_h: float
) -> Iterator[tuple[str, BoolArray, float | None, str]]:
    yield from _power_hits(one, step_h)
    yield from _generator_hits(element, one, step_h)
    yield from _store_hits(element, one, step_h)
    yield from _heat_hits(element, one)
    dropped = one["data_dropped_bit"].values
    yield "data_store", dropped > 0.0, float(dropped.sum()) / 1e9, "Gbit"


def _joint_hits(
    elements: Sequence[Element], station: xr.Dataset, step_h: float
) -> Iterator[tuple[str, str, BoolArray, float | None, str]]:
    """Cables at their limit, and loads that draw more than their plugs are declared to carry."""
    network = station_network(elements)
    for row, ends in zip(network.buses, network.ends, strict=True):
        if ends is not None:
            one = station.sel(cable=cable_name(*ends))
            sent_w = np.maximum(one["cable_there_w"].values, one["cable_back_w"].values)
            full = (sent_w > 0.0) & (sent_w >= float(row["limit_w"]) * (1.0 - _NEAR))
            yield cable_name(*ends), "cable", full, None, ""
    for id_, limit_w in plugs_w(elements).items():
        over_w = station["power_used_w"].sel(element=id_).values - limit_w
        over = over_w > _NEAR * max(limit_w, 1.0)
        yield id_, "joint", over, float(over_w[over].sum()) * step_h / 1e3, "kWh"


def limits_hit(elements: Sequence[Element], station: xr.Dataset) -> tuple[LimitHit, ...]:
    """Every limit that held something back in a run, by weight, then in the elements' order.

    `station` is the Dataset of `simulate` and `elements` what it was run with. Energy counts as
    spilled for the whole station. A plug (a joint within a bus) is held by nothing in a run: a load
    that draws more than it is told to carry is listed with the energy beyond. Charging and
    discharging count where the power of a store is used to its limit in a step.
    """
    step_h = float(station.attrs["step_s"]) / 3600.0
    t_s = station["t_s"].values
    spilled_w = station["power_spilled_w"].values
    rows: list[tuple[str, str, BoolArray, float | None, str]] = []
    for element in elements:
        one = station.sel(element=element.id)
        rows += [(element.id, *hit) for hit in _element_hits(element, one, step_h)]
    rows += _joint_hits(elements, station, step_h)
    energy_kwh = float(spilled_w.sum()) * step_h / 1e3
    rows.append(("", "spilled", spilled_w > _NEAR, energy_kwh, "kWh"))
    hits = [
        LimitHit(
            element=key, limit=limit, hours=float(when.sum()) * step_h,
            first_s=float(t_s[int(np.argmax(when))]), amount=amount, unit=unit,
        )
        for key, limit, when, amount, unit in rows
        if when.any()
    ]  # fmt: skip
    return tuple(sorted(hits, key=lambda hit: LIMITS.index(hit.limit)))
