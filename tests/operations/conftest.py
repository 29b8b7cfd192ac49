"""A bare time axis and experiments for the tests of this room."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.programme.entities import Experiment


@pytest.fixture(scope="session")
def axis() -> Callable[..., xr.Dataset]:
    """The time axis of an environment: so many steps from the epoch."""

    def make(steps: int, *, step_s: float = 3600.0) -> xr.Dataset:
        t_s = np.arange(steps) * step_s
        time = np.datetime64("2035-01-01", "ns") + (t_s * 1e9).astype("timedelta64[ns]")
        return xr.Dataset(
            coords={"time": time, "t_s": ("time", t_s)},
            attrs={"step_s": step_s, "epoch_utc": "2035-01-01T00:00:00Z", "site": "RIDGE"},
        )

    return make


@pytest.fixture(scope="session")
def experiment() -> Callable[..., Experiment]:
    def make(key: str = "X", **fields: Any) -> Experiment:
        told = {"element": "A", "fields": ["SF1"], "wanted": "4 h", "power": "10 W"}
        return Experiment.model_validate({"id": key, **told, **fields})

    return make
