"""Orbits by six elements: anomalies, states and their secular change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.orbits import kepler
from ilrs.orbits.kepler import Orbit

ECCENTRICITY = st.floats(0.0, 0.999)
ANGLE_DEG = st.floats(0.0, 359.0)


def an_orbit(**changes: object) -> Orbit:
    elements = {
        "periapsis_altitude_m": 300e3,
        "apoapsis_altitude_m": 8600e3,
        "inclination_deg": 54.9,
        "ascending_node_deg": 40.0,
        "argument_of_periapsis_deg": 90.0,
        "mean_anomaly_deg": 10.0,
    }
    return kepler.orbit_from_altitudes(**(elements | changes))


@settings(deadline=None)
@given(e=ECCENTRICITY, mean=st.floats(-4 * np.pi, 4 * np.pi))
def test_kepler_equation_holds_to_1e13_when_solved(e: float, mean: float) -> None:
    anomaly = np.radians(kepler.eccentric_anomaly_deg(np.degrees(mean), e))
    # 1e-13 rad is the promise per turn; two turns are asked here
    assert abs(anomaly - e * np.sin(anomaly) - mean) < 2e-13


@pytest.mark.parametrize("e", [0.0, 0.2, 0.8, 0.99, 0.999999])
def test_kepler_equation_holds_when_orbit_is_thin(e: float) -> None:
    mean = np.concatenate([[0.0], np.geomspace(1e-12, np.pi, 400)])
    anomaly = np.radians(kepler.eccentric_anomaly_deg(np.degrees(mean), e))
    assert np.all(np.abs(anomaly - e * np.sin(anomaly) - mean) < 1e-13)
    assert np.all(np.diff(anomaly) > 0.0)


def test_anomalies_stay_in_their_turn_when_revolutions_add_up() -> None:
    mean = np.arange(-1800.0, 1800.0, 7.0)
    eccentric = kepler.eccentric_anomaly_deg(mean, 0.6)
    true = kepler.true_anomaly_deg(eccentric, 0.6)
    assert np.all(np.abs(eccentric - mean) < 180.0) and np.all(np.abs(true - mean) < 180.0)
    assert kepler.mean_anomaly_deg(eccentric, 0.6) == pytest.approx(mean, abs=1e-11)
    whole = 360.0 * np.arange(-3.0, 4.0)
    assert kepler.true_anomaly_deg(whole, 0.6) == pytest.approx(whole, abs=1e-11)


def test_true_anomaly_is_a_right_angle_when_height_is_the_semilatus_rectum() -> None:
    e = 0.803
    eccentric = np.degrees(np.arccos(e))  # there r = a (1 - e^2)
    assert float(kepler.true_anomaly_deg(eccentric, e)) == pytest.approx(90.0, abs=1e-12)


def test_state_is_the_closed_form_when_at_periapsis_and_apoapsis() -> None:
    orbit = an_orbit(mean_anomaly_deg=0.0, ascending_node_deg=0.0)
    position, velocity = kepler.state(orbit)
    low_m, high_m = 1737.4e3 + 300e3, 1737.4e3 + 8600e3
    tilt = np.radians(54.9)
    # with the periapsis 90 deg past the node it lies highest above the plane
    assert position == pytest.approx([0.0, low_m * np.cos(tilt), low_m * np.sin(tilt)], abs=1e-6)
    speed = np.sqrt(2 * kepler.MOON_GM_M3_S2 * high_m / (low_m * (low_m + high_m)))  # vis viva
    assert velocity == pytest.approx([-speed, 0.0, 0.0], abs=1e-9)
    far, _ = kepler.state(an_orbit(mean_anomaly_deg=180.0))
    assert np.linalg.norm(far) == pytest.approx(high_m, rel=1e-14)


def test_energy_and_angular_momentum_hold_when_propagated() -> None:
    orbit = an_orbit()
    t = np.linspace(0.0, 30 * 86400.0, 1001)
    r, v = kepler.state(kepler.propagate(orbit, t))
    energy = 0.5 * np.sum(v * v, axis=-1) - kepler.MOON_GM_M3_S2 / np.linalg.norm(r, axis=-1)
    turning = np.cross(r, v)
    assert np.ptp(energy) < 1e-12 * abs(energy[0])
    assert np.all(np.ptp(turning, axis=0) < 1e-12 * np.linalg.norm(turning[0]))


def test_state_returns_when_a_period_has_passed() -> None:
    orbit = an_orbit()
    period = float(kepler.period_s(orbit.semi_major_axis_m))
    start, _ = kepler.state(orbit)
    after, _ = kepler.state(kepler.propagate(orbit, 100 * period))
    assert after == pytest.approx(start, abs=1e-4)


def test_velocity_is_the_slope_of_position_when_differenced() -> None:
    orbit, h = an_orbit(), 1.0
    ahead, _ = kepler.state(kepler.propagate(orbit, h))
    behind, _ = kepler.state(kepler.propagate(orbit, -h))
    _, velocity = kepler.state(orbit)
    # (n h)^2 / 6 of 2 km/s at n = 6e-4 rad/s near periapsis: 1e-4 m/s
    assert (ahead - behind) / (2 * h) == pytest.approx(velocity, abs=2e-4)


@settings(deadline=None)
@given(
    e=st.floats(1e-3, 0.95), i=st.floats(0.1, 179.9), node=ANGLE_DEG, turn=ANGLE_DEG, mean=ANGLE_DEG
)
def test_elements_come_back_when_read_from_their_state(
    e: float, i: float, node: float, turn: float, mean: float
) -> None:
    orbit = Orbit(
        semi_major_axis_m=6e6, eccentricity=e, inclination_deg=i, ascending_node_deg=node,
        argument_of_periapsis_deg=turn, mean_anomaly_deg=mean,
    )  # fmt: skip
    back = kepler.orbit_from_state(*kepler.state(orbit))
    again, _ = kepler.state(back)
    position, _ = kepler.state(orbit)
    assert again == pytest.approx(position, abs=1e-2)  # 1e-9 of the size
    assert float(back.semi_major_axis_m) == pytest.approx(6e6, rel=1e-11)
    assert float(back.eccentricity) == pytest.approx(e, abs=1e-11)
    assert float(back.inclination_deg) == pytest.approx(i, abs=1e-9)


@pytest.mark.parametrize("inclination_deg", [0.0, 180.0])
def test_elements_describe_the_state_when_angles_are_open(inclination_deg: float) -> None:
    orbit = Orbit(
        semi_major_axis_m=2e6, eccentricity=0.0, inclination_deg=inclination_deg,
        ascending_node_deg=30.0, argument_of_periapsis_deg=20.0, mean_anomaly_deg=10.0,
    )  # fmt: skip
    back = kepler.orbit_from_state(*kepler.state(orbit))
    assert float(back.ascending_node_deg) == 0.0
    assert float(back.argument_of_periapsis_deg) == 0.0
    # along the equator node, periapsis and anomaly add up; backwards the node counts the other way
    sum_deg = 60.0 if inclination_deg == 0.0 else 30.0 - 30.0
    assert float(back.mean_anomaly_deg) == pytest.approx(sum_deg % 360.0, abs=1e-6)


def test_arrays_of_orbits_give_arrays_of_states() -> None:
    orbit = an_orbit()
    one, _ = kepler.state(orbit)
    many, _ = kepler.state(
        Orbit(
            semi_major_axis_m=orbit.semi_major_axis_m,
            eccentricity=np.full((2, 3), float(orbit.eccentricity)),
            inclination_deg=54.9,
            ascending_node_deg=np.full(3, 40.0),
            argument_of_periapsis_deg=90.0,
            mean_anomaly_deg=10.0,
        )
    )
    assert many.shape == (2, 3, 3)
    assert many == pytest.approx(np.broadcast_to(one, (2, 3, 3)))


def test_altitudes_come_back_when_an_orbit_is_made_of_them() -> None:
    low, high = kepler.altitudes_m(an_orbit())
    assert (float(low), float(high)) == pytest.approx((300e3, 8600e3), abs=1e-6)


def test_j2_moves_node_and_periapsis_when_asked() -> None:
    orbit = kepler.orbit_from_altitudes(
        periapsis_altitude_m=100e3, apoapsis_altitude_m=100e3, inclination_deg=30.0
    )
    day_s = 86400.0
    moved = kepler.propagate(orbit, day_s, j2=kepler.MOON_J2)
    # by hand: n = sqrt(4.90280e12 / 1837.4e3^3) = 8.8903e-4 rad/s; 1.5 n J2 (1738/1837.4)^2
    # = 2.4247e-7 rad/s; times -cos 30 deg and (2 - 2.5/4), times 86,400 s, in degrees
    assert float(moved.ascending_node_deg) == pytest.approx(-1.0395, abs=2e-4)
    assert float(moved.argument_of_periapsis_deg) == pytest.approx(1.6504, abs=3e-4)


@pytest.mark.parametrize(("inclination_deg", "gain"), [(0.0, 1.0), (54.7356103, 0.0), (90.0, -0.5)])
def test_j2_changes_the_mean_motion_by_the_second_legendre_polynomial(
    inclination_deg: float, gain: float
) -> None:
    orbit = kepler.orbit_from_altitudes(
        periapsis_altitude_m=100e3, apoapsis_altitude_m=100e3, inclination_deg=inclination_deg
    )
    _, _, mean = kepler.secular_rates_deg_s(orbit)
    _, _, alone = kepler.secular_rates_deg_s(orbit, j2=0.0)
    assert float(alone) == pytest.approx(360.0 / float(kepler.period_s(1837.4e3)), rel=1e-14)
    # the same 1.5 n J2 (1738/1837.4)^2 = 2.42475e-7 rad/s as above, times P2(cos i)
    assert np.radians(float(mean - alone)) == pytest.approx(2.42475e-7 * gain, abs=1e-12)


def test_j2_leaves_the_node_when_the_orbit_is_polar() -> None:
    orbit = an_orbit(inclination_deg=90.0)
    node, _, _ = kepler.secular_rates_deg_s(orbit)
    assert abs(float(node)) < 1e-20


def test_j2_leaves_the_periapsis_when_inclination_is_critical() -> None:
    critical_deg = float(np.degrees(np.arcsin(np.sqrt(0.8))))  # 63.43 deg
    _, turn, _ = kepler.secular_rates_deg_s(an_orbit(inclination_deg=critical_deg))
    assert abs(float(turn)) < 1e-18


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"periapsis_altitude_m": -20e3},
            "an orbit of -20 x 8600 km, inclined by 54.9 deg; its periapsis is not above "
            "the 1737.4 km sphere: it meets the Moon. Altitudes count from the sphere, not from "
            "the Moon's centre: raise the periapsis.",
        ),
        (
            {"periapsis_altitude_m": 0.0},
            "an orbit of 0 x 8600 km, inclined by 54.9 deg; its periapsis is not above "
            "the 1737.4 km sphere: it meets the Moon. Altitudes count from the sphere, not from "
            "the Moon's centre: raise the periapsis.",
        ),
        (
            {"apoapsis_altitude_m": 200e3},
            "an orbit of 300 x 200 km, inclined by 54.9 deg; the apoapsis is the higher of the two "
            "altitudes. Exchange the two altitudes.",
        ),
        (
            {"inclination_deg": -5.0},
            "an orbit of 300 x 8600 km, inclined by -5 deg; an inclination lies between 0 and 180 "
            "deg, retrograde orbits above 90. Correct the inclination; turn the ascending node by "
            "180 deg for a negative one.",
        ),
        (
            {"mean_anomaly_deg": float("nan")},
            "an orbit of 300 x 8600 km, inclined by 54.9 deg, with the angles 40, 90 and nan deg; "
            "every element of an orbit is a finite number. Give the missing one.",
        ),
    ],
)
def test_orbit_is_refused_when_its_elements_are_wrong(
    changes: dict[str, float], message: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        an_orbit(**changes)
    assert str(caught.value) == message


def test_eccentricity_is_refused_when_not_bound() -> None:
    with pytest.raises(IlrsError) as caught:
        kepler.eccentric_anomaly_deg(10.0, [0.5, 1.2])
    assert str(caught.value) == (
        "an orbit of eccentricity 1.2; a bound orbit has an eccentricity from 0 to just under 1. "
        "Correct the elements; flybys and transfers are not covered here."
    )


def test_state_is_refused_when_it_escapes() -> None:
    with pytest.raises(IlrsError) as caught:
        kepler.orbit_from_state([2e6, 0.0, 0.0], [0.0, 3e3, 0.0])
    assert str(caught.value) == (
        "an orbit of semi-major axis -1.19662e+06 m; a bound orbit has a semi-major axis above 0 m."
        " Correct the elements; flybys and transfers are not covered here."
    )
