"""Ways of declared missions: held and free orbits, later orbits, epochs, and bad input."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.trajectory import Trajectory
from ilrs.programme.entities import Mission
from ilrs.programme.load import load
from ilrs.sky.sky import Sky, open_sky
from ilrs.study.craft_ways import craft_way, craft_ways, fallen

START_S = float(tdb_from_utc(parse_utc("2036-01-01")))
LOW = {"periapsis_altitude": "60 km", "apoapsis_altitude": "80 km", "inclination": "90 deg",
       "frame": "MOON_EQUATOR"}  # fmt: skip


@pytest.fixture(scope="module")
def sky() -> Sky:
    return open_sky()


def mission(**attributes: object) -> Mission:
    return Mission.model_validate({"id": "M", "status": "planned", **attributes})


def altitudes_km(way: Trajectory, days: float) -> tuple[float, float]:
    t = np.linspace(way.span_tdb_s[0], way.span_tdb_s[0] + days * DAY_S, 20_000)
    altitude = np.linalg.norm(way.position_m(t), axis=1) - MOON_RADIUS_M
    return float(altitude.min()) / 1e3, float(altitude.max()) / 1e3


def test_a_held_orbit_keeps_its_altitudes(sky: Sky) -> None:
    way = craft_way(mission(orbit={**LOW, "is_held": True}), (START_S, START_S + 30 * DAY_S),
                    sky=sky)  # fmt: skip
    low, high = altitudes_km(way, 30.0)
    assert (low, high) == pytest.approx((60.0, 80.0), abs=0.01)
    assert way.model == "two-body"


def test_a_free_orbit_drifts_in_the_field_of_the_moon(sky: Sky) -> None:
    way = craft_way(mission(orbit=LOW), (START_S, START_S + 10 * DAY_S), sky=sky)
    low, high = altitudes_km(way, 10.0)
    assert low < 55.0 and high > 85.0
    assert "GRGM660PRIM 20x20" in way.model


def test_later_orbits_begin_their_time_after_the_arrival(sky: Sky) -> None:
    later = {**LOW, "periapsis_altitude": "150 km", "apoapsis_altitude": "200 km",
             "after": "10 d", "is_held": True}  # fmt: skip
    both = mission(orbit={**LOW, "is_held": True}, later_orbits=[later])
    span = START_S, START_S + 20 * DAY_S
    way = craft_way(both, span, sky=sky, arrival_s=START_S - 5 * DAY_S)
    t = START_S + np.array([4.99, 5.01]) * DAY_S
    before, after = (np.linalg.norm(way.position_m(t), axis=1) - MOON_RADIUS_M) / 1e3
    assert 60.0 <= before <= 80.0
    assert 150.0 <= after <= 200.0


def test_elements_hold_at_the_epoch_that_they_name(sky: Sky) -> None:
    named = mission(orbit={**LOW, "epoch": "2035-12-31"})
    span = START_S, START_S + DAY_S
    way = craft_way(named, span, sky=sky)
    assert way.span_tdb_s == span
    other = craft_way(mission(orbit=LOW), span, sky=sky)
    assert np.linalg.norm(way.position_m(START_S) - other.position_m(START_S)) > 1e5


def test_a_way_that_reaches_the_ground_ends_there(sky: Sky) -> None:
    press = {"periapsis_altitude": "200 km", "apoapsis_altitude": "16000 km",
             "inclination": "62.4 deg"}  # fmt: skip
    way = craft_way(mission(orbit=press), (START_S, START_S + 400 * DAY_S), sky=sky)
    assert way.ended_by == "impact"
    down_s = way.span_tdb_s[1]
    held = craft_way(mission(orbit={**press, "is_held": True}), (START_S, START_S + DAY_S), sky=sky)
    (note,) = fallen({"M": way, "HELD": held})
    assert note.startswith("M meets the Moon on 2036-01-")
    assert note.endswith(": nobody holds its orbit.")
    early = mission(orbit={**press, "epoch": "2036-01-01"})
    with pytest.raises(IlrsError) as caught:
        craft_way(early, (down_s + DAY_S, down_s + 2 * DAY_S), sky=sky)
    assert caught.value.mend == (
        "Give the orbit a later epoch, choose one that lives, or hold it (`is_held: true`)."
    )


def test_a_mission_without_an_orbit_is_an_error(sky: Sky) -> None:
    with pytest.raises(IlrsError) as caught:
        craft_way(mission(), (START_S, START_S + DAY_S), sky=sky)
    assert str(caught.value) == (
        "the way of M, which declares no orbit; a way is computed from an `orbit:` with altitudes"
        " and angles. Declare the mission's orbit, or name another mission."
    )


def test_luna_26_of_the_reference_rises_after_its_first_year(sky: Sky) -> None:
    programme = load(("reference",)).programme
    arrival_s = float(tdb_from_utc(parse_utc("2028-07-01")))
    found = craft_ways(
        programme, {"LUNA-26": programme.missions["LUNA-26"]},
        (arrival_s, arrival_s + 400 * DAY_S), sky=sky,
    )["LUNA-26"]  # fmt: skip
    first = np.linalg.norm(found.position_m(arrival_s + 10 * DAY_S)) - MOON_RADIUS_M
    last = np.linalg.norm(found.position_m(arrival_s + 390 * DAY_S)) - MOON_RADIUS_M
    assert 60e3 <= first <= 80e3
    assert 150e3 <= last <= 200e3
