"""Routes over the real ridge: the command, its files, and what it says to bad input."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from ilrs.cli import main

PLACES = {"start": "CONNECTING-RIDGE", "goal": "-89.775,203.5", "depart": "2036-03-01"}
SHORT = {"days": "2", "step-s": "1200", "margin-m": "800"}


def asked(shared: Path, *more: str, **changes: str) -> Any:
    """The command over the 40 m grid of the ridge and the 200 m grid around it."""
    options = {"element": "PAK-ROVER", **PLACES, **SHORT, **changes}
    words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items() if value]
    for name in ("connecting_ridge_40m.tif", "shackleton_ridge_200m.tif"):
        words.append(f"--terrain={shared / 'data' / 'terrain' / name}")
    return CliRunner().invoke(main, ["route", *words, *more])


@pytest.fixture(scope="module")
def written(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("route")
    return asked(shared, f"--out={folder}"), folder


def test_a_route_is_told_and_written(written: tuple[Any, Path]) -> None:
    result, folder = written
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Pakistani rover, CONNECTING-RIDGE to -89.775,203.5"
    assert lines[1].startswith("departs 2036-03-01T00:00:00Z, arrives 2036-03-0")
    assert {path.name for path in folder.iterdir()} == {
        "route.json", "waypoints.csv", "route.geojson", "profile.svg", "route.nc", "maps.nc",
        "arrival.svg", "arrival.png", "margin.svg", "margin.png",
    }  # fmt: skip


def test_the_files_of_a_route_say_the_same(written: tuple[Any, Path]) -> None:
    _, folder = written
    record = json.loads((folder / "route.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((folder / "waypoints.csv").read_text("utf-8"))))
    geojson = json.loads((folder / "route.geojson").read_text(encoding="utf-8"))
    with xr.open_dataset(folder / "route.nc", decode_timedelta=False) as way:
        assert way.sizes["waypoint"] == len(rows)
        assert float(rows[-1]["arrive_s"]) == pytest.approx(float(way["arrive_s"][-1]), abs=0.05)
        assert record["arrival_s"] == pytest.approx(float(way["arrive_s"][-1]))
        assert record["distance_m"] == pytest.approx(float(way["distance_m"][-1]), abs=0.1)
        # Nowhere faster than 5 cm/s, and never over ground of more than 20 deg.
        drive_s = way["arrive_s"].values[1:] - way["depart_s"].values[:-1]
        assert (np.diff(way["distance_m"].values) / drive_s).max() <= 0.05 + 1e-9
        assert way["slope_deg"].values.max() <= 20.0
    line = geojson["features"][0]["geometry"]
    assert (geojson["frame"], line["type"]) == ("MOON_ME", "LineString")
    assert len(line["coordinates"]) == len(rows)
    assert line["coordinates"][-1][:2] == pytest.approx([-156.5, -89.775], abs=0.2)
    assert record["drive_s"] + record["wait_s"] == pytest.approx(record["arrival_s"])
    with xr.open_dataset(folder / "maps.nc", decode_timedelta=False) as maps:
        assert float(np.nanmin(maps["arrival_s"].values)) == 0.0
        assert record["cells_reached_fraction"] == pytest.approx(
            float(np.isfinite(maps["arrival_s"].values).mean())
        )


def test_the_same_question_gives_the_same_answer(shared: Path) -> None:
    one, other = (asked(shared, "--json") for _ in range(2))
    assert one.exit_code == 0
    assert one.stdout == other.stdout
    assert json.loads(one.stdout)["provenance"]["command"].startswith("ilrs route --element PAK")


def test_without_a_goal_it_goes_where_it_lives_longest(shared: Path) -> None:
    result = asked(shared, "--json", goal="")
    record = json.loads(result.stdout)
    assert record["alive_until_s"] == pytest.approx(2 * 86400.0, abs=1.0)
    assert record["to"] == ""


def test_a_battery_followed_step_by_step_arrives_no_earlier(shared: Path) -> None:
    by_light, by_battery = (
        json.loads(asked(shared, "--json", *more).stdout) for more in ((), ("--battery",))
    )
    assert by_battery["arrival_s"] >= by_light["arrival_s"] - 1.0
    assert by_battery["energy_holds"]


def test_a_hopper_flies_over_ground_that_no_wheel_climbs(shared: Path) -> None:
    # The relay is seen from the first hour on; a flight is over within minutes.
    result = asked(shared, "--json", element="HOPPER", goal="-89.7612,203.2")
    record = json.loads(result.stdout)
    assert 0.0 < record["drive_s"] <= 3 * 300.0
    assert record["margin_least_s"] is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"element": "PAK-ROVR"},
            "there is no element 'PAK-ROVR'; International Lunar Research Station"
            " declares mobility for HOPPER, CREW-ROVER, PAK-ROVER. Did you mean 'PAK-ROVER'?",
        ),
        (
            {"element": "HABITAT"},
            "HABITAT does not move; International Lunar Research Station"
            " declares mobility for HOPPER, CREW-ROVER, PAK-ROVER. Add `mobility:` to it.",
        ),
        (
            {"goal": "-89.0,200"},
            "the place at latitude -89, longitude 200 lies off the terrain; connecting_ridge_40m"
            " holds 256 x 256 pixels of 40 m, south polar stereographic, x -9.52 to 0.72 km, y"
            " -15.72 to -5.48 km. Name a place on it, or give terrain that holds both.",
        ),
        (
            {"goal": "-89.77,197"},
            "the goal lies on ground of 28.9 deg; the vehicle stands on up to 20 deg; the nearest"
            " such ground is 534 m away, at -89.7612,200.538. Take that as the goal, or another"
            " one.",
        ),
        (
            {"goal": "-89.775,214"},
            "-89.775,214 is not reached from CONNECTING-RIDGE within 2.0 d; neither a steeper slope"
            " limit nor a larger battery alone would help. Depart at another time, give a longer"
            " span, or name another goal.",
        ),
        (
            {"start": "-89.74,204", "goal": "", "depart": "2036-03-12"},
            "PAK-ROVER at -89.74,204 on 2036-03-12T00:00:00Z, in a darkness that it does not bear;"
            " it can stand there from 2036-03-13T16:20:00Z to 2036-03-14T00:00:00Z. Depart then, or"
            " name another start.",
        ),
        (
            {"loop": "30", "goal": ""},
            "a loop back to CONNECTING-RIDGE after 30 d; light is looked at for 2 d. Give more"
            " --days.",
        ),
    ],
)
def test_bad_input_is_named_with_what_would_mend_it(
    shared: Path, changes: dict[str, str], message: str
) -> None:
    result = asked(shared, **changes)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
