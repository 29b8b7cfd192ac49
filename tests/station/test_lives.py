"""Lives of small stations: what ends them, and that changes run on the same lives."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element
from ilrs.station.faults import fault_arrays
from ilrs.station.lives import Design, design_of, lanes_that_differ, live, relive
from ilrs.station.tally import COLD_OR_HEAT, Question, added, added_pairs, compare, tally

STEP_S, YEAR = 43200.0, 731  # half days: a year of them is quick
DIES = {"name": "dies", "rate": "20 %/y"}
NODE = {
    "heat_capacity": "100 kJ/K", "heat_loss": "1 W/K", "heater_power": "200 W",
    "survival_minimum": "233 K", "operating_minimum": "243 K",
    "operating_maximum": "323 K", "survival_maximum": "343 K",
}  # fmt: skip
Make = Callable[..., Any]


def designed(
    elements: Sequence[Element], environment: Callable[..., xr.Dataset], years: int = 3
) -> Design:
    around = environment(years * YEAR, step_s=STEP_S)
    return design_of(elements, environment=around, seed=3, steps_per_year=YEAR)


def station(element: Make, *, spares: int = 0) -> list[Element]:
    """A plant that may die, a heart that freezes without it, a guest that nobody misses."""
    mended = DIES | {"name": "part", "rate": "50 %/y", "repair": {"by": "spare", "time": "1 d"}}
    return [
        element("PLANT", generator={"kind": "fission", "power": "1 kW"}, faults=[DIES]),
        element("HEART", essential=True, thermal=NODE, modes={"keep_alive": {"power": "20 W"}}),
        element("GUEST", faults=[DIES]),
        element("LINK", essential=True, faults=[mended], spares=spares),
    ]


def test_an_essential_element_that_freezes_ends_the_life(element: Make, environment: Make) -> None:
    lives = live(designed(station(element, spares=9), environment), first_lane=0, lanes=64)
    plant, heart = (lives.lost_step[:, k] for k in (0, 1))
    dead = plant >= 0
    assert 0 < dead.sum() < 64
    assert (heart[dead] >= plant[dead]).all()  # it cools for a while
    assert (heart[~dead] == -1).all()
    counts = tally(designed(station(element, spares=9), environment), lives)
    assert set(counts.ends) == {("HEART", COLD_OR_HEAT)}
    assert counts.firsts[("PLANT", "dies")] + counts.firsts[("GUEST", "dies")] == sum(
        counts.ends.values()
    )


def test_an_element_that_nobody_misses_ends_no_life(element: Make, environment: Make) -> None:
    lives = live(designed(station(element, spares=9), environment), first_lane=0, lanes=64)
    assert (lives.lost_step[:, 2] >= 0).any()
    assert not (lives.ended_by == 2).any()


def test_counts_do_not_depend_on_how_lives_are_divided(element: Make, environment: Make) -> None:
    design = designed(station(element), environment)
    asked = [
        Question("LOST", "elements_lost", "==", 0.0),
        Question("FED", "keep_alive_unserved_wh", "<=", 0.0),
    ]
    whole = tally(design, live(design, first_lane=0, lanes=60), questions=asked)
    parts = [
        tally(design, live(design, first_lane=first, lanes=20), questions=asked)
        for first in (40, 0, 20)
    ]
    assert added(parts) == whole
    assert whole.lives == 60
    assert list(whole.alive) == sorted(whole.alive, reverse=True)
    assert all(lost <= alive for lost, alive in zip(whole.holds["LOST"], whole.alive, strict=True))


def test_a_change_of_faults_runs_only_lives_that_differ_and_all_come_out_alike(
    element: Make, environment: Make
) -> None:
    design = designed(station(element), environment)
    lives = live(design, first_lane=8, lanes=48)
    for changed in (
        station(element, spares=1),
        [*station(element)[:3], element("LINK", essential=True)],
    ):
        other = designed(changed, environment)
        quick, whole = relive(other, lives), live(other, first_lane=8, lanes=48)
        for name in ("lost_step", "cause", "end_step", "ended_by"):
            np.testing.assert_array_equal(getattr(quick, name), getattr(whole, name))
        differ = lanes_that_differ(whole.sample.events, lives.sample.events, lanes=48)
        assert 0 < differ.sum() < 48


def test_pairs_count_lives_that_one_design_alone_survives(element: Make, environment: Make) -> None:
    design = designed(station(element), environment)
    lives = live(design, first_lane=0, lanes=64)
    better = relive(designed(station(element, spares=9), environment), lives)
    pairs = compare(design, lives.end_step, better.end_step)
    assert pairs.lives == 64
    assert pairs.lost == (0, 0, 0)
    assert pairs.gained[2] > 0
    assert added_pairs([pairs, pairs]).gained == tuple(2 * n for n in pairs.gained)
    assert compare(design, better.end_step, lives.end_step).lost == pairs.gained


def test_survival_of_a_station_of_one_against_the_closed_form(
    element: Make, environment: Make
) -> None:
    # exp(-rate t), three standard errors, stated before the result was seen.
    design = designed([element("A", essential=True, faults=[DIES])], environment, years=2)
    counts = tally(design, live(design, first_lane=0, lanes=2000))
    for year, alive in enumerate(counts.alive, start=1):
        expected = np.exp(-0.2 * year)
        error = np.sqrt(expected * (1 - expected) / 2000)
        assert abs(alive / 2000 - expected) < 3.0 * error


def test_a_station_with_nothing_essential_is_refused(element: Make, environment: Make) -> None:
    with pytest.raises(IlrsError) as caught:
        designed([element("A", faults=[DIES])], environment)
    assert str(caught.value) == (
        "no element at RIDGE is essential; a station lives while none of its essential elements is"
        " lost. Add `essential: true` to those that it cannot do without."
    )


def test_rows_of_faults_keep_their_order(element: Make) -> None:
    arrays = fault_arrays(station(element), seed=1)
    assert arrays.names == (("PLANT", "dies"), ("GUEST", "dies"), ("LINK", "part"))
