"""OEM read and written: frames, scales, interpolation, several segments, gaps, covariances."""

from pathlib import Path

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import TIME_SYSTEMS, parse_utc, tdb_from_utc
from ilrs.orbits.covariance import COVARIANCE_KEYS, Covariances, local_turns
from ilrs.orbits.oem import read_oem
from ilrs.orbits.oem_write import oem_text, write_oem
from ilrs.orbits.trajectory import TrajectoryRangeError, joined_trajectory
from tests.orbits.messages import HEAD, META, T0, circular, oem_lines, state_lines


def put(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_keywords_and_states_of_a_segment(tmp_path: Path) -> None:
    lines = oem_lines()
    lines[1:1] = ["COMMENT made by hand"]
    found = read_oem(put(tmp_path / "a.oem", lines))
    assert (found.version, found.originator, found.objects) == ("2.0", "TEST", ("A",))
    assert found.comments == ("made by hand",)
    (segment,) = found.segments
    assert (segment.object_id, segment.centre, segment.frame) == ("2030-001A", "MOON", "ICRF")
    assert (segment.time_system, segment.interpolation) == ("UTC", "HERMITE 7")
    start_s = float(tdb_from_utc(parse_utc("2030-01-01")))
    assert found.trajectory().span_tdb_s == pytest.approx((start_s, start_s + 540.0), abs=1e-6)
    position, velocity = found.trajectory().states(start_s)
    np.testing.assert_allclose(position, [1.9e6, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(velocity, [0.0, 1710.0, 0.0], atol=1e-6)


# A step that the writer chooses keeps 1 mm, its promise; 0.1 us of a double's 30 years are 0.2 mm.
@pytest.mark.parametrize("suffix", ["oem", "xml"])
@pytest.mark.parametrize("frame", ["ICRF", "EME2000", "MOON_ME", "IAU_2015"])
def test_trajectory_comes_back_within_a_millimetre(tmp_path: Path, suffix: str, frame: str) -> None:
    made, path = circular(), tmp_path / f"a.{suffix}"
    write_oem(path, made, frame=frame)
    back = read_oem(path).trajectory("A")
    np.testing.assert_allclose(back.span_tdb_s, made.span_tdb_s, atol=1.2e-6)
    some = np.random.default_rng(2).uniform(*back.span_tdb_s, 2000)
    apart = [a - b for a, b in zip(back.states(some), made.states(some), strict=True)]
    assert np.linalg.norm(apart[0], axis=1).max() < 1e-3
    assert np.linalg.norm(apart[1], axis=1).max() < 1e-4


@pytest.mark.parametrize("time_system", TIME_SYSTEMS)
def test_every_time_system_tells_the_same_instants(tmp_path: Path, time_system: str) -> None:
    made = circular(hours=0.5)
    write_oem(tmp_path / "a.oem", made, time_system=time_system, step_s=60.0)
    back = read_oem(tmp_path / "a.oem")
    assert back.segments[0].time_system == time_system
    some = np.linspace(*back.trajectory().span_tdb_s, 99)
    np.testing.assert_allclose(back.trajectory().position_m(some), made.position_m(some), atol=1e-3)


def test_the_same_trajectory_gives_the_same_bytes_and_a_date_of_its_own() -> None:
    text = oem_text(circular(), comments=("run 7",))
    assert text == oem_text(circular(), comments=("run 7",))
    head = text.splitlines()[:4]
    assert head[0] == "CCSDS_OEM_VERS = 2.0"
    assert head[1].startswith("COMMENT written by ilrs ")
    assert head[2:] == ["COMMENT run 7", "CREATION_DATE = 2030-02-07T20:52:10.815047"]
    dated = oem_text(circular(), creation_date="2031-01-01T00:00:00", originator="JDC")
    assert dated.splitlines()[2:4] == ["CREATION_DATE = 2031-01-01T00:00:00", "ORIGINATOR = JDC"]


def test_step_that_loses_the_trajectory_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        oem_text(circular(), step_s=1200.0)
    message = str(caught.value)
    error_m = message.split("comes off by ")[1].split(" m")[0]
    assert float(error_m) > 1.0
    assert message == (
        "an OEM of A from 2030-02-07T20:52:11Z with states every 1200 s; whoever reads it comes "
        f"off by {error_m} m between them, and 0.001 m are allowed. Shorten the step, or allow a "
        "larger tolerance_m."
    )
    assert "INTERPOLATION" in oem_text(circular(), step_s=1200.0, tolerance_m=1e4)
    with pytest.raises(IlrsError) as caught:
        oem_text(circular(), step_s=0.0)
    assert str(caught.value) == (
        "states every 0 s; a step is a finite number of seconds from 0.001 on. Write a step such "
        "as 60."
    )


def test_gap_becomes_two_segments_and_is_known_when_read(tmp_path: Path) -> None:
    parts = [circular(hours=1.0), circular(hours=1.0, start_s=T0 + 7200.0)]
    write_oem(tmp_path / "a.oem", joined_trajectory(parts, gaps=True))
    found = read_oem(tmp_path / "a.oem")
    assert len(found.segments) == 2
    back = found.trajectory()
    np.testing.assert_allclose(back.known.start_s, [T0, T0 + 7200.0], atol=1.2e-6)
    with pytest.raises(TrajectoryRangeError) as caught:
        back.position_m(T0 + 5000.0)
    assert str(caught.value) == (
        "no position of A at 2030-02-07T22:15:31Z (1 of 1 epochs); its trajectory goes from "
        "2030-02-07T20:52:11Z to 2030-02-07T23:52:11Z, with a gap from 2030-02-07T21:52:11Z to "
        "2030-02-07T22:52:11Z. Shorten the span, or give a trajectory that covers it."
    )


def test_two_craft_in_one_message_go_by_name(tmp_path: Path) -> None:
    write_oem(
        tmp_path / "two.oem", [circular("A"), circular("B", ascending_node_deg=40.0)],
        object_ids={"B": "2030-002A"},
    )  # fmt: skip
    found = read_oem(tmp_path / "two.oem")
    assert found.objects == ("A", "B")
    assert [segment.object_id for segment in found.segments] == ["UNKNOWN", "2030-002A"]
    assert found.trajectory("B").name == "B"
    with pytest.raises(IlrsError) as caught:
        found.trajectory()
    assert str(caught.value) == (
        "the trajectory of one craft of several; the message holds A, B. Name one of these."
    )


def test_usable_span_cuts_the_trajectory(tmp_path: Path) -> None:
    usable = {
        "USEABLE_START_TIME": "2030-01-01T00:01:30", "USEABLE_STOP_TIME": "2030-01-01T00:07:30"
    }  # fmt: skip
    found = read_oem(put(tmp_path / "a.oem", oem_lines(META | usable)))
    start_s = float(tdb_from_utc(parse_utc("2030-01-01")))
    assert found.trajectory().span_tdb_s == pytest.approx(
        (start_s + 90.0, start_s + 450.0), abs=1e-6
    )


# Degree 1 leaves (n h)^2 / 8 of the radius between states, 1.9e6 m x 0.054^2 / 8 = 693 m; degree 3
# of Hermite (n h)^4 / 384 = 0.042 m; higher ones less than the digits of the file.
@pytest.mark.parametrize(
    ("method", "degree", "error_m"),
    [
        ("LINEAR", "1", 693.0),
        ("HERMITE", "3", 0.042),
        ("HERMITE", "7", 0.0),
        ("LAGRANGE", "7", 0.0),
    ],
)
def test_interpolation_is_the_one_asked_for(
    tmp_path: Path, method: str, degree: str, error_m: float
) -> None:
    asked = {"INTERPOLATION": method, "INTERPOLATION_DEGREE": degree}
    found = read_oem(put(tmp_path / "a.oem", oem_lines(META | asked))).trajectory()
    middle_s = found.span_tdb_s[0] + 270.0
    off = abs(np.linalg.norm(found.position_m(middle_s)) - 1.9e6)
    assert off == pytest.approx(error_m, rel=0.01, abs=2e-3)


def test_epochs_by_day_of_the_year_and_leap_seconds(tmp_path: Path) -> None:
    meta = META | {"START_TIME": "2016-366T23:59:58.5Z", "STOP_TIME": "2017-01-01T00:00:00.5"}
    stamps = ("2016-366T23:59:58.5Z", "2016-12-31T23:59:59.5", "2016-12-31T23:59:60.5",
              "2017-001T00:00:00.5")  # fmt: skip
    states = [
        f"{stamp} {line.split(' ', 1)[1]}"
        for stamp, line in zip(stamps, state_lines(4), strict=True)
    ]
    found = read_oem(put(tmp_path / "a.oem", oem_lines(meta, states=states)))
    np.testing.assert_allclose(np.diff(found.segments[0].state_tdb_s), 1.0, atol=1e-6)


def test_states_about_earth_are_brought_to_the_moon(tmp_path: Path, ephemeris_de440) -> None:
    start_s = float(tdb_from_utc(parse_utc("2030-01-01")))
    t = start_s + 60.0 * np.arange(10)
    moon = [f(301, 399, t) for f in (ephemeris_de440.position_km, ephemeris_de440.velocity_km_s)]
    away = np.concatenate(moon, axis=1)
    numbers = [np.array(line.split()[1:], dtype=float) for line in state_lines()]
    states = [
        f"{line.split()[0]} {' '.join(f'{x:.12f}' for x in told + far)}"
        for line, told, far in zip(state_lines(), numbers, away, strict=True)
    ]
    path = put(tmp_path / "a.oem", oem_lines(META | {"CENTER_NAME": "EARTH"}, states=states))
    found = read_oem(path)
    assert found.segments[0].centre == "EARTH"
    np.testing.assert_allclose(found.trajectory().position_m(t[3]), numbers[3][:3] * 1e3, atol=1e-6)


def covariance_lines(frame: str = "") -> list[str]:
    named = [f"COV_REF_FRAME = {frame}"] if frame else []
    rows = ["1e-4", "0 4e-4", "0 0 9e-4", "0 0 0 1e-10", "0 0 0 0 1e-10", "0 0 0 0 0 1e-10"]
    return ["COVARIANCE_START", "EPOCH = 2030-01-01T00:02:00", *named, *rows, "COVARIANCE_STOP"]


def test_covariance_along_the_way_is_turned_to_the_icrf(tmp_path: Path) -> None:
    found = read_oem(put(tmp_path / "a.oem", [*oem_lines(), *covariance_lines("RTN")]))
    told = found.segments[0].covariances
    assert told is not None and told.matrices.shape == (1, 6, 6)
    (turn,) = local_turns(*found.trajectory().states(told.tdb_s))
    np.testing.assert_allclose(
        turn.T @ told.matrices[0, :3, :3] @ turn, np.diag([100.0, 400.0, 900.0]), atol=1e-9
    )
    sideways = read_oem(put(tmp_path / "b.oem", [*oem_lines(), *covariance_lines("TNW")]))
    matrix = sideways.segments[0].covariances.matrices[0, :3, :3]
    # On a circle T is ahead, N towards the centre: R and T of above change places.
    np.testing.assert_allclose(turn.T @ matrix @ turn, np.diag([400.0, 100.0, 900.0]), atol=1e-9)


@pytest.mark.parametrize("suffix", ["oem", "xml"])
@pytest.mark.parametrize("frame", ["ICRF", "MOON_ME"])
def test_covariances_come_back(tmp_path: Path, suffix: str, frame: str) -> None:
    half = np.random.default_rng(4).normal(size=(2, 6, 6)) * np.array([30.0] * 3 + [0.02] * 3)
    made = Covariances(
        tdb_s=T0 + np.array([600.0, 4000.0]), matrices=np.swapaxes(half, 1, 2) @ half
    )
    path = tmp_path / f"a.{suffix}"
    write_oem(path, circular(), frame=frame, covariances={"A": made})
    back = read_oem(path).segments[0].covariances
    assert back is not None
    np.testing.assert_allclose(back.tdb_s, made.tdb_s, atol=1e-6)
    np.testing.assert_allclose(back.matrices, made.matrices, rtol=1e-9, atol=1e-9)


def test_nearest_covariance_is_carried_along_the_way() -> None:
    trajectory = circular()
    turns = local_turns(*trajectory.states(T0 + np.array([0.0, 3000.0])))
    local = np.diag([100.0, 400.0, 900.0])
    matrix = np.zeros((1, 6, 6))
    matrix[0, :3, :3] = turns[0] @ local @ turns[0].T
    found = Covariances(tdb_s=np.array([T0]), matrices=matrix).at(T0 + 3000.0, trajectory)
    np.testing.assert_allclose(found[:3, :3], turns[1] @ local @ turns[1].T, atol=1e-9)


MOON_RANGE = "craft about the Moon stay within 1.5e+06 km and 15 km/s. Give positions in km and "
WHOLE = "Ask the sender for the whole file."
SEGMENT = (
    "where it cannot stand; a segment is META_START, keywords, META_STOP, states from an epoch on, "
    "and perhaps COVARIANCE_START, covariances, COVARIANCE_STOP. Correct the order, or ask the "
    "sender for the whole file."
)
EPOCHS = (
    "epochs are written 2030-01-31T06:00:00.000 or 2030-031T06:00:00.000, from 1972 to 2261. "
    "Correct the epoch."
)
FRAMES = (
    "ICRF, GCRF, EME2000, MOON_ME, MOON_PA, MOON_ME_DE421, MOON_PA_DE421, MOON_ME_DE440_ME421, "
    "MOON_PA_DE440, IAU_2015"
)
BELOW = (
    ", below the ground; the Moon's lowest ground lies 1728 km from its centre. Correct the state; "
    "heights count from the centre, and km are read."
)


def meta(**changed: str) -> list[str]:
    return oem_lines(META | changed)


def state(index: int, text: str) -> list[str]:
    lines = state_lines()
    lines[index] = text
    return oem_lines(states=lines)


LINES = state_lines()
BAD = {
    "another message": (["CCSDS_OMM_VERS = 2.0"],
        " is no OEM: it is an OMM; an OEM begins with CCSDS_OEM_VERS, or in XML with <oem>. Name "
        "another file, or have this one converted."),
    "no message": (["time,x,y,z"],
        " is no OEM: it begins with 'time,x,y,z'; an OEM begins with CCSDS_OEM_VERS, or in XML "
        "with <oem>. Name another file, or have this one converted."),
    "another xml": (["<kml><Document/></kml>"],
        " is no OEM: it is XML of <kml>; an OEM begins with CCSDS_OEM_VERS, or in XML with <oem>. "
        "Name another file, or have this one converted."),
    "no segment": (HEAD, f" holds no segment; an OEM has metadata and states. {WHOLE}"),
    "cut in meta": (oem_lines()[:8], f":8: 'the end of the file' {SEGMENT}"),
    "cut before the states": (oem_lines()[:12],
        f":4: segment 1 of 0 states; at least two states make an ephemeris. {WHOLE}"),
    "cut in a line": (oem_lines()[:15] + [LINES[3][:40]],
        ":16: 2 numbers behind an epoch; a state is its epoch and six numbers, or nine with "
        "accelerations. Complete the line, or ask the sender for the whole file."),
    "cut after a line": (oem_lines()[:16],
        ":11: states up to 2030-01-01T00:03:00, 360 s before STOP_TIME 2030-01-01T00:09:00; the "
        "states of a segment reach to its STOP_TIME. Ask the sender for the whole file, or correct "
        "STOP_TIME."),
    "missing keywords": (oem_lines({k: v for k, v in META.items() if not k.startswith("OBJECT")}),
        ":4: segment 1 without OBJECT_NAME, OBJECT_ID; it needs OBJECT_NAME, OBJECT_ID, "
        "CENTER_NAME, REF_FRAME, TIME_SYSTEM, START_TIME, STOP_TIME. Add what is missing, or ask "
        "the sender for the whole file."),
    "a keyword twice": (oem_lines()[:6] + ["CENTER_NAME = MARS"] + oem_lines()[6:],
        ":8: CENTER_NAME a second time in segment 1; each keyword stands there once. Drop one of "
        "the two."),
    "another body": (meta(CENTER_NAME="MARS"),
        ":7: states from the centre 'MARS'; orbits about the Moon are read, told from MOON, EARTH, "
        "EARTH BARYCENTER, SUN, SOLAR SYSTEM BARYCENTER. Give a file about the Moon, or convert "
        "its states."),
    "another frame": (meta(REF_FRAME="ITRF-93"),
        f":8: states in the frame 'ITRF-93'; the possible ones are {FRAMES}. Convert the states to "
        "one of these."),
    "a fixed frame from Earth": (meta(REF_FRAME="MOON_ME", CENTER_NAME="EARTH"),
        ":8: states from the centre EARTH in MOON_ME; axes that turn with the Moon go with the "
        "centre MOON. Convert the states to the Moon's centre, or to the ICRF."),
    "another scale": (meta(TIME_SYSTEM="UT1"),
        ":9: epochs in the time system 'UT1'; the possible ones are UTC, TDB, TT, TAI, GPS. "
        "Convert the epochs to one of these."),
    "another interpolation": (meta(INTERPOLATION="SPLINE", INTERPOLATION_DEGREE="3"),
        ":12: interpolation by SPLINE of degree 3; HERMITE of degree 3 to 27, LAGRANGE of degree 1 "
        "to 27 and LINEAR are read. Ask for one of these, or leave INTERPOLATION out for HERMITE "
        "of degree 7."),
    "no degree": (meta(INTERPOLATION="HERMITE"),
        ":4: segment 1 without INTERPOLATION_DEGREE; it needs INTERPOLATION, INTERPOLATION_DEGREE. "
        "Add what is missing, or ask the sender for the whole file."),
    "epochs that fall": (state(5, LINES[2]),
        ":18: a state at 2030-01-01T00:02:00 behind one at 2030-01-01T00:04:00; states stand in "
        "the order of time, each epoch once. Sort the states and drop the repeated ones."),
    "a wrong epoch": (state(5, LINES[5].replace("00:05:00", "00:65:00")),
        f":18: the epoch '2030-01-01T00:65:00'; {EPOCHS}"),
    "an early epoch": (state(0, LINES[0].replace("2030", "1969")),
        f":13: the epoch '1969-01-01T00:00:00'; {EPOCHS}"),
    "an epoch with a zone": (state(5, LINES[5].replace("00:05:00", "00:05:00+01")),
        f":18: the epoch '2030-01-01T00:05:00+01'; {EPOCHS}"),
    "no number": (state(4, LINES[4].replace("0.0", "zero", 1)),
        ":17: the state '1855.848860819 407.216165931 zero -0.366494549338 1.670263974737 0.0'; a "
        "state is six finite numbers, km and km/s. Correct the line."),
    "below ground": (state(4, "2030-01-01T00:04:00 1000 0 0 0 1.7 0"),
        f":17: a state 1000 km from the Moon's centre at 1.7 km/s{BELOW}"),
    "metres": (state(0, "2030-01-01T00:00:00 1900000 0 0 0 1.7 0"),
        f":13: a state 1.9e+06 km from the Moon's centre at 1.7 km/s; {MOON_RANGE}velocities in "
        "km/s, from the centre that is named."),
    "metres a second": (state(0, "2030-01-01T00:00:00 1900 0 0 0 1700 0"),
        f":13: a state 1900 km from the Moon's centre at 1700 km/s; {MOON_RANGE}velocities in "
        "km/s, from the centre that is named."),
    "no keyword": (oem_lines()[:4] + ["OBJECT_NAME A"],
        ":5: 'OBJECT_NAME A'; a line here is KEYWORD = value, the unit in brackets behind it. "
        "Correct the line."),
    "a covariance of four rows": (
        oem_lines() + covariance_lines()[:6] + ["COVARIANCE_STOP"],
        ":29: a covariance that breaks off; behind EPOCH stands the lower triangle, one number in "
        "the first row, six in the last. Ask the sender for the whole file."),
    "a row too long": (oem_lines() + covariance_lines()[:3] + ["1 2 3"],
        ":26: 3 numbers in row 2 of a covariance; behind EPOCH stands the lower triangle, one "
        "number in the first row, six in the last. Correct the line."),
    "a frame of covariance": (oem_lines() + covariance_lines("LVLH"),
        ":25: a covariance in the frame 'LVLH'; the possible ones are RTN, RSW, TNW, "
        f"{FRAMES}. Convert the covariance to one of these."),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_kvn_names_its_line(tmp_path: Path, case: str) -> None:
    lines, message = BAD[case]
    path = put(tmp_path / "bad.oem", lines)
    with pytest.raises(IlrsError) as caught:
        read_oem(path)
    assert str(caught.value) == f"{path}{message}"


XML = oem_text(circular(hours=0.2), form="xml", step_s=60.0)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<Y_DOT>", "<Z_DOT>",
         ":23: XML that breaks off or is not sound (Opening and ending tag mismatch: Z_DOT line 23 "
         "and Y_DOT, line 23, column 170); an OEM in XML is a whole document. Ask the sender for "
         "the whole file, or mend it at that line."),
        ("<X>", '<X units="m">',
         ":23: X in m; X is told in km. Convert the value; units are fixed in these messages."),
        ("<EPOCH>2030-02-07T20:52:10.815047</EPOCH>", "",
         ":23: a stateVector without EPOCH; it needs EPOCH, X, Y, Z, X_DOT, Y_DOT, Z_DOT. Add what "
         "is missing, or ask the sender for the whole file."),
    ],
)  # fmt: skip
def test_bad_xml_names_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "bad.xml"
    assert old in XML
    path.write_text(XML.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        read_oem(path)
    assert str(caught.value) == f"{path}{message}"


def test_xml_within_ndm_and_a_name_space_is_read(tmp_path: Path) -> None:
    body = XML.split("?>\n", 1)[1]
    (tmp_path / "a.xml").write_text(f'<ndm xmlns="urn:ccsds:schema:ndmxml">{body}</ndm>')
    assert read_oem(tmp_path / "a.xml").objects == ("A",)


def test_file_that_is_absent_says_so(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        read_oem(tmp_path / "none.oem")
    assert str(caught.value) == (
        f"{tmp_path}/none.oem cannot be read: No such file or directory; a file that holds an OEM "
        "is needed. Name such a file."
    )


def test_caller_may_overrule_the_frame_of_a_file(tmp_path: Path) -> None:
    path = put(tmp_path / "a.oem", meta(REF_FRAME="EME2000"))
    turned, kept = (read_oem(path, frame=frame).trajectory() for frame in (None, "ICRF"))
    middle_s = kept.span_tdb_s[0] + 120.0
    off = np.linalg.norm(turned.position_m(middle_s) - kept.position_m(middle_s))
    assert 0.01 < off < 0.3  # 23 mas at 1,900 km


def test_covariance_keys_are_the_lower_triangle() -> None:
    assert len(COVARIANCE_KEYS) == 21
    assert COVARIANCE_KEYS[:4] == ("CX_X", "CY_X", "CY_Y", "CZ_X")
    assert COVARIANCE_KEYS[-1] == "CZ_DOT_Z_DOT"
