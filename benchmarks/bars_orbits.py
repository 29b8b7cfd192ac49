"""Bars of propagation: a low polar orbit for 30 days, a relay for a year, and how true they are."""

import functools
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.brahe_peer import brahe_position_m
from ilrs.foundation.time import DAY_S
from ilrs.orbits.forces import ForceModel
from ilrs.orbits.gravity import GravityField, default_gravity_field, read_gravity_field
from ilrs.orbits.kepler import orbit_from_altitudes
from ilrs.orbits.propagation import propagate_orbit, propagate_state
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.sky import Sky, open_sky

SHARED = Path(__file__).parents[2] / "shared"
LP150Q = SHARED / "data" / "gravity" / "lp150q_50.tab"
EPOCH_S = (2_461_406.5 - 2_451_545.0) * DAY_S  # 2027-01-01 TDB, as in truth O13
MONTH_S = 30 * DAY_S
START_M = np.array([1_837_400.0, 0.0, 0.0])
START_M_S = np.array([0.0, 0.0, np.sqrt(4902.801076e9 / 1_837_400.0)])
TRUTH_M = 1e3 * np.array([994.190, -218.932, -1529.161])  # O13
# brahe's RKN1210 at 1e-9 drifts by 0.6 m in the month, at 1e-11 by 0.1 m: the cheaper that suffices
BRAHE_TOLERANCE = 1e-9


@functools.cache
def sky() -> Sky:
    return open_sky()


def field() -> GravityField:
    """LP150Q with the GM of truth O13; a made-up field of its size where the file is absent."""
    if LP150Q.exists():
        return replace(read_gravity_field(LP150Q), gm_m3_s2=4902.80011846e9)
    rng, n = np.random.default_rng(7), np.arange(51.0)[:, None]
    cosine, sine = np.tril(rng.normal(size=(2, 51, 51)) * 2.5e-4 / np.maximum(n, 1.0) ** 2)
    cosine[:2], sine[:2], sine[:, 0] = 0.0, 0.0, 0.0
    cosine[0, 0], cosine[2, 0] = 1.0, -9.09e-5
    return replace(default_gravity_field(), name="made up", cosine=cosine, sine=sine)


def month(model: ForceModel, *, days: float = 30.0, tolerance: float = 1e-13) -> Trajectory:
    """A polar orbit 100 km up; the tolerance is the one that propagations have unless told."""
    return propagate_state(
        START_M, START_M_S, name="LOW", epoch_tdb_s=EPOCH_S, model=model, sky=sky(),
        span_tdb_s=(EPOCH_S, EPOCH_S + days * DAY_S), tolerance=tolerance,
    )  # fmt: skip


def year(*, days: float = 365.25) -> Trajectory:
    """A relay of 300 x 8,600 km in the field to degree 12."""
    orbit = orbit_from_altitudes(
        periapsis_altitude_m=300e3, apoapsis_altitude_m=8600e3, inclination_deg=54.9,
        argument_of_periapsis_deg=90.0,
    )  # fmt: skip
    return propagate_orbit(
        orbit, frame="EARTH_ORBIT_PLANE", name="RELAY", epoch_tdb_s=EPOCH_S, sky=sky(),
        span_tdb_s=(EPOCH_S, EPOCH_S + days * DAY_S),
        model=ForceModel(gravity=default_gravity_field(degree=12)),
    )  # fmt: skip


def end_m(trajectory: Trajectory) -> np.ndarray:
    return trajectory.position_m(trajectory.span_tdb_s[1])


def apart_m(one: Trajectory, other: Trajectory) -> float:
    """Largest distance of two ways over a span. [m]"""
    at = np.linspace(*one.span_tdb_s, 20_000)
    return float(np.linalg.norm(one.position_m(at) - other.position_m(at), axis=1).max())


def beside_brahe(model: ForceModel, made: Trajectory) -> str:
    """brahe's time for the same month and how far it ends from ours."""
    try:
        begin = time.process_time()
        theirs = brahe_position_m(
            START_M, START_M_S, epoch_tdb_s=EPOCH_S, elapsed_s=MONTH_S, model=model,
            tolerance=BRAHE_TOLERANCE,
        )  # fmt: skip
        took = time.process_time() - begin
    except ImportError:
        return "brahe not installed"
    return f"brahe {took:.3g} s, {np.linalg.norm(theirs - end_m(made)):.2g} m apart"


@bar
def orbit_month() -> Bar:
    """50 x 50, Earth and Sun; the table of the sky and the trajectory's polynomials included."""
    model = ForceModel(gravity=field())
    month(model, days=0.5)  # compiles
    begin = time.process_time()
    made = month(model)
    took = time.process_time() - begin
    note = "" if LP150Q.exists() else "field made up: ../shared is absent"
    name = "30 d, 100 km polar, 50 x 50 + 2 bodies"
    return Bar(name, took, 6.0, "core-s", "<=", beside_brahe(model, made), note)


@bar
def orbit_month_consistency() -> Bar:
    """Against itself with steps a hundred times tighter."""
    model = ForceModel(gravity=field())
    apart = apart_m(month(model), month(model, tolerance=1e-15))
    return Bar("those 30 d against tighter steps", apart, 1.0, "m", "<=")


@bar
def orbit_month_truth() -> Bar:
    """Against truth O13: the same field and start, gravity alone."""
    if not LP150Q.exists():
        return Bar("state after 30 d (truth O13)", np.nan, 5.0, "m", "<=", note="../shared absent")
    model = ForceModel(gravity=field(), has_earth=False, has_sun=False)
    made = month(model)
    off = float(np.linalg.norm(end_m(made) - TRUTH_M))
    return Bar("state after 30 d (truth O13)", off, 5.0, "m", "<=", beside_brahe(model, made))


@bar
def orbit_year() -> Bar:
    year(days=1.0)  # compiles
    begin = time.process_time()
    year()
    took = time.process_time() - begin
    return Bar("a relay for a year, 12 x 12 + 2 bodies", took, 2.0, "core-s", "<=")
