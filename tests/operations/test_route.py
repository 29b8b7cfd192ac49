"""Routes told waypoint by waypoint: times, light, sleep and battery by hand; why there is none."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.no_route import check_place, mends, no_route
from ilrs.operations.route import drive_power_w, legs, longest_life, loop_state, route, state_at
from ilrs.operations.traverse import earliest, latest, scene
from tests.operations.scenes import flat, light, vehicle

DAY_S = 86400.0
# Two cells west are lit in the morning and again in the evening, the third in the evening only.
WEST = Windows([(0.0, 10_000.0), (40_000.0, DAY_S)])
EAST = Windows([(38_000.0, DAY_S)])
ROVER = vehicle(drive_power="50 W", array_power="80 W", sleep="12 h", sleep_power="2 W")


def made_route(**changes: str):  # type: ignore[no-untyped-def]
    lit = light(1, 3, lambda r, c: [WEST, WEST, EAST][c], span_s=DAY_S)
    rover = ROVER.model_copy(update=changes) if changes else ROVER
    made = scene(flat(1, 3), lit, vehicle=rover, battery_wh=50.0)
    reach = earliest(made, (0, 0), depart_s=9_000.0)
    return route(reach, state=state_at(reach, (0, 2)), ground=flat(1, 3), vehicle=rover,
                 battery_wh=50.0, life=latest(made))  # fmt: skip


def test_a_route_through_a_night_drives_sleeps_and_drives() -> None:
    found = made_route()
    assert found["column"].values.tolist() == [0, 1, 2]
    assert found["arrive_s"].values.tolist() == pytest.approx([9_000.0, 9_400.0, 40_400.0])
    assert found["depart_s"].values.tolist() == pytest.approx([9_000.0, 40_000.0, 40_400.0])
    assert found["distance_m"].values.tolist() == [0.0, 40.0, 80.0]
    # 50 Wh hold 10 W for 18,000 s; the darkness of 30,000 s is slept through.
    assert found["light_wait_s"].values.tolist() == pytest.approx([0.0, 600.0, 0.0])
    assert found["dark_wait_s"].values.tolist() == [0.0, 0.0, 0.0]
    assert found["sleep_s"].values.tolist() == pytest.approx([0.0, 30_000.0, 0.0])
    told = [(leg.doing, leg.begin_s, leg.end_s) for leg in legs(found)]
    assert told == [
        ("drive", pytest.approx(9_000.0), pytest.approx(9_400.0)),
        ("hibernate", pytest.approx(9_400.0), pytest.approx(40_000.0)),
        ("drive", pytest.approx(40_000.0), pytest.approx(40_400.0)),
    ]
    # From the middle cell it must leave by dusk or wait for the morning: all of it lives on.
    assert found["margin_s"].values.tolist() == pytest.approx(
        [DAY_S - 9_000.0, DAY_S - 9_400.0, DAY_S - 40_400.0]
    )


def test_the_battery_is_full_in_light_and_pays_for_the_night() -> None:
    found = made_route()
    # The array of 80 W outdoes driving (50 W) and waiting (10 W); asleep 2 W for 30,000 s.
    slept_wh = 2.0 * 30_000.0 / 3600.0
    assert found["battery_arrive_wh"].values[:2].tolist() == [50.0, 50.0]
    assert found["battery_depart_wh"].values[1] == pytest.approx(50.0 - slept_wh)
    assert found["battery_lowest_wh"].values[1] == pytest.approx(50.0 - slept_wh)
    # The drive to the east wins 30 W for 400 s.
    won_wh = 30.0 * 400.0 / 3600.0
    assert found["battery_arrive_wh"].values[2] == pytest.approx(50.0 - slept_wh + won_wh)


def test_drives_on_end_are_one_leg() -> None:
    lit = light(1, 4, lambda r, c: Windows([(0.0, DAY_S)]), span_s=DAY_S)
    reach = earliest(scene(flat(1, 4), lit, vehicle=ROVER, battery_wh=1.0), (0, 0), depart_s=0.0)
    found = route(reach, state=state_at(reach, (0, 3)), ground=flat(1, 4), vehicle=ROVER,
                  battery_wh=1.0)  # fmt: skip
    assert [(leg.doing, leg.first, leg.last) for leg in legs(found)] == [("drive", 0, 3)]
    assert "margin_s" not in found


def test_uphill_driving_draws_more_and_downhill_as_on_the_level() -> None:
    rover = vehicle(drive_power="50 W", drive_power_at_limit="90 W")
    assert drive_power_w(rover, [-20.0, 0.0, 10.0, 20.0]).tolist() == [50.0, 50.0, 70.0, 90.0]
    assert drive_power_w(vehicle(drive_power="50 W"), [10.0]).tolist() == [50.0]


def test_who_follows_the_sun_around_lives_to_the_end_and_comes_home() -> None:
    # Eight cells around a peak, each lit for a third of a day of 24,000 s: light goes around.
    day_s = 24_000.0
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]

    def lit(row: int, column: int) -> Windows:
        if (row, column) not in ring:
            return Windows()
        noon = ring.index((row, column)) / 8.0 * day_s
        return Windows((noon + day_s * k - day_s / 6.0, noon + day_s * k + day_s / 6.0)
                       for k in range(5)) & Windows([(0.0, 3.0 * day_s)])  # fmt: skip

    span_s = 3.0 * day_s
    made = scene(flat(3, 3), light(3, 3, lit, span_s=span_s), vehicle=vehicle(), battery_wh=0.0)
    reach = earliest(made, (0, 0), depart_s=0.0)
    assert made.stays.end[longest_life(reach)] * 0.1 == pytest.approx(span_s)
    home = loop_state(reach, (0, 0), after_s=2.0 * day_s)
    found = route(reach, state=home, ground=flat(3, 3), vehicle=vehicle(), battery_wh=0.0)
    places = zip(found["row"].values, found["column"].values, strict=True)
    around = {ring.index(place) for place in places}
    assert around == set(range(8))
    assert found["dark_wait_s"].values.sum() == 0.0
    # Without a step it is dark after a sixth of a day.
    slow = scene(flat(3, 3), light(3, 3, lit, span_s=span_s),
                 vehicle=vehicle(speed="0.5 cm/s"), battery_wh=0.0)  # fmt: skip
    stuck = earliest(slow, (0, 0), depart_s=0.0)
    assert slow.stays.end[longest_life(stuck)] * 0.1 < day_s
    assert loop_state(stuck, (0, 0), after_s=day_s) == -1


def test_a_start_in_a_cliff_names_the_nearest_ground_to_stand_on() -> None:
    slope = np.zeros((5, 5))
    slope[1:4, 1:5] = 33.0
    slope[0, 0] = np.nan
    ground = flat(5, 5, slope_deg=slope)
    with pytest.raises(IlrsError) as caught:
        check_place(ground, (2, 2), vehicle=vehicle(), word="start")
    assert str(caught.value) == (
        "the start lies on ground of 33.0 deg; the vehicle stands on up to 20 deg; the nearest such"
        " ground is 80 m away, at row 0, column 2. Take that as the start, or another one."
    )
    with pytest.raises(IlrsError, match="the goal lies where the slope is unknown"):
        check_place(ground, (0, 0), vehicle=vehicle(), word="goal")
    with pytest.raises(IlrsError) as caught:
        check_place(ground, (5, 0), vehicle=vehicle(), word="goal")
    assert str(caught.value) == (
        "the goal in row 5, column 0 lies off the map; the map has 5 rows and 5 columns. Name a"
        " goal on the map, or give terrain that holds it."
    )
    with pytest.raises(IlrsError) as caught:
        check_place(flat(2, 2, slope_deg=np.full((2, 2), 40.0)), (0, 0), vehicle=vehicle(),
                    word="start")  # fmt: skip
    assert str(caught.value) == (
        "the start lies on ground of 40.0 deg; no ground of the map is within the vehicle's 20 deg."
        " Give a vehicle that climbs steeper ground, or another map."
    )


def test_what_would_open_a_way_is_told_the_smaller_change_first() -> None:
    # A wall of 25 deg between west and east; a way around it, at the south, is cut by a night.
    slope = np.zeros((2, 3))
    slope[0, 1] = 25.0
    ground = flat(2, 3, slope_deg=slope)
    morning, evening = Windows([(0.0, 20_000.0)]), Windows([(60_000.0, DAY_S)])

    def lit(row: int, column: int) -> Windows:
        return evening | (morning if (row, column) != (1, 1) else Windows())

    given = light(2, 3, lit, span_s=DAY_S)

    def make(rover, battery_wh):  # type: ignore[no-untyped-def]
        return scene(ground, given, vehicle=rover, battery_wh=battery_wh)

    asked = {"start": (0, 0), "goal": (0, 2), "depart_s": 1_000.0}
    found = mends(make, vehicle=vehicle(), battery_wh=20.0, **asked)
    assert [mend.attribute for mend in found] == ["slope_limit", "battery"]
    assert found[0].value == pytest.approx(25.0, abs=25.0 / 128)
    # 40,000 s at 10 W are 111 Wh; halved seven times between 20 and 240.
    assert 40_000.0 / 360.0 <= found[1].value <= 40_000.0 / 360.0 + 220.0 / 128
    assert str(no_route(found, start="A", goal="B", span_s=DAY_S)) == (
        "B is not reached from A within 1.0 d; it would be with slope_limit: 25.1 deg or with"
        " battery: 113 Wh, all else as it is. The smaller change is slope_limit: 25.1 deg."
    )
    assert str(no_route([], start="A", goal="B", span_s=DAY_S)) == (
        "B is not reached from A within 1.0 d; neither a steeper slope limit nor a larger battery"
        " alone would help. Depart at another time, give a longer span, or name another goal."
    )
