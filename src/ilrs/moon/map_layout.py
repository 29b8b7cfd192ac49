"""How a map is laid out: a Dataset on `y_m`, `x_m` whose attributes say where it lies.

The attributes are the fields of `ilrs.moon.grid.Grid`; rows run from north to south, as in rasters.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.terrain import Terrain

__all__ = ["height_map", "layer", "map_grid", "map_on"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def map_on(
    grid: Grid, variables: Mapping[str, tuple[npt.ArrayLike, str, str]], **attrs: Any
) -> xr.Dataset:
    """A map on a grid; `variables` maps a name to values (rows, columns), unit and long name."""
    x_m = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    y_m = grid.north_m - (np.arange(grid.rows) + 0.5) * grid.pixel_m
    return xr.Dataset(
        {
            name: (("y_m", "x_m"), values, {"units": unit, "long_name": long_name})
            for name, (values, unit, long_name) in variables.items()
        },
        coords={
            "y_m": ("y_m", y_m, {"units": "m", "long_name": "map coordinate upwards"}),
            "x_m": ("x_m", x_m, {"units": "m", "long_name": "map coordinate to the right"}),
        },
        attrs=asdict(grid) | attrs,
    )


def height_map(terrain: Terrain) -> xr.Dataset:
    """The heights of a terrain as a map: `height_m`. [m]"""
    heights = (terrain.heights_m, "m", "height above the 1737.4 km sphere")
    return map_on(
        terrain.grid, {"height_m": heights}, terrain=terrain.name, terrain_sha256=terrain.sha256
    )


def map_grid(dataset: xr.Dataset) -> Grid:
    """The grid that a map's attributes describe.

    Raises IlrsError where attributes are missing or count other rows and columns than there are.
    """
    names = [field.name for field in fields(Grid)]
    missing = [name for name in names if name not in dataset.attrs]
    sizes = dataset.sizes.get("y_m", 0), dataset.sizes.get("x_m", 0)
    if missing or 0 in sizes:
        raise IlrsError(
            f"a map without {', '.join(missing) or 'dimensions y_m and x_m'}",
            f"a map lies on y_m and x_m, and its attributes hold {', '.join(names)}",
            "Make it with ilrs.moon.map_layout.map_on.",
        )
    grid = Grid(**{name: dataset.attrs[name] for name in names})
    if (grid.rows, grid.columns) != sizes:
        raise IlrsError(
            f"a map of {sizes[0]} x {sizes[1]} pixels that calls itself {grid}",
            "rows and columns in the attributes count the pixels there are",
            "Cut the grid as the map was cut, or give the whole map.",
        )
    return grid


def layer(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """One layer of a map, rows from north to south.

    Raises IlrsError for a name that is no layer on `y_m`, `x_m`.
    """
    layers = [key for key, values in dataset.items() if set(values.dims) == {"y_m", "x_m"}]
    if name not in layers:
        raise IlrsError(
            f"the map has no layer {name!r}",
            f"its layers are {', '.join(str(key) for key in layers) or 'none'}",
            "Choose one of these; of a Dataset with more dimensions choose one step first.",
        )
    return dataset[name].transpose("y_m", "x_m")
