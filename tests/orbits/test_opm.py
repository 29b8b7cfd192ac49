"""OPM read and written: state, elements, craft, covariance, manoeuvres; and what is refused."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.orbits.covariance import COVARIANCE_KEYS, local_turns
from ilrs.orbits.kepler import MOON_GM_M3_S2, Orbit, state
from ilrs.orbits.opm import Manoeuvre, Opm, opm_text, read_opm, write_opm

ORBIT = Orbit(
    semi_major_axis_m=1.9e6, eccentricity=0.05, inclination_deg=60.0, ascending_node_deg=40.0,
    argument_of_periapsis_deg=90.0, mean_anomaly_deg=70.0,
)  # fmt: skip
POSITION, VELOCITY = state(ORBIT)
FULL = Opm(
    object_name="LUNA-26", epoch_tdb_s=9.5e8, position_m=POSITION, velocity_m_s=VELOCITY,
    object_id="2028-001A", originator="JDC", creation_date="2030-01-01T00:00:00",
    comments=("a test",), orbit=ORBIT, gm_m3_s2=MOON_GM_M3_S2, mass_kg=2100.0, solar_area_m2=12.5,
    solar_coefficient=1.3, covariance=np.diag([100.0, 400.0, 900.0, 1e-4, 2e-4, 3e-4]),
    manoeuvres=(
        Manoeuvre(ignition_tdb_s=9.5e8 + 600.0, duration_s=30.0, mass_change_kg=-4.5, frame="RTN",
                  velocity_change_m_s=(0.0, 12.0, -0.5)),
        Manoeuvre(ignition_tdb_s=9.5e8 + 9600.0, duration_s=0.0, mass_change_kg=-1.0, frame="ICRF",
                  velocity_change_m_s=(1.0, 2.0, 3.0)),
    ),
    user={"PROGRAMME": "ILRS"},
)  # fmt: skip


# Digits of a file: 15 of them. Epochs: whole microseconds.
@pytest.mark.parametrize("suffix", ["opm", "xml"])
def test_everything_comes_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write_opm(path, FULL)
    back = read_opm(path)
    np.testing.assert_allclose(back.position_m, POSITION, atol=1e-6)
    np.testing.assert_allclose(back.velocity_m_s, VELOCITY, atol=1e-9)
    np.testing.assert_allclose(back.covariance, FULL.covariance, rtol=1e-12)
    assert back.comments[1:] == FULL.comments
    assert back.epoch_tdb_s == pytest.approx(9.5e8, abs=1e-6)
    skipped = {"position_m", "velocity_m_s", "covariance", "comments", "epoch_tdb_s", "orbit",
               "manoeuvres"}  # fmt: skip
    for one in fields(Opm):
        if one.name not in skipped:
            assert getattr(back, one.name) == getattr(FULL, one.name), one.name
    for one in fields(Orbit):
        assert getattr(back.orbit, one.name) == pytest.approx(getattr(ORBIT, one.name), rel=1e-12)
    for burn, made in zip(back.manoeuvres, FULL.manoeuvres, strict=True):
        assert burn.ignition_tdb_s == pytest.approx(made.ignition_tdb_s, abs=1e-6)
        assert burn.velocity_change_m_s == pytest.approx(made.velocity_change_m_s)
        assert (burn.duration_s, burn.mass_change_kg, burn.frame) == (
            made.duration_s, made.mass_change_kg, made.frame,
        )  # fmt: skip
    assert opm_text(back) == opm_text(back)
    write_opm(tmp_path / f"b.{suffix}", back)
    assert (tmp_path / f"b.{suffix}").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("frame", ["EME2000", "MOON_ME"])
def test_state_in_another_frame_comes_back(tmp_path: Path, frame: str) -> None:
    write_opm(tmp_path / "a.opm", FULL, frame=frame, time_system="TDB")
    back = read_opm(tmp_path / "a.opm")
    assert (back.frame, back.orbit) == (frame, None)
    np.testing.assert_allclose(back.position_m, POSITION, atol=1e-6)
    np.testing.assert_allclose(back.covariance, FULL.covariance, rtol=1e-12)


LINES = [
    "CCSDS_OPM_VERS = 2.0", "CREATION_DATE = 2030-01-01T00:00:00", "ORIGINATOR = TEST",
    "OBJECT_NAME = A", "OBJECT_ID = 2030-001A", "CENTER_NAME = MOON", "REF_FRAME = ICRF",
    "TIME_SYSTEM = UTC", "EPOCH = 2030-01-01T00:00:00", "X = 1900 [km]", "Y = 0 [km]",
    "Z = 0 [km]", "X_DOT = 0 [km/s]", "Y_DOT = 0 [km/s]", "Z_DOT = 1.606 [km/s]",
]  # fmt: skip
ELEMENTS = [
    "SEMI_MAJOR_AXIS = 1900 [km]", "ECCENTRICITY = 0.0", "INCLINATION = 90 [deg]",
    "RA_OF_ASC_NODE = 0 [deg]", "ARG_OF_PERICENTER = 0 [deg]", "TRUE_ANOMALY = 0 [deg]",
    "GM = 4902.800 [km**3/s**2]",
]  # fmt: skip
BURN = [
    "MAN_EPOCH_IGNITION = 2030-01-01T01:00:00", "MAN_DURATION = 0 [s]",
    "MAN_DELTA_MASS = -1 [kg]", "MAN_REF_FRAME = LVLH", "MAN_DV_1 = 0.001 [km/s]",
    "MAN_DV_2 = 0 [km/s]", "MAN_DV_3 = 0 [km/s]",
]  # fmt: skip


def put(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_true_anomaly_becomes_the_mean_one(tmp_path: Path) -> None:
    found = read_opm(put(tmp_path / "a.opm", LINES + ELEMENTS))
    assert found.orbit is not None
    assert found.orbit.mean_anomaly_deg == 0.0
    assert found.epoch_tdb_s == float(tdb_from_utc(parse_utc("2030-01-01")))
    assert (found.mass_kg, found.covariance, found.manoeuvres) == (None, None, ())


def test_covariance_along_the_way_is_turned(tmp_path: Path) -> None:
    rows = [f"{key} = {1e-4 if key == 'CY_Y' else 0}" for key in COVARIANCE_KEYS]
    found = read_opm(put(tmp_path / "a.opm", [*LINES, "COV_REF_FRAME = RTN", *rows]))
    (turn,) = local_turns(found.position_m[None], found.velocity_m_s[None])
    np.testing.assert_allclose(turn.T @ found.covariance[:3, :3] @ turn, np.diag([0, 100.0, 0]),
                               atol=1e-9)  # fmt: skip


def changed(old: str, new: str) -> list[str]:
    lines = LINES + ELEMENTS
    assert old in lines
    return [new if line == old else line for line in lines]


FRAMES = (
    "ICRF, GCRF, EME2000, MOON_ME, MOON_PA, MOON_ME_DE421, MOON_PA_DE421, MOON_ME_DE440_ME421, "
    "MOON_PA_DE440, IAU_2015"
)
BAD = {
    "an ephemeris": (["CCSDS_OEM_VERS = 2.0"],
        " is no OPM: it is an OEM; an OPM begins with CCSDS_OPM_VERS, or in XML with <opm>. Name "
        "another file, or have this one converted."),
    "half a file": (LINES[:12],
        ":1: the message without X_DOT, Y_DOT, Z_DOT; it needs CREATION_DATE, ORIGINATOR, "
        "OBJECT_NAME, OBJECT_ID, CENTER_NAME, REF_FRAME, TIME_SYSTEM, EPOCH, X, Y, Z, X_DOT, "
        "Y_DOT, Z_DOT. Add what is missing, or ask the sender for the whole file."),
    "metres": (changed("X = 1900 [km]", "X = 1900000 [m]"),
        ":10: X in m; X is told in km. Convert the value; units are fixed in these messages."),
    "below ground": (changed("X = 1900 [km]", "X = 1500 [km]"),
        ":10: a state 1500 km from the Moon's centre at 1.606 km/s, below the ground; the Moon's "
        "lowest ground lies 1728 km from its centre. Correct the state; heights count from the "
        "centre, and km are read."),
    "elements of Earth": (changed(ELEMENTS[6], "GM = 398600.4415 [km**3/s**2]"),
        ":22: elements with GM = 398600.4415 km**3/s**2; the Moon's is 4902.8 km**3/s**2. Give the "
        "elements of an orbit about the Moon, with its constant."),
    "elements of another epoch": (changed(ELEMENTS[5], "TRUE_ANOMALY = 20 [deg]"),
        ":16: elements whose position is 659.9 km away from X, Y and Z; elements and state of a "
        "message are those of one orbit at one epoch. Correct one of the two, or leave the "
        "elements out."),
    "an open orbit": (changed(ELEMENTS[1], "ECCENTRICITY = 1.2"),
        ":17: an orbit of eccentricity 1.2; a bound orbit has an eccentricity from 0 to just under "
        "1. Correct the elements; flybys and transfers are not covered here."),
    "no anomaly": ([line for line in LINES + ELEMENTS if not line.startswith("TRUE")],
        ":1: the message without MEAN_ANOMALY; it needs MEAN_ANOMALY. Add what is missing, or ask "
        "the sender for the whole file."),
    "a burn in another frame": (LINES + BURN,
        f":19: a manoeuvre in the frame 'LVLH'; the possible ones are RTN, RSW, TNW, {FRAMES}. "
        "Convert the manoeuvre to one of these."),
    "half a burn": (LINES + BURN[:3],
        ":16: a manoeuvre without MAN_REF_FRAME, MAN_DV_1, MAN_DV_2, MAN_DV_3; it needs "
        "MAN_EPOCH_IGNITION, MAN_DURATION, MAN_DELTA_MASS, MAN_REF_FRAME, MAN_DV_1, MAN_DV_2, "
        "MAN_DV_3. Add what is missing, or ask the sender for the whole file."),
    "another body": (changed("CENTER_NAME = MOON", "CENTER_NAME = PHOBOS"),
        ":6: states from the centre 'PHOBOS'; orbits about the Moon are read, told from MOON, "
        "EARTH, EARTH BARYCENTER, SUN, SOLAR SYSTEM BARYCENTER. Give a file about the Moon, or "
        "convert its states."),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_message_names_its_line(tmp_path: Path, case: str) -> None:
    lines, message = BAD[case]
    path = put(tmp_path / "bad.opm", lines)
    with pytest.raises(IlrsError) as caught:
        read_opm(path)
    assert str(caught.value) == f"{path}{message}"
