"""Ways on which the battery decides, with numbers that can be written down by hand."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.energy import by_battery, by_metres, dash_route, dash_through, dash_to
from ilrs.operations.traverse import earliest, scene
from tests.operations.scenes import flat, light, vehicle

DAY_S, STEP_S = 86400.0, 400.0
# 40 m take a step of 400 s; 90 W for it are 10 Wh, of light 180 W win 20 Wh.
ROVER = vehicle(drive_power="90 W", wait_power="9 W", array_power="180 W", drives_when=[])


def dashed(battery_wh: float):  # type: ignore[no-untyped-def]
    """Twelve cells of which the first alone, and from noon on the last, lie in light."""
    noon = Windows([(DAY_S / 2, DAY_S)])
    always = Windows([(0.0, DAY_S)])
    lit = light(1, 12, lambda r, c: always if c == 0 else noon if c == 11 else Windows(),
                span_s=DAY_S)  # fmt: skip
    made = scene(flat(1, 12), lit, vehicle=ROVER, battery_wh=battery_wh, by_battery=True)
    return by_battery(made, (0, 0), ground=flat(1, 12), vehicle=ROVER, battery_wh=battery_wh,
                      step_s=STEP_S)  # fmt: skip


def test_a_dash_into_the_dark_goes_as_far_as_the_battery() -> None:
    # A way of one step lies in the light of the cell that it leaves: the first one costs nothing.
    reached = [int(np.isfinite(dashed(wh).arrival_s).sum()) - 1 for wh in (9.0, 35.0, 50.0)]
    assert reached == [1, 4, 6]
    assert dashed(50.0).arrival_s[0, :7].tolist() == [STEP_S * k for k in range(7)]


def test_a_dash_across_the_dark_waits_for_light_on_the_far_side_to_live_on() -> None:
    reach = dashed(110.0)
    assert np.isfinite(reach.arrival_s).all()
    way = dash_through(reach, (0, 11))
    told = dash_route(reach, way, ground=flat(1, 12), vehicle=ROVER, battery_wh=110.0)
    # It need not leave before it can arrive in light with something left; then it charges.
    assert told["battery_lowest_wh"].values.min() >= -1e-6
    assert told["arrive_s"].values[-1] >= DAY_S / 2 - 110.0 / 9.0 * 3600.0
    assert reach.left[0, 11] == pytest.approx(110.0)
    early = dash_route(reach, dash_to(reach, (0, 11)), ground=flat(1, 12), vehicle=ROVER,
                       battery_wh=110.0)  # fmt: skip
    assert early["arrive_s"].values[-1] == pytest.approx(11 * STEP_S)


def test_in_light_the_battery_changes_nothing() -> None:
    lit = light(5, 5, lambda r, c: Windows([(0.0, DAY_S)]), span_s=DAY_S)
    rover = vehicle(drive_power="90 W", wait_power="9 W", array_power="180 W")
    made = scene(flat(5, 5), lit, vehicle=rover, battery_wh=5.0)
    swept = by_battery(made, (2, 2), ground=flat(5, 5), vehicle=rover, battery_wh=5.0, step_s=10.0)
    exact = earliest(made, (2, 2), depart_s=0.0).label.reshape(5, 5) * 0.1
    # A diagonal of 565.8 s takes 57 steps of 10 s.
    assert (swept.arrival_s >= exact - 1e-6).all()
    np.testing.assert_allclose(swept.arrival_s, exact, atol=2 * 10.0)


def test_a_hopper_flies_as_far_and_as_often_as_it_can() -> None:
    side, centre = 61, 30
    lit = light(side, side, lambda r, c: Windows([(0.0, DAY_S)]), span_s=6000.0)
    hopper = vehicle(kind="hopper", speed="10 m/s", hop_range="400 m", hops=2, drives_when=[],
                     array_power="20 W")  # fmt: skip
    made = scene(flat(side, side), lit, vehicle=hopper, battery_wh=10.0, by_battery=True)
    reach = by_battery(made, (centre, centre), ground=flat(side, side), vehicle=hopper,
                       battery_wh=10.0, step_s=600.0)  # fmt: skip
    away_m = 40.0 * np.hypot(*(np.mgrid[:side, :side] - centre))
    flights = np.where(reach.first < 0, 99, np.arange(3)[:, None]).min(axis=0).reshape(side, side)
    assert away_m[flights == 1].max() <= 400.0
    assert away_m[flights == 2].max() <= 800.0
    assert 0 < (flights == 1).sum() <= 400
    # Two flights end on most of the ground within a flight and a half.
    assert (flights <= 2)[away_m <= 600.0].mean() > 0.9
    assert np.unique(reach.arrival_s[flights == 2]).tolist() == [1200.0]
    way = dash_to(reach, (centre, centre - 15))
    assert [one.arrive_s for one in way] == [0.0, 600.0, 1200.0]


def test_a_hopper_knows_the_flight_to_its_goal() -> None:
    lit = light(9, 31, lambda r, c: Windows([(0.0, DAY_S)]), span_s=6000.0)
    hopper = vehicle(kind="hopper", speed="10 m/s", hop_range="1.2 km", hops=1, drives_when=[])

    def arrival_s(flight: tuple[int, int]) -> float:
        made = scene(flat(9, 31), lit, vehicle=hopper, battery_wh=100.0, by_battery=True,
                     flight=flight)  # fmt: skip
        reach = by_battery(made, (4, 1), ground=flat(9, 31), vehicle=hopper, battery_wh=100.0,
                           step_s=600.0)  # fmt: skip
        return float(reach.arrival_s[5, 29])

    assert np.isnan(arrival_s((0, 0)))
    assert arrival_s((1, 28)) == 600.0
    assert np.isnan(arrival_s((1, 31)))  # beyond the range: not taken up


def test_the_least_driving_stays_where_it_may_and_moves_where_it_must() -> None:
    # The west is lit in the morning, the east in the afternoon, the middle about noon.
    spans = [(0.0, 50_000.0), (30_000.0, 60_000.0), (40_000.0, DAY_S)]
    lit = light(2, 3, lambda r, c: Windows([spans[c]]), span_s=DAY_S)
    made = scene(flat(2, 3), lit, vehicle=vehicle(), battery_wh=0.0)
    reach = by_metres(made, (0, 0), ground=flat(2, 3), most_m=1e5, step_s=STEP_S)
    way = dash_through(reach)
    assert [one.cell for one in way] == [(0, 0), (0, 1), (0, 2)]
    assert 1e5 - reach.left.max() == pytest.approx(80.0)
    assert way[-1].depart_s == DAY_S


def test_more_than_fits_memory_is_refused() -> None:
    lit = light(100, 100, lambda r, c: Windows([(0.0, DAY_S)]), span_s=DAY_S)
    made = scene(flat(100, 100), lit, vehicle=ROVER, battery_wh=1.0, by_battery=True)
    with pytest.raises(IlrsError) as caught:
        by_battery(made, (0, 0), ground=flat(100, 100), vehicle=ROVER, battery_wh=1.0, step_s=0.5)
    assert str(caught.value) == (
        "10000 cells in 172800 steps of 0.5 s, 1 layer(s); following a store takes two bytes for"
        " each, 2.1 GB at most. Take longer steps, a shorter span, or a smaller map."
    )
