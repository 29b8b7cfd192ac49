import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.sky import kernels
from ilrs.sky.kernels import EphemerisRangeError
from ilrs.sky.orientation import ORIENTATIONS, open_orientation
from tests.sky.kernel_writing import write_bpc, write_spk

EPOCHS = np.linspace(-1e9, 1.6e9, 40)


@pytest.mark.parametrize("name", ["MOON_ME_DE421", "MOON_PA_DE421", "IAU_2015"])
def test_matrices_are_rotations(name):
    matrices = open_orientation(name).matrices(EPOCHS)
    identity = np.broadcast_to(np.eye(3), (40, 3, 3))
    np.testing.assert_allclose(matrices @ np.swapaxes(matrices, 1, 2), identity, rtol=0, atol=1e-14)
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0, rtol=0, atol=1e-14)


def test_shape_follows_the_epochs(orientation):
    assert orientation.matrices(8e8).shape == (3, 3)
    assert orientation.matrices(np.full((2, 5), 8e8)).shape == (2, 5, 3, 3)
    np.testing.assert_array_equal(orientation.matrices(EPOCHS)[7], orientation.matrices(EPOCHS[7]))


def test_default_names_itself_and_its_span(orientation):
    assert orientation.name == "MOON_ME_DE421"
    # 1900-01-01 and 2051-01-01, both 00:00 TDB
    assert orientation.span_utc == "1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z"
    assert open_orientation("IAU_2015").span_utc == "no end"


def test_message_when_the_name_is_unknown():
    with pytest.raises(IlrsError) as caught:
        open_orientation("MOON_ME")
    assert str(caught.value) == (
        "no lunar orientation is called 'MOON_ME'; known are MOON_ME_DE421, MOON_PA_DE421,"
        " MOON_ME_DE440_ME421, MOON_PA_DE440, IAU_2015. Choose one of these."
    )
    assert len(ORIENTATIONS) == 5


def test_message_when_an_epoch_lies_outside(orientation):
    with pytest.raises(EphemerisRangeError) as caught:
        orientation.matrices([0.0, 1.7e9])
    assert str(caught.value) == (
        "no orientation MOON_ME_DE421 at 2053-11-14T10:12:11Z (1 of 2 epochs);"
        " moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z."
        " Shorten the span, or choose IAU_2015, which has no end."
    )


def test_message_when_de440_is_asked_without_its_kernel():
    with pytest.raises(IlrsError) as caught:
        open_orientation("MOON_ME_DE440_ME421")
    assert str(caught.value) == (
        "MOON_ME_DE440_ME421 was asked without a kernel, and moon_pa_de440_200625.bpc is not"
        " installed; no package that is known carries it; NAIF publishes it; IAU_2015 needs no"
        " file. Name the path of that file, or choose IAU_2015."
    )


def test_message_when_the_package_is_missing(monkeypatch):
    monkeypatch.setattr(kernels.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(IlrsError) as caught:
        open_orientation()
    assert str(caught.value) == (
        "MOON_ME_DE421 was asked without a kernel, and moon_pa_de421_1900-2050.bpc is not"
        " installed; the package lunarsky carries it; NAIF publishes it; IAU_2015 needs no file."
        " Name the path of that file, or choose IAU_2015."
    )


def test_message_when_the_kernel_carries_other_frames(tmp_path):
    path = write_bpc(tmp_path / "moon.bpc", frame=31008)
    with pytest.raises(IlrsError) as caught:
        open_orientation("MOON_ME_DE421", path)
    assert str(caught.value) == (
        "moon.bpc does not carry the axes of MOON_ME_DE421 (frame 31006);"
        " it is a PCK kernel with the frames 31008."
        " Name moon_pa_de421_1900-2050.bpc, or choose another orientation."
    )


def test_message_when_the_kernel_is_of_another_kind(tmp_path):
    path = write_spk(tmp_path / "moon.bsp", data_type=2)
    with pytest.raises(IlrsError) as caught:
        open_orientation("MOON_ME_DE421", path)
    assert str(caught.value) == (
        "moon.bsp does not carry the axes of MOON_ME_DE421 (frame 31006);"
        " it is a SPK kernel with the frames (none)."
        " Name moon_pa_de421_1900-2050.bpc, or choose another orientation."
    )


def test_message_when_the_series_is_given_a_file():
    with pytest.raises(IlrsError) as caught:
        open_orientation("IAU_2015", "moon.bpc")
    assert str(caught.value) == (
        "IAU_2015 with the kernel moon.bpc; IAU_2015 is a formula and reads no file."
        " Leave the path out, or name a frame of the kernel."
    )
