"""A small synthetic environment and stations for the tests of this room."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.programme.entities import Element, Experiment

DAY_S = 86400.0


def synthetic_environment(steps: int, step_s: float = 3600.0) -> xr.Dataset:
    """A polar site in a few sines: Sun round the horizon in a lunar day, one relay, Earth."""
    t_s = np.arange(steps) * step_s
    azimuth = (360.0 * t_s / (29.53 * DAY_S)) % 360.0
    earth_elevation = 6.0 * np.sin(2 * np.pi * t_s / (27.32 * DAY_S))
    relay_elevation = 60.0 * np.sin(2 * np.pi * t_s / DAY_S)
    low = ((azimuth > 60.0) & (azimuth < 300.0)).astype(float)
    high = ((azimuth > 40.0) & (azimuth < 320.0)).astype(float)
    earth = np.clip((earth_elevation + 1.0) / 2.0, 0.0, 1.0)
    time = np.datetime64("2035-01-01", "ns") + (t_s * 1e9).astype("timedelta64[ns]")
    return xr.Dataset(
        {
            "sun_azimuth_deg": ("time", azimuth),
            "sun_elevation_deg": ("time", 1.5 * np.cos(2 * np.pi * t_s / (365.0 * DAY_S))),
            "solar_irradiance_w_m2": ("time", np.full(steps, 1361.0)),
            "sun_visible_fraction": (("mast_height_m", "time"), np.array([low, high])),
            "earth_elevation_deg": ("time", earth_elevation),
            "earth_visible_fraction": (("mast_height_m", "time"), np.array([earth, earth])),
            "relay_open_fraction": (
                ("relay", "mask_deg", "time"),
                (relay_elevation > np.array([[[2.0], [5.0]]])).astype(float),  # terrain of 2 deg
            ),
            "surface_temperature_k": ("time", 100.0 + 120.0 * low),
        },
        coords={
            "time": time,
            "t_s": ("time", t_s),
            "mast_height_m": [2.0, 10.0],
            "relay": ["RELAY-1"],
            "mask_deg": [0.0, 5.0],
        },
        attrs={"step_s": step_s, "epoch_utc": "2035-01-01T00:00:00Z", "site": "RIDGE"},
    )


@pytest.fixture(scope="session")
def environment() -> Callable[..., xr.Dataset]:
    """Makes the synthetic environment of so many steps; keywords replace variables."""

    def make(steps: int = 48, *, step_s: float = 3600.0, **changes: Any) -> xr.Dataset:
        dataset = synthetic_environment(steps, step_s)
        for name, value in changes.items():
            dataset[name] = (dataset[name].dims, np.broadcast_to(value, dataset[name].shape).copy())
        return dataset

    return make


@pytest.fixture(scope="session")
def element() -> Callable[..., Element]:
    """An element at the site, from the keys of its file."""

    def make(key: str = "A", **fields: Any) -> Element:
        return Element.model_validate({"id": key, "facility": "F2", "site": "RIDGE", **fields})

    return make


@pytest.fixture(scope="session")
def experiment() -> Callable[..., Experiment]:
    def make(key: str = "X", **fields: Any) -> Experiment:
        told = {"element": "A", "fields": ["SF1"], "wanted": "100 h", "power": "10 W"}
        return Experiment.model_validate({"id": key, **told, **fields})

    return make


@pytest.fixture(scope="session")
def plan() -> Callable[..., xr.Dataset]:
    """A plan that runs each named experiment for a fraction of every step."""

    def make(environment: xr.Dataset, **fractions: Any) -> xr.Dataset:
        steps = environment.sizes["time"]
        rows = [np.broadcast_to(np.asarray(f, dtype=float), (steps,)) for f in fractions.values()]
        return xr.Dataset(
            {
                "planned_fraction": (
                    ("experiment", "time"),
                    np.array(rows).reshape(len(rows), steps),
                )
            },
            coords={
                "time": environment["time"].values,
                "experiment": np.array(list(fractions), dtype=np.str_),
            },
        )

    return make
