"""Propagation: there and back, kept energies, the ground as an event, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ilrs.foundation.errors import IlrsError
from ilrs.moon.grid import Grid
from ilrs.moon.terrain import Terrain
from ilrs.orbits.forces import ForceModel, accelerations_m_s2, forces_over, sunlit
from ilrs.orbits.gravity import default_gravity_field
from ilrs.orbits.kepler import MOON_RADIUS_M, Orbit, orbit_from_altitudes, orbit_from_state, state
from ilrs.orbits.propagation import Impact, impact, propagate_orbit, propagate_state
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.kernels import MOON, SUN, EphemerisRangeError
from ilrs.sky.orientation import MOON_SPIN_RAD_S
from ilrs.sky.sky import Sky, open_sky
from tests.orbits.potential import potential_m2_s2

T0 = 8.52e8  # at the end of 2026
DAY_S = 86400.0
FIELD = default_gravity_field(degree=8)
BARE = ForceModel(gravity=FIELD, has_earth=False, has_sun=False)
LOW = orbit_from_altitudes(
    periapsis_altitude_m=90e3, apoapsis_altitude_m=150e3, inclination_deg=86.0,
    ascending_node_deg=20.0, argument_of_periapsis_deg=70.0,
)  # fmt: skip
# An ellipse whose lowest point lies 15 km below the sphere, from its highest point.
FALLING = Orbit(
    semi_major_axis_m=MOON_RADIUS_M + 45e3, eccentricity=60e3 / (MOON_RADIUS_M + 45e3),
    inclination_deg=90.0, argument_of_periapsis_deg=270.0, mean_anomaly_deg=180.0,
)  # fmt: skip


class EvenSpin:
    """A Moon that turns about its pole at its mean rate, its pole that of the ICRF."""

    def matrices(self, tdb_s: np.ndarray) -> np.ndarray:
        angle = MOON_SPIN_RAD_S * (np.asarray(tdb_s) - T0)
        c, s, o = np.cos(angle), np.sin(angle), np.zeros_like(angle)
        rows = [[c, s, o], [-s, c, o], [o, o, o + 1.0]]
        return np.moveaxis(np.array(rows), -1, 0)


@pytest.fixture(scope="module")
def sky() -> Sky:
    return open_sky()


def fly(sky: Sky, orbit: Orbit = LOW, days: tuple = (0.0, 1.0), **more) -> Trajectory:
    span = T0 + days[0] * DAY_S, T0 + days[1] * DAY_S
    given = {"frame": "MOON_EQUATOR", "name": "A", "epoch_tdb_s": T0, "model": ForceModel()}
    return propagate_orbit(orbit, **(given | {"span_tdb_s": span, "sky": sky} | more))


def apart_m(one: Trajectory, other: Trajectory, at: np.ndarray) -> float:
    return float(np.linalg.norm(one.position_m(at) - other.position_m(at), axis=-1).max())


# Truth: scipy's own DOP853, which shares the table but neither the stepping nor the interpolant.
def test_way_is_that_of_scipys_integrator(sky: Sky) -> None:
    made = fly(sky, model=BARE)
    forces = forces_over(BARE, made.span_tdb_s, origin_tdb_s=T0, sky=open_sky("MOON_PA_DE421"))

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        return np.concatenate([y[3:], accelerations_m_s2(forces, t, y[:3])[0]])

    at = np.linspace(0.0, DAY_S, 1000)
    start = np.concatenate(made.states(T0))
    run = solve_ivp(rate, (0.0, DAY_S), start, method="DOP853", rtol=1e-13, atol=1e-8, t_eval=at)
    position, velocity = made.states(T0 + at)
    # 1e-13 of the state by each of some thousand steps, growing along the track
    assert np.abs(position - run.y[:3].T).max() < 1e-3
    assert np.abs(velocity - run.y[3:].T).max() < 1e-6


def test_way_passes_through_its_state_and_joins_without_a_jump(sky: Sky) -> None:
    made = fly(sky, days=(-0.5, 0.5))
    position, velocity = made.states(T0)
    elements = state(LOW, gm_m3_s2=ForceModel().gravity.gm_m3_s2)
    axes = sky.orientation.matrices(np.array([T0]))[0]
    np.testing.assert_allclose(position, elements[0] @ axes, atol=1e-6)
    np.testing.assert_allclose(velocity, elements[1] @ axes, atol=1e-9)
    edges = made.edges_s[1:-1]
    np.testing.assert_allclose(
        made.position_m(np.nextafter(edges, 0.0)), made.position_m(edges), atol=1e-3
    )  # a millisecond's last bit of time is 0.2 mm of way
    between = 0.5 * (made.edges_s[1:] + made.edges_s[:-1])
    slope = made.position_m(between + 0.5) - made.position_m(between - 0.5)
    np.testing.assert_allclose(slope, made.states(between)[1], atol=1e-3)


def test_there_and_back_again(sky: Sky) -> None:
    there = fly(sky, days=(0.0, 5.0))
    end_s = there.span_tdb_s[1]
    back = propagate_state(
        *there.states(end_s), name="B", epoch_tdb_s=end_s, span_tdb_s=there.span_tdb_s,
        model=ForceModel(), sky=sky,
    )  # fmt: skip
    # 5 days of tolerance 1e-13 drift by some centimetres, either way
    assert apart_m(there, back, np.linspace(*there.span_tdb_s, 999)) < 0.1


def test_span_on_both_sides_of_the_epoch_is_both_ways_joined(sky: Sky) -> None:
    both = fly(sky, days=(-1.0, 1.0))
    before, after = fly(sky, days=(-1.0, 0.0)), fly(sky, days=(0.0, 1.0))
    assert both.span_tdb_s == (T0 - DAY_S, T0 + DAY_S)
    # the last bit of an epoch is 1e-7 s or 0.2 mm of way
    assert apart_m(both, after, np.linspace(T0, T0 + DAY_S, 99)) < 1e-3
    assert apart_m(both, before, np.linspace(T0 - DAY_S, T0, 99)) < 1e-3


def test_tighter_tolerance_moves_a_day_by_less_than_a_centimetre(sky: Sky) -> None:
    made, tighter = fly(sky), fly(sky, tolerance=1e-15)
    assert apart_m(made, tighter, np.linspace(T0, T0 + DAY_S, 999)) < 0.01


# A step that met the shadow's edge unseen would kick this craft by 6e-7 m/s: 3 m in 10 days.
def test_edges_of_the_moons_shadow_are_met_by_short_steps(sky: Sky) -> None:
    model = replace(BARE, area_to_mass_m2_kg=0.02, reflectivity=0.3)
    high = replace(LOW, semi_major_axis_m=6e6, eccentricity=0.65, ascending_node_deg=110.0)
    made = fly(sky, high, (0.0, 5.0), model=model)
    tighter = fly(sky, high, (0.0, 5.0), model=model, tolerance=1e-15)
    at = np.linspace(T0, T0 + DAY_S, 2000)
    sun_m = 1e3 * sky.ephemeris.position_km(SUN, MOON, at)
    place_m = made.position_m(at)
    lit = [sunlit(*(place - sun), *place) for place, sun in zip(place_m, sun_m, strict=True)]
    assert min(lit) == 0.0  # it does cross the shadow
    assert apart_m(made, tighter, np.linspace(*made.span_tdb_s, 999)) < 0.05


# In a field that turns evenly, v^2/2 - V - w (r x v) is constant (Jacobi); V by scipy's functions.
def test_jacobis_integral_is_kept_in_the_turning_field(sky: Sky) -> None:
    made = fly(sky, days=(0.0, 10.0), model=BARE, field_orientation=EvenSpin())
    at = np.linspace(*made.span_tdb_s, 2000)
    r, v = made.states(at)
    inside = np.einsum("nij,nj->ni", EvenSpin().matrices(at), r)
    potential = potential_m2_s2(FIELD, inside)
    energy = 0.5 * np.sum(v * v, axis=1) - potential - MOON_SPIN_RAD_S * np.cross(r, v)[:, 2]
    # 1e-10 of the energy is 1.3e-4 m2/s2: a period off by 1e-6 s, 20 cm of way in 10 days
    assert np.ptp(energy) < 1e-10 * np.abs(energy).mean()
    two_body = 0.5 * np.sum(v * v, axis=1) - FIELD.gm_m3_s2 / np.linalg.norm(r, axis=1)
    assert np.ptp(two_body) > 1e-4 * np.abs(two_body).mean()  # there is something to be kept


# First order in J2 (Kaula 1966, eq. 3.74). The osculating elements start off the mean ones by a few
# J2 (2e-4), which the rate feels 7/2-fold, and the fit sees what is uneven in a revolution: 0.5 %.
@pytest.mark.parametrize("inclination_deg", [30.0, 80.0, 120.0])
def test_node_drifts_as_flattening_makes_it(sky: Sky, inclination_deg: float) -> None:
    flat = FIELD.cut(2)
    cosine = flat.cosine.copy()
    cosine[2, 1:] = 0.0
    flat = replace(flat, cosine=cosine, sine=np.zeros((3, 3)), name="J2 alone")
    orbit = replace(LOW, inclination_deg=inclination_deg, eccentricity=0.1, semi_major_axis_m=2.3e6)
    model = ForceModel(gravity=flat, has_earth=False, has_sun=False)
    made = fly(
        replace(sky, orientation=EvenSpin()), orbit, (0.0, 20.0), model=model,
        field_orientation=EvenSpin(),
    )  # fmt: skip
    at = np.linspace(*made.span_tdb_s, 20_000)
    node = np.unwrap(np.radians(orbit_from_state(*made.states(at)).ascending_node_deg))
    found = np.polyfit(at - T0, node, 1)[0]
    j2 = -np.sqrt(5.0) * cosine[2, 0]
    motion = np.sqrt(flat.gm_m3_s2 / 2.3e6**3)
    shape = (flat.radius_m / (2.3e6 * (1.0 - 0.01))) ** 2
    expected = -1.5 * motion * j2 * shape * np.cos(np.radians(inclination_deg))
    assert found == pytest.approx(expected, rel=5e-3)


def test_bodies_and_sunlight_each_move_the_craft(sky: Sky) -> None:
    high = replace(LOW, semi_major_axis_m=6e6, eccentricity=0.5)
    models = [
        BARE,
        replace(BARE, has_earth=True),
        replace(BARE, has_sun=True),
        replace(BARE, area_to_mass_m2_kg=0.02, reflectivity=0.3),
    ]
    ways = [fly(sky, high, (0.0, 3.0), model=model) for model in models]
    moved = [apart_m(ways[0], way, np.array([way.span_tdb_s[1]])) for way in ways[1:]]
    # Tides go with GM over distance cubed: the Sun's is 1/180 of Earth's. Sunlight on this craft is
    # 1.2e-7 m/s2, 1/700 of Earth's tide out there. How each turns within 3 days leaves a factor 5.
    assert moved[0] > 1e4
    assert 1 / 5 < moved[1] / moved[0] * 180.0 < 5
    assert 1 / 5 < moved[2] / moved[0] * 700.0 < 5
    assert ways[3].model == BARE.text + ", sunlight on 0.02 m2/kg of reflectivity 0.3"


def test_falling_craft_ends_at_the_sphere(sky: Sky) -> None:
    made = fly(sky, FALLING, model=BARE)
    assert made.ended_by == "impact"
    end_s = made.span_tdb_s[1]
    r, v = made.states(end_s)
    assert np.linalg.norm(r) == pytest.approx(MOON_RADIUS_M, abs=0.2)
    assert np.linalg.norm(made.position_m(end_s - 1.0)) > MOON_RADIUS_M
    found = impact(made, orientation=sky.orientation)
    assert isinstance(found, Impact)
    assert found.tdb_s == end_s
    assert found.height_m == pytest.approx(0.0, abs=0.2)
    body = sky.orientation.matrices(np.array([end_s]))[0] @ r
    assert np.degrees(np.arcsin(body[2] / MOON_RADIUS_M)) == pytest.approx(
        found.latitude_deg, abs=1e-5
    )
    # the ground turns by at most 4.6 m/s
    assert found.speed_m_s == pytest.approx(np.linalg.norm(v), abs=5.0)
    with pytest.raises(IlrsError) as caught:
        made.position_m(end_s + 3600.0)
    assert "where it ends by impact" in str(caught.value)


def plateau(height_m: float) -> Terrain:
    """The whole Moon at one height, in 4-degree cells."""
    pixel_m = np.pi * MOON_RADIUS_M / 45.0
    grid = Grid(
        rows=45, columns=90, pixel_m=pixel_m, west_m=-45.0 * pixel_m, north_m=22.5 * pixel_m,
        projection="simple cylindrical", radius_m=MOON_RADIUS_M,
    )  # fmt: skip
    return Terrain(name="PLATEAU", grid=grid, heights_m=np.full((45, 90), height_m, np.float32))


def test_terrain_ends_a_way_where_it_stands(sky: Sky) -> None:
    bare = fly(sky, FALLING, model=BARE)
    high = fly(sky, FALLING, model=BARE, terrains=[plateau(5000.0)])
    deep = fly(sky, FALLING, model=BARE, terrains=[plateau(-5000.0)])
    ends = [way.span_tdb_s[1] for way in (high, bare, deep)]
    assert ends == sorted(ends)
    for way, height_m in ((high, 5000.0), (deep, -5000.0)):
        found = impact(way, orientation=sky.orientation)
        assert found is not None
        assert found.height_m == pytest.approx(height_m, abs=0.2)


def test_sphere_counts_where_terrain_knows_nothing(sky: Sky) -> None:
    unknown = fly(sky, FALLING, model=BARE, terrains=[plateau(np.nan)])
    assert unknown.span_tdb_s == fly(sky, FALLING, model=BARE).span_tdb_s


def test_low_pass_over_terrain_goes_on(sky: Sky) -> None:
    over = fly(sky, model=BARE, terrains=[plateau(60e3)])  # the lowest pass is 90 km up or less
    assert over.ended_by == ""
    assert impact(over, orientation=sky.orientation) is None
    assert apart_m(over, fly(sky, model=BARE), np.linspace(*over.span_tdb_s, 99)) < 1e-3


def test_way_that_comes_from_the_ground_is_refused(sky: Sky) -> None:
    with pytest.raises(IlrsError) as caught:
        fly(sky, FALLING, days=(-1.0, 1.0), model=BARE)
    asked = str(caught.value).split("; ")[0]
    assert asked == "A from 2026-12-30T14:38:51Z on, by its state at 2026-12-31T14:38:51Z"
    # a two-body ellipse needs 2,624 s from the sphere to its highest point, the field 22 s more
    assert caught.value.possible == (
        "it cannot have flown freely before 2026-12-31T13:54:45Z, when it was at the ground"
    )
    assert caught.value.mend == "Let the span begin after that instant."


@pytest.mark.parametrize(
    ("position_m", "span", "message"),
    [
        (
            [1.7e6, 0.0, 0.0],
            (0.0, 1.0),
            "A starts 3.74e+04 m below ground at 2026-12-31T14:38:51Z; a free flight starts above"
            " it; positions count from the Moon's centre, in metres. Correct the state, or its"
            " unit.",
        ),
        (
            [1837.4, 0.0, 0.0],
            (0.0, 1.0),
            "A starts 1.736e+06 m below ground at 2026-12-31T14:38:51Z; a free flight starts above"
            " it; positions count from the Moon's centre, in metres. Correct the state, or its"
            " unit.",
        ),
        (
            [np.nan, 0.0, 0.0],
            (0.0, 1.0),
            "a state of A of 6 numbers, 5 of them finite; position and velocity are three finite "
            "numbers each. Give the whole state.",
        ),
        (
            [1.9e6, 0.0, 0.0],
            (1.0, 0.0),
            "A from 2027-01-01T14:38:51Z to 2026-12-31T14:38:51Z, by its state at "
            "2026-12-31T14:38:51Z; a span ends after it starts, and holds the epoch of the state. "
            "Exchange its ends, or let it reach the epoch; the rest can be cut off afterwards.",
        ),
        (
            [1.9e6, 0.0, 0.0],
            (1.0, 2.0),
            "A from 2027-01-01T14:38:51Z to 2027-01-02T14:38:51Z, by its state at "
            "2026-12-31T14:38:51Z; a span ends after it starts, and holds the epoch of the state. "
            "Exchange its ends, or let it reach the epoch; the rest can be cut off afterwards.",
        ),
    ],
)
def test_states_and_spans_that_make_no_way_are_errors(
    sky: Sky, position_m: list, span: tuple, message: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        propagate_state(
            position_m, [0.0, 0.0, 1600.0], name="A", epoch_tdb_s=T0,
            span_tdb_s=(T0 + span[0] * DAY_S, T0 + span[1] * DAY_S), model=BARE, sky=sky,
        )  # fmt: skip
    assert str(caught.value) == message


def test_span_beyond_the_kernels_is_told_before_the_work(sky: Sky) -> None:
    with pytest.raises(EphemerisRangeError):
        fly(sky, days=(0.0, 9000.0))


def test_tolerance_that_no_step_keeps_is_an_error(sky: Sky) -> None:
    with pytest.raises(IlrsError) as caught:
        fly(sky, tolerance=1e-40)
    assert str(caught.value) == (
        "the motion of A cannot be followed beyond 2026-12-31T14:38:51Z; no step of it keeps a "
        "tolerance of 1e-40. Allow a larger tolerance, and check the state and the gravity field."
    )
