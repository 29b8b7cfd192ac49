"""Terrain files: what is read, and every trap that must end in a clear error."""

import hashlib
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
from ilrs.moon import terrain as module
from ilrs.moon.terrain import Terrain, read_terrain, terrain_grid

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
        "m.tif is in the map projection 'Mercator (variant A)'; stereographic and simple"
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


PDS4 = """<?xml version="1.0" encoding="UTF-8"?>
<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1"
  xmlns:cart="http://pds.nasa.gov/pds4/cart/v1">
 <Observation_Area>
  <Target_Identification>
   <name>Moon</name>
   <type>Satellite</type>
  </Target_Identification>
  <Discipline_Area>
   <cart:Cartography>
    <Local_Internal_Reference>
     <local_identifier_reference>heights</local_identifier_reference>
    </Local_Internal_Reference>
    <cart:Spatial_Reference_Information>
     <cart:Horizontal_Coordinate_System_Definition>
      <cart:Planar>
       <cart:Map_Projection>
        <cart:map_projection_name>Polar Stereographic</cart:map_projection_name>
        <cart:Polar_Stereographic>
         <cart:longitude_of_central_meridian unit="deg">0</cart:longitude_of_central_meridian>
         <cart:latitude_of_projection_origin unit="deg">-90</cart:latitude_of_projection_origin>
         <cart:scale_factor_at_projection_origin>1</cart:scale_factor_at_projection_origin>
        </cart:Polar_Stereographic>
       </cart:Map_Projection>
       <cart:Planar_Coordinate_Information>
        <cart:planar_coordinate_encoding_method
          >Coordinate Pair</cart:planar_coordinate_encoding_method>
        <cart:Coordinate_Representation>
         <cart:pixel_resolution_x unit="m/pixel">240</cart:pixel_resolution_x>
         <cart:pixel_resolution_y unit="m/pixel">240</cart:pixel_resolution_y>
        </cart:Coordinate_Representation>
       </cart:Planar_Coordinate_Information>
       <cart:Geo_Transformation>
        <cart:upperleft_corner_x unit="m">-7200</cart:upperleft_corner_x>
        <cart:upperleft_corner_y unit="m">4800</cart:upperleft_corner_y>
       </cart:Geo_Transformation>
      </cart:Planar>
      <cart:Geodetic_Model>
       <cart:latitude_type>Planetocentric</cart:latitude_type>
       <cart:spheroid_name>Moon</cart:spheroid_name>
       <cart:a_axis_radius unit="km">1737.4</cart:a_axis_radius>
       <cart:b_axis_radius unit="km">1737.4</cart:b_axis_radius>
       <cart:c_axis_radius unit="km">1737.4</cart:c_axis_radius>
       <cart:longitude_direction>Positive East</cart:longitude_direction>
      </cart:Geodetic_Model>
     </cart:Horizontal_Coordinate_System_Definition>
    </cart:Spatial_Reference_Information>
   </cart:Cartography>
  </Discipline_Area>
 </Observation_Area>
 <File_Area_Observational>
  <File>
   <file_name>Made.IMG</file_name>
  </File>
  <Array_2D_Map>
   <local_identifier>heights</local_identifier>
   <offset unit="byte">0</offset>
   <axes>2</axes>
   <axis_index_order>Last Index Fastest</axis_index_order>
   <Element_Array>
    <data_type>SignedLSB2</data_type>
    <scaling_factor>0.5</scaling_factor>
    <value_offset>1737400</value_offset>
   </Element_Array>
   <Axis_Array>
    <axis_name>Line</axis_name>
    <elements>20</elements>
    <sequence_number>1</sequence_number>
   </Axis_Array>
   <Axis_Array>
    <axis_name>Sample</axis_name>
    <elements>30</elements>
    <sequence_number>2</sequence_number>
   </Axis_Array>
   <Special_Constants>
    <missing_constant>-32768</missing_constant>
   </Special_Constants>
  </Array_2D_Map>
 </File_Area_Observational>
</Product_Observational>
"""


def test_heights_in_a_scratch_file_are_the_same_and_leave_nothing(tmp_path: Path) -> None:
    path, scratch = write(tmp_path / "a.tif", hills()), tmp_path / "scratch"
    scratch.mkdir()
    there = read_terrain(path, scratch=scratch)
    assert np.array_equal(there.heights_m, read_terrain(path).heights_m)
    assert isinstance(there.heights_m.base, np.memmap) and not list(scratch.iterdir())


def write_pds4(folder: Path) -> Any:
    """A PDS4 height map of 20 x 30 pixels; gives the stored numbers."""
    stored = (np.arange(600).reshape(20, 30) - 50).astype("<i2")
    stored[3, 4] = -32768
    (folder / "made.xml").write_text(PDS4, encoding="utf-8")
    (folder / "Made.IMG").write_bytes(stored.tobytes())
    return stored


@pytest.mark.parametrize("name", ["made.xml", "Made.IMG"])
def test_read_terrain_when_the_product_is_pds4(tmp_path: Path, name: str) -> None:
    """Its value offset makes radii, as in LOLA's labels; the checksum is the image's."""
    stored = write_pds4(tmp_path)
    terrain = read_terrain(tmp_path / name)
    assert np.isnan(terrain.heights_m[3, 4]) and np.isnan(terrain.heights_m).sum() == 1
    assert np.array_equal(terrain.heights_m[5:], 0.5 * stored[5:])
    assert (terrain.grid.west_m, terrain.grid.north_m, terrain.grid.pixel_m) == (-7200, 4800, 240)
    assert terrain.sha256 == hashlib.sha256((tmp_path / "Made.IMG").read_bytes()).hexdigest()
    assert terrain_grid(tmp_path / name) == terrain.grid


def test_message_when_a_pds4_image_is_cut_short(tmp_path: Path) -> None:
    """GDAL alone would read zeros for the missing rows."""
    stored = write_pds4(tmp_path)
    (tmp_path / "Made.IMG").write_bytes(stored.tobytes()[:-1])
    assert message(tmp_path / "made.xml") == (
        "the terrain file made.xml cannot be read to its end; a whole GeoTIFF, PDS3 label with its"
        " image, or JPEG 2000 file is read. Fetch the file again and compare its checksum with the"
        " publisher's."
    )


@pytest.mark.parametrize(
    ("name", "frame"),
    [("MEAN EARTH/POLAR AXIS OF DE421", "MOON_ME"), ("PRINCIPAL AXES OF DE421", "MOON_PA")],
)
def test_frame_is_the_one_that_the_label_names(tmp_path: Path, name: str, frame: str) -> None:
    write(tmp_path / "a.tif", hills())
    (tmp_path / "a.lbl").write_text(
        f'COORDINATE_SYSTEM_NAME = "{name}"\nSCALING_FACTOR = 1\nOFFSET = 0\n', encoding="utf-8"
    )
    assert read_terrain(tmp_path / "a.tif").grid.frame == frame


def test_window_holds_the_pixels_that_touch_the_bounds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", hills())  # x -1000 to 1000, y 1000 down to -1000
    whole = read_terrain(path)
    part = read_terrain(path, bounds_m=(-250.0, -100.0, 300.0, 450.0))
    assert (part.grid.west_m, part.grid.east_m) == (-300.0, 300.0)
    assert (part.grid.south_m, part.grid.north_m) == (-100.0, 500.0)
    assert np.array_equal(part.heights_m, whole.heights_m[5:11, 7:13])
    assert (part.sha256, part.name) == (whole.sha256, whole.name)
    x, y = np.random.default_rng(4).uniform(-50.0, 300.0, (2, 50))  # off the edges' half pixels
    assert np.allclose(part.height_m(x * 0.7, y), whole.height_m(x * 0.7, y), rtol=0, atol=1e-9)


def test_window_grows_by_its_margin_as_far_as_the_file_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", hills())
    part = read_terrain(path, bounds_m=(-250.0, -100.0, 300.0, 450.0), margin_m=800.0)
    assert (part.grid.west_m, part.grid.east_m) == (-1000.0, 1000.0)
    assert (part.grid.south_m, part.grid.north_m) == (-900.0, 1000.0)


def test_window_of_a_map_of_all_longitudes_wraps_no_more(tmp_path: Path) -> None:
    crs = "+proj=longlat +R=1737400"
    path = write(tmp_path / "a.tif", hills(180, 360), crs=crs, origin=(-180, 90, 1, 1))
    grid = terrain_grid(path)
    x, y = (float(value) for value in grid.project(10.0, 20.0))
    part = read_terrain(path, bounds_m=(x - 1e5, y - 1e5, x + 1e5, y + 1e5))
    assert grid.wraps and not part.grid.wraps and part.heights_m.shape == (8, 8)
    whole = read_terrain(path)
    assert part.height_m(x, y) == pytest.approx(whole.height_m(x, y))


def test_terrain_is_the_same_read_in_many_strips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    radii = 0.5 * hills(dtype="float64") + 1_737_400.0
    radii[:3] = np.nan  # the first strips know nothing of what is stored
    path = write(tmp_path / "a.tif", radii)
    whole = read_terrain(path)
    monkeypatch.setattr(module, "_STRIP_PIXELS", 20)
    assert np.array_equal(read_terrain(path).heights_m, whole.heights_m, equal_nan=True)
    assert np.nanmax(whole.heights_m) == 0.5 * hills().max()


def test_message_when_bounds_miss_the_map_or_are_out_of_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", hills())
    with pytest.raises(IlrsError) as caught:
        read_terrain(path, bounds_m=(5000.0, 0.0, 9000.0, 4000.0))
    assert str(caught.value) == (
        "bounds from x 5 to 9 km and y 0 to 4 km hold fewer than 2 x 2 pixels of a.tif; it is a"
        " grid of 20 x 20 pixels of 100 m, south polar stereographic, x -1 to 1 km, y -1 to 1 km."
        " Choose bounds on the map, in metres."
    )
    with pytest.raises(IlrsError) as caught:
        read_terrain(path, bounds_m=(100.0, 0.0, -100.0, 400.0))
    assert str(caught.value) == (
        "bounds from x 100 to -100 m and y 0 to 400 m with a margin of 0 m; bounds are west, south,"
        " east, north in map metres, and a margin is not negative. Put them in this order."
    )
