"""What the environment and the plan do to a station, as arrays on the run's time axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_text
from ilrs.programme.entities import Array, Element, Experiment, Link
from ilrs.station.autonomy import rules_open
from ilrs.station.data import earth_link_open
from ilrs.station.heat import absorbed_w, surroundings_k
from ilrs.station.power import (
    array_power_w,
    at_mast_height,
    cell_efficiency,
    cell_temperature_k,
    facing_fraction,
    remaining_fraction,
)

__all__ = [
    "Forcing",
    "generator_heat_w",
    "idle_plan",
    "radioisotope_w",
    "sink_k",
    "station_forcing",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_ANTENNA_HEIGHT_M = 2.0  # of an element without a mast
_NEEDED = (
    "sun_azimuth_deg", "sun_elevation_deg", "sun_visible_fraction", "solar_irradiance_w_m2",
    "earth_elevation_deg", "earth_visible_fraction", "relay_open_fraction", "surface_temperature_k",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Forcing:
    """Power that could be made, heat, open links and the plan; the second axis is time."""

    made_w: FloatArray  # element, time
    generator_heat_w: FloatArray  # element, time
    radioisotope_w: FloatArray  # element, time; heat of heater units
    absorbed_w: FloatArray  # element, time; sunlight on the body
    load_w: FloatArray  # element, time; keep-alive power beyond that of the mode
    sink_k: FloatArray  # element, time
    link_open: FloatArray  # link, time; part of the step
    planned_fraction: FloatArray  # experiment, time
    rule_open: FloatArray  # rule, time; 1 where its surroundings are as it says


def check_environment(environment: xr.Dataset) -> None:
    """Raises IlrsError unless the environment is laid out as docs/rooms.md says, without gaps."""
    missing = [name for name in (*_NEEDED, "t_s") if name not in environment]
    missing += [name for name in ("step_s",) if name not in environment.attrs]
    if missing:
        raise IlrsError(
            f"the environment lacks {', '.join(missing)}",
            "docs/rooms.md lists what it holds",
            "Make it with study.environment.site_environment.",
        )
    for name in _NEEDED:
        gaps = int((~np.isfinite(environment[name].values)).sum())
        if gaps:
            raise IlrsError(
                f"the environment's {name} has {gaps} value{'s' if gaps != 1 else ''} missing",
                "every value is a finite number",
                "Mend the terrain or the span it was made from.",
            )


def _made_w(element: Element, environment: xr.Dataset) -> FloatArray:
    """Power the element's array and generator make, aged from the start of the run. [W]"""
    t_s = environment["t_s"].values
    made = np.zeros(t_s.size)
    if element.generator is not None:
        left = remaining_fraction(t_s, loss_per_year=element.generator.decay_per_year)
        made += element.generator.power_w * left
    if element.array is not None:
        made += _array_w(element.array, environment)
    return made


def _array_w(array: Array, environment: xr.Dataset) -> FloatArray:
    """Power that an array makes: its light, its cells' efficiency when so warm, its age. [W]"""
    light = at_mast_height(
        environment["sun_visible_fraction"].transpose("mast_height_m", "time").values,
        array.mast_height_m,
        heights_m=environment["mast_height_m"].values,
    )
    facing = facing_fraction(
        environment["sun_azimuth_deg"].values,
        environment["sun_elevation_deg"].values,
        panel_azimuth_deg=array.azimuth_deg if array.tracking == "fixed" else None,
        tilt_deg=array.tilt_deg,
    )
    irradiance = environment["solar_irradiance_w_m2"].values
    made = array_power_w(
        irradiance, light,
        facing=facing, area_m2=array.area_m2,
        efficiency=_efficiency(array, irradiance * light * facing, environment),
    )  # fmt: skip
    t_s = environment["t_s"].values
    for loss in (array.degradation_per_year, array.dust_loss_per_year,
                 array.radiation_loss_per_year):  # fmt: skip
        if loss:
            made = made * remaining_fraction(t_s, loss_per_year=loss)
    return made


def _efficiency(
    array: Array, light_w_m2: FloatArray, environment: xr.Dataset
) -> float | FloatArray:
    """The cells' efficiency at the temperature that this light gives them. [1]"""
    if array.temperature_coefficient_per_k == 0.0:
        return array.efficiency
    cells: dict[str, float] = {
        "efficiency": array.efficiency,
        "temperature_coefficient_per_k": array.temperature_coefficient_per_k,
    }
    warm_k = cell_temperature_k(
        light_w_m2, environment["surface_temperature_k"].values,
        tilt_deg=array.tilt_deg, absorptance=array.absorptance,
        front_emissivity=array.front_emissivity, back_emissivity=array.back_emissivity, **cells,
    )  # fmt: skip
    return cell_efficiency(warm_k, **cells)


def generator_heat_w(element: Element, t_s: FloatArray) -> FloatArray:
    """Waste heat of the element's generator so long after the start. [W]"""
    generator = element.generator
    if generator is None:
        return np.zeros(t_s.size)
    decay = generator.heat_decay_per_year
    decay = generator.decay_per_year if decay is None else decay
    return generator.heat_w * remaining_fraction(t_s, loss_per_year=decay)


def radioisotope_w(element: Element, t_s: FloatArray) -> FloatArray:
    """Heat of the element's radioisotope heater units so long after the start. [W]"""
    node = element.thermal
    if node is None:
        return np.zeros(t_s.size)
    left = remaining_fraction(t_s, loss_per_year=node.radioisotope_decay_per_year)
    return node.radioisotope_heat_w * left


def _absorbed_w(element: Element, environment: xr.Dataset) -> FloatArray:
    """Sunlight that the element's body takes in; it stands in the light of the lowest mast. [W]"""
    node = element.thermal
    if node is None or node.absorptance * node.sunlit_area_m2 == 0.0:
        return np.zeros(environment.sizes["time"])
    light = environment["sun_visible_fraction"].transpose("mast_height_m", "time").values
    return absorbed_w(
        environment["solar_irradiance_w_m2"].values,
        environment["sun_elevation_deg"].values,
        sun_visible_fraction=light[int(np.argmin(environment["mast_height_m"].values))],
        sunlit_area_m2=node.sunlit_area_m2,
        absorptance=node.absorptance,
        sky_view=node.sky_view + node.shadow_view,  # ground in shadow scatters nothing
    )


def sink_k(element: Element, environment: xr.Dataset) -> FloatArray:
    """What the element's node loses heat to; the open ground where it has none. [K]"""
    ground_k = np.asarray(environment["surface_temperature_k"].values, dtype=np.float64)
    node = element.thermal
    if node is None or node.sky_view + node.shadow_view == 0.0:
        return ground_k
    return surroundings_k(
        ground_k, sky_view=node.sky_view, shadow_view=node.shadow_view, shadow_k=node.shadow_k
    )


def _link_open(element: Element, link: Link, *, environment: xr.Dataset) -> FloatArray:
    """Part of each step in which a link can work; one to Earth works in whole steps."""
    if link.via == "earth":
        height = element.array.mast_height_m if element.array else _ANTENNA_HEIGHT_M
        visible = at_mast_height(
            environment["earth_visible_fraction"].transpose("mast_height_m", "time").values,
            height,
            heights_m=environment["mast_height_m"].values,
        )
        is_open = earth_link_open(
            visible, environment["earth_elevation_deg"].values, mask_deg=link.mask_deg
        )
        return is_open.astype(np.float64)
    relays = [str(relay) for relay in environment["relay"].values]
    if link.via not in relays:
        raise IlrsError(
            f"{element.id} has a link via {link.via}",
            f"the environment knows {', '.join(['earth', *relays])}",
            "Give that relay an orbit, or correct the link.",
        )
    masks_deg = environment["mask_deg"].values.tolist()
    if link.mask_deg not in masks_deg:
        raise IlrsError(
            f"{element.id} has a link via {link.via} above a mask of {link.mask_deg:g} deg",
            f"the environment knows masks of {', '.join(f'{mask:g}' for mask in masks_deg)} deg",
            "Make it with that mask among `relay_masks_deg`, or correct the link.",
        )
    parts = environment["relay_open_fraction"].transpose("relay", "mask_deg", "time").values
    chosen = parts[relays.index(link.via), masks_deg.index(link.mask_deg)]
    return np.asarray(chosen, dtype=np.float64)


def idle_plan(environment: xr.Dataset) -> xr.Dataset:
    """A plan without research on the environment's time axis."""
    return xr.Dataset(
        {"planned_fraction": (("experiment", "time"), np.zeros((0, environment.sizes["time"])))},
        coords={"experiment": np.array([], dtype=np.str_), "time": environment["time"].values},
    )


def _span_text(time: npt.NDArray[np.datetime64]) -> str:
    if not time.size:
        return "no step"
    return f"{time.size} steps from {utc_text(time[0])} to {utc_text(time[-1])}"


def _planned(
    experiments: Sequence[Experiment], *, plan: xr.Dataset, environment: xr.Dataset
) -> FloatArray:
    """The plan's rows in the order of `experiments`, checked to be on the run's time axis."""
    ours, theirs = environment["time"].values, plan["time"].values
    if not np.array_equal(ours, theirs):
        raise IlrsError(
            f"the plan has {_span_text(theirs)}",
            f"the environment has {_span_text(ours)}",
            "Schedule on the environment that the station is run in.",
        )
    rows = {str(key): k for k, key in enumerate(plan["experiment"].values)}
    absent = [experiment.id for experiment in experiments if experiment.id not in rows]
    if absent:
        raise IlrsError(
            f"the plan does not hold {', '.join(absent)}",
            f"it holds {', '.join(rows) if rows else 'no experiment'}",
            "Schedule the same experiments that are run.",
        )
    planned = plan["planned_fraction"].transpose("experiment", "time").values
    wanted = np.array([rows[experiment.id] for experiment in experiments], dtype=np.int64)
    chosen = np.asarray(planned, dtype=np.float64)[wanted]
    if not ((chosen >= 0.0) & (chosen <= 1.0)).all():
        raise IlrsError(
            "the plan's planned_fraction leaves the range from 0 to 1",
            "it is the part of a step in which an experiment runs",
            "Make the plan with operations.schedule.",
        )
    return np.ascontiguousarray(chosen)


def station_forcing(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    *,
    environment: xr.Dataset,
    plan: xr.Dataset,
    loads_w: Mapping[str, FloatArray] | None = None,
) -> Forcing:
    """What acts on each element, link and experiment through the run.

    `loads_w` are series of keep-alive power that elements draw beyond their modes'. Links stand in
    the elements' order. Raises IlrsError for an environment with gaps, a mast outside its heights,
    a relay or a mask it does not know, and a plan on another time axis.
    """
    check_environment(environment)
    t_s = np.asarray(environment["t_s"].values, dtype=np.float64)
    links = [(element, link) for element in elements for link in element.links]
    link_open = [_link_open(element, link, environment=environment) for element, link in links]
    load_w = np.zeros((len(elements), t_s.size))
    for k, element in enumerate(elements):
        load_w[k] = (loads_w or {}).get(element.id, 0.0)
    return Forcing(
        load_w=load_w,
        made_w=np.array([_made_w(element, environment) for element in elements]),
        generator_heat_w=np.array([generator_heat_w(element, t_s) for element in elements]),
        radioisotope_w=np.array([radioisotope_w(element, t_s) for element in elements]),
        absorbed_w=np.array([_absorbed_w(element, environment) for element in elements]),
        sink_k=np.array([sink_k(element, environment) for element in elements]),
        link_open=np.array(link_open, dtype=np.float64).reshape(len(links), t_s.size),
        planned_fraction=_planned(experiments, plan=plan, environment=environment),
        rule_open=rules_open(elements, environment=environment),
    )
