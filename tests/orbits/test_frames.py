"""Orbit frames as rotations to the ICRF."""

from typing import Any

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.orbits import frames


def test_earth_orbit_plane_has_its_documented_axes(ephemeris: Any, orientation: Any) -> None:
    to_icrf = frames.frame_to_icrf(
        "EARTH_ORBIT_PLANE", epoch_tdb_s=1e6, ephemeris=ephemeris, orientation=orientation
    )
    tilt = np.radians(6.7)
    # Earth's circle is tilted about the ICRF's x, and rises through the equator there
    expected = [[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]]
    assert to_icrf == pytest.approx(np.array(expected), abs=1e-12)


def test_moon_equator_turns_vectors_back_from_the_body_frame() -> None:
    quarter = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    to_icrf = frames.moon_equator_to_icrf(quarter)
    assert to_icrf @ (quarter @ [1.0, 2.0, 3.0]) == pytest.approx([1.0, 2.0, 3.0])


def test_earth_orbit_plane_is_right_handed_when_the_moon_is_turned() -> None:
    turned = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    turned *= np.sign(np.linalg.det(turned))
    matrix = frames.earth_orbit_plane_to_icrf(
        [3.6e8, 1e7, -2e7], [10.0, 900.0, 300.0], icrf_to_moon=turned
    )
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-14)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert abs(turned[2] @ matrix[:, 0]) < 1e-14  # x lies in the Moon's equator


def test_frame_is_refused_when_unknown(ephemeris: Any, orientation: Any) -> None:
    with pytest.raises(IlrsError) as caught:
        frames.frame_to_icrf("J2000", epoch_tdb_s=0, ephemeris=ephemeris, orientation=orientation)
    assert str(caught.value) == (
        "there is no orbit frame 'J2000'; the possible ones are EARTH_ORBIT_PLANE and MOON_EQUATOR."
        " Name one of them in the orbit's `frame`."
    )


def test_earth_orbit_plane_is_refused_when_it_is_the_equator() -> None:
    with pytest.raises(IlrsError) as caught:
        frames.earth_orbit_plane_to_icrf([1, 0, 0], [0, 1, 0], icrf_to_moon=np.eye(3))
    assert str(caught.value) == (
        "a frame in the plane of Earth's orbit about the Moon; that plane cuts the Moon's equator "
        "at the epoch, and here it does not. Check the ephemeris and the orientation, or give the "
        "orbit in MOON_EQUATOR."
    )
