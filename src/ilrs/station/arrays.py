"""The station as flat arrays: what the step loop reads, and what a batch of runs would vary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.programme.entities import Element, Experiment, Mode
from ilrs.station.heat import node_response
from ilrs.station.power import remaining_fraction

__all__ = [
    "ASKERS", "ELEMENTS", "EXPERIMENT", "EXPERIMENTS", "LINK", "LINKS", "WORK", "StationArrays",
    "station_arrays",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]

#: What may ask for power once all are kept alive: work of an element, a link, an experiment.
WORK, LINK, EXPERIMENT = 0, 1, 2

#: One row per element. Absent parts stand as numbers that do nothing: no store has no capacity.
ELEMENTS = np.dtype(
    [
        ("keep_alive_w", "f8"),
        ("keep_alive_bps", "f8"),
        ("work_extra_w", "f8"),  # beyond keep-alive
        ("work_bps", "f8"),
        ("has_work", "?"),
        ("capacity_wh", "f8"),
        ("floor_wh", "f8"),
        ("start_wh", "f8"),
        ("kept_fraction", "f8"),  # of stored energy over a step, by self-discharge
        ("charge_power_w", "f8"),
        ("discharge_power_w", "f8"),
        ("charge_efficiency", "f8"),
        ("discharge_efficiency", "f8"),
        ("has_node", "?"),
        ("left_fraction", "f8"),  # of a temperature difference after a step
        ("gain_k_w", "f8"),  # warming after a step per heat of the step
        ("radioisotope_heat_w", "f8"),
        ("heater_power_w", "f8"),
        ("survival_minimum_k", "f8"),
        ("survival_maximum_k", "f8"),
        ("operating_minimum_k", "f8"),
        ("operating_maximum_k", "f8"),
        ("data_store_bit", "f8"),
        ("gateway", "i8"),  # the element that sends this one's data; -1 for none
        ("gateway_bps", "f8"),
    ],
    align=True,
)
LINKS = np.dtype([("element", "i8"), ("rate_bps", "f8"), ("power_w", "f8")])
EXPERIMENTS = np.dtype([("element", "i8"), ("data_bps", "f8"), ("power_w", "f8")])
#: Who asks for power beyond keep-alive, in the order of service.
ASKERS = np.dtype([("kind", "i8"), ("index", "i8")])


@dataclass(frozen=True, slots=True, kw_only=True)
class StationArrays:
    """Sizes of a station, frozen: one row per element, link, experiment and asker for power."""

    elements: Rows
    by_priority: npt.NDArray[np.int64]  # elements, kept alive first to last
    links: Rows
    experiments: Rows
    askers: Rows


def _modes(element: Element) -> dict[str, Any]:
    keep, work = element.modes.get("keep_alive", Mode()), element.modes.get("work")
    return {
        "keep_alive_w": keep.power_w,
        "keep_alive_bps": keep.data_bps,
        # A mode's power is the whole draw; work that needs less than keep-alive asks for no more.
        "work_extra_w": max(work.power_w - keep.power_w, 0.0) if work else 0.0,
        "work_bps": work.data_bps if work else keep.data_bps,
        "has_work": work is not None,
    }


def _store(element: Element, step_s: float) -> dict[str, Any]:
    store = element.storage
    if store is None:
        return {"kept_fraction": 1.0, "charge_efficiency": 1.0, "discharge_efficiency": 1.0}
    kept = remaining_fraction(step_s, loss_per_year=store.self_discharge_per_year)
    return {
        "capacity_wh": store.capacity_wh,
        "floor_wh": store.capacity_wh * store.minimum_state_of_charge,
        "start_wh": store.capacity_wh * store.initial_state_of_charge,
        "kept_fraction": float(kept),
        "charge_power_w": store.charge_power_w,
        "discharge_power_w": store.discharge_power_w,
        "charge_efficiency": store.charge_efficiency,
        "discharge_efficiency": store.discharge_efficiency,
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
        "radioisotope_heat_w": node.radioisotope_heat_w,
        "heater_power_w": node.heater_power_w,
        "survival_minimum_k": node.survival_minimum_k,
        "survival_maximum_k": node.survival_maximum_k,
        "operating_minimum_k": node.operating_minimum_k,
        "operating_maximum_k": node.operating_maximum_k,
    }


def _gateway(element: Element, elements: dict[str, tuple[int, Element]]) -> dict[str, Any]:
    """Where an element without links hands its data: the first data cable to one with links."""
    for side in element.interfaces:
        if side.kind != "data" or side.role != "needs" or element.links:
            continue
        place, other = elements.get(side.partner_element, (-1, None))
        if other is not None and other.links:
            return {"gateway": place, "gateway_bps": side.rate_bps or np.inf}
    return {"gateway": -1}


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
    """
    place = {element.id: (k, element) for k, element in enumerate(elements)}
    rows = [
        {
            **_modes(element),
            **_store(element, step_s),
            **_node(element, step_s),
            **_gateway(element, place),
            "data_store_bit": element.data_store_bit,
        }
        for element in elements
    ]
    links = [
        {"element": k, "rate_bps": link.rate_bps, "power_w": link.power_w}
        for k, element in enumerate(elements)
        for link in element.links
    ]
    research = [
        {"element": place[x.element][0], "data_bps": x.data_bps, "power_w": x.power_w}
        for x in experiments
    ]
    order = np.argsort([element.priority for element in elements], kind="stable")
    return StationArrays(
        elements=_rows(ELEMENTS, rows),
        by_priority=order.astype(np.int64),
        links=_rows(LINKS, links),
        experiments=_rows(EXPERIMENTS, research),
        askers=_rows(ASKERS, _askers(elements, experiments)),
    )
