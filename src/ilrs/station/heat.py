"""Heat of an element as one lumped node: C dT/dt = Q - UA (T - T_sink).

All electric power an element uses becomes heat in its node; the sink is the ground. Not here yet:
sunlight on the element's skin, radiation to the sky (UA is linear), louvers and heat pipes, heat
passed between elements, and the part of the power that a transmitter radiates away.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["end_temperature_k", "heater_power_w", "mean_temperature_k", "node_response"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray


def node_response(
    heat_capacity_j_k: Values, heat_loss_w_k: Values, *, step_s: float
) -> tuple[FloatArray, FloatArray]:
    """Part of a temperature difference left after a step [1]; warming per heat of the step [K/W].

    Exact for heat and sink held constant over the step, hence stable for any step. A node without
    loss keeps everything and warms by step / C. Lumped-capacitance solution: Incropera and
    DeWitt, Fundamentals of Heat and Mass Transfer, section 5.3.
    """
    capacity = np.asarray(heat_capacity_j_k, dtype=np.float64)
    steps = np.asarray(heat_loss_w_k, dtype=np.float64) * step_s / capacity
    # (1 - exp(-x)) / x tends to 1; expm1 keeps its digits where a node hardly loses heat.
    safe = np.where(steps > 0.0, steps, 1.0)
    share = np.where(steps > 0.0, -np.expm1(-safe) / safe, 1.0)
    return np.asarray(np.exp(-steps)), np.asarray(share * step_s / capacity)


def end_temperature_k(
    temperature_k: Values,
    heat_w: Values,
    *,
    sink_k: Values,
    heat_capacity_j_k: Values,
    heat_loss_w_k: Values,
    step_s: float,
) -> FloatArray:
    """Temperature of the node at the end of a step. [K] Any shape; see `node_response`."""
    left, gain_k_w = node_response(heat_capacity_j_k, heat_loss_w_k, step_s=step_s)
    start = np.asarray(temperature_k, dtype=np.float64)
    return np.asarray(sink_k + (start - sink_k) * left + np.asarray(heat_w) * gain_k_w)


def mean_temperature_k(
    temperature_k: Values,
    heat_w: Values,
    *,
    sink_k: Values,
    heat_capacity_j_k: Values,
    heat_loss_w_k: Values,
    step_s: float,
) -> FloatArray:
    """Mean temperature of the node over a step, so that C dT = (Q - UA (mean - sink)) step. [K]"""
    capacity = np.asarray(heat_capacity_j_k, dtype=np.float64)
    loss = np.asarray(heat_loss_w_k, dtype=np.float64)
    steps = loss * step_s / capacity
    safe = np.where(steps > 0.0, steps, 1.0)
    share = np.where(steps > 0.0, -np.expm1(-safe) / safe, 1.0)
    # Mean of the warming by heat; its closed form loses its digits for slow nodes, where the
    # first terms of its series are exact enough (next term: x**3 / 120).
    series = 0.5 - steps / 6.0 + steps**2 / 24.0
    rise = np.where(steps > 1e-4, (1.0 - share) / safe, series) * step_s / capacity
    start = np.asarray(temperature_k, dtype=np.float64)
    return np.asarray(sink_k + (start - sink_k) * share + np.asarray(heat_w) * rise)


def heater_power_w(
    temperature_k: Values,
    heat_w: Values,
    *,
    hold_k: Values,
    sink_k: Values,
    heat_capacity_j_k: Values,
    heat_loss_w_k: Values,
    step_s: float,
    most_w: Values,
) -> FloatArray:
    """Heater power that brings a node to at least `hold_k` by the end of a step. [W]

    `heat_w` is the heat there is without the heater, `most_w` the heater's limit. Within a step a
    node's temperature only rises or only falls, so a node that begins above `hold_k` stays above.
    """
    free_k = end_temperature_k(
        temperature_k, heat_w, sink_k=sink_k, heat_capacity_j_k=heat_capacity_j_k,
        heat_loss_w_k=heat_loss_w_k, step_s=step_s,
    )  # fmt: skip
    gain_k_w = node_response(heat_capacity_j_k, heat_loss_w_k, step_s=step_s)[1]
    return np.asarray(np.clip((hold_k - free_k) / gain_k_w, 0.0, most_w))
