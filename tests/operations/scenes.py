"""Made-up ground and light for the tests of routes: maps whose every number is known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.programme.entities import Mobility

PIXEL_M = 40.0


def vehicle(**changes: Any) -> Mobility:
    """A rover of 10 cm/s on level ground that waits at 10 W and drives in light."""
    told = {"kind": "rover", "slope_limit": "20 deg", "speed": "10 cm/s", "wait_power": "10 W"}
    return Mobility.model_validate(told | changes)


def flat(rows: int, columns: int, **changes: Any) -> xr.Dataset:
    """Level ground of 40 m pixels; `height_m` or `slope_deg` may be given as arrays."""
    values = {"height_m": np.zeros((rows, columns)), "slope_deg": np.zeros((rows, columns))}
    return xr.Dataset(
        {name: (("y_m", "x_m"), value) for name, value in (values | changes).items()},
        attrs={"pixel_m": PIXEL_M},
    )


def light(rows: int, columns: int, lit: Callable[[int, int], Windows], *, span_s: float) -> Any:
    """Windows of light on a map, as `ilrs.moon.window_map` lays them out."""
    spans = [[lit(row, column) for column in range(columns)] for row in range(rows)]
    count = np.array([[len(windows) for windows in row] for row in spans])
    edges = [edge for row in spans for windows in row for edge in windows]
    start, end = np.array(edges, dtype=np.float64).reshape(-1, 2).T
    return xr.Dataset(
        {
            "first_window": (("y_m", "x_m"), (np.cumsum(count) - count.ravel()).reshape(rows, -1)),
            "window_count": (("y_m", "x_m"), count),
            "start_s": ("window", start),
            "end_s": ("window", end),
        },
        attrs={"span_s": span_s},
    )
