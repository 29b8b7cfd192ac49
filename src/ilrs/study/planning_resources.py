"""What a plan may use of a station: energy, data, heat, elements and instruments, slot by slot.

All of it follows from an idle run of the station on the plan's own axis: what it makes, draws and
sends without research is not to be had; stores of energy are used down to the same reserve.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.operations.problem import Capacity, Resource, Store
from ilrs.programme.data_joints import gateway_of
from ilrs.programme.entities import Element, Experiment, Storage
from ilrs.programme.power_joints import Grid, power_grid
from ilrs.station.data import useful_rate_bps
from ilrs.station.forcing import idle_plan, station_forcing
from ilrs.study.planning_requests import CREW, instrument

__all__ = ["StationShare", "station_share"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_HOUR_S = 3600.0
_SIGMA_W_M2_K4 = 5.670374419e-8  # CODATA 2018


@dataclass(frozen=True, slots=True, kw_only=True)
class StationShare:
    """What research may use of a station, and what a session of each experiment takes of it."""

    resources: tuple[Resource, ...]
    needs: Mapping[str, Mapping[str, float]]  # experiment -> resource -> amount
    energy: Mapping[str, str]  # element -> the resource that is the energy of its grid


def station_share(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    *,
    environment: xr.Dataset,
    idle: xr.Dataset,
    first: xr.Dataset,
) -> StationShare:
    """Energy by grid, data by sender, heat by element where it limits, and what is used alone.

    `idle` is the station Dataset of a run without research in the same environment, `first` its
    step before the plan begins: what stores hold then.
    """
    needs: dict[str, dict[str, float]] = {e.id: {instrument(e): 1.0} for e in experiments}
    slots = environment.sizes["time"]
    found: list[Resource] = [
        Capacity(name=instrument(e), available=np.ones(slots)) for e in experiments
    ]
    for resource, takes in (
        *_alone(elements, experiments, slots),
        *_energy(elements, experiments, idle, first),
        *_data(elements, experiments, environment, idle, first),
        *_heat(elements, experiments, environment, idle),
    ):
        if takes:
            found.append(resource)
        for experiment, amount in takes.items():
            needs[experiment][resource.name] = amount
    for one in experiments:
        # What is held and does not stand is asked for all the same, so that the plan names it.
        needs[one.id] = {**dict.fromkeys(one.sessions.holds, 1.0), **needs[one.id]}
        if one.sessions.crew:
            needs[one.id][CREW] = float(one.sessions.crew)
    return StationShare(resources=tuple(found), needs=needs, energy=_energy_of(elements))


_Taken: TypeAlias = Iterator[tuple[Resource, dict[str, float]]]


def _alone(elements: Sequence[Element], experiments: Sequence[Experiment], slots: int) -> _Taken:
    """Standing elements that sessions hold for themselves."""
    standing = {element.id for element in elements}
    held = dict.fromkeys(id_ for one in experiments for id_ in one.sessions.holds)
    for id_ in filter(standing.__contains__, held):
        takes = {one.id: 1.0 for one in experiments if id_ in one.sessions.holds}
        yield Capacity(name=id_, available=np.ones(slots)), takes


def _energy_of(elements: Sequence[Element]) -> dict[str, str]:
    """By element, the name of its grid's energy; of its power where the grid stores nothing."""
    grid = power_grid(elements)
    stores = {e.id for e in elements if e.storage is not None and e.storage.capacity_wh > 0.0}
    found: dict[str, str] = {}
    for members in _islands(grid):
        name = "ENERGY" if len(grid.buses) == 1 else f"ENERGY of {members[0]}"
        is_stored = not stores.isdisjoint(members)
        found |= dict.fromkeys(members, name if is_stored else name.replace("ENERGY", "POWER"))
    return found


def _energy(
    elements: Sequence[Element], experiments: Sequence[Experiment], idle: xr.Dataset,
    first: xr.Dataset,
) -> _Taken:  # fmt: skip
    """The energy of each grid: buses with the cables between them, which are taken as wide enough.

    A grid that stores nothing gives power as it makes it.
    """
    made_w, used_w = idle["power_made_w"], idle["power_used_w"]
    names = _energy_of(elements)
    for members in _islands(power_grid(elements)):
        powers = {e.id: e.power_w for e in experiments if e.element in members and e.power_w > 0.0}
        free_w = (made_w - used_w).sel(element=list(members)).sum("element").values
        stores = [
            e.storage
            for e in elements
            if e.id in members and e.storage is not None and e.storage.capacity_wh > 0.0
        ]
        name = names[members[0]]
        if stores:
            held_wh = float(first["battery_energy_wh"].sel(element=list(members)).sum())
            reserve = float(idle.attrs["reserve_state_of_charge"])
            yield _energy_store(name, stores, free_w, held_wh=held_wh, reserve=reserve), powers
        else:
            yield Capacity(name=name, unit="W", available=np.maximum(free_w, 0.0)), powers


def _islands(grid: Grid) -> list[tuple[str, ...]]:
    """The elements of buses that cables join, by island."""
    island = list(range(len(grid.buses)))
    for cable in grid.cables:
        first, last = (island[grid.bus_of(end)] for end in cable.ends)
        island = [first if k == last else k for k in island]
    return [
        tuple(id_ for k, bus in zip(island, grid.buses, strict=True) if k == label for id_ in bus)
        for label in dict.fromkeys(island)
    ]


def _energy_store(
    name: str, stores: Sequence[Storage], free_w: FloatArray, *, held_wh: float, reserve: float
) -> Store:
    """The stores of a grid as one. Cells of other efficiencies are taken by their capacity."""
    size_wh = np.array([one.capacity_wh for one in stores])
    floors = np.array([max(reserve, one.minimum_state_of_charge) for one in stores])
    capacity_j = float(size_wh.sum()) * _HOUR_S
    least_j = float((size_wh * floors).sum()) * _HOUR_S
    return Store(
        name=name,
        unit="W",
        inflow=free_w,
        capacity=capacity_j,
        initial=min(max(held_wh * _HOUR_S, least_j), capacity_j),
        least=least_j,
        fill_efficiency=float(np.average([s.charge_efficiency for s in stores], weights=size_wh)),
        draw_efficiency=float(
            np.average([s.discharge_efficiency for s in stores], weights=size_wh)
        ),
        most_fill=sum(s.charge_power_w for s in stores),
        most_draw=sum(s.discharge_power_w for s in stores),
    )


def _data(
    elements: Sequence[Element], experiments: Sequence[Experiment], environment: xr.Dataset,
    idle: xr.Dataset, first: xr.Dataset,
) -> _Taken:  # fmt: skip
    """Room in the store of each sender, emptied by its links when they are open.

    An element's own store is where its data wait for the cable; the sender's is the one that
    counts. Without a sender they stay where they are made.
    """
    standing = {element.id: element for element in elements}
    ways = {id_: gateway_of(element, standing) for id_, element in standing.items()}
    keeper = {id_: id_ if way is None else way[0] for id_, way in ways.items()}
    open_bps = _sendable_bps(elements, environment)
    made_bps = idle["data_made_bps"]
    slots = environment.sizes["time"]
    for id_ in dict.fromkeys(keeper.values()):
        takes = {
            e.id: e.data_bps for e in experiments if keeper[e.element] == id_ and e.data_bps > 0.0
        }
        behind = [other for other, to in keeper.items() if to == id_]
        base_bps = made_bps.sel(element=behind).sum("element").values
        room_bit = standing[id_].data_store_bit
        held_bit = float(first["data_stored_bit"].sel(element=id_))
        inflow = open_bps.get(id_, np.zeros(slots)) - base_bps
        yield (
            Store(
                name=f"DATA of {id_}",
                unit="bit/s",
                inflow=inflow,
                capacity=room_bit,
                initial=max(room_bit - held_bit, 0.0),
            ),
            takes,
        )
    for id_, way in ways.items():
        if way is not None and np.isfinite(way[1]):
            left_bps = np.maximum(way[1] - made_bps.sel(element=id_).values, 0.0)
            takes = {e.id: e.data_bps for e in experiments if e.element == id_ and e.data_bps > 0.0}
            if sum(takes.values()) <= left_bps.min():
                continue  # wide enough for all at once
            yield Capacity(name=f"CABLE from {id_}", unit="bit/s", available=left_bps), takes


def _sendable_bps(elements: Sequence[Element], environment: xr.Dataset) -> dict[str, FloatArray]:
    """What the links of each sender can carry in each slot, all together."""
    forcing = station_forcing(elements, (), environment=environment, plan=idle_plan(environment))
    rows = iter(forcing.table[:, forcing.links].T)
    found: dict[str, FloatArray] = {}
    for element in elements:
        for link in element.links:
            rate_bps = useful_rate_bps(link.rate_bps, frame_loss=link.frame_loss)
            so_far = found.get(element.id, np.zeros(environment.sizes["time"]))
            found[element.id] = so_far + next(rows) * rate_bps
    return found


def _heat(
    elements: Sequence[Element], experiments: Sequence[Experiment], environment: xr.Dataset,
    idle: xr.Dataset,
) -> _Taken:  # fmt: skip
    """Room to warm up, of elements that all their sessions at once would make too hot for work.

    The node is taken as linear about its warmest hours without research and without its heater,
    whose work a session's heat does: what it holds above them is lost by its conductances.
    """
    step_s = float(environment.attrs["step_s"])
    slots = environment.sizes["time"]
    for element in elements:
        node = element.thermal
        takes = {
            e.id: e.power_w if e.sessions.heat_w is None else e.sessions.heat_w
            for e in experiments
            if e.element == element.id
        }
        if node is None or not any(takes.values()):
            continue
        own = idle.sel(element=element.id)
        temperature_k = own["temperature_k"].values
        radiator = node.radiator_emissivity * _SIGMA_W_M2_K4 * node.radiator_area_m2
        loss_w_k = node.heat_loss_w_k + 4.0 * radiator * float(np.nanmax(temperature_k)) ** 3
        warmest_k = float(np.nanmax(temperature_k - own["heater_power_w"].values / loss_w_k))
        margin_k = max(node.operating_maximum_k - warmest_k, 0.0)
        if sum(takes.values()) <= loss_w_k * margin_k:
            continue
        keeps = float(np.exp(-loss_w_k * step_s / node.heat_capacity_j_k))
        room_j = node.heat_capacity_j_k * margin_k
        yield (
            Store(
                name=f"HEAT of {element.id}",
                unit="W",
                capacity=room_j,
                initial=room_j,
                keeps=keeps,
                inflow=np.full(slots, room_j * (1.0 - keeps) / step_s),
            ),
            {id_: heat_w for id_, heat_w in takes.items() if heat_w > 0.0},
        )
