"""The commands `ilrs site …` on a made-up terrain: outputs, exit codes and whole messages."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result
from rasterio import Affine

from ilrs.cli import main
from ilrs.cli_site import site
from ilrs.moon.grid import Grid
from ilrs.moon.sheet_picture import sheet_tools

GRID = Grid(
    rows=48, columns=48, pixel_m=200.0, west_m=-4800.0, north_m=4800.0,
    projection="south polar stereographic",
)  # fmt: skip
MOON_SOUTH = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +R=1737400 +units=m +no_defs"


@pytest.fixture
def ilrs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command line in an empty folder, with the group `site` in it."""
    monkeypatch.chdir(tmp_path)
    group = type(main)("ilrs", commands={"site": site})
    return lambda *words: CliRunner().invoke(group, list(words))


@pytest.fixture
def dem(tmp_path: Path) -> str:
    """A gentle hill of 300 m and a steep pit of 600 m on a plain, 200 m pixels around the pole."""
    middle = (np.arange(48) + 0.5 - 24) * 200.0
    x, y = np.meshgrid(middle, -middle)
    hill = 300.0 * np.exp(-(((x - 1500.0) / 2500.0) ** 2) - ((y - 1500.0) / 2500.0) ** 2)
    pit = 600.0 * np.exp(-((np.hypot(x + 2500.0, y + 2500.0) / 900.0) ** 4))
    with rasterio.open(
        tmp_path / "hill.tif", "w", driver="GTiff", width=48, height=48, count=1, dtype="float32",
        crs=MOON_SOUTH, transform=Affine(200, 0, -4800, 0, -200, 4800),
    ) as file:  # fmt: skip
        file.write((hill - pit).astype("float32"), 1)
    return "hill.tif"


def refused(result: Result, message: str) -> None:
    said = [line for line in result.stderr.splitlines() if not line.startswith("ilrs: ")]
    assert "\n".join(said) == message
    assert result.exit_code == 2


def test_almanac_of_a_site_prints_months_and_events(ilrs):
    result = ilrs("site", "almanac", "CE7-NOMINAL", "--from", "2030-03-01", "--to", "2030-05-01")
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert text.startswith("CE7-NOMINAL: latitude -88.8000, longitude 123.4000\n")
    assert "from 2 m: " in text
    assert "from 10 m: " in text
    assert "2030-04" in text
    assert "upper limb rises" in text


def test_almanac_of_a_point_takes_its_own_masts_and_clocks(ilrs, dem):
    words = ("--terrain", dem, "--mast", "5", "--zone", "Moscow", "--format", "csv")
    span = ("--from", "2030-01-01", "--to", "2030-02-01")
    result = ilrs("site", "almanac", "-89.95,45", *words, *span)
    assert result.exit_code == 0, result.output
    lines = [line for line in result.stdout.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert {row["mast_height_m"] for row in rows} == {"5"}
    assert all(row["Moscow"].endswith("+03:00") for row in rows)
    command = (
        "# command: ilrs site almanac -89.95,45 --from 2030-01-01 --to 2030-02-01 --mast 5 "
        "--terrain hill.tif"
    )
    assert command in result.stdout.splitlines()


def test_almanac_is_written_to_a_file_with_its_own_line_ends(ilrs):
    span = ("--from", "2030-01-01", "--to", "2030-02-01")
    result = ilrs("site", "almanac", "CE7-NOMINAL", *span, "--format", "ics", "--out", "sun.ics")
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("sun.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")


def test_masts_are_weighed_in_one_pass(ilrs, dem):
    words = ("--terrain", dem, "--mast", "2", "--mast", "60", "--years", "0.5")
    result = ilrs("site", "masts", "-89.95,45", *words, "--format", "json")
    record = json.loads(result.stdout)
    assert [row["mast_height_m"] for row in record["masts"]] == [2.0, 60.0]
    assert record["provenance"]["command"] == (
        "ilrs site masts -89.95,45 --from 2030-01-01 --years 0.5 --mast 2 --mast 60 "
        "--terrain hill.tif"
    )
    plot = ilrs("site", "masts", "-89.95,45", *words, "--format", "svg").stdout
    assert ElementTree.fromstring(plot).tag == "{http://www.w3.org/2000/svg}svg"
    table = ilrs("site", "masts", "CE7-NOMINAL", "--years", "0.1").stdout
    assert "2 m" in table
    assert "10 m" in table


def test_rank_gives_sites_sets_map_and_layers(ilrs, dem):
    Path("w.yaml").write_text("mean_light: {limit: 10 %}\n", encoding="utf-8")
    words = ("--terrain", dem, "--years", "1", "--weights", "w.yaml", "--top", "3")
    result = ilrs("site", "rank", *words, "--apart-m", "1000", "--out", "ranked")
    assert result.exit_code == 0, result.output
    for told in ("mean light", "longest darkness", "judged by (w.yaml):", "lit together", "94 %"):
        assert told in result.stdout
    rows = list(csv.DictReader(Path("ranked/sites.csv").read_text().splitlines()))
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    # The hill's top, 2.1 km from the pole at longitude 45, has the most light and little slope.
    assert float(rows[0]["latitude_deg"]) == pytest.approx(-89.93, abs=0.03)
    assert float(rows[0]["longitude_deg"]) == pytest.approx(45.0, abs=20.0)
    record = json.loads(Path("ranked/sites.geojson").read_text())
    assert record["frame"] == "MOON_ME"
    assert record["criteria"]["layers"]["mean_light"]["limit"] == 0.1
    kinds = [feature["geometry"]["type"] for feature in record["features"]]
    assert kinds == ["Point"] * 3 + ["MultiPoint"] * 3
    picture = ElementTree.parse("ranked/score.svg").getroot()
    assert {"1", "2", "3", "Best sites"} <= {node.text for node in picture.iter()}
    drawn, sheets = (
        {path.stem for path in Path("ranked").glob(f"*.{kind}")} for kind in ("png", "svg")
    )
    assert drawn == sheets >= {"score", "mean_light", "is_allowed"}
    with rasterio.open("ranked/mean_light.tif") as light:
        assert light.shape == (48, 48)
        at = light.index(
            *GRID.project(float(rows[0]["latitude_deg"]), float(rows[0]["longitude_deg"]))
        )
        value = light.read(1)[at]
    assert value == pytest.approx(float(rows[0]["mean_light_fraction"]), abs=1e-4)
    assert not [path.name for path in Path("ranked").iterdir() if path.name.startswith(".")]
    assert 30.0 < float(rows[0]["coldest_temperature_k"]) < float(rows[0]["mean_temperature_k"])
    assert 0.0 <= float(rows[0]["cold_trap_distance_m"]) < 10_000.0
    note = "ground temperatures of blocks of 200 m (1 x 1 pixels), linear between their middles, "
    assert record["heat_note"].startswith(note)
    assert f"note: {record['heat_note']}" in result.stdout.splitlines()
    # The pit's floor, 600 m down at a pole, is a cold trap; the hill's side is not.
    with rasterio.open("ranked/warmest_temperature.tif") as warmest:
        assert warmest.read(1)[36, 12] < 110.0 < warmest.read(1)[20, 28]


def test_rank_says_before_it_computes_that_sheets_cannot_be_drawn(ilrs, dem, monkeypatch):
    sheet_tools.cache_clear()
    monkeypatch.setitem(sys.modules, "fontTools.ttLib", None)
    result = ilrs("site", "rank", "--terrain", dem, "--years", "1", "--out", "ranked")
    assert result.stderr == (
        "a sheet cannot become a PNG picture: fontTools.ttLib is not installed; it comes with the"
        " extra 'maps'. Run: pip install 'ilrs[maps]'\n"
    )
    assert (result.exit_code, Path("ranked").exists()) == (2, False)


def test_rank_of_a_region_stays_in_it(ilrs, dem):
    Path("w.yaml").write_text("mean_light: {limit: 1 %}\n", encoding="utf-8")
    words = ("--terrain", dem, "--years", "0.5", "--weights", "w.yaml", "--no-temperature")
    result = ilrs("site", "rank", *words, "--region", "-89.95,225,600 m", "--json")
    record = json.loads(result.stdout)
    assert record["heat_note"] is None
    assert "mean_temperature" not in record["criteria"]["layers"]
    assert record["provenance"]["command"].startswith(
        "ilrs site rank --no-temperature --terrain hill.tif --region"
    )
    assert record["region"] == {
        "latitude_deg": -89.95, "longitude_deg": 225.0, "radius_m": 600.0,
    }  # fmt: skip
    for feature in record["features"][:1]:
        assert feature["properties"]["latitude_deg"] == pytest.approx(-89.95, abs=0.02)


def test_rank_of_a_cylindrical_map_far_from_the_poles(ilrs):
    """A plain at 5 N 200 E with a wall in the east: half the year lit, less under the wall."""
    pixel_deg = 0.1
    east = np.arange(190.0, 210.0, pixel_deg) + 0.5 * pixel_deg
    heights = np.broadcast_to(np.where(east > 200.8, 3000.0, 0.0), (200, 200))
    with rasterio.open(
        "world.tif", "w", driver="GTiff", width=200, height=200, count=1, dtype="float32",
        crs="+proj=longlat +R=1737400 +no_defs",
        transform=Affine(pixel_deg, 0, 190, 0, -pixel_deg, 15),
    ) as file:  # fmt: skip
        file.write(heights.astype("float32"), 1)
    Path("w.yaml").write_text("mean_light: {limit: 10 %}\n", encoding="utf-8")
    words = ("--terrain", "world.tif", "--region", "5,200,30 km", "--weights", "w.yaml")
    result = ilrs("site", "rank", *words, "--no-temperature", "--years", "1", "--out", "ranked")
    assert result.exit_code == 0, result.output
    with rasterio.open("ranked/mean_light.tif") as light:
        # 30 km, a tenth more, 10 km and a pixel of 3.03 km to each side.
        assert light.width == light.height == 31
        values = light.read(1)
    # The wall's full height begins in the ninth pixel east of the middle, 27.3 km away. From 36 km
    # west of the middle it stands 1.6 deg high, from 15 km east 13.7 deg: so much of each day's 360
    # deg is lost. The year holds 12.36 days: 0.36 / 2 / 12.36 of it may be light or dark too often.
    assert values[15, 3] == pytest.approx(0.5 - 1.6 / 360.0, abs=0.015)
    assert values[15, 3] - values[15, 20] == pytest.approx((13.7 - 1.6) / 360.0, abs=0.002)
    record = json.loads(Path("ranked/sites.geojson").read_text())
    assert abs(record["features"][0]["properties"]["latitude_deg"] - 5.0) < 1.1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("almanac", "CE7-NOMINAL", "--mast", "20"),
            "a horizon for a mast of 20 m; this profile was computed for 2, 10 m and holds between "
            "those heights. Choose a height between them, or compute a profile for yours.",
        ),
        (
            ("masts", "CE7-NOMINAL", "--mast", "-1"),
            "a horizon for a mast of -1 m; this profile was computed for 2, 10 m and holds between "
            "those heights. Choose a height between them, or compute a profile for yours.",
        ),
        (
            ("almanac", "SHACKLETON"),
            "site SHACKLETON has neither a horizon nor a terrain; one of them is needed to know "
            "when the Sun is in view. Give it a `horizon:` file or `terrain:` DEM files, or name a "
            "DEM with --terrain.",
        ),
        (
            ("almanac", "CE7-NOMINAL", "--zone", "Paris"),
            "no clock is called 'Paris'; known are UTC, Beijing, Moscow. Name them with commas "
            "between, such as --zone UTC,Beijing.",
        ),
        (
            ("almanac", "CE7-NOMINAL", "--out", "none/a.txt", "--to", "2030-01-02"),
            "none/a.txt could not be written: No such file or directory; a place is needed that is "
            "there and can be written. Make the folder, or name another place with --out.",
        ),
        (
            ("masts", "CE7-NOMINAL", "--years", "30"),
            "no orientation MOON_ME_DE421 at 2060-01-01T00:00:00Z (1 of 2 epochs); "
            "moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z. "
            "Shorten the span, or choose IAU_2015, which has no end.",
        ),
        (
            ("rank", "--terrain", "hill.tif", "--region", "89.5,0,5 km"),
            "the region around latitude 89.5, longitude 0 and the terrain belong to opposite "
            "poles; the terrain is a south polar stereographic map. Correct the sign of the "
            "latitude, or give terrain of that pole.",
        ),
        (
            ("rank", "--terrain", "hill.tif", "--years", "40"),
            "no orientation MOON_ME_DE421 at 2070-01-01T00:00:00Z (1 of 2 epochs); "
            "moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z. "
            "Shorten the span, or choose IAU_2015, which has no end.",
        ),
        (
            ("rank", "--terrain", "hill.tif", "--from", "2050-06-01", "--years", "0.2"),
            "a year of ground temperatures from 2050-06-01T00:00:00Z leaves the kernels; "
            "moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z. "
            "Begin earlier, or leave temperatures out with --no-temperature.",
        ),
        (
            ("masts", "-80,203", "--terrain", "hill.tif"),
            "the site at latitude -80, longitude 203 lies off the terrain given; hill: 48 x 48 "
            "pixels of 200 m, south polar stereographic, x -4.8 to 4.8 km, y -4.8 to 4.8 km. Give "
            "terrain that holds the site, or correct its coordinates.",
        ),
        (
            ("masts", "89.95,45", "--terrain", "hill.tif"),
            "the site at latitude 89.95, longitude 45 and the terrain hill belong to opposite "
            "poles; hill is a south polar stereographic map. Correct the sign of the latitude, or "
            "give terrain of that pole.",
        ),
        (
            ("masts", "-89.95,361", "--terrain", "hill.tif"),
            "a site at latitude -89.95, longitude 361; latitudes go from -90 to 90 deg and "
            "longitudes from -360 to 360 deg, east positive. Give degrees in the MOON_ME frame, "
            "not map metres.",
        ),
        (
            ("masts", "-89.95,45", "--terrain", "hill.tif", "--mast", "-1"),
            "a mast of -1 m; a mast reaches from 0 to 10000 m above the ground it stands on. Give "
            "its height above ground in metres.",
        ),
        (
            ("rank", "--terrain", "hill.tif", "--mast", "-2"),
            "an observer -2 m above the ground; an observer stands from 0 to 10000 m above the "
            "ground. Give the height above ground in metres.",
        ),
    ],
)
def test_bad_input_gets_its_whole_message(ilrs, dem, words, message):
    refused(ilrs("site", *words), message)
