"""Sorties on made-up ground by hand, against scipy, and against Apollo's traverses."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from ilrs.foundation.errors import IlrsError
from ilrs.operations.sortie import plan_sortie, sortie_reach, walk_back_s, with_walk_back
from ilrs.operations.ways import drive_ways
from ilrs.programme.entities import Suit
from tests.operations.scenes import flat, vehicle

SUIT = Suit.model_validate({"consumables": "8 h", "reserve": "1 h", "speed": "2 km/h",
                            "slope_limit": "20 deg"})  # fmt: skip
STEP_S = 72.0  # 40 m at 2 km/h


def test_on_level_ground_a_walk_goes_out_as_far_as_it_must_come_back() -> None:
    wide = 401
    found = sortie_reach(flat(1, wide), lock=(0, 0), suit=SUIT)
    # 7 h at 2 km/h are 14 km, 7 km out and 7 km back: 175 cells of 40 m.
    assert int(found["is_reachable"].values.sum()) == 175 + 1
    assert found["spare_s"].values[0, 175] == pytest.approx(0.0, abs=1e-6)
    assert found.attrs["reachable_m2"] == pytest.approx(176 * 1600.0)
    worked = sortie_reach(flat(1, wide), lock=(0, 0), suit=SUIT, work_s=2 * 3600.0)
    assert int(worked["is_reachable"].values.sum()) == 125 + 1


def test_a_rover_brings_them_farther_and_a_haven_farther_still() -> None:
    rover = vehicle(kind="crewed_rover", speed="10 km/h")
    driven = sortie_reach(flat(1, 401), lock=(0, 0), suit=SUIT, rover=rover)
    # x / 10 + x / 2 = 7 h: 11.67 km, 291 cells.
    assert int(driven["is_reachable"].values.sum()) == 291 + 1
    safe = sortie_reach(flat(1, 401), lock=(0, 0), suit=SUIT, rover=rover, havens=[400])
    assert safe["is_reachable"].values.all()


def test_walk_back_is_scipys_shortest_way_over_rough_ground() -> None:
    rng = np.random.default_rng(5)
    ground = flat(12, 15, height_m=rng.normal(0.0, 4.0, (12, 15)),
                  slope_deg=rng.uniform(0.0, 24.0, (12, 15)))  # fmt: skip
    suit = SUIT.model_copy(update={"speed_at_limit_m_s": 0.2})
    ways = drive_ways(ground["height_m"], ground["slope_deg"], pixel_m=40.0, slope_limit_deg=20.0,
                      speed_m_s=suit.speed_m_s, speed_at_limit_m_s=0.2)  # fmt: skip
    cell, k = np.nonzero(ways.half)
    graph = csr_array((0.2 * ways.half[cell, k], (cell, cell + ways.offset[k])), shape=(180, 180))
    slow = dijkstra(graph.T.tocsr(), indices=[0, 100], min_only=True)
    found = walk_back_s(ground, suit=suit, locks=[0, 100])
    near = slow <= suit.consumables_s
    assert near.sum() > 60
    np.testing.assert_allclose(found[near], slow[near], rtol=1e-9)
    assert np.isinf(found[~near]).all()


def test_a_planned_sortie_knows_at_every_point_what_the_suit_leaves() -> None:
    stops = [((0, 50), 3600.0), ((0, 20), 1800.0)]
    found = plan_sortie(flat(1, 101), lock=(0, 0), stops=stops, suit=SUIT)
    assert found["column"].values.tolist() == [*range(51), *range(49, -1, -1)]
    assert float(found["depart_s"][-1]) == pytest.approx(100 * STEP_S + 5400.0)
    far = int(np.argmax(found["column"].values))
    assert float(found["suit_margin_s"][far]) == pytest.approx(
        7 * 3600.0 - 50 * STEP_S - 3600.0 - 50 * STEP_S
    )
    assert (found["suit_margin_s"].values >= 0.0).all()


def test_a_sortie_without_a_way_back_says_where_and_how_much_is_missing() -> None:
    with pytest.raises(IlrsError) as caught:
        plan_sortie(flat(1, 101), lock=(0, 0), stops=[((0, 50), 5.5 * 3600.0)], suit=SUIT)
    assert str(caught.value) == (
        "a sortie of 7.5 h from which nobody could walk back at row 0, column 50; 8 h of suit less"
        " 1 h of reserve; there 30 min are missing. Work 30 min less before it, or go less far."
    )
    slope = np.zeros((1, 5))
    slope[0, 2] = 30.0
    with pytest.raises(IlrsError) as caught:
        plan_sortie(flat(1, 5, slope_deg=slope), lock=(0, 0), stops=[((0, 4), 0.0)], suit=SUIT)
    assert str(caught.value) == (
        "stop 1 in row 0, column 4 is not reached; ground of up to 20 deg is walked or driven on."
        " Name another stop, or leave it out."
    )


def test_a_route_is_checked_from_the_time_that_people_are_out() -> None:
    way = plan_sortie(flat(1, 30), lock=(0, 0), stops=[((0, 25), 0.0)], suit=SUIT)
    later = with_walk_back(way, flat(1, 30), suit=SUIT, locks=[0], out_since_s=3600.0)
    np.testing.assert_allclose(later["suit_margin_s"], way["suit_margin_s"] - 3600.0)


# Farthest from the lunar module: Apollo 15 5.0 km, 16 4.5 km, 17 7.6 km; the rover could do 9 to 13
# km/h. Walk-back limit: from every point they had to be able to walk home (Lunar Roving Vehicle,
# usage, liquisearch.com/lunar_roving_vehicle/usage; speeds: "Apollo LRV as Traversed Performance
# Metrics", searchlens.space; read 2026-11-26). Primary life support for seven hours and one of
# contingency: EMU, NASA's report on EVA 23. The walking speed of 3 km/h is an assumption.
@pytest.mark.parametrize("farthest_m", [5000.0, 4500.0, 7600.0])
def test_apollos_farthest_stations_were_within_the_walk_back_limit(farthest_m: float) -> None:
    suit = SUIT.model_copy(update={"speed_m_s": 3.0 / 3.6})
    rover = vehicle(kind="crewed_rover", speed="9 km/h")
    found = sortie_reach(flat(1, 400), lock=(0, 0), suit=suit, rover=rover)
    at = round(farthest_m / 40.0)
    assert bool(found["is_reachable"][0, at])
    # And it was no idle rule: at the end of the seven hours they would not have come home.
    late = sortie_reach(flat(1, 400), lock=(0, 0), suit=suit, rover=rover, work_s=6 * 3600.0)
    assert not bool(late["is_reachable"][0, at])
