"""The station as flat arrays: what the step loop reads, and what a batch of runs would vary."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.programme.entities import Element, Experiment, Mode, Storage, Thermal
from ilrs.station.heat import node_response
from ilrs.station.power import remaining_fraction

__all__ = ["EXPERIMENT", "LINK", "WORK", "StationArrays", "station_arrays"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: What may ask for power once all are kept alive: work of an element, a link, an experiment.
WORK, LINK, EXPERIMENT = 0, 1, 2
_NO_MODE = Mode()


class StationArrays(NamedTuple):
    """Sizes of a station per element, link and experiment, frozen (a tuple, which numba takes)."""

    keep_alive_w: FloatArray
    keep_alive_bps: FloatArray
    work_extra_w: FloatArray  # beyond keep-alive
    work_bps: FloatArray
    has_work: BoolArray
    by_priority: IntArray  # elements, served first to last

    capacity_wh: FloatArray  # 0 where there is no store
    floor_wh: FloatArray
    start_wh: FloatArray
    kept_fraction: FloatArray  # of stored energy over a step, by self-discharge
    charge_power_w: FloatArray
    discharge_power_w: FloatArray
    charge_efficiency: FloatArray
    discharge_efficiency: FloatArray

    has_node: BoolArray
    left_fraction: FloatArray  # of a temperature difference after a step
    gain_k_w: FloatArray
    steady_heat_w: FloatArray
    heater_power_w: FloatArray
    survival_minimum_k: FloatArray
    survival_maximum_k: FloatArray
    operating_minimum_k: FloatArray
    operating_maximum_k: FloatArray

    data_store_bit: FloatArray
    gateway: IntArray  # the element that sends this one's data; -1 for none
    gateway_bps: FloatArray

    link_element: IntArray
    link_bps: FloatArray
    link_power_w: FloatArray

    host: IntArray  # element of each experiment
    experiment_w: FloatArray
    experiment_bps: FloatArray

    asker_kind: IntArray  # WORK, LINK or EXPERIMENT, in the order in which they are served
    asker_index: IntArray


def _column(parts: Sequence[Any], value: Callable[[Any], float], absent: float) -> FloatArray:
    return np.array([absent if p is None else value(p) for p in parts], dtype=np.float64)


def _modes(elements: Sequence[Element]) -> dict[str, Any]:
    keep = [element.modes.get("keep_alive", _NO_MODE) for element in elements]
    work = [element.modes.get("work") for element in elements]
    extra = [w.power_w - k.power_w if w else 0.0 for k, w in zip(keep, work, strict=True)]
    made = [w.data_bps if w else k.data_bps for k, w in zip(keep, work, strict=True)]
    return {
        "keep_alive_w": np.array([mode.power_w for mode in keep]),
        "keep_alive_bps": np.array([mode.data_bps for mode in keep]),
        # A mode's power is the whole draw; work that needs less than keep-alive asks for no more.
        "work_extra_w": np.maximum(np.array(extra), 0.0),
        "work_bps": np.array(made, dtype=np.float64),
        "has_work": np.array([mode is not None for mode in work]),
        "by_priority": np.argsort([e.priority for e in elements], kind="stable").astype(np.int64),
    }


def _stores(stores: Sequence[Storage | None], step_s: float) -> dict[str, FloatArray]:
    kept = [
        float(remaining_fraction(step_s, loss_per_year=s.self_discharge_per_year)) if s else 1.0
        for s in stores
    ]
    capacity = _column(stores, lambda s: s.capacity_wh, 0.0)
    return {
        "capacity_wh": capacity,
        "floor_wh": capacity * _column(stores, lambda s: s.minimum_state_of_charge, 0.0),
        "start_wh": capacity * _column(stores, lambda s: s.initial_state_of_charge, 0.0),
        "kept_fraction": np.array(kept),
        "charge_power_w": _column(stores, lambda s: s.charge_power_w, 0.0),
        "discharge_power_w": _column(stores, lambda s: s.discharge_power_w, 0.0),
        "charge_efficiency": _column(stores, lambda s: s.charge_efficiency, 1.0),
        "discharge_efficiency": _column(stores, lambda s: s.discharge_efficiency, 1.0),
    }


def _nodes(nodes: Sequence[Thermal | None], step_s: float) -> dict[str, Any]:
    left, gain_k_w = node_response(
        _column(nodes, lambda n: n.heat_capacity_j_k, 1.0),
        _column(nodes, lambda n: n.heat_loss_w_k, 0.0),
        step_s=step_s,
    )
    return {
        "has_node": np.array([node is not None for node in nodes]),
        "left_fraction": left,
        "gain_k_w": gain_k_w,
        "steady_heat_w": _column(nodes, lambda n: n.radioisotope_heat_w, 0.0),
        "heater_power_w": _column(nodes, lambda n: n.heater_power_w, 0.0),
        "survival_minimum_k": _column(nodes, lambda n: n.survival_minimum_k, -np.inf),
        "survival_maximum_k": _column(nodes, lambda n: n.survival_maximum_k, np.inf),
        "operating_minimum_k": _column(nodes, lambda n: n.operating_minimum_k, -np.inf),
        "operating_maximum_k": _column(nodes, lambda n: n.operating_maximum_k, np.inf),
    }


def _data(elements: Sequence[Element]) -> dict[str, Any]:
    """Stores, links and gateways: an element without links hands its data over one cable."""
    index = {element.id: k for k, element in enumerate(elements)}
    gateway, rate = [-1] * len(elements), [0.0] * len(elements)
    for k, element in enumerate(elements):
        for side in element.interfaces:
            other = index.get(side.partner_element, -1)
            cable = side.kind == "data" and side.role == "needs" and other >= 0
            if cable and not element.links and elements[other].links and gateway[k] < 0:
                gateway[k] = other
                rate[k] = np.inf if side.rate_bps is None else side.rate_bps
    links = [(k, link) for k, element in enumerate(elements) for link in element.links]
    return {
        "data_store_bit": np.array([element.data_store_bit for element in elements]),
        "gateway": np.array(gateway, dtype=np.int64),
        "gateway_bps": np.array(rate, dtype=np.float64),
        "link_element": np.array([k for k, _ in links], dtype=np.int64),
        "link_bps": np.array([link.rate_bps for _, link in links], dtype=np.float64),
        "link_power_w": np.array([link.power_w for _, link in links], dtype=np.float64),
    }


def _askers(elements: Sequence[Element], experiments: Sequence[Experiment]) -> list[Any]:
    """(kind, index) of all that ask for power beyond keep-alive, in the order of service.

    By priority, then the element's own work, its links, and experiments; an experiment is never
    served before the element that carries it.
    """
    index = {element.id: k for k, element in enumerate(elements)}
    links = [element.priority for element in elements for _ in element.links]
    askers = [(e.priority, WORK, 0, k) for k, e in enumerate(elements)]
    askers += [(priority, LINK, 0, k) for k, priority in enumerate(links)]
    for k, experiment in enumerate(experiments):
        carrier = elements[index[experiment.element]].priority
        askers.append((max(experiment.priority, carrier), EXPERIMENT, experiment.priority, k))
    return [(kind, k) for _, kind, _, k in sorted(askers)]


def station_arrays(
    elements: Sequence[Element], experiments: Sequence[Experiment], *, step_s: float
) -> StationArrays:
    """The flat arrays of a station for a step of `step_s`.

    Elements and experiments keep their order; they are taken as checked (`station.limits`).
    """
    index = {element.id: k for k, element in enumerate(elements)}
    order = np.array(_askers(elements, experiments), dtype=np.int64).reshape(-1, 2)
    return StationArrays(
        **_modes(elements),
        **_stores([element.storage for element in elements], step_s),
        **_nodes([element.thermal for element in elements], step_s),
        **_data(elements),
        host=np.array([index[e.element] for e in experiments], dtype=np.int64),
        experiment_w=np.array([e.power_w for e in experiments], dtype=np.float64),
        experiment_bps=np.array([e.data_bps for e in experiments], dtype=np.float64),
        asker_kind=np.ascontiguousarray(order[:, 0]),
        asker_index=np.ascontiguousarray(order[:, 1]),
    )
