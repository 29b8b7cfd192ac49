"""The environment of a site: Sun, Earth, light, relays and ground temperature on one time axis.

Every value is taken at the middle of its cell and holds over the whole cell; of relays there is
also the part of each cell in which they stand in view, for a pass may be shorter than a cell.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.time import parse_utc, tdb_from_utc, time_grid, utc_text
from ilrs.moon.heat import surface_temperature_k
from ilrs.moon.horizon import horizon_at
from ilrs.moon.light import disc_fraction, solar_irradiance_w_m2
from ilrs.moon.sun_disc import sun_light
from ilrs.orbits.earth_contact import earth_open_fraction
from ilrs.orbits.earth_station import EarthStation
from ilrs.orbits.relay import craft_view
from ilrs.orbits.skyline import antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory
from ilrs.programme.entities import Scenario, Site
from ilrs.sky.directions import site_directions
from ilrs.sky.sky import Sky

__all__ = ["mast_heights_m", "site_environment"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_LONG_NAMES = {
    "crew_due_s": ("s", "time until people come, 0 while they are there"),
    "sun_azimuth_deg": ("deg", "azimuth of the Sun, clockwise from local north"),
    "sun_elevation_deg": ("deg", "elevation of the Sun's centre above the local horizontal"),
    "sun_distance_m": ("m", "distance of the Sun"),
    "sun_angular_radius_deg": ("deg", "angular radius of the Sun"),
    "sun_visible_fraction": ("1", "part of the Sun's disc that terrain and Earth leave in view"),
    "solar_irradiance_w_m2": ("W m-2", "irradiance of the whole Sun on a surface facing it"),
    "earth_azimuth_deg": ("deg", "azimuth of Earth, clockwise from local north"),
    "earth_elevation_deg": ("deg", "elevation of Earth's centre above the local horizontal"),
    "earth_distance_m": ("m", "distance of Earth's centre"),
    "earth_angular_radius_deg": ("deg", "angular radius of Earth"),
    "earth_visible_fraction": ("1", "part of Earth's disc above the terrain"),
    "relay_azimuth_deg": ("deg", "azimuth of the relay, clockwise from local north"),
    "relay_elevation_deg": ("deg", "elevation of the relay above the local horizontal"),
    "relay_clearance_deg": ("deg", "elevation of the relay above the terrain"),
    "relay_range_m": ("m", "distance of the relay"),
    "relay_open_fraction": ("1", "part of the cell with the relay above terrain and antenna mask"),
    "earth_open_fraction": ("1", "part of the cell with an antenna on Earth above both masks"),
    "surface_temperature_k": ("K", "temperature of flat regolith at the site"),
}


def mast_heights_m(profile: xr.Dataset) -> FloatArray:
    """Heights for which the profile holds a horizon, lowest first. [m]"""
    return np.asarray(profile["mast_height_m"].values, dtype=np.float64)


def site_environment(
    site: Site,
    scenario: Scenario,
    *,
    profile: xr.Dataset,
    relays: Mapping[str, Trajectory],
    sky: Sky,
    masks_deg: Sequence[float] = (),
    stations: Sequence[EarthStation] = (),
) -> xr.Dataset:
    """The environment Dataset of one site over a scenario's span, laid out as docs/rooms.md says.

    `profile` is the site's horizon, `relays` the ways of the relays by mission id, `stations` the
    antennas on Earth. The site's antennas work down to `masks_deg`; 0 is always among them. Raises
    IlrsError where the span leaves the ephemeris, and for a mask that is no elevation.
    """
    time = time_grid(parse_utc(scenario.start), parse_utc(scenario.end), scenario.step_s)
    tdb_s = tdb_from_utc(time)
    middle_s = tdb_s + 0.5 * scenario.step_s
    place: dict[str, Any] = {
        "latitude_deg": float(profile.attrs["latitude_deg"]),
        "longitude_deg": float(profile.attrs["longitude_deg"]),
        "height_m": float(profile.attrs["ground_height_m"]),
    }
    directions = site_directions(tdb_s=middle_s, **sky.kernels, **place)
    heights = mast_heights_m(profile)
    data = {
        name: ("time", directions[name].values)
        for name in directions.data_vars
        if name in _LONG_NAMES
    }
    data |= _light(directions, profile, heights)
    data |= _ground(directions, data, scenario.step_s, heights)
    data |= _relays(relays, profile, heights, tdb_s=middle_s, sky=sky, place=place)
    masks = np.unique([0.0, *masks_deg])
    edge_s = np.append(tdb_s, tdb_s[-1] + scenario.step_s)
    data |= _relays_open(relays, profile, masks, edge_s=edge_s, sky=sky)
    data |= _earth_open(stations, profile, masks, edge_s=edge_s, sky=sky)
    if scenario.crew_visits:
        data["crew_due_s"] = ("time", _crew_due_s(scenario, middle_s))
    attrs = {
        k: v
        for k, v in {**profile.attrs, **directions.attrs}.items()
        if isinstance(v, (str, float))
    }
    attrs |= {"site": site.id, "step_s": scenario.step_s, "epoch_utc": utc_text(time[0]), **place}
    coords = {
        "time": time,
        "t_s": ("time", tdb_s - tdb_s[0]),
        "mast_height_m": ("mast_height_m", heights, {"units": "m"}),
        "mask_deg": ("mask_deg", masks, {"units": "deg"}),
        "relay": np.array(list(relays), dtype=np.str_),
    }
    return _described(xr.Dataset(data, coords=coords, attrs=attrs))


def _crew_due_s(scenario: Scenario, t_tdb_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Time until people come, 0 while they are there; no number after the last visit. [s]"""
    due_s = np.full(t_tdb_s.size, np.nan)
    for visit in scenario.crew_visits:
        start_s, end_s = (float(tdb_from_utc(parse_utc(utc))) for utc in (visit.start, visit.end))
        waits = np.where(t_tdb_s < end_s, np.maximum(start_s - t_tdb_s, 0.0), np.nan)
        due_s = np.fmin(due_s, waits)
    return due_s


def _described(dataset: xr.Dataset) -> xr.Dataset:
    for name, variable in dataset.data_vars.items():
        units, long_name = _LONG_NAMES[str(name)]
        variable.attrs = {"units": units, "long_name": long_name}
    dataset["t_s"].attrs = {"units": "s", "long_name": "seconds TDB from the run's epoch"}
    return dataset


def _light(directions: xr.Dataset, profile: xr.Dataset, heights: FloatArray) -> dict[str, Any]:
    """Visible parts of the Sun's and Earth's discs per mast height, and the full irradiance."""
    # Evenly bright, so that it stays the part of the disc; Earth's eclipses of the Sun are in it.
    sun = [
        sun_light(directions, profile=profile, mast_height_m=float(height), limb_darkening=0.0)[
            "sun_visible_fraction"
        ].values
        for height in heights
    ]
    earth = [
        disc_fraction(
            directions["earth_elevation_deg"].values
            - horizon_at(
                profile, directions["earth_azimuth_deg"].values, mast_height_m=float(height)
            ),
            directions["earth_angular_radius_deg"].values,
        )
        for height in heights
    ]
    return {
        "sun_visible_fraction": (("mast_height_m", "time"), np.array(sun)),
        "earth_visible_fraction": (("mast_height_m", "time"), np.array(earth)),
        "solar_irradiance_w_m2": (
            "time",
            solar_irradiance_w_m2(directions["sun_distance_m"].values),
        ),
    }


def _ground(
    directions: xr.Dataset, data: Mapping[str, Any], step_s: float, heights: FloatArray
) -> dict[str, Any]:
    """Temperature of flat ground, lit as the lowest mast is."""
    elevation_deg = directions["sun_elevation_deg"].values
    lit = data["sun_visible_fraction"][1][int(np.argmin(heights))]
    irradiance = data["solar_irradiance_w_m2"][1] * lit
    temperature = surface_temperature_k(irradiance, elevation_deg, step_s=step_s)
    return {"surface_temperature_k": ("time", temperature)}


def _relays(
    relays: Mapping[str, Trajectory],
    profile: xr.Dataset,
    heights: FloatArray,
    *,
    tdb_s: FloatArray,
    sky: Sky,
    place: Mapping[str, Any],
) -> dict[str, Any]:
    """Where each relay stands in the site's sky, and how far above the terrain (from the top)."""
    names = ("relay_azimuth_deg", "relay_elevation_deg", "relay_clearance_deg", "relay_range_m")
    rows: dict[str, list[FloatArray]] = {name: [] for name in names}
    for way in relays.values():
        view = craft_view(way, tdb_s=tdb_s, orientation=sky.orientation, **place)
        azimuth, elevation = view["azimuth_deg"].values, view["elevation_deg"].values
        horizon = horizon_at(profile, azimuth, mast_height_m=float(heights.max()))
        rows["relay_azimuth_deg"].append(azimuth)
        rows["relay_elevation_deg"].append(elevation)
        rows["relay_clearance_deg"].append(elevation - horizon)
        rows["relay_range_m"].append(view["range_m"].values)
    shape = (len(relays), tdb_s.size)
    return {
        name: (("relay", "time"), np.array(values).reshape(shape)) for name, values in rows.items()
    }


def _relays_open(
    relays: Mapping[str, Trajectory],
    profile: xr.Dataset,
    masks_deg: FloatArray,
    *,
    edge_s: FloatArray,
    sky: Sky,
) -> dict[str, Any]:
    """Part of each cell in which each relay is seen over each mask.

    The antennas stand on the highest mast. A relay that has come down is out of view.
    """
    top_m = float(mast_heights_m(profile).max())
    antennas = [
        antenna_on(profile, name=f"{k + 1} for relays", mast_height_m=top_m, mask_deg=mask_deg)
        for k, mask_deg in enumerate(masks_deg.tolist())
    ]
    parts = np.zeros((len(relays), masks_deg.size, edge_s.size - 1))
    for row, way in zip(parts, relays.values(), strict=True):
        first_s, last_s = way.span_tdb_s
        span_s = max(float(edge_s[0]), first_s), min(float(edge_s[-1]), last_s)
        if span_s[0] < span_s[1]:
            seen = surface_access([way], antennas, span_s=span_s, orientation=sky.orientation)
            row[:] = [seen[way.name, a.name].overlap_fraction(edge_s) for a in antennas]
    return {"relay_open_fraction": (("relay", "mask_deg", "time"), parts)}


def _earth_open(
    stations: Sequence[EarthStation],
    profile: xr.Dataset,
    masks_deg: FloatArray,
    *,
    edge_s: FloatArray,
    sky: Sky,
) -> dict[str, Any]:
    """Part of each cell in which some antenna on Earth is seen, by mast and mask; none without."""
    if not stations:
        return {}
    heights = mast_heights_m(profile)
    antennas = [
        antenna_on(profile, name="for Earth", mast_height_m=height_m, mask_deg=mask_deg)
        for height_m in heights.tolist()
        for mask_deg in masks_deg.tolist()
    ]
    parts = earth_open_fraction(antennas, stations, edge_s=edge_s, sky=sky)
    shape = (heights.size, masks_deg.size, edge_s.size - 1)
    return {"earth_open_fraction": (("mast_height_m", "mask_deg", "time"), parts.reshape(shape))}
