"""Maps as files: what other programs read back, and what people see."""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyproj
import pytest
import rasterio
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid, stereographic_grid
from ilrs.moon.map_colours import NO_DATA, RAMPS, coloured, png_bytes, ramp_colours
from ilrs.moon.map_layout import height_map, layer, map_grid, map_on
from ilrs.moon.map_names import PlaceName, read_names
from ilrs.moon.maps import map_crs, read_cog, write_cog, write_png, write_svg
from ilrs.moon.relief import hillshade_map
from ilrs.moon.terrain import Terrain, read_terrain

Maker = Callable[..., Terrain]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def hills(ground: Maker) -> Terrain:
    return ground(lambda x, y: 50.0 * np.sin(x / 900.0) + 0.01 * y, pixels=601, pixel_m=100.0)


def png_pixels(data: bytes) -> Any:
    """Pixels of an 8-bit RGB PNG, decoded by the standard's own words (filter 1, Sub)."""
    width, height = struct.unpack(">II", data[16:24])
    body, at = b"", 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + chunk) == struct.unpack(">I", data[at + 8 + size :][:4])[0]
        body += chunk if kind == b"IDAT" else b""
        at += size + 12
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + 3 * width)
    assert (rows[:, 0] == 1).all()
    return np.cumsum(rows[:, 1:].reshape(height, width, 3), axis=1, dtype=np.uint8)


def test_cog_is_laid_out_for_the_cloud(hills: Terrain, tmp_path: Path) -> None:
    """GDAL's own mark, tiles, overviews down to a tile, and every directory before the pixels."""
    write_cog(height_map(hills), "height_m", tmp_path / "h.tif")
    with rasterio.open(tmp_path / "h.tif") as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.block_shapes == [(256, 256)] and source.overviews(1) == [2, 4]
        assert np.array_equal(source.read(1), hills.heights_m)
        assert np.isnan(source.nodata) and source.units == ("m",)
        assert source.descriptions == ("height_m",)
        crs = pyproj.CRS.from_wkt(source.crs.to_wkt())
        assert crs.name == "Moon (2015) - Sphere / Ocentric / South Polar"  # IAU_2015:30135
        assert pyproj.Proj(crs)(30.0, -89.0) == pytest.approx(hills.grid.project(-89.0, 30.0))
        assert source.tags()["terrain"] == "made" and source.tags()["frame"] == "MOON_ME"
    first_tile = min(int(offset) for offset in _tile_offsets(tmp_path / "h.tif"))
    assert first_tile > max(_directory_offsets(tmp_path / "h.tif"))


def _directory_offsets(path: Path) -> list[int]:
    data, found = path.read_bytes(), []
    at = struct.unpack("<I", data[4:8])[0]
    while at:
        found.append(at)
        count = struct.unpack("<H", data[at : at + 2])[0]
        at = struct.unpack("<I", data[at + 2 + 12 * count :][:4])[0]
    return found


def _tile_offsets(path: Path) -> list[int]:
    data, found = path.read_bytes(), []
    for at in _directory_offsets(path):
        count = struct.unpack("<H", data[at : at + 2])[0]
        for k in range(count):
            tag, _, number, value = struct.unpack("<HHII", data[at + 2 + 12 * k :][:12])
            if tag == 324:
                found += (
                    struct.unpack(f"<{number}I", data[value:][: 4 * number])
                    if number > 1
                    else [value]
                )
    return found


def test_cog_comes_back_as_terrain(hills: Terrain, tmp_path: Path) -> None:
    hills.heights_m[5, 6] = np.nan
    write_cog(height_map(hills), "height_m", tmp_path / "h.tif")
    back = read_terrain(tmp_path / "h.tif")
    assert back.grid == hills.grid
    assert np.array_equal(back.heights_m, hills.heights_m, equal_nan=True)


def test_cog_about_a_place_comes_back_as_terrain(hills: Terrain, tmp_path: Path) -> None:
    place = {"central_latitude_deg": 5.25, "central_longitude_deg": 200.0}
    moved = replace(hills, grid=replace(hills.grid, projection="stereographic", **place))
    write_cog(height_map(moved), "height_m", tmp_path / "h.tif")
    assert read_terrain(tmp_path / "h.tif").grid == moved.grid


def test_cog_has_the_same_bytes_when_written_again(hills: Terrain, tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        write_cog(height_map(hills), "height_m", tmp_path / name)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


def test_cog_in_steps_comes_back_to_half_a_step(hills: Terrain, tmp_path: Path) -> None:
    """Fractions in steps of 0.004 fill a byte; times in steps of 6 h need two."""
    part = np.linspace(0.0, 1.0, 601 * 601).reshape(601, 601)
    part[3, 4] = np.nan
    made = map_on(
        hills.grid,
        {"light": (part, "1", "mean light"), "dark": (part * 6e8, "s", "darkness")},
        terrain="made", builder="a.py",
    )  # fmt: skip
    for name, step, stored in (("light", 0.004, "uint8"), ("dark", 21_600.0, "uint16")):
        write_cog(made, name, tmp_path / "a.tif", step=step)
        with rasterio.open(tmp_path / "a.tif") as source:
            assert source.dtypes == (stored,)
        back = read_cog(tmp_path / "a.tif")
        assert back.attrs == made.attrs and list(back) == [name]
        assert back[name].attrs == made[name].attrs
        off = np.abs(back[name].values - made[name].values)
        assert np.isnan(off[3, 4]) and np.nanmax(off) <= 0.5001 * step


@pytest.mark.parametrize(
    ("dtype", "stored"), [(bool, "uint8"), (np.int16, "int16"), (np.float64, "float32")]
)
def test_cog_keeps_other_kinds_of_numbers(
    hills: Terrain, tmp_path: Path, dtype: Any, stored: str
) -> None:
    values = (hills.heights_m > 0.0).astype(dtype)
    write_cog(map_on(hills.grid, {"lit": (values, "1", "lit")}), "lit", tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif") as source:
        assert source.dtypes == (stored,) and np.array_equal(source.read(1), values)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"projection": "north polar stereographic"},
        {"scale": 0.994, "central_longitude_deg": 30.0},
        {"projection": "simple cylindrical", "central_longitude_deg": 180.0},
        {
            "projection": "stereographic",
            "central_latitude_deg": 5.0,
            "central_longitude_deg": 200.0,
        },
    ],
)
def test_crs_of_a_grid_projects_as_the_grid_does(changes: dict[str, Any]) -> None:
    """PROJ is the authority; to a tenth of a millimetre."""
    grid = replace(
        Grid(
            rows=10, columns=10, pixel_m=100.0, west_m=-500.0, north_m=500.0,
            projection="south polar stereographic",
        ),
        **changes,
    )  # fmt: skip
    latitude = -87.0 if grid.pole <= 0 else 87.0
    latitude = 12.0 if grid.pole == 0 else latitude
    longitude = 20.0 + grid.central_longitude_deg
    proj = pyproj.Proj(pyproj.CRS(map_crs(grid)))
    assert np.allclose(grid.project(latitude, longitude), proj(longitude, latitude), atol=1e-4)


def test_colours_follow_the_ramp_and_the_light() -> None:
    picture = coloured([[0.0, 1.0, np.nan, np.inf]], ramp="light", limits=(0.0, 1.0))
    assert [tuple(pixel) for pixel in picture[0].tolist()] == [
        RAMPS["light"][0], RAMPS["light"][-1], NO_DATA, NO_DATA,
    ]  # fmt: skip
    dark, level, bright = coloured(
        np.full((1, 3), 0.5), ramp="height", limits=(0.0, 1.0), shade=[[0.1, 0.62, 1.0]]
    )[0].astype(int)
    assert (dark < level).all() and (level < bright).all()


# Lightness of sRGB by CIE 1976 (L* of its luminance, IEC 61966-2-1): what makes a ramp readable
# without colour is that it never turns back.
@pytest.mark.parametrize("ramp", RAMPS)
def test_ramp_changes_lightness_steadily(ramp: str) -> None:
    linear = (ramp_colours(ramp) / 255.0) ** 2.2
    lightness = 116.0 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16.0
    steps = np.diff(lightness) * np.sign(lightness[-1] - lightness[0])
    assert steps.min() > -0.5 and abs(lightness[-1] - lightness[0]) > 60.0  # rounding to 8 bits


def test_png_when_decoded_is_the_picture() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (7, 11, 3), dtype=np.uint8)
    assert np.array_equal(png_pixels(png_bytes(picture)), picture)


def test_png_of_a_large_map_is_thinned(ground: Maker, tmp_path: Path) -> None:
    wide = ground(lambda x, y: x + 0.0 * y, pixels=3300, pixel_m=1.0)
    write_png(height_map(wide), "height_m", tmp_path / "wide.png")
    assert png_pixels((tmp_path / "wide.png").read_bytes()).shape == (1100, 1100, 3)


def texts(path: Path) -> list[str]:
    return [node.text or "" for node in ElementTree.parse(path).iter(f"{SVG}text")]


def test_sheet_tells_title_degrees_scale_names_and_sources(hills: Terrain, tmp_path: Path) -> None:
    names = [
        PlaceName(name="Big & Round", latitude_deg=-89.6, longitude_deg=40.0, diameter_m=9000.0),
        PlaceName(name="Far away", latitude_deg=-80.0, longitude_deg=0.0, diameter_m=9000.0),
        PlaceName(name="Beneath it", latitude_deg=-89.601, longitude_deg=40.0, diameter_m=100.0),
    ]
    mark = PlaceName(name="Base <1>", latitude_deg=-89.8, longitude_deg=200.0)
    write_svg(
        height_map(hills), "height_m", tmp_path / "m.svg", title='Ground & "sky"', names=names,
        marks=[mark], shade=hillshade_map(hills, grid_azimuth_deg=315.0, elevation_deg=45.0),
    )  # fmt: skip
    shown = texts(tmp_path / "m.svg")
    wanted = {
        'Ground & "sky"', "Height above the 1737.4 km sphere", "m", "Big & Round", "Base <1>",
        "89.5° S", "0°", "90° E", "180°", "90° W", "10 km", "terrain: made",
        "south polar stereographic, 100 m pixels, sphere 1737.4 km, MOON_ME",
    }  # fmt: skip
    assert wanted <= set(shown)
    assert not {"Far away", "Beneath it", "no data"} & set(shown)


def test_sheet_is_true_to_scale(hills: Terrain, tmp_path: Path) -> None:
    """840 units over 60.1 km: 89.5 S is a circle of 15.16 km, and 10 km are 140 units."""
    write_svg(height_map(hills), "height_m", tmp_path / "m.svg", title="t")
    text = (tmp_path / "m.svg").read_text(encoding="utf-8")
    per_m = 840.0 / 60_100.0
    bar = [float(w) for w in re.findall(r'width="([\d.]+)" height="5"', text)]
    assert sum(bar) == pytest.approx(10_000.0 * per_m, abs=0.3)
    circle = next(path for path in re.findall(r'<path d="([^"]+)"', text) if path.count("L") > 200)
    points = np.array([p.split() for p in re.split("[ML]", circle)[1:]], dtype=float)
    middle = np.array([74.0 + 420.0, 104.0 + 420.0])
    radius = 2.0 * 1_737_400.0 * np.tan(np.radians(0.25)) * per_m
    assert np.allclose(np.hypot(*(points - middle).T), radius, atol=0.1)


def test_sheet_of_seconds_is_told_in_days(hills: Terrain, tmp_path: Path) -> None:
    time_s = map_on(hills.grid, {"dark": (np.abs(hills.heights_m) * 86_400.0, "s", "in the dark")})
    write_svg(time_s, "dark", tmp_path / "m.svg", title="t", limits=(0.0, 60.0 * 86_400.0))
    assert {"d", "0", "10", "60"} <= set(texts(tmp_path / "m.svg"))


def test_sheet_of_yes_and_no_has_two_kinds(hills: Terrain, tmp_path: Path) -> None:
    dark = map_on(hills.grid, {"is_dark": (hills.heights_m < 0.0, "1", "in shadow")})
    write_svg(dark, "is_dark", tmp_path / "m.svg", title="t")
    assert {"yes", "no", "In shadow"} <= set(texts(tmp_path / "m.svg"))


def test_sheet_away_from_the_pole_has_meridians_on_its_frame(tmp_path: Path) -> None:
    grid = Grid(
        rows=60, columns=90, pixel_m=100.0, west_m=50_000.0, north_m=63_000.0,
        projection="south polar stereographic",
    )  # fmt: skip
    flat = map_on(grid, {"height_m": (np.full((60, 90), np.nan), "m", "height")})
    write_svg(flat, "height_m", tmp_path / "m.svg", title="t", unit="metres")
    shown = texts(tmp_path / "m.svg")
    assert {"40° E", "42° E", "87.4° S", "metres", "no data"} <= set(shown)


def test_sheet_about_a_place_names_its_centre(tmp_path: Path) -> None:
    grid = stereographic_grid(
        latitude_deg=5.0, longitude_deg=180.0, size_m=100_000.0, pixel_m=1000.0
    )
    flat = map_on(grid, {"height_m": (np.zeros((100, 100)), "m", "height")})
    write_svg(flat, "height_m", tmp_path / "m.svg", title="t")
    assert {
        "179° E", "180°", "179° W", "4° N", "6° N",
        "stereographic about latitude 5, longitude 180, 1000 m pixels, sphere 1737.4 km, MOON_ME",
    } <= set(texts(tmp_path / "m.svg"))  # fmt: skip


def test_sheet_about_a_place_near_a_pole_shows_all_meridians(tmp_path: Path) -> None:
    grid = stereographic_grid(
        latitude_deg=-89.0, longitude_deg=100.0, size_m=200_000.0, pixel_m=1000.0
    )
    flat = map_on(grid, {"height_m": (np.zeros((200, 200)), "m", "height")})
    write_svg(flat, "height_m", tmp_path / "m.svg", title="t")
    assert {"0°", "90° E", "180°", "90° W"} <= set(texts(tmp_path / "m.svg"))


def test_names_of_the_gazetteer(shared: Path) -> None:
    """SOURCES.md: Shackleton 20.92 km at 89.67 S 129.78 E; 1625 craters in the table."""
    names = read_names(shared / "data" / "nomenclature" / "iau_approved_craters.csv")
    shackleton = next(place for place in names if place.name == "Shackleton")
    assert shackleton == PlaceName(
        name="Shackleton", latitude_deg=-89.67, longitude_deg=129.78, diameter_m=20_920.0
    )
    assert names == sorted(names, key=lambda place: (-place.diameter_m, place.name))
    assert 1500 < len(names) <= 1625 and not any("[" in place.name for place in names)


def message(call: Callable[[], object]) -> str:
    with pytest.raises(IlrsError) as caught:
        call()
    return str(caught.value)


def test_messages_when_a_map_cannot_be_drawn(hills: Terrain, ground: Maker, tmp_path: Path) -> None:
    heights, path = height_map(hills), tmp_path / "m"
    grid = (
        "601 x 601 pixels of 100 m, south polar stereographic, x -30.05 to 30.05 km, y -30.05 to"
        " 30.05 km"
    )
    assert message(lambda: layer(heights, "light")) == (
        "the map has no layer 'light'; its layers are height_m. Choose one of these; of a Dataset"
        " with more dimensions choose one step first."
    )
    assert message(lambda: write_png(heights, "height_m", path, ramp="rainbow")) == (
        "no colour ramp is called 'rainbow'; known are light, height, heat, slope, amount, grey."
        " Choose one of these."
    )
    assert message(lambda: write_png(heights, "height_m", path, limits=(5.0, 1.0))) == (
        "colours from 5 to 1; the lower limit stands first and is smaller than the upper one."
        " Exchange or correct the limits."
    )
    small = ground(lambda x, y: 0.0 * x, pixels=11)
    shade = hillshade_map(small, grid_azimuth_deg=0.0, elevation_deg=45.0)
    assert message(lambda: write_png(heights, "height_m", path, shade=shade)) == (
        f"a map of {grid} and a hillshade of {small.grid}; relief is laid under a map of the same"
        " grid. Make the hillshade of terrain on the map's grid."
    )
    counts = map_on(hills.grid, {"n": (hills.heights_m.astype(np.int64), "1", "n")})
    assert message(lambda: write_cog(counts, "n", path)) == (
        "the layer n holds numbers of the type int64; rasters hold yes and no, numbers with a"
        " fraction, and whole numbers up to 32 bits. Convert it, for instance with"
        " .astype('float32')."
    )
    assert message(lambda: write_cog(heights, "height_m", path, step=0.001)) == (
        f"the layer height_m goes from {hills.heights_m.min():g} to {hills.heights_m.max():g};"
        " whole steps of 0.001 reach from 0 to 65.534. Give a longer step, or none."
    )
    (tmp_path / "no.tif").write_bytes(b"II*")
    with rasterio.open(
        tmp_path / "bare.tif", "w", driver="GTiff", width=2, height=2, count=1, dtype="uint8",
        transform=rasterio.Affine(2, 0, 0, 0, -2, 0),
    ):  # fmt: skip
        pass
    for name in ("no.tif", "bare.tif", "absent.tif"):
        assert message(lambda name=name: read_cog(tmp_path / name)) == (
            f"the map {name} cannot be read; a map is a GeoTIFF of one layer whose tags say where"
            " it lies. Correct the path, or write it with ilrs.moon.maps.write_cog."
        )
    assert message(lambda: map_grid(heights.isel(x_m=slice(0, 5)))) == (
        f"a map of 601 x 5 pixels that calls itself {grid}; rows and columns in the attributes"
        " count the pixels there are. Cut the grid as the map was cut, or give the whole map."
    )
    assert message(lambda: map_grid(xr.Dataset(attrs={"rows": 3}))).startswith(
        "a map without columns, pixel_m, west_m, north_m, projection"
    )
    (tmp_path / "names.csv").write_text("Name,Where\nX,Y\n", encoding="utf-8")
    assert message(lambda: read_names(tmp_path / "names.csv")) == (
        "the table of names names.csv cannot be read; the Gazetteer's CSV export has the columns"
        " Feature_Name, Diameter, Center_Latitude, Center_Longitude, Approval_Status. Correct the"
        " path, or export the Moon's names from planetarynames.wr.usgs.gov."
    )
    assert not path.exists()
