"""What declared numbers the station can be run with; anything else is refused with its reason."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import format_quantity
from ilrs.foundation.time import utc_text
from ilrs.programme.entities import Element, Experiment, Thermal
from ilrs.station.forcing import generator_heat_w, radioisotope_w, sink_k
from ilrs.station.heat import radiator_w

__all__ = ["check_elements", "check_experiments", "cold_nodes"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_MORE_THAN_0, _AT_LEAST_0 = "it is more than 0", "it is 0 or more"
_FRACTION, _EFFICIENCY = "it lies from 0 to 1", "it is more than 0 and at most 1"
_LOSS = "it is 0 or more and less than 1"


class _Limit(NamedTuple):
    part: str  # of an element; "" for the element itself
    attribute: str
    possible: str


_LIMITS = (
    _Limit("array", "area_m2", _AT_LEAST_0),
    _Limit("array", "efficiency", _FRACTION),
    _Limit("array", "absorptance", _FRACTION),
    _Limit("array", "front_emissivity", _EFFICIENCY),
    _Limit("array", "back_emissivity", _FRACTION),
    _Limit("array", "degradation_per_year", _LOSS),
    _Limit("array", "dust_loss_per_year", _LOSS),
    _Limit("array", "radiation_loss_per_year", _LOSS),
    _Limit("generator", "power_w", _AT_LEAST_0),
    _Limit("generator", "heat_w", _AT_LEAST_0),
    _Limit("generator", "decay_per_year", _LOSS),
    _Limit("generator", "start_up_s", _AT_LEAST_0),
    _Limit("generator", "ramp_per_h", _MORE_THAN_0),
    _Limit("generator", "least_fraction", _FRACTION),
    _Limit("storage", "capacity_wh", _AT_LEAST_0),
    _Limit("storage", "charge_power_w", _AT_LEAST_0),
    _Limit("storage", "discharge_power_w", _AT_LEAST_0),
    _Limit("storage", "charge_efficiency", _EFFICIENCY),
    _Limit("storage", "discharge_efficiency", _EFFICIENCY),
    _Limit("storage", "minimum_state_of_charge", _FRACTION),
    _Limit("storage", "initial_state_of_charge", _FRACTION),
    _Limit("storage", "self_discharge_per_year", _LOSS),
    _Limit("storage", "fade_per_year", _LOSS),
    _Limit("storage", "fade_per_cycle", _LOSS),
    _Limit("storage.charger", "power_w", _AT_LEAST_0),
    _Limit("storage.charger", "efficiency", _EFFICIENCY),
    _Limit("storage.charger", "taper_above", _FRACTION),
    _Limit("thermal", "heat_capacity_j_k", _MORE_THAN_0),
    _Limit("thermal", "heat_loss_w_k", _AT_LEAST_0),
    _Limit("thermal", "sky_view", _FRACTION),
    _Limit("thermal", "shadow_view", _FRACTION),
    _Limit("thermal", "shadow_k", _AT_LEAST_0),
    _Limit("thermal", "sunlit_area_m2", _AT_LEAST_0),
    _Limit("thermal", "absorptance", _FRACTION),
    _Limit("thermal", "radiator_area_m2", _AT_LEAST_0),
    _Limit("thermal", "radiator_emissivity", _FRACTION),
    _Limit("thermal", "louver_closed_fraction", _FRACTION),
    _Limit("thermal", "heater_power_w", _AT_LEAST_0),
    _Limit("thermal", "radioisotope_heat_w", _AT_LEAST_0),
    _Limit("thermal", "radioisotope_decay_per_year", _LOSS),
    _Limit("", "data_store_bit", _AT_LEAST_0),
)


def _fits(value: float, possible: str) -> bool:
    return {
        _MORE_THAN_0: 0.0 < value < float("inf"),
        _AT_LEAST_0: 0.0 <= value < float("inf"),
        _FRACTION: 0.0 <= value <= 1.0,
        _EFFICIENCY: 0.0 < value <= 1.0,
        _LOSS: 0.0 <= value < 1.0,
    }[possible]


def _require(value: float, possible: str, *, where: str) -> None:
    if not _fits(value, possible):
        raise IlrsError(f"{where} is {value:g}", possible, "Correct it in its file.")


def _check_temperatures(element: Element) -> None:
    thermal = element.thermal
    if thermal is None:
        return
    limits = (
        thermal.survival_minimum_k, thermal.operating_minimum_k,
        thermal.operating_maximum_k, thermal.survival_maximum_k,
    )  # fmt: skip
    if list(limits) != sorted(limits):
        raise IlrsError(
            f"{element.id}'s temperatures are {', '.join(f'{limit:g}' for limit in limits)} K",
            "survival minimum, operating minimum, operating maximum and survival maximum rise",
            "Correct them in its file.",
        )
    if thermal.sky_view + thermal.shadow_view > 1.0:
        raise IlrsError(
            f"{element.id} sees {thermal.sky_view:g} of sky and {thermal.shadow_view:g} of shadow",
            "together they are at most 1, the whole view",
            "Correct `sky_view` or `shadow_view`.",
        )
    closed_k, open_k = thermal.louver_closed_k, thermal.louver_open_k
    if (closed_k is None) != (open_k is None) or (closed_k or 0.0) >= (open_k or 1.0):
        told = ", ".join("nothing" if k is None else f"{k:g} K" for k in (closed_k, open_k))
        raise IlrsError(
            f"{element.id}'s louver is closed at and open at {told}",
            "a louver is closed up to one temperature and open from a higher one",
            "Write both in this order, or neither.",
        )


def _check_array(element: Element) -> None:
    array = element.array
    if array is None:
        return
    if array.tracking == "fixed" and array.azimuth_deg is None:
        raise IlrsError(
            f"{element.id}'s fixed array names no azimuth",
            "a fixed panel faces one way",
            "Write its `azimuth`, or `tracking: azimuth`.",
        )
    if array.absorptance < array.efficiency:
        raise IlrsError(
            f"{element.id}'s array takes in {array.absorptance:g} of the light and makes power of"
            f" {array.efficiency:g}",
            "no more can be made of it than is taken in",
            "Correct its `absorptance` or its `efficiency`.",
        )


def _check_element(element: Element) -> None:
    for limit in _LIMITS:
        part: Any = element
        for name in filter(None, limit.part.split(".")):
            part = None if part is None else getattr(part, name)
        value = None if part is None else getattr(part, limit.attribute)
        if value is not None:
            where = ".".join(filter(None, (element.id, limit.part, limit.attribute)))
            _require(value, limit.possible, where=where)
    for name, mode in element.modes.items():
        _require(mode.power_w, _AT_LEAST_0, where=f"{element.id}.modes.{name}.power_w")
        _require(mode.data_bps, _AT_LEAST_0, where=f"{element.id}.modes.{name}.data_bps")
    for link in element.links:
        _require(link.rate_bps, _MORE_THAN_0, where=f"{element.id}'s link via {link.via}.rate_bps")
        _require(link.frame_loss, _LOSS, where=f"{element.id}'s link via {link.via}.frame_loss")
        _require(link.power_w, _AT_LEAST_0, where=f"{element.id}'s link via {link.via}.power_w")
    _check_array(element)
    _check_temperatures(element)


def check_elements(elements: Sequence[Element], *, site: str) -> None:
    """Raises IlrsError unless these elements can be run as one station at `site`."""
    if not elements:
        raise IlrsError(
            f"no element stands at {site or 'the site'}",
            "a station is run with at least one",
            "Choose a later start, or another site, or declare elements there.",
        )
    seen: set[str] = set()
    for element in elements:
        if element.id in seen:
            raise IlrsError(
                f"the element {element.id} is there twice",
                "each id names one element",
                "Pass each element once.",
            )
        seen.add(element.id)
        if site and element.site != site:
            raise IlrsError(
                f"{element.id} stands at {element.site or 'no site'}",
                f"the environment is that of {site}",
                "Run the elements of one site together.",
            )
        _check_element(element)


def check_experiments(experiments: Sequence[Experiment], *, elements: Sequence[Element]) -> None:
    """Raises IlrsError unless each experiment's element is there and its numbers can be run."""
    ids = [element.id for element in elements]
    for experiment in experiments:
        if experiment.element not in ids:
            raise IlrsError(
                f"{experiment.id} runs on {experiment.element}, which is not in this station",
                f"there are {', '.join(ids)}",
                "Pass only the experiments of the elements that stand.",
            )
        _require(experiment.power_w, _AT_LEAST_0, where=f"{experiment.id}.power_w")
        _require(experiment.data_bps, _AT_LEAST_0, where=f"{experiment.id}.data_bps")


def cold_nodes(elements: Sequence[Element], *, environment: xr.Dataset) -> tuple[str, ...]:
    """A note for each element that cannot be held in the coldest surroundings of the run.

    All its heat but sunlight, with full power at the run's end, is compared with what it loses at
    its survival minimum; of one that faults switch off for a while, its heater alone. A short cold
    spell may pass all the same: the run says what happens.
    """
    notes = (_cold_note(element, environment) for element in elements)
    return tuple(note for note in notes if note)


def _cold_note(element: Element, environment: xr.Dataset) -> str:
    node = element.thermal
    if node is None:
        return ""
    sinks_k = sink_k(element, environment)
    coldest = int(np.argmin(sinks_k))
    least_k, coldest_k = node.survival_minimum_k, float(sinks_k[coldest])
    radiated_w = float(radiator_w(least_k, coldest_k, **_radiator(node)))
    lost_w = node.heat_loss_w_k * (least_k - coldest_k) + radiated_w
    at_the_end = environment["t_s"].values[-1:]
    short_w, is_off = lost_w - _most_heat_w(element, node, at_the_end), False
    if short_w <= 0.0 and _goes_off(element):
        heater_w = node.heater_power_w if node.heater_when_off else 0.0
        short_w = lost_w - heater_w - float(radioisotope_w(element, at_the_end)[0])
        is_off = True
    if short_w <= 0.0:
        return ""
    when = utc_text(environment["time"].values[coldest])
    needed = format_quantity((node.heater_power_w if node.heater_when_off else 0.0) + short_w, "W")
    mend = f"A `heater_power` of {needed} would hold it"
    if is_off and not node.heater_when_off:
        mend = f"A heater of {needed} that works on (`heater_when_off: true`) would hold it"
    return (
        f"{element.id} cannot be held at its survival minimum of {least_k:g} K"
        f"{' while a fault has it off' if is_off else ''}: at {when} its"
        f" surroundings are at {coldest_k:.4g} K, and of the"
        f" {lost_w:.4g} W that it would lose {short_w:.3g} W are missing."
        f" {mend}{_less_loss(node, coldest_k, short_w)}."
    )


def _goes_off(element: Element) -> bool:
    """Whether a fault takes the element out for a while, to work again later."""
    return any(
        fault.effect == "power_cycle" or (fault.effect == "lost" and fault.repair is not None)
        for fault in element.faults
    )


def _radiator(node: Thermal) -> dict[str, float]:
    return {
        "area_m2": node.radiator_area_m2,
        "emissivity": node.radiator_emissivity,
        "louver_closed_k": node.louver_closed_k or 0.0,
        "louver_open_k": node.louver_open_k or 0.0,
        "closed_fraction": node.louver_closed_fraction,
    }


def _most_heat_w(element: Element, node: Thermal, t_s: FloatArray) -> float:
    """Heat of an element kept alive with its heater at full power, after so long a run. [W]"""
    keep = element.modes.get("keep_alive")
    electric_w = node.heater_power_w + (keep.power_w if keep else 0.0)
    # A steered generator is only sure to bring the heat of its least power.
    sure = element.generator.least_fraction if element.generator else 1.0
    own_w = sure * generator_heat_w(element, t_s) + radioisotope_w(element, t_s)
    return electric_w + float(own_w[0])


def _less_loss(node: Thermal, sink_k: float, short_w: float) -> str:
    """The better insulation that would do as well; none where the radiator alone loses too much."""
    loss_w_k = node.heat_loss_w_k - short_w / (node.survival_minimum_k - sink_k)
    return f", or a `heat_loss` of {loss_w_k:.3g} W/K" if loss_w_k > 0.0 else ""
