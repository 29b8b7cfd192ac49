"""Each metric of a crew against a number that can be counted by hand."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.study.metrics import measure
from ilrs.study.run import Run
from tests.station.crewed import habitat, machines, tanks, visit
from tests.study.crewed_run import crewed

ASKED = (
    ("crew_supported_d", "3"), ("crew_stay_d", ""), ("safe_haven_h", ""), ("highest_co2_kpa", ""),
    ("lowest_oxygen_kpa", ""), ("crew_dose_msv", ""), ("mass_residual", ""),
)  # fmt: skip


@pytest.mark.parametrize(("name", "of"), ASKED)
def test_a_run_without_people_has_nothing_to_measure(run: Run, name: str, of: str) -> None:
    measured = measure(run, name, of=of)
    assert (measured.value, measured.why) == (None, "nobody lives in the station in this run")


def test_a_supported_crew_is_counted_in_days_in_a_row(run: Run) -> None:
    served = crewed(run)
    assert measure(served, "crew_supported_d", of="3").value == pytest.approx(10.0, rel=1e-9)
    assert measure(served, "crew_supported_d", of="3").why == "nothing was short"
    assert measure(served, "crew_supported_d", of="4").value == 0.0
    assert measure(served, "mass_residual").value <= 1e-9


def test_hours_without_power_break_the_support_of_a_crew(run: Run) -> None:
    share = np.ones(run.environment.sizes["time"])
    share[24 * 5] = 0.5
    short = measure(crewed(run, power_fraction=share), "crew_supported_d", of="3")
    assert short.value == pytest.approx(6.0 - 1 / 24, rel=1e-9)
    assert short.why.startswith("life support lacks up to ")


def test_co2_settles_and_haven_and_dose_follow_by_hand(run: Run) -> None:
    served = crewed(run)
    settled_kpa = 0.4 * 3 * 0.998 / 4.0
    assert measure(served, "highest_co2_kpa").value == pytest.approx(settled_kpa, rel=1e-6)
    assert measure(served, "lowest_oxygen_kpa").value == pytest.approx(0.21 * 101.325, rel=1e-9)
    # 82.6 mol fill 2 % of the cabin's 100 m3 in 29.15 h (see the tests of life support).
    haven_h = 29.15 * (1.317 - settled_kpa) / (0.02 * 101.325)
    assert measure(served, "safe_haven_h").value == pytest.approx(haven_h, rel=1e-3)
    assert measure(served, "crew_dose_msv").value == pytest.approx(240 * 0.057, rel=1e-9)


def test_the_worst_visit_decides_how_long_a_crew_could_stay(run: Run) -> None:
    bare = habitat(processors=machines("co2_removal", "electrolysis"), tanks=tanks(condensate=200))
    visits = (visit("2036-01-02", "2036-01-12"), visit("2036-02-01", "2036-02-11"))
    water_kg_d = 3.909 + 0.835 * 1.126  # drunk, and split for what is breathed
    left_d = (400.0 - 60 * water_kg_d) / (3 * water_kg_d)
    stay = measure(crewed(run, cabin=bare, visits=visits), "crew_stay_d").value
    assert stay == pytest.approx(left_d, abs=1 / 24)


@pytest.mark.parametrize("of", ["", "three", "0", "-1"])
def test_a_crew_is_asked_for_by_its_number(run: Run, of: str) -> None:
    with pytest.raises(IlrsError) as caught:
        measure(crewed(run), "crew_supported_d", of=of)
    assert str(caught.value) == (
        f"{of!r} is no number of people; it is asked for a whole number of people, from 1 on."
        " Write for instance '3'."
    )
