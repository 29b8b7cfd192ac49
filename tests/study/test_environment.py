"""The environment of a site: how long relays are in view, and what that lets the station send."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.moon.horizon import horizon_at, read_profile
from ilrs.orbits.earth_station import EarthStation
from ilrs.orbits.relay import craft_view
from ilrs.orbits.sightlines import site_station_access
from ilrs.orbits.skyline import antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import Trajectory, cut_trajectory
from ilrs.programme.entities import Element, Mission, Scenario, Site
from ilrs.sky.sky import Sky, open_sky
from ilrs.station.simulate import simulate
from ilrs.study.craft_ways import craft_way, scenario_span_s
from ilrs.study.environment import site_environment
from ilrs.study.site_windows import site_windows

HORIZONS = Path(str(files("ilrs.programme") / "reference" / "horizons"))
STEP_S, MAST_M, MASK_DEG = 3600.0, 10.0, 5.0
WEEK = Scenario.model_validate(
    {"id": "week", "site": "RIDGE", "start": "2036-01-01", "end": "2036-01-08", "step": "1 h"}
)
START_S = float(tdb_from_utc(parse_utc("2036-01-01")))
# The first orbit of Luna-26 as published; each pass over a polar site takes some ten minutes.
LOW = {"periapsis_altitude": "60 km", "apoapsis_altitude": "80 km", "inclination": "90 deg",
       "frame": "MOON_EQUATOR", "is_held": True}  # fmt: skip


@pytest.fixture(scope="module")
def sky() -> Sky:
    return open_sky()


@pytest.fixture(scope="module")
def profile() -> xr.Dataset:
    return read_profile(HORIZONS / "CONNECTING-RIDGE.csv")


@pytest.fixture(scope="module")
def low(sky: Sky) -> Trajectory:
    mission = Mission.model_validate({"id": "LOW", "status": "planned", "orbit": LOW})
    return craft_way(mission, scenario_span_s(WEEK), sky=sky)


@pytest.fixture(scope="module")
def week(sky: Sky, profile: xr.Dataset, low: Trajectory) -> xr.Dataset:
    return environment({"LOW": low}, sky=sky, profile=profile)


def environment(
    relays: Mapping[str, Trajectory], *, sky: Sky, profile: xr.Dataset, mask_deg: float = MASK_DEG
) -> xr.Dataset:
    site = Site.model_validate({"id": "RIDGE", "kind": "candidate"})
    return site_environment(
        site, WEEK, profile=profile, relays=relays, sky=sky, masks_deg=[mask_deg]
    )


def total_s(way: Trajectory, mask_deg: float, *, sky: Sky, profile: xr.Dataset) -> float:
    antenna = antenna_on(profile, name="A", mast_height_m=MAST_M, mask_deg=mask_deg)
    found = surface_access(
        [way], [antenna], span_s=way.span_tdb_s, orientation=sky.orientation
    )  # fmt: skip
    return found[way.name, "A"].total_s


# Cells are even in UTC, windows in TDB; their rates differ by 3.3e-10 at most.
@pytest.mark.parametrize("mask_deg", [0.0, MASK_DEG])
def test_parts_of_cells_add_up_to_the_windows(
    mask_deg: float, week: xr.Dataset, low: Trajectory, sky: Sky, profile: xr.Dataset
) -> None:
    parts = week["relay_open_fraction"].sel(relay="LOW", mask_deg=mask_deg).values
    wanted_s = total_s(low, mask_deg, sky=sky, profile=profile)
    assert wanted_s > 3600.0
    assert float(parts.sum()) * STEP_S == pytest.approx(wanted_s, rel=1e-6)
    assert parts.min() == 0.0
    assert parts.max() < 0.5  # no pass fills half an hour


# Samples 2 s apart see each edge of a pass within 1 s; an hour holds two passes at most, and a
# pass, over this terrain, comes in two pieces at most: eight edges.
def test_parts_of_cells_are_those_of_fine_samples(
    week: xr.Dataset, low: Trajectory, sky: Sky, profile: xr.Dataset
) -> None:
    t = START_S + np.arange(1.0, 7 * DAY_S, 2.0)
    view = craft_view(
        low, tdb_s=t, orientation=sky.orientation,
        latitude_deg=profile.attrs["latitude_deg"], longitude_deg=profile.attrs["longitude_deg"],
        height_m=profile.attrs["ground_height_m"] + MAST_M,
    )  # fmt: skip
    azimuth, elevation = view["azimuth_deg"].values, view["elevation_deg"].values
    terrain = horizon_at(profile, azimuth, mast_height_m=MAST_M)
    for mask_deg in (0.0, MASK_DEG):
        seen = (elevation > terrain) & (elevation > mask_deg)
        wanted = seen.reshape(-1, 1800).mean(axis=1)
        parts = week["relay_open_fraction"].sel(relay="LOW", mask_deg=mask_deg).values
        np.testing.assert_allclose(parts, wanted, atol=8.0 / STEP_S, rtol=0)


def test_the_station_sends_for_as_long_as_the_relay_is_in_view(
    week: xr.Dataset, low: Trajectory, sky: Sky, profile: xr.Dataset
) -> None:
    plan = xr.Dataset(
        {"planned_fraction": (("experiment", "time"), np.zeros((0, week.sizes["time"])))},
        coords={"time": week["time"].values, "experiment": np.array([], dtype=np.str_)},
    )
    hub = Element.model_validate(
        {
            "id": "HUB", "facility": "F2", "site": "RIDGE", "data_store": "1 Tbit",
            "modes": {"keep_alive": {"power": "10 W", "data": "2 Mbit/s"}},
            "generator": {"kind": "radioisotope", "power": "100 W"},
            "links": [{"via": "LOW", "rate": "1 Mbit/s", "power": "9 W", "mask": "5 deg"}],
        }
    )  # fmt: skip
    run = simulate([hub], [], environment=week, plan=plan)
    seen_s = total_s(low, MASK_DEG, sky=sky, profile=profile)
    assert run.attrs["data_sent_bit"] == pytest.approx(1e6 * seen_s, rel=1e-6)
    sending_wh = run.attrs["energy_used_wh"] - 10.0 * 7 * 24
    assert sending_wh == pytest.approx(9.0 * seen_s / 3600.0, rel=1e-6)


def test_a_relay_that_has_come_down_is_out_of_view(
    week: xr.Dataset, low: Trajectory, sky: Sky, profile: xr.Dataset
) -> None:
    down_s = START_S + 3.2 * DAY_S
    fallen = replace(cut_trajectory(low, (START_S, down_s)), ended_by="impact")
    cut = environment({"LOW": fallen}, sky=sky, profile=profile)["relay_open_fraction"].values
    whole = week["relay_open_fraction"].values
    np.testing.assert_allclose(cut[..., :76], whole[..., :76], atol=1e-5, rtol=0)  # 0.01 s an edge
    assert whole[..., 77:].any() and not cut[..., 77:].any()


def test_no_relay_leaves_an_empty_row_and_no_contact(sky: Sky, profile: xr.Dataset) -> None:
    alone = environment({}, sky=sky, profile=profile)
    assert alone["relay_open_fraction"].shape == (0, 2, 7 * 24)
    assert len(site_windows(alone)["relay_in_view"]) == 0


def test_masks_hold_0_and_each_other_once(week: xr.Dataset, sky: Sky, profile: xr.Dataset) -> None:
    assert week["mask_deg"].values.tolist() == [0.0, MASK_DEG]
    level = environment({}, sky=sky, profile=profile, mask_deg=0.0)
    assert level["mask_deg"].values.tolist() == [0.0]


def test_a_mask_is_refused_when_it_is_no_elevation(sky: Sky, profile: xr.Dataset) -> None:
    with pytest.raises(IlrsError) as caught:
        environment({}, sky=sky, profile=profile, mask_deg=95.0)
    assert str(caught.value) == (
        "the antenna 2 for relays with a mask of 95 deg;"
        " a mask is an elevation, from -90 (none) to 90 deg."
        " Give the lowest elevation that the antenna can use."
    )


def test_antennas_on_earth_are_there_where_they_are_declared(
    week: xr.Dataset, sky: Sky, profile: xr.Dataset
) -> None:
    assert "earth_open_fraction" not in week
    site = Site.model_validate({"id": "RIDGE", "kind": "candidate"})
    stations = [EarthStation(name="EAST", latitude_deg=46.5, longitude_deg=130.8)]
    seen = site_environment(
        site, WEEK, profile=profile, relays={}, sky=sky, masks_deg=[MASK_DEG], stations=stations
    )["earth_open_fraction"]
    assert seen.dims == ("mast_height_m", "mask_deg", "time")
    antenna = antenna_on(profile, name="A", mast_height_m=MAST_M, mask_deg=MASK_DEG)
    span_s = START_S, START_S + 7 * DAY_S
    exact = site_station_access(antenna, stations[0], span_s=span_s, sky=sky)
    found_s = float(seen.sel(mast_height_m=MAST_M, mask_deg=MASK_DEG).sum()) * STEP_S
    assert found_s == pytest.approx(exact.total_s, abs=16.0 * max(len(exact), 1))
    above = float(seen.sel(mast_height_m=MAST_M, mask_deg=0.0).sum()) * STEP_S
    assert above >= found_s
