"""A station's elements, links and experiments as the flat arrays that the step loop reads."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.programme.data_joints import gateway_of
from ilrs.programme.entities import Element, Experiment, Mode, Rule
from ilrs.station.data import useful_rate_bps
from ilrs.station.heat import node_response
from ilrs.station.lanes import EXPERIMENT, LINK, WORK
from ilrs.station.network import cable_name, station_network
from ilrs.station.power import remaining_fraction
from ilrs.station.rows import (
    ASKERS,
    ELEMENTS,
    EXPERIMENTS,
    LINKS,
    MODES,
    RULES,
    SPANS,
    StationArrays,
)  # fmt: skip
from ilrs.station.storage import charge_path

__all__ = ["EXPERIMENT", "LINK", "WORK", "station_arrays"]

Rows: TypeAlias = npt.NDArray[np.void]

_WELL = 1.0 - 1e-9  # health above which no fault holds
_AT_ONCE_PER_H = 1e12  # a ramp that never holds; no infinity, which times no power is no number

#: From this rank on research rests in a mode: a rank is a priority, that of what must run below 0.
NEVER_SHED, ALWAYS_RUN = np.inf, -1.0


def _modes(element: Element) -> list[dict[str, Any]]:
    keep, work = element.modes.get("keep_alive", Mode()), element.modes.get("work")
    first = {
        "keep_w": keep.power_w,
        # A mode's power is the whole draw; work that needs less than keep-alive asks for no more.
        "extra_w": max(work.power_w - keep.power_w, 0.0) if work else 0.0,
        "keep_bps": keep.data_bps,
        "work_bps": work.data_bps if work else keep.data_bps,
        "is_on": 1.0,
        "rests_from": NEVER_SHED,
    }
    rest = [element.modes[name] for name in element.mode_names[1:]]
    return [
        first,
        *({"keep_w": mode.power_w, "keep_bps": mode.data_bps, "work_bps": mode.data_bps,
           "rests_from": NEVER_SHED if mode.sheds is None else mode.sheds}
          for mode in rest),
    ]  # fmt: skip


def _rule(rule: Rule, element: Element, places: Mapping[str, int]) -> dict[str, Any]:
    """A rule's row. What is asked of an element that is not there: it counts as failed."""
    names = element.mode_names
    left = [names.index(name) for name in rule.from_modes] or range(len(names))
    asked = element.id if rule.of is None else rule.of
    temperatures = (rule.temperature_above_k, rule.temperature_below_k)

    def either(value: float | None, otherwise: float) -> float:
        return otherwise if value is None else value

    is_there = asked in places
    never = not is_there and (rule.failed is False or temperatures != (None, None))
    return {
        "from_modes": 0 if never else sum(1 << k for k in left),
        "to": names.index(rule.to),
        "of": places.get(asked, places[element.id]),
        "charge_above": either(rule.charge_above, -np.inf),
        "charge_below": either(rule.charge_below, np.inf),
        "has_temperature": temperatures != (None, None),
        "temperature_above_k": either(temperatures[0], -np.inf),
        "temperature_below_k": either(temperatures[1], np.inf),
        "health_above": _WELL if rule.failed is False else -np.inf,
        "health_below": _WELL if rule.failed and is_there else np.inf,
        "after_s": rule.after_s,
        "is_starved": rule.unserved,
    }


def _spans(elements: Sequence[Element]) -> Rows:
    rules = np.cumsum([0, *(len(element.rules) for element in elements)])
    modes = np.cumsum([0, *(len(element.mode_names) for element in elements)])
    spans = np.zeros(len(elements), SPANS)
    spans["first_rule"], spans["last_rule"] = rules[:-1], rules[1:]
    spans["first_mode"] = modes[:-1]
    return spans


def _store(element: Element, step_s: float) -> dict[str, Any]:
    store = element.storage
    if store is None:
        return {
            "kept_fraction": 1.0, "charge_efficiency": 1.0, "discharge_efficiency": 1.0,
            "aged_fraction": 1.0, "taper_above": 1.0,
        }  # fmt: skip
    path = charge_path(store)
    kept = remaining_fraction(step_s, loss_per_year=store.self_discharge_per_year)
    return {
        "capacity_wh": store.capacity_wh,
        "floor_fraction": store.minimum_state_of_charge,
        "start_wh": store.capacity_wh * store.initial_state_of_charge,
        "kept_fraction": float(kept),
        "aged_fraction": float(remaining_fraction(step_s, loss_per_year=store.fade_per_year)),
        # A full cycle draws the capacity once.
        "fade_per_wh": store.fade_per_cycle / store.capacity_wh if store.capacity_wh else 0.0,
        "charge_power_w": path.power_w,
        "discharge_power_w": store.discharge_power_w,
        "charge_efficiency": path.efficiency,
        "taper_above": path.taper_above,
        "discharge_efficiency": store.discharge_efficiency,
    }


def _generator(element: Element, step_s: float) -> dict[str, Any]:
    generator = element.generator
    if generator is None or not generator.is_steered:
        return {}
    ramp_per_h = _AT_ONCE_PER_H if generator.ramp_per_h is None else generator.ramp_per_h
    return {
        "is_steered": True,
        "start_up_steps": generator.start_up_s / step_s,
        "ramp_fraction": ramp_per_h * step_s / 3600.0,
        "least_fraction": generator.least_fraction,
        "starts_cold": generator.starts_cold,
    }


def _node(element: Element, step_s: float) -> dict[str, Any]:
    node = element.thermal
    if node is None:
        return {"has_node": False}
    left, gain_k_w = node_response(node.heat_capacity_j_k, node.heat_loss_w_k, step_s=step_s)
    return {
        "has_node": True,
        "left_fraction": float(left),
        "gain_k_w": float(gain_k_w),
        "per_gain_w_k": 1.0 / float(gain_k_w),
        "radiator_area_m2": node.radiator_area_m2,
        "radiator_emissivity": node.radiator_emissivity,
        # Two equal temperatures mean no louver.
        "louver_closed_k": node.louver_closed_k or 0.0,
        "louver_open_k": node.louver_open_k or 0.0,
        "louver_closed_fraction": node.louver_closed_fraction,
        "heater_power_w": node.heater_power_w,
        "warm_when_off": float(node.heater_when_off),
        "survival_minimum_k": node.survival_minimum_k,
        "survival_maximum_k": node.survival_maximum_k,
        "operating_minimum_k": node.operating_minimum_k,
        "operating_maximum_k": node.operating_maximum_k,
    }


def _gateway(element: Element, elements: dict[str, tuple[int, Element]]) -> dict[str, Any]:
    """Where an element without links hands its data."""
    found = gateway_of(element, {id_: other for id_, (_, other) in elements.items()})
    if found is None or found[0] == element.id:
        return {"gateway": -1}
    return {"gateway": elements[found[0]][0], "gateway_bps": found[1]}


def _has_data(element: Element, gateways: set[int], place: int) -> bool:
    makes = any(mode.data_bps > 0.0 for mode in element.modes.values())
    return makes or element.data_store_bit > 0.0 or bool(element.links) or place in gateways


def _rows(dtype: np.dtype[np.void], rows: Sequence[dict[str, Any]]) -> Rows:
    table = np.zeros(len(rows), dtype=dtype)
    for k, row in enumerate(rows):
        for name, value in row.items():
            table[name][k] = value
    return table


def _askers(elements: Sequence[Element], experiments: Sequence[Experiment]) -> list[dict[str, Any]]:
    """All that ask for power beyond keep-alive, in the order of service.

    By priority, then the element's own work, its links, and experiments; an experiment is never
    served before the element that carries it.
    """
    priority = {element.id: element.priority for element in elements}
    links = [element.priority for element in elements for _ in element.links]
    askers = [(element.priority, WORK, 0, k) for k, element in enumerate(elements)]
    askers += [(rank, LINK, 0, k) for k, rank in enumerate(links)]
    askers += [
        (max(x.priority, priority[x.element]), EXPERIMENT, x.priority, k)
        for k, x in enumerate(experiments)
    ]
    return [{"kind": kind, "index": k} for _, kind, _, k in sorted(askers)]


def station_arrays(
    elements: Sequence[Element], experiments: Sequence[Experiment], *, step_s: float
) -> StationArrays:
    """The flat arrays of a station for a step of `step_s`.

    Elements and experiments keep their order; they are taken as checked (`station.limits`).
    Raises IlrsError for cables that close a loop or cannot be.
    """
    place = {element.id: (k, element) for k, element in enumerate(elements)}
    places = {element.id: k for k, element in enumerate(elements)}
    network = station_network(elements)
    gateways = [_gateway(element, place) for element in elements]
    keepers = {way["gateway"] for way in gateways}
    keepers |= {place[x.element][0] for x in experiments if x.data_bps > 0.0}
    rows = [
        {
            **_store(element, step_s),
            **_node(element, step_s),
            **_generator(element, step_s),
            **gateways[k],
            "bus": network.bus[k],
            "has_work": "work" in element.modes,
            "has_source": element.array is not None or element.generator is not None,
            "has_data": _has_data(element, keepers, k),
            "data_store_bit": element.data_store_bit,
        }
        for k, element in enumerate(elements)
    ]
    links = [
        {
            "element": k,
            "rate_bps": float(useful_rate_bps(link.rate_bps, frame_loss=link.frame_loss)),
            "power_w": link.power_w,
        }
        for k, element in enumerate(elements)
        for link in element.links
    ]
    research = [
        {
            "element": places[x.element], "data_bps": x.data_bps, "power_w": x.power_w,
            "rank": ALWAYS_RUN if x.sessions.mandatory else float(x.priority),
        }
        for x in experiments
    ]  # fmt: skip
    order = np.argsort([element.priority for element in elements], kind="stable")
    return StationArrays(
        elements=_rows(ELEMENTS, rows),
        buses=network.buses,
        cables=tuple("" if ends is None else cable_name(*ends) for ends in network.ends),
        modes=_rows(MODES, [mode for element in elements for mode in _modes(element)]),
        rules=_rows(RULES, [_rule(rule, e, places) for e in elements for rule in e.rules]),
        spans=_spans(elements),
        by_priority=order.astype(np.int64),
        links=_rows(LINKS, links),
        experiments=_rows(EXPERIMENTS, research),
        askers=_rows(ASKERS, _askers(elements, experiments)),
    )
