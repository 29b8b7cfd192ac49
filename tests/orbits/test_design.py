"""Designing orbits: lives, the nearest orbit that lives, what holding costs, constellations."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.orbits.design import (
    SIDEREAL_MONTH_D,
    Flight,
    constellation,
    holding_cost,
    nearest_living_orbit,
    orbit_life,
)
from ilrs.orbits.forces import ForceModel
from ilrs.orbits.gravity import default_gravity_field
from ilrs.orbits.kepler import (
    MOON_GM_M3_S2,
    Orbit,
    altitudes_m,
    orbit_from_altitudes,
    period_s,
    secular_rates_deg_s,
)
from ilrs.sky.sky import open_sky

# What the press gave for Queqiao-2: 200 x 16,000 km, 62.4 deg, 24 h (environment.csv, O1).
PRESS = orbit_from_altitudes(
    periapsis_altitude_m=200e3, apoapsis_altitude_m=16_000e3, inclination_deg=62.4,
    argument_of_periapsis_deg=90.0,
)  # fmt: skip


def flight(model: ForceModel | None = None, frame: str = "EARTH_ORBIT_PLANE") -> Flight:
    return Flight(
        frame=frame, epoch_tdb_s=float(tdb_from_utc(parse_utc("2036-01-01"))), model=model,
        sky=open_sky(),
    )  # fmt: skip


POINT = ForceModel(gravity=default_gravity_field(degree=0), has_earth=False, has_sun=False)
OBLATE = ForceModel(gravity=default_gravity_field(degree=2), has_earth=False, has_sun=False)


def test_press_orbit_of_queqiao_2_meets_the_moon_within_months() -> None:
    life = orbit_life(PRESS, days=400.0, flight=flight())
    assert not life.lives
    assert 5.0 < life.days < 150.0
    assert life.impact is not None
    assert abs(life.lowest_altitude_m) < 1.0
    assert life.impact.speed_m_s == pytest.approx(2270.0, abs=30.0)  # vis viva at the ground


def test_a_nearby_orbit_lives_and_says_what_changed() -> None:
    found = nearest_living_orbit(PRESS, days=400.0, flight=flight(), lowest_altitude_m=50e3)
    assert found.life.lives
    assert found.life.lowest_altitude_m > 50e3
    assert found.changes
    assert period_s(found.orbit.semi_major_axis_m) == pytest.approx(
        period_s(PRESS.semi_major_axis_m)
    )
    low, _ = altitudes_m(found.orbit)
    assert low == pytest.approx(200e3 + found.changes.get("periapsis_altitude_m", 0.0))
    again = nearest_living_orbit(found.orbit, days=400.0, flight=flight(), lowest_altitude_m=50e3)
    assert again.changes == {}
    assert again.tried == 1


def test_without_a_pull_an_orbit_lives_and_costs_nothing_to_hold() -> None:
    life = orbit_life(PRESS, days=60.0, flight=flight(POINT))
    assert life.lives
    assert life.lowest_altitude_m == pytest.approx(200e3, abs=2e3)  # sampled
    # Steps of 1e-11 leave 1e-9 of the speed in a hundred turns: 1e-5 m/s each month.
    cost = holding_cost(PRESS, flight=flight(POINT), months=2)
    assert cost.total_m_s_year < 0.01


# J2 alone turns the apse line at a known rate (Kaula 1966, eq. 3.74). Turning it back by impulses
# costs 2 (GM / h) e sin(half the angle). Beside J2 the field of degree 2 has C22, which averages
# out over a month to a few per cent of it.
def test_holding_the_periapsis_costs_what_the_moons_oblateness_turns() -> None:
    orbit = orbit_from_altitudes(
        periapsis_altitude_m=300e3, apoapsis_altitude_m=1500e3, inclination_deg=30.0,
        argument_of_periapsis_deg=90.0,
    )  # fmt: skip
    _, rate, _ = secular_rates_deg_s(orbit)
    month_s = SIDEREAL_MONTH_D * DAY_S
    a, e = float(orbit.semi_major_axis_m), float(orbit.eccentricity)
    momentum = np.sqrt(MOON_GM_M3_S2 * a * (1 - e * e))
    each = 2 * MOON_GM_M3_S2 / momentum * e * np.sin(0.5 * np.radians(float(rate) * month_s))
    wanted = each * 365.25 / SIDEREAL_MONTH_D
    cost = holding_cost(orbit, flight=flight(OBLATE, "MOON_EQUATOR"), months=4)
    assert cost.apsides_m_s_year == pytest.approx(wanted, rel=0.05)


def test_constellations_are_spread_evenly() -> None:
    orbit = Orbit(semi_major_axis_m=5e6, eccentricity=0.1, inclination_deg=50.0,
                  mean_anomaly_deg=30.0, ascending_node_deg=300.0)  # fmt: skip
    following = constellation(orbit, count=3)
    assert [float(o.mean_anomaly_deg) for o in following] == [30.0, 150.0, 270.0]
    around = constellation(orbit, count=4, spread="node")
    assert [float(o.ascending_node_deg) for o in around] == [300.0, 30.0, 120.0, 210.0]


def message(call: object) -> str:
    with pytest.raises(IlrsError) as caught:
        call()  # type: ignore[operator]
    return str(caught.value)


def test_what_cannot_be_designed_is_an_error() -> None:
    assert message(lambda: constellation(PRESS, count=0)) == (
        "a constellation of 0 craft; it has at least one. Give the number of craft."
    )
    assert message(lambda: orbit_life(PRESS, days=0.0, flight=flight())) == (
        "the life of an orbit over 0 days; a time looked at is longer than 0 and shorter than"
        " 100000 days. Correct the number of days."
    )
    assert message(lambda: holding_cost(PRESS, months=0, flight=flight())) == (
        "the cost of holding an orbit over 0 months; it is measured over at least one month."
        " Give the number of months."
    )
    assert message(
        lambda: nearest_living_orbit(
            PRESS, days=400.0, flight=flight(), scales={"eccentricity": 0.1}
        )
    ) == (
        "changes of eccentricity; what can be changed is periapsis_altitude_m, inclination_deg,"
        " ascending_node_deg. Correct the names in `scales`."
    )
    assert message(
        lambda: nearest_living_orbit(
            PRESS,
            days=400.0,
            flight=flight(),
            scales={"periapsis_altitude_m": 1e5},
            lowest_altitude_m=1e7,
        )
    ).startswith("an orbit near 200 x 16000 km, 62.4 deg that lives 400 d unheld; of 10 orbits")
