"""Survival of the reference station: the same for any number of workers, told in every form."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme
from ilrs.programme.load import load
from ilrs.sky.sky import open_sky
from ilrs.station.tally import Tally
from ilrs.study import survival as rooms
from ilrs.study.standing import standing_elements
from ilrs.study.survival import Survival, asked_year, survive, verdicts_of
from ilrs.study.survival_files import print_survival, survival_record, write_survival
from ilrs.study.workers import worked
from ilrs.study.years import HOURS_A_YEAR, lengthened, years_environment

SMALL: dict[str, Any] = {"years": 1, "lives": 24, "pairs": 8}


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load("reference").programme


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rooms, "CHUNK", 8)
        yield


@pytest.fixture(scope="module")
def alone(programme: Programme) -> Survival:
    return survive(programme, workers=1, **SMALL)


def test_numbers_do_not_depend_on_the_workers(programme: Programme, alone: Survival) -> None:
    two = survive(programme, workers=2, **SMALL)
    assert survival_record(two) == survival_record(alone)


def test_numbers_do_not_depend_on_a_scheduler(programme: Programme, alone: Survival) -> None:
    distributed = pytest.importorskip("dask.distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        there = survive(programme, scheduler=cluster.scheduler_address, **SMALL)
    assert survival_record(there) == survival_record(alone)


def test_who_stops_it_gets_what_is_done(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*arguments: Any, **options: Any) -> Iterator[Any]:
        for k, result in enumerate(worked(*arguments, **options)):
            if k == 2:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(rooms, "worked", stopped)
    part = survive(programme, workers=1, **SMALL)
    assert (part.tally.lives, part.asked) == (16, 24)
    assert part.chances[0].low < part.chances[0].value <= part.chances[0].high


def test_progress_counts_lives(programme: Programme) -> None:
    seen: list[tuple[int, int]] = []
    survive(
        programme, years=1, lives=12, pairs=0, workers=1,
        said=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(8, 12), (12, 12)]


def with_chance(survival: Survival, alive: int, lives: int) -> Survival:
    """The survival with so many of so many lives alive after ten years."""
    counts = Tally(lives=lives, alive=(lives,) * 9 + (alive,))
    return replace(survival, years=10, tally=counts, changes=())


@pytest.mark.parametrize(
    ("alive", "lives", "holds"), [(950, 1000, True), (500, 1000, False), (8, 10, None)]
)
def test_a_requirement_holds_where_its_whole_interval_says_so(
    alone: Survival, alive: int, lives: int, holds: bool | None
) -> None:
    survival = with_chance(alone, alive, lives)
    assert [(v.requirement, v.holds) for v in verdicts_of(survival)] == [("SURVIVAL", holds)]
    assert survival.holds is (holds is True)


def test_lives_too_short_for_a_requirement_leave_it_open(alone: Survival) -> None:
    (verdict,) = verdicts_of(alone)
    assert (verdict.year, verdict.chance, verdict.holds) == (10, None, None)


def test_files_tell_what_the_record_tells(alone: Survival, tmp_path: Path) -> None:
    paths = {path.name: path for path in write_survival(alone, tmp_path / "out")}
    record = json.loads(paths["survival.json"].read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(survival_record(alone)))
    years, changes = (
        list(csv.DictReader(io.StringIO(paths[name].read_text(encoding="utf-8"))))
        for name in ("years.csv", "changes.csv")
    )
    assert [float(row["alive"]) for row in years] == [record["by_year"][0]["alive"]]
    assert len(changes) == len(record["changes"])
    assert paths["survival.svg"].read_text(encoding="utf-8").startswith("<svg")


def test_terminal_names_what_is_essential_and_what_was_assumed(alone: Survival) -> None:
    stream = io.StringIO()
    print_survival(alone, stream)
    told = stream.getvalue()
    assert told.startswith("CONNECTING-RIDGE: 24 lives of 1 years from 2036-01-01 on\n")
    assert "essential: COMMAND-CENTRE, MOON-EARTH-TERMINAL, LES-GRID\n" in told
    assert "which relay is open when repeats the first year." in told.lower()


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dask.distributed")
    monkeypatch.setattr("ilrs.study.workers._REACH_S", 0.2)
    with pytest.raises(IlrsError) as caught:
        list(worked(max, [1], shared=2, scheduler="tcp://127.0.0.1:9"))
    assert caught.value.asked == "no dask scheduler answers at tcp://127.0.0.1:9"
    assert caught.value.mend == "Start one with `dask scheduler`, or leave --scheduler out."


def test_a_year_that_is_none_is_refused() -> None:
    assert asked_year("10 y") == 10
    with pytest.raises(IlrsError) as caught:
        asked_year("soon")
    assert str(caught.value) == (
        "'soon' is no number of years; survival is asked for at the end of a whole year."
        " Write for instance `of: 10 y`."
    )


@pytest.mark.parametrize("address", ["nowhere", "tcp://host", "tcp://host:port", "tcp://:8786"])
def test_a_scheduler_without_host_or_port_is_refused_at_once(address: str) -> None:
    with pytest.raises(IlrsError) as caught:
        list(worked(max, [1], shared=2, scheduler=address))
    assert str(caught.value) == (
        f"the scheduler {address}; it is reached at an address such as tcp://host:8786. Name its"
        " host and its port, or leave --scheduler out."
    )


def test_the_command_tells_the_chance_of_each_year_and_writes_its_files(tmp_path: Path) -> None:
    words = ["survive", "--runs", "6", "--years", "1", "--pairs", "0", "--workers", "1"]
    result = CliRunner().invoke(main, [*words, "--json", "--out", str(tmp_path)])
    # A must of ten years is not judged by one: neither pass nor fail.
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["lives"], told["years"], told["holds"]) == (6, 1, False)
    assert [row["year"] for row in told["by_year"]] == [1]
    assert told["by_year"][0]["alive_low"] <= told["by_year"][0]["alive"] <= 1.0
    assert json.loads((tmp_path / "survival.json").read_text(encoding="utf-8")) == told
    refused = CliRunner().invoke(main, ["survive", "--years", "0"])
    assert refused.exit_code == 2


def test_many_years_have_their_own_sun_and_the_relays_of_the_first(programme: Programme) -> None:
    scenario = next(iter(programme.scenarios.values()))
    elements = standing_elements(programme, scenario)
    sky = open_sky("MOON_ME_DE421")
    whole, inputs = years_environment(programme, scenario, elements, years=2, sky=sky)
    assert whole.sizes["time"] == 2 * HOURS_A_YEAR and inputs
    opened = whole["relay_open_fraction"].values
    np.testing.assert_array_equal(opened[..., :HOURS_A_YEAR], opened[..., HOURS_A_YEAR:])
    later = lengthened(scenario, 1).end
    second = scenario.model_copy(update={"start": later})
    alone, _ = years_environment(programme, second, elements, years=1, sky=sky)
    for name in ("sun_elevation_deg", "sun_visible_fraction", "earth_elevation_deg"):
        of_whole = whole[name].isel(time=slice(HOURS_A_YEAR, None)).values
        # The same epochs, counted from another one: to the rounding of a microsecond.
        np.testing.assert_allclose(of_whole, alone[name].values, rtol=0.0, atol=1e-6)


def test_a_life_is_whole_years_in_whole_steps(programme: Programme) -> None:
    scenario = next(iter(programme.scenarios.values()))
    with pytest.raises(IlrsError) as caught:
        lengthened(scenario, 0)
    assert str(caught.value) == (
        "0 years in steps of 3600 s; a life is one or more years of 365.25 days in whole steps."
        " Name a number of years from 1 on, and a scenario with a step such as '1 h'."
    )
