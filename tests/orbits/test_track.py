"""Tracks in the Moon's body frame: the rotation itself, speeds that bound, joins that are kept."""

from dataclasses import replace

import numpy as np
import pytest

from ilrs.orbits.track import moon_fixed_track
from ilrs.orbits.trajectory import Trajectory, joined_trajectory
from tests.orbits.craft import craft, orientation


@pytest.fixture(params=["low", "relay"])
def trajectory(request: pytest.FixtureRequest) -> Trajectory:
    if request.param == "low":
        return craft(20e3, 200e3, 86.0, days=2.0)
    return craft(300e3, 16_000e3, 62.0, days=20.0)


def some_epochs(trajectory: Trajectory) -> np.ndarray:
    return np.random.default_rng(7).uniform(*trajectory.span_tdb_s, 5000)


# The rotation of a piece is a parabola, right to 1.1e-10 rad: 2 mm at a distance of 18,000 km.
def test_positions_are_those_of_the_rotation_itself(trajectory: Trajectory) -> None:
    t = some_epochs(trajectory)
    track = moon_fixed_track(trajectory, trajectory.span_tdb_s, orientation=orientation())
    turned = np.einsum("nij,nj->ni", orientation().matrices(t), trajectory.position_m(t))
    assert np.abs(track.states(t)[0] - turned).max() < 2e-3
    assert track.frame == "MOON_ME_DE421"


def test_velocities_are_the_slope_of_the_positions(trajectory: Trajectory) -> None:
    t = np.clip(some_epochs(trajectory), *np.add(trajectory.span_tdb_s, (2.0, -2.0)))
    track = moon_fixed_track(trajectory, trajectory.span_tdb_s, orientation=orientation())
    slope = (track.states(t + 1.0)[0] - track.states(t - 1.0)[0]) / 2.0
    # a central difference over 1 s is off by a sixth of the third derivative, below n^2 v = 2e-3
    assert np.abs(track.states(t)[1] - slope).max() < 2e-3


def test_no_speed_exceeds_its_piece_s_bound_and_the_bound_is_close(trajectory: Trajectory) -> None:
    t = some_epochs(trajectory)
    track = moon_fixed_track(trajectory, trajectory.span_tdb_s, orientation=orientation())
    speed = np.linalg.norm(track.states(t)[1], axis=-1)
    bound = track.speed_m_s[np.searchsorted(track.edges_s, t, side="right") - 1]
    assert np.all(speed <= bound)
    assert np.all(bound < 1.2 * speed)


def test_the_middle_of_a_piece_is_its_position_there(trajectory: Trajectory) -> None:
    track = moon_fixed_track(trajectory, trajectory.span_tdb_s, orientation=orientation())
    middle = 0.5 * (track.edges_s[1:] + track.edges_s[:-1])
    assert np.abs(track.middle_m.T - track.states(middle)[0]).max() < 1e-3


def test_a_jump_between_two_parts_is_kept() -> None:
    first = craft(1e5, 1e5, 90.0, days=1.0)
    ends = first.span_tdb_s[1]
    later = craft(2e5, 3e5, 60.0, days=2.0)
    edges = np.append(ends, later.edges_s[later.edges_s > ends])
    second = replace(later, edges_s=edges, coefficients=later.coefficients[1 - edges.size :])
    whole = joined_trajectory([first, second])
    track = moon_fixed_track(whole, whole.span_tdb_s, orientation=orientation())
    assert ends in track.edges_s
    t = ends + np.array([-1.0, 1.0])
    turned = np.einsum("nij,nj->ni", orientation().matrices(t), whole.position_m(t))
    assert np.abs(track.states(t)[0] - turned).max() < 2e-3
