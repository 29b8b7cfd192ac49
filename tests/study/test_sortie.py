"""Sorties on the real ridge: the command, its files, and what it says to bad input."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs.cli import main


def asked(shared: Path, *words: str) -> Any:
    terrain = shared / "data" / "terrain" / "connecting_ridge_40m.tif"
    usual = ["--suit=HABITAT", "--lock=CONNECTING-RIDGE", f"--terrain={terrain}"]
    return CliRunner().invoke(main, ["sortie", *usual, *words])


def test_a_sortie_is_planned_told_and_written(shared: Path, tmp_path: Path) -> None:
    result = asked(shared, "--stop=-89.775,203.5,1 h", "--stop=-89.74,204,90 min",
                   f"--out={tmp_path}")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "the sortie takes 3.65 h; from every point a walk back leaves 3.35 h" in result.stdout
    assert {path.name for path in tmp_path.iterdir()} == {
        "sortie.json", "sortie.csv", "reach.svg", "reach.png",
    }  # fmt: skip
    record = json.loads((tmp_path / "sortie.json").read_text(encoding="utf-8"))
    rows = (tmp_path / "sortie.csv").read_text(encoding="utf-8").splitlines()
    columns = rows[0].split(",")
    table = np.array([row.split(",") for row in rows[1:]], dtype=float)
    margins = table[:, columns.index("suit_margin_s")]
    assert margins.min() == pytest.approx(record["suit_margin_least_s"], abs=0.1)
    # Three kilometres an hour at most, so much is walked and worked.
    assert record["duration_s"] == pytest.approx(table[-1, columns.index("depart_s")], abs=0.1)
    assert record["duration_s"] > 2.5 * 3600.0


def test_more_work_leaves_less_ground(shared: Path) -> None:
    idle, busy = (
        json.loads(asked(shared, "--json", f"--work-h={hours}").stdout)["reachable_m2"]
        for hours in (0, 6)
    )
    assert 0.0 < busy < 0.2 * idle


def test_the_rover_of_the_reference_saves_the_way_out_and_not_the_walk_back(shared: Path) -> None:
    stop = "--stop=-89.74,204,90 min"
    on_foot, driven = (
        json.loads(asked(shared, "--json", stop, *words).stdout)
        for words in ([], ["--rover=CREW-ROVER"])
    )
    # 10 km/h against 3 on level ground, and less than that against 1 at the limit.
    work_s = 5400.0
    faster = (on_foot["duration_s"] - work_s) / (driven["duration_s"] - work_s)
    assert 3.0 < faster < 5.0
    # The walk back must still fit into the suit: only the faster way out leaves more of it.
    gained_s = driven["suit_margin_least_s"] - on_foot["suit_margin_least_s"]
    assert 0.0 < gained_s < on_foot["duration_s"] - driven["duration_s"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--suit=PAK-ROVER"], "no suit is declared by 'PAK-ROVER'; International Lunar Research"
         " Station declares suits in HABITAT. Name one of these, or add `suit:` to an element."),
        (["--rover=PAK-ROVER"], "'PAK-ROVER' is no rover for people; International Lunar Research"
         " Station declares a crewed rover in CREW-ROVER. Name one of these, add `mobility: {kind:"
         " crewed_rover, …}`, or leave it out to walk."),
        (["--stop=-89.775,203.5,8 h"], "a sortie of 8.2 h from which nobody could walk back"),
        (["--stop=-89.77,197,1 h"], "the place -89.77,197 lies on ground of 28.9 deg; the vehicle"
         " stands on up to 20 deg; the nearest such ground is 534 m away, at -89.7612,200.538. Take"
         " that as the place -89.77,197, or another one."),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_what_would_mend_it(
    shared: Path, words: list[str], message: str
) -> None:
    result = asked(shared, *words)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
