"""Maps on disk: cloud-optimised GeoTIFF for other programs, PNG and SVG for people.

A map is a Dataset on `y_m`, `x_m` laid out as docs/rooms.md says (`ilrs.moon.map_layout`).
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import rasterio.shutil
import xarray as xr
from rasterio import Affine
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.map_colours import Pixels, coloured, png_bytes, ramp_for, value_limits
from ilrs.moon.map_drawing import MapLine
from ilrs.moon.map_layout import layer, map_grid, map_on
from ilrs.moon.map_names import PlaceName
from ilrs.moon.map_sheet import Legend, map_sheet

__all__ = ["map_crs", "read_cog", "write_cog", "write_png", "write_svg"]

_MOST_PIXELS = 1600  # longest side of a picture
_GRID_NUMBERS = tuple(
    field.name for field in fields(Grid) if field.type is float or field.type == "float"
)
_FILE_TAGS = frozenset({"AREA_OR_POINT", "TIFFTAG_SOFTWARE", "OVR_RESAMPLING_ALG"})
_KINDS = (("#dbe6ea", "no"), ("#1c6e8c", "yes"))
# Word of a unit on a sheet, and how many of the layer's units are one of it.
_UNIT_WORDS = {
    "1": ("share", 1.0),
    "W m-2": ("W/m²", 1.0),
    "deg": ("°", 1.0),
    "s": ("d", 86_400.0),
}
# IAU_2015's own codes (OGC registry of planetary CRSs), for the maps they describe exactly.
_CODES = {-1: "IAU_2015:30135", 1: "IAU_2015:30130"}


def map_crs(grid: Grid) -> str:
    """The CRS of a grid, as text that GDAL and PROJ read: an IAU code where one fits."""
    is_plain = (grid.radius_m, grid.scale, grid.central_longitude_deg) == (1_737_400.0, 1.0, 0.0)
    if grid.pole and is_plain:
        return _CODES[grid.pole]
    size = f"+R={grid.radius_m!r} +units=m +no_defs +type=crs"
    centre = f"+lon_0={grid.central_longitude_deg!r}"
    if grid.is_stereographic:
        latitude = f"{grid.central_latitude_deg:.17g}"
        return f"+proj=stere +lat_0={latitude} {centre} +k={grid.scale!r} {size}"
    return f"+proj=eqc +lat_ts=0 {centre} {size}"


def write_cog(dataset: xr.Dataset, name: str, path: Path, *, step: float | None = None) -> None:
    """Writes one layer of a map as a cloud-optimised GeoTIFF with overviews.

    Numbers with a fraction become 32-bit floats with NaN as no data, yes and no become 1 and 0,
    whole numbers stay. With `step`, values from 0 are kept as whole steps in 8 or 16 bits. Unit,
    long name and the map's attributes go into the tags, no clock time does: the same map and the
    same GDAL give the same bytes. The file appears whole or not at all.
    """
    grid, values = map_grid(dataset), layer(dataset, name)
    if step is None:
        data, nodata = _storable(values.values, name)
    else:
        data, nodata = _in_steps(values.values, step, name)
    tags = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in sorted(dataset.attrs.items())
    }
    path = Path(path)
    begun = path.with_name(f".{path.name}.part")
    profile = {
        "driver": "GTiff", "height": grid.rows, "width": grid.columns, "count": 1,
        "dtype": data.dtype, "nodata": nodata, "crs": map_crs(grid),
        "transform": Affine(grid.pixel_m, 0.0, grid.west_m, 0.0, -grid.pixel_m, grid.north_m),
    }  # fmt: skip
    try:
        with MemoryFile() as memory:
            with memory.open(**profile) as plain:
                plain.write(data, 1)
                plain.scales = (step or 1.0,)
                plain.update_tags(**tags, TIFFTAG_SOFTWARE=f"ilrs {version('ilrs')}")
                plain.set_band_description(1, name)
                plain.set_band_unit(1, str(values.attrs.get("units", "")))
                plain.update_tags(1, long_name=str(values.attrs.get("long_name", "")))
            with memory.open() as plain:
                rasterio.shutil.copy(plain, begun, **_cog_options(data))
        os.replace(begun, path)
    finally:
        begun.unlink(missing_ok=True)


def _in_steps(values: Any, step: float, name: str) -> tuple[Any, int]:
    """Whole steps in the smallest type that holds them, its greatest number for no data."""
    known = np.isfinite(values)
    codes = np.round(np.where(known, values, 0.0) / step)
    dtype = np.uint8 if codes.max(initial=0.0) < 255 else np.uint16
    nodata = int(np.iinfo(dtype).max)
    if not 0.0 <= codes.min(initial=0.0) <= codes.max(initial=0.0) < nodata:
        raise IlrsError(
            f"the layer {name} goes from {values[known].min():g} to {values[known].max():g}",
            f"whole steps of {step:g} reach from 0 to {step * (nodata - 1):g}",
            "Give a longer step, or none.",
        )
    return np.where(known, codes, nodata).astype(dtype), nodata


def read_cog(path: Path) -> xr.Dataset:
    """The map of one layer that `write_cog` wrote: values with NaN for no data, all attributes.

    Attributes that are no part of the grid come back as texts. Raises IlrsError for another file.
    """
    path = Path(path)
    try:
        with rasterio.open(path) as source:
            tags, band = source.tags(), source.tags(1)
            values = source.read(1).astype(np.float64) * source.scales[0]
            values[source.read_masks(1) == 0] = np.nan
            name, unit = str(source.descriptions[0]), str(source.units[0] or "")
        where: dict[str, Any] = {key: float(tags[key]) for key in _GRID_NUMBERS}
        where |= {key: tags[key] for key in ("projection", "frame")}
        grid = Grid(rows=values.shape[0], columns=values.shape[1], **where)
    except (RasterioError, KeyError, ValueError):
        raise IlrsError(
            f"the map {path.name} cannot be read",
            "a map is a GeoTIFF of one layer whose tags say where it lies",
            "Correct the path, or write it with ilrs.moon.maps.write_cog.",
        ) from None
    others = {key: tags[key] for key in tags if key not in asdict(grid) and key not in _FILE_TAGS}
    return map_on(grid, {name: (values, unit, band.get("long_name", ""))}, **others)


def _cog_options(data: Any) -> dict[str, Any]:
    is_float = np.issubdtype(data.dtype, np.floating)
    return {
        "driver": "COG",
        "compress": "DEFLATE",
        "predictor": "FLOATING_POINT" if is_float else "STANDARD",
        "overview_resampling": "AVERAGE" if is_float else "NEAREST",
        "blocksize": 256,
    }


def _storable(values: Any, name: str) -> tuple[Any, float | int | None]:
    """The values in a type that rasters have, and what stands for no data among them."""
    if values.dtype == np.bool_:
        return values.astype(np.uint8), None
    if np.issubdtype(values.dtype, np.floating):
        return values.astype(np.float32), np.nan
    if values.dtype in (np.uint8, np.int16, np.uint16, np.int32):
        return values, None
    raise IlrsError(
        f"the layer {name} holds numbers of the type {values.dtype}",
        "rasters hold yes and no, numbers with a fraction, and whole numbers up to 32 bits",
        "Convert it, for instance with .astype('float32').",
    )


def write_png(
    dataset: xr.Dataset,
    name: str,
    path: Path,
    *,
    shade: xr.Dataset | None = None,
    ramp: str | None = None,
    limits: tuple[float, float] | None = None,
) -> None:
    """Writes one layer of a map as a bare picture, at most 1600 pixels long; see `write_svg`."""
    colours, _ = _drawn(dataset, name, shade=shade, ramp=ramp, limits=limits, holes="")
    Path(path).write_bytes(png_bytes(colours))


def write_svg(
    dataset: xr.Dataset,
    name: str,
    path: Path,
    *,
    title: str,
    unit: str | None = None,
    names: Sequence[PlaceName] = (),
    marks: Sequence[PlaceName] = (),
    lines: Sequence[MapLine] = (),
    shade: xr.Dataset | None = None,
    ramp: str | None = None,
    limits: tuple[float, float] | None = None,
    holes: str = "no data",
) -> None:
    """Writes one layer of a map as a sheet: picture, graticule, names, scale, colours, sources.

    `names` (`ilrs.moon.map_names.read_names`) are lettered with their outlines as far as there is
    room, `marks` always; `lines` are drawn over the graticule. `shade` is a `hillshade_map` on the
    same grid, laid under the colours; `ramp` one of `ilrs.moon.map_colours.RAMPS`; `limits` the
    values at its ends; `holes` says what it means where there is no number. Raises IlrsError for a
    name that is no layer, another grid, an unknown ramp, and limits out of order.
    """
    grid, values = map_grid(dataset), layer(dataset, name)
    colours, legend = _drawn(dataset, name, shade=shade, ramp=ramp, limits=limits, holes=holes)
    long_name = str(values.attrs.get("long_name", name))
    sheet = map_sheet(
        dataset,
        grid,
        colours=colours,
        legend=legend if unit is None else legend._replace(unit=unit),
        title=title,
        subtitle=long_name[:1].upper() + long_name[1:],
        names=names,
        marks=marks,
        lines=lines,
    )
    Path(path).write_text(sheet, encoding="utf-8")


def _drawn(
    dataset: xr.Dataset,
    name: str,
    *,
    shade: xr.Dataset | None,
    ramp: str | None,
    limits: tuple[float, float] | None,
    holes: str,
) -> tuple[Pixels, Legend]:
    grid, values = map_grid(dataset), layer(dataset, name)
    if shade is not None and map_grid(shade) != grid:
        raise IlrsError(
            f"a map of {grid} and a hillshade of {map_grid(shade)}",
            "relief is laid under a map of the same grid",
            "Make the hillshade of terrain on the map's grid.",
        )
    light = None if shade is None else _thinned(_to_the_edge(layer(shade, "hillshade").values))
    field = _thinned(values.values)
    if values.dtype == np.bool_:
        picture = _two_kinds(field, light)
        return picture, Legend("grey", (0.0, 1.0), "", kinds=tuple(reversed(_KINDS)))
    low, high = limits or value_limits(field)
    if not low < high:
        raise IlrsError(
            f"colours from {low:g} to {high:g}",
            "the lower limit stands first and is smaller than the upper one",
            "Exchange or correct the limits.",
        )
    ramp = ramp or ramp_for(values)
    unit = str(values.attrs.get("units", ""))
    word, size = _UNIT_WORDS.get(unit, (unit, 1.0))
    ends = low / size, high / size
    legend = Legend(ramp, ends, word, holes="" if np.isfinite(field).all() else holes)
    return coloured(field, ramp=ramp, limits=(low, high), shade=light), legend


def _to_the_edge(shade: Any) -> Any:
    """A hillshade whose empty pixels along the edges take their neighbours' light, for the eye."""
    inner = shade[1:-1, 1:-1]
    if not inner.size:
        return shade
    return np.where(np.isnan(shade), np.pad(inner, 1, mode="edge"), shade)


def _two_kinds(field: Any, light: Any) -> Pixels:
    """Yes and no in their colours, over relief where there is one."""
    relief = np.full(field.shape, 0.62) if light is None else light
    grey = coloured(relief, ramp="grey", limits=(0.0, 1.0)).astype(np.float64)
    inks = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour, _ in _KINDS])
    mixed = inks[(field >= 0.5).astype(np.intp)] * (0.35 + 0.65 * grey / grey.max())
    return np.asarray(np.clip(np.round(mixed), 0, 255), dtype=np.uint8)


def _thinned(values: Any) -> Any:
    """Means of blocks of pixels, so that no side is too long for a picture; NaN with any NaN."""
    factor = -(-max(values.shape) // _MOST_PIXELS)
    if factor == 1:
        return values.astype(np.float64)
    rows, columns = (size // factor * factor for size in values.shape)
    blocks = values[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor)
    return blocks.mean(axis=(1, 3), dtype=np.float64)
