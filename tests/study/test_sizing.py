"""`ilrs size` on the reference programme: the design, its proposal, curves, and what it refuses."""

import csv
import json
from functools import partial

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.errors import IlrsError
from ilrs.programme.check import check
from ilrs.programme.load import load
from ilrs.study.sizing import size_case, sizing_case
from ilrs.study.sizing_files import sizing_record, write_proposal, write_trades
from ilrs.study.sizing_trade import mast_trade, unserved_trade
from ilrs.study.standing import standing_elements


@pytest.fixture(scope="module")
def programme(tmp_path_factory):
    """The reference with a scenario of the seven darkest weeks."""
    folder = tmp_path_factory.mktemp("dark")
    text = (
        "name: Dark\nscenarios:\n  dark: {site: CONNECTING-RIDGE, start: 2036-09-01,"
        " end: 2036-10-20, step: 1 h, seed: 1}\n"
    )
    (folder / "programme.yaml").write_text(text, encoding="utf-8")
    return load(["reference", folder]).programme


@pytest.fixture(scope="module")
def case(programme):
    return sizing_case(programme, scenario="dark")


@pytest.fixture(scope="module")
def sized(case):
    return size_case(case)


def test_the_design_keeps_everything_alive_by_the_rules(sized):
    assert float(sized.as_ruled["keep_alive_unserved_w"].max()) == 0.0
    assert sized.as_ruled.attrs["elements_lost"] == 0
    assert sized.sizing.gap <= 0.01
    assert sized.bound_kg <= sized.mass_kg
    assert 0.0 <= sized.dispatch.excess < 0.1


def test_the_proposal_is_a_sound_layer_with_the_sizes_found(sized, programme, tmp_path):
    folder = tmp_path / "proposal"
    written = write_proposal(sized, folder)
    assert [path.relative_to(folder).as_posix() for path in written] == [
        "programme.yaml", "partners/CN/sizing.yaml", "partners/RU/sizing.yaml"
    ]  # fmt: skip
    loaded = load([*programme.folders, folder])
    assert [str(f) for f in check(loaded) if f.severity == "error"] == []
    standing = standing_elements(loaded.programme, loaded.programme.scenarios["dark"])
    assert {e.id for e in standing} == {e.id for e in sized.elements}
    for element in sized.elements:
        again = loaded.programme.elements[element.id]
        assert again.mass_kg == pytest.approx(element.mass_kg)
        for part in ("array", "generator", "storage", "thermal"):
            own = getattr(element, part)
            if own is not None:
                assert getattr(again, part).model_dump() == pytest.approx(own.model_dump())
    with pytest.raises(IlrsError) as caught:
        write_proposal(sized, folder)
    assert str(caught.value) == (
        f"{str(folder)!r} exists and is not an empty folder; a proposal is written into a new or"
        " empty folder. Name another folder."
    )


def test_curves_fall_with_the_mast_and_with_what_goes_unserved(case, programme, sized, tmp_path):
    case_of = partial(sizing_case, programme, scenario="dark")
    trades = [
        mast_trade(case_of, [2.0, 10.0], site=case.site, unserved=0.0, gap=0.01),
        unserved_trade(case, [0.0, 0.05], gap=0.01),
    ]
    for trade in trades:
        first, last = (point.mass_kg for point in trade.points)
        assert first > last
    written = write_trades(trades, tmp_path, foot="a foot")
    assert [path.name for path in written] == ["trades.csv", "masts.svg", "unserved.svg"]
    rows = list(csv.DictReader(written[0].read_text(encoding="utf-8").splitlines()))
    assert [row["mast_height_m"] for row in rows] == ["2", "10", "", ""]
    assert float(rows[1]["mass_kg"]) == pytest.approx(sized.mass_kg, rel=0.011)
    assert "Mass by mast height at CONNECTING-RIDGE" in written[1].read_text(encoding="utf-8")


def test_a_mast_that_no_horizon_serves_is_told_in_its_point(case, programme):
    case_of = partial(sizing_case, programme, scenario="dark")
    trade = mast_trade(case_of, [30.0], site=case.site, unserved=0.0, gap=0.01)
    assert trade.points[0].mass_kg is None
    assert trade.points[0].why_none == (
        "a mast of 30 m; the environment holds the light from 2 m to 10 m. Choose a height between"
        " them, or add that height to the site's horizon profile."
    )


def test_the_record_is_plain_data(sized):
    record = json.loads(json.dumps(sizing_record(sized)))
    assert record["mass_kg"] == pytest.approx(sum(o["mass_kg"] for o in record["options"]))
    assert record["runs"]["as_ruled"]["keep_alive_unserved_wh"] == 0.0
    assert {m["mission"] for m in record["missions"]} <= {"ILRS-1", "LES-3"}


def test_a_site_that_is_none_is_refused(programme):
    with pytest.raises(IlrsError) as caught:
        sizing_case(programme, scenario="dark", site="NOWHERE")
    assert str(caught.value) == (
        f"there is no site 'NOWHERE'; {programme.name} declares {', '.join(programme.sites)}."
        " Name one of them."
    )


def test_the_command_refuses_a_programme_without_options(tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "programme.yaml").write_text(
        "name: Bare\nsites:\n  S: {kind: nominal, latitude: -89 deg, longitude: 0 deg,"
        " terrain: [x.tif]}\nscenarios:\n  s: {site: S, start: 2036-01-01, end: 2036-01-02}\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(main, ["size", str(bare)])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "nothing that stands at S may be sized; Bare declares 0 size options. Declare"
        " `size_options:` for elements that stand there: docs/sizing.md."
    )


def test_fewest_launches_moves_what_flies_alone_to_flights_with_room(programme, tmp_path):
    """The dark weeks with a fuel cell that can only come on a flight of its own, or be moved."""
    folder = tmp_path / "alone"
    (folder / "partners" / "RU").mkdir(parents=True)
    (folder / "programme.yaml").write_text("name: Alone\n", encoding="utf-8")
    (folder / "partners" / "RU" / "station.yaml").write_text(
        "elements:\n  FUEL-CELL:\n    arrives_on: LES-3\n", encoding="utf-8"
    )
    moved = load([*programme.folders, folder]).programme
    case = sizing_case(moved, scenario="dark")
    lightest = size_case(case)
    assert {ride for ride, _, _ in lightest.rides} >= {"LES-3"}
    fewest = size_case(case, aim="launches")
    assert fewest.launches.more == ()
    assert fewest.launches.bound == 0
    assert fewest.launches.rides["FUEL-CELL"] != "LES-3"
    assert fewest.mass_kg == pytest.approx(lightest.mass_kg, rel=0.01)
    assert all(kg <= free for _, kg, free in fewest.rides)
    write_proposal(fewest, tmp_path / "proposal")
    again = load([*moved.folders, tmp_path / "proposal"])
    assert [str(f) for f in check(again) if f.severity == "error"] == []
    assert again.programme.elements["FUEL-CELL"].arrives_on == fewest.launches.rides["FUEL-CELL"]
    record = sizing_record(fewest)["launches"]
    assert (record["more"], record["bound"]) == ([], 0)
    assert sizing_record(lightest)["launches"] is None
