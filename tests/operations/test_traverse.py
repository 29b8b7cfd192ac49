"""Routes over ground and light whose arrival times can be written down by hand."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.arrival import NEVER
from ilrs.operations.spans import Spans
from ilrs.operations.traverse import dark_limit_s, earliest, latest, lived_map, scene
from tests.operations.scenes import flat, light, vehicle

DAY_S = 86400.0
ALWAYS = Windows([(0.0, DAY_S)])
STEP_S = 400.0  # 40 m at 10 cm/s


def test_on_level_ground_in_constant_light_arrival_is_distance_over_speed() -> None:
    sides = 21, 31
    made = scene(flat(*sides), light(*sides, lambda r, c: ALWAYS, span_s=DAY_S), vehicle=vehicle(),
                 battery_wh=0.0)  # fmt: skip
    arrival_s, margin_s = lived_map(earliest(made, (10, 15), depart_s=0.0), latest(made))
    down, right = np.abs(np.mgrid[-10:11, -15:16])
    straight, diagonal = np.abs(down - right), np.minimum(down, right)
    # A diagonal of 565.685 s is rounded up to two halves of 282.9 s.
    np.testing.assert_allclose(arrival_s, straight * STEP_S + diagonal * 565.8, rtol=1e-9)
    np.testing.assert_allclose(arrival_s + margin_s, DAY_S, rtol=1e-9)


def test_a_rover_faster_than_the_morning_waits_for_it_at_every_cell() -> None:
    rise_s = 1000.0  # the terminator takes this for a cell, the rover 400 s
    lit = light(1, 20, lambda r, c: Windows([(rise_s * c, DAY_S)]), span_s=DAY_S)
    made = scene(flat(1, 20), lit, vehicle=vehicle(), battery_wh=0.0)
    arrival_s, _ = lived_map(earliest(made, (0, 0), depart_s=0.0), latest(made))
    # It enters the next cell, half a step ahead, as that gets its light.
    expected = [0.0, *(rise_s * column + 0.5 * STEP_S for column in range(1, 20))]
    np.testing.assert_allclose(arrival_s[0], expected, rtol=1e-9)


def test_an_evening_slower_than_the_rover_never_reaches_it_and_a_faster_one_does() -> None:
    def reached(set_s: float) -> int:
        lit = light(1, 60, lambda r, c: Windows([(0.0, 1000.0 + set_s * c)]), span_s=DAY_S)
        made = scene(flat(1, 60), lit, vehicle=vehicle(), battery_wh=0.0)
        found, _ = lived_map(earliest(made, (0, 0), depart_s=500.0), latest(made))
        return int(np.isfinite(found).sum()) - 1

    assert reached(500.0) == 59
    # 300 s a cell: the half way out of cell n is driven by 500 + 400 n + 200, the evening comes at
    # 1000 + 300 n: so cell 3 is the last one to be left.
    assert reached(300.0) == 4


def test_the_last_instant_to_leave_is_that_of_the_evening_behind() -> None:
    # Cell 0 is lit until 5000 s, cell 1 from 3000 s to the end: by 5000 s the half in cell 0 is
    # driven.
    lit = light(1, 2, lambda r, c: [Windows([(0.0, 5000.0)]), Windows([(3000.0, DAY_S)])][c],
                span_s=DAY_S)  # fmt: skip
    made = scene(flat(1, 2), lit, vehicle=vehicle(), battery_wh=0.0)
    life = latest(made)
    assert (life.label * 0.1).tolist() == pytest.approx([5000.0 - 0.5 * STEP_S, DAY_S])
    assert life.origin.tolist() == [1, -1]


def test_a_night_longer_than_the_battery_ends_a_stay_and_hibernation_bridges_it() -> None:
    night = Windows([(0.0, 10_000.0), (50_000.0, DAY_S)])
    lit = light(1, 1, lambda r, c: night, span_s=DAY_S)

    def stays(**changes: str) -> Spans:
        return scene(flat(1, 1), lit, vehicle=vehicle(**changes), battery_wh=100.0).stays

    assert dark_limit_s(vehicle(), battery_wh=100.0) == 36_000.0
    assert stays().end.tolist() == [100_000, 864_000]
    assert stays(wait_power="9 W").end.tolist() == [864_000]
    assert stays(sleep="12 h").end.tolist() == [864_000]


def test_after_a_sleep_it_drives_only_when_it_is_awake() -> None:
    night = Windows([(0.0, 10_000.0), (50_000.0, DAY_S)])
    lit = light(1, 1, lambda r, c: night, span_s=DAY_S)
    made = scene(flat(1, 1), lit, vehicle=vehicle(sleep="12 h", wake="1 h"), battery_wh=10.0)
    assert made.drives.start.tolist() == [0, 536_000]


def test_where_there_is_power_night_is_no_limit() -> None:
    night = Windows([(0.0, 10_000.0), (50_000.0, DAY_S)])
    lit = light(1, 3, lambda r, c: night, span_s=DAY_S)
    made = scene(flat(1, 3), lit, vehicle=vehicle(), battery_wh=0.0, havens=[2])
    assert made.stays.start.tolist() == [0, 500_000, 0, 500_000, 0]
    assert made.stays.end.tolist() == [100_000, 864_000, 100_000, 864_000, 864_000]
    life = latest(made, goals=[2])
    # The morning's drives reach the haven too; the evening's last one ends in it at 10,000 s.
    assert (life.label * 0.1).tolist() == pytest.approx(
        [10_000.0 - 2 * STEP_S, DAY_S - 2 * STEP_S, 10_000.0 - STEP_S, DAY_S - STEP_S, DAY_S]
    )


def test_steep_ground_is_no_way_and_slopes_slow_down() -> None:
    height = np.zeros((3, 3))
    height[:, 2] = 40.0 * np.tan(np.radians(10.0))
    height[2, :2] = 100.0
    ground = flat(3, 3, height_m=height)
    made = scene(ground, light(3, 3, lambda r, c: ALWAYS, span_s=DAY_S),
                 vehicle=vehicle(speed_at_limit="5 cm/s"), battery_wh=0.0)  # fmt: skip
    reach = earliest(made, (0, 1), depart_s=0.0)
    arrival_s, _ = lived_map(reach, latest(made))
    # 10 of 20 deg: half way from 10 to 5 cm/s, over 40 m / cos 10 deg.
    assert arrival_s[0, 2] == pytest.approx(40.0 / np.cos(np.radians(10.0)) / 0.075, abs=0.2)
    assert np.isnan(arrival_s[2]).tolist() == [True, True, False]
    assert (reach.label == NEVER).sum() == 2


def test_a_departure_in_the_night_says_when_there_is_light() -> None:
    night = Windows([(3600.0, 7200.0), (36_000.0, DAY_S)])
    made = scene(flat(1, 1), light(1, 1, lambda r, c: night, span_s=DAY_S), vehicle=vehicle(),
                 battery_wh=0.0)  # fmt: skip
    with pytest.raises(IlrsError) as caught:
        earliest(made, (0, 0), depart_s=10_000.0)
    assert str(caught.value) == (
        "a departure 2.8 h after the first instant of light from row 0, column 0; it can stand"
        " there from 1.0 to 2.0 h, 10.0 to 24.0 h. Depart within one of these."
    )


def test_a_battery_without_light_must_be_followed() -> None:
    with pytest.raises(IlrsError) as caught:
        scene(flat(1, 1), light(1, 1, lambda r, c: ALWAYS, span_s=DAY_S),
              vehicle=vehicle(drives_when=[]), battery_wh=10.0)  # fmt: skip
    assert str(caught.value) == (
        "a vehicle that drives without the Sun and lives on its battery; earliest arrival by light"
        " alone is for driving in light. Follow its energy with ilrs.operations.energy, or let"
        " `drives_when` hold sunlit."
    )


def test_maps_of_two_sizes_are_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        scene(flat(2, 1), light(1, 1, lambda r, c: ALWAYS, span_s=DAY_S), vehicle=vehicle(),
              battery_wh=10.0)  # fmt: skip
    assert str(caught.value) == (
        "ground of (2, 1) and light of (1, 1) rows and columns; both lie on one map. Cut one as the"
        " other."
    )
