"""Terrain files: what is read, and every trap that must end in a clear error."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
from rasterio.transform import from_origin

from ilrs.foundation.errors import IlrsError
from ilrs.moon.terrain import Terrain, read_terrain

MOON_SOUTH = "IAU_2015:30135"
NEEDS_CRS = "a CRS of the Moon is needed, such as IAU_2015:30135 (south polar stereographic)"


def write(
    path: Path, heights: Any, *, origin: Any = (-1000, 1000, 100, 100), **profile: Any
) -> Path:
    """A GeoTIFF (or other raster) as a publisher would hand it out."""
    heights = np.asarray(heights)
    scale, offset = profile.pop("scale", 1.0), profile.pop("offset", 0.0)
    settings = {"driver": "GTiff", "crs": MOON_SOUTH, **profile}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", count=1, height=heights.shape[0], width=heights.shape[1],
            dtype=heights.dtype, transform=from_origin(*origin), **settings,
        ) as sink:  # fmt: skip
            sink.write(heights, 1)
            if (scale, offset) != (1.0, 0.0):
                sink.scales, sink.offsets = (scale,), (offset,)
    return path


def hills(rows: int = 20, columns: int = 20, dtype: str = "float32") -> Any:
    return (np.arange(rows * columns).reshape(rows, columns) % 700).astype(dtype)


def message(path: Path) -> str:
    with pytest.raises(IlrsError) as caught:
        read_terrain(path)
    return str(caught.value)


def test_read_terrain_when_all_is_well(tmp_path: Path) -> None:
    terrain = read_terrain(write(tmp_path / "ridge.tif", hills()))
    assert (terrain.name, len(terrain.sha256)) == ("ridge", 64)
    assert terrain.grid.projection == "south polar stereographic"
    assert (terrain.grid.pixel_m, terrain.grid.west_m, terrain.grid.north_m) == (100, -1000, 1000)
    assert np.array_equal(terrain.heights_m, hills())


def test_read_terrain_when_a_false_origin_shifts_the_map(tmp_path: Path) -> None:
    crs = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +x_0=5000 +y_0=-7000 +R=1737400 +units=m"
    terrain = read_terrain(write(tmp_path / "a.tif", hills(), crs=crs))
    assert (terrain.grid.west_m, terrain.grid.north_m) == (-6000.0, 8000.0)


def test_read_terrain_when_the_scale_is_true_at_80_south(tmp_path: Path) -> None:
    crs = "+proj=stere +lat_0=-90 +lat_ts=-80 +lon_0=0 +R=1737400 +units=m"
    terrain = read_terrain(write(tmp_path / "a.tif", hills(), crs=crs))
    expected = pyproj.Proj(crs)(30.0, -85.0)
    assert np.allclose(terrain.grid.project(-85.0, 30.0), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("stored", "tags"),
    [
        (hills(dtype="int16"), {"scale": 0.5, "offset": 1_737_400.0}),  # as GDAL tells LOLA's scale
        (0.5 * hills(dtype="float64") + 1_737_400.0, {}),  # a shape map: radii
        (hills(dtype="int16"), {"scale": 0.5}),
    ],
)
def test_heights_when_a_file_means_radius(tmp_path: Path, stored: Any, tags: Any) -> None:
    terrain = read_terrain(write(tmp_path / "a.tif", stored, **tags))
    assert np.allclose(terrain.heights_m, 0.5 * hills(), atol=1e-3)


def test_heights_when_the_offset_is_a_height(tmp_path: Path) -> None:
    terrain = read_terrain(write(tmp_path / "a.tif", hills(), scale=1.0, offset=-250.0))
    assert np.allclose(terrain.heights_m, hills() - 250.0)


def test_heights_when_a_label_counts_kilometres(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", hills() / 1000.0)
    (tmp_path / "A.LBL").write_text("UNIT = KILOMETER\nSCALING_FACTOR = 1\nOFFSET = 1737.4\n")
    assert np.allclose(read_terrain(tmp_path / "a.tif").heights_m, hills(), atol=1e-3)


def test_heights_are_nan_when_declared_missing(tmp_path: Path) -> None:
    heights = hills()
    heights[3, 4] = -32768.0
    terrain = read_terrain(write(tmp_path / "a.tif", heights, nodata=-32768.0))
    assert np.isnan(terrain.heights_m[3, 4]) and np.isnan(terrain.heights_m).sum() == 1


def test_degrees_become_metres_when_the_map_is_geographic(tmp_path: Path) -> None:
    crs = "+proj=longlat +R=1737400"
    path = write(tmp_path / "a.tif", hills(180, 360), crs=crs, origin=(-180, 90, 1, 1))
    terrain = read_terrain(path)
    assert terrain.grid.wraps and terrain.grid.pixel_m == pytest.approx(30_323.35, abs=0.01)
    x, y = terrain.grid.project(89.5, -179.5)  # the middle of the first pixel
    assert terrain.grid.pixel_at(x, y) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))


def test_height_m_when_between_on_and_off_pixels(ground: Callable[..., Terrain]) -> None:
    plane = ground(lambda x, y: 3.0 + 0.01 * x - 0.02 * y, pixels=11, pixel_m=10.0)
    assert plane.height_m(7.3, -12.9) == pytest.approx(3.0 + 0.073 + 0.258, abs=1e-5)
    assert plane.height_m(55.0, 0.0) == pytest.approx(3.5, abs=1e-5)  # the last half pixel is held
    assert np.isnan(plane.height_m([55.1, 0.0], [0.0, -55.1])).all()
    plane.heights_m[5, 5] = np.nan
    assert np.isnan(plane.height_m(9.0, 0.0)) and plane.height_m(10.0, 10.0) == pytest.approx(2.9)
    assert plane.has_hole_near(20.0, 0.0, pixels=2) and not plane.has_hole_near(30.0, 0.0, pixels=2)


def test_height_m_when_crossing_the_seam_of_a_world_map(tmp_path: Path) -> None:
    crs = "+proj=longlat +R=1737400"
    heights = np.zeros((180, 360), dtype=np.float32)
    heights[:, 0], heights[:, -1] = 100.0, 200.0
    path = write(tmp_path / "a.tif", heights, crs=crs, origin=(-180, 90, 1, 1))
    terrain = read_terrain(path)
    at_seam = terrain.height_m(*terrain.grid.project(0.0, [180.0, -180.0, 179.75, 180.25]))
    assert np.allclose(at_seam, [150.0, 150.0, 175.0, 125.0])


def test_message_when_the_file_is_not_there(tmp_path: Path) -> None:
    assert message(tmp_path / "none.tif") == (
        "the terrain file none.tif is not there; a PDS3 image and its label lie side by side; other"
        " files stand alone. Correct the path, or put the file there."
    )


def test_message_when_an_image_has_no_label(tmp_path: Path) -> None:
    (tmp_path / "LDEM.IMG").write_bytes(b"\0" * 100)
    assert message(tmp_path / "LDEM.IMG") == (
        "the terrain file LDEM.LBL, the label of LDEM.IMG, is not there; a PDS3 image and its label"
        " lie side by side; other files stand alone. Correct the path, or put the file there."
    )


def test_message_when_the_file_is_cut_short(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.tif", np.random.default_rng(1).random((200, 200)))
    path.write_bytes(path.read_bytes()[:50_000])
    assert message(path) == (
        "the terrain file cut.tif cannot be read to its end; a whole GeoTIFF, PDS3 label with its"
        " image, or JPEG 2000 file is read. Fetch the file again and compare its checksum with the"
        " publisher's."
    )


@pytest.mark.parametrize(
    ("crs", "origin", "body"),
    [
        ("EPSG:4326", (10, 50, 0.1, 0.1), "WGS 84: radius 6378.1 km"),
        (
            "IAU_2015:49935",
            (-1000, 1000, 100, 100),
            "Mars (2015) - Sphere / Ocentric / South Polar: radius 3396.2 km",
        ),
    ],
)
def test_message_when_the_map_is_of_another_body(
    tmp_path: Path, crs: str, origin: Any, body: str
) -> None:
    path = write(tmp_path / "far.tif", hills(), crs=crs, origin=origin)
    assert message(path) == (
        f"far.tif is a map of another body ({body}); the Moon's radius is 1737.4 km. Give a terrain"
        " file of the Moon."
    )


def test_message_when_there_is_no_crs(tmp_path: Path) -> None:
    assert message(write(tmp_path / "bare.tif", hills(), crs=None)) == (
        f"bare.tif has no coordinate reference system (CRS); {NEEDS_CRS}. Assign one, for instance:"
        " gdal_edit.py -a_srs IAU_2015:30135 bare.tif"
    )


def test_message_when_the_crs_names_no_body(tmp_path: Path) -> None:
    crs = 'LOCAL_CS["workshop floor",UNIT["metre",1]]'
    assert message(write(tmp_path / "bare.tif", hills(), crs=crs)) == (
        f"bare.tif has a coordinate reference system of no body (workshop floor); {NEEDS_CRS}."
        " Assign one, for instance: gdal_edit.py -a_srs IAU_2015:30135 bare.tif"
    )


def test_message_when_the_projection_is_another(tmp_path: Path) -> None:
    crs = "+proj=merc +lon_0=0 +R=1737400 +units=m"
    assert message(write(tmp_path / "m.tif", hills(), crs=crs)) == (
        "m.tif is in the map projection 'Mercator (variant A)'; polar stereographic and simple"
        " cylindrical (equator true) maps are read. Warp it, for instance: gdalwarp -t_srs"
        " IAU_2015:30135 m.tif warped.tif"
    )


def test_message_when_pixels_are_oblong(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", hills(), origin=(-1000, 1000, 100, 50))
    assert message(path) == (
        "a.tif has rotated, flipped or oblong pixels; north-up grids with square pixels are read."
        " Warp it, for instance: gdalwarp -tr 20 20 a.tif warped.tif"
    )


def test_message_when_there_is_one_row(tmp_path: Path) -> None:
    assert message(write(tmp_path / "a.tif", hills(1, 20))) == (
        "a.tif has 1 row(s) and 20 column(s); terrain needs at least 2 rows and 2 columns. Give the"
        " whole grid."
    )


def test_message_when_degrees_are_taken_for_metres(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", hills(), origin=(20, -88, 0.01, 0.01))
    assert message(path) == (
        "a.tif spans x 20 to 20.2 and y -88.2 to -88, in metres by its CRS; those numbers look like"
        " degrees. Give the file a CRS in degrees, or correct its geotransform."
    )


def test_message_when_metres_are_taken_for_degrees(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", hills(), crs="+proj=longlat +R=1737400")
    assert message(path) == (
        "a.tif spans x -1000 to 1000 and y -1000 to 1000, in degrees by its CRS; those numbers look"
        " like metres. Give the file a CRS in metres, or correct its geotransform."
    )


@pytest.mark.parametrize(("value", "said"), [(1e38, "1e+38"), (-3.4e38, "-3.4e+38")])
def test_message_when_missing_data_is_not_declared(tmp_path: Path, value: float, said: str) -> None:
    heights = hills()
    heights[2, 2] = value
    assert message(write(tmp_path / "a.tif", heights)) == (
        f"a.tif holds a height of {said} m; heights on the Moon lie between -9.1 km and +10.8 km."
        " Declare that value as no data in the file, or give the heights in metres."
    )


def test_message_when_there_is_no_height_at_all(tmp_path: Path) -> None:
    assert message(write(tmp_path / "a.tif", np.full((9, 9), np.nan, dtype=np.float32))) == (
        "a.tif holds no height at all: every pixel is NaN or declared missing; a terrain file holds"
        " heights in metres above the 1737.4 km sphere. Check its no-data value, or fetch the file"
        " again."
    )


def test_message_when_a_jpeg_2000_file_has_lost_its_label(shared: Path, tmp_path: Path) -> None:
    lone = tmp_path / "LDEM_4.JP2"
    lone.write_bytes((shared / "data" / "terrain" / "LDEM_4.JP2").read_bytes())
    assert message(lone) == (
        "the scale of the heights in LDEM_4.JP2 is not known; a JPEG 2000 file keeps it in its"
        " label (SCALING_FACTOR, OFFSET). Put LDEM_4_JP2.LBL beside it."
    )


def test_message_when_a_pds3_image_is_cut_short(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "terrain"
    (tmp_path / "LDEM_4.LBL").write_bytes((source / "LDEM_4.LBL").read_bytes())
    (tmp_path / "LDEM_4.IMG").write_bytes((source / "LDEM_4.IMG").read_bytes()[:1_000_000])
    assert message(tmp_path / "LDEM_4.IMG") == (
        "the terrain file LDEM_4.IMG cannot be read to its end; a whole GeoTIFF, PDS3 label with"
        " its image, or JPEG 2000 file is read. Fetch the file again and compare its checksum with"
        " the publisher's."
    )
