"""Terrain: heights of the Moon on a grid, read from the files that publishers hand out.

GeoTIFF/COG, PDS3 and PDS4 images with their label, and JPEG 2000 are read through GDAL, whole or a
window of them, in strips of rows: what stays in memory is the heights asked for, as 32-bit floats.
"""

import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_file
from ilrs.moon.grid import Grid, Projection
from ilrs.sky.directions import MOON_RADIUS_M

if TYPE_CHECKING:
    import pyproj

__all__ = ["Terrain", "read_terrain", "resampled", "room_for_heights", "terrain_grid"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
HeightArray: TypeAlias = npt.NDArray[np.float32]

# Lunar ellipsoids in use differ by 1 km (1737.4 and 1738.0 km); no other body comes near.
_RADIUS_TOLERANCE_M = 2_000.0
# The Moon's relief is -9.1 to +10.8 km above the sphere (Smith et al. 2010, 10.1029/2010GL043751).
_MOST_RELIEF_M = 20_000.0
_STRIP_PIXELS = 1_000_000  # read at once: 30 MB while they become heights
_CACHE_MB = 32  # GDAL would keep a twentieth of the memory full of pixels that are read only once
_POLAR = ("Polar Stereographic (variant A)", "Polar Stereographic (variant B)")
# On a sphere the two are one map; they differ on an ellipsoid only.
_OBLIQUE = ("Stereographic", "Oblique Stereographic")
_LABELS = (".LBL", ".XML")
_CYLINDRICAL = ("Equidistant Cylindrical", "Equidistant Cylindrical (Spherical)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terrain:
    """Heights above the 1737.4 km sphere on a grid; NaN where nothing was measured."""

    name: str
    grid: Grid
    heights_m: HeightArray  # rows x columns, north row first
    sha256: str = ""

    def height_m(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> FloatArray:
        """Height at map coordinates, bilinear between pixel middles; any shape. [m]

        Within half a pixel of the outer edge the edge pixels hold on. NaN off the grid, and where
        one of the four pixels around is NaN.
        """
        grid = self.grid
        row, column = grid.pixel_at(x_m, y_m)
        on_grid = (row >= -0.5) & (row <= grid.rows - 0.5)
        row = np.clip(np.where(on_grid, row, 0.0), 0.0, grid.rows - 1.0)
        if grid.wraps:
            column = np.mod(column, grid.columns)
        else:
            on_grid &= (column >= -0.5) & (column <= grid.columns - 0.5)
            column = np.clip(np.where(on_grid, column, 0.0), 0.0, grid.columns - 1.0)
        i, j = np.floor(row).astype(np.intp), np.floor(column).astype(np.intp) % grid.columns
        south = np.minimum(i + 1, grid.rows - 1)
        east = (j + 1) % grid.columns if grid.wraps else np.minimum(j + 1, grid.columns - 1)
        v, u = row - i, column - np.floor(column)
        h = self.heights_m  # only the picked heights become double: the grid may be large
        upper = (1.0 - u) * h[i, j] + u * h[i, east]
        lower = (1.0 - u) * h[south, j] + u * h[south, east]
        return np.asarray(np.where(on_grid, (1.0 - v) * upper + v * lower, np.nan))

    def has_hole_near(self, x_m: float, y_m: float, *, pixels: int = 10) -> bool:
        """Whether a pixel without a height lies within so many pixels of a place on the grid."""
        row, column = (round(float(value)) for value in self.grid.pixel_at(x_m, y_m))
        around = np.arange(-pixels, pixels + 1)
        rows = np.clip(row + around, 0, self.grid.rows - 1)
        columns = column + around
        if self.grid.wraps:
            columns %= self.grid.columns
        columns = np.clip(columns, 0, self.grid.columns - 1)
        return bool(np.isnan(self.heights_m[np.ix_(rows, columns)]).any())


def resampled(terrain: Terrain, grid: Grid) -> Terrain:
    """The terrain on another grid, bilinear between its pixels; NaN off it. Keeps its checksum."""
    heights = np.empty((grid.rows, grid.columns), np.float32)
    x_m = grid.west_m + (np.arange(grid.columns) + 0.5) * grid.pixel_m
    at_once = max(1, _STRIP_PIXELS // grid.columns)
    for top in range(0, grid.rows, at_once):
        rows = np.arange(top, min(top + at_once, grid.rows))
        y_m = grid.north_m - (rows[:, None] + 0.5) * grid.pixel_m
        places = grid.locate(*np.broadcast_arrays(x_m, y_m))
        heights[top : top + rows.size] = terrain.height_m(*terrain.grid.project(*places))
    return replace(terrain, grid=grid, heights_m=heights)


def room_for_heights(shape: tuple[int, ...], *, scratch: Path | None) -> HeightArray:
    """An array for heights, in memory or mapped onto a file in the folder `scratch`.

    The file has no name that stays: it goes with the array, or with a process that is killed. The
    system writes its pages out and takes them back as memory is short.
    """
    if scratch is None:
        return np.empty(shape, np.float32)
    with tempfile.TemporaryFile(dir=scratch) as file:
        return np.asarray(np.memmap(file, np.float32, "w+", shape=shape))


def read_terrain(
    path: Path,
    *,
    bounds_m: tuple[float, float, float, float] | None = None,
    margin_m: float = 0.0,
    scratch: Path | None = None,
) -> Terrain:
    """Terrain of one file: heights, where they lie, and the file's name and SHA-256.

    A PDS3 or PDS4 image is read by naming its label or its image. Scale and offset come from the
    label when one lies beside the file (GDAL drops them for JPEG 2000), and an offset that makes
    the values radii is taken off again. `bounds_m` (west, south, east, north in map metres, as
    `terrain_grid(path).project` gives them) cuts out the pixels that touch it, `margin_m` wider on
    all sides as far as the file goes; the checksum stays that of the whole file. With a folder
    `scratch` the heights need no memory of their own (`room_for_heights`). Raises IlrsError
    for a file that cannot be read to its end, for another body, for a missing, rotated or unknown
    map projection, for bounds off the map, and for heights no place on the Moon has.
    """
    path = Path(path)
    with _opened(path) as (source, label):
        grid = _grid_of(source, path.name, label)
        _check_length(source, path)
        if bounds_m is not None:
            grid, window = _cut(grid, bounds_m, margin_m=margin_m, name=path.name)
        else:
            window = Window(0, 0, grid.columns, grid.rows)
        heights_m = room_for_heights((grid.rows, grid.columns), scratch=scratch)
        _read_heights(source, heights_m, window, *_scale_and_offset(source, label))
    _check_relief(heights_m, path.name)
    return Terrain(
        name=path.stem, grid=grid, heights_m=heights_m, sha256=sha256_of_file(_image_of(path))
    )


def terrain_grid(path: Path) -> Grid:
    """Where a terrain file lies, without reading its heights; raises as `read_terrain` does."""
    path = Path(path)
    with _opened(path) as (source, label):
        return _grid_of(source, path.name, label)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Path | None]]:
    """The file as GDAL opens it, and its label; what GDAL cannot read becomes one clear error."""
    label = _label_of(path)
    opened = label if path.suffix.upper() == ".IMG" else path
    if opened is None or not path.exists():
        missing = path.name if opened else f"{path.stem}.LBL, the label of {path.name},"
        raise IlrsError(
            f"the terrain file {missing} is not there",
            "a PDS3 image and its label lie side by side; other files stand alone",
            "Correct the path, or put the file there.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # answered by an error below
            with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB), rasterio.open(opened) as source:
                yield source, label
    except (RasterioError, OSError) as reason:
        raise IlrsError(
            f"the terrain file {path.name} cannot be read to its end",
            "a whole GeoTIFF, PDS3 label with its image, or JPEG 2000 file is read",
            "Fetch the file again and compare its checksum with the publisher's.",
        ) from reason


def _check_length(source: Any, path: Path) -> None:
    """Ends with an error where an unpacked image is shorter than its label says.

    GDAL gives zeros for what is missing at the end of an image: a plain of height 0.
    """
    image = _image_of(_label_of(path) or path)
    if source.driver not in ("PDS", "PDS4") or image.suffix.upper() in (*_LABELS, ".JP2", ".TIF"):
        return
    needed = source.height * source.width * np.dtype(source.dtypes[0]).itemsize
    if image.stat().st_size < needed:
        raise OSError(f"{image.name} has {image.stat().st_size} bytes of {needed}")


def _cut(
    grid: Grid, bounds_m: tuple[float, float, float, float], *, margin_m: float, name: str
) -> tuple[Grid, Window]:
    """The part of a grid that touches the bounds, and its window of pixels."""
    west, south, east, north = bounds_m
    if not (west < east and south < north and 0.0 <= margin_m < np.inf):
        raise IlrsError(
            f"bounds from x {west:g} to {east:g} m and y {south:g} to {north:g} m with a margin of"
            f" {margin_m:g} m",
            "bounds are west, south, east, north in map metres, and a margin is not negative",
            "Put them in this order.",
        )
    first_row, first_column = grid.pixel_at(west - margin_m, north + margin_m)
    last_row, last_column = grid.pixel_at(east + margin_m, south - margin_m)
    # `pixel_at` counts from pixel middles; an edge that is met exactly adds no pixel.
    tiny = 1e-6
    top = max(int(np.floor(float(first_row) + 0.5 + tiny)), 0)
    left = max(int(np.floor(float(first_column) + 0.5 + tiny)), 0)
    bottom = min(int(np.ceil(float(last_row) + 0.5 - tiny)), grid.rows)
    right = min(int(np.ceil(float(last_column) + 0.5 - tiny)), grid.columns)
    if bottom - top < 2 or right - left < 2:
        raise IlrsError(
            f"bounds from x {west / 1e3:g} to {east / 1e3:g} km and y {south / 1e3:g} to"
            f" {north / 1e3:g} km hold fewer than 2 x 2 pixels of {name}",
            f"it is a grid of {grid}",
            "Choose bounds on the map, in metres.",
        )
    part = replace(
        grid,
        rows=bottom - top,
        columns=right - left,
        west_m=grid.west_m + left * grid.pixel_m,
        north_m=grid.north_m - top * grid.pixel_m,
    )
    return part, Window(left, top, right - left, bottom - top)


def _read_heights(
    source: Any, heights: HeightArray, window: Window, scale: float, offset_m: float
) -> None:
    """Reads the heights of a window in strips of rows; NaN where the file declares none. [m]"""
    at_once = max(1, _STRIP_PIXELS // window.width)
    # LOLA labels: value + offset is the radius, the value alone is the height.
    summand = 0.0 if abs(offset_m - MOON_RADIUS_M) < _RADIUS_TOLERANCE_M else offset_m
    is_settled = False
    for top in range(0, window.height, at_once):
        count = min(at_once, window.height - top)
        strip = Window(window.col_off, window.row_off + top, window.width, count)
        values = source.read(1, window=strip, masked=True).astype(np.float64).filled(np.nan)
        values = values * scale + summand
        finite = values[np.isfinite(values)]
        if not is_settled and finite.size:
            is_settled = True
            if abs(float(np.median(finite)) - MOON_RADIUS_M) < _MOST_RELIEF_M:
                summand -= MOON_RADIUS_M  # a shape map: the radius itself is stored
                values -= MOON_RADIUS_M
        with np.errstate(over="ignore"):  # 1e300 becomes infinite, and is refused with the rest
            heights[top : top + count] = values


def _sibling(path: Path, name: str) -> Path | None:
    wanted = name.lower()
    near = path.parent.iterdir() if path.parent.is_dir() else iter(())
    return next((other for other in sorted(near) if other.name.lower() == wanted), None)


def _label_of(path: Path) -> Path | None:
    """The PDS label of a file: itself, or the one beside it (a PDS4 label, of an image alone)."""
    kind = path.suffix.upper()
    if kind in _LABELS:
        return path if path.exists() else None
    endings = {".JP2": ("_JP2.LBL", ".LBL"), ".IMG": (".LBL", ".XML")}.get(kind, (".LBL",))
    found = [_sibling(path, path.stem + ending) for ending in endings]
    return next((label for label in found if label), None)


def _image_of(path: Path) -> Path:
    """The file that holds the heights: the checksum of a label alone would say nothing of them."""
    if path.suffix.upper() not in _LABELS:
        return path
    text = path.read_text(encoding="latin-1") if path.exists() else ""
    named = re.findall(r'^\s*FILE_NAME\s*=\s*"([^"]+)"', text, re.MULTILINE)
    named += re.findall(r'^\s*\^IMAGE\s*=\s*\(?\s*"([^"]+)"', text, re.MULTILINE)
    named += re.findall(r"<file_name>\s*([^<]+?)\s*</file_name>", text)
    found = [_sibling(path, name) for name in named]
    return next((image for image in found if image), path)


def _scale_and_offset(source: Any, label: Path | None) -> tuple[float, float]:
    """What makes stored numbers metres: factor and summand."""
    if label is not None and label.suffix.upper() == ".LBL":
        text = label.read_text(encoding="latin-1")
        scale, offset = (
            re.search(rf"^\s*{key}\s*=\s*([-+.\dEe]+)", text, re.MULTILINE)
            for key in ("SCALING_FACTOR", "OFFSET")
        )
        if scale:
            unit = 1e3 if re.search(r"^\s*UNIT\s*=\s*\"?KILOMET", text, re.MULTILINE) else 1.0
            return unit * float(scale[1]), unit * float(offset[1]) if offset else 0.0
    elif source.driver.startswith("JP2") and source.scales[0] == 1.0:
        name = Path(source.name)
        raise IlrsError(
            f"the scale of the heights in {name.name} is not known",
            "a JPEG 2000 file keeps it in its label (SCALING_FACTOR, OFFSET)",
            f"Put {name.stem}_JP2.LBL beside it.",
        )
    return source.scales[0], source.offsets[0]


def _check_relief(heights_m: HeightArray, name: str) -> None:
    lowest, highest = (float(pick.reduce(heights_m, axis=None)) for pick in (np.fmin, np.fmax))
    if np.isnan(lowest):
        raise IlrsError(
            f"{name} holds no height at all: every pixel is NaN or declared missing",
            "a terrain file holds heights in metres above the 1737.4 km sphere",
            "Check its no-data value, or fetch the file again.",
        )
    worst = max(lowest, highest, key=abs)
    if abs(worst) > _MOST_RELIEF_M:
        raise IlrsError(
            f"{name} holds a height of {worst:.3g} m",
            "heights on the Moon lie between -9.1 km and +10.8 km",
            "Declare that value as no data in the file, or give the heights in metres.",
        )


def _grid_of(source: Any, name: str, label: Path | None) -> Grid:
    if source.crs is None:
        raise _no_map(name, "has no coordinate reference system (CRS)")
    import pyproj  # noqa: PLC0415  heavy: only terrain files from outside need it

    crs = pyproj.CRS.from_wkt(source.crs.to_wkt())
    if crs.ellipsoid is None or not (crs.is_geographic or crs.is_projected):
        raise _no_map(name, f"has a coordinate reference system of no body ({crs.name})")
    radius_m = crs.ellipsoid.semi_major_metre
    if max(abs(radius_m - MOON_RADIUS_M), abs(crs.ellipsoid.semi_minor_metre - MOON_RADIUS_M)) > (
        _RADIUS_TOLERANCE_M
    ):
        raise IlrsError(
            f"{name} is a map of another body ({crs.name}: radius {radius_m / 1e3:.1f} km)",
            "the Moon's radius is 1737.4 km",
            "Give a terrain file of the Moon.",
        )
    if min(source.height, source.width) < 2:
        raise IlrsError(
            f"{name} has {source.height} row(s) and {source.width} column(s)",
            "terrain needs at least 2 rows and 2 columns",
            "Give the whole grid.",
        )
    grid = _placed(source, name, _map_of(crs, name), radius_m=radius_m)
    return replace(grid, frame=_frame_named(label))


def _frame_named(label: Path | None) -> str:
    """The body frame that a label names; the IAU's frame, mean Earth, where it names none.

    On the ground principal axes lie about 875 m from mean Earth axes (NAIF's frame kernel
    moon_080317.tf): a map in them must not pass for the other.
    """
    text = label.read_text(encoding="latin-1").upper() if label else ""
    return "MOON_PA" if re.search(r"PRINCIPAL[ _-]AX[IE]S", text) else "MOON_ME"


def _no_map(name: str, fault: str) -> IlrsError:
    return IlrsError(
        f"{name} {fault}",
        "a CRS of the Moon is needed, such as IAU_2015:30135 (south polar stereographic)",
        f"Assign one, for instance: gdal_edit.py -a_srs IAU_2015:30135 {name}",
    )


class _Map(NamedTuple):
    """What a CRS says of the map, without the grid upon it."""

    projection: Projection
    central_longitude_deg: float = 0.0
    scale: float = 1.0
    central_latitude_deg: float = 0.0
    false_east_m: float = 0.0
    false_north_m: float = 0.0
    is_in_degrees: bool = False


def _map_of(crs: "pyproj.CRS", name: str) -> _Map:
    if crs.is_geographic:
        return _Map("simple cylindrical", is_in_degrees=True)
    operation: Any = crs.coordinate_operation  # a projected CRS always has one
    values: dict[str, Any] = {part.name.lower(): part.value for part in operation.params}
    false_m = values.get("false easting", 0.0), values.get("false northing", 0.0)
    centre = values.get("longitude of natural origin", values.get("longitude of origin", 0.0))
    if operation.method_name in _CYLINDRICAL:
        if values.get("latitude of 1st standard parallel", 0.0) == 0.0:
            return _Map("simple cylindrical", centre, 1.0, 0.0, *false_m)
    elif operation.method_name in _POLAR:
        latitude = values.get("latitude of natural origin", 0.0)
        scale = values.get("scale factor at natural origin", 1.0)
        if "latitude of standard parallel" in values:  # the map is true there, not at the pole
            latitude = values["latitude of standard parallel"]
            scale = 0.5 * (1.0 + float(np.sin(np.radians(abs(latitude)))))
        pole: Projection = (
            "south polar stereographic" if latitude < 0.0 else "north polar stereographic"
        )
        return _Map(pole, centre, scale, 0.0, *false_m)
    elif operation.method_name in _OBLIQUE:
        latitude = values["latitude of natural origin"]
        scale = values.get("scale factor at natural origin", 1.0)
        return _Map("stereographic", centre, scale, latitude, *false_m)
    raise IlrsError(
        f"{name} is in the map projection {operation.method_name!r}",
        "stereographic and simple cylindrical (equator true) maps are read",
        f"Warp it, for instance: gdalwarp -t_srs IAU_2015:30135 {name} warped.tif",
    )


def _placed(source: Any, name: str, drawn: _Map, *, radius_m: float) -> Grid:
    affine = source.transform
    if affine.b or affine.d or affine.a <= 0 or not np.isclose(affine.a, -affine.e, rtol=1e-4):
        raise IlrsError(
            f"{name} has rotated, flipped or oblong pixels",
            "north-up grids with square pixels are read",
            f"Warp it, for instance: gdalwarp -tr 20 20 {name} warped.tif",
        )
    _check_unit(source, name, drawn.is_in_degrees)
    unit_m = np.pi / 180.0 * radius_m if drawn.is_in_degrees else 1.0
    grid = Grid(
        rows=source.height,
        columns=source.width,
        pixel_m=affine.a * unit_m,
        west_m=affine.c * unit_m - drawn.false_east_m,
        north_m=affine.f * unit_m - drawn.false_north_m,
        projection=drawn.projection,
        central_latitude_deg=drawn.central_latitude_deg,
        central_longitude_deg=drawn.central_longitude_deg,
        radius_m=radius_m,
        scale=drawn.scale,
    )
    if not grid.wraps:
        return grid
    # A label rounds the pixel (7580.84 m); 1440 of them miss the circumference by 3 m.
    pixel_m = grid.circumference_m / grid.columns
    west_m, north_m = (
        round(2.0 * edge / pixel_m) * 0.5 * pixel_m for edge in (grid.west_m, grid.north_m)
    )
    return replace(grid, pixel_m=pixel_m, west_m=west_m, north_m=north_m)


def _check_unit(source: Any, name: str, is_in_degrees: bool) -> None:
    """Degrees written where the CRS says metres, or the other way round, end here."""
    west, south, east, north = source.bounds
    fits_degrees = max(abs(west), abs(east)) < 360.001 and max(abs(south), abs(north)) < 90.001
    if fits_degrees == is_in_degrees:
        return
    said, meant = ("degrees", "metres") if is_in_degrees else ("metres", "degrees")
    raise IlrsError(
        f"{name} spans x {west:g} to {east:g} and y {south:g} to {north:g}, in {said} by its CRS",
        f"those numbers look like {meant}",
        f"Give the file a CRS in {meant}, or correct its geotransform.",
    )
