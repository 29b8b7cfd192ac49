"""Heat of an element as one lumped node: C dT/dt = Q - UA (T - T_sink).

All electric power an element uses becomes heat in its node; the sink is what it sees of ground and
sky. Not here yet: heat pipes, heat passed between elements, and the part of the power that a
transmitter radiates away.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "absorbed_w", "end_temperature_k", "heater_power_w", "mean_temperature_k", "node_response",
    "radiator_w", "surroundings_k",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = float | FloatArray

STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018
SKY_K = 2.725  # cosmic background: Fixsen 2009, doi:10.1088/0004-637X/707/2/916
GROUND_ALBEDO = 0.12  # of highlands: Hayne et al. 2017, doi:10.1002/2017JE005387, table A2


def surroundings_k(
    surface_temperature_k: Values,
    *,
    sky_view: Values,
    shadow_view: Values = 0.0,
    shadow_k: Values = 0.0,
) -> FloatArray:
    """Temperature of the black sink that radiates as the sky and the ground in view do. [K]

    T^4 is the mean of T^4 over the view: sky, ground in lasting shadow at `shadow_k`, and for the
    rest open ground. Ground is taken as black (its emissivity of 0.95 would make the sink 1.3 %
    colder). Any shape. Gilmore, Spacecraft Thermal Control Handbook, section 2.
    """
    ground_k = np.asarray(surface_temperature_k, dtype=np.float64)
    open_view = 1.0 - np.asarray(sky_view, dtype=np.float64) - shadow_view
    # Relative to the ground, so that a view of open ground alone is exactly as warm as it.
    sky, shadow = (SKY_K / ground_k) ** 4, (shadow_k / ground_k) ** 4
    return np.asarray(ground_k * (open_view + sky_view * sky + shadow_view * shadow) ** 0.25)


def absorbed_w(
    solar_irradiance_w_m2: Values,
    sun_elevation_deg: Values,
    *,
    sun_visible_fraction: Values,
    sunlit_area_m2: Values,
    absorptance: Values,
    sky_view: Values,
) -> FloatArray:
    """Sunlight taken in as heat: direct, and scattered by the ground in view. [W] Any shape.

    `sunlit_area_m2` is the body's area as seen from the Sun. Ground lit as the body is scatters
    albedo x irradiance x sine of the elevation evenly (Lambert), and fills 1 - sky of its view.
    """
    direct_w_m2 = np.asarray(solar_irradiance_w_m2, dtype=np.float64) * sun_visible_fraction
    sine = np.maximum(np.sin(np.radians(np.asarray(sun_elevation_deg, dtype=np.float64))), 0.0)
    scattered = GROUND_ALBEDO * sine * (1.0 - np.asarray(sky_view, dtype=np.float64))
    return np.asarray(absorptance * sunlit_area_m2 * direct_w_m2 * (1.0 + scattered))


def radiator_w(
    temperature_k: Values,
    sink_k: Values,
    *,
    area_m2: Values,
    emissivity: Values,
    louver_closed_k: Values,
    louver_open_k: Values,
    closed_fraction: Values,
) -> FloatArray:
    """Heat that a radiator gives off beyond what its sink sends back. [W] Any shape.

    Stefan and Boltzmann, with an emissivity that a louver turns linearly from `closed_fraction` of
    it at `louver_closed_k` to all of it at `louver_open_k`; two equal temperatures mean no louver.
    Hardt et al., Louvers, in Gilmore, Spacecraft Thermal Control Handbook, section 9.
    """
    node_k = np.asarray(temperature_k, dtype=np.float64)
    span_k = np.asarray(louver_open_k, dtype=np.float64) - louver_closed_k
    turned = np.clip((node_k - louver_closed_k) / np.where(span_k > 0.0, span_k, 1.0), 0.0, 1.0)
    part = np.where(span_k > 0.0, closed_fraction + (1.0 - closed_fraction) * turned, 1.0)
    net_k4 = node_k**4 - np.asarray(sink_k, dtype=np.float64) ** 4
    return np.asarray(part * emissivity * area_m2 * STEFAN_BOLTZMANN_W_M2_K4 * net_k4)


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
