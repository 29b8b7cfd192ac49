"""What a route is looked for in: a vehicle, the ground between places, light and contact there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc, utc_from_tdb, utc_text
from ilrs.foundation.windows import Windows
from ilrs.moon.grid import Grid, cut_grid, cut_values
from ilrs.moon.horizon import horizon_profile
from ilrs.moon.horizon_map import horizon_map
from ilrs.moon.map_layout import map_on
from ilrs.moon.relief import hillshade_map, slope_map
from ilrs.moon.terrain import Terrain, read_terrain
from ilrs.moon.window_map import earth_window_map, light_window_map
from ilrs.operations.no_route import check_place
from ilrs.operations.spans import Spans, either, shared, spans_everywhere, spans_of
from ilrs.operations.traverse import Cell, Scene, scene
from ilrs.orbits.skyline import antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.programme.entities import Element, Mobility, Programme, Scenario
from ilrs.sky.sky import Sky
from ilrs.study.craft_ways import craft_ways
from ilrs.study.site_horizon import terrain_path
from ilrs.study.site_place import point_deg, require_covered
from ilrs.study.standing import standing_relays

__all__ = ["RouteCase", "cell_at", "grid_around", "ground_on", "route_case", "told_cell"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Progress: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class RouteCase:
    """A vehicle, two places and all that is known of the ground and the light between them."""

    programme: Programme
    element: Element
    vehicle: Mobility
    battery_wh: float
    grid: Grid
    ground: xr.Dataset  # height_m, slope_deg, hillshade
    light: xr.Dataset  # windows, as ilrs.moon.window_map makes them
    contact: Spans | None  # where and when the links are there that driving asks for
    start: Cell
    goal: Cell | None
    names: tuple[str, str]  # of start and goal
    havens: tuple[tuple[str, Cell], ...]
    epoch_tdb_s: float  # the first instant of light: the departure
    terrain_sha256: dict[str, str]
    follows_battery: bool  # step by step, where light alone would do too

    @cached_property
    def scene(self) -> Scene:
        """The scene of the vehicle with its battery."""
        return self.make(self.vehicle, self.battery_wh)

    @cached_property
    def battery_scene(self) -> Scene:
        """The scene in which the vehicle may be anywhere while its battery lasts."""
        return scene(
            self.ground, self.light, vehicle=self.vehicle, battery_wh=self.battery_wh,
            contact=self.contact, by_battery=True,
            flight=(0, 0) if self.goal is None
            else (self.goal[0] - self.start[0], self.goal[1] - self.start[1]),
        )  # fmt: skip

    @property
    def is_by_battery(self) -> bool:
        """Whether the vehicle goes into the dark, so that its battery must be followed."""
        into_dark = self.vehicle.kind == "hopper" or "sunlit" not in self.vehicle.drives_when
        return into_dark or self.follows_battery

    def make(self, vehicle: Mobility, battery_wh: float) -> Scene:
        """The scene of another vehicle or battery on the same ground."""
        cells = [row * self.grid.columns + column for _, (row, column) in self.havens]
        return scene(
            self.ground, self.light, vehicle=vehicle, battery_wh=battery_wh, contact=self.contact,
            havens=cells,
        )  # fmt: skip

    def place_deg(self, cell: Cell) -> tuple[float, float]:
        """Latitude and longitude of the middle of a cell. [deg]"""
        x_m = self.grid.west_m + (cell[1] + 0.5) * self.grid.pixel_m
        y_m = self.grid.north_m - (cell[0] + 0.5) * self.grid.pixel_m
        latitude, longitude = self.grid.locate(x_m, y_m)
        return float(latitude), float(longitude)

    def utc(self, t_s: float) -> str:
        """The instant so many seconds after the departure, to the nearest second, ISO 8601 UTC."""
        return utc_text(utc_from_tdb(self.epoch_tdb_s + t_s + 0.5))


def route_case(
    programme: Programme, *, element_id: str, start: str, goal: str | None, depart: str,
    days: float, terrain: Sequence[Path], havens: Sequence[str] = (), step_s: float = 200.0,
    mast_height_m: float = 1.0, margin_m: float = 3_000.0, follows_battery: bool = False, sky: Sky,
    progress: Progress = lambda step: None,
) -> RouteCase:  # fmt: skip
    """All that a route of an element asks for, computed from terrain: horizons, light, contact.

    Places are sites of the programme or LAT,LON. The map is the part of the first terrain that lies
    within `margin_m` of a rectangle around the places; the other terrains serve horizons. Light is
    that of a mast `mast_height_m` above the ground, judged at the middle of each step. Raises
    IlrsError for an element that does not move, for places off the terrain or too steep, and as
    `ilrs.moon.horizon_map`.
    """
    element = _mover(programme, element_id)
    assert element.mobility is not None
    epoch_s = float(tdb_from_utc(parse_utc(depart)))
    require_covered((epoch_s, epoch_s + days * DAY_S), sky)
    terrains = [read_terrain(terrain_path(path)) for path in terrain]
    places = [point_deg(name, programme=programme)
              for name in (start, *([goal] if goal else []), *havens)]  # fmt: skip
    grid = grid_around(terrains[0], [place[1:] for place in places], margin_m)
    cells = [cell_at(grid, latitude, longitude) for _, latitude, longitude in places]
    ground = ground_on(terrains[0], grid)
    count = 2 if goal else 1
    told = told_cell(grid)
    for word, cell in zip(("start", "goal"), cells[:count], strict=False):
        check_place(ground, cell, vehicle=element.mobility, word=word, told=told)
    progress("horizons")
    horizons = horizon_map(terrains, grid=grid, observer_height_m=mast_height_m)
    progress("moving light")
    middles = np.arange(round(days * DAY_S / step_s)) + 0.5
    epochs = np.asarray(epoch_s + step_s * middles, dtype=np.float64)
    light = light_window_map(horizons, tdb_s=epochs, sky=sky)
    contact = _contact(
        element.mobility, horizons, epochs=epochs, sky=sky,
        relays=lambda: _relay_windows(programme, element, terrains, places[0], epochs, sky,
                                      mast_height_m, progress),
    )  # fmt: skip
    return RouteCase(
        programme=programme, element=element, vehicle=element.mobility,
        battery_wh=_battery_wh(element), grid=grid, ground=ground, light=light, contact=contact,
        start=cells[0], goal=cells[1] if goal else None, names=(start, goal or ""),
        havens=tuple(zip(havens, cells[count:], strict=True)), epoch_tdb_s=epoch_s,
        terrain_sha256={one.name: one.sha256 for one in terrains},
        follows_battery=follows_battery,
    )  # fmt: skip


def _mover(programme: Programme, element_id: str) -> Element:
    movers = [key for key, element in programme.elements.items() if element.mobility is not None]
    if element_id in movers:
        return programme.elements[element_id]
    known = element_id in programme.elements
    raise IlrsError(
        f"{element_id} does not move" if known else f"there is no element {element_id!r}",
        f"{programme.name} declares mobility for {', '.join(movers) or 'none'}",
        "Add `mobility:` to it." if known
        else did_you_mean(element_id, movers, otherwise="Name one of these."),
    )  # fmt: skip


def _battery_wh(element: Element) -> float:
    """Energy that the element can draw on while it moves. [Wh]"""
    vehicle, store = element.mobility, element.storage
    if vehicle is not None and vehicle.battery_wh is not None:
        return vehicle.battery_wh
    if store is None:
        return 0.0
    return store.capacity_wh * (1.0 - store.minimum_state_of_charge)


def grid_around(terrain: Terrain, places: Sequence[tuple[float, float]], margin_m: float) -> Grid:
    """The part of a terrain's grid around places; raises IlrsError for one that lies off it."""
    grid = terrain.grid
    x_m, y_m = grid.project(*np.array(places).T)
    for (latitude, longitude), x, y in zip(places, x_m.tolist(), y_m.tolist(), strict=True):
        if not grid.holds(x, y):
            raise IlrsError(
                f"the place at latitude {latitude:g}, longitude {longitude:g} lies off the terrain",
                f"{terrain.name} holds {grid}",
                "Name a place on it, or give terrain that holds both.",
            )
    return cut_grid(
        grid,
        x_m=(float(x_m.min()) - margin_m, float(x_m.max()) + margin_m),
        y_m=(float(y_m.min()) - margin_m, float(y_m.max()) + margin_m),
    )


def cell_at(grid: Grid, latitude_deg: float, longitude_deg: float) -> Cell:
    """The cell of a grid in which a place lies."""
    row, column = grid.pixel_at(*grid.project(latitude_deg, longitude_deg))
    return (
        min(max(round(float(row)), 0), grid.rows - 1),
        min(max(round(float(column)), 0), grid.columns - 1),
    )


def told_cell(grid: Grid) -> Callable[[Cell], str]:
    """How a cell is told to people: latitude and longitude of its middle."""

    def told(cell: Cell) -> str:
        x_m = grid.west_m + (cell[1] + 0.5) * grid.pixel_m
        y_m = grid.north_m - (cell[0] + 0.5) * grid.pixel_m
        latitude, longitude = (float(value) for value in grid.locate(x_m, y_m))
        return f"{latitude:.4f},{longitude:.3f}"

    return told


def ground_on(terrain: Terrain, grid: Grid) -> xr.Dataset:
    """Heights, slopes and relief of the part of a terrain on a grid."""
    shade = hillshade_map(terrain, grid_azimuth_deg=315.0, elevation_deg=45.0)["hillshade"]
    layers = {
        "height_m": (terrain.heights_m, "m", "height above the 1737.4 km sphere"),
        "slope_deg": (slope_map(terrain)["slope_deg"].values, "deg", "slope of the ground"),
        "hillshade": (shade.values, "1", "cosine of the light's incidence on matt ground"),
    }
    cut = {
        name: (cut_values(values, whole=terrain.grid, part=grid), unit, text)
        for name, (values, unit, text) in layers.items()
    }
    return map_on(grid, cut, terrain=terrain.name, terrain_sha256=terrain.sha256)


def _contact(
    vehicle: Mobility, horizons: xr.Dataset, *, epochs: FloatArray, sky: Sky,
    relays: Callable[[], Windows],
) -> Spans | None:  # fmt: skip
    """Where and when the links are there that driving asks for; None where it asks for none."""
    wanted = set(vehicle.drives_when) & {"earth_in_view", "relay_in_view", "in_contact"}
    if not wanted:
        return None
    found: list[Spans] = []
    cells = horizons.sizes["y_m"] * horizons.sizes["x_m"]
    earth = relay = None
    if wanted & {"earth_in_view", "in_contact"}:
        earth = spans_of(earth_window_map(horizons, tdb_s=epochs, sky=sky))
    if wanted & {"relay_in_view", "in_contact"}:
        relay = spans_everywhere(relays(), cells=cells)
    if "earth_in_view" in wanted and earth is not None:
        found.append(earth)
    if "relay_in_view" in wanted and relay is not None:
        found.append(relay)
    if "in_contact" in wanted and earth is not None and relay is not None:
        found.append(either(earth, relay))
    whole = found[0]
    for other in found[1:]:
        whole = shared(whole, other)
    return whole


def _relay_windows(
    programme: Programme, element: Element, terrains: Sequence[Terrain],
    place: tuple[str, float, float], epochs: FloatArray, sky: Sky,
    mast_height_m: float, progress: Progress,
) -> Windows:  # fmt: skip
    """When any relay is seen from the start, which stands for the whole map. [s from the start]

    The relays are those that the links of the standing elements at the vehicle's site name.
    """
    progress("orbits")
    step_s = float(epochs[1] - epochs[0])
    span_s = float(epochs[0]) - 0.5 * step_s, float(epochs[-1]) + 0.5 * step_s
    first, last = (utc_text(utc_from_tdb(edge)) for edge in span_s)
    then = Scenario.model_validate({"id": "route", "site": element.site, "start": first,
                                    "end": last})  # fmt: skip
    ways = craft_ways(programme, standing_relays(programme, then), span_s, sky=sky)
    profile = horizon_profile(terrains, latitude_deg=place[1], longitude_deg=place[2],
                              mast_heights_m=mast_height_m)  # fmt: skip
    antenna = antenna_on(profile, name="vehicle", mast_height_m=mast_height_m)
    seen = Windows()
    for way in ways.values():
        part = max(span_s[0], way.span_tdb_s[0]), min(span_s[1], way.span_tdb_s[1])
        if part[0] < part[1]:
            found = surface_access([way], [antenna], span_s=part, orientation=sky.orientation)
            seen = seen | found[way.name, antenna.name]
    return Windows((a - span_s[0], b - span_s[0]) for a, b in seen)
