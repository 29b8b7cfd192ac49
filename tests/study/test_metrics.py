"""Each metric against a number that can be counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.study.metrics import METRICS, measure, two_missions
from ilrs.study.run import Run


def with_environment(run: Run, name: str, values: np.ndarray) -> Run:
    changed = run.environment.copy()
    changed[name] = (run.environment[name].dims, values)
    return replace(run, environment=changed)


def with_station(run: Run, name: str, values: np.ndarray) -> Run:
    changed = run.station.copy()
    changed[name] = (run.station[name].dims, values)
    return replace(run, station=changed)


def test_every_metric_answers_for_a_run_or_says_why_not(run: Run) -> None:
    asked = {"longest_darkness_h": f"{run.environment['mast_height_m'].values[-1]:g} m"}
    pair = " ".join(list(run.programme.missions)[:2])
    asked |= {"lifetime_overlap_d": pair, "survey_lead_d": pair, "mutual_sight_h_d": pair}
    crafts = ("relay_test_contacts", "landed_sight_h_d", "closest_pass_km")
    asked |= dict.fromkeys((*crafts, "collision_probability"), pair)
    asked |= {"relay_life_d": "QUEQIAO-2", "least_reserve_d": "10 y"}
    for name in METRICS:
        measured = measure(run, name, of=asked.get(name, ""))
        assert measured.value is not None or measured.why, name


def test_longest_darkness_counts_the_cells_in_a_row(run: Run) -> None:
    lit = np.ones_like(run.environment["sun_visible_fraction"].values)
    lit[-1, 10:13] = 0.0
    lit[-1, 100:107] = 0.0
    top = f"{run.environment['mast_height_m'].values[-1]:g} m"
    measured = measure(
        with_environment(run, "sun_visible_fraction", lit), "longest_darkness_h", of=top
    )
    assert measured.value == pytest.approx(7.0, rel=1e-9)
    begins = np.datetime_as_string(run.environment["time"].values[100], unit="m")
    assert measured.why == f"from {begins.replace('T', ' ')} UTC"


def test_contact_is_earth_or_any_relay(run: Run) -> None:
    env = run.environment
    earth = np.zeros(env["earth_visible_fraction"].shape)
    hidden = np.full_like(env["relay_open_fraction"].values, 0.5)  # not more than half of a cell
    hidden[:, env["mask_deg"].values == 0.0, ::5] = 0.51  # one cell in five: four hours between
    gone = with_environment(
        with_environment(run, "earth_visible_fraction", earth), "relay_open_fraction", hidden
    )
    assert measure(gone, "longest_earth_gap_h").value == pytest.approx(4.0, rel=1e-9)


def test_alone_is_without_sun_earth_and_relay_at_once(run: Run) -> None:
    env = run.environment
    light = np.ones_like(env["sun_visible_fraction"].values)
    light[0, 10:30] = 0.0  # the lowest mast decides: dark for 20 h,
    earth = np.ones_like(env["earth_visible_fraction"].values)
    earth[-1, 18:60] = 0.0  # the last 12 of them without Earth,
    relay = np.zeros_like(env["relay_open_fraction"].values)
    relay[..., 25] = 1.0  # and a relay in between
    alone = run
    for name, values in (
        ("sun_visible_fraction", light), ("earth_visible_fraction", earth),
        ("relay_open_fraction", relay),
    ):  # fmt: skip
        alone = with_environment(alone, name, values)
    measured = measure(alone, "longest_alone_h")
    assert measured.value == pytest.approx(7.0, rel=1e-9)
    begins = np.datetime_as_string(env["time"].values[18], unit="m")
    assert measured.why == f"from {begins.replace('T', ' ')} UTC"
    lit = with_environment(alone, "sun_visible_fraction", np.ones_like(light))
    assert (measure(lit, "longest_alone_h").value, measure(lit, "longest_alone_h").why) == (
        0.0, "never alone in the dark",
    )  # fmt: skip


def test_unserved_keep_alive_is_counted_in_hours(run: Run) -> None:
    short = np.zeros(run.station["keep_alive_unserved_w"].shape)
    short[5:8] = 12.0
    measured = measure(with_station(run, "keep_alive_unserved_w", short), "keep_alive_unserved_h")
    assert measured.value == 3.0
    assert measured.why.startswith("first at ")


def test_research_hours_are_those_of_the_field(run: Run) -> None:
    fraction = np.zeros(run.station["experiment_fraction"].shape)
    fraction[:, :10] = 0.5
    done = with_station(run, "experiment_fraction", fraction)
    keys = run.station["experiment"].values.tolist()
    field = run.programme.experiments[keys[0]].fields[0]
    count = sum(field in run.programme.experiments[key].fields for key in keys)
    assert measure(done, "research_h", of=field).value == pytest.approx(5.0 * count)
    assert measure(done, "research_h").value == pytest.approx(5.0 * len(keys))


def test_an_unknown_thing_asked_for_is_named_with_the_possible_ones(run: Run) -> None:
    with pytest.raises(IlrsError) as caught:
        measure(run, "research_h", of="S99")
    known = ", ".join(run.programme.science_fields)
    assert str(caught.value) == (
        f"'S99' names no science field of this run; there are {known}. "
        "Correct the requirement's `of`."
    )


def test_two_missions_are_needed_for_an_overlap(run: Run) -> None:
    one = next(iter(run.programme.missions))
    with pytest.raises(IlrsError) as caught:
        two_missions(run.programme, one)
    assert str(caught.value) == (
        f"{one!r} does not name two missions; there are {', '.join(run.programme.missions)}. "
        "Write two mission ids with a space between, such as 'LUNA-26 CE-7'."
    )
