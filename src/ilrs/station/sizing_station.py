"""A declared station as a sizing problem, and the elements that its solution makes of it.

What is asked for is what the station's own rules ask for where power is no limit: it is simulated
with plenty at every element, once to be kept alive, once with its work and its links. What a sized
element draws itself, and its heat, go with its mass. Not here: research, which lives on what is
left over, and crews.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import JULIAN_YEAR_S, utc_text
from ilrs.programme.entities import Element, Generator, SizeOption
from ilrs.station.forcing import idle_plan, sink_k, station_forcing
from ilrs.station.heat import radiator_w
from ilrs.station.power import remaining_fraction
from ilrs.station.simulate import simulate
from ilrs.station.sizing_buses import bus_names, station_cables
from ilrs.station.sizing_problem import Bank, Grid, Lift, Option, SizingProblem, rounded_up
from ilrs.station.storage import charge_path

__all__ = ["sized_elements", "station_problem", "with_radiators"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_PLENTY_W = 1e6  # more than any element asks for
#: Attribute of an option -> part of the element and attribute there.
_PARTS = {
    "area_m2": ("array", "area_m2"),
    "power_w": ("generator", "power_w"),
    "capacity_wh": ("storage", "capacity_wh"),
    "charge_power_w": ("storage", "charge_power_w"),
    "discharge_power_w": ("storage", "discharge_power_w"),
    "radiator_area_m2": ("thermal", "radiator_area_m2"),
}
_WITH_MASS = {
    "thermal": ("heat_capacity_j_k", "heat_loss_w_k", "sunlit_area_m2", "radiator_area_m2",
                "heater_power_w", "radioisotope_heat_w"),
    "generator": ("heat_w",),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What each element asks for, in all and to be kept alive. [W] (element, step)"""

    all_w: FloatArray
    alive_w: FloatArray


def station_problem(
    elements: Sequence[Element],
    options: Mapping[str, SizeOption],
    *,
    environment: xr.Dataset,
    free_kg: Mapping[str, float] | None = None,
    unserved_fraction: float = 0.0,
    heater_margin_k: float = 5.0,
) -> SizingProblem:
    """The problem of sizing a station in its environment.

    `options` are those of `elements`; of a radiator's, see `with_radiators`. `free_kg` is what each
    mission can land besides elements that are not sized; one that is not named has no limit.
    """
    chosen = {key: o for key, o in options.items() if o.radiator_area_m2 is None}
    asked = _asked(elements, environment=environment, heater_margin_k=heater_margin_k)
    buses = bus_names(elements)
    sized = {option.element for option in options.values()}
    step_s = float(environment.attrs["step_s"])
    years = environment.sizes["time"] * step_s / JULIAN_YEAR_S
    made = _made(elements, environment=environment)
    place = {element.id: k for k, element in enumerate(elements)}
    rows = []
    for key, option in chosen.items():
        k = place[option.element]
        rows.append(_option(key, option, elements[k], grid=buses[option.element],
                            made=made[k], own_w=asked.all_w[k], years=years))  # fmt: skip
    return SizingProblem(
        time=environment["time"].values,
        step_s=step_s,
        grids=_grids(elements, chosen, buses, asked=asked, made=made, sized=sized),
        options=rows,
        banks=[
            _bank(element, chosen, grid=buses[element.id], step_s=step_s, years=years)
            for element in elements
            if element.storage is not None
        ],
        cables=station_cables(elements),
        lifts=_lifts(elements, chosen, free_kg or {}),
        unserved_fraction=unserved_fraction,
    )


def sized_elements(
    elements: Sequence[Element], options: Mapping[str, SizeOption], *, units: Mapping[str, float]
) -> list[Element]:
    """The elements with so many units of each option; those of which nothing is landed are gone."""
    made = []
    for element in elements:
        own = {key: o for key, o in options.items() if o.element == element.id}
        if not any(o.radiator_area_m2 is None for o in own.values()):
            made.append(_resized(element, own, units, scale=1.0) if own else element)
            continue
        mass_kg = sum(units[key] * o.mass_kg for key, o in own.items())
        if mass_kg > 0.0:
            scale = mass_kg / (element.mass_kg or mass_kg)
            made.append(_resized(element, own, units, scale=scale))
    return made


def with_radiators(
    elements: Sequence[Element],
    options: Mapping[str, SizeOption],
    *,
    environment: xr.Dataset,
    heater_margin_k: float = 5.0,
) -> dict[str, float]:
    """Units of each option that gives a radiator: the least with which its element stays in range.

    In every step all heat of an element at work leaves at the highest temperature that it works at.
    Raises IlrsError where no allowed number does it.
    """
    wanted = {key: o for key, o in options.items() if o.radiator_area_m2 is not None}
    if not wanted:
        return {}
    place = {element.id: k for k, element in enumerate(elements)}
    asked = _asked(elements, environment=environment, heater_margin_k=heater_margin_k)
    forcing = station_forcing(elements, (), environment=environment, plan=idle_plan(environment))
    inside_w = asked.all_w + forcing.generator_heat_w + forcing.radioisotope_w + forcing.absorbed_w
    return {
        key: _radiators(
            key, option, elements[place[option.element]],
            heat_w=inside_w[place[option.element]], environment=environment,
        )
        for key, option in wanted.items()
    }  # fmt: skip


def _radiators(
    key: str, option: SizeOption, element: Element, *, heat_w: FloatArray, environment: xr.Dataset
) -> float:
    """Units of one radiator for so much heat inside its element."""
    node = element.thermal
    if node is None:
        return option.least
    hot_k, sink = node.operating_maximum_k, sink_k(element, environment)
    rest_w = np.maximum(heat_w - node.heat_loss_w_k * (hot_k - sink), 0.0)
    unit_w = radiator_w(
        hot_k, sink, area_m2=option.radiator_area_m2 or 0.0, emissivity=node.radiator_emissivity,
        louver_closed_k=0.0, louver_open_k=0.0, closed_fraction=1.0,
    )  # fmt: skip
    needed = rest_w / np.maximum(unit_w, 1e-9)
    worst = int(np.argmax(needed))
    units = max(option.least, float(needed[worst]))
    units = float(np.ceil(units - 1e-9)) if option.whole else units
    if option.most is not None and units > option.most:
        over_w = rest_w[worst] - option.most * unit_w[worst]
        when = utc_text(environment["time"].values[worst])
        raise IlrsError(
            f"{element.id} has {over_w:,.0f} W too much at {when}, with {option.most:g} of {key}",
            f"at {hot_k:g} K each of them takes {unit_w[worst]:,.0f} W away",
            f"Raise `most` of {key} to {rounded_up(units, digits=3):g}"
            f" ({units * option.mass_kg:,.0f} kg).",
        )
    return units


def _resized(
    element: Element, own: Mapping[str, SizeOption], units: Mapping[str, float], *, scale: float
) -> Element:
    changes: dict[str, Any] = {}
    for name, attributes in _WITH_MASS.items():
        part = getattr(element, name)
        if part is not None and scale != 1.0:
            scaled = {a: scale * getattr(part, a) for a in attributes}
            changes[name] = part.model_copy(update=scaled)
    for name, (part_name, attribute) in _PARTS.items():
        given = [(key, getattr(o, name)) for key, o in own.items()]
        if any(value is not None for _, value in given):
            size = sum(units[key] * value for key, value in given if value is not None)
            part = changes.get(part_name, getattr(element, part_name))
            changes[part_name] = part.model_copy(update={attribute: size})
    extra_kg = sum(units[key] * o.mass_kg for key, o in own.items())
    if scale != 1.0 or any(o.radiator_area_m2 is None for o in own.values()):
        changes["mass_kg"] = extra_kg
        changes["modes"] = {
            name: mode.model_copy(update={"power_w": scale * mode.power_w})
            for name, mode in element.modes.items()
        }
    else:
        changes["mass_kg"] = (element.mass_kg or 0.0) + extra_kg
    return element.model_copy(update=changes)


def _with_plenty(element: Element) -> Element:
    """The element with all the power that it may ask for, and the heat that it has."""
    own = element.generator
    plenty = Generator(kind="radioisotope", power=f"{_PLENTY_W:g} W")
    if own is not None:
        decay = own.decay_per_year if own.heat_decay_per_year is None else own.heat_decay_per_year
        plenty = plenty.model_copy(update={"heat_w": own.heat_w, "heat_decay_per_year": decay})
    return element.model_copy(update={"array": None, "storage": None, "generator": plenty})


def _asked(
    elements: Sequence[Element], *, environment: xr.Dataset, heater_margin_k: float
) -> _Asked:
    plenty = [_with_plenty(element) for element in elements]
    idle = [_alive_only(element) for element in plenty]
    plan = idle_plan(environment)
    asked = [
        simulate(
            these, (), environment=environment, plan=plan, heater_margin_k=heater_margin_k
        )["power_requested_w"].transpose("element", "time").values
        for these in (plenty, idle)
    ]  # fmt: skip
    return _Asked(all_w=asked[0], alive_w=np.minimum(asked[1], asked[0]))


def _alone(element: Element, part: str, unit: dict[str, float]) -> Element:
    """The element with one of its sources, in a size of one, and no links."""
    own = getattr(element, part)
    kept = {part: None if own is None else own.model_copy(update=unit)}
    return element.model_copy(update={"array": None, "generator": None, "links": (), **kept})


def _alive_only(element: Element) -> Element:
    """The element without work and links; its rules may lead to other modes."""
    keep = {name: mode for name, mode in element.modes.items() if name != "work"}
    return element.model_copy(update={"links": (), "modes": keep})


def _made(elements: Sequence[Element], *, environment: xr.Dataset) -> list[dict[str, FloatArray]]:
    """Of each element what a square metre of its array makes, and a watt of its generator. [W]"""
    units = {
        "array": [_alone(element, "array", {"area_m2": 1.0}) for element in elements],
        "generator": [_alone(element, "generator", {"power_w": 1.0}) for element in elements],
    }
    plan = idle_plan(environment)
    made = {
        part: station_forcing(these, (), environment=environment, plan=plan).made_w
        for part, these in units.items()
    }
    return [{part: rows[k] for part, rows in made.items()} for k in range(len(elements))]


def _grids(
    elements: Sequence[Element],
    options: Mapping[str, SizeOption],
    buses: Mapping[str, str],
    *,
    asked: _Asked,
    made: Sequence[dict[str, FloatArray]],
    sized: set[str],
) -> list[Grid]:
    """The buses with what is asked there and made by what is not sized.

    An element that is sized asks for nothing: its units do.
    """
    steps = asked.all_w.shape[1]
    order = sorted(range(len(elements)), key=lambda k: elements[k].priority)
    area = {o.element for o in options.values() if o.area_m2 is not None}
    power = {o.element for o in options.values() if o.power_w is not None}
    grids = []
    for name in dict.fromkeys(buses.values()):
        own = [k for k in order if buses[elements[k].id] == name]
        made_w = np.zeros(steps)
        for k in own:
            array, generator = elements[k].array, elements[k].generator
            if array is not None and elements[k].id not in area:
                made_w = made_w + array.area_m2 * made[k]["array"]
            if generator is not None and elements[k].id not in power:
                made_w = made_w + generator.power_w * made[k]["generator"]
        asking = [k for k in own if elements[k].id not in sized]
        loads = {elements[k].id: asked.all_w[k] for k in asking}
        shed_w = sum((asked.all_w[k] - asked.alive_w[k] for k in asking), np.zeros(steps))
        grids.append(
            Grid(
                id=name, loads_w=loads or {name: np.zeros(steps)}, made_w=made_w, sheddable_w=shed_w
            )
        )
    return grids


def _option(
    key: str,
    option: SizeOption,
    element: Element,
    *,
    grid: str,
    made: dict[str, FloatArray],
    own_w: FloatArray,
    years: float,
) -> Option:
    made_w = -own_w * option.mass_kg / (element.mass_kg or option.mass_kg)
    made_w = made_w + (option.area_m2 or 0.0) * made["array"]
    made_w = made_w + (option.power_w or 0.0) * made["generator"]
    faded = _faded(element, years) * (option.capacity_wh or 0.0)
    return Option(
        id=key, mass_kg=option.mass_kg, least=option.least,
        most=np.inf if option.most is None else option.most, is_whole=option.whole, grid=grid,
        made_w=made_w, bank=element.id if element.storage else "", capacity_wh=faded,
        charge_power_w=option.charge_power_w or 0.0,
        discharge_power_w=option.discharge_power_w or 0.0,
    )  # fmt: skip


def _faded(element: Element, years: float) -> float:
    """What age leaves of a store's capacity at the end of the span, counted from its beginning."""
    loss = element.storage.fade_per_year if element.storage else 0.0
    return float(remaining_fraction(years * JULIAN_YEAR_S, loss_per_year=loss))


def _bank(
    element: Element, options: Mapping[str, SizeOption], *, grid: str, step_s: float, years: float
) -> Bank:
    store = element.storage
    assert store is not None
    sized = {
        name
        for o in options.values()
        if o.element == element.id
        for name in ("capacity_wh", "charge_power_w", "discharge_power_w")
        if getattr(o, name) is not None
    }
    path = charge_path(store)
    declared = {
        "capacity_wh": store.capacity_wh,
        "charge_power_w": path.power_w,
        "discharge_power_w": store.discharge_power_w,
    }
    base = {name: 0.0 if name in sized else value for name, value in declared.items()}
    base["capacity_wh"] *= _faded(element, years)
    kept = remaining_fraction(step_s, loss_per_year=store.self_discharge_per_year)
    return Bank(
        id=element.id, grid=grid, **base,
        charge_efficiency=path.efficiency,
        discharge_efficiency=store.discharge_efficiency,
        minimum_state_of_charge=store.minimum_state_of_charge,
        initial_state_of_charge=store.initial_state_of_charge,
        kept_fraction=float(kept),
    )  # fmt: skip


def _lifts(
    elements: Sequence[Element], options: Mapping[str, SizeOption], free_kg: Mapping[str, float]
) -> list[Lift]:
    ride = {element.id: element.arrives_on for element in elements}
    lifts = []
    for mission, mass_kg in free_kg.items():
        aboard = tuple(key for key, o in options.items() if ride[o.element] == mission)
        if aboard:
            lifts.append(Lift(id=mission, free_kg=mass_kg, options=aboard))
    return lifts
