"""What bad input gets: the whole message, exit code 2, and nothing half-written."""

import errno
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result
from rasterio import Affine

from ilrs.cli import main
from ilrs.datacentre.archive import Archive
from ilrs.datacentre.record import Record
from ilrs.datacentre.staging import Batch
from ilrs.datacentre.submission import Submission
from ilrs.study import output
from ilrs.study.metrics import METRICS

LID = "urn:ilrs:jdc:b:c:a"
MOON_SOUTH = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +R=1737400 +units=m +no_defs"
MARS_SOUTH = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +R=3396190 +units=m +no_defs"


@pytest.fixture
def ilrs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, list(words))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def refused(result: Result, message: str) -> None:
    """The command said just this beside its progress, answered 2, and left no run behind."""
    said = [line for line in result.stderr.splitlines() if not line.startswith("ilrs: ")]
    assert "\n".join(said) == message
    assert result.exit_code == 2
    assert not Path("ilrs-runs").exists() or not any(Path("ilrs-runs").iterdir())


def dem(path: Path, crs: str, heights: np.ndarray) -> None:
    """A GeoTIFF of 40 m pixels around the reference site."""
    size = heights.shape[0]
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", crs=crs,
        transform=Affine(40, 0, -20 * size - 2500, 0, -40, 20 * size - 6000),
    ) as file:  # fmt: skip
        file.write(heights.astype("float32"), 1)


# The two weights that the reference programme's own sources give, and that do not fit together.
OVERLOADS = "".join(
    f"\nwarning: reference/partners/CN/missions.yaml:{line}: missions.{mission}: at launch it "
    "weighs 8.2 t; CZ-5 sends to the Moon at most 8 t. Move something to another mission, or "
    "correct the masses."
    for line, mission in ((47, "CE-6"), (123, "CE-7"))
)


def test_an_empty_folder_says_what_a_programme_is(ilrs):
    Path("empty").mkdir()
    refused(
        ilrs("run", "empty"),
        "the programme folder 'empty' holds no *.yaml file; a programme folder holds "
        "programme.yaml and partners/<id>/*.yaml. Write a small one to start from with "
        "`ilrs init DIR`.",
    )


def test_a_syntax_error_names_its_line(ilrs):
    write(Path("mine/programme.yaml"), "name: x\nsites: [unclosed\n")
    refused(
        ilrs("run", "mine"),
        "error: programme.yaml:3: YAML syntax, column 1: expected ',' or ']', but got "
        "'<stream end>'; a file is YAML: `key: value`, indented by spaces. Mend the syntax at "
        "that place.\n1 error(s), 0 warning(s)",
    )


def test_a_quantity_without_unit_names_the_units(ilrs):
    write(Path("mine/partners/CN/x.yaml"), "elements:\n  COMMAND-CENTRE:\n    mass: 900\n")
    refused(
        ilrs("run", "mine", "--over", "reference"),
        "error: mine/partners/CN/x.yaml:3: elements.COMMAND-CENTRE.mass: found 900, a number "
        "without a unit; a mass is written with kg, t, g. Write for instance '900 kg'.\n"
        "1 error(s), 0 warning(s)",
    )


def test_an_element_owned_by_a_stranger_names_both_folders(ilrs):
    write(
        Path("mine/partners/PK/x.yaml"),
        "elements:\n  MINE:\n    facility: F4\n    owner: CN\n    site: CONNECTING-RIDGE\n"
        "    arrives_on: ILRS-1\n    mass: 10 kg\n",
    )
    refused(
        ilrs("run", "mine", "--over", "reference"),
        "error: mine/partners/PK/x.yaml:4: elements.MINE.owner: an element owned by a stranger, "
        "'CN'; what stands in partners/PK/ belongs to 'PK'. Leave 'owner' out, or move this to "
        "partners/CN/.\n1 error(s), 0 warning(s)",
    )


def test_a_mission_before_its_launcher_names_the_launcher(ilrs):
    write(Path("mine/x.yaml"), "launchers:\n  CZ-10:\n    available_from: 2033\n")
    missions = files("ilrs.programme") / "reference/partners/CN/missions.yaml"
    lines = missions.read_text(encoding="utf-8").splitlines()
    crewed = next(k for k, line in enumerate(lines) if line.startswith("  CREWED-LANDING:"))
    launch = next(k for k in range(crewed, len(lines)) if "date:" in lines[k]) + 1
    refused(
        ilrs("run", "mine", "--over", "reference"),
        f"error: reference/partners/CN/missions.yaml:{launch}: missions.CREWED-LANDING.launches[0]:"
        " a launch in 2029, before its launcher exists; CZ-10 is available from 2033 on. Name "
        "another launcher, or add the later launch date as a new claim."
        f"{OVERLOADS}\n1 error(s), 2 warning(s)",
    )


def test_a_site_without_horizon_and_terrain_says_what_to_add(ilrs):
    write(Path("mine/x.yaml"), "scenarios:\n  year:\n    site: LEIBNITZ-BETA\n")
    refused(
        ilrs("run", "mine", "--over", "reference"),
        "error: mine/x.yaml:3: scenarios.year.site: LEIBNITZ-BETA is a site without horizon and "
        "without terrain; a scenario's site has a horizon profile, or terrain to compute one from."
        " Add `horizon:` or `terrain:` to sites.LEIBNITZ-BETA, or name another site."
        f"{OVERLOADS}\n1 error(s), 2 warning(s)",
    )


def test_an_unknown_metric_lists_the_possible_ones_before_the_run(ilrs):
    write(Path("mine/x.yaml"), "requirements:\n  NIGHT:\n    metric: research_hours\n")
    refused(
        ilrs("run", "mine", "--over", "reference"),
        "error: mine/x.yaml:3: requirements.NIGHT.metric: there is no metric 'research_hours'; the "
        f"possible ones are {', '.join(sorted(METRICS))}. Did you mean 'research_h'?"
        f"{OVERLOADS}\n1 error(s), 2 warning(s)",
    )


def test_a_dem_of_another_body_names_its_radius(ilrs):
    dem(Path("mars.tif"), MARS_SOUTH, np.zeros((64, 64)))
    refused(
        ilrs("run", "--terrain", "mars.tif"),
        "mars.tif is a map of another body (unknown: radius 3396.2 km); the Moon's radius is "
        "1737.4 km. Give a terrain file of the Moon.",
    )


def flat(**changes: object) -> Callable[[], None]:
    """Maker of `bad.tif`: 64 x 64 flat pixels of 100 m around the south pole, but for a fault."""
    given = {"crs": MOON_SOUTH, "transform": Affine(100, 0, -3200, 0, -100, 3200)} | changes
    heights = np.asarray(given.pop("heights", np.zeros((64, 64))), dtype=np.float32)

    def write_file() -> None:
        rows, columns = heights.shape
        with rasterio.open(
            "bad.tif", "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32",
            **given,
        ) as file:  # fmt: skip
            file.write(heights, 1)

    return write_file


def cut_image() -> None:
    """A PDS3 image that ends before its label says, asked for by the image's name."""
    write(
        Path("bad.lbl"),
        'PDS_VERSION_ID = "PDS3"\r\nRECORD_TYPE = FIXED_LENGTH\r\nRECORD_BYTES = 128\r\n'
        'FILE_RECORDS = 64\r\n^IMAGE = "BAD.IMG"\r\nTARGET_NAME = MOON\r\nOBJECT = IMAGE\r\n'
        "LINES = 64\r\nLINE_SAMPLES = 64\r\nSAMPLE_TYPE = LSB_INTEGER\r\nSAMPLE_BITS = 16\r\n"
        "UNIT = METER\r\nSCALING_FACTOR = 0.5\r\nOFFSET = 1737400.\r\nEND_OBJECT = IMAGE\r\n"
        'OBJECT = IMAGE_MAP_PROJECTION\r\nMAP_PROJECTION_TYPE = "POLAR STEREOGRAPHIC"\r\n'
        "A_AXIS_RADIUS = 1737.4 <KM>\r\nB_AXIS_RADIUS = 1737.4 <KM>\r\n"
        "C_AXIS_RADIUS = 1737.4 <KM>\r\nCENTER_LATITUDE = -90.0 <DEG>\r\n"
        "CENTER_LONGITUDE = 0.0 <DEG>\r\nMAP_SCALE = 100.0 <M/PIXEL>\r\n"
        "LINE_PROJECTION_OFFSET = 31.5\r\nSAMPLE_PROJECTION_OFFSET = 31.5\r\n"
        "END_OBJECT = IMAGE_MAP_PROJECTION\r\nEND\r\n",
    )
    Path("bad.img").write_bytes(bytes(5_000))


DEM_FAULTS = {
    "of Earth": (
        flat(crs="EPSG:3031"),
        "bad.tif is a map of another body (WGS 84 / Antarctic Polar Stereographic: radius 6378.1 "
        "km); the Moon's radius is 1737.4 km. Give a terrain file of the Moon.",
    ),
    "degrees for metres": (
        flat(transform=Affine(0.001, 0, -0.03, 0, -0.001, 0.03)),
        "bad.tif spans x -0.03 to 0.034 and y -0.034 to 0.03, in metres by its CRS; those numbers "
        "look like degrees. Give the file a CRS in degrees, or correct its geotransform.",
    ),
    "no CRS": (
        flat(crs=None),
        "bad.tif has no coordinate reference system (CRS); a CRS of the Moon is needed, such as "
        "IAU_2015:30135 (south polar stereographic). Assign one, for instance: gdal_edit.py -a_srs "
        "IAU_2015:30135 bad.tif",
    ),
    "one row": (
        flat(heights=np.zeros((1, 64))),
        "bad.tif has 1 row(s) and 64 column(s); terrain needs at least 2 rows and 2 columns. Give "
        "the whole grid.",
    ),
    "holes alone": (
        flat(heights=np.full((64, 64), np.nan)),
        "bad.tif holds no height at all: every pixel is NaN or declared missing; a terrain file "
        "holds heights in metres above the 1737.4 km sphere. Check its no-data value, or fetch the "
        "file again.",
    ),
    "a height of 1e38": (
        flat(heights=np.where(np.arange(4096).reshape(64, 64) == 99, 1e38, 0.0)),
        "bad.tif holds a height of 1e+38 m; heights on the Moon lie between -9.1 km and +10.8 km. "
        "Declare that value as no data in the file, or give the heights in metres.",
    ),
}


@pytest.mark.parametrize("command", [("site", "rank"), ("run",)], ids=lambda words: words[-1])
@pytest.mark.parametrize("fault", DEM_FAULTS)
def test_a_faulty_dem_is_refused_before_any_work(ilrs, command, fault):
    make, message = DEM_FAULTS[fault]
    make()
    refused(ilrs(*command, "--terrain", "bad.tif"), message)


@pytest.mark.parametrize("command", [("site", "rank"), ("run",)], ids=lambda words: words[-1])
def test_an_image_that_is_cut_short_is_refused(ilrs, command):
    cut_image()
    refused(
        ilrs(*command, "--terrain", "bad.lbl"),
        "the terrain file bad.lbl cannot be read to its end; a whole GeoTIFF, PDS3 label with its "
        "image, or JPEG 2000 file is read. Fetch the file again and compare its checksum with the "
        "publisher's.",
    )


def test_holes_in_a_dem_beside_the_site_are_refused(ilrs):
    heights = np.zeros((256, 256))
    heights[100:160, 100:160] = np.nan
    dem(Path("holes.tif"), MOON_SOUTH, heights)
    refused(
        ilrs("run", "--terrain", "holes.tif"),
        "the site at latitude -89.7817, longitude 203.699 has pixels without a height (NaN) beside "
        "it in holes; within 10 pixels of a site every height must be known. Fill the hole, choose "
        "another site, or leave this terrain out.",
    )


def test_a_span_outside_the_kernels_names_their_span(ilrs):
    write(
        Path("mine/x.yaml"),
        "scenarios:\n  year:\n    start: 2060-01-01\n    end: 2060-02-01\n",
    )
    refused(
        ilrs("run", "mine", "--over", "reference"),
        "no orientation MOON_ME_DE421 at 2060-01-01T00:30:00Z (744 of 744 epochs); "
        "moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z. Shorten "
        "the span, or choose IAU_2015, which has no end.",
    )


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def week() -> None:
    """A layer that shortens the reference scenario to a week."""
    write(Path("mine/x.yaml"), "scenarios:\n  year:\n    end: 2036-01-08\n")


def test_a_disk_full_of_the_run_leaves_nothing(ilrs, week, monkeypatch):
    monkeypatch.setattr(output, "write_dataset", full)
    refused(
        ilrs("run", "mine", "--over", "reference"),
        "the disk is full: ilrs-runs/mine-year could not be written; a run of one year takes about "
        "30 MB; nothing was left half-written. Free some space or name another place with --out.",
    )


def test_a_disk_full_while_filing_leaves_the_archive_as_it_was(ilrs, week, monkeypatch):
    monkeypatch.setattr(Batch, "copy", full)
    result = ilrs("run", "mine", "--over", "reference")
    said = [line for line in result.stderr.splitlines() if not line.startswith("ilrs: ")]
    assert "\n".join(said) == (
        "the disk is full: not everything could be filed in ilrs-runs/archive; what was filed "
        "stays filed, the rest is not to be seen. Free some space or name another folder, and file "
        "the products again."
    )
    assert result.exit_code == 2
    assert not [path for path in Path("ilrs-runs/archive").rglob("*") if path.suffix == ".csv"]
    assert Path("ilrs-runs/mine-year/station-book.html").exists()  # the run itself is whole


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("data", "verify", "--archive", "x" * 300),
            "x" * 200 + " cannot be used: File name too long; what a command names is read and "
            "written as this account may. Correct the name, its permissions or the disk.",
        ),
        (
            ("data", "withdraw", "--archive", "a", f"{LID}::1.0", "--reason", "\udcff"),
            r"'\udcff' is no text; what is given is text in UTF-8, without half a character. "
            "Write it anew.",
        ),
    ],
)
def test_words_that_no_file_or_text_is_made_of_are_told(ilrs, words, message):
    archive = Archive("a")
    archive.ingest([Submission(record=Record(lidvid=f"{LID}::1.0", title="T"), files=())])
    refused(ilrs(*words), message)
    assert [entry["event"] for entry in archive.ledger.entries()] == ["filed"]
    archive.withdraw(f"{LID}::1.0", reason="a text")  # nothing stands in its way
    assert archive.verify().findings == ()


def test_a_command_needs_no_stream_to_speak_to(ilrs, monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    assert main(["metrics"], standalone_mode=False) is None
    sys.stdout.close()
    sys.stderr.close()


def test_a_name_that_is_no_text_is_shown_in_parts(ilrs):
    Path("in").mkdir()
    result = ilrs("data", "ingest", "--archive", "\udcff", "in")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "\\udcff: 0 filed, 0 quarantined, 0 kept, 0 refused\n"
