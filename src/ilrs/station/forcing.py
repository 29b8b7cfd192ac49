"""What the environment and the plan do to a station, as arrays on the run's time axis."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_text
from ilrs.programme.entities import Array, Element, Experiment, Generator, Link, Thermal
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
from ilrs.station.rows import FEEDS, Forcing

__all__ = [
    "generator_heat_w", "idle_plan", "radioisotope_w", "sink_k", "station_forcing",
]  # fmt: skip

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

_ANTENNA_HEIGHT_M = 2.0  # of an element without a mast
_NEEDED = {
    "sun_azimuth_deg": ("time",),
    "sun_elevation_deg": ("time",),
    "sun_visible_fraction": ("mast_height_m", "time"),
    "solar_irradiance_w_m2": ("time",),
    "earth_elevation_deg": ("time",),
    "earth_visible_fraction": ("mast_height_m", "time"),
    "relay_open_fraction": ("relay", "mask_deg", "time"),
    "surface_temperature_k": ("time",),
}


@dataclass(slots=True)
class _Table:
    """Series to be put side by side; one that is there already is not put in again."""

    series: list[FloatArray] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)

    def place(self, series: FloatArray) -> int:
        place = self.places.setdefault(id(series), len(self.series))
        if place == len(self.series):
            self.series.append(series)  # kept, so that no other series gets its id
        return place


class _Panel(NamedTuple):
    """What a square metre of an array makes depends on."""

    mast_height_m: float
    azimuth_deg: float | None  # None where it turns after the Sun
    tilt_deg: float
    efficiency: float
    temperature_coefficient_per_k: float
    absorptance: float
    front_emissivity: float
    back_emissivity: float


class _Surroundings:
    """The arrays of an environment, read once; what elements have in common is computed once."""

    def __init__(self, environment: xr.Dataset) -> None:
        values = _checked(environment)
        self.t_s = np.asarray(environment["t_s"].values, dtype=np.float64)
        self.nothing = np.zeros(self.t_s.size)
        self.irradiance_w_m2 = values["solar_irradiance_w_m2"]
        self.ground_k = np.asarray(values["surface_temperature_k"], dtype=np.float64)
        self.sun_azimuth_deg = values["sun_azimuth_deg"]
        self.sun_elevation_deg = values["sun_elevation_deg"]
        self.earth_elevation_deg = values["earth_elevation_deg"]
        self.heights_m = heights_m = environment["mast_height_m"].values
        self.lowest_m = float(heights_m.min())
        sun, earth = values["sun_visible_fraction"], values["earth_visible_fraction"]
        self.light = cache(partial(at_mast_height, sun, heights_m=heights_m))
        self.earth = cache(partial(at_mast_height, earth, heights_m=heights_m))
        self.relays = [str(relay) for relay in environment["relay"].values]
        self.masks_deg = environment["mask_deg"].values.tolist()
        self.relay_open = np.asarray(values["relay_open_fraction"], dtype=np.float64)
        self.earth_open = _earth_open(environment)
        self.left = cache(lambda loss: remaining_fraction(self.t_s, loss_per_year=loss))
        self.panel_w_m2 = cache(partial(_panel_w_m2, self))
        self.absorbed_w = cache(partial(_absorbed_w, self))
        self.sink_k = cache(partial(_sink_k, self.ground_k))
        self.link_open = cache(partial(_link_open, self))
        self.decayed_w = cache(lambda power_w, loss: power_w * self.left(loss))


def _earth_open(environment: xr.Dataset) -> FloatArray | None:
    """Part of each step with an antenna on Earth in view, by mast and mask; None without any."""
    if "earth_open_fraction" not in environment:
        return None
    parts = environment["earth_open_fraction"].transpose("mast_height_m", "mask_deg", "time")
    return np.asarray(parts.values, dtype=np.float64)


def _panel_w_m2(around: _Surroundings, panel: _Panel) -> FloatArray:
    """What new cells make of the light at their mast, as warm as it makes them. [W/m2]"""
    light = around.light(panel.mast_height_m)
    facing = facing_fraction(
        around.sun_azimuth_deg, around.sun_elevation_deg,
        panel_azimuth_deg=panel.azimuth_deg, tilt_deg=panel.tilt_deg,
    )  # fmt: skip
    efficiency: float | FloatArray = panel.efficiency
    if panel.temperature_coefficient_per_k != 0.0:
        cells: dict[str, float] = {
            "efficiency": panel.efficiency,
            "temperature_coefficient_per_k": panel.temperature_coefficient_per_k,
        }
        warm_k = cell_temperature_k(
            around.irradiance_w_m2 * light * facing, around.ground_k,
            tilt_deg=panel.tilt_deg, absorptance=panel.absorptance,
            front_emissivity=panel.front_emissivity, back_emissivity=panel.back_emissivity, **cells,
        )  # fmt: skip
        efficiency = cell_efficiency(warm_k, **cells)
    return array_power_w(
        around.irradiance_w_m2, light, facing=facing, area_m2=1.0, efficiency=efficiency
    )


def _array_w(array: Array, around: _Surroundings) -> FloatArray:
    """Power that an array makes: its panel's, aged from the start of the run. [W]"""
    made = array.area_m2 * around.panel_w_m2(
        _Panel(
            mast_height_m=array.mast_height_m,
            azimuth_deg=array.azimuth_deg if array.tracking == "fixed" else None,
            tilt_deg=array.tilt_deg,
            efficiency=array.efficiency,
            temperature_coefficient_per_k=array.temperature_coefficient_per_k,
            absorptance=array.absorptance,
            front_emissivity=array.front_emissivity,
            back_emissivity=array.back_emissivity,
        )
    )
    for loss in (array.degradation_per_year, array.dust_loss_per_year,
                 array.radiation_loss_per_year):  # fmt: skip
        if loss:
            made = made * around.left(loss)
    return made


def _made_w(element: Element, around: _Surroundings) -> FloatArray:
    """Power the element's array and constant generator make, aged from the run's start. [W]"""
    parts = []
    if element.generator is not None and not element.generator.is_steered:
        generator = element.generator
        parts.append(around.decayed_w(generator.power_w, generator.decay_per_year))
    if element.array is not None:
        parts.append(_array_w(element.array, around))
    if len(parts) == 2:
        return np.asarray(parts[0] + parts[1])
    return parts[0] if parts else around.nothing


def _checked(environment: xr.Dataset) -> dict[str, FloatArray]:
    """What is needed of an environment, by name.

    Raises IlrsError unless it is laid out as docs/rooms.md says, without gaps.
    """
    missing = [name for name in (*_NEEDED, "t_s") if name not in environment]
    missing += [name for name in ("step_s",) if name not in environment.attrs]
    if missing:
        raise IlrsError(
            f"the environment lacks {', '.join(missing)}",
            "docs/rooms.md lists what it holds",
            "Make it with study.environment.site_environment.",
        )
    needed = {name: environment[name].transpose(*axes).values for name, axes in _NEEDED.items()}
    for name, values in needed.items():
        gaps = int((~np.isfinite(values)).sum())
        if gaps:
            raise IlrsError(
                f"the environment's {name} has {gaps} value{'s' if gaps != 1 else ''} missing",
                "every value is a finite number",
                "Mend the terrain or the span it was made from.",
            )
    return needed


def _heat_decay(generator: Generator) -> float:
    decay = generator.heat_decay_per_year
    return generator.decay_per_year if decay is None else decay


def generator_heat_w(element: Element, t_s: FloatArray) -> FloatArray:
    """Waste heat of the element's generator so long after the start. [W]"""
    generator = element.generator
    if generator is None:
        return np.zeros(t_s.size)
    return generator.heat_w * remaining_fraction(t_s, loss_per_year=_heat_decay(generator))


def radioisotope_w(element: Element, t_s: FloatArray) -> FloatArray:
    """Heat of the element's radioisotope heater units so long after the start. [W]"""
    node = element.thermal
    if node is None:
        return np.zeros(t_s.size)
    left = remaining_fraction(t_s, loss_per_year=node.radioisotope_decay_per_year)
    return node.radioisotope_heat_w * left


def _absorbed_w(
    around: _Surroundings, sunlit_area_m2: float, absorptance: float, sky_view: float
) -> FloatArray:
    """Sunlight that a body takes in; it stands in the light of the lowest mast. [W]"""
    return absorbed_w(
        around.irradiance_w_m2,
        around.sun_elevation_deg,
        sun_visible_fraction=around.light(around.lowest_m),
        sunlit_area_m2=sunlit_area_m2,
        absorptance=absorptance,
        sky_view=sky_view,
    )


def _sink_k(
    ground_k: FloatArray, sky_view: float, shadow_view: float, shadow_k: float
) -> FloatArray:
    if sky_view + shadow_view == 0.0:
        return ground_k
    return surroundings_k(ground_k, sky_view=sky_view, shadow_view=shadow_view, shadow_k=shadow_k)


def sink_k(element: Element, environment: xr.Dataset) -> FloatArray:
    """What the element's node loses heat to; the open ground where it has none. [K]"""
    ground_k = np.asarray(environment["surface_temperature_k"].values, dtype=np.float64)
    node = element.thermal
    return ground_k if node is None else _sink_k(ground_k, *_view(node))


def _view(node: Thermal) -> tuple[float, float, float]:
    return node.sky_view, node.shadow_view, node.shadow_k


def _link_open(around: _Surroundings, via: str, mask_deg: float, height_m: float) -> FloatArray:
    """Part of each step in which a link can work.

    To Earth that is with some antenna there; where none is declared, with Earth, in whole steps.
    """
    if via == "earth" and around.earth_open is not None:
        opened = around.earth_open[:, around.masks_deg.index(mask_deg)]
        return at_mast_height(opened, height_m, heights_m=around.heights_m)
    if via == "earth":
        is_open = earth_link_open(
            around.earth(height_m), around.earth_elevation_deg, mask_deg=mask_deg
        )
        return is_open.astype(np.float64)
    chosen = around.relay_open[around.relays.index(via), around.masks_deg.index(mask_deg)]
    return np.ascontiguousarray(chosen)


def _link(element: Element, link: Link, around: _Surroundings) -> FloatArray:
    """When a link of an element can work; raises IlrsError for a relay or a mask not known."""
    relays, masks_deg = around.relays, around.masks_deg
    if link.via not in ("earth", *relays):
        raise IlrsError(
            f"{element.id} has a link via {link.via}",
            f"the environment knows {', '.join(['earth', *relays])}",
            "Give that relay an orbit, or correct the link.",
        )
    by_disc = link.via == "earth" and around.earth_open is None
    if link.mask_deg not in masks_deg and not by_disc:
        raise IlrsError(
            f"{element.id} has a link via {link.via} above a mask of {link.mask_deg:g} deg",
            f"the environment knows masks of {', '.join(f'{mask:g}' for mask in masks_deg)} deg",
            "Make it with that mask among `masks_deg`, or correct the link.",
        )
    on_mast_m = element.array.mast_height_m if element.array else _ANTENNA_HEIGHT_M
    return around.link_open(link.via, link.mask_deg, on_mast_m if link.via == "earth" else 0.0)


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


def _feeds(
    element: Element, around: _Surroundings, *, load_w: FloatArray, heat_w: FloatArray | None
) -> dict[str, FloatArray]:
    """What acts on an element, by the names of FEEDS."""
    acts = dict.fromkeys(FEEDS.names or (), around.nothing)
    acts |= {"made_w": _made_w(element, around), "load_w": load_w, "sink_k": around.ground_k}
    generator, node = element.generator, element.thermal
    if generator is not None and generator.is_steered:
        acts["steered_w"] = around.decayed_w(generator.power_w, generator.decay_per_year)
    if generator is not None and generator.heat_w:
        acts["generator_heat_w"] = around.decayed_w(generator.heat_w, _heat_decay(generator))
    if node is not None:
        acts["sink_k"] = around.sink_k(*_view(node))
        if node.radioisotope_heat_w:
            acts["radioisotope_w"] = around.decayed_w(
                node.radioisotope_heat_w, node.radioisotope_decay_per_year
            )
        if node.absorptance * node.sunlit_area_m2 != 0.0:
            acts["absorbed_w"] = around.absorbed_w(  # ground in shadow scatters nothing
                node.sunlit_area_m2, node.absorptance, node.sky_view + node.shadow_view
            )
        if heat_w is not None:
            acts["absorbed_w"] = acts["absorbed_w"] + heat_w
    return acts


def station_forcing(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    *,
    environment: xr.Dataset,
    plan: xr.Dataset,
    loads_w: Mapping[str, FloatArray] | None = None,
    heats_w: Mapping[str, FloatArray] | None = None,
) -> Forcing:
    """What acts on each element, link and experiment through the run.

    `loads_w` are series of keep-alive power that elements draw beyond their modes', `heats_w` of
    heat that comes into their nodes besides. Links stand in
    the elements' order. Raises IlrsError for an environment with gaps, a mast outside its heights,
    a relay or a mask it does not know, and a plan on another time axis.
    """
    around, table = _Surroundings(environment), _Table()
    loads, heats = loads_w or {}, heats_w or {}
    feeds = np.zeros(len(elements), FEEDS)
    for k, element in enumerate(elements):
        acts = _feeds(
            element, around, load_w=loads.get(element.id, around.nothing),
            heat_w=heats.get(element.id),
        )  # fmt: skip
        for name, series in acts.items():
            feeds[name][k] = table.place(series)
    links = [_link(element, link, around) for element in elements for link in element.links]
    rows: dict[str, Iterable[FloatArray]] = {
        "links": links,
        "plan": _planned(experiments, plan=plan, environment=environment),
        "rules": rules_open(elements, environment=environment, link_open=links),
    }
    places = {
        name: np.array([table.place(row) for row in found], dtype=np.int64)
        for name, found in rows.items()
    }
    return Forcing(feeds=feeds, table=np.stack(table.series, axis=1), **places)
